"""Columns of texts with few different ones: each is put together once, then copied to its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True)
class Coded:
    """A column of texts.

    Attributes:
        texts: (k,) the different texts.
        codes: (n,) places in ``texts``; the same array in columns that go together.
    """

    texts: pa.StringArray
    codes: NDArray[np.int64]

    @property
    def column(self) -> pa.StringArray:
        """(n,) the texts of the rows."""
        return self.texts.take(pa.array(self.codes))


def together(columns: Sequence[Coded], chosen: NDArray[np.bool_]) -> list[Coded]:
    """The chosen rows of columns; those with the same codes have the same ones afterwards."""
    codes = {id(column.codes): column.codes[chosen] for column in columns}
    return [replace(column, codes=codes[id(column.codes)]) for column in columns]


def woven(columns: Sequence[Coded]) -> pa.StringArray:
    """(n,) the texts of columns, one after the other; null where one is.

    >>> one, two = (Coded(pa.array(texts), np.array([1, 0])) for texts in (["a", "b"], ["c", None]))
    >>> woven([one, one]).to_pylist(), woven([one, two]).to_pylist()
    (['bb', 'aa'], [None, 'ac'])
    """
    n, width = len(columns[0].codes), len(columns)
    if not n:
        return pa.array([], pa.string())
    starts = np.cumsum([0, *(len(column.texts) for column in columns)])
    places = [column.codes + start for column, start in zip(columns, starts[:-1], strict=True)]
    texts = pa.concat_arrays([column.texts for column in columns])
    pieces = texts.take(pa.array(np.column_stack(places).ravel()))
    # the pieces of a row follow each other in memory: with fewer borders, they are its text
    _, borders, content = pieces.buffers()
    ends = np.frombuffer(borders, np.int32, n * width + 1)[::width].copy()
    rows = pa.StringArray.from_buffers(n, pa.py_buffer(ends), content or pa.py_buffer(b""))
    if not pieces.null_count:
        return rows
    unknown = pieces.is_null().to_numpy(zero_copy_only=False).reshape(n, width).any(axis=1)
    return pc.if_else(pa.array(unknown), pa.scalar(None, pa.string()), rows)


def alike(columns: Iterable[NDArray[np.generic]]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Which rows of some columns are alike; a missing number is like another one.

    Args:
        columns: (n,) numbers each.

    Returns:
        (k,) position of the first of each kind of rows, and (n,) the kind of each row.

    >>> first, kind = alike([np.array([1.0, np.nan, 1.0, np.nan]), np.array([0, 5, 0, 5])])
    >>> first.tolist(), kind.tolist()
    ([0, 1], [0, 1, 0, 1])
    """
    kind: NDArray[np.int64] | None = None
    for column in columns:
        codes, different = pd.factorize(column, use_na_sentinel=False)
        kind = codes if kind is None else pd.factorize(kind * len(different) + codes)[0]
    if kind is None:
        raise ValueError("expected columns, got none")
    first = np.empty(int(kind.max(initial=-1)) + 1, dtype=np.intp)
    first[kind[::-1]] = np.arange(len(kind))[::-1]
    return first, kind.astype(np.int64, copy=False)
