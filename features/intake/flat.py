"""The flat shape: one table, a row per lead, an outcome."""

from features.intake.events import quarantine_reasons
from features.intake.flat_outcome import check_flat_outcome, outcome_of
from features.intake.inference import roles
from features.intake.leads import (
    NO_ID,
    attribute_values,
    check_duplicates,
    check_listed,
    set_attributes,
    unreadable,
)
from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.intake.values import RawColumn, utc
from features.settings import FlatTable


def take_flat(intake: Intake, raw: RawTable, table: FlatTable, timezone: str | None) -> None:
    """Check the flat table and fill the canonical leads, in the order of the file."""
    columns = _columns(intake, raw, table)
    if not intake.check_filled(raw):
        return
    intake.check_times(raw, [columns.get("time")], timezone=timezone)
    _check_outcome(intake, raw, columns.get("outcome"), table)
    set_attributes(intake, raw)
    quarantine_reasons(intake, raw, _reasons(intake, columns))
    _stage(intake, raw, table, columns)
    if "lead_id" in columns:
        check_duplicates(intake, raw, "flat_rows")
    if not intake.problems and intake.only_open:
        _leave_out_decided(intake, raw, table)
    if not intake.problems:
        _fill(intake, raw)
        intake.count(raw, kept=intake.store.rows("leads"))
    else:
        intake.count(raw, kept=0)


def _columns(intake: Intake, raw: RawTable, table: FlatTable) -> dict[str, RawColumn]:
    names = table.columns
    columns = intake.required(raw, {"lead_id": names.lead_id})
    columns |= intake.optional(raw, {"time": names.time, "account_id": names.account_id})
    if intake.purpose == "train":
        columns |= intake.required(raw, {"outcome": names.outcome})
    elif intake.only_open and (outcome := raw.column(names.outcome)) is not None:
        columns["outcome"] = outcome
    own = {names.lead_id, names.outcome, names.time, names.account_id}
    check_listed(intake, raw, {*own, *table.key, *table.where})
    return columns


def _check_outcome(
    intake: Intake, raw: RawTable, outcome: RawColumn | None, table: FlatTable
) -> None:
    """Refuse an outcome that is also an attribute, or that is the same for all leads."""
    lists = [
        role
        for name, role in roles(intake.columns)
        if name == table.columns.outcome and role != "carry"
    ]
    if lists:
        intake.problems.append(
            f"{raw.name}: the outcome column {table.columns.outcome!r} is also listed in"
            f" `{lists[0]}`; a model would only read off the answer"
        )
    if outcome is not None and intake.purpose == "train":
        check_flat_outcome(intake, raw, outcome, table)


def _reasons(intake: Intake, columns: dict[str, RawColumn]) -> dict[str, str]:
    no_id = (
        {NO_ID: f"{intake.reader.text(columns['lead_id'])} IS NULL"} if "lead_id" in columns else {}
    )
    time = columns.get("time")
    no_time = (
        {"no time, though the table has a column for it": f"NOT {intake.reader.present(time)}"}
        if time is not None and intake.purpose == "train"
        else {}
    )
    return no_id | no_time | unreadable(intake, time, "time")


def _stage(intake: Intake, raw: RawTable, table: FlatTable, columns: dict[str, RawColumn]) -> None:
    reader = intake.reader
    moment = reader.moment(columns["time"]) if "time" in columns else "CAST(NULL AS TIMESTAMPTZ)"
    won = outcome_of(intake, raw, columns["outcome"], table).won if "outcome" in columns else "NULL"
    account = (
        reader.text(columns["account_id"]) if "account_id" in columns else "CAST(NULL AS VARCHAR)"
    )
    position = "row_number() OVER (ORDER BY file, row)"
    numbered = f"CAST({position} AS VARCHAR)"
    lead_id = reader.text(columns["lead_id"]) if "lead_id" in columns else numbered
    intake.run(
        f"CREATE TEMP TABLE flat_rows AS SELECT file, row, {position} AS row_number, "
        f"{lead_id} AS lead_id, "
        f'{reader.day(moment)} AS day, {utc(moment)} AS "at", {account} AS account_id, {won} AS won'
        f" FROM {raw.relation}"
    )


def _leave_out_decided(intake: Intake, raw: RawTable, table: FlatTable) -> None:
    """Take the rows out whose outcome is known, unless there are no others, and say how many; those
    left keep their numbers.
    """
    decided, rows = intake.store.connection.execute(
        "SELECT count(*) FILTER (WHERE won IS NOT NULL), count(*) FROM flat_rows"
    ).fetchall()[0]
    if not decided:
        return
    told = f"{raw.name}: column {table.columns.outcome!r} says of {decided:,} of {rows:,} rows"
    if decided == rows:  # a file of the past, which somebody wants to see scored
        intake.warnings.append(
            f"{told} that they are won or lost: no row is open, so all are scored"
        )
        return
    intake.warnings.append(f"{told} that they are won or lost: left out; --decided scores them too")
    intake.run("DELETE FROM flat_rows WHERE won IS NOT NULL")


def _fill(intake: Intake, raw: RawTable) -> None:
    intake.store.is_flat = True
    intake.store.create("leads")
    kept = (
        f"(SELECT * FROM flat_rows ANTI JOIN ({intake.quarantine.bad_rows(raw)}) USING (file, row))"
    )
    intake.run(
        "CREATE TEMP TABLE flat_leads AS SELECT s.*, CAST(row_number() OVER (ORDER BY row_number)"
        " - 1 AS INTEGER) AS lead, CASE WHEN account_id IS NOT NULL THEN CAST(dense_rank() OVER"
        f" (ORDER BY account_id) - 1 AS INTEGER) END AS account FROM {kept} AS s"
    )
    values = attribute_values(intake, raw)
    intake.run(
        'INSERT INTO leads SELECT s.lead, s.lead_id, s.row_number, s.day, s."at", s.account,'
        f" s.won{values} FROM {raw.relation} AS r JOIN flat_leads AS s ON r.file = s.file AND r.row"
        " = s.row ORDER BY s.lead"
    )
