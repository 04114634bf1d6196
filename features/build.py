"""Build the feature table of rows: point in time, the same code for training and for scoring.

A fact counts for a row iff it was known before the row's as-of day. Every aggregate is a count, a minimum, a maximum
or a sum of integers, so the result has the same bits on one thread and on two, in one batch and in many.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.behaviour import SENDS_CODE, kind_codes, make_day_facts
from features.kinds import Kind
from features.mail import mail_kind
from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    FIRST_LEVEL,
    MISSING,
    OTHER,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    Feature,
    FeatureSpec,
    Measure,
)
from features.store import ATTRIBUTE_TYPES, Store
from features.table import FeatureTable

#: The decayed count is held in this fixed point: an event of today counts 2^20.
_DECAY_UNIT = 1 << 20
_MILLION = 1e6
#: Days of the momentum: last week against the three before.
_WEEK, _FOUR_WEEKS = 7, 28


def prepare(store: Store, spec: FeatureSpec) -> None:
    """Make the tables in the store that ``build`` reads; once per store and spec."""
    if any(not isinstance(feature.source, AttributeSource) for feature in spec.features):
        make_day_facts(store, spec.events, spec.kinds)
    if any(_kind_of(feature) == COLLEAGUES for feature in spec.features):
        _make_account_days(store, kind_codes(spec.kinds)[ANY_KIND])


def build(store: Store, rows: pa.Table, spec: FeatureSpec) -> FeatureTable:
    """Features of rows.

    Args:
        store: Prepared for this spec by ``prepare``.
        rows: ``lead``, ``episode``, ``as_of_day``, one per row wanted, in any order; see ``features.population``.
        spec: What to build.

    Returns:
        One matrix row per row, in the order of ``rows``.
    """
    numbered = rows.append_column("row", pa.array(np.arange(rows.num_rows, dtype=np.int32)))
    store.connection.register("batch_rows", numbered)
    store.connection.execute("CREATE OR REPLACE TEMP TABLE batch AS FROM batch_rows")
    store.connection.unregister("batch_rows")
    matrix = _blank(rows.num_rows, spec)
    _fill_attributes(store, spec, matrix)
    _fill_behaviour(store, spec, matrix)
    _fill_colleagues(store, spec, matrix)
    _fill_clocks(store, spec, matrix)
    return FeatureTable(spec, _keys(store, rows), matrix)


def _keys(store: Store, rows: pa.Table) -> pa.Table:
    ids = store.query("SELECT lead_id FROM batch b JOIN leads l ON b.lead = l.lead ORDER BY row")
    return rows.select(["lead", "episode", "as_of_day"]).append_column("lead_id", ids["lead_id"].combine_chunks())


def _blank(n_rows: int, spec: FeatureSpec) -> NDArray[np.float64]:
    """The features of leads that did nothing: counts and sums 0, everything else missing."""
    matrix = np.full((n_rows, len(spec.features)), np.nan, order="F")
    for i, feature in enumerate(spec.features):
        match feature.source:
            case BehaviourSource(measure="count" | "active_days" | "decayed" | "momentum" | "sum"):
                matrix[:, i] = 0.0
            case ClockSource(clock="unanswered" | "earlier_losses"):
                matrix[:, i] = 0.0
            case _:
                pass
    return matrix


# --- attributes -------------------------------------------------------------------------------------------------------


def _fill_attributes(store: Store, spec: FeatureSpec, matrix: NDArray[np.float64]) -> None:
    numbers = {attribute.name: (i, attribute.kind) for i, attribute in enumerate(store.attributes)}
    wanted = [(i, f, f.source) for i, f in enumerate(spec.features) if isinstance(f.source, AttributeSource)]
    present = sorted({s.column for _, _, s in wanted if s.column in numbers and not s.history})
    columns = dict(zip(present, _current_values(store, [numbers[name][0] for name in present]), strict=True))
    as_of = store.query("SELECT as_of_day FROM batch ORDER BY row")["as_of_day"].to_numpy()
    for i, feature, source in wanted:
        if source.column not in numbers:
            matrix[:, i] = MISSING if feature.is_category else np.nan
            continue
        number, kind = numbers[source.column]
        values = _values_at(store, number, kind) if source.history else columns[source.column]
        matrix[:, i] = _read(feature, source, values, as_of, same_day=store.is_flat)


def _current_values(store: Store, numbers: list[int]) -> list[pa.Array]:
    """Values in the leads table, in row order."""
    if not numbers:
        return []
    columns = ", ".join(f"l.a{n}" for n in numbers)
    table = store.query(f"SELECT {columns} FROM batch b JOIN leads l ON b.lead = l.lead ORDER BY b.row")
    return [column.combine_chunks() for column in table.columns]


def changed_value(kind: Kind) -> str:
    """SQL: the column ``value`` of the table of changes as the leads table holds that kind of attribute."""
    return f"CAST(value AS {ATTRIBUTE_TYPES[kind]})"


def _values_at(store: Store, number: int, kind: Kind) -> pa.Array:
    """Values as of each row: the latest change known then, else the value in the leads table."""
    table = store.query(f"""
        WITH latest AS (
            SELECT b.row, max({{'at': c.changed_at, 'value': c.value}}) AS change
            FROM batch b JOIN changes c ON c.lead = b.lead AND c.known_day < b.as_of_day AND c.attribute = {number}
            GROUP BY b.row
        ), then_or_today AS (
            SELECT row, l.a{number} AS today, change IS NOT NULL AS changed, struct_extract(change, 'value') AS value
            FROM batch b JOIN leads l ON b.lead = l.lead LEFT JOIN latest USING (row)
        ) SELECT CASE WHEN changed THEN {changed_value(kind)} ELSE today END AS value FROM then_or_today ORDER BY row
    """)
    return table["value"].combine_chunks()


def _read(
    feature: Feature, source: AttributeSource, values: pa.Array, as_of: NDArray[np.int32], *, same_day: bool
) -> NDArray[np.float64]:
    match source.reading:
        case "number":
            read = _as_floats(values)
        case "age":
            # A date at or after the as-of was not known then, or was not yet true.
            age = as_of - _as_floats(values)
            read = np.where(age >= (0 if same_day else 1), age, np.nan)
        case "mail_domain":
            read = _codes(feature, values, mail_kind)
        case "category":
            read = _codes(feature, values, str)
    return read


def _as_floats(values: pa.Array) -> NDArray[np.float64]:
    floats = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    finite: NDArray[np.float64] = np.where(np.isfinite(floats), floats, np.nan)
    return finite


def _codes(feature: Feature, values: pa.Array, level_of: Callable[[str], str]) -> NDArray[np.float64]:
    """Level codes; each different value is looked up once."""
    codes = {level: float(code) for code, level in enumerate(feature.levels, start=FIRST_LEVEL)}
    encoded = pc.dictionary_encode(values.cast(pa.string()))
    of_value = np.array([codes.get(level_of(text), OTHER) for text in encoded.dictionary.to_pylist()] + [MISSING],
                        dtype=np.float64)  # fmt: skip
    indices = encoded.indices.fill_null(len(of_value) - 1).to_numpy(zero_copy_only=False)
    codes_of_rows: NDArray[np.float64] = of_value[indices.astype(np.intp)]
    return codes_of_rows


# --- behaviour --------------------------------------------------------------------------------------------------------


def _kind_of(feature: Feature) -> str | None:
    return feature.source.kind if isinstance(feature.source, BehaviourSource) else None


def _measure_sql(source: BehaviourSource, half_life: float) -> str:
    """SQL: a measure over the hits of one row and kind, as a number that has no rounding in it."""
    inside = f"age <= {source.window}" if source.window is not None else "true"
    match source.measure:
        case "count":
            sql = f"sum(n) FILTER ({inside})"
        case "active_days":
            sql = f"count(*) FILTER ({inside})"
        case "days_since":
            sql = "min(age)"
        case "decayed":
            sql = f"sum(n * round({_DECAY_UNIT} * pow(0.5, age / {half_life!r}))::BIGINT)"
        case "momentum":
            weeks = f"sum(n) FILTER (age <= {_FOUR_WEEKS})"
            sql = f"4 * coalesce(sum(n) FILTER (age <= {_WEEK}), 0) - coalesce({weeks}, 0)"
        case "sum":
            sql = f"sum(total) FILTER ({inside})"
        case "latest":
            sql = "struct_extract(max(newest), 'value')"
    return f"({sql})::DOUBLE"


def _scale(source: BehaviourSource) -> float:
    """What the SQL measure is divided by."""
    return {"decayed": float(_DECAY_UNIT), "sum": _MILLION, "latest": _MILLION, "momentum": 3.0}.get(
        source.measure, 1.0
    )


def _fill_behaviour(store: Store, spec: FeatureSpec, matrix: NDArray[np.float64]) -> None:
    codes = kind_codes(spec.kinds)
    by_measure: dict[tuple[Measure, int | None], list[tuple[int, int]]] = {}
    sources: dict[tuple[Measure, int | None], BehaviourSource] = {}
    for i, feature in enumerate(spec.features):
        if isinstance(feature.source, BehaviourSource) and feature.source.kind != COLLEAGUES:
            key = (feature.source.measure, feature.source.window)
            by_measure.setdefault(key, []).append((codes[feature.source.kind], i))
            sources[key] = feature.source
    if not by_measure:
        return
    kinds = sorted({code for pairs in by_measure.values() for code, _ in pairs})
    measures = ", ".join(f"{_measure_sql(s, spec.half_life_days)} AS m{j}" for j, s in enumerate(sources.values()))
    query = f"SELECT row, kind, {measures} FROM ({_hits(kinds)}) GROUP BY row, kind"
    for part in _parts(store, query):
        row, kind = part["row"], part["kind"]
        for j, (key, source) in enumerate(sources.items()):
            column_of = np.full(max(kinds) + 1, -1, dtype=np.intp)
            for code, i in by_measure[key]:
                column_of[code] = i
            _scatter(matrix, row, column_of[kind], part[f"m{j}"] / _scale(source))


def _hits(kinds: Iterable[int]) -> str:
    """SQL: day facts known before each row's as-of, one per row, kind and day, with their age in days."""
    listed = ", ".join(str(code) for code in kinds)
    return f"""
        SELECT b.row, f.kind, b.as_of_day - f.day AS age, sum(f.n) AS n, sum(f.total) AS total,
               max({{'at': f.latest_at, 'value': f.latest}}) FILTER (f.latest_at IS NOT NULL) AS newest
        FROM batch b JOIN day_facts f ON f.lead = b.lead AND f.known_day < b.as_of_day
        WHERE f.kind IN ({listed}) GROUP BY b.row, f.kind, age
    """


