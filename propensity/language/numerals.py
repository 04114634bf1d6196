"""Numbers as a person writes them, a column at a time: no ``3.0``, no ``nan``, thousands apart,
chances as percent.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.language.coded import Coded, alike

#: Numbers from here on are written with an exponent.
_HUGE = 1e15
#: Decimals of a number by its size: three significant digits below one, two decimals from one on.
_DECIMALS = ((1.0, 2), (0.1, 3), (0.01, 4), (0.001, 5), (0.0001, 6))
#: Distance from never and always down to which a percentage is written with no decimal, one, two.
_LEAST = (0.03, 0.001, 0.0001)
#: Most decimals a percentage is written with.
_FINEST = len(_LEAST)


def numbers(values: NDArray[np.float64]) -> pa.StringArray:
    """Numbers as text; null where not finite.

    >>> numbers(np.array([3.0, -1234567.0, 12.5, 0.12345, 0.0, np.nan])).to_pylist()
    ['3', '-1,234,567', '12.5', '0.123', '0', None]
    """
    finite = np.isfinite(values)
    size = np.where(finite, np.abs(values), 0.0)
    texts = _with_decimals(np.minimum(size, _HUGE))
    odd = (size >= _HUGE) | ((size > 0) & (size < _DECIMALS[-1][0]))
    if odd.any():
        texts = pc.if_else(pa.array(odd), distinct(size, lambda x: f"{x:.3g}", where=odd), texts)
    sign = pc.if_else(pa.array((values < 0) & (size > 0)), "-", "")
    return pc.if_else(pa.array(finite), joined(sign, texts), pa.scalar(None, pa.string()))


def wholes(values: NDArray[np.int64]) -> pa.StringArray:
    """Whole numbers from 0 on, thousands apart.

    >>> wholes(np.array([0, 999, 1000, 20_000_001])).to_pylist()
    ['0', '999', '1,000', '20,000,001']
    """
    groups = max(1, -(-len(str(int(values.max(initial=0)))) // 3))
    pieces = []
    for group in reversed(range(groups)):
        digits = values // 1000**group
        leading = np.where((digits > 0) | (group == 0), 1 + digits, 0)
        pieces.append(
            _groups().take(pa.array(np.where(digits >= 1000, 1001 + digits % 1000, leading)))
        )
    return joined(*pieces)


def distinct(
    values: NDArray[np.generic],
    said: Callable[[float], str],
    *,
    where: NDArray[np.bool_] | None = None,
) -> pa.StringArray:
    """What ``said`` makes of each different value; for columns with few of them.

    Args:
        values: (n,) numbers.
        said: Text of a value.
        where: (n,) rows that matter; all others are null.
    """
    used = values if where is None else values[where]
    unique, codes = np.unique(used, return_inverse=True)
    texts = pa.array([said(value) for value in unique.tolist()], pa.string())
    if where is None:
        return texts.take(pa.array(codes))
    at = np.zeros(len(values), dtype=np.int64)
    at[where] = codes
    return texts.take(pa.array(at, mask=~where))


def joined(*pieces: pa.StringArray | str) -> pa.StringArray:
    """Columns and constants, one after the other; null where a piece is."""
    return pc.binary_join_element_wise(*pieces, "")


def chances(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[Coded, Coded]:
    """Two chances each as percentages that differ, with equally many decimals.

    Whole percent from 3 % to 97 %, a decimal beyond (1.2 to 1.7 is not 1 to 2), at most three; one
    decimal more where the two would read alike. What still reads alike then is equal for people.

    Returns:
        The figures without their percent sign, with the same codes.

    >>> before, after = np.array([0.08, 0.008, 0.051]), np.array([0.13, 0.013, 0.054])
    >>> [a.column.to_pylist() for a in chances(before, after)]
    [['8', '0.8', '5.1'], ['13', '1.3', '5.4']]
    """
    lowest = np.minimum(before, after)
    edge = np.minimum(lowest, 1.0 - np.maximum(before, after))
    plain = _decimals(edge)
    finer = np.minimum(plain + 1, _FINEST)
    same, same_finer = (
        np.rint(before * 100 * 10.0**d) == np.rint(after * 100 * 10.0**d) for d in (plain, finer)
    )
    decimals = np.where(same & ~same_finer, finer, plain)
    was, now = _places(before, decimals), _places(after, decimals)
    first, codes = alike([was, now])
    texts = (_percentages().take(pa.array(places[first])) for places in (was, now))
    return Coded(next(texts), codes), Coded(next(texts), codes)


def chance(values: NDArray[np.float64]) -> pa.StringArray:
    """Chances as percentages without the sign.

    >>> chance(np.array([0.5, 0.0042, 0.9999999])).to_pylist()
    ['50', '0.4', '>99.999']
    """
    places = _places(values, _decimals(np.minimum(values, 1.0 - values)))
    return _percentages().take(pa.array(places))


def _decimals(edge: NDArray[np.float64]) -> NDArray[np.int64]:
    """Decimals of a percentage by its distance from never and always."""
    decimals: NDArray[np.int64] = sum((edge < least).astype(np.int64) for least in _LEAST)  # type: ignore[assignment]
    return decimals


def _places(values: NDArray[np.float64], decimals: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) places in ``_percentages``."""
    starts = np.cumsum([0, *(100 * 10**places + 1 for places in range(_FINEST))])
    steps = np.rint(values * 100 * 10.0**decimals).astype(np.int64)
    places: NDArray[np.int64] = starts[decimals] + steps
    return places


@cache
def _percentages() -> pa.StringArray:
    """0 to 100 in whole numbers, then with one decimal, and so on; never a certainty."""
    texts = [
        f"{step / 10**places:.{places}f}"
        for places in range(_FINEST + 1)
        for step in range(100 * 10**places + 1)
    ]
    finest = 100 * 10**_FINEST + 1
    texts[-finest] = f"<{10.0**-_FINEST:.{_FINEST}f}"
    texts[-1] = f">{100 - 10.0**-_FINEST:.{_FINEST}f}"
    return pa.array(texts, pa.string())


def _with_decimals(size: NDArray[np.float64]) -> pa.StringArray:
    """Sizes below 10^15, without sign."""
    places = np.full(len(size), _DECIMALS[-1][1], dtype=np.int64)
    for from_size, decimals in reversed(_DECIMALS):
        places[size >= from_size] = decimals
    unit = 10.0**places
    whole = np.floor(size)
    part = np.rint((size - whole) * unit)
    whole, part = np.where(part >= unit, whole + 1, whole), np.where(part >= unit, 0.0, part)
    texts = wholes(whole.astype(np.int64))
    has_part = part > 0
    if not has_part.any():
        return texts
    digits = pc.utf8_slice_codeunits(
        pc.cast(pa.array((unit + part).astype(np.int64)), pa.string()), 1
    )
    return pc.if_else(
        pa.array(has_part), joined(texts, ".", pc.utf8_rtrim(digits, characters="0")), texts
    )


@cache
def _groups() -> pa.StringArray:
    """Nothing; the leading groups of a number; the later groups with the comma before them."""
    return pa.array(
        ["", *(f"{n}" for n in range(1000)), *(f",{n:03}" for n in range(1000))], pa.string()
    )
