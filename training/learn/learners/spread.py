"""How far the scores of a bag lie apart, beside those of one of its models, which calibration is
fitted on.

On a lead that neither has seen, two models of a cross-fit share what they know, and differ by luck:
the covariance C of their scores lies below the variance V of one. The mean of k such models has the
variance V / k + (1 - 1 / k) C (Breiman 1996), and holds as much of the outcome as one of them. A
slope is what a score holds of the outcome over its variance, so the slope of one is too timid for
the mean, by the ratio of the two variances.

A single model of all rows needs no such step: it has its luck alone, as the models of the folds do.
"""

import numpy as np
from numpy.typing import NDArray

#: What the variance may be over that of one model, at least: below, two models share so little that
#: nothing is sure.
_LEAST = 0.5
#: Rows below which variances say nothing.
_FEWEST = 20


def spread(
    models: int,
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> float:
    """Variance of the scores of a bag over that of one of its models, 1/2 to 1.

    Args:
        models: Models in the bag: one a fold.
        one: (n,) scores of rows by a model that has not seen them; NaN where there is none.
        other: (n,) scores of the same rows by a model of another cross-fit that has not seen them
            either.
        weight: (n,) rows of the population each row stands for.
    """
    both = ~(np.isnan(one) | np.isnan(other))
    if both.sum() < _FEWEST:
        return 1.0
    found = np.cov(one[both], other[both], aweights=weight[both])
    variance = float(found[0, 0] + found[1, 1]) / 2
    if not variance > 0:
        return 1.0
    shared = float(found[0, 1]) / variance
    return float(np.clip(1 / models + (1 - 1 / models) * shared, _LEAST, 1.0))
