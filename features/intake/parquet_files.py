"""Parquet files as raw rows."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import DataError
from features.intake.raw_table import (
    LocatedSource,
    RawTable,
    raw_table,
    refuse_others,
    refuse_repeated,
)
from features.intake.values import RawColumn
from features.sql import quote_identifier, quote_literal


def read_parquet(connection: duckdb.DuckDBPyConnection, located: LocatedSource) -> RawTable:
    """Parquet files as one relation, by the names of their columns.

    Raises:
        DataError: A file cannot be read, names a column twice, or has other columns than the first.
    """
    names = [_parquet_names(located, i) for i in range(len(located.files))]
    refuse_others(located, names)
    types = [_parquet_types(connection, path, len(names[0])) for path in located.files]
    if all(names[0] == other for other in names) and all(types[0] == other for other in types):
        select = _parquet_select(located.files, len(names[0]))
    else:
        select = " UNION ALL ".join(
            _parquet_select(
                [path], len(names[0]), first=i, order=[names[i].index(name) for name in names[0]]
            )
            for i, path in enumerate(located.files)
        )
    relation = quote_identifier(f"raw_{located.name}")
    connection.execute(f"CREATE TEMP VIEW {relation} AS {select}")
    described = connection.execute(f"DESCRIBE {relation}").fetchall()[2:]
    columns = tuple(
        RawColumn(name, row[0], row[1]) for name, row in zip(names[0], described, strict=True)
    )
    return raw_table(connection, located, columns, relation)


def _parquet_names(located: LocatedSource, position: int) -> list[str]:
    try:
        names = list(pq.read_schema(located.files[position]).names)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            [f"{located.name}: {located.labels[position]} cannot be read as Parquet: {error}"]
        ) from error
    refuse_repeated(located.name, located.labels[position], names)
    return names


def _parquet_types(connection: duckdb.DuckDBPyConnection, path: Path, width: int) -> list[str]:
    described = connection.execute(f"DESCRIBE {_parquet_select([path], width)}").fetchall()[2:]
    return [row[1] for row in described]


def _parquet_select(
    files: Sequence[Path], width: int, *, first: int = 0, order: Sequence[int] | None = None
) -> str:
    paths = ", ".join(quote_literal(str(path)) for path in files)
    inner = ", ".join(f"c{i}" for i in range(width))
    outer = ", ".join(f"c{source} AS c{i}" for i, source in enumerate(order or range(width)))
    return (
        f"SELECT CAST(file_index + {first} AS INTEGER) AS file, CAST(file_row_number + 1 AS BIGINT)"
        f" AS row, {outer} FROM read_parquet([{paths}], hive_partitioning = false) AS t({inner})"
    )
