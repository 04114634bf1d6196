"""Intervals of many rates at once, where the rows of one lead (or account) are no independent
evidence.

Every figure is a ratio of sums over rows. What each cluster adds to its error, to first order,
gives a cluster-robust covariance of all figures (the infinitesimal jackknife; Liang and Zeger
1986); the corrected intervals widen until all of them together hold in 95 % of samples, by the
largest of the standardised errors (max-t; Hothorn, Bretz and Westfall 2008): a bootstrap over
clusters with normal multipliers, drawn from its covariance instead of cluster by cluster.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.metrics.wilson import NORMAL_95, wilson

Floats = NDArray[np.float64]
#: Calculates, for the rows at some positions, (rows, figures) what each adds to the error of each
#: figure.
Influence = Callable[[NDArray[np.intp]], Floats]

#: Two-sided, of every interval, and of all corrected ones at once.
CONFIDENCE = 0.95
_DRAWS = 20_000
#: Wins, or losses, below this are what sums of weights round to.
_NOTHING = 1e-9
#: Rows that are in memory at a time.
_ROWS_AT_A_TIME = 100_000


@dataclass(frozen=True)
class SimultaneousInterval:
    """A figure with the interval of its own, and the one that holds together with those of all
    other actions.

    Attributes:
        value: The figure.
        low: Lower end of the 95 % interval.
        high: Upper end of the same interval.
        corrected_low: Lower end of the interval that is corrected for how many actions are looked
            at.
        corrected_high: Upper end of the same interval.
    """

    value: float
    low: float
    high: float
    corrected_low: float
    corrected_high: float


@dataclass(frozen=True)
class Spread:
    """How uncertain several figures are, and how they move together.

    Attributes:
        variance: (k,) cluster-robust.
        critical: Standard errors within which all figures stay at once in 95 % of samples; a single
            one needs 1.96.
    """

    variance: Floats
    critical: float


def spread(
    cluster: NDArray[np.int64], influence: Influence, count: int, *, seed: int = 0
) -> Spread:
    """The variances of figures, and the critical value of their largest standardised error.

    Args:
        cluster: (n,) number of each row's cluster.
        influence: What rows add to the error of each figure.
        count: Figures.
        seed: Seed of the draws behind the critical value.
    """
    covariance = cluster_covariance(cluster, influence, count)
    variance = np.diagonal(covariance).copy()
    moves = variance > 0
    if not moves.any():
        return Spread(variance, NORMAL_95)
    deviation = np.sqrt(variance[moves])
    correlation = covariance[np.ix_(moves, moves)] / np.outer(deviation, deviation)
    return Spread(variance, max_t(correlation, seed=seed))


def max_t(
    correlation: Floats,
    *,
    seed: int = 0,
    confidence: float = CONFIDENCE,
    scale: Floats | float = 1.0,
) -> float:
    """The 95 % quantile (or another) of the largest of normal errors with this correlation, each
    divided by a scale; at least that of a single one.

    >>> round(max_t(np.ones((3, 3))), 1), round(max_t(np.eye(20)), 1)
    (2.0, 3.0)
    """
    values, vectors = np.linalg.eigh(correlation)
    roots = vectors * np.sqrt(np.clip(values, 0, None))
    draws = np.random.default_rng(seed).standard_normal((_DRAWS, len(correlation))) @ roots.T
    single = float(stats.norm.isf((1 - confidence) / 2))
    return max(float(np.quantile(np.abs(draws / scale).max(axis=1), confidence)), single)


def cluster_covariance(cluster: NDArray[np.int64], influence: Influence, count: int) -> Floats:
    """(count, count) sums over clusters of products of their influences, with the correction for
    few clusters.

    Works through whole clusters, about 100,000 rows at a time.
    """
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=np.iinfo(np.int64).min))
    gram = np.zeros((count, count))
    for first, last in _blocks(starts, len(order)):
        inside = starts[(starts >= first) & (starts < last)] - first
        summed = np.add.reduceat(influence(order[first:last]), inside, axis=0)
        gram += summed.T @ summed
    n = len(starts)
    return gram * (n / (n - 1)) if n > 1 else gram


def _blocks(starts: NDArray[np.intp], n: int) -> list[tuple[int, int]]:
    """Positions between which whole clusters lie."""
    borders = [0]
    for target in range(_ROWS_AT_A_TIME, n, _ROWS_AT_A_TIME):
        border = int(starts[min(int(np.searchsorted(starts, target)), len(starts) - 1)])
        if border > borders[-1]:
            borders.append(border)
    return list(zip(borders, [*borders[1:], n], strict=True)) if n else []


def design_effect(won: NDArray[np.bool_], cluster: NDArray[np.int64]) -> float:
    """Kish's design effect of a share: its variance over clusters as a multiple of the binomial
    one; at least 1.

    Args:
        won: (n,) whether each row counts.
        cluster: (n,) number of each row's cluster.

    >>> design_effect(np.repeat([True, False], 4), np.repeat([0, 1], 4))
    4.0
    """
    n, wins = len(won), int(won.sum())
    if not 0 < wins < n:
        return 1.0
    _, place = np.unique(cluster, return_inverse=True)
    surplus = np.bincount(place, won - wins / n)
    return max(1.0, float((surplus**2).sum()) / (n * (wins / n) * (1 - wins / n)))


def rate_interval(
    won: NDArray[np.bool_], cluster: NDArray[np.int64]
) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of the share of rows that won, where rows of one cluster are no independent
    evidence; None without rows.

    Wilson's on the rows that the clusters are worth; see ``proportion`` and ``design_effect``.
    """
    if not len(won):
        return None, None
    rate, clusters = float(won.mean()), len(np.unique(cluster))
    variance = design_effect(won, cluster) * rate * (1 - rate) / len(won)
    found = proportion(rate, variance, max(clusters, 2), NORMAL_95)
    return found.low, found.high


