"""Cuts proposed from data.

A closes at least twice as often as the average lead, D at most half as often.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.grading.centring import UNSIGNED_CUTS
from training.learn.metrics.recalibration import logistic_line
from training.learn.metrics.resamples import Resamples, all_at_once

#: Times the average close rate: where the best grade begins, and where the worst ends.
BEST, WORST = 2.0, 0.5
RESAMPLES = 200
#: Highest close rate that a cut is put at.
_HIGHEST = 0.95


@dataclass(frozen=True)
class Cuts:
    """Proposed boundaries of an axis, as log-odds above its zero, with 95 % intervals.

    Attributes:
        best: Where A (or 1) begins.
        worst: Where D (or 4) begins.
        best_interval: Interval of ``best``.
        worst_interval: Interval of ``worst``.
        from_data: False where the data show no rise along the axis: then twice and half the odds.
    """

    best: float
    worst: float
    best_interval: tuple[float, float]
    worst_interval: tuple[float, float]
    from_data: bool

    @property
    def boundaries(self) -> tuple[float, float, float]:
        """The three cuts, rounded to what the intervals can carry."""
        return max(round(self.best, 2), 0.01), 0.0, min(round(self.worst, 2), -0.01)


def proposed_cuts(
    axis: NDArray[np.float64], won: NDArray[np.bool_], cluster: NDArray[np.int64], *, seed: int
) -> Cuts:
    """Propose the cuts of an axis from leads the model had not seen.

    A logistic line gives the close rate along the axis; its intervals come from resampling whole
    clusters.

    Args:
        axis: (n,) log-odds.
        won: (n,) what became of the leads.
        cluster: (n,) rows of one lead or account belong together.
        seed: Seed of the resampling.
    """
    found = _distances(axis, won, np.ones(len(axis)))
    if found is None:
        return Cuts(
            UNSIGNED_CUTS[0], UNSIGNED_CUTS[2], (np.nan, np.nan), (np.nan, np.nan), from_data=False
        )
    draws = Resamples(cluster, RESAMPLES, seed, draw=all_at_once)
    resampled = [_distances(axis, won, weight) for weight in draws.weights(np.ones(len(axis)))]
    kept = np.array([pair for pair in resampled if pair is not None])
    low, high = np.quantile(kept, [0.025, 0.975], axis=0) if len(kept) else np.full((2, 2), np.nan)
    return Cuts(
        *found, (float(low[0]), float(high[0])), (float(low[1]), float(high[1])), from_data=True
    )


def _distances(
    axis: NDArray[np.float64], won: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Log-odds from the average to twice and to half of it, along the axis.

    None where the line does not rise.
    """
    rate = float((weight * won).sum() / weight.sum())
    if not 0 < rate < 1:
        return None
    slope, _ = logistic_line(won.astype(np.float64), axis, weight)
    if not slope > 0:
        return None
    average = _logit(rate)
    best, worst = (_logit(min(times * rate, _HIGHEST)) for times in (BEST, WORST))
    return ((best - average) / slope, (worst - average) / slope) if best > average else None


def _logit(rate: float) -> float:
    return float(np.log(rate / (1 - rate)))
