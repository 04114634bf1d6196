"""How the chance rises along an axis: from it the zero, where leads close at the average rate."""

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import isotonic_regression

from propensity.model.model import PropensityModel
from propensity.model.model_parts import BOTH_AXES, AxisCurve, Reference
from training.learn.learners.trees import LearnerRows

#: Groups of equally many rows whose mean chance makes a point.
POINTS = 50


def with_curves(model: PropensityModel, seen: LearnerRows) -> Reference:
    """The reference population with the axes there are and the curves of both.

    Chances are the model's own, so that no luck of single outcomes moves a zero; that they are
    right on average is the calibration's task.

    Args:
        model: Fitted on the rows.
        seen: The rows, with the population's weights.
    """
    sums = model.sums(seen.matrix)
    found = {
        "axes": model.spec.axes or BOTH_AXES,
        "fit_curve": axis_curve(sums.fit, sums.probability, seen.weight),
        "interest_curve": axis_curve(sums.interest, sums.probability, seen.weight),
    }
    return model.reference.model_copy(update=found)


def axis_curve(
    axis: NDArray[np.float64], chance: NDArray[np.float64], weight: NDArray[np.float64]
) -> AxisCurve:
    """Mean chance of groups of equally many rows along an axis, made non-decreasing (isotonic
    regression).

    Args:
        axis: (n,) log-odds of the axis.
        chance: (n,) chance of each row.
        weight: (n,) rows of the population that each stands for.

    Returns:
        At most ``POINTS`` points; a single one, or none, where the axis does not vary.
    """
    order = np.argsort(axis, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    group = np.minimum((share * POINTS).astype(np.int64), POINTS - 1)
    group = np.unique(group, return_inverse=True)[1]
    weights = np.bincount(group, weights=weight[order])
    at = np.bincount(group, weights=(weight * axis)[order]) / weights
    rate = np.bincount(group, weights=(weight * chance)[order]) / weights
    at, first = np.unique(at, return_index=True)  # one group may hold the same value as the next
    rising = isotonic_regression(rate[first], sample_weight=weights[first])
    return tuple(zip(at.tolist(), rising.tolist(), strict=True))
