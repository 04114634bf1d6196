"""What is known by month: visits and their cost by channel, revenue promised by segment.

Only the review reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from features.errors import DataError
from features.intake.quarantine import Quarantine, quarantine_folder
from features.intake.question import Question
from features.intake.raw_table import LocatedSource, RawTable
from features.intake.read_paths import read_paths
from features.intake.recognition import Want, recognised
from features.intake.sources import cleaned, locate, read
from features.intake.state import Intake, case, good
from features.intake.values import RawColumn, Reader
from features.intake_report import IntakeReport
from features.settings import ColumnSettings, GoalsTable, InputSettings, Source, TrafficTable
from features.sql import quote_literal
from features.store import Store

#: How people write a month; a whole date is one too.
_MONTH_FORMATS = ("%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月", "%Y年%m月度")

_MICROSECONDS_A_DAY = 86_400_000_000

TRAFFIC = pa.schema(
    [
        ("month", pa.int32()),
        ("channel", pa.string()),
        ("visits", pa.float64()),
        ("cost", pa.float64()),
    ]
)
GOALS = pa.schema(
    [
        ("month", pa.int32()),
        ("segment", pa.string()),
        ("revenue", pa.float64()),
        ("target_close_rate", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Monthly:
    """Tables by month; a month is the number of months since January 1970 (see :func:`month_of`).

    Attributes:
        traffic: ``month``, ``channel``, ``visits``, ``cost`` (null where a part is not known), a
            row per month and channel.
        goals: ``month``, ``segment``, ``revenue``, ``target_close_rate`` (0..1, or null).
        report: What came in.
    """

    traffic: pa.Table
    goals: pa.Table
    report: IntakeReport


def month_of(day: date) -> int:
    """Months from January 1970 to that of a day.

    >>> month_of(date(1971, 3, 15))
    14
    """
    return (day.year - 1970) * 12 + day.month - 1


def first_of(month: int) -> date:
    """The first day of a month.

    >>> first_of(14)
    datetime.date(1971, 3, 1)
    """
    return date(1970 + month // 12, month % 12 + 1, 1)


def open_monthly(
    input: InputSettings, *, quarantine: Path | None, quarantine_mode: int = 0o600
) -> Monthly:
    """Read and check the tables by month; one that is not configured is empty.

    Args:
        input: The sources.
        quarantine: Folder for the rows that cannot be used; None writes none.
        quarantine_mode: Rights of its files.

    Raises:
        DataError: Everything that is wrong with them, one sentence each.
    """
    sources: dict[str, Source] = {
        name: source
        for name in ("traffic", "goals")
        if (source := getattr(input, name)) is not None
    }
    if not sources:
        return Monthly(TRAFFIC.empty_table(), GOALS.empty_table(), IntakeReport())
    output = (
        None
        if quarantine is None
        else quarantine_folder(quarantine, read_paths(input), sources, mode=quarantine_mode)
    )
    with Store() as store:
        store.use_timezone(input.timezone or "UTC")
        reader, problems = Reader(input.missing_values, store.timezone), list[str]()
        intake = Intake(
            store=store,
            reader=reader,
            columns=ColumnSettings(),
            purpose="train",
            kinds={},
            quarantine=Quarantine(store.connection),
            problems=problems,
        )
        tables = _read(intake, sources)
        queries = {name: _take(intake, raw, input) for name, raw in tables.items()}
        if problems:
            raise DataError(problems)
        found = {name: store.query(query) for name, query in queries.items()}
        files = tuple(
            path
            for raw in tables.values()
            if output is not None
            and (path := intake.quarantine.write(raw, output, store.folder)) is not None
        )
        return Monthly(
            found.get("traffic", TRAFFIC.empty_table()).cast(TRAFFIC),
            found.get("goals", GOALS.empty_table()).cast(GOALS),
            IntakeReport(intake.counts, tuple(intake.warnings), (), files),
        )


def _read(intake: Intake, sources: Mapping[str, Source]) -> dict[str, RawTable]:
    """The configured tables as raw rows; what cannot be read is a problem."""
    located: list[LocatedSource] = []
    for name, source in sources.items():
        try:
            located.append(locate(name, source, intake.store.folder))
        except DataError as error:
            intake.problems += error.problems
    intake.store.restrict(path for found in located for path in found.files)
    tables = {}
    for found in located:
        try:
            raw = cleaned(
                intake.store.connection, read(intake.store.connection, found), intake.reader
            )
            tables[found.name] = _recognised(intake, raw, found.source)
        except DataError as error:
            intake.problems += error.problems
    return tables


def _recognised(intake: Intake, raw: RawTable, source: Source) -> RawTable:
    """The table with how its figures are written; what has to be asked is a problem."""
    questions: list[Question] = []
    keys = ("visits", "cost", "revenue", "target_close_rate")
    names = source.columns.model_dump() if isinstance(source, TrafficTable | GoalsTable) else {}
    wanted: dict[str, Want] = {names[key]: "number" for key in keys if names.get(key)}
    found = recognised(
        intake.store.connection,
        raw,
        intake.reader,
        wanted=wanted,
        source=source,
        frozen={},
        questions=questions,
    )
    intake.problems += [question.sentence for question in questions]
    return found


def _take(intake: Intake, raw: RawTable, input: InputSettings) -> str:
    """Check a table, quarantine its bad rows, and return the query of the good ones; problems are
    noted.
    """
    table = input.traffic if raw.name == "traffic" else input.goals
    if table is None:
        raise ValueError(f"expected a configured table, got {raw.name}")
    columns = intake.required(raw, table.columns.model_dump())
    wanted = {key for key, name in table.columns.model_dump().items() if name is not None}
    if not wanted <= set(columns) or not intake.check_filled(raw):
        return "SELECT 0"
    number = intake.reader.number
    key, figures = (
        ("channel", ("visits", "cost"))
        if raw.name == "traffic"
        else ("segment", ("revenue", "target_close_rate"))
    )
    needed = figures[0]
    month, text = _month(intake, columns["month"]), intake.reader.text(columns[key])
    bad = {
        "month cannot be read as a month such as 2024-05": f"{month} IS NULL",
        f"no {key}": f"{text} IS NULL",
        f"{needed} is no number from 0 on": f"NOT coalesce({number(columns[needed])} >= 0, false)",
    }
    if "target_close_rate" in columns:
        rate = number(columns["target_close_rate"])
        bad["target_close_rate is no share between 0 and 1"] = (
            f"{intake.reader.present(columns['target_close_rate'])} AND NOT coalesce({rate} > 0 AND"
            f" {rate} <= 1, false)"
        )
    intake.quarantine.add(
        raw,
        f"SELECT * FROM (SELECT file, row, {case(bad)} AS reason FROM {raw.relation}) WHERE reason"
        " IS NOT NULL",
    )
    usable = f"FROM {raw.relation} WHERE {good(bad)}"
    intake.count(raw, kept=intake.number(f"SELECT count(*) {usable}"))
    first, second = (
        f"{number(columns[name])}" if name in columns else "CAST(NULL AS DOUBLE)"
        for name in figures
    )
    if raw.name == "goals":
        _refuse_repeated(intake, raw, f"SELECT {month} AS month, {text} AS part {usable}")
    # a sum is known where every row has its part
    whole = f"CASE WHEN count({second}) = count(*) THEN sum({second}) END"
    return (
        f"SELECT {month} AS month, {text} AS {key}, sum({first}) AS {figures[0]}, {whole} AS"
        f" {figures[1]} {usable} GROUP BY ALL ORDER BY ALL"
    )


def _refuse_repeated(intake: Intake, raw: RawTable, query: str) -> None:
    """Two goals for one month and segment contradict each other."""
    found = intake.store.connection.execute(
        f"SELECT part, count(*) FROM ({query}) GROUP BY month, part HAVING count(*) > 1 ORDER BY"
        " ALL LIMIT 6"
    ).fetchall()
    if found:
        listed = ", ".join(f"{part[:40]!r} ({rows} rows)" for part, rows in found[:5])
        intake.problems.append(
            f"{raw.name}: expected one row per month and segment, got several of {listed}"
        )


def _month(intake: Intake, column: RawColumn) -> str:
    """SQL: months since January 1970, of a month or a date as people write it."""
    moment = intake.reader.moment(column)
    local = f"CAST(DATE '1970-01-01' + {intake.reader.day(moment)} AS DATE)"
    # a month written as a midnight in UTC is the month of that date, wherever it is read
    utc_date = f"CAST({moment} AT TIME ZONE 'UTC' AS DATE)"
    is_midnight = f"epoch_us({moment}) % {_MICROSECONDS_A_DAY} = 0"
    as_date = f"CASE WHEN {is_midnight} THEN {utc_date} ELSE {local} END"
    if column.family in ("text", "number"):
        cell = intake.reader.text(column)
        formats = "[" + ", ".join(quote_literal(form) for form in _MONTH_FORMATS) + "]"
        packed = (
            f"CASE WHEN regexp_matches({cell}, '^[12][0-9]{{5}}$') THEN try_strptime({cell},"
            " '%Y%m') END"
        )
        written = f"coalesce(try_strptime({cell}, {formats}), {packed})"
        whole = (
            f"CASE WHEN length({cell}) > 7 THEN {as_date} END"
            if column.family == "text"
            else "NULL"
        )
        as_date = f"coalesce(CAST({written} AS DATE), {whole})"
    return f"CAST((year({as_date}) - 1970) * 12 + month({as_date}) - 1 AS INTEGER)"
