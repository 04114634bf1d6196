"""The history of stages: when leads entered them, and, by stages that mean it, how leads ended.

Each entry belongs to the deal that was under way: the first that closed on its day or later, else
the open one. An entry after the last close opens a deal. To enter the stage that one is in is no
change.
"""

from features.intake.events import quarantine_reasons, tolerated
from features.intake.leads import LEFT_OUT_ROW, NO_ID, known_day, unmatched, unreadable
from features.intake.outcomes import COPY, quarantine_copies
from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.intake.values import RawColumn, utc
from features.settings import StageHistoryTable
from features.sql import one_of

#: Stands for the file of deals of which only stages are known.
_NO_FILE = -1


def take_stage_history(
    intake: Intake, raw: RawTable, table: StageHistoryTable, timezone: str | None, *, matched: bool
) -> None:
    """Add the times of stages to ``outcome_rows``, and the closes where the history has them.

    Args:
        intake: The intake, with the outcomes that another table has.
        raw: The history.
        table: Its section.
        timezone: Time zone as configured.
        matched: Whether ``lead_keys`` is there.
    """
    names = table.columns
    columns = intake.required(
        raw,
        {
            "lead_id": names.lead_id,
            "entered_at": names.entered_at,
            "stage": names.stage,
            "recorded_at": names.recorded_at,
        },
    )
    if not {"lead_id", "entered_at", "stage"} <= set(columns) or not intake.check_filled(raw):
        return
    intake.check_times(raw, [columns["entered_at"], columns.get("recorded_at")], timezone=timezone)
    _check_values(intake, raw, columns["stage"], table)
    if not matched:
        return
    _stage_entries(intake, raw, table, columns)
    quarantine_copies(intake, raw)
    _set_aside(intake, raw)
    if table.won:
        _fill_closes(intake)
    if table.stages:
        _fill_stages(intake, len(table.stages))


def _check_values(
    intake: Intake, raw: RawTable, stage: RawColumn, table: StageHistoryTable
) -> None:
    """Refuse configured values that no row has, all of a list: they are probably others."""
    lists = {f"stages.{name}": values for name, values in table.stages.items()}
    lists |= {"won": table.won} if table.won else {}
    absent = [name for name, values in lists.items() if not intake.spelled(raw, stage, values)]
    if not absent:
        return
    text = intake.reader.text(stage)
    values = intake.store.connection.execute(
        f"SELECT v, count(*) FROM (SELECT {text} AS v FROM {raw.relation}) WHERE v IS NOT NULL"
        " GROUP BY v ORDER BY count(*) DESC, v LIMIT 21"
    ).fetchall()
    seen = ", ".join(f"{value[:30]!r} ({rows:,})" for value, rows in values[:20])
    more = ", …" if len(values) > 20 else ""
    sentence = (
        f"{raw.name}: no value of column {stage.name!r} is one of `{'`, `'.join(absent)}`; it holds"
        f" {seen}{more}"
    )
    if intake.purpose == "train":
        intake.problems.append(sentence)
    else:
        intake.warnings.append(sentence)


def _stage_entries(
    intake: Intake,
    raw: RawTable,
    table: StageHistoryTable,
    columns: dict[str, RawColumn],
) -> None:
    """Create ``entries``: a row per change, with its place among the stages and its outcome."""
    reader, stage = intake.reader, columns["stage"]
    moment, text = reader.moment(columns["entered_at"]), reader.text(stage)
    recorded = columns.get("recorded_at")
    cases = "".join(
        f" WHEN {one_of(text, intake.spelled(raw, stage, values))} THEN {place}"
        for place, values in enumerate(table.stages.values())
    )
    place = f"CASE{cases} END" if cases else "CAST(NULL AS INTEGER)"
    won, lost = (one_of(text, intake.spelled(raw, stage, v)) for v in (table.won, table.lost))
    lead_id = reader.text(columns["lead_id"])
    joined = f"LEFT JOIN lead_keys AS k ON k.lead_id = {lead_id}"
    intake.run(
        f"CREATE TEMP TABLE entries AS SELECT file, row, k.key, {utc(moment)} AS entered_at,"
        f" {reader.day(moment)} AS entered_day,"
        f" {known_day(intake, moment, recorded, table.delay_days)} AS known_day, {text} AS value,"
        f" {place} AS stage, CASE WHEN {won} THEN true WHEN {lost} THEN false END AS won FROM"
        f" {raw.relation} {joined}"
    )
    intake.run("INSERT INTO win_rows SELECT file, row, key FROM entries WHERE won")
    entered = columns["entered_at"]
    reasons = {
        NO_ID: f"{lead_id} IS NULL",
        **unmatched(lead_id, "k.key"),
        "no entered_at": f"NOT {reader.present(entered)}",
        "entered_at cannot be read as a time": f"{moment} IS NULL",
        **unreadable(intake, recorded, "recorded_at"),
        "no stage": f"{text} IS NULL",
    }
    if table.won:
        ends = f"({won} OR {lost})"
        early = f"coalesce({ends}, false) AND {reader.day(moment)} < k.created_day"
        reasons["closed before the lead was created"] = early
    quarantine_reasons(intake, raw, reasons, joined)


