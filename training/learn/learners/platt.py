"""Platt calibration: affine in log-odds, so that the sum of contributions stays exact."""

import numpy as np
from numpy.typing import NDArray

from propensity.model.model_parts import Calibration
from training.learn.metrics.recalibration import calibration_in_the_large, logistic_line

#: A slope outside this range means the scores are not worth stretching: flat, or wildly
#: over-confident. A model of few trees needs a steep one: each tree is shrunk to a twentieth. The
#: slope is never negative: a calibration that turned the ranking round would contradict every
#: reason.
_SLOPES = (0.05, 50.0)


def platt(
    raw: NDArray[np.float64],
    label: NDArray[np.int8],
    weight: NDArray[np.float64],
    *,
    spread: float = 1.0,
) -> Calibration:
    """Fit log-odds = intercept + slope x raw by maximum likelihood on out-of-fold scores (Platt
    1999).

    Platt's smoothed targets keep the answer finite on data that a score separates without fault.
    Where the slope has no answer (all scores equal) it is 1; where it had to be brought into range,
    the intercept is fitted anew, so that expected and observed wins stay equal.

    Args:
        raw: (n,) scores of rows by models that had not seen them; rows with NaN are left out.
        label: (n,) 0 or 1, both present among the rows with a score.
        weight: (n,) rows of the population each row stands for, above 0.
        spread: Variance of the scores that will be served, over that of ``raw``; see
            ``training.learn.learners.spread``. The slope is divided by it, and the intercept fitted
            to scores that lie as far apart as those served will.

    Raises:
        ValueError: No win, or no loss, has a score.
    """
    scored = ~np.isnan(raw)
    x, y, w = raw[scored], label[scored], weight[scored]
    wins, losses = float((w * y).sum()), float((w * (1 - y)).sum())
    if not (wins and losses):
        raise ValueError(
            f"expected wins and losses among the rows with a score, got {wins:.0f} and {losses:.0f}"
        )
    target = np.where(y == 1, (wins + 1) / (wins + 2), 1 / (losses + 2))
    slope, intercept = logistic_line(target, x, w)
    kept = float(np.clip((slope if np.isfinite(slope) else 1.0) / spread, *_SLOPES))
    if kept != slope:
        centre = float(np.sum(w * x) / np.sum(w))
        intercept = calibration_in_the_large(y, kept * (centre + np.sqrt(spread) * (x - centre)), w)
    return Calibration(slope=kept, intercept=intercept)
