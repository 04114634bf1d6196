"""The kernel of terms in machine code (numba); `kernel_numpy` gives the same bits without numba.

Importing this module imports numba. As in the forest's kernel, the caller's threads share out the
rows.
"""

from __future__ import annotations

import numpy as np
from numba import typeof, types
from numpy.typing import NDArray

from propensity.contributions.machine_code import ANY_MATRIX, compiled
from propensity.contributions.terms.curves import Curves, curves_of

BLOCK = 2048  # rows: their values, places and sums stay in the second-level cache
PADDING = 8  # else all columns of a row fall on the same cache set


@compiled()
def _find_places(
    values: NDArray[np.float64], n: int, knots: NDArray[np.float64], place: NDArray[np.int32]
) -> None:
    """The last knot at or below each value, which is not below the first one; a binary search for
    all at once.
    """
    place[:n] = 0
    length = len(knots) - 1
    while length > 0:
        half = length - length // 2
        for i in range(n):
            place[i] += np.int32(half) if knots[place[i] + half] <= values[i] else np.int32(0)
        length -= half


@compiled()
def _add_curve(
    values: NDArray[np.float64],
    n: int,
    curves: Curves,
    term: int,
    place: NDArray[np.int32],
    total: NDArray[np.float64],
) -> None:
    start, end = curves.knot_start[term], curves.knot_start[term + 1]
    knots, heights, slopes = (
        curves.knots[start:end],
        curves.values[start:end],
        curves.slopes[start:end],
    )
    missing = curves.missing[term]
    for i in range(n):
        values[i] = min(max(values[i], knots[0]), knots[-1]) if values[i] == values[i] else np.nan
    _find_places(values, n, knots, place)
    for i in range(n):
        risen = heights[place[i]] + (values[i] - knots[place[i]]) * slopes[place[i]]
        total[i] += missing if np.isnan(values[i]) else risen


@compiled()
def _add_levels(
    values: NDArray[np.float64], n: int, levels: NDArray[np.float64], total: NDArray[np.float64]
) -> None:
    for i in range(n):
        if -1.0 < values[i] < len(levels):
            total[i] += levels[np.int64(values[i])]
        else:
            total[i] += levels[1] if np.isnan(values[i]) else levels[0]


#: The type of the record, read off the curves of no terms: its arrays are empty, and of the same
#: kinds.
CURVES = typeof(curves_of(()))


@compiled(
    types.void(
        ANY_MATRIX, types.int64, types.int64, types.float64[:, ::1], types.int64[::1], CURVES
    )
)
def explain_rows(
    matrix: NDArray[np.float64],
    first: int,
    last: int,
    out: NDArray[np.float64],
    column_of: NDArray[np.int64],
    curves: Curves,
) -> None:
    """Write the contributions of the rows `first` to `last` of the matrix into the same rows of
    `out`.
    """
    values = np.empty(BLOCK)
    place = np.empty(BLOCK, np.int32)
    total = np.empty((out.shape[1], BLOCK + PADDING))
    for low in range(first, last, BLOCK):
        n = min(BLOCK, last - low)
        total[:] = 0.0
        for term in range(len(curves.feature)):
            feature, column = curves.feature[term], total[column_of[term]]
            for i in range(n):
                values[i] = matrix[low + i, feature]
            level, level_end = curves.level_start[term], curves.level_start[term + 1]
            if level < level_end:
                _add_levels(values, n, curves.levels[level:level_end], column)
            else:
                _add_curve(values, n, curves, term, place, column)
        for i in range(n):
            for k in range(out.shape[1]):
                out[low + i, k] = total[k, i]
