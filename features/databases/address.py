"""The address of a database, and what may be said of it aloud."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, unquote_plus

from features.environment import from_environment

#: The address of a file: of SQLite, or of DuckDB.
_LOCAL = re.compile(r"(?P<start>(?:sqlite(?:\+\w+)?|duckdb):///)(?P<path>[^?]+)(?P<options>.*)")
#: Begins what is no path from a folder: in memory, an address of SQLite's own, a home, a variable.
_ELSEWHERE = (":memory:", "file:", "~", "${")
_PASSWORD = re.compile(r"://[^:/@\s]*:(?P<secret>[^\s]+)@")
#: The password of an address that stands somewhere in a text.
_IN_TEXT = re.compile(r"(://[^:/@\s]*:)(?!\$\{)[^/\s]+(?=@)")
#: Options that hold a secret, as drivers call them.
_OPTION = re.compile(
    r"[?&;][^=&;\s]*(?:password|passwd|pwd|passphrase|passcode|secret|token|api_?key"
    r"|credentials|credentials_base64|private_key|odbc_connect)=(?P<secret>[^&\s]+)",
    re.IGNORECASE,
)


def _local(url: str) -> re.Match[str] | None:
    """The parts of the address of a file that starts at some folder; None for any other."""
    found = _LOCAL.fullmatch(url)
    return None if found is None or found["path"].startswith(_ELSEWHERE) else found


def database_at(folder: Path, url: str) -> str:
    """The address of a database whose file starts at a folder; any other address as it is.

    >>> database_at(Path("/data"), "duckdb:///crm.duckdb")
    'duckdb:////data/crm.duckdb'
    """
    found = _local(url)
    if found is None:
        return url
    return f"{found['start']}{(folder / found['path']).as_posix()}{found['options']}"


def database_from(folder: Path, url: str) -> str:
    """The address of a database as it is written in a folder: the reverse of ``database_at``."""
    found = _local(url)
    if found is None:
        return url
    path = Path(os.path.relpath(found["path"], folder)).as_posix()
    return f"{found['start']}{path}{found['options']}"


def has_secret(url: str) -> bool:
    """Whether a password stands in an address, and not the name of a variable that holds it.

    >>> has_secret("postgresql://reader:${CRM_PASSWORD}@host/crm")
    False
    """
    found = (match["secret"] for pattern in (_PASSWORD, _OPTION) for match in pattern.finditer(url))
    return any(not re.fullmatch(r"\$\{\w+\}", secret) for secret in found)


def without_password(text: str) -> str:
    """The text with the password of each address replaced by ``***``; ``${NAME}`` stays.

    >>> without_password("no answer from https://ito:secret@models")
    'no answer from https://ito:***@models'
    """
    return _IN_TEXT.sub(r"\1***", text)


def without_secrets(text: str, url: str) -> str:
    """The text with ``***`` in the place of each secret that an address holds, in every shape that
    a driver may give it.
    """
    for pattern in (_PASSWORD, _OPTION):
        for found in pattern.finditer(url):
            secret = found["secret"]
            for shape in sorted({secret, unquote(secret), unquote_plus(secret)}, key=len):
                text = text.replace(shape, "***")
    return text


class DriverError(Exception):
    """What a driver raised that names no kind of its own."""


class Address:
    """Where a database is.

    Attributes:
        text: As the configuration has it, with ``${NAME}``.
        url: With the values of the environment; never to be shown.
    """

    def __init__(self, text: str) -> None:
        """Read the environment.

        Raises:
            ConfigError: A variable is not set.
        """
        self.text, self.url = text, from_environment(text)

    def told(self, text: str) -> str:
        """A text of a driver without the secrets of the address."""
        return without_secrets(text, self.url)

    def __str__(self) -> str:
        """The address without secrets."""
        return self.told(self.url)
