"""What the rules about columns look at: each lead once, with how it ended and its columns as
codes.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.attributes import current_values, values_at
from features.build.batch import make_batch
from features.kinds import Attribute, ValueKind
from features.store import Store
from training.learn.rows.snapshots import day_reached

#: Codes of a column: missing, a value that too few leads share, and from ``FIRST`` on the values or
#: bins.
MISSING, OTHER, FIRST = 0, 1, 2
#: Bins of a number, of about equal share; a number of at most so many values keeps them.
BINS = 20
#: Values of a text that are looked at, by number of leads.
_LEVELS = 100
#: Parts of the leads by age (flat: by order), within which leads are compared.
STRATA = 10

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class AuditedColumn:
    """A lead column.

    Attributes:
        name: Name as in the source.
        kind: What kind of values it holds.
        role: ``fit`` or ``interest``.
        has_history: Whether its values come from the history of changes, as known before the close.
        code: (n,) code of each lead's value.
        words: What the codes stand for, by code.
        values: (n,) values of a number (a date: days after the creation), NaN where missing; None
            for a text.
        n_different: Different values.
        mail: Share of the values that look like e-mail addresses.
        without_row: (n,) whether the joined table that the column comes from has no row for the
            lead: then it has none of what a row is, and no value is missing. None of a column of
            the leads.
    """

    name: str
    kind: ValueKind
    role: str
    has_history: bool
    code: Ints
    words: tuple[str, ...]
    values: NDArray[np.float64] | None
    n_different: int
    mail: float = 0.0
    without_row: NDArray[np.bool_] | None = None

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """(n,) mask."""
        return np.asarray(self.code == MISSING)

    @property
    def has_row(self) -> NDArray[np.bool_]:
        """(n,) mask of the leads that could have a value: missing means something of these."""
        return (
            np.ones(len(self.code), dtype=bool) if self.without_row is None else ~self.without_row
        )


@dataclass(frozen=True)
class Units:
    """The leads.

    Attributes:
        won: (n,) whether the lead reached the goal.
        is_open: (n,) whether nobody knows yet.
        teaches: (n,) mask of the leads whose ``won`` means something: all of three tables (an open
            lead has not won yet), those with an outcome of a flat table.
        stratum: (n,) number of the part by age (flat: by order): leads in one are of about the same
            age.
        order: (n,) what orders the leads in time; all 0 where nothing does.
        columns: Columns on both axes.
    """

    won: NDArray[np.bool_]
    is_open: NDArray[np.bool_]
    teaches: NDArray[np.bool_]
    stratum: Ints
    order: Ints
    columns: tuple[AuditedColumn, ...]

    def __len__(self) -> int:
        return len(self.won)

    @property
    def is_ordered(self) -> bool:
        """Whether the leads have an order in time."""
        return bool(self.order.min() < self.order.max())


def units(
    store: Store,
    *,
    order: str,
    goal_stage: str,
    history: tuple[str, ...],
    rows: int,
    least: int,
    seed: int,
) -> Units:
    """The leads with their columns as they are today; a column with history as it was known before
    the close.

    Args:
        store: The canonical tables.
        order: Order of a flat table; see ``propensity.config.config.Split``.
        goal_stage: Goal stage of three tables; see ``propensity.config.config.Goal``.
        history: Lead columns whose former values are known.
        rows: Leads, at most; beyond it they are sampled.
        least: Leads a text needs to share a value that is named.
        seed: Seed of the sample.
    """
    found = store.query(_FLAT if store.is_flat else _last_episodes(store, goal_stage))
    if found.num_rows > rows:
        chosen = np.sort(
            np.random.default_rng(seed).choice(found.num_rows, size=rows, replace=False)
        )
        found = found.take(pa.array(chosen))
    place = _order(found, order) if store.is_flat else _ints(found["created_day"])
    won, is_open = _mask(found["won"]), _mask(found["is_open"])
    return Units(
        won=won & ~is_open,
        is_open=is_open,
        teaches=~is_open if store.is_flat else np.ones(len(won), dtype=bool),
        stratum=_parts(place),
        order=place,
        columns=tuple(_columns(store, found, history, least)),
    )


_FLAT = """
    SELECT lead, 1::INTEGER AS episode, coalesce(day, 0)::INTEGER AS as_of_day,
        coalesce(day, 0) AS created_day,
           coalesce(won, false) AS won, won IS NULL AS is_open, row_number,
               coalesce(epoch_us("at"), 0) AS moment
    FROM leads ORDER BY lead
