"""Leads: which rows are leads, what they are numbered, and what they are like."""

from collections.abc import Collection

from features.intake.inference import Readable, roles
from features.intake.quarantine import named_rows
from features.intake.raw_table import RawTable
from features.intake.state import Intake, case, listed, nearest
from features.intake.values import RawColumn, utc
from features.kinds import Attribute, ValueKind
from features.settings import LeadsTable
from features.sql import quote_literal
from features.store import JOINED_GAPS

NO_ID = "no lead_id"
LEFT_OUT = "its outcome cannot be used"
LEFT_OUT_ROW = "its lead cannot be used"
UNKNOWN_LEAD = "of a lead that is not in leads"
SEVERAL = "its id is that of several leads"


def stage_leads(
    intake: Intake,
    raw: RawTable,
    table: LeadsTable,
    timezone: str | None,
    elsewhere: Collection[str] = (),
) -> bool:
    """Fill ``lead_rows`` (one row per source row) and ``lead_keys`` (one row per lead_id) in the
    temporary schema.

    Args:
        intake: The intake.
        raw: The leads.
        table: Their section.
        timezone: Time zone as configured.
        elsewhere: Columns that other sections read from the same file: they need not be listed.

    Returns:
        Whether there is anything that other tables can be matched with.
    """
    names = table.columns
    found = intake.required(
        raw,
        {
            "lead_id": names.lead_id,
            "created_at": names.created_at,
            "recorded_at": names.recorded_at,
        },
    )
    account = intake.optional(raw, {"account_id": names.account_id}).get("account_id")
    own = {names.lead_id, names.created_at, names.account_id, names.recorded_at}
    check_listed(intake, raw, {*own, *table.key, *table.aliases, *table.where, *elsewhere})
    if "lead_id" not in found or "created_at" not in found or not intake.check_filled(raw):
        return False
    created, recorded = found["created_at"], found.get("recorded_at")
    intake.check_times(raw, [created, recorded], timezone=timezone)
    reader = intake.reader
    moment = reader.moment(created)
    reasons = {
        NO_ID: f"{reader.text(found['lead_id'])} IS NULL",
        "no created_at": f"NOT {reader.present(created)}",
        "created_at cannot be read as a time": f"{moment} IS NULL",
        **unreadable(intake, recorded, "recorded_at"),
    }
    intake.run(
        f"CREATE TEMP TABLE lead_rows AS SELECT file, row, {reader.text(found['lead_id'])} AS"
        f" lead_id, {utc(moment)} AS created_at, {reader.day(moment)} AS created_day,"
        f" {known_day(intake, moment, recorded, table.delay_days)} AS known_day,"
        f" {reader.text(account) if account else 'NULL::VARCHAR'} AS account_id, {case(reasons)} AS"
        f" reason FROM {raw.relation}"
    )
    intake.quarantine.add(raw, "SELECT file, row, reason FROM lead_rows WHERE reason IS NOT NULL")
    check_duplicates(intake, raw, "lead_rows")
    intake.run(
        "CREATE TEMP TABLE lead_keys AS SELECT lead_id, CAST(row_number() OVER (ORDER BY lead_id)"
        " AS INTEGER) AS key, bool_and(reason IS NULL) AS usable, min(created_at) AS created_at,"
        " min(created_day) AS created_day FROM lead_rows WHERE lead_id IS NOT NULL GROUP BY lead_id"
    )
    return True


def leave_out(intake: Intake, raw: RawTable) -> None:
    """Quarantine the leads whose key is in ``bad_outcomes``, and number the others in
    ``lead_keys.lead``.
    """
    intake.run("UPDATE lead_keys SET usable = false WHERE key IN (SELECT key FROM bad_outcomes)")
    intake.quarantine.add(
        raw,
        f"SELECT file, row, '{LEFT_OUT}' AS reason FROM lead_rows JOIN lead_keys USING (lead_id) "
        "WHERE key IN (SELECT key FROM bad_outcomes)",
    )
    intake.run(
        "CREATE TEMP TABLE numbered AS SELECT k.*, CASE WHEN usable THEN CAST(sum(CAST(usable AS"
        " INTEGER)) OVER (ORDER BY lead_id) - 1 AS INTEGER) END AS lead FROM lead_keys AS k"
    )


