"""A calibration test, with what it cannot see.

Spiegelhalter (1986) takes the Brier score apart: under perfect calibration the sum over rows of (y
- p)(1 - 2p) has mean zero. His variance holds for independent rows. Ours are several per lead, so
the sums of whole leads (accounts) are
resampled: each lead's sum keeps its size and gets a random sign (the wild bootstrap with Rademacher
signs; Davidson and Flachaire 2008), and the p-value is the share of such draws at least as far from
zero. Of very many leads the sum of such draws is normal, and is not drawn.

What it cannot see: errors that cancel, such as too high a promise for one part of the leads and too
low a one for another; errors near a chance of one half, which have the weight 1 - 2p; anything
smaller than ``detectable``; and other times than that of the test part. A large p-value is no proof
of calibration.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Floats, sigmoid

_DRAWS = 2000
#: Draws at a time: memory stays small.
_AT_A_TIME = 50
#: Leads above which the sum of random signs is taken as normal.
_MANY = 50_000
#: Standard errors that a test at 5 % needs to see an effect four times out of five: 1.96 + 0.84.
_SEEN = 2.80


@dataclass(frozen=True)
class CalibrationTest:
    """Spiegelhalter's test over leads.

    Attributes:
        z: The statistic in cluster-robust standard errors: above 0 where the squared error is
            larger than the chances themselves promise, below 0 where it is smaller.
        p_value: Share of resamples at least as far from zero; NaN with fewer than two leads.
        detectable: Shift of all log-odds that the test would see four times out of five; infinite
            where the rows lie so around one half that it is blind to a shift.
    """

    z: float
    p_value: float
    detectable: float


def calibration_test(log_odds: Floats, holdout: Holdout, *, seed: int = 0) -> CalibrationTest:
    """Test whether the chances of rows are the probabilities of their outcomes.

    Args:
        log_odds: (n,) served log-odds.
        holdout: The rows.
        seed: Seed of the resampling.
    """
    chance = sigmoid(log_odds)
    leaning = holdout.weight * (1 - 2 * chance)
    cluster = np.unique(holdout.cluster, return_inverse=True)[1]
    sums: NDArray[np.float64] = np.bincount(
        cluster, weights=leaning * (holdout.label - chance)
    ).astype(np.float64)
    deviation = float(np.sqrt(np.sum(sums**2)))
    if len(sums) < 2 or not deviation > 0:
        return CalibrationTest(float("nan"), float("nan"), float("inf"))
    statistic = float(sums.sum())
    moved = abs(float(np.sum(leaning * chance * (1 - chance))))
    detectable = _SEEN * deviation / moved if moved > 0 else float("inf")
    return CalibrationTest(statistic / deviation, _p_value(sums, statistic, seed), detectable)


def _p_value(sums: Floats, statistic: float, seed: int) -> float:
    if len(sums) > _MANY:
        return float(2 * stats.norm.sf(abs(statistic) / np.sqrt(np.sum(sums**2))))
    random = np.random.default_rng(seed)
    as_far = 0
    for _ in range(0, _DRAWS, _AT_A_TIME):
        negative = random.integers(0, 2, (_AT_A_TIME, len(sums)), dtype=np.int8).astype(np.bool_)
        drawn = np.where(negative, -sums, sums).sum(axis=1)
        as_far += int((np.abs(drawn) >= abs(statistic) * (1 - 1e-12)).sum())
    return (as_far + 1) / (_DRAWS + 1)