"""


def _last_episodes(store: Store, goal_stage: str) -> str:
    """SQL: the last episode of each lead, as it ended (by the goal or a close) or, while it is
    open, today.
    """
    today, goal = store.observed_day, day_reached(store, goal_stage)
    goal_at = "NULL" if goal_stage == "won" else "goal_day"
    return f"""
        WITH last AS (
            SELECT e.lead, e.episode::INTEGER AS episode, l.created_day, e.started_day,
                {goal} AS goal_day,
                   CASE WHEN e.closed_day < {today} THEN greatest(e.close_known_day,
                       e.started_day + 1) END AS closed_by
            FROM episodes e JOIN leads l ON e.lead = l.lead WHERE l.created_day < {today}
            QUALIFY row_number() OVER (PARTITION BY e.lead ORDER BY e.episode DESC) = 1
        )
        SELECT lead, episode, created_day, coalesce(goal_day < {today}, false) AS won,
               NOT coalesce(goal_day < {today}, false) AND closed_by IS NULL AS is_open,
               least(closed_by, {goal_at}, {today})::INTEGER AS as_of_day
        FROM last ORDER BY lead
    """


def _order(found: pa.Table, order: str) -> Ints:
    position = _ints(found["row_number"])
    return {
        "time": _ints(found["moment"]),
        "rows": position,
        "rows_newest_first": -position,
        "random": np.zeros_like(position),
    }[order]


def _parts(order: Ints) -> Ints:
    edges = np.unique(np.quantile(order, np.arange(1, STRATA) / STRATA, method="inverted_cdf"))
    return np.searchsorted(edges, order, side="left").astype(np.int64)


def _columns(
    store: Store, found: pa.Table, history: tuple[str, ...], least: int
) -> Iterator[AuditedColumn]:
    make_batch(store, found.select(["lead", "episode", "as_of_day"]))
    wanted = [(i, a) for i, a in enumerate(store.attributes) if a.role in ("fit", "interest")]
    today = [i for i, a in wanted if a.name not in history]
    values = dict(zip(today, current_values(store, today), strict=True))
    created = _ints(found["created_day"])
    gaps = dict(_gaps(store, found))
    for number, attribute in wanted:
        has_history = attribute.name in history
        array = values_at(store, number, attribute.kind) if has_history else values[number]
        read = column(attribute, array, created, has_history=has_history, least=least)
        yield replace(read, without_row=gaps.get(attribute.name))


def _gaps(store: Store, found: pa.Table) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Columns of joined tables, with the leads for which these have no row."""
    lead = _ints(found["lead"])
    for place, joined in enumerate(store.joined):
        without = store.query(f"SELECT lead FROM joined_gaps WHERE joined = {place}")
        mask = np.isin(lead, _ints(without["lead"]))
        yield from ((name, mask) for name in joined.columns)


def column(
    attribute: Attribute, array: pa.Array, created: Ints, *, has_history: bool, least: int
) -> AuditedColumn:
    """A lead column from its values, in the order of the leads."""
    if attribute.kind == "text":
        encoded = pc.dictionary_encode(array)
        code, words = _of_text(encoded, least)
        different, mail = len(encoded.dictionary), _mail_share(encoded.dictionary)
        return AuditedColumn(
            attribute.name,
            attribute.kind,
            attribute.role,
            has_history,
            code,
            words,
            None,
            different,
            mail,
        )
    numbers = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    values = np.where(np.isfinite(numbers), numbers, np.nan) - (
        created if attribute.kind == "date" else 0
    )
    code, words = _of_numbers(values)
    different = len(np.unique(values[~np.isnan(values)]))
    return AuditedColumn(
        attribute.name, attribute.kind, attribute.role, has_history, code, words, values, different
    )


def _of_text(encoded: pa.DictionaryArray, least: int) -> tuple[Ints, tuple[str, ...]]:
    texts = encoded.dictionary.to_pylist()
    index = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(index, minlength=len(texts) + 1)[:-1]
    named = [int(i) for i in np.argsort(-counts, kind="stable")[:_LEVELS] if counts[i] >= least]
    code_of = np.full(len(texts) + 1, OTHER, dtype=np.int64)
    code_of[-1] = MISSING
    code_of[named] = np.arange(FIRST, FIRST + len(named))
    return code_of[index], ("", "other", *(str(texts[i]) for i in named))


def _of_numbers(values: NDArray[np.float64]) -> tuple[Ints, tuple[str, ...]]:
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values), dtype=np.int64), ("", "other")
    edges = np.unique(known)
    if len(edges) > BINS:
        edges = np.unique(np.quantile(known, np.arange(1, BINS + 1) / BINS, method="inverted_cdf"))
        words = [
            f"up to {edges[0]:g}",
            *(f"above {low:g} to {high:g}" for low, high in itertools.pairwise(edges)),
        ]
    else:
        words = [f"{value:g}" for value in edges]
    code = np.searchsorted(edges, np.nan_to_num(values), side="left") + FIRST
    code = np.minimum(code, FIRST + len(edges) - 1)
    return np.where(np.isnan(values), MISSING, code).astype(np.int64), ("", "other", *words)


def _mail_share(texts: pa.Array) -> float:
    if not len(texts):
        return 0.0
    return float(
        pc.mean(pc.match_like(texts.cast(pa.string()), "%_@_%").cast(pa.float64())).as_py() or 0
    )


def _ints(values: pa.ChunkedArray) -> Ints:
    return np.asarray(values.fill_null(0).to_numpy(), dtype=np.int64)


def _mask(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)
