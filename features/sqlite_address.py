"""The file in the address of an SQLite database."""

import re
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(r"(?P<start>sqlite(?:\+\w+)?:///)(?P<path>[^?:][^?]*)(?P<options>.*)")
#: Begins a path that SQLite reads as an address of its own.
_FILE = "file:"


@dataclass(frozen=True)
class SqliteAddress:
    """An address such as ``sqlite:////data/crm.db?mode=ro``, in its parts.

    Attributes:
        start: ``sqlite:///``, with the driver where one is named.
        path: As it is written.
        options: From the question mark on; empty without any.
    """

    start: str
    path: str
    options: str

    @property
    def file(self) -> Path:
        """The database."""
        return Path(self.path.removeprefix(_FILE))

    def at(self, path: str) -> str:
        """The same address of another file."""
        return f"{self.start}{path}{self.options}"


def sqlite_address(address: str) -> SqliteAddress | None:
    """The parts of an address of SQLite; None for any other one, and for one in memory.

    >>> sqlite_address("sqlite:///crm.db?mode=ro").file.name
    'crm.db'
    >>> sqlite_address("sqlite:///:memory:")
    """
    found = _ADDRESS.fullmatch(address)
    return SqliteAddress(**found.groupdict()) if found else None
