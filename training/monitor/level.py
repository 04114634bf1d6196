"""Is the level right, week after week: closes beside what was promised, and when chance does not
explain the difference any more. Pure functions of arrays.

Under the promise, closes are a sum of independent draws, one for each look that counts (no two
horizons of a lead overlap, see ``Looks.counts_once``). What is added to their luck: colleagues of
an account, the error of the model's own level, and how much quarters differ by themselves. The
looks of a quarter are allowed for together: while they grow as O'Brien and Fleming (1979) do, see
``training.threshold.ranges.repeated_tail``; afterwards by the largest of 13 windows that overlap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from training.learn.metrics.clustered_intervals import CONFIDENCE, max_t
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.metrics import logit, roc_auc, sigmoid
from training.learn.metrics.recalibration import calibration_slope_intercept
from training.learn.metrics.wilson import NORMAL_95
from training.threshold.ranges import QUARTER, repeated_tail

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]

#: On either side: an alarm is false in at most 5 of 100 quarters.
_TAIL = (1 - CONFIDENCE) / 2
#: Promised closes below which nothing is said.
FEWEST_EXPECTED = 5.0
#: Nodes over which the shift of the level is averaged.
_NODES = np.polynomial.hermite_e.hermegauss(21)
#: Promised closes of the first look that is allowed for.
_FIRST_LOOK = 2.0


@dataclass(frozen=True)
class CloseRange:
    """How many closes are ordinary where the chances are right.

    Attributes:
        expected: Promised closes.
        low: As few as this are ordinary.
        high: As many as this are ordinary.
        below: Chance of as few closes as there were.
        above: Chance of as many.
    """

    expected: float
    low: float
    high: float
    below: float
    above: float


@dataclass(frozen=True)
class LevelWeek:
    """The newest quarter of looks at the end of a week.

    Attributes:
        week: Number of the week, as given.
        weeks: Weeks that are judged together: 13, fewer at the beginning.
        looks: Looks that count in them.
        closed: Closes among these.
        range: What is ordinary at this one look.
        tail: Chance on either side below which this look speaks, all looks of the quarter together
            at most 2.5 %.
        alarm: ``below``: fewer close than promised; ``above``: more; nothing otherwise.
    """

    week: int
    weeks: int
    looks: int
    closed: int
    range: CloseRange
    tail: float
    alarm: Literal["", "below", "above"]


def close_range(
    chance: Floats, closed: int, *, design: float = 1.0, shared: float = 0.0, tail: float = _TAIL
) -> CloseRange:
    """How many closes are ordinary.

    For each shift of the level, the sum of unlike draws is put down as the binomial with the same
    mean and variance, which its tails follow closely (Ehm 1991); counts are divided by the design
    effect.

    Args:
        chance: (n,) chances of the looks, 0..1.
        closed: Closes among them.
        design: Variance of the closes over accounts, as a multiple of that of single leads.
        shared: Variance in log-odds of what moves all chances at once.
        tail: Chance outside the bounds, on either side.
    """
    expected = float(chance.sum())
    if not expected > 0:
        return CloseRange(expected, 0.0, 0.0, 1.0, 1.0)
    nodes, weights = _NODES if shared > 0 else (np.zeros(1), np.ones(1))
    shifts, likely = nodes * np.sqrt(shared), weights / weights.sum()
    value, count = _grouped(chance)
    moved = sigmoid(logit(value)[:, None] + shifts)
    middle, spread = count @ moved, count @ (moved * (1 - moved))
    rate = np.clip(1 - spread / middle, 1e-9, 1 - 1e-9)
    size = middle / rate / design

    def at_most(k: float) -> float:
        worth = np.minimum(k / design, size)
        inside = special.betainc(np.maximum(size - worth, 1e-9), worth + 1, 1 - rate)
        return float(likely @ np.where(worth < size, inside, 1.0))

    low, high = _bounds(at_most, len(chance), tail)
    above = 1.0 if closed <= 0 else 1 - at_most(closed - design)
    return CloseRange(expected, low, high, at_most(closed), above)


def level_by_week(
    chance: Floats,
    won: Bools,
    cluster: Integers,
    week: Integers,
    *,
    shared: float = 0.0,
) -> tuple[LevelWeek, ...]:
    """Judge the level after each week, over the newest 13 weeks that are over; of the weekly looks
    of a quarter, at least one is a false alarm in at most 5 of 100 quarters.

    Args:
        chance: (n,) chances of mature looks as served, 0..1, no two horizons of a lead overlapping.
        won: (n,) whether the lead closed within its horizon.
        cluster: (n,) number of the lead's account, else of the lead.
        week: (n,) number of the week in which was looked, counted from the model's first: 0, 1, ….
        shared: Variance in log-odds of what moves all chances at once, without being a fault.
    """
    found: list[LevelWeek] = []
    for number in np.unique(week).tolist():
        inside = (week <= number) & (week > number - QUARTER)
        chances, wins = chance[inside], won[inside]
        design = design_of(chances, wins, cluster[inside])
        information = float((chances * (1 - chances)).sum()) / design
        tail = (
            growing_tail(information, number + 1, shared)
            if number < QUARTER - 1
            else moving_tail(float(f"{shared * information:.1g}"))
        )
        closed = int(wins.sum())
        ordinary = close_range(chances, closed, design=design, shared=shared)
        says = ordinary.expected >= FEWEST_EXPECTED
        alarm: Literal["", "below", "above"] = ""
        if says and ordinary.below < tail:
            alarm = "below"
        elif says and ordinary.above < tail:
            alarm = "above"
        weeks = min(number + 1, QUARTER)
        found.append(LevelWeek(number, weeks, int(inside.sum()), closed, ordinary, tail, alarm))
    return tuple(found)


def design_of(chance: Floats, won: Bools, cluster: Integers) -> float:
    """How many times more closes vary over accounts than over single leads; at least 1.

    Only where accounts have several looks: what is left of the rest is luck.
    """
    place = np.unique(cluster, return_inverse=True)[1]
    if len(place) == 0 or place.max() + 1 == len(place):
        return 1.0
    surplus = np.bincount(place, won - chance)
    own = float(((won - chance) ** 2).sum())
    return max(1.0, float((surplus**2).sum()) / own) if own > 0 else 1.0


def slope_of(log_odds: Floats, won: Bools, cluster: Integers) -> Estimate:
    """The slope of a logistic recalibration (Cox 1958), with its cluster-robust interval: 1 is
    right, below 1 the chances are too extreme.
    """
    slope, intercept = calibration_slope_intercept(won.astype(np.int8), log_odds)
    if not np.isfinite(slope):
        return Estimate(float("nan"), float("nan"), float("nan"))
    fitted = sigmoid(intercept + slope * log_odds)
    design = np.column_stack([np.ones(len(log_odds)), log_odds])
    bread = np.linalg.inv(design.T @ (design * (fitted * (1 - fitted))[:, None]))
    place = np.unique(cluster, return_inverse=True)[1]
    pull = design * (won - fitted)[:, None]
    summed = np.column_stack([np.bincount(place, pull[:, k]) for k in (0, 1)])
    error = float(np.sqrt((bread @ (summed.T @ summed) @ bread)[1, 1]))
    return Estimate(slope, slope - NORMAL_95 * error, slope + NORMAL_95 * error)


def auc_of(log_odds: Floats, won: Bools, cluster: Integers) -> Estimate:
    """The chance that a lead that closed stood above one that did not, of one night, with its
    interval over accounts (Obuchowski 1997).
    """
    value = roc_auc(won.astype(np.int8), log_odds)
    wins, others = int(won.sum()), int((~won).sum())
    if not np.isfinite(value) or min(wins, others) < 2:
        return Estimate(value, float("nan"), float("nan"))
    rank, of_wins, of_others = (
        stats.rankdata(log_odds),
        stats.rankdata(log_odds[won]),
        stats.rankdata(log_odds[~won]),
    )
    placed = np.empty(len(won))
    placed[won] = (rank[won] - of_wins) / others - value
    placed[~won] = 1 - (rank[~won] - of_others) / wins - value
    share = np.where(won, placed / wins, placed / others)
    place = np.unique(cluster, return_inverse=True)[1]
    error = float(np.sqrt((np.bincount(place, share) ** 2).sum()))
    return Estimate(value, max(0.0, value - NORMAL_95 * error), min(1.0, value + NORMAL_95 * error))


def growing_tail(information: float, weeks: float, shared: float) -> float:
    """The tail of a look on either side within the first quarter, in which the looks grow.

    Args:
        information: What was observed so far: the inverse of the variance of its mean.
        weeks: Weeks of the quarter that are over.
        shared: Variance of what is there at every look, in the same unit as the mean's.
    """
    if not information > 0:
        return 0.0
    # rounded, so that quarters which are nearly alike share a simulation
    last = max(float(f"{information * QUARTER / weeks:.2g}"), information, _FIRST_LOOK)
    return repeated_tail(
        _TAIL,
        shared=shared,
        own=1.0,
        looks=tuple(np.geomspace(_FIRST_LOOK, last, QUARTER).tolist()),
        at=max(information, _FIRST_LOOK),
    )


@lru_cache(maxsize=256)
def moving_tail(shared: float) -> float:
    """The tail of a look on either side after it, where each look drops its oldest week: 13
    windows that overlap leave their bounds together as rarely as one look with the whole tail.

    Args:
        shared: Variance of what all windows share, as a multiple of a window's own.
    """
    apart = np.abs(np.subtract.outer(np.arange(QUARTER), np.arange(QUARTER)))
    correlation = (shared + 1 - apart / QUARTER) / (shared + 1)
    return float(stats.norm.sf(max_t(correlation, confidence=CONFIDENCE)))


def _grouped(chance: Floats) -> tuple[Floats, Floats]:
    """Chances to three significant digits, and how often each occurs: sums of many looks fast."""
    held = np.clip(chance, 1e-9, 1 - 1e-9)
    digits = 10.0 ** (np.floor(np.log10(held)) - 2)
    value, count = np.unique(np.round(held / digits) * digits, return_counts=True)
    return np.clip(value, 1e-9, 1 - 1e-9), count.astype(np.float64)


def _bounds(at_most: Callable[[float], float], most: int, tail: float) -> tuple[float, float]:
    """The least count that is not in the lower tail, and the highest not in the upper one."""

    def first(level: float) -> int:
        low, high = 0, most
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if at_most(middle) >= level else (middle + 1, high)
        return low

    return float(first(tail)), float(first(1 - tail))
