"""Dates in columns: a filled date is an event or the entry into a stage, and the name of its column
says which.
"""

from dataclasses import replace

from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.intake.stated import renamed
from features.intake.tables import ReadTable
from features.intake.values import RawColumn
from features.settings import EventsTable, StageHistoryTable
from features.sql import quote_identifier, quote_literal


def spread(intake: Intake, table: ReadTable, timezone: str | None) -> ReadTable:
    """The table with a row per filled date, where its events or stages stand in columns.

    Each row is called by its file and column. Dates that cannot be read are quarantined.
    """
    raw, source = table.raw, table.source
    if not isinstance(source, EventsTable | StageHistoryTable) or not source.wide:
        return table
    columns = intake.optional(raw, {f"wide.{name}": name for name in source.wide})
    intake.check_times(raw, columns.values(), timezone=timezone)
    found = [(column, source.wide[column.name]) for column in columns.values()]
    if not found:
        return table
    long = _long(intake, raw, found)
    intake.quarantine.add(
        long,
        "SELECT file, row, 'a date cannot be read as a time' AS reason FROM"
        f" {long.relation} WHERE w_at IS NULL",
    )
    is_history = isinstance(source, StageHistoryTable)
    when, what = ("entered_at", "stage") if is_history else ("occurred_at", "event_type")
    at = RawColumn(f"{when} (wide)", "w_at", "TIMESTAMP WITH TIME ZONE", is_made=True)
    kind = RawColumn(f"{what} (wide)", "w_type", "VARCHAR", is_made=True)
    names = {when: at.name, what: kind.name}
    return ReadTable(replace(long, columns=(at, kind, *raw.columns)), renamed(source, names))


def _long(intake: Intake, raw: RawTable, found: list[tuple[RawColumn, str]]) -> RawTable:
    """The table once per column of dates; ``file`` counts the files, and then each with each
    column.
    """
    reader, files = intake.reader, len(raw.files)
    relation, source = (quote_identifier(f"{word}_{raw.name}") for word in ("wide", "wide_source"))
    numbered = [f"{files} + file * {len(found)} + {i}" for i in range(len(found))]
    rows = " UNION ALL ".join(
        f"SELECT * REPLACE (CAST({file} AS INTEGER) AS file), {reader.moment(column)} AS w_at,"
        f" CAST({quote_literal(said)} AS VARCHAR) AS w_type FROM {raw.relation} WHERE"
        f" {reader.present(column)}"
        for file, (column, said) in zip(numbered, found, strict=True)
    )
    intake.run(f"CREATE TEMP TABLE {relation} AS {rows}")
    cells = " UNION ALL ".join(
        f"SELECT * REPLACE (CAST({file} AS INTEGER) AS file), {i} AS w_place FROM {raw.source}"
        for i, file in enumerate(numbered)
    )
    intake.run(
        f"CREATE TEMP VIEW {source} AS SELECT s.* FROM ({cells}) AS s SEMI JOIN {relation} AS r ON"
        " s.file = r.file AND s.row = r.row"
    )
    labels = [f"{file}, {column.name}" for file in raw.files for column, _ in found]
    return replace(
        raw,
        source=source,
        relation=relation,
        files=(*raw.files, *labels),
        rows=intake.number(f"SELECT count(*) FROM {relation}"),
        parts=("w_place",),
    )
