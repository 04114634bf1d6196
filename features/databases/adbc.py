"""PostgreSQL by ADBC, where its driver is installed: rows come as Arrow, several times as fast."""

import importlib.util
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from sqlalchemy.engine import make_url

from features.databases.address import Address, DriverError
from features.databases.chunks import plain, typed, write_parquet
from features.databases.moments import QueryMoments
from features.databases.statement import NO_ROWS, query_of, with_names
from features.settings import Source

#: Options of an address that the C library of PostgreSQL knows as well.
_KNOWN = {
    "application_name",
    "channel_binding",
    "connect_timeout",
    "gssencmode",
    "host",
    "options",
    "passfile",
    "port",
    "require_auth",
    "service",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
}
#: How pg8000 calls the socket: a file in the folder that the C library asks for.
_SOCKET = "unix_sock"
_TOO_LATE = "it took longer than timeout_seconds"
_STOPPED = "it stopped in the middle; perhaps a value of the data does not fit what is asked"
_TYPE = b"POSTGRESQL:type"
#: Types of which ADBC gives something else: cents, numbers of months, the first field alone.
_NOT_AS_IT_IS = {"money", "interval", "record"}


def errors() -> tuple[type[Exception], ...]:
    """What the driver raises; nothing where there is none."""
    if importlib.util.find_spec("adbc_driver_postgresql") is None:
        return ()
    import adbc_driver_manager  # noqa: PLC0415 — see fetched

    return (adbc_driver_manager.Error,)


def libpq_url(url: str) -> str | None:
    """An address of PostgreSQL as its C library reads it; None where it holds what only another
    driver knows, and for any other database.
    """
    try:
        given = make_url(url)
    except ValueError:  # no number as its port: the other driver says so
        return None
    if given.get_backend_name() != "postgresql":
        return None
    options = dict(given.query)
    socket = options.pop(_SOCKET, None)
    if isinstance(socket, str):
        options["host"] = str(Path(socket).parent)
    if set(options) - _KNOWN:
        return None
    bare = given.set(drivername="postgresql", query=options)
    return bare.render_as_string(hide_password=False)


def fetched(source: Source, address: Address, target: Path, moments: QueryMoments) -> bool:
    """Write a table or query to a Parquet file, if ADBC can.

    Returns:
        False where the driver is not installed, the address is not one it reads, or a column has a
        type that it does not know; nothing was written then.
    """
    if not errors() or (url := libpq_url(address.url)) is None:
        return False
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 — it may not be installed

    query = query_of(source)
    asked = moments.asked_in(query, with_zone=True)
    # as texts: bound as moments, they would set the session's time zone to UTC
    places = {name: f"CAST(${place} AS TIMESTAMPTZ)" for place, name in enumerate(asked, 1)}
    values = tuple(moment.isoformat() for moment in asked.values())
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', $1, false)", (moments.timezone,))
        cursor.fetchall()
        if source.timeout_seconds:
            cursor.execute(f"SET statement_timeout = {1000 * source.timeout_seconds}")
        cursor.execute(with_names(query, places.__getitem__), values or None)
        batches = cursor.fetch_record_batch()
        if not batches.schema.names:
            raise DriverError(NO_ROWS)
        if any(map(_is_foreign, batches.schema)):
            return False
        write_parquet(list(batches.schema.names), _columns(batches), target)
    return True


def _columns(batches: pa.RecordBatchReader) -> Iterator[Sequence[pa.Array]]:
    while True:
        try:
            batch = batches.read_next_batch()
        except StopIteration:
            return
        except (OSError, pa.ArrowException) as error:  # it may quote the data
            late = "statement timeout" in str(error)
            raise DriverError(_TOO_LATE if late else _STOPPED) from None
        yield [
            _as_known(column, field)
            for column, field in zip(batch.columns, batch.schema, strict=True)
        ]


def _is_foreign(field: pa.Field) -> bool:
    """Whether a column comes as bytes that only the database can read, or not as it is there."""
    name = _name_of(field)
    return name in _NOT_AS_IT_IS or (isinstance(field.type, pa.OpaqueType) and name != "numeric")


def _name_of(field: pa.Field) -> str:
    return str((field.metadata or {}).get(_TYPE, b"").decode())


def _as_known(column: pa.Array, field: pa.Field) -> pa.Array:
    """A column in a type that other drivers give as well."""
    if _name_of(field) == "numeric":
        return typed([None if text is None else Decimal(text) for text in column.to_pylist()])
    return plain(column)
