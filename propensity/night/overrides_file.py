"""The file of overrides, as people write it: a row per lead of which somebody decided."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.days import day_number
from features.errors import DataError
from features.intake.quarantine import Quarantine, named_rows
from features.intake.question import Question
from features.intake.raw_table import RawTable
from features.intake.recognition import recognised
from features.intake.sources import cleaned, locate, read
from features.intake.state import Intake
from features.intake.values import RawColumn, Reader
from features.settings import ColumnSettings, InputSettings, Source
from features.store import Store
from propensity.concepts.wording import plain
from propensity.grading.overrides import OVERRIDES, Overrides

_NAME = "nightly.overrides"
_NEEDED = ("lead_id", "decision", "because", "by")
_DECISIONS = ("hand over", "hold")
#: A date with its year first, of any year, and midnight where the format cannot do without a time.
_FAR = r"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]00:00(?::00)?(?:[.]0+)?)?$"
#: The column that holds the day numbers of those.
_FAR_UNTIL = "far_until"
#: What breaks a line, with the blanks around it, for RE2.
_BREAK = r"\s*[\t\r\n\x{0b}\x{0c}\x{85}\x{2028}\x{2029}]+\s*"


@dataclass(frozen=True)
class OverridesRead:
    """What a file of overrides holds.

    Attributes:
        overrides: Decisions that are in force.
        past: Rows whose ``until`` is over.
    """

    overrides: Overrides
    past: int


def read_overrides(path: Path, night: date, input: InputSettings) -> OverridesRead:
    """Read a file of overrides; ``until`` names the last day on which a row is in force.

    Args:
        path: A table with the columns lead_id, decision, because and by, and optionally episode and
            until, in any format that other tables may have.
        night: The day on which they are to be in force.
        input: Says what a missing value looks like, and in which time zone days are.

    Raises:
        DataError: Everything that is wrong with it: a column that is absent, a row that is not
            whole, an unknown decision, or a lead of which two rows in force decide.
    """
    with Store() as store:
        store.use_timezone(input.timezone or "UTC")
        problems: list[str] = []
        intake = Intake(
            store=store,
            reader=Reader(input.missing_values, store.timezone),
            columns=ColumnSettings(),
            purpose="train",
            kinds={},
            quarantine=Quarantine(store.connection),
            problems=problems,
        )
        source = Source(path=str(path))
        located = locate(_NAME, source, store.folder)
        store.restrict(located.files)
        raw = _prepared(intake, read(store.connection, located))
        raw = cleaned(store.connection, raw, intake.reader)
        columns = intake.required(raw, {name: name for name in _NEEDED})
        if problems:
            raise DataError(problems)
        columns |= {
            name: found for name in ("episode", "until") if (found := raw.column(name)) is not None
        }
        if "until" in columns:
            raw = _with_dates(intake, raw, source)
            columns["until"] = raw.column("until") or columns["until"]
        _refuse_bad_rows(intake, raw, columns)
        rows = store.query(_rows(intake, raw, columns)).cast(OVERRIDES)
        is_past = pc.fill_null(pc.less(rows["until"], pa.scalar(night, pa.date32())), False)
        in_force = _in_force(intake, raw, columns, night)
        _refuse_twice(intake, raw, in_force)
        if problems:
            raise DataError(problems)
        return OverridesRead(
            Overrides(rows.filter(pc.invert(is_past))), int(pc.sum(is_past).as_py() or 0)
        )


def _prepared(intake: Intake, raw: RawTable) -> RawTable:
    """The table with blanks for the line breaks of what people say, which cleaning would delete,
    and with days of far years in a column of their own: the reader takes them for damage.
    """
    cells, columns = [], list(raw.columns)
    for column in raw.columns:
        name = column.internal
        if column.name in ("because", "by") and column.family == "text":
            cells.append(f"regexp_replace({name}, '{_BREAK}', ' ', 'g') AS {name}")
        elif column.name == "until":
            far = _far_day(f"trim(CAST({name} AS VARCHAR))")
            cells += [
                f"CASE WHEN {far} IS NULL THEN {name} END AS {name}",
                f"{far} AS {_FAR_UNTIL}",
            ]
            columns.append(RawColumn(_FAR_UNTIL, _FAR_UNTIL, "INTEGER"))
        else:
            cells.append(name)
    view = "prepared_overrides"
    intake.store.connection.execute(
        f"CREATE TEMP VIEW {view} AS SELECT file, row, {', '.join(cells)} FROM {raw.source}"
    )
    return replace(raw, source=view, relation=view, columns=tuple(columns))


def _far_day(text: str) -> str:
    """INTEGER: the day number of a date that is written with its year first, and lies outside the
    years that the reader reads; NULL for others.
    """
    parts = f"regexp_extract({text}, '{_FAR}', ['y', 'm', 'd'])"
    day = f"TRY_CAST(concat_ws('-', {parts}.y, {parts}.m, {parts}.d) AS DATE)"
    is_far = (
        f"{day} BETWEEN DATE '{date.min}' AND DATE '{date.max}'"
        f" AND {day} NOT BETWEEN DATE '1900-01-02' AND DATE '2199-12-31'"
    )
    return f"CASE WHEN {is_far} THEN CAST({day} - DATE '1970-01-01' AS INTEGER) END"


def _with_dates(intake: Intake, raw: RawTable, source: Source) -> RawTable:
    """The table with how its dates are written.

    Raises:
        DataError: They can be read in several ways.
    """
    questions: list[Question] = []
    found = recognised(
        intake.store.connection,
        raw,
        intake.reader,
        wanted={"until": "time"},
        source=source,
        frozen={},
        questions=questions,
    )
    if questions:
        raise DataError(
            [f"{_NAME}: column 'until' can be read in several ways; write dates like 2025-04-30"]
        )
    return found


def _episode(intake: Intake, columns: dict[str, RawColumn]) -> str:
    if "episode" not in columns:
        return "CAST(NULL AS INTEGER)"
    text = intake.reader.text(columns["episode"])
    whole = f"TRY_CAST(regexp_extract({text}, '^([0-9]+)([.]0*)?$', 1) AS INTEGER)"
    return f"CASE WHEN {whole} >= 1 THEN {whole} END"


def _until(intake: Intake, columns: dict[str, RawColumn]) -> str:
    if "until" not in columns:
        return "CAST(NULL AS INTEGER)"
    day = intake.reader.day(intake.reader.moment(columns["until"]))
    return f"coalesce({day}, {_FAR_UNTIL})"


def _decision(intake: Intake, columns: dict[str, RawColumn]) -> str:
    text = intake.reader.text(columns["decision"])
    return f"lower(trim(regexp_replace({text}, '[\\s_-]+', ' ', 'g')))"


def _rows(intake: Intake, raw: RawTable, columns: dict[str, RawColumn]) -> str:
    text = intake.reader.text
    return (
        f"SELECT {text(columns['lead_id'])} AS lead_id, {_episode(intake, columns)} AS episode,"
        f" {_decision(intake, columns)} AS decision, {text(columns['because'])} AS because,"
        f" {text(columns['by'])} AS by, CAST(DATE '1970-01-01' + {_until(intake, columns)} AS DATE)"
        f" AS until FROM {raw.relation} ORDER BY file, row"
    )


def _refuse_bad_rows(intake: Intake, raw: RawTable, columns: dict[str, RawColumn]) -> None:
    text, present = intake.reader.text, intake.reader.present
    for name in _NEEDED:
        _refuse(intake, raw, f"no {name}", f"{text(columns[name])} IS NULL")
    listed = ", ".join(f"'{name}'" for name in _DECISIONS)
    wrong = {"decision": ("hand over or hold", f"{_decision(intake, columns)} NOT IN ({listed})")}
    for name, expected, value in (
        ("episode", "the number of an episode, from 1 on", _episode),
        ("until", "a date such as 2025-04-30", _until),
    ):
        if name in columns:
            unread = f"{present(columns[name])} AND {value(intake, columns)} IS NULL"
            wrong[name] = (expected, unread)
    for name, (expected, condition) in wrong.items():
        came = f"{text(columns[name])}"
        _refuse(intake, raw, f"{name}: expected {expected}, got {{came}}", condition, came)


def _refuse(intake: Intake, raw: RawTable, said: str, condition: str, came: str = "NULL") -> None:
    """Name the rows for which a condition holds, and what the first of them holds."""
    rows = intake.store.connection.execute(
        f"SELECT file, row, {came} FROM {raw.relation} WHERE {condition} ORDER BY file, row"
    ).fetchall()
    if rows:
        first = repr(plain(str(rows[0][2])))
        where = named_rows(raw, [row[:2] for row in rows])
        intake.problems.append(f"{_NAME}: {said.format(came=first)} ({where})")


def _in_force(intake: Intake, raw: RawTable, columns: dict[str, RawColumn], night: date) -> str:
    until = _until(intake, columns)
    return (
        f"SELECT file, row, {intake.reader.text(columns['lead_id'])} AS lead_id,"
        f" {_episode(intake, columns)} AS episode FROM {raw.relation}"
        f" WHERE coalesce({until} >= {day_number(night)}, true)"
    )


def _refuse_twice(intake: Intake, raw: RawTable, in_force: str) -> None:
    """Refuse a lead of which several rows decide; one without an episode decides of all."""
    rows = intake.store.connection.execute(
        f"WITH r AS ({in_force}) SELECT file, row FROM r WHERE EXISTS (SELECT 1 FROM r AS o WHERE"
        " o.lead_id = r.lead_id AND (o.file, o.row) <> (r.file, r.row) AND (o.episode IS NULL OR"
        " r.episode IS NULL OR o.episode = r.episode)) ORDER BY file, row"
    ).fetchall()
    if rows:
        intake.problems.append(
            f"{_NAME}: expected one row in force for a lead, got several for the same"
            f" ({named_rows(raw, rows)}): delete those that do not hold any more, or give them an"
            " `until` that is over"
        )
