"""What recent customers had done before they closed, and how long before; beside them leads alike
that did not close.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.behaviour import make_kind_events
from training.closed_loop.actions import FEWEST_LEADS, ActionCounts, ActionHistory, reading_of
from training.closed_loop.strata import Strata, ages
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, day_reached

#: Customers who closed in so many days before observed until are recent.
RECENT_DAYS = 365
#: Leads alike drawn for each customer: four say nearly as much as all (the variance is a quarter
#: above that of endlessly many).
_ALIKE = 4


@dataclass(frozen=True)
class Quartiles:
    """A quarter of the values lie at or below ``low``, half at or below ``median``, a quarter at or
    above ``high``.
    """

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class BeforeClose:
    """What recent customers had done of one kind on the days before their close.

    Attributes:
        concept: Kind of behaviour.
        share: Share of the customers that did it at all.
        alike: Share that had done it by the same days among leads that were as old and did not
            close; NaN for a flat table, and where there are none.
        times: How often, over all customers.
        since_first: Days from the first time to the close, of those that did it; None for a flat
            table.
        since_last: Days from the last time to the close, of the same.
    """

    concept: str
    share: float
    alike: float
    times: Quartiles
    since_first: Quartiles | None
    since_last: Quartiles | None


@dataclass(frozen=True)
class Customers:
    """Recent customers.

    Attributes:
        count: How many there are.
        kinds: What at least 20 of them did.
        alike: Leads alike that they are beside, drawn; each counts once for every time it is drawn.
    """

    count: int
    kinds: tuple[BeforeClose, ...]
    alike: int = 0


def before_close(
    run: Run, rows: LabelledRows, done: ActionHistory, strata: Strata, *, seed: int = 0
) -> Customers:
    """What recent customers (of a flat table: all winners) had done, and leads alike.

    For every customer up to four leads are drawn that were looked at within the cadence of the
    snapshots before the day of the close, in the same tenth of ages, and did not win within the
    horizon of that look. What they had done is counted to the same day.

    Args:
        run: The configuration, and the canonical tables.
        rows: The mature looks.
        done: The actions.
        strata: Age bands of the looks.
        seed: Seed of the draw.
    """
    if run.store.is_flat or run.config.goal is None:
        won = rows.label == 1
        kinds = tuple(
            _counter(c, won) for c in done.counted if (c.count[won] > 0).sum() >= FEWEST_LEADS
        )
        return Customers(int(won.sum()), kinds)
    make_kind_events(run.store, reading_of(run.config), done.kinds)
    goal_day = day_reached(run.store, run.config.goal.stage)
    until = run.store.observed_day
    customers = f"""
        SELECT lead, episode, {goal_day} AS goal_day FROM episodes e
        WHERE {goal_day} >= {until - RECENT_DAYS} AND {goal_day} < {until}
    """
    count = int(run.store.value(f"SELECT count(*) FROM ({customers})"))
    if count < FEWEST_LEADS:
        return Customers(count, ())
    found = run.store.query(f"""
        SELECT k.kind, count(*) AS times, c.goal_day - min(k.day) AS first,
            c.goal_day - max(k.day) AS last
        FROM ({customers}) c JOIN kind_events k ON k.lead = c.lead AND k.day < c.goal_day
        WHERE k.kind >= 0 GROUP BY c.lead, c.episode, c.goal_day, k.kind
    """)
    columns = [
        found[name].to_numpy().astype(np.int64) for name in ("kind", "times", "first", "last")
    ]
    ages = run.store.query(f"""
        SELECT c.goal_day, c.goal_day - e.started_day AS age
        FROM ({customers}) c JOIN episodes e USING (lead, episode) ORDER BY c.lead, c.episode
    """)
    days, age = (ages[name].to_numpy().astype(np.int64) for name in ("goal_day", "age"))
    leads, until_day = _alike(run, rows, strata, days, age, seed)
    by_kind = _did(run, leads, until_day, len(done.kinds)) / max(len(leads), 1)
    shares = by_kind if len(leads) else np.full(len(done.kinds), np.nan)
    return Customers(count, tuple(_kinds(done.kinds, columns, count, shares)), len(leads))


def _alike(
    run: Run,
    rows: LabelledRows,
    strata: Strata,
    days: NDArray[np.int64],
    age: NDArray[np.int64],
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Leads drawn for customers of these days and ages, and the day each is counted to."""
    every = run.config.snapshots.every_days if run.config.snapshots is not None else 1
    others = np.flatnonzero((rows.label == 0) & (rows.weight > 0))
    edges = [
        ages(run.store, rows.take(strata.age_band == band)).max(initial=0)
        for band in range(int(strata.age_band.max(initial=0)) + 1)
    ]
    band = np.minimum(np.searchsorted(edges, age), len(edges) - 1)
    span = int(max(rows.time.max(), days.max(initial=0))) + every + 2
    place = strata.age_band[others].astype(np.int64) * span + rows.time[others]
    order = np.argsort(place, kind="stable")
    first = np.searchsorted(place[order], band * span + np.maximum(days - every + 1, 0), "left")
    last = np.searchsorted(place[order], band * span + days, "right")
    random = np.random.default_rng(seed)
    picked = first + (random.random((_ALIKE, len(days))) * (last - first)).astype(np.int64)
    some = np.broadcast_to(last > first, picked.shape)
    leads: NDArray[np.int64] = rows.lead[others[order[picked[some]]]]
    return leads, np.broadcast_to(days, picked.shape)[some]


def _did(
    run: Run, leads: NDArray[np.int64], until_day: NDArray[np.int64], kinds: int
) -> NDArray[np.float64]:
    """(kinds,) how many of some leads had done each before a day."""
    run.store.connection.register(
        "alike_leads", pa.table({"lead": leads, "day": until_day, "draw": np.arange(len(leads))})
    )
    # behind the last kind stand all that have none of their own
    found = run.store.query(f"""
        SELECT kind, count(*) AS n FROM (
            SELECT DISTINCT a.draw, k.kind FROM alike_leads a
            JOIN kind_events k ON k.lead = a.lead AND k.day < a.day
            WHERE k.kind >= 0 AND k.kind < {kinds}
        ) GROUP BY kind
    """)
    run.store.connection.unregister("alike_leads")
    counted = np.zeros(kinds)
    counted[found["kind"].to_numpy()] = found["n"].to_numpy()
    return counted


def _kinds(
    kinds: tuple[str, ...],
    columns: list[NDArray[np.int64]],
    customers: int,
    alike: NDArray[np.float64],
) -> Iterator[BeforeClose]:
    kind, times, first, last = columns
    for code, concept in enumerate(kinds):
        did = kind == code
        if int(did.sum()) < FEWEST_LEADS:
            continue
        yield BeforeClose(
            concept=concept,
            share=float(did.sum() / customers),
            alike=float(alike[code]),
            times=_quartiles(
                np.append(times[did], np.zeros(customers - int(did.sum()), dtype=np.int64))
            ),
            since_first=_quartiles(first[did]),
            since_last=_quartiles(last[did]),
        )


def _counter(counted: ActionCounts, won: NDArray[np.bool_]) -> BeforeClose:
    times = np.nan_to_num(counted.count[won])
    share = float((times > 0).mean())
    return BeforeClose(counted.concept, share, float("nan"), _quartiles(times), None, None)


def _quartiles(values: NDArray[np.int64] | NDArray[np.float64]) -> Quartiles:
    """Each one of the values, so that nobody reads of 2.5 downloads."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf")
    return Quartiles(float(low), float(median), float(high))
