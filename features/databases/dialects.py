"""What databases do differently: the one place that asks which one it is.

SQLite, DuckDB and PostgreSQL are run in the tests. What stands here of MySQL, MariaDB, Snowflake,
BigQuery and SQL Server follows their manuals and was not run here.
"""

import hashlib
import logging
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy
import sqlalchemy.event
from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from features.databases.address import DriverError
from features.errors import ConfigError

#: What may come out of a call of a database, by whatever driver but ADBC.
DATABASE_ERRORS: tuple[type[Exception], ...] = (
    sqlalchemy.exc.SQLAlchemyError,
    duckdb.Error,
    DriverError,
    ImportError,
)
#: How drivers call the five letters by which SQL tells errors apart.
_STATES = ("sqlstate", "pgcode")
#: Classes of errors about values: data exceptions, and broken constraints.
_ABOUT_DATA = ("22", "23")
#: A NUL character in JSON, which PostgreSQL does not take.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
#: What SQLite's driver says of a text that is no UTF-8, and quotes.
_UNREADABLE = re.compile(r"(Could not decode to UTF-8 column '.*') with text .*")
_LONGEST = 300
_SECONDS_TO_WAIT = 60
#: Steps of SQLite's machine between two looks at the clock.
_STEPS = 10_000

#: Database to what limits the time of a statement on a connection.
_LIMITS: dict[str, Callable[[int], str]] = {
    "postgresql": lambda seconds: f"SET statement_timeout = {1000 * seconds}",
    "mysql": lambda seconds: f"SET SESSION max_execution_time = {1000 * seconds}",
    "mariadb": lambda seconds: f"SET SESSION max_statement_time = {seconds}",
    "snowflake": lambda seconds: f"ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {seconds}",
}


def reason_of(error: Exception) -> str:
    """What a database says, without what is in its rows: errors about data quote the data."""
    said = getattr(error, "orig", None) or error
    fields = said.args[0] if said.args and isinstance(said.args[0], dict) else {}  # pg8000
    state = next(
        (
            str(found)
            for found in (fields.get("C"), *(getattr(said, name, None) for name in _STATES))
            if found
        ),
        "",
    )
    kind = type(error).__name__
    quotes = (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.DataError, duckdb.ConversionException)
    if state.startswith(_ABOUT_DATA) or (
        isinstance(error, quotes) and not isinstance(said, sqlite3.Error)  # that names columns only
    ):
        return f"{kind}: a value of the data does not fit what is asked {state}".rstrip()
    text = str(fields.get("M") or said).strip().partition("\n")[0]
    text = _UNREADABLE.sub(r"\1", text)[:_LONGEST]
    return text if isinstance(error, DriverError) else f"{kind}: {text}"


def connected(engine: Engine) -> Connection:
    """A connection.

    Raises:
        SQLAlchemyError: The database cannot be reached.
        DriverError: Its driver cannot make anything of the address.
    """
    try:
        return engine.connect()
    except OSError as error:
        raise DriverError(str(error)) from None


@contextmanager
def limited(connection: Connection, seconds: int | None) -> Iterator[None]:
    """Let a statement take so long and no longer; None sets no limit.

    Raises:
        ConfigError: This database takes no limit from a reader.
    """
    name = connection.dialect.name
    if seconds is None:
        yield
    elif name == "sqlite":
        driver = connection.connection.driver_connection
        end = time.monotonic() + seconds
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 — the dialect has one driver here
        driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)
    elif name in _LIMITS:
        connection.exec_driver_sql(_LIMITS[name](seconds))
        yield
    else:
        raise ConfigError(
            f"timeout_seconds: {name} takes no limit from here; set it at the server, and leave the"
            " key out."
        )


@contextmanager
def interrupted_after(seconds: int | None, interrupt: Callable[[], object]) -> Iterator[None]:
    """Call ``interrupt`` from another thread when the time is over: DuckDB knows no limit."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _NoTrace(logging.Filter):
    """Keeps back what SQLAlchemy logs of an error that is raised as well: it quotes the rows."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is None


_NO_TRACE = _NoTrace()


def engine_for_reading(url: str) -> Engine:
    """A database whose connections change nothing, where it knows such a thing.

    Raises:
        SQLAlchemyError: The address cannot be read.
        DriverError: The same.
    """
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(engine, "connect", _read_only)
    return engine


