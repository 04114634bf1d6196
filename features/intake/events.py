"""Events: what leads did, and what was done to them."""

from collections.abc import Sequence

from features.intake.leads import (
    LEFT_OUT_ROW,
    NO_ID,
    UNKNOWN_LEAD,
    known_day,
    unmatched,
    unreadable,
)
from features.intake.machines import by_program, check_programs
from features.intake.outcomes import COPY, quarantine_copies, warn_of_numbers
from features.intake.raw_table import RawTable
from features.intake.state import Intake, case, good
from features.intake.tables import ReadTable
from features.intake.values import RawColumn, utc
from features.settings import EventsTable

#: Values are kept as millionths in 64-bit integers, so that sums are exact in every order.
MILLIONTHS, LARGEST = 1_000_000, 9e12


def take_events(
    intake: Intake, tables: Sequence[ReadTable], timezone: str | None, *, matched: bool
) -> None:
    """Check the events of all tables, and fill the canonical ones when leads are there to match
    them with.
    """
    intake.store.create("events")
    taken = [
        found
        for table in tables
        if (found := _taken(intake, table, timezone, matched=matched)) is not None
    ]
    check_programs(intake, [columns for _, columns in taken])
    recorded = [columns for _, columns in taken if "recorded_at" in columns]
    if recorded and matched:
        create_event_days(intake, _recorded_days(intake, taken))
    else:
        create_event_days(intake, "events")


def _taken(
    intake: Intake, table: ReadTable, timezone: str | None, *, matched: bool
) -> tuple[RawTable, dict[str, RawColumn]] | None:
    """Take the events of one table; returns it with its columns, or None where it has none."""
    raw, source = table.raw, table.source
    if not isinstance(source, EventsTable):
        return None
    columns = _columns(intake, raw, source)
    if not {"lead_id", "occurred_at", "event_type"} <= set(columns) or not intake.check_filled(raw):
        return None
    times = [columns["occurred_at"], columns.get("recorded_at")]
    intake.check_times(raw, times, timezone=timezone)
    reasons = dated_reasons(intake, columns, "occurred_at", "event_type")
    if matched:
        _fill(intake, raw, source, columns, reasons)
    else:
        quarantine_reasons(intake, raw, reasons)
        intake.count(raw, kept=0)
    return raw, columns


def quarantine_reasons(
    intake: Intake, raw: RawTable, reasons: dict[str, str], joined: str = ""
) -> None:
    """Quarantine the rows for which a reason holds."""
    intake.quarantine.add(
        raw,
        f"SELECT * FROM (SELECT file, row, {case(reasons)} AS reason FROM {raw.relation} {joined}) "
        "WHERE reason IS NOT NULL",
    )


def of_a_lead(intake: Intake, lead_id: RawColumn) -> tuple[str, dict[str, str]]:
    """The join that matches a table's rows with leads, and the reasons why it may fail."""
    text = intake.reader.text(lead_id)
    joined = f"LEFT JOIN numbered AS n ON n.lead_id = {text}"
    return joined, {**unmatched(text, "n.key"), LEFT_OUT_ROW: "n.lead IS NULL"}


def matched_with_leads(
    intake: Intake,
    raw: RawTable,
    lead_id: RawColumn,
    reasons: dict[str, str],
    *,
    matched: bool,
) -> str | None:
    """Quarantine the rows of a table that cannot be used, of copies all but one.

    Args:
        intake: The intake, with its leads numbered where ``matched``.
        raw: The table.
        lead_id: Its column with the lead.
        reasons: Why a row cannot be used, beside that it is of no lead.
        matched: Whether there are leads.

    Returns:
        The join that matches the rows with leads; None where there are none, so that no row is
        kept.
    """
    if not matched:
        quarantine_reasons(intake, raw, reasons)
        intake.count(raw, kept=0)
        return None
    joined, matching = of_a_lead(intake, lead_id)
    quarantine_reasons(intake, raw, reasons | matching, joined)
    quarantine_copies(intake, raw)
    return joined


def tolerated(intake: Intake) -> tuple[str, ...]:
    """Reasons that may hold for most rows: copies lose nothing, and scoring may give the open leads
    alone, with everybody's events.
    """
    always = (LEFT_OUT_ROW, COPY)
    return (UNKNOWN_LEAD, *always) if intake.purpose == "score" else always


def _columns(intake: Intake, raw: RawTable, table: EventsTable) -> dict[str, RawColumn]:
    names = table.columns
    return intake.required(
        raw,
        {
            "lead_id": names.lead_id,
            "occurred_at": names.occurred_at,
            "event_type": names.event_type,
            "recorded_at": names.recorded_at,
        },
    ) | intake.optional(
        raw,
        {
            "value": names.value,
            "detail": names.detail,
            "channel": names.channel,
            "user_agent": names.user_agent,
        },
    )


