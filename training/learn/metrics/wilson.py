"""How sure a share is: the 95 % interval of Wilson, for one share or many."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: Standard errors on either side of a normal estimate that make its 95 % interval: 1.96.
NORMAL_95 = float(stats.norm.ppf(0.975))


def wilson(won: ArrayLike, leads: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper ends of the 95 % intervals of ``won / leads``, 0..1.

    NaN where there are no leads.

    Counts need not be whole: rows that share clusters are divided by their design effect (Korn and
    Graubard 1998).

    Source: E. B. Wilson (1927), "Probable inference, the law of succession, and statistical
    inference", without correction for continuity.

    Args:
        won: Successes; any shape, or one number.
        leads: Trials, as many or more; of a shape that goes with it.

    >>> low, high = wilson([0, 23], 100)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.158], [0.037, 0.322])
    """
    k, n = (np.asarray(counts, dtype=np.float64) for counts in np.broadcast_arrays(won, leads))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, square = k / n, NORMAL_95**2
        middle = (rate + square / (2 * n)) / (1 + square / n)
        reach = NORMAL_95 * np.sqrt(rate * (1 - rate) / n + square / (4 * n**2)) / (1 + square / n)
    known = n > 0
    low = np.where(k <= 0, 0.0, np.maximum(middle - reach, 0.0))
    high = np.where(k >= n, 1.0, np.minimum(middle + reach, 1.0))
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