def _engine(url: str, **options: bool) -> Engine:
    try:
        engine = sqlalchemy.create_engine(url, **options)
    except ValueError:  # it would quote a part of the address
        raise DriverError("the address cannot be read; is its port a number?") from None
    kind = type(engine.pool)
    logging.getLogger(f"{kind.__module__}.{kind.__qualname__}").addFilter(_NO_TRACE)
    sqlalchemy.event.listen(engine, "do_connect", _connect)
    return engine


def _connect(dialect: Dialect, _: object, words: list[Any], options: dict[str, Any]) -> Any:  # noqa: ANN401 — of any driver
    try:
        return dialect.connect(*words, **options)
    except (TypeError, ValueError) as error:  # of a driver that got a strange address
        raise DriverError(str(error)) from None


def _read_only(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def engine_for_writing(url: str) -> Engine:
    """A database whose transactions begin where the code says so; SQLite's driver would wait for
    the first row that is written, and not count tables among them.
    """
    engine = _engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(engine, "connect", _let_us_begin)
        sqlalchemy.event.listen(engine, "begin", _begin_at_once)
    return engine


def _let_us_begin(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {1000 * _SECONDS_TO_WAIT}")


def _begin_at_once(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def alone(connection: Connection, name: str) -> None:
    """Wait until no other run writes what bears a name, to the end of the transaction; SQLite has
    one writer at a time, and elsewhere the key of the table refuses the second.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        lock = sqlalchemy.text("SELECT pg_advisory_xact_lock(:number)")
        connection.execute(lock, {"number": number})


def json_type() -> TypeEngine[Any]:
    """The type of lists and structures."""
    return sqlalchemy.JSON().with_variant(postgresql.JSONB(), "postgresql")


def key_type() -> TypeEngine[str]:
    """The type of texts in a key: some databases want to know their length."""
    long = sqlalchemy.Unicode(255)
    return sqlalchemy.UnicodeText().with_variant(long, "mysql", "mariadb", "mssql", "oracle")


def create_view(connection: Connection, name: str, query: str) -> None:
    """Create a view, or let it show what the query says now.

    Args:
        connection: An open transaction.
        name: Quoted name.
        query: What it shows.
    """
    dialect = connection.dialect.name
    if dialect == "sqlite":  # it reads the columns of a table anew each time
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")
    else:
        how = "CREATE OR ALTER" if dialect == "mssql" else "CREATE OR REPLACE"
        connection.exec_driver_sql(f"{how} VIEW {name} AS {query}")


def add_rows(connection: Connection, table: sqlalchemy.Table, rows: pa.Table) -> None:
    """Add rows to a table of the same columns.

    PostgreSQL takes them as one JSON document: every driver sends that in one go, and a row at a
    time would take many times as long.
    """
    if not rows.num_rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(sqlalchemy.insert(table), rows.to_pylist())
        return
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("given", rows)
        engine.execute("SELECT '[' || string_agg(to_json(given), ',') || ']' FROM given")
        (document,) = engine.fetchone() or ("[]",)
    document = _NUL.sub(r"\1\\ufffd", document)
    name = connection.dialect.identifier_preparer.format_table(table)
    columns = ", ".join(map(connection.dialect.identifier_preparer.format_column, table.columns))
    taken = sqlalchemy.text(
        f"INSERT INTO {name} ({columns}) SELECT {columns} FROM"
        f" json_populate_recordset(NULL::{name}, CAST(:document AS json))"
    )
    connection.execute(taken, {"document": document})


def new_private_file(path: Path) -> None:
    """Create the file of a database, to be read by its owner alone; one that is there stays as it
    is: which leads are in it is nobody else's business.
    """
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def is_duckdb(url: str) -> bool:
    """Whether an address is of a DuckDB file, which needs no SQLAlchemy."""
    return url.startswith("duckdb:///")


def duckdb_file(url: str) -> str:
    """The file in the address of a DuckDB database.

    Raises:
        DriverError: The address has options, of which DuckDB takes none.
    """
    path, asked, _ = url.removeprefix("duckdb:///").partition("?")
    if asked:
        raise DriverError("the address of a DuckDB file takes no options; leave out what follows ?")
    return path