def proportion(
    rate: float, variance: float, clusters: int, critical: float
) -> SimultaneousInterval:
    """A rate between 0 and 1, by Wilson's interval on the rows it is worth (Korn and Graubard
    1998).

    A rate is worth as many independent rows as would give it the same variance, fewer where few
    clusters tell what the variance is. The corrected interval is Clopper and Pearson's, which never
    promises too much far out in the tails.

    Args:
        rate: The figure.
        variance: Variance of the rate, cluster-robust.
        clusters: Different leads (accounts) behind it; 2 or more.
        critical: Standard errors of the corrected interval.
    """
    spread_out = min(rate, 1 - rate) > _NOTHING and variance > 0
    worth = rate * (1 - rate) / variance if spread_out else float(clusters)
    degrees = max(clusters - 1, 1)
    worth *= (NORMAL_95 / float(stats.t.ppf((1 + CONFIDENCE) / 2, degrees))) ** 2
    wins, losses = rate * worth, (1 - rate) * worth
    low, high = (float(end) for end in wilson(wins, worth))
    tail = float(stats.norm.sf(critical))
    corrected_low = float(stats.beta.ppf(tail, wins, losses + 1)) if wins > _NOTHING else 0.0
    corrected_high = float(stats.beta.isf(tail, wins + 1, losses)) if losses > _NOTHING else 1.0
    return SimultaneousInterval(rate, low, high, min(corrected_low, low), max(corrected_high, high))


def ratio(
    value: float, variance_of_log: float, clusters: int, critical: float, *, most: float
) -> SimultaneousInterval:
    """A ratio above 0, symmetric in its logarithm; without wins it reaches from 0 to ``most``.

    Args:
        value: The ratio; 0 or more.
        variance_of_log: Variance of its natural logarithm, cluster-robust.
        clusters: Different leads (accounts) behind it.
        critical: Standard errors of the corrected interval.
        most: What a ratio of 0 may still be.
    """
    if value <= 0:
        return SimultaneousInterval(value, 0.0, most, 0.0, most)
    few = float(stats.t.ppf((1 + CONFIDENCE) / 2, max(clusters - 1, 1))) / NORMAL_95
    deviation = float(np.sqrt(variance_of_log)) * few
    by, corrected_by = np.exp(NORMAL_95 * deviation), np.exp(critical * deviation)
    return SimultaneousInterval(
        value, value / by, value * by, value / corrected_by, value * corrected_by
    )