def fill_leads(intake: Intake, raw: RawTable, more_accounts: str | None = None) -> None:
    """Fill the canonical leads from the rows that were not quarantined.

    Args:
        intake: The intake, with numbered leads.
        raw: The leads.
        more_accounts: SQL of an ``account_id`` column: accounts that leads belonged to earlier.
    """
    intake.store.create("leads")
    values = attribute_values(intake, raw)
    earlier = "" if more_accounts is None else f" UNION ALL {more_accounts}"
    intake.run(
        "CREATE TEMP TABLE accounts AS SELECT account_id, CAST(row_number() OVER (ORDER BY"
        " account_id) - 1 AS INTEGER) AS account FROM (SELECT account_id FROM lead_rows"
        f" JOIN numbered USING (lead_id) WHERE usable{earlier}) WHERE account_id IS NOT NULL"
        " GROUP BY account_id"
    )
    intake.run(
        "INSERT INTO leads SELECT n.lead, n.lead_id, s.created_at, s.created_day, s.known_day,"
        f" a.account{values} FROM {raw.relation} AS r JOIN lead_rows AS s ON r.file = s.file AND"
        " r.row = s.row JOIN numbered AS n ON s.lead_id = n.lead_id LEFT JOIN accounts AS a ON"
        " s.account_id = a.account_id WHERE n.usable ORDER BY n.lead"
    )
    for place in range(len(intake.store.joined)):
        intake.run(
            f"INSERT INTO {JOINED_GAPS} SELECT n.lead, {place} FROM {raw.relation} AS r JOIN"
            " lead_rows AS s ON r.file = s.file AND r.row = s.row JOIN numbered AS n ON s.lead_id ="
            f" n.lead_id WHERE n.usable AND r.j{place}_gap"
        )
    intake.count(raw, kept=intake.store.rows("leads"))


def attribute_values(intake: Intake, raw: RawTable) -> str:
    """SQL of the attribute values, each with a leading comma; unreadable values are counted as
    warnings.
    """
    values, checks = [], []
    for attribute in intake.store.attributes:
        column = raw.column(attribute.name)
        if column is None:
            values.append("NULL")
            continue
        value = intake.reader.attribute(column, attribute.kind)
        gap = raw.gaps.get(attribute.name)
        if gap and attribute.kind == "text" and attribute.role in ("fit", "interest"):
            value = f"CASE WHEN {gap.internal} THEN {quote_literal(gap.level)} ELSE {value} END"
        values.append(value)
        if attribute.kind != "text":
            checks.append((attribute, column, value))
    _warn_of_unreadable(intake, raw, checks)
    return "".join(f", {value}" for value in values)


def check_listed(intake: Intake, raw: RawTable, own: set[str | None]) -> None:
    """Compare the configured lead columns with the real ones, both ways."""
    columns = intake.columns
    known = (
        {name for name, _ in roles(columns)} | set(columns.ignore) | {name for name in own if name}
    )
    extra = [column.name for column in raw.columns if column.name not in known]
    absent = [name for name, _ in roles(columns) if raw.column(name) is None]
    if intake.purpose == "score":
        intake.drift += [f"+ {raw.name}: new column {name!r}: not used" for name in extra]
        intake.drift += [
            f"- {raw.name}: column {name!r} is absent: taken as missing"
            for name in dict.fromkeys(absent)
        ]
        return
    if extra:
        intake.problems.append(
            f"{raw.name}: {len(extra)} column{'s' * (len(extra) > 1)} in none of fit, interest,"
            f" hearing, carry, ignore: {listed(extra, 30)}"
        )
    for name in dict.fromkeys(absent):
        if name not in intake.changed:
            intake.problems.append(
                f"{raw.name}: no column {name!r} (listed in `columns`){nearest(raw, name)}"
            )


