"""What a lead is, as it was known at the as-of: columns of the leads table, and the history of
changes.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.filling import fill, is_missing, parts
from features.build.mail import mail_kinds
from features.kinds import ValueKind
from features.levels import codes_of
from features.spec import MISSING, AttributeSource, Feature, FeatureSpec, Texts
from features.store import ATTRIBUTE_TYPES, Store


def fill_attributes(
    store: Store,
    spec: FeatureSpec,
    matrix: NDArray[np.float64],
    drawn: Mapping[int, NDArray[np.bool_]],
) -> None:
    """Write the attributes of the rows in the table ``batch``.

    A column that is absent counts as missing; nothing is drawn in its place, as nothing is known of
    any lead.

    Args:
        store: Store with the rows.
        spec: What to write.
        matrix: (rows, features), written to.
        drawn: (rows,) per column whose missing values are drawn, written to: whether this row's is;
            in the others they stay missing.
    """
    numbers = {attribute.name: (i, attribute.kind) for i, attribute in enumerate(store.attributes)}
    wanted = [
        (i, f, f.source)
        for i, f in enumerate(spec.features)
        if isinstance(f.source, AttributeSource)
    ]
    present = sorted({s.column for _, _, s in wanted if s.column in numbers and not s.history})
    columns = dict(
        zip(present, current_values(store, [numbers[name][0] for name in present]), strict=True)
    )
    as_of = store.query("SELECT as_of_day FROM batch ORDER BY row")["as_of_day"].to_numpy()
    for i, feature, source in wanted:
        if source.column not in numbers:
            matrix[:, i] = MISSING if feature.is_category else np.nan
            continue
        number, kind = numbers[source.column]
        known = (
            values_at(store, number, kind, delay_days=source.delay_days) if source.history else None
        )
        values = columns[source.column] if known is None else known
        matrix[:, i] = _read(
            feature, source, values, as_of, texts=spec.texts, same_day=store.is_flat
        )
        if i in drawn:
            drawn[i][:] = is_missing(feature, matrix[:, i])
            matrix[:, i] = fill(feature, matrix[:, i], parts(store, source.column))


def current_values(store: Store, numbers: list[int]) -> list[pa.Array]:
    """Values of the attributes with these numbers in the leads table, for the rows in ``batch`` and
    in their order.
    """
    if not numbers:
        return []
    columns = ", ".join(f"l.a{n}" for n in numbers)
    table = store.query(
        f"SELECT {columns} FROM batch b JOIN leads l ON b.lead = l.lead ORDER BY b.row"
    )
    return [column.combine_chunks() for column in table.columns]


def changed_value(kind: ValueKind) -> str:
    """SQL: the column ``value`` of the table of changes as the leads table holds that kind of
    attribute.
    """
    return f"CAST(value AS {ATTRIBUTE_TYPES[kind]})"


#: SQL: the latest of changes ``c`` as a struct. Of several at one moment the one recorded last
#: holds; else a value holds before a blank, and the larger one before a smaller.
LATEST_CHANGE = (
    "max({'at': c.changed_at, 'recorded': c.recorded_at, 'filled': c.value IS NOT NULL,"
    " 'number': coalesce(TRY_CAST(c.value AS DOUBLE), '-inf'::DOUBLE), 'value': c.value})"
)


def values_at(store: Store, number: int, kind: ValueKind, *, delay_days: int = 0) -> pa.Array:
    """Values as of each row in ``batch``: the latest change known then, else the value in the leads
    table.
    """
    table = store.query(f"""
        WITH latest AS (
            SELECT b.row, {LATEST_CHANGE} AS change
            FROM batch b JOIN changes c ON c.lead = b.lead
                AND c.known_day + {delay_days} < b.as_of_day
                 AND c.attribute = {number}
            GROUP BY b.row
        ), then_or_today AS (
            SELECT row, l.a{number} AS today, change IS NOT NULL AS changed,
                struct_extract(change, 'value') AS value
            FROM batch b JOIN leads l ON b.lead = l.lead LEFT JOIN latest USING (row)
        ) SELECT CASE WHEN changed THEN {changed_value(kind)} ELSE today END AS value
            FROM then_or_today ORDER BY row
    """)
    return table["value"].combine_chunks()


def _read(
    feature: Feature,
    source: AttributeSource,
    values: pa.Array,
    as_of: NDArray[np.int32],
    *,
    texts: Texts,
    same_day: bool,
) -> NDArray[np.float64]:
    match source.reading:
        case "number":
            read = _as_floats(values)
        case "age":
            # A date at or after the as-of was not known then, or was not yet true.
            age = as_of - _as_floats(values)
            read = np.where(age >= (0 if same_day else 1), age, np.nan)
        case "mail_domain":
            read = _codes(feature, mail_kinds(values.cast(pa.string())), "as written")
        case "category":
            read = _codes(feature, values.cast(pa.string()), texts)
    return read


def _as_floats(values: pa.Array) -> NDArray[np.float64]:
    floats = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    finite: NDArray[np.float64] = np.where(np.isfinite(floats), floats, np.nan)
    return finite


def _codes(feature: Feature, values: pa.Array, texts: Texts) -> NDArray[np.float64]:
    """Level codes; each different value is looked up once."""
    encoded = pc.dictionary_encode(values)
    of_value = codes_of(feature, [*encoded.dictionary.to_pylist(), None], texts)
    missing = len(of_value) - 1
    indices = encoded.indices.fill_null(missing).to_numpy(zero_copy_only=False)
    codes_of_rows: NDArray[np.float64] = of_value[indices.astype(np.intp)]
    return codes_of_rows
