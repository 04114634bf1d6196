"""Statuses: what sales says of the leads it was given, in the company's words.

Beside the canonical tables: no feature is made of them.
"""

from features.intake.events import dated_reasons, matched_with_leads, tolerated
from features.intake.leads import known_day
from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.intake.values import RawColumn, utc
from features.settings import StatusesTable
from features.sql import one_of, quote_literal
from features.store import STATUSES

#: Words that no meaning is given to, shown at most, and their length.
_SHOWN, _LONGEST = 8, 30


def take_statuses(
    intake: Intake, raw: RawTable, table: StatusesTable, timezone: str | None, *, matched: bool
) -> None:
    """Check the statuses, and keep those whose word means something.

    Args:
        intake: The intake, with its leads numbered where ``matched``.
        raw: The statuses.
        table: Their section.
        timezone: Time zone as configured.
        matched: Whether there are leads.
    """
    names = table.columns
    columns = intake.required(
        raw,
        {
            "lead_id": names.lead_id,
            "changed_at": names.changed_at,
            "status": names.status,
            "recorded_at": names.recorded_at,
        },
    ) | intake.optional(raw, {"reason": names.reason})
    if not {"lead_id", "changed_at", "status"} <= set(columns) or not intake.check_filled(raw):
        return
    intake.check_times(raw, [columns["changed_at"], columns.get("recorded_at")], timezone=timezone)
    _say_unmapped(intake, raw, columns["status"], table)
    reasons = dated_reasons(intake, columns, "changed_at", "status")
    joined = matched_with_leads(intake, raw, columns["lead_id"], reasons, matched=matched)
    if joined is None:
        return
    _fill(intake, raw, table, columns, joined)
    intake.count(raw, kept=intake.store.rows(STATUSES), tolerated=tolerated(intake))


def _meaning(intake: Intake, raw: RawTable, status: RawColumn, table: StatusesTable) -> str:
    """VARCHAR: what a status means; NULL for a word that nobody gave a meaning."""
    text = intake.reader.text(status)
    cases = "".join(
        f" WHEN {one_of(text, spelled)} THEN {quote_literal(meaning)}"
        for meaning, words in table.words.items()
        if (spelled := intake.spelled(raw, status, words))
    )
    return f"CASE{cases} END" if cases else "CAST(NULL AS VARCHAR)"


def _fill(
    intake: Intake,
    raw: RawTable,
    table: StatusesTable,
    columns: dict[str, RawColumn],
    joined: str,
) -> None:
    reader = intake.reader
    moment = reader.moment(columns["changed_at"])
    known = known_day(intake, moment, columns.get("recorded_at"), table.delay_days)
    reason = reader.text(columns["reason"]) if "reason" in columns else "CAST(NULL AS VARCHAR)"
    meaning = _meaning(intake, raw, columns["status"], table)
    intake.run(
        f"INSERT INTO {STATUSES} SELECT n.lead, {utc(moment)}, {known}, {meaning} AS meaning,"
        f" {reason} FROM (SELECT * FROM {raw.relation} ANTI JOIN"
        f" ({intake.quarantine.bad_rows(raw)}) USING (file, row)) {joined}"
        f" WHERE {meaning} IS NOT NULL"
    )


def _say_unmapped(intake: Intake, raw: RawTable, status: RawColumn, table: StatusesTable) -> None:
    """Say which words nobody gave a meaning, and refuse meanings of which no row has a word."""
    text, meaning = intake.reader.text(status), _meaning(intake, raw, status, table)
    others = intake.store.connection.execute(
        f"SELECT {text} AS v, count(*) FROM {raw.relation} WHERE {text} IS NOT NULL AND {meaning}"
        " IS NULL GROUP BY v ORDER BY count(*) DESC, v"
    ).fetchall()
    rows = sum(n for _, n in others)
    known = intake.number(f"SELECT count(*) FROM {raw.relation} WHERE {meaning} IS NOT NULL")
    shown = ", ".join(f"{v[:_LONGEST]!r} ({n:,})" for v, n in others[:_SHOWN])
    shown += ", …" if len(others) > _SHOWN else ""
    if not known and intake.purpose == "train":
        intake.problems.append(
            f"{raw.name}: no value of column {status.name!r} is one of `words`; it holds {shown}"
        )
    elif others:
        intake.warnings.append(
            f"{raw.name}: {rows:,} rows have a status that `words` gives no meaning: not used"
            f" ({shown})"
        )
