"""The passes over the rows of a spline fit, in machine code: one thread, always in the same
order.
"""

import math

import numpy as np
from numba import types
from numpy.typing import NDArray

from propensity.contributions.machine_code import compiled

_PLACES, _SHARES = types.int32[:, ::1], types.float32[:, ::1]
_NUMBERS, _SQUARE = types.float64[::1], types.float64[:, ::1]


@compiled(types.float64(_PLACES, _SHARES, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS))
def loss_and_slopes(
    place: NDArray[np.int32],
    share: NDArray[np.float32],
    heights: NDArray[np.float64],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    gradient: NDArray[np.float64],
    curvature: NDArray[np.float64],
) -> float:
    """Log loss, its gradient by height, and each row's curvature, weight x p x (1 - p).

    Args:
        place: (n, blocks) the lower height.
        share: (n, blocks) share of the next one.
        heights: (heights + 1,), the last one the intercept.
        label: (n,) 0 or 1.
        weight: (n,).
        gradient: (heights + 1,), written to.
        curvature: (n,), written to.
    """
    loss, last = 0.0, len(heights) - 1
    gradient[:] = 0.0
    for i in range(len(place)):
        score = heights[last]
        for block in range(place.shape[1]):
            at, part = place[i, block], np.float64(share[i, block])
            score += heights[at] * (1.0 - part)
            if part > 0.0:
                score += heights[at + 1] * part
        small = math.exp(-abs(score))
        chance = (1.0 if score >= 0.0 else small) / (1.0 + small)
        loss += weight[i] * (max(score, 0.0) + math.log1p(small) - label[i] * score)
        rest = weight[i] * (chance - label[i])
        curvature[i] = weight[i] * small / ((1.0 + small) * (1.0 + small))
        gradient[last] += rest
        for block in range(place.shape[1]):
            at, part = place[i, block], np.float64(share[i, block])
            gradient[at] += rest * (1.0 - part)
            if part > 0.0:
                gradient[at + 1] += rest * part
    return loss


@compiled(types.void(_PLACES, _SHARES, _NUMBERS, _SQUARE))
def second_derivatives(
    place: NDArray[np.int32],
    share: NDArray[np.float32],
    curvature: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """The upper triangle of the heights' second derivatives into ``out``."""
    out[:] = 0.0
    last = len(out) - 1
    for i in range(len(place)):
        out[last, last] += curvature[i]
        for block in range(place.shape[1]):
            at, part = place[i, block], np.float64(share[i, block])
            low, high = curvature[i] * (1.0 - part), curvature[i] * part
            out[at, last] += low
            out[at, at] += low * (1.0 - part)
            if part > 0.0:
                out[at + 1, last] += high
                out[at, at + 1] += low * part
                out[at + 1, at + 1] += high * part
            for other in range(block + 1, place.shape[1]):
                beside, portion = place[i, other], np.float64(share[i, other])
                out[at, beside] += low * (1.0 - portion)
                if portion > 0.0:
                    out[at, beside + 1] += low * portion
                if part > 0.0:
                    out[at + 1, beside] += high * (1.0 - portion)
                    if portion > 0.0:
                        out[at + 1, beside + 1] += high * portion
