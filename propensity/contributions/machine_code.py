"""Compiling with numba: the machine code is cached on disk where a folder for it can be written."""

from collections.abc import Callable
from typing import TypeVar

import numba
from numba import types

F = TypeVar("F", bound=Callable[..., object])

#: A matrix in C or Fortran order: one machine code for both.
ANY_MATRIX = types.Array(types.float64, 2, "A", readonly=True)


def compiled(*signatures: object) -> Callable[[F], F]:
    """Compile for the given signature at import, or from the cache; without one, when first
    called.
    """

    def compile_(function: F) -> F:
        try:
            done: F = numba.njit(*signatures, cache=True, nogil=True)(function)
        except RuntimeError:  # no folder for the cache can be written
            done = numba.njit(*signatures, nogil=True)(function)
        return done

    return compile_
