"""A table in memory as Parquet, with the types that its values have."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import pyarrow as pa

from features.databases.address import DriverError
from features.databases.chunks import plain, typed, write_parquet
from features.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 1_000_000


@runtime_checkable
class ArrowStream(Protocol):
    """What gives its rows as Arrow: tables of pandas, polars, DuckDB and Arrow itself."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A capsule with the stream."""


#: A table: in memory, or the path of its file.
Table: TypeAlias = ArrowStream | Path | str


def write_table(name: str, table: object, target: Path) -> None:
    """Write a table to a Parquet file.

    A named index of pandas is a column, one without a name is none. Values of a column that have no
    type in common are text, as a CSV file would have them.

    Args:
        name: What the configuration calls the table, for errors.
        table: A DataFrame of pandas or polars, a table of Arrow, or anything else with
            ``__arrow_c_stream__``.
        target: The file.

    Raises:
        DataError: It is no table, or two of its columns bear one name.
    """
    names, chunks = _chunks(name, table)
    try:
        write_parquet(names, chunks, target)
    except DriverError as error:
        raise DataError([f"{name}: {error}"]) from None


def _chunks(name: str, table: object) -> tuple[list[str], Iterator[Sequence[pa.Array]]]:
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(table, pandas.DataFrame):
        return _of_pandas(table)
    if not isinstance(table, ArrowStream):
        raise DataError(
            [
                f"{name}: expected a table (of pandas, polars, Arrow or DuckDB) or a path, got"
                f" {type(table).__name__}"
            ]
        )
    reader = pa.RecordBatchReader.from_stream(table)
    return reader.schema.names, ([_plain(each) for each in batch.columns] for batch in reader)


def _plain(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.dictionary_decode())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    return plain(column)


def _of_pandas(frame: "pd.DataFrame") -> tuple[list[str], Iterator[Sequence[pa.Array]]]:
    levels = [level for level in frame.index.names if level is not None]
    whole = frame.reset_index(level=levels) if levels else frame
    parts = (whole.iloc[start : start + _ROWS] for start in range(0, len(whole) or 1, _ROWS))
    width = range(whole.shape[1])
    return list(map(str, whole.columns)), (
        [_column(part.iloc[:, i]) for i in width] for part in parts
    )


def _column(values: "pd.Series") -> pa.Array:
    try:
        found = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return typed(
            [None if gap else value for value, gap in zip(values, values.isna(), strict=True)]
        )
    return _plain(found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found)
