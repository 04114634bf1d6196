"""Rows that cannot be used: why, how many, and where they went."""

import csv
import io
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb

from features.errors import ConfigError
from features.files.cells import harmless, harmless_sql
from features.files.output import Inputs, Output
from features.files.whole_file import draft_of, target_of
from features.intake.raw_table import RawTable
from features.sql import quote_literal

_NAMED_ROWS = 5
#: What a file of the quarantine starts with.
_COLUMNS = ("reason", "file", "row", "malformed line")


def quarantine_folder(
    folder: Path, read: Iterable[tuple[str, Path]], tables: Iterable[str], *, mode: int
) -> Output:
    """The folder of the quarantine, in which files of an earlier run are replaced and removed.

    Args:
        folder: Where.
        read: Files of the input, with what people call them.
        tables: Names of the tables.
        mode: Rights of the files.

    Raises:
        ConfigError: A file of the input lies there, or a file of a table's name that no quarantine
            wrote.
    """
    output = Inputs(read).folder(folder, "output.quarantine", mode=mode)
    for name in tables:
        file = folder / f"{name}.csv"
        if file.is_file() and not _is_ours(file):
            raise ConfigError(
                f"output.quarantine: {file} is there and holds no quarantine; it stays as it is."
                " Name a folder of its own."
            )
    return output


def _is_ours(file: Path) -> bool:
    with file.open("rb") as content:
        start = content.read(256).decode("utf-8-sig", "replace")
    return not start or start.startswith(",".join(_COLUMNS))


class Quarantine:
    """The bad rows of every table, each with its first reason."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(
            'CREATE TEMP TABLE quarantined ("table" VARCHAR, file INTEGER, row BIGINT, reason'
            " VARCHAR)"
        )

    def add(self, raw: RawTable, select: str) -> None:
        """Quarantine the rows a query yields as (file, row, reason), unless they already are."""
        name = quote_literal(raw.name)
        self._connection.execute(
            f"INSERT INTO quarantined SELECT {name}, n.file, n.row, n.reason FROM ({select}) AS n"
            " ANTI JOIN "
            f'(SELECT file, row FROM quarantined WHERE "table" = {name}) AS q ON n.file = q.file'
            " AND n.row = q.row"
        )

    def bad_rows(self, raw: RawTable) -> str:
        """A query of the (file, row) that are quarantined."""
        return f'SELECT file, row FROM quarantined WHERE "table" = {quote_literal(raw.name)}'

    def reasons(self, raw: RawTable) -> dict[str, int]:
        """Reason to rows, malformed lines included, most frequent first."""
        rows = self._connection.execute(
            f"SELECT reason, count(*) AS n FROM (SELECT reason FROM quarantined "
            f'WHERE "table" = {quote_literal(raw.name)} '
            f"UNION ALL SELECT reason FROM {raw.malformed}) GROUP BY reason ORDER BY n DESC, reason"
        ).fetchall()
        return dict(rows)

    def first_rows(self, raw: RawTable, reason: str) -> str:
        """The first rows with a reason, for people: ``rows 3, 7, 9, …``."""
        rows = self._connection.execute(
            f'SELECT file, row FROM quarantined WHERE "table" = {quote_literal(raw.name)} '
            f"AND reason = {quote_literal(reason)} ORDER BY file, row LIMIT {_NAMED_ROWS + 1}"
        ).fetchall()
        return named_rows(raw, rows)

    def write(self, raw: RawTable, folder: Output, scratch: Path) -> Path | None:
        """Write a table's bad rows to ``<folder>/<table>.csv``, whole or not at all.

        Columns: reason, file, row, the line where it was malformed, and the source's own columns.
        Cells that a spreadsheet would run as a formula get a leading apostrophe. A file of an
        earlier run is removed.

        Returns:
            The file, or None when there is nothing to write.
        """
        output = folder / f"{raw.name}.csv"
        if not self.reasons(raw):
            output.path.unlink(missing_ok=True)
            return None
        part = scratch / f"quarantine_{raw.name}.csv"
        self._connection.execute(
            f"COPY ({self._cells(raw)}) TO {quote_literal(str(part))} (FORMAT csv, HEADER false)"
        )
        with draft_of(output) as draft:
            with draft.open("wb") as out, part.open("rb") as rows:
                out.write(_header(raw))
                shutil.copyfileobj(rows, out)
            draft.replace(target_of(output.path))
        return output.path

    def _cells(self, raw: RawTable) -> str:
        files = " ".join(
            f"WHEN {i} THEN {quote_literal(_printable(name))}" for i, name in enumerate(raw.files)
        )
        file = harmless_sql(f"CASE file {files} END")
        cells = "".join(
            f", {harmless_sql(f'CAST({c.internal} AS VARCHAR)')} AS {c.internal}"
            for c in raw.own_columns
        )
        empty = "".join(f", NULL AS {c.internal}" for c in raw.own_columns)
        name = quote_literal(raw.name)
        return (
            f"SELECT * FROM (SELECT reason, {file} AS file, row, NULL AS line{cells} FROM"
            f" {raw.source} "
            f'JOIN (SELECT file, row, reason FROM quarantined WHERE "table" = {name}) USING (file,'
            " row) "
            f"UNION ALL SELECT reason, {file}, row, {harmless_sql('line')}{empty} FROM"
            f" {raw.malformed}) "
            f"ORDER BY file, row, line"
        )


def named_rows(raw: RawTable, rows: list[tuple[int, int]]) -> str:
    """Rows for people: a few numbers and no contents, which may be personal."""
    shown = ", ".join(
        f"{raw.files[file]}:{row:,}" if len(raw.files) > 1 else f"{row:,}"
        for file, row in rows[:_NAMED_ROWS]
    )
    return f"row{'s' if len(rows) > 1 else ''} {shown}{', …' if len(rows) > _NAMED_ROWS else ''}"


def _header(raw: RawTable) -> bytes:
    """The header line, with the byte-order mark by which spreadsheets know UTF-8."""
    line = io.StringIO()
    names = [harmless(c.name) for c in raw.own_columns]
    csv.writer(line, lineterminator="\n").writerow([*_COLUMNS, *names])
    return line.getvalue().encode("utf-8-sig")


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
