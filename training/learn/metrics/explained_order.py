"""How much of the order of one column another one explains."""

import numpy as np
from numpy.typing import NDArray


def explained_order(code: NDArray[np.int64], order: NDArray[np.int64]) -> float:
    """Share of the variance of the ranks in time between the values of a column (eta squared)."""
    rank = np.argsort(np.argsort(order, kind="stable"), kind="stable").astype(np.float64)
    leads = np.bincount(code)
    means = np.bincount(code, rank) / np.maximum(leads, 1)
    return float(1 - ((rank - means[code]) ** 2).mean() / rank.var())
