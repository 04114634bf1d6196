"""What databases do differently: the one place that asks which one it is.

SQLite, DuckDB and PostgreSQL are run in the tests. What stands here of MySQL, MariaDB, Snowflake,
BigQuery and SQL Server follows their manuals and was not run here.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from features.databases.address import DriverError
from features.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: How drivers call the five letters by which SQL tells errors apart.
_STATES = ("sqlstate", "pgcode")
#: Classes of errors about values: data exceptions, and broken constraints.
_ABOUT_DATA = ("22", "23")
_LONGEST = 300
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
    if state.startswith(_ABOUT_DATA) or isinstance(error, duckdb.ConversionException):
        return f"{kind}: a value of the data does not fit what is asked {state}".rstrip()
    text = str(fields.get("M") or said).strip().partition("\n")[0][:_LONGEST]
    return text if isinstance(error, DriverError) else f"{kind}: {text}"


@contextmanager
def limited(connection: "Connection", seconds: int | None) -> Iterator[None]:
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


def is_duckdb(url: str) -> bool:
    """Whether an address is of a DuckDB file, which needs no SQLAlchemy."""
    return url.startswith("duckdb:///")


def duckdb_file(url: str) -> str:
    """The file in the address of a DuckDB database."""
    return url.removeprefix("duckdb:///").partition("?")[0]
