"""Platt calibration: affine in log-odds, so that the sum of contributions stays exact."""

import numpy as np
from numpy.typing import NDArray

from propensity.model import Calibration, probability

#: A slope outside this range means the scores are not worth stretching: flat, or wildly over-confident.
_SLOPES = (0.05, 5.0)


def platt(raw: NDArray[np.float64], label: NDArray[np.int8], weight: NDArray[np.float64]) -> Calibration:
    """Fit log-odds = intercept + slope x raw by maximum likelihood on out-of-fold scores (Platt 1999).

    Newton's method on two parameters, with Platt's smoothed targets, so that separable data has a solution. Rows
    without a score (NaN) are left out. The slope is kept in a sane range and never negative: a calibration that turned
    the ranking round would contradict every reason.
    """
    scored = ~np.isnan(raw)
    x, y, w = raw[scored], label[scored].astype(np.float64), weight[scored]
    wins, losses = float((w * y).sum()), float((w * (1 - y)).sum())
    target = np.where(y == 1, (wins + 1) / (wins + 2), 1 / (losses + 2))
    slope = float(np.clip(_newton(x, target, w)[1], *_SLOPES))
    return Calibration(slope=slope, intercept=_intercept(slope * x, target, w))


def _newton(x: NDArray[np.float64], target: NDArray[np.float64], w: NDArray[np.float64]) -> tuple[float, float]:
    """Intercept and slope."""
    design = np.stack([np.ones_like(x), x])
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        p = probability(beta @ design)
        gradient = design @ (w * (target - p))
        hessian = (design * (w * np.maximum(p * (1 - p), 1e-12))) @ design.T + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        beta = beta + step * min(1.0, 4.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-12:
            break
    return float(beta[0]), float(beta[1])


def _intercept(shift: NDArray[np.float64], target: NDArray[np.float64], w: NDArray[np.float64]) -> float:
    """The intercept that makes predicted and expected wins equal, for a given slope."""
    intercept = 0.0
    for _ in range(100):
        p = probability(intercept + shift)
        step = float((w * (target - p)).sum() / max((w * p * (1 - p)).sum(), 1e-12))
        intercept += float(np.clip(step, -4.0, 4.0))
        if abs(step) < 1e-13:
            break
    return intercept
