"""The result of a SQL query, or a table, as a Parquet file."""

from pathlib import Path

import duckdb
import pyarrow as pa
import sqlalchemy
from sqlalchemy import Executable

from features.databases import adbc
from features.databases.address import Address, DriverError
from features.databases.chunks import columns_of, plain, refuse_twice, write_parquet
from features.databases.dialects import (
    DATABASE_ERRORS,
    connected,
    duckdb_file,
    engine_for_reading,
    interrupted_after,
    is_duckdb,
    limited,
    reason_of,
)
from features.databases.moments import QueryMoments
from features.databases.statement import (
    NO_ROWS,
    for_sqlalchemy,
    query_of,
    single,
    with_names,
)
from features.errors import DataError
from features.settings import Source
from features.sql import quote_identifier

_CHUNK_ROWS = 50_000
_SEVERAL = "expected one statement, got several"
#: Types of DuckDB that are written as it writes them, and those that are written as JSON.
_AS_TEXT = {"bignum", "bit", "enum", "interval", "time", "time with time zone", "union", "uuid"}
_AS_JSON = {"array", "list", "map", "struct"}


def fetch(name: str, source: Source, target: Path, moments: QueryMoments) -> None:
    """Write what a source has in its database to a Parquet file, a chunk of rows in memory at a
    time, with the types that the database has.

    Args:
        name: What the configuration calls the table, for errors.
        source: Names the database, and its table or query.
        target: The file.
        moments: What ``:as_of`` and ``:since`` in the query stand for.

    Raises:
        DataError: The database cannot be reached, or refuses the query; no secret is told.
        ConfigError: The address names an environment variable that is not set, or the database
            takes no limit of time.
    """
    address = Address(source.database or "")
    try:
        source = _of_one_statement(source)
        if is_duckdb(address.url):
            _from_duckdb(source, address, target, moments)
        elif not adbc.fetched(source, address, target, moments):
            _from_sqlalchemy(source, address, target, moments)
    except (*DATABASE_ERRORS, *adbc.errors()) as error:
        what = f"the table {source.table}" if source.table else "the query"
        reason = address.told(reason_of(error))
        raise DataError([f"{name}: {what} cannot be read from {address}: {reason}"]) from None


def _of_one_statement(source: Source) -> Source:
    if source.query is None:
        return source
    if (query := single(source.query)) is None:
        raise DriverError(_SEVERAL)
    return source.model_copy(update={"query": query})


def _from_sqlalchemy(source: Source, address: Address, target: Path, moments: QueryMoments) -> None:
    engine = engine_for_reading(address.url)
    knows_zones = engine.dialect.name == "postgresql"
    try:
        with connected(engine) as opened:
            connection = opened.execution_options(stream_results=True, yield_per=_CHUNK_ROWS)
            if knows_zones:
                zone = sqlalchemy.text("SELECT set_config('TimeZone', :zone, false)")
                connection.execute(zone, {"zone": moments.timezone})
            with limited(connection, source.timeout_seconds):
                result = connection.execute(_asked(source, moments, knows_zones=knows_zones))
                if not result.returns_rows:
                    raise DriverError(NO_ROWS)
                names = list(result.keys())
                chunks = (columns_of(rows, len(names)) for rows in result.partitions())
                write_parquet(names, chunks, target)
    finally:
        engine.dispose()


def _asked(source: Source, moments: QueryMoments, *, knows_zones: bool) -> Executable:
    if source.table:
        schema, _, table = source.table.rpartition(".")
        found = sqlalchemy.table(table, schema=schema or None)
        return sqlalchemy.select(sqlalchemy.text("*")).select_from(found)
    asked = moments.asked_in(source.query or "", with_zone=knows_zones)
    kind = sqlalchemy.DateTime(timezone=knows_zones)
    return sqlalchemy.text(for_sqlalchemy(source.query or "")).bindparams(
        *(sqlalchemy.bindparam(key, value, type_=kind) for key, value in sorted(asked.items()))
    )


def _from_duckdb(source: Source, address: Address, target: Path, moments: QueryMoments) -> None:
    query = query_of(source)
    asked = moments.asked_in(query, with_zone=False)
    query = with_names(query, "${}".format)
    with (
        duckdb.connect(duckdb_file(address.url), read_only=True) as connection,
        interrupted_after(source.timeout_seconds, connection.interrupt),
    ):
        found = connection.sql(query, params=asked or None)
        if found is None:
            raise DriverError(NO_ROWS)
        refuse_twice(found.columns)
        shown = ", ".join(map(_in_duckdb, found.columns, found.types))
        batches: pa.RecordBatchReader = found.project(shown).to_arrow_reader(_CHUNK_ROWS)
        chunks = ([plain(column) for column in batch.columns] for batch in batches)
        write_parquet(found.columns, chunks, target)


def _in_duckdb(column: str, kind: duckdb.sqltypes.DuckDBPyType) -> str:
    """A column, as text where Parquet has no such type."""
    name = quote_identifier(column)
    if kind.id in _AS_JSON:
        return f"CAST(to_json({name}) AS VARCHAR) AS {name}"
    return f"CAST({name} AS VARCHAR) AS {name}" if kind.id in _AS_TEXT else name
