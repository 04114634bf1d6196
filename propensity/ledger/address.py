"""Where a ledger lies."""

from pathlib import Path

from features.errors import ConfigError
from propensity.config.config import Config
from propensity.registry.client import LocalStore, local_store


def address_of(config: Config) -> str:
    """The URL of a configuration's ledger: the one it names, else an SQLite file beside the
    registry's.

    Raises:
        ConfigError: The registry is no file, and no ledger is named.
    """
    if config.ledger.url is not None:
        return config.ledger.url
    local = local_store(str(config.registry.uri))
    if local is None:
        raise ConfigError(
            "ledger.url: the registry is on a server, so that no place for the ledger follows from"
            " it; name a database, for example `ledger: {url: postgresql+psycopg://…}`, or a file:"
            " `sqlite:///ledger.db`."
        )
    return LocalStore(local.file.with_name(f"{local.file.stem}-ledger.db")).uri


def file_of(config: Config) -> Path | None:
    """The file of an SQLite ledger; None where it is on a server, or has no place."""
    if config.ledger.url is None and local_store(str(config.registry.uri)) is None:
        return None
    found = local_store(address_of(config))
    return found.file if found else None
