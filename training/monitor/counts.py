"""Whether a count is beyond chance, where somebody looks every week.

A count of later weeks varies around what the weeks before let expect for three reasons: chance, the
chance in the earlier weeks, and the company's level, which moves by itself. A gamma-mixed Poisson
(negative binomial) count holds all three: its variance is ``dispersion x mean + (spread x mean)²``.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.threshold.activity import Swing, swing
from training.threshold.ranges import QUARTER

#: Chance that an alarm speaks in a quarter in which nothing happened, at most.
FALSE_ALARMS = 0.05
#: Looks of a quarter: one a week.
LOOKS = QUARTER
#: Two-sided 95 %.
_TAIL = 0.025
_SEED, _DRAWS = 0, 200_000
#: Weeks that a level is read off, at most: were there more of them, no history would be long enough
#: to see levels change.
_PAST = 26


@dataclass(frozen=True)
class CountCheck:
    """A count beside the counts that chance allows.

    Attributes:
        observed: What came.
        expected: What was expected.
        low: Fewest that chance allows.
        high: Most that chance allows.
    """

    observed: float
    expected: float
    low: float
    high: float

    @property
    def is_above(self) -> bool:
        """Whether more came than chance allows."""
        return self.observed > self.high

    @property
    def is_below(self) -> bool:
        """Whether fewer came than chance allows."""
        return self.observed < self.low


@lru_cache(maxsize=256)
def tail_of_a_look(alarms: int = 1, *, window: int = 1) -> float:
    """The tail on one side at one of a quarter's looks, so that all looks at all ``alarms``
    together speak in at most 5 of 100 quiet quarters.

    Looks at the newest ``window`` weeks share all weeks but one with the look before, so that they
    are worth fewer than 13 looks; alarms are counted by Bonferroni's inequality, however they hang
    together.

    >>> round(tail_of_a_look(), 4), round(tail_of_a_look(window=13), 4)
    (0.0039, 0.0105)
    """
    apart = np.abs(np.subtract.outer(np.arange(LOOKS), np.arange(LOOKS)))
    values, vectors = np.linalg.eigh(np.clip(1 - apart / window, 0, 1))
    roots = vectors * np.sqrt(np.clip(values, 0, None))
    draws = np.random.default_rng(_SEED).standard_normal((_DRAWS, LOOKS)) @ roots.T
    critical = np.quantile(draws.max(axis=1), 1 - FALSE_ALARMS / max(alarms, 1))
    return float(stats.norm.sf(critical))


def check_count(
    observed: float,
    expected: float,
    *,
    before: float = np.inf,
    spread: float = 0.0,
    dispersion: float = 1.0,
    tail: float | None = None,
) -> CountCheck:
    """Hold a count against what was expected.

    Args:
        observed: The count; 0 or more.
        expected: Its mean, if nothing has happened; 0 or more.
        before: Count that the expectation is read off; infinite where it is known.
        spread: How far the level moves by itself: its standard deviation, as a share.
        dispersion: How many times more weeks vary than by chance alone; 1 or more.
        tail: Chance below the lower limit, and above the upper one; by default that of one of a
            quarter's looks at one alarm.

    Returns:
        The check; without any expectation no count is too small, and one that would have been seen
        before is too large.
    """
    tail = tail_of_a_look() if tail is None else tail
    mean = max(expected, 1e-9)
    level = spread**2 + dispersion / (before + 0.5)
    surplus = dispersion - 1 + level * mean
    if surplus < 1e-9:
        low, high = stats.poisson.ppf([tail, 1 - tail], mean)
    else:
        low, high = stats.nbinom.ppf([tail, 1 - tail], mean / surplus, 1 / (1 + surplus))
    return CountCheck(float(observed), float(expected), float(low), float(high))


def spread_of(swing: Swing) -> float:
    """The standard deviation of a level's changes, wider where few changes tell it."""
    few = stats.t.isf(_TAIL, swing.freedom) / stats.norm.isf(_TAIL)
    return float(swing.size * few)


def level_spread(weekly: NDArray[np.float64], past: int, later: int) -> float:
    """How far a weekly level moves by itself from ``past`` weeks to the ``later`` ones after them.

    Args:
        weekly: (W,) the level, the oldest week first.
        past: Weeks that it is read off.
        later: Weeks in which it is met again.
    """
    return spread_of(swing(weekly, min(max(past, 1), _PAST), later))


def share_spreads(weekly: NDArray[np.float64], past: int, later: int) -> NDArray[np.float64]:
    """How far each row's share of all rows moves by itself from ``past`` weeks to the ``later``
    ones after them.

    A row with weeks without any is too thin to tell, and so is a short history: then a quarter of
    the share, up or down, is assumed.

    Args:
        weekly: (k, W) counts, the oldest first.
        past: Weeks that a share is read off.
        later: Weeks in which it is met again.
    """
    whole = np.maximum(weekly.sum(axis=0), 1.0)
    return np.array([level_spread(row / whole, past, later) for row in weekly])
