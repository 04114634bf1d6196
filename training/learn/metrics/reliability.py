"""The reliability diagram: promised beside observed close rates, with intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.clustered_intervals import proportion
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Floats, ranking, sigmoid
from training.learn.metrics.wilson import NORMAL_95

#: Bins of about equal mass.
_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows of similar chance.

    Attributes:
        rows: Number of rows of the reference population.
        leads: Different leads (accounts) among them.
        wins: Rows that are wins.
        promised: Mean chance, 0..1.
        observed: Close rate, 0..1.
        low: Lower end of the 95 % interval of the close rate, over leads.
        high: Upper end of the same interval.
    """

    rows: float
    leads: int
    wins: float
    promised: float
    observed: float
    low: float
    high: float


def reliability(log_odds: Floats, holdout: Holdout) -> tuple[Bin, ...]:
    """Bins of about equal mass by chance, the best first; rows of equal chance stay together.

    The interval is Wilson's on the rows that the leads of a bin are worth; see
    ``closed_loop.intervals.proportion``.

    Args:
        log_odds: (n,) served log-odds of the rows.
        holdout: The rows.
    """
    if not len(holdout) or not holdout.weight.sum() > 0:
        return ()
    bin_of = _bins(log_odds, holdout.weight)
    cluster = np.unique(holdout.cluster, return_inverse=True)[1]
    return tuple(
        _bin(log_odds[inside], holdout.part(inside), cluster[inside])
        for inside in (bin_of == number for number in np.unique(bin_of))
    )


def _bins(log_odds: Floats, weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) number of each row's bin, by the middle of the mass of its chance."""
    order, starts = ranking(log_odds)
    mass = np.add.reduceat(weight[order], starts)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    group = np.minimum((middle * _BINS).astype(np.int64), _BINS - 1)
    bin_of = np.empty(len(order), dtype=np.int64)
    bin_of[order] = np.repeat(group, np.diff(np.append(starts, len(order))))
    return bin_of


def _bin(log_odds: Floats, rows: Holdout, cluster: NDArray[np.intp]) -> Bin:
    weight, mass = rows.weight, float(rows.weight.sum())
    wins = float((weight * rows.label).sum())
    rate, leads = wins / mass, len(np.unique(cluster))
    error = np.bincount(cluster, weights=weight * (rows.label - rate)) / mass
    variance = float(np.sum(error**2)) * leads / max(leads - 1, 1)
    interval = proportion(rate, variance, max(leads, 2), NORMAL_95)
    promised = float((weight * sigmoid(log_odds)).sum()) / mass
    return Bin(mass, leads, wins, promised, rate, interval.low, interval.high)
