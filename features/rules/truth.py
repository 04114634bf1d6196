"""True, false and unknown, column-wise: Kleene's strong logic.

A truth is a number: 1 true, 0 unknown, -1 false. So ``not`` is the negative, ``and`` the minimum,
``or`` the maximum.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Truth = NDArray[np.int8]


def truth(holds: NDArray[np.bool_], known: NDArray[np.bool_] | None = None) -> Truth:
    """(n,) true or false; unknown where it is not known."""
    found: Truth = np.where(holds, np.int8(1), np.int8(-1))
    return found if known is None else found * known.astype(np.int8)


def at_least(number: int, truths: Sequence[Truth]) -> Truth:
    """(n,) true where so many are true; false where even the unknown ones would not be enough."""
    together = np.stack(truths)
    enough = (together == 1).sum(axis=0) >= number
    possible = (together >= 0).sum(axis=0) >= number
    return truth(enough, enough | ~possible)