def _parts(store: Store, query: str) -> Iterator[dict[str, NDArray[Any]]]:
    """A result as NumPy columns, in parts of bounded size; NULL becomes NaN."""
    for part in store.batches(query, rows=1_000_000):
        yield {name: part.column(name).to_numpy(zero_copy_only=False) for name in part.schema.names}


def _scatter(
    matrix: NDArray[np.float64],
    rows: NDArray[np.int32],
    columns: NDArray[np.intp],
    values: NDArray[np.float64],
) -> None:
    """Write values to (row, column); column -1 and missing values leave the blank."""
    used = (columns >= 0) & ~np.isnan(values)
    matrix[rows[used], columns[used]] = values[used]


# --- colleagues -------------------------------------------------------------------------------------------------------


def _make_account_days(store: Store, any_code: int) -> None:
    store.connection.execute(f"""
        CREATE OR REPLACE TABLE account_days AS
        SELECT l.account, f.day, f.known_day, sum(f.n)::BIGINT AS n
        FROM day_facts f JOIN leads l ON f.lead = l.lead
        WHERE l.account IS NOT NULL AND f.kind = {any_code} GROUP BY ALL ORDER BY l.account
    """)


def _fill_colleagues(store: Store, spec: FeatureSpec, matrix: NDArray[np.float64]) -> None:
    """Events of the other people of the account: the account's, less the lead's own."""
    wanted = [(i, f.source) for i, f in enumerate(spec.features) if isinstance(f.source, BehaviourSource)
              and f.source.kind == COLLEAGUES]  # fmt: skip
    if not wanted:
        return
    counts = ", ".join(
        f"coalesce(sum(n) FILTER (as_of_day - day <= {s.window}), 0)" + f" AS c{i}"
        if s.window is not None
        else f"coalesce(sum(n), 0) AS c{i}"
        for i, s in wanted
    )
    others = ", ".join(f"(a.c{i} - coalesce(o.c{i}, 0))::DOUBLE AS c{i}" for i, _ in wanted)
    any_code = kind_codes(spec.kinds)[ANY_KIND]
    query = f"""
        WITH looked_at AS (
            SELECT DISTINCT l.account, b.as_of_day FROM batch b JOIN leads l ON b.lead = l.lead
            WHERE l.account IS NOT NULL
        ), of_account AS (
            SELECT account, as_of_day, {counts}
            FROM looked_at JOIN account_days d USING (account) WHERE d.known_day < as_of_day GROUP BY ALL
        ), own AS (
            SELECT b.row, {counts}
            FROM batch b JOIN day_facts d ON d.lead = b.lead AND d.known_day < b.as_of_day AND d.kind = {any_code}
            GROUP BY b.row
        )
        SELECT b.row, {others}
        FROM batch b JOIN leads l ON b.lead = l.lead
        JOIN of_account a ON a.account = l.account AND a.as_of_day = b.as_of_day LEFT JOIN own o ON o.row = b.row
    """
    for part in _parts(store, query):
        for i, _ in wanted:
            matrix[part["row"], i] = part[f"c{i}"]


