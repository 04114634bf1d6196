"""How the database of a ledger is opened."""

import contextlib
from collections.abc import Iterator

from filelock import FileLock
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from features.databases.address import Address, DriverError, without_password
from features.databases.dialects import engine_for_writing, new_private_file, reason_of
from features.environment import from_environment
from features.errors import ConfigError, PropensityError
from propensity.ledger.tables import migrate
from propensity.registry.client import LocalStore, local_store

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
    except (SQLAlchemyError, DriverError, OSError, ImportError) as error:
        place = Address(address)
        raise LedgerError(
            f"The ledger at {place} cannot be used: {place.told(reason_of(error))}"
        ) from None


def _engine(url: str, local: LocalStore | None) -> Engine:
    if local is None:
        return engine_for_writing(url)
    local.file.parent.mkdir(parents=True, exist_ok=True)
    new_private_file(local.file)
    return engine_for_writing(local.uri)


def _alone(local: LocalStore | None) -> contextlib.AbstractContextManager[object]:
    """One process at a time makes the tables of a file."""
    if local is None:
        return contextlib.nullcontext()
    return FileLock(local.file.with_name(f"{local.file.name}.lock"), timeout=_SECONDS_TO_WAIT)
