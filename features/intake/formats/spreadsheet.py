"""A sheet of an Excel file as CSV: every value as the text that a CSV export would have."""

import csv
import io
from datetime import date, datetime, time, timedelta
from pathlib import Path

from features.errors import DataError
from features.intake.formats.containers import private


def sheet_as_csv(table: str, path: Path, label: str, sheet: str | None, target: Path) -> Path:
    """Write one sheet of an Excel file as UTF-8 CSV.

    Times are written as 2024-05-31 09:00:00, whole numbers without a point, truth values as True
    and False. Blank rows below the last filled one are formatted cells, and no records.

    Raises:
        DataError: The file is damaged or locked, has no such sheet, or has several filled ones and
            nobody said which.
    """
    import python_calamine  # noqa: PLC0415 — only Excel files need it

    try:
        book = python_calamine.load_workbook(str(path))
        rows = book.get_sheet_by_name(_chosen(table, label, book, sheet)).iter_rows()
        with private(target) as raw, io.TextIOWrapper(raw, "utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            blank: list[list[str]] = []
            for row in rows:
                blank.append([_text(value) for value in row])
                if any(blank[-1]):
                    writer.writerows(blank)
                    blank.clear()
    except python_calamine.CalamineError as error:
        raise DataError(
            [f"{table}: {label} cannot be read as Excel: {error}; save it again, or as CSV"]
        ) from error
    return target


def filled_sheets(table: str, path: Path, label: str) -> list[str]:
    """The sheets of an Excel file that hold anything.

    Raises:
        DataError: The file is damaged or locked.
    """
    import python_calamine  # noqa: PLC0415 — only Excel files need it

    try:
        return _filled(python_calamine.load_workbook(str(path)))
    except python_calamine.CalamineError as error:
        raise DataError(
            [f"{table}: {label} cannot be read as Excel: {error}; save it again, or as CSV"]
        ) from error


def _filled(book: "object") -> list[str]:
    names = list(book.sheet_names)  # type: ignore[attr-defined]
    return [n for n in names if book.get_sheet_by_name(n).height > 0]  # type: ignore[attr-defined]


def _chosen(table: str, label: str, book: "object", sheet: str | None) -> str:
    names = list(book.sheet_names)  # type: ignore[attr-defined]
    if sheet is not None:
        if sheet not in names:
            raise DataError([f"{table}: {label} has no sheet {sheet!r}; it has {_listed(names)}"])
        return sheet
    filled = _filled(book)
    if len(filled) != 1:
        raise DataError(
            [
                f"{table}: expected one sheet with rows in {label}, got {len(filled)}:"
                f" {_listed(filled)}; name one by `sheet:`"
            ]
        )
    return str(filled[0])


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "") or "none"


def _text(value: object) -> str:
    match value:
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime():
            has_time = value.time() != time()
            return value.isoformat(" ") if has_time else value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value.total_seconds())
        case _:
            return str(value)
