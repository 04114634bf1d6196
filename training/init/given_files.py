"""From the files on the command line to tables: patterns, files of one table, sheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.databases.address import database_at, has_secret
from features.errors import ConfigError
from features.intake.formats.containers import content_of
from features.intake.formats.spreadsheet import filled_sheets
from features.settings import Source
from features.sqlite_address import sqlite_address

#: Tables of a database that are read without being named.
_MOST = 12


@dataclass(frozen=True)
class Given:
    """A table as it was given.

    Attributes:
        source: Where it lies.
        role: What the person said it is; empty where the values tell.
        name: What people call it: the file, with its sheet.
    """

    source: Source
    role: str = ""

    @property
    def stem(self) -> str:
        """Its name without the ending of a file; of a table in a database without its schema."""
        table = (self.source.table or "").rpartition(".")[2]
        return table or Path(self.source.path or "").stem

    @property
    def name(self) -> str:
        """What people call it: the file, with its sheet; the table of a database."""
        if self.source.table:
            return self.source.table
        sheet = f" [{self.source.sheet}]" if self.source.sheet else ""
        return f"{Path(self.source.path or '').name}{sheet}"


def tables_of(paths: Sequence[str], role: str = "") -> list[Given]:
    """The tables in these files, patterns and databases; every filled sheet of an Excel file is
    one, and every table of a database, unless ``URL#TABLE`` names it.

    Raises:
        ConfigError: The address of a database holds a password, or it has too many tables.
        DataError: A database cannot be reached.
    """
    return [Given(source, role) for path in paths for source in _sources(path)]


def is_database(path: str) -> bool:
    """Whether it is the address of a database, and no file."""
    return "://" in path


def file_of(path: str) -> Path | None:
    """The file that is read: of a database on a server None."""
    if not is_database(path):
        return Path(path)
    found = sqlite_address(path.partition("#")[0])
    return found.file if found else None


def _sources(path: str) -> list[Source]:
    if not is_database(path):
        return [Source(path=path, sheet=sheet) for sheet in _sheets(path)]
    from features.databases.listing import tables_in  # noqa: PLC0415 — 0.3 s that only databases need

    url, _, table = path.partition("#")
    if has_secret(url):
        raise ConfigError(
            "The address of the database holds a password, which would stand in the configuration."
            " Put it into an environment variable, and write its name: 'postgresql://reader:"
            "${CRM_PASSWORD}@host/crm', in single quotes."
        )
    url = database_at(Path.cwd(), url)
    names = [table] if table else tables_in(url)
    if len(names) > _MOST:
        raise ConfigError(
            f"The database has {len(names)} tables, which are too many to read: name those that"
            f" matter, as 'URL#TABLE'. It has {', '.join(names[:_MOST])}, …"
        )
    return [Source(database=url, table=name) for name in names]


def _sheets(path: str) -> list[str | None]:
    file = Path(path)
    if not file.is_file() or content_of(file) != "excel":
        return [None]
    names = filled_sheets("table", file, file.name)
    return [None] if len(names) < 2 else list(names)


def refuse_same_sheets(given: Sequence[Given], names: Sequence[tuple[str, ...]]) -> None:
    """Sheets of one file that have the same columns may be parts of a table, or copies: a person
    has to say.

    Raises:
        ConfigError: There are such sheets.
    """
    seen: dict[tuple[str | None, tuple[str, ...]], str] = {}
    for table, columns in zip(given, names, strict=True):
        if table.source.sheet is None:
            continue
        other = seen.setdefault((table.source.path, columns), table.source.sheet)
        if other != table.source.sheet:
            raise ConfigError(
                f"{Path(table.source.path or '').name}: the sheets {other!r} and"
                f" {table.source.sheet!r} have the same columns, so they may be parts of one table"
                " or copies. Save the one you mean as a file of its own, or all of them as files"
                ' that a pattern in quotes names, such as "leads_*.csv".'
            )
