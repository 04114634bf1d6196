"""How the database of a ledger is opened."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from features.environment import from_environment
from features.errors import ConfigError, PropensityError
from propensity.ledger.tables import migrate
from propensity.registry.client import LocalStore, local_store, without_password

_SECONDS_TO_WAIT = 60


class LedgerError(PropensityError):
    """The ledger cannot be reached or written, or another run was faster."""


@contextlib.contextmanager
def opened(address: str) -> Iterator[Engine]:
    """The database of a ledger, with the newest schema; an SQLite file is created if need be.

    Args:
        address: SQLAlchemy URL; ``${NAME}`` is taken from the environment.

    Raises:
        LedgerError: It cannot be reached, or is no database.
        ConfigError: The URL cannot be read, or a newer Propensity wrote the ledger.
    """
    local = local_store(address)
    with in_our_words(address):
        engine = _engine(from_environment(address), local)
    try:
        with in_our_words(address), _alone(local), engine.begin() as connection:
            migrate(connection)
        yield engine
    finally:
        engine.dispose()


@contextlib.contextmanager
def in_our_words(address: str) -> Iterator[None]:
    """Turn what the database says into a sentence that holds no value and no password.

    Raises:
        LedgerError: What the database says.
    """
    try:
        yield
    except ArgumentError:
        raise ConfigError(
            "ledger.url: expected the URL of a database, such as sqlite:///ledger.db, got"
            f" {without_password(address)!r}."
        ) from None
    except (SQLAlchemyError, OSError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0][:200]
        raise LedgerError(
            f"The ledger at {without_password(address)} cannot be used: {type(error).__name__}:"
            f" {reason}"
        ) from None


def _engine(url: str, local: LocalStore | None) -> Engine:
    if local is None:
        return create_engine(make_url(url), pool_pre_ping=True)
    local.file.parent.mkdir(parents=True, exist_ok=True)
    if not local.file.exists():  # who was handed over is nobody else's business
        os.close(os.open(local.file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(local.uri, connect_args={"timeout": _SECONDS_TO_WAIT})
    event.listen(engine, "connect", _let_us_begin)
    event.listen(engine, "begin", _begin_at_once)
    return engine


def _let_us_begin(connection: sqlite3.Connection, _: object) -> None:
    """The driver begins transactions of its own otherwise, and too late."""
    connection.isolation_level = None


def _begin_at_once(connection: Connection) -> None:
    """SQLite locks at the first write otherwise, and fails where two transactions meet there."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _alone(local: LocalStore | None) -> contextlib.AbstractContextManager[object]:
    """One process at a time makes the tables of a file."""
    if local is None:
        return contextlib.nullcontext()
    return FileLock(local.file.with_name(f"{local.file.name}.lock"), timeout=_SECONDS_TO_WAIT)
