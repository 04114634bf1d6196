"""What recent customers had done before they closed, and how long before."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.build.behaviour import make_kind_events
from training.closed_loop.actions import FEWEST_LEADS, ActionCounts, ActionHistory, reading_of
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, day_reached

#: Customers who closed in so many days before observed until are recent.
RECENT_DAYS = 365


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
        times: How often, over all customers.
        since_first: Days from the first time to the close, of those that did it; None for a flat
            table.
        since_last: Days from the last time to the close, of the same.
    """

    concept: str
    share: float
    times: Quartiles
    since_first: Quartiles | None
    since_last: Quartiles | None


@dataclass(frozen=True)
class Customers:
    """Recent customers.

    Attributes:
        count: How many there are.
        kinds: What at least 20 of them did.
    """

    count: int
    kinds: tuple[BeforeClose, ...]


def before_close(run: Run, rows: LabelledRows, done: ActionHistory) -> Customers:
    """What recent customers (of a flat table: all winners) had done."""
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
    return Customers(count, tuple(_kinds(done.kinds, columns, count)))


def _kinds(
    kinds: tuple[str, ...], columns: list[NDArray[np.int64]], customers: int
) -> Iterator[BeforeClose]:
    kind, times, first, last = columns
    for code, concept in enumerate(kinds):
        did = kind == code
        if int(did.sum()) < FEWEST_LEADS:
            continue
        yield BeforeClose(
            concept=concept,
            share=float(did.sum() / customers),
            times=_quartiles(
                np.append(times[did], np.zeros(customers - int(did.sum()), dtype=np.int64))
            ),
            since_first=_quartiles(first[did]),
            since_last=_quartiles(last[did]),
        )


def _counter(counted: ActionCounts, won: NDArray[np.bool_]) -> BeforeClose:
    times = np.nan_to_num(counted.count[won])
    return BeforeClose(counted.concept, float((times > 0).mean()), _quartiles(times), None, None)


def _quartiles(values: NDArray[np.int64] | NDArray[np.float64]) -> Quartiles:
    """Each one of the values, so that nobody reads of 2.5 downloads."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75], method="inverted_cdf")
    return Quartiles(float(low), float(median), float(high))
