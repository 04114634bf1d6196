"""Between which bounds a later share or count lies, and how the bounds widen where it is looked at
again and again.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from training.learn.metrics.clustered_intervals import max_t
from training.threshold.activity import Swing
from training.threshold.quarter_levels import QuarterLevels

#: Weeks of a quarter.
QUARTER = 13
#: Counts of wins that are thought of, at most; where more are possible, some are left out.
_MOST_COUNTS = 2000
#: Least share of the tail that a look is left with.
_RAREST = 1e-4


def share_range(
    won: float, judged: float, later: int, *, levels: QuarterLevels, weeks: float, tail: float
) -> tuple[float, float]:
    """Bounds of the share of ``later`` leads that will close, where ``won`` of ``judged`` did.

    The share itself is known from the past sample, by Jeffreys' prior, but for what moves both the
    past quarter and the later one: a shift in log-odds of each. Both together are a beta
    distribution with the same mean and variance (to the second order of the shifts), so that the
    later wins are beta-binomial, averaged over how much quarters may differ.

    Args:
        won: Wins of the past sample; it may be divided by a design effect, and so may the others.
        judged: Leads of the past sample.
        later: Leads of the later one; 1 or more.
        levels: How much quarters differ.
        weeks: Weeks that the later leads span: several quarters even each other out.
        tail: Probability below the lower bound, and above the upper one, at most.

    Returns:
        Two of 0, 1 / later, …, 1.
    """
    size, likely = levels.posterior
    wins, others = won + 0.5, judged - won + 0.5
    mean = wins / (wins + others)
    binomial, shift = mean * (1 - mean), shift_variance(size, weeks)
    middle = mean + 0.5 * shift * binomial * (1 - 2 * mean)
    # no share varies more than one that is always 0 or 1
    variance = np.minimum(
        binomial / (wins + others + 1) + binomial**2 * shift, 0.9 * middle * (1 - middle)
    )
    worth = middle * (1 - middle) / variance - 1
    a, b = (middle * worth)[:, None], ((1 - middle) * worth)[:, None]
    wins_later = np.arange(0, later + 1, 1 + later // _MOST_COUNTS)
    ways = -np.log(later + 1) - special.betaln(wins_later + 1, later - wins_later + 1)
    chance = special.betaln(wins_later + a, later - wins_later + b) - special.betaln(a, b)
    total = np.cumsum(likely @ np.exp(ways + chance))
    low, high = np.searchsorted(total / total[-1], [tail, 1 - tail])
    return float(wins_later[low] / later), float(wins_later[high] / later)


def shift_variance(size: NDArray[np.float64], weeks: float) -> NDArray[np.float64]:
    """Variance of the difference in log-odds between the past quarter and ``weeks`` later weeks,
    for standard deviations between quarters.
    """
    variance: NDArray[np.float64] = size**2 * (1 + 1 / max(1.0, weeks / QUARTER))
    return variance


def count_range(
    per_week: float,
    replayed: float,
    *,
    weeks: float,
    dispersion: float,
    swing: Swing,
    tail: float,
) -> tuple[float, float]:
    """Bounds of the mean of ``weeks`` later weekly counts, where that of ``replayed`` weeks was
    ``per_week``.

    Chance in both periods (counts that vary ``dispersion`` times as much as Poisson's), and the
    swing, with Student's t, on the logarithmic scale; the trend widens the side to which it points.
    Few leads are no normal number: the bounds are at least those of a negative binomial count
    without a swing.

    Args:
        per_week: Mean of the past weeks; 0 or more.
        replayed: Past weeks; above 0.
        weeks: Later weeks; above 0.
        dispersion: 1 or more.
        swing: How much the level changes by itself.
        tail: Probability below the lower bound, and above the upper one.
    """
    counted = max(per_week, 0.5 / replayed)
    chance = stats.norm.isf(tail) ** 2 * dispersion / counted * (1 / replayed + 1 / weeks)
    reach = float(np.sqrt(chance + stats.t.isf(tail, swing.freedom) ** 2 * swing.size**2))
    total, widened = counted * weeks, dispersion * (1 + weeks / replayed)
    fewest, most = stats.nbinom.ppf([tail, 1 - tail], total / (widened - 1), 1 / widened) / weeks
    low = counted * float(np.exp(min(swing.trend, 0.0) - reach))
    high = counted * float(np.exp(max(swing.trend, 0.0) + reach))
    return min(low, float(fewest)), max(high, float(most))


def repeated_tail(
    tail: float, *, shared: float, own: float, looks: tuple[float, ...], at: float
) -> float:
    """The tail at one of many looks at a growing mean, so that all of them together leave their
    bounds as rarely as one look with ``tail``.

    Strict while little is known, and nearly as at a single look in the end (O'Brien and Fleming
    1979): the standardised difference may be larger by as much as the difference varies more than
    at the last look. What all looks share, such as the error of the past sample and the quarter's
    own level, is paid for once.

    Args:
        tail: Probability on either side, of all looks together.
        shared: Variance of the difference that is there at every look.
        own: Variance of a single observation.
        looks: Number of observations at each look, ascending; 1 or more looks.
        at: Number of observations at this look, at most those of the last.
    """
    wider = float(np.sqrt((shared + own / at) / (shared + own / looks[-1])))
    # rounded, so that promises which are nearly alike share a simulation
    critical = _critical(tail, float(f"{shared / own:.2g}"), looks)
    strict = float(stats.norm.sf(critical * wider))
    return max(strict, _RAREST * tail)


@lru_cache(maxsize=1024)
def _critical(tail: float, shared: float, looks: tuple[float, ...]) -> float:
    """Standard errors at the last look within which the looks stay together."""
    covariance = shared + 1 / np.maximum.outer(np.array(looks), looks)
    deviation = np.sqrt(np.diagonal(covariance))
    return max_t(
        covariance / np.outer(deviation, deviation),
        confidence=1 - 2 * tail,
        scale=deviation / deviation[-1],
    )
