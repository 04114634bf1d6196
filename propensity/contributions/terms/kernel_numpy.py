"""The kernel of terms in NumPy, for jobs that should not wait for a compiler; the same bits as
`kernel`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.terms.curves import Curves

BLOCK = 4096  # rows


def explain_rows(
    matrix: NDArray[np.float64],
    first: int,
    last: int,
    out: NDArray[np.float64],
    column_of: NDArray[np.int64],
    curves: Curves,
    unseen: NDArray[np.bool_] | None = None,
) -> None:
    """Write the contributions of the rows `first` to `last` of the matrix into the same rows of
    `out`.

    Args:
        matrix: (n, features).
        first: first row.
        last: the row after the last.
        out: (n, columns), written to.
        column_of: per term its column of `out`.
        curves: the terms.
        unseen: (n, features) where a feature adds nothing. A term is centred on the rows it was
            fitted on, so nothing is what it adds on average; by default nowhere.
    """
    for low in range(first, last, BLOCK):
        high = min(last, low + BLOCK)
        total = np.zeros((out.shape[1], high - low))
        for term, feature in enumerate(curves.feature):
            values = _values(matrix[low:high, feature], curves, term)
            if unseen is not None:
                values = np.where(unseen[low:high, feature], 0.0, values)
            total[column_of[term]] += values
        out[low:high] = total.T


def _values(values: NDArray[np.float64], curves: Curves, term: int) -> NDArray[np.float64]:
    at = slice(curves.knot_start[term], curves.knot_start[term + 1])
    if at.start == at.stop:
        levels = curves.levels[curves.level_start[term] : curves.level_start[term + 1]]
        known = (values > -1.0) & (values < len(levels))
        code = np.where(known, values, np.where(np.isnan(values), 1.0, 0.0)).astype(np.int64)
        found: NDArray[np.float64] = levels[code]
        return found
    knots = curves.knots[at]
    inside = np.minimum(np.maximum(values, knots[0]), knots[-1])
    is_missing = np.isnan(inside)
    inside[is_missing] = knots[0]
    place = np.searchsorted(knots, inside, side="right") - 1
    risen = (inside - knots[place]) * curves.slopes[at][place]
    height: NDArray[np.float64] = np.where(
        is_missing, curves.missing[term], curves.values[at][place] + risen
    )
    return height