# --- clocks -----------------------------------------------------------------------------------------------------------


def _fill_clocks(store: Store, spec: FeatureSpec, matrix: NDArray[np.float64]) -> None:
    any_code = kind_codes(spec.kinds)[ANY_KIND]
    own_days = f"""
        SELECT b.row, b.lead, b.as_of_day, min(f.day) AS first_day, max(f.day) AS last_day
        FROM batch b LEFT JOIN day_facts f
          ON f.lead = b.lead AND f.known_day < b.as_of_day AND f.kind = {any_code}
        GROUP BY b.row, b.lead, b.as_of_day
    """
    queries = {
        "lead_age": "SELECT row, (as_of_day - created_day)::DOUBLE AS v FROM batch JOIN leads USING (lead)",
        "earlier_losses": "SELECT row, (episode - 1)::DOUBLE AS v FROM batch",
        "first_touch_age": f"SELECT row, (as_of_day - first_day)::DOUBLE AS v FROM ({own_days})",
        "unanswered": f"""
            SELECT o.row, coalesce(sum(f.n), 0)::DOUBLE AS v
            FROM ({own_days}) o LEFT JOIN day_facts f ON f.lead = o.lead AND f.known_day < o.as_of_day
              AND f.kind = {SENDS_CODE} AND (o.last_day IS NULL OR f.day > o.last_day)
            GROUP BY o.row
        """,
    }
    for i, feature in enumerate(spec.features):
        if isinstance(feature.source, ClockSource):
            for part in _parts(store, queries[feature.source.clock]):
                matrix[part["row"], i] = part["v"]
