"""Which features have to do with each other: those that trees ask for together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def components_of(trees: Iterable[NDArray[np.int64]]) -> list[list[int]]:
    """The features that the trees ask for, in sets that no tree connects.

    Args:
        trees: the features of each tree's decisions.

    >>> components_of([np.array([0, 2]), np.array([1]), np.array([4, 2])])
    [[0, 2, 4], [1]]
    """
    found: list[set[int]] = []
    for features in {frozenset(features.tolist()) for features in trees}:
        met = [one for one in found if one & features]
        found = [one for one in found if not one & features]
        found.append(set(features).union(*met))
    return sorted(sorted(one) for one in found if one)
