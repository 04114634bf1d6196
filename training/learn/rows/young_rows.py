"""Young rows: looks whose horizon is not over. How many of their wins have come by now is learned
from mature rows.

A young row's label is "won by now". Of the wins that come within the horizon, a share F(a) has come
and been recorded a days after the look, so that P(won by now) = P(won within the horizon) x F(a).
Leads with high scores win sooner, so F is learned for each fifth of the wins by score.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.spec import EventReading
from training.learn.rows.cadence import cadence_of
from training.learn.rows.known import recorded
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, sampled, snapshots

#: Groups of wins by score, and the wins that each needs.
_GROUPS, _FEWEST = 5, 40


def young_rows(run: Run) -> LabelledRows | None:
    """The looks since the newest mature one, on the days that the same cadence gives, with the wins
    known by now; None where there are none, as in a flat table.

    Args:
        run: The configuration, and the canonical tables.
    """
    config, store = run.config, run.store
    if config.goal is None or config.population is None or config.snapshots is None:
        return None
    horizon, every = config.goal.horizon_days, config.snapshots.every_days
    mature = cadence_of(store, horizon_days=horizon, every_days=every)
    rounds = -(-horizon // every)
    since = replace(mature, after=mature.newest, newest=mature.newest + rounds * every)
    reading = EventReading(**config.behaviour.model_dump(include={"actors", "groups", "sends"}))
    rows, _ = snapshots(
        store,
        config.population,
        reading,
        since,
        goal_stage=config.goal.stage,
        horizon_days=horizon,
    )
    rows = rows.take(rows.time < store.observed_day)
    come = recorded(run, rows) < store.observed_day
    rows = replace(rows, label=np.where(come, rows.label, 0).astype(np.int8))
    rows = sampled(rows, config.snapshots.max_rows, seed=config.learner.seed)
    return rows if len(rows) else None


def young_at(rows: LabelledRows, moment: int, *, horizon_days: int) -> LabelledRows | None:
    """The rows that were young at a moment of the past; None where there were none.

    Args:
        rows: Rows that are mature today.
        moment: Local day at whose start the past "today" lies.
        horizon_days: Days after which a row is mature.
    """
    found = rows.take((rows.time < moment) & (rows.time + horizon_days > moment))
    return found if len(found) else None


@dataclass(frozen=True)
class WinDelays:
    """How many days after the look wins come, by the score of the look.

    Attributes:
        cuts: (k - 1,) scores between the groups, ascending.
        shares: (k, days) share of a group's wins that is recorded so many days after the look; a
            row sums up to 1, or less where some are recorded later than that.
    """

    cuts: NDArray[np.float64]
    shares: NDArray[np.float64]

    def group(self, score: NDArray[np.float64]) -> NDArray[np.int64]:
        """(n,) number of the group of each score."""
        found: NDArray[np.int64] = np.searchsorted(self.cuts, score).astype(np.int64)
        return found


def win_delays(
    score: NDArray[np.float64],
    days: NDArray[np.int64],
    weight: NDArray[np.float64],
    *,
    horizon_days: int,
) -> WinDelays:
    """Learn from the wins of mature rows when wins come.

    Args:
        score: (n,) score of each row that won, at least one.
        days: (n,) days from the look until the win was recorded, 0 or more.
        weight: (n,) rows of the population each stands for.
        horizon_days: A win counts within so many days; of one that is recorded after twice as many,
            nobody waits for the record.
    """
    groups = max(1, min(_GROUPS, len(score) // _FEWEST))
    cuts = np.quantile(score, np.arange(1, groups) / groups)
    group = np.searchsorted(cuts, score)
    shares = np.zeros((groups, 2 * horizon_days))
    for number in range(groups):
        own = group == number
        found = np.bincount(days[own], weight[own], minlength=2 * horizon_days)
        total = found.sum()
        if total > 0:
            shares[number] = found[: 2 * horizon_days] / total
    return WinDelays(cuts, shares)