def _set_aside(intake: Intake, raw: RawTable) -> None:
    """Take out the entries that cannot be used, and what is no change."""
    bad = intake.quarantine.bad_rows(raw)
    if intake.purpose == "train":
        intake.run(
            "INSERT INTO bad_outcomes SELECT DISTINCT key FROM entries JOIN"
            f" ({bad} AND reason <> '{COPY}') USING (file, row) WHERE key IS NOT NULL"
        )
    intake.run(
        f"CREATE TEMP TABLE changed AS SELECT * FROM (SELECT *, lag(value) OVER (PARTITION BY key"
        f" ORDER BY entered_at, file, row) AS before FROM entries ANTI JOIN ({bad}) USING (file,"
        " row)) WHERE before IS DISTINCT FROM value"
    )


def _fill_closes(intake: Intake) -> None:
    intake.run(
        "INSERT INTO outcome_rows (file, row, key, closed_at, closed_day, known_day, won) SELECT"
        " file, row, key, entered_at, entered_day, known_day, won FROM changed WHERE won IS NOT"
        " NULL"
    )


def _fill_stages(intake: Intake, stages: int) -> None:
    """Set when the stages of each deal were first reached; entries after the last close open one
    more.
    """
    intake.run(
        "CREATE TEMP TABLE under_way AS SELECT key, closed_day, file, row FROM outcome_rows WHERE"
        " key IS NOT NULL AND closed_day IS NOT NULL QUALIFY row_number() OVER (PARTITION BY key,"
        " closed_day ORDER BY closed_at, file, row) = 1"
    )
    intake.run(
        "CREATE TEMP TABLE still_open AS SELECT key, file, row FROM outcome_rows WHERE key IS NOT"
        " NULL AND closed_day IS NULL QUALIFY row_number() OVER (PARTITION BY key ORDER BY"
        " coalesce(opened_at, recorded_at, TIMESTAMP '1900-01-01'), file, row) = 1"
    )
    times = ", ".join(
        f"min(entered_at) FILTER (WHERE stage = {i}) AS s{i}_at, min(entered_day) FILTER (WHERE"
        f" stage = {i}) AS s{i}_day"
        for i in range(stages)
    )
    intake.run(
        f"CREATE TEMP TABLE reached AS SELECT e.key, coalesce(c.file, o.file, {_NO_FILE}) AS file,"
        f" coalesce(c.row, o.row, e.key) AS row, {times} FROM (SELECT * FROM changed WHERE stage IS"
        " NOT NULL) AS e ASOF LEFT JOIN under_way AS c ON e.key = c.key AND e.entered_day <="
        " c.closed_day LEFT JOIN still_open AS o ON c.row IS NULL AND o.key = e.key GROUP BY ALL"
    )
    moments = ", ".join(f"s{i}_at = r.s{i}_at, s{i}_day = r.s{i}_day" for i in range(stages))
    intake.run(
        f"UPDATE outcome_rows SET {moments} FROM reached AS r WHERE outcome_rows.file = r.file AND"
        " outcome_rows.row = r.row"
    )
    names = ", ".join(f"s{i}_day, s{i}_at" for i in range(stages))
    intake.run(
        f"INSERT INTO outcome_rows (file, row, key, {names}) SELECT file, row, key, {names} FROM"
        f" reached WHERE file = {_NO_FILE}"
    )


def count_history(intake: Intake, raw: RawTable) -> None:
    """Take down how many rows of the history are used."""
    intake.quarantine.add(
        raw,
        f"SELECT e.file, e.row, '{LEFT_OUT_ROW}' AS reason FROM entries AS e JOIN numbered USING"
        " (key) WHERE NOT usable",
    )
    bad = intake.number(f"SELECT count(*) FROM ({intake.quarantine.bad_rows(raw)})")
    intake.count(raw, kept=raw.rows - bad, tolerated=tolerated(intake))
