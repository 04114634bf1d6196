"""The result of a SQL query as a file."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from features.environment import from_environment
from features.errors import DataError

_CHUNK_ROWS = 50_000


def fetch(name: str, database: str, query: str, target: Path) -> None:
    """Write a query's result to a Parquet file, every value as the text it would have in a CSV."""
    import sqlalchemy  # noqa: PLC0415 — 0.3 s that only databases need

    url = from_environment(database)
    try:
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect().execution_options(stream_results=True) as connection:
                result = connection.execute(sqlalchemy.text(query))
                _write_chunks(
                    target, list(result.keys()), iter(lambda: result.fetchmany(_CHUNK_ROWS), [])
                )
        finally:
            engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        reason = str(error).splitlines()[0]
        for secret in _secrets(url):
            reason = reason.replace(secret, "***")
        raise DataError(
            [f"{name}: the database query failed: {type(error).__name__}: {reason}"]
        ) from None


def _write_chunks(target: Path, names: list[str], chunks: Iterator[Sequence[Any]]) -> None:
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(target, schema) as writer:
        for chunk in chunks:
            cells = [[_as_text(value) for value in column] for column in zip(*chunk, strict=True)]
            writer.write_table(
                pa.Table.from_arrays([pa.array(c, pa.string()) for c in cells], schema=schema)
            )


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _secrets(url: str) -> list[str]:
    """The password in a database URL, as it stands there and as it is meant."""
    match = re.search(r"://[^:/@]*:(.+)@", url)
    return [match.group(1), unquote(match.group(1))] if match else []