def dated_reasons(
    intake: Intake, columns: dict[str, RawColumn], at: str, what: str
) -> dict[str, str]:
    """Why a row that says what happened to a lead, and when, cannot be used: reason to SQL.

    Args:
        intake: The intake.
        columns: By our names: ``lead_id``, the two below, and ``recorded_at`` where there is one.
        at: Our name of the column that says when.
        what: Our name of the one that says what.
    """
    reader = intake.reader
    return {
        NO_ID: f"{reader.text(columns['lead_id'])} IS NULL",
        f"no {at}": f"NOT {reader.present(columns[at])}",
        f"{at} cannot be read as a time": f"{reader.moment(columns[at])} IS NULL",
        **unreadable(intake, columns.get("recorded_at"), "recorded_at"),
        f"no {what}": f"{reader.text(columns[what])} IS NULL",
    }


def _fill(
    intake: Intake,
    raw: RawTable,
    table: EventsTable,
    columns: dict[str, RawColumn],
    reasons: dict[str, str],
) -> None:
    """Insert the good rows in one pass; look for the reasons only when some are not."""
    before = intake.store.rows("events")
    quarantine_copies(intake, raw)
    joined, matching = of_a_lead(intake, columns["lead_id"])
    bad = intake.number(f"SELECT count(*) FROM ({intake.quarantine.bad_rows(raw)})")
    machine = by_program(intake, columns)
    own = f" AND NOT {machine}" if machine else ""
    source = (
        f"(SELECT * FROM {raw.relation} ANTI JOIN ({intake.quarantine.bad_rows(raw)}) USING (file,"
        " row))"
    )
    intake.run(
        f"INSERT INTO events SELECT n.lead, {_values(intake, table, columns)} FROM"
        f" {source if bad else raw.relation} {joined} WHERE n.lead IS NOT NULL AND"
        f" {good(reasons)}{own}"
    )
    if machine:
        counted = intake.store.connection.execute(
            f"SELECT {intake.reader.text(columns['event_type'])}, count(*) FROM"
            f" {source if bad else raw.relation} {joined} WHERE n.lead IS NOT NULL AND"
            f" {good(reasons)} AND {machine} GROUP BY 1"
        ).fetchall()
        for name, n in counted:
            intake.machines[name] = intake.machines.get(name, 0) + n
    kept = intake.store.rows("events") - before
    if kept + bad < raw.rows:
        quarantine_reasons(intake, raw, reasons | matching, joined)
    _warn(intake, raw, columns.get("value"))
    intake.count(raw, kept=kept, tolerated=tolerated(intake))


def create_event_days(intake: Intake, relation: str) -> None:
    """Create ``event_days``: how many events of each type fall on each day, and the newest moment.

    Args:
        intake: The intake.
        relation: SQL with the columns ``event_type``, ``day`` and ``occurred_at``.
    """
    intake.run(
        "CREATE TEMP TABLE event_days AS SELECT event_type, day, count(*) AS n,"
        f" max(epoch_us(occurred_at)) AS newest FROM {relation} GROUP BY ALL"
    )


def _recorded_days(intake: Intake, tables: Sequence[tuple[RawTable, dict[str, RawColumn]]]) -> str:
    """SQL of all events but those that were recorded before they happened: those are plans."""
    reader, selects = intake.reader, []
    for raw, columns in tables:
        moment = reader.moment(columns["occurred_at"])
        noted = reader.moment(columns["recorded_at"]) if "recorded_at" in columns else "NULL"
        selects.append(
            f"SELECT {reader.text(columns['event_type'])} AS event_type, {reader.day(moment)} AS"
            f" day, {utc(moment)} AS occurred_at FROM {raw.relation} WHERE {moment} IS NOT NULL AND"
            f" ({noted} IS NULL OR {noted} >= {moment})"
        )
    return f"({' UNION ALL '.join(selects)})"


def _values(intake: Intake, table: EventsTable, columns: dict[str, RawColumn]) -> str:
    reader = intake.reader
    moment = reader.moment(columns["occurred_at"])
    detail, channel = (
        reader.text(columns[name]) if name in columns else "NULL" for name in ("detail", "channel")
    )
    value = _millionths(reader.number(columns["value"])) if "value" in columns else "NULL"
    known = known_day(intake, moment, columns.get("recorded_at"), table.delay_days)
    event_type = reader.text(columns["event_type"])
    return (
        f"{utc(moment)}, {reader.day(moment)}, {known}, {event_type}, {detail}, {channel}, {value}"
    )


def _millionths(number: str) -> str:
    return (
        f"CASE WHEN abs({number}) <= {LARGEST} THEN CAST(round_even({number} * {MILLIONTHS}, 0) AS"
        " BIGINT) END"
    )


def _warn(intake: Intake, raw: RawTable, value: RawColumn | None) -> None:
    if value is None:
        return
    warn_of_numbers(intake, raw, value)
    large = intake.number(
        f"SELECT count(*) FROM {raw.relation} WHERE abs({intake.reader.number(value)}) > {LARGEST}"
    )
    if large:
        intake.warnings.append(
            f"{raw.name}: column {value.name!r}: {large:,} values are beyond ±{LARGEST:.0e}: taken"
            " as missing"
        )
