"""From the files on the command line to tables: patterns, files of one table, sheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.errors import ConfigError
from features.intake.formats.containers import content_of
from features.intake.formats.spreadsheet import filled_sheets
from features.settings import Source


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
    def name(self) -> str:
        """What people call it: the file, with its sheet."""
        sheet = f" [{self.source.sheet}]" if self.source.sheet else ""
        return f"{Path(self.source.path or '').name}{sheet}"


def tables_of(paths: Sequence[str], role: str = "") -> list[Given]:
    """The tables in these files and patterns; every filled sheet of an Excel file is one."""
    return [
        Given(Source(path=path, sheet=sheet), role) for path in paths for sheet in _sheets(path)
    ]


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
