"""What would move a lead's grade: only what it can still do, and what came of it where leads alike
did so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.behaviour import kind_codes
from features.build.build import build, built
from features.rules import parse
from features.rules.syntax import Acted, conditions
from features.store import Store
from propensity.definition.schema import Definition
from propensity.grading.grading import GRADES, Graded, graded
from training.definition.held_out import HeldOut
from training.learn.metrics.clustered_intervals import rate_interval
from training.learn.rows.snapshots import LabelledRows
from training.review.by_name.open_leads import OpenLeads

#: How many more times a lead does something.
TIMES = (1, 3)
#: Leads alike that have to have done so before anything is said of it.
FEWEST = 20


@dataclass(frozen=True)
class Step:
    """One kind of behaviour, so many more times, by each of n open leads.

    Attributes:
        kind: Kind of behaviour.
        times: How many more times.
        chance: (n,) chance after it.
        grade: (n,) place in ``GRADES`` after it.
        moves: (n,) whether the grade is a better one: on one axis at least, and on none a worse.
    """

    kind: str
    times: int
    chance: NDArray[np.float64]
    grade: NDArray[np.int8]
    moves: NDArray[np.bool_]


@dataclass(frozen=True)
class StepCount:
    """Leads not seen of one grade, and what came of a step within the horizon.

    Attributes:
        leads: How many there are.
        did: How many of them did it before they closed.
        won: How many of those reached the goal.
        low: Lower end of the 95 % range of their rate.
        high: Upper end.
        others_won: How many of the others reached the goal.
    """

    leads: int
    did: int
    won: int
    low: float
    high: float
    others_won: int


def steps(store: Store, leads: OpenLeads) -> tuple[Step, ...]:
    """Every kind of behaviour, done once more and three times more the day before the leads are
    looked at; none of a flat table, and none that a disqualifier asks for.

    Args:
        store: The canonical tables.
        leads: The open leads.
    """
    if store.is_flat or not len(leads):
        return ()
    model, axes = leads.model, leads.agreed.axes
    refused = _disqualifying(leads.agreed.definition)
    before = model.concept_sums(_matrix(store, leads))
    now = graded(axes, before.fit, before.interest)
    found = []
    for kind in model.spec.kinds:
        if any(fnmatchcase(kind, pattern) for pattern in refused):
            continue
        for times in TIMES:
            with _done(store, leads.rows, kind_codes(model.spec.kinds)[kind], times):
                sums = model.concept_sums(build(store, leads.rows, model.spec).matrix)
            then = graded(axes, sums.fit, sums.interest)
            found.append(Step(kind, times, sums.probability, then.grade, _better(now, then)))
    return tuple(found)


def steps_taken(
    store: Store,
    kinds: tuple[str, ...],
    rows: LabelledRows,
    judged: HeldOut,
    on_axes: Graded,
    *,
    horizon_days: int,
) -> dict[tuple[str, str, int], StepCount]:
    """Grade, kind and times to what came of it, where at least ``FEWEST`` leads did so.

    Args:
        store: The canonical tables, prepared for a model with these kinds.
        kinds: Kinds of behaviour, in the order of their codes.
        rows: Leads that the recipe had not seen, each once.
        judged: The same leads, with outcomes.
        on_axes: The same leads, graded.
        horizon_days: Days in which a step and the goal count.
    """
    times = _times_done(store, len(kinds), rows, horizon_days)
    found = {}
    for grade in np.unique(on_axes.grade):
        alike = on_axes.grade == grade
        for code, kind in enumerate(kinds):
            for least in TIMES:
                did = alike & (times[:, code] >= least)
                if did.sum() < FEWEST:
                    continue
                low, high = rate_interval(judged.won[did], judged.cluster[did])
                if low is None or high is None:
                    continue
                found[GRADES[grade], kind, least] = StepCount(
                    leads=int(alike.sum()),
                    did=int(did.sum()),
                    won=int(judged.won[did].sum()),
                    low=low,
                    high=high,
                    others_won=int(judged.won[alike & ~did].sum()),
                )
    return found


def _better(now: Graded, then: Graded) -> NDArray[np.bool_]:
    """(n,) whether the interest has a better digit; what leads do never touches the fit."""
    if now.digit is None or then.digit is None:
        return np.zeros(len(now.fit), dtype=np.bool_)
    return then.digit < now.digit


def _matrix(store: Store, leads: OpenLeads) -> NDArray[np.float64]:
    return built(store, leads.rows, leads.model.spec).matrix


@contextmanager
def _done(store: Store, rows: pa.Table, code: int, times: int) -> Iterator[None]:
    """The store as if every lead had done something so many more times the day before."""
    connection = store.connection
    connection.register("leads_doing", rows.select(["lead", "as_of_day"]))
    connection.execute("ALTER TABLE kind_events RENAME TO kind_events_known")
    try:
        connection.execute(f"""
            CREATE VIEW kind_events AS SELECT * FROM kind_events_known UNION ALL
            SELECT lead, {code}::SMALLINT, as_of_day - 1, as_of_day - 1, NULL, NULL
            FROM leads_doing, range({times})
        """)
        yield
    finally:
        connection.execute("DROP VIEW IF EXISTS kind_events")
        connection.execute("ALTER TABLE kind_events_known RENAME TO kind_events")
        connection.unregister("leads_doing")


def _times_done(
    store: Store, n_kinds: int, rows: LabelledRows, horizon_days: int
) -> NDArray[np.int64]:
    """(leads, kinds) how often each was done within the horizon, before the lead closed."""
    asked = rows.rows.select(["lead", "episode", "as_of_day"]).append_column(
        "row", pa.array(np.arange(len(rows)))
    )
    store.connection.register("leads_alike", asked)
    try:
        found = store.query(f"""
            SELECT r.row, e.kind, count(*) AS times FROM leads_alike r
            JOIN kind_events e ON e.lead = r.lead AND e.day >= r.as_of_day
                AND e.day < r.as_of_day + {horizon_days} AND e.kind BETWEEN 0 AND {n_kinds - 1}
            LEFT JOIN episodes p ON p.lead = r.lead AND p.episode = r.episode
            WHERE p.closed_day IS NULL OR e.day < p.closed_day GROUP BY r.row, e.kind
        """)
    finally:
        store.connection.unregister("leads_alike")
    times = np.zeros((len(rows), n_kinds), dtype=np.int64)
    times[found["row"].to_numpy(), found["kind"].to_numpy()] = found["times"].to_numpy()
    return times


def _disqualifying(definition: Definition | None) -> set[str]:
    """Patterns of the events that disqualifiers ask for."""
    if definition is None:
        return set()
    return {
        pattern
        for each in definition.disqualifiers
        for condition in conditions(parse(each.rule))
        if isinstance(condition, Acted)
        for pattern in condition.events.types
    }