def check_duplicates(intake: Intake, raw: RawTable, rows: str) -> None:
    """Refuse lead_ids that occur more than once; only row numbers are named, ids may be
    personal.
    """
    twice = (
        f"SELECT lead_id FROM {rows} WHERE lead_id IS NOT NULL GROUP BY lead_id HAVING count(*) > 1"
    )
    ids = intake.number(f"SELECT count(*) FROM ({twice})")
    if not ids:
        return
    first = intake.store.connection.execute(
        f"SELECT file, row FROM {rows} WHERE lead_id IN ({twice}) ORDER BY file, row LIMIT 6"
    ).fetchall()
    intake.problems.append(
        f"{raw.name}: {ids:,} lead_id{'s occur' if ids > 1 else ' occurs'} more than once"
        f" ({named_rows(raw, first)}); expected one row per lead"
    )


def set_attributes(intake: Intake, raw: RawTable, extra: dict[str, Readable] | None = None) -> None:
    """Decide the kind of every configured lead column.

    Args:
        intake: The intake; its model's kinds count first.
        raw: The leads.
        extra: What the attribute changes hold, by column name.
    """
    names = roles(intake.columns)
    found = dict(raw.kinds)
    for name, counts in (extra or {}).items():
        found[name] = (raw.counts.get(name, Readable()) + counts).kind

    def kind(name: str, role: str) -> ValueKind:
        return "text" if role == "carry" else intake.kinds.get(name) or found.get(name, "text")

    intake.store.attributes = tuple(Attribute(name, kind(name, role), role) for name, role in names)


def known_day(intake: Intake, moment: str, recorded: RawColumn | None, delay_days: int) -> str:
    """INTEGER: the local day of the later of happening and being recorded."""
    happened = intake.reader.day(moment)
    delayed = f"{happened} + {delay_days}" if delay_days else happened
    if recorded is None:
        return delayed
    noted = intake.reader.moment(recorded)
    return (
        f"CASE WHEN {noted} IS NULL THEN {delayed} ELSE"
        f" {intake.reader.day(f'greatest({moment}, {noted})')} END"
    )


def unreadable(intake: Intake, column: RawColumn | None, key: str) -> dict[str, str]:
    """The reason for rows whose optional time is there but cannot be read.

    Of a column that is said to hold dates, such cells are missing.
    """
    if column is None or column.is_said_date:
        return {}
    reader = intake.reader
    return {
        f"{key} cannot be read as a time": (
            f"{reader.present(column)} AND {reader.moment(column)} IS NULL"
        )
    }


def unmatched(id_: str, key: str) -> dict[str, str]:
    """The reasons of rows that found no lead.

    Args:
        id_: SQL of the lead_id.
        key: SQL of the key that is NULL where there is no lead.
    """
    return {SEVERAL: f"starts_with({id_}, chr(2))", UNKNOWN_LEAD: f"{key} IS NULL"}


def _warn_of_unreadable(
    intake: Intake, raw: RawTable, checks: list[tuple[Attribute, RawColumn, str]]
) -> None:
    if not checks:
        return
    counts = ", ".join(
        f"count(*) FILTER (WHERE {intake.reader.present(column)}), "
        f"count(*) FILTER (WHERE {intake.reader.present(column)} AND {value} IS NULL)"
        for _, column, value in checks
    )
    found = intake.row(f"SELECT {counts} FROM {raw.relation}")
    readings = {reading.column: reading for reading in raw.readings}
    for position, (attribute, column, _) in enumerate(checks):
        present, bad = found[2 * position : 2 * position + 2]
        shown = readings.get(attribute.name) if column.family == "text" else None
        bad = shown.lost if shown else bad
        if not bad:
            continue
        if shown and intake.purpose == "train":
            continue  # said with how the column was read
        where = f" ({shown.shown})" if shown else ""
        sentence = (
            f"column {attribute.name!r}: {bad:,} of {present:,} values are no {attribute.kind}:"
            f" taken as missing{where}"
        )
        if intake.purpose == "score":
            intake.drift.append(f"~ {raw.name}: {sentence}")
        else:
            intake.warnings.append(f"{raw.name}: {sentence}")
