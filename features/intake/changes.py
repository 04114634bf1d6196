"""Attribute changes: what leads were like, and when."""

from dataclasses import replace

from features.intake.events import of_a_lead, quarantine_reasons, tolerated
from features.intake.inference import Readable, readable, roles
from features.intake.leads import NO_ID, known_day, unreadable
from features.intake.outcomes import quarantine_copies
from features.intake.sources import RawTable
from features.intake.state import Intake
from features.intake.values import RawColumn, utc
from features.settings import ChangesTable
from features.sql import one_of, quote_literal
from features.writing import PLAIN


def changed_kinds(intake: Intake, raw: RawTable, table: ChangesTable) -> dict[str, Readable]:
    """What the history says about the kinds of its attributes; attributes that are no lead columns
    are a problem.
    """
    used = {name for name, role in roles(intake.columns) if role != "carry"}
    strange = [name for name in table.attributes if name not in used | set(intake.columns.carry)]
    if strange:
        intake.problems.append(
            f"{raw.name}: {', '.join(map(repr, strange))} of `attributes` stand in none of fit,"
            " interest, hearing, carry"
        )
    attribute, value = raw.column(table.columns.attribute), raw.column(table.columns.value)
    if attribute is None or value is None:
        return {}
    return {
        name: readable(
            intake.store.connection,
            raw.relation,
            [_written(intake, value, name)],
            intake.reader,
            condition=f"{intake.reader.text(attribute)} = {quote_literal(name)}",
        )[value.name]
        for name in table.attributes
        if name in used and name not in intake.kinds
    }


def take_changes(
    intake: Intake, raw: RawTable, table: ChangesTable, timezone: str | None, *, matched: bool
) -> None:
    """Check the attribute changes, and fill the canonical ones when leads are there to match them
    with.
    """
    names = table.columns
    columns = intake.required(
        raw,
        {
            "lead_id": names.lead_id,
            "changed_at": names.changed_at,
            "attribute": names.attribute,
            "value": names.value,
            "recorded_at": names.recorded_at,
        },
    )
    intake.store.create("changes")
    if not {"lead_id", "changed_at", "attribute", "value"} <= set(
        columns
    ) or not intake.check_filled(raw):
        return
    intake.check_times(raw, [columns["changed_at"], columns.get("recorded_at")], timezone=timezone)
    reasons = _reasons(intake, columns)
    if not matched:
        quarantine_reasons(intake, raw, reasons)
        intake.count(raw, kept=0)
        return
    joined, matching = of_a_lead(intake, columns["lead_id"])
    quarantine_reasons(intake, raw, reasons | matching, joined)
    quarantine_copies(intake, raw)
    for index, name in _indices(intake, table):
        _fill(intake, raw, table, columns, joined, index=index, name=name)
    _warn_of_ties(intake, raw)
    _warn_of_others(intake, raw, columns["attribute"], table)
    intake.count(raw, kept=intake.store.rows("changes"), tolerated=tolerated(intake))


def _reasons(intake: Intake, columns: dict[str, RawColumn]) -> dict[str, str]:
    reader, changed = intake.reader, columns["changed_at"]
    return {
        NO_ID: f"{reader.text(columns['lead_id'])} IS NULL",
        "no changed_at": f"NOT {reader.present(changed)}",
        "changed_at cannot be read as a time": f"{reader.moment(changed)} IS NULL",
        **unreadable(intake, columns.get("recorded_at"), "recorded_at"),
        "no attribute": f"{reader.text(columns['attribute'])} IS NULL",
    }


def _indices(intake: Intake, table: ChangesTable) -> list[tuple[int, str]]:
    """Position and name of each attribute with a history; one that is carried as well has it where
    it is used.
    """
    used = {attribute.name for attribute in intake.store.attributes if attribute.role != "carry"}
    return [
        (index, attribute.name)
        for index, attribute in enumerate(intake.store.attributes)
        if attribute.name in table.attributes
        and (attribute.role != "carry" or attribute.name not in used)
    ]


def _fill(
    intake: Intake,
    raw: RawTable,
    table: ChangesTable,
    columns: dict[str, RawColumn],
    joined: str,
    *,
    index: int,
    name: str,
) -> None:
    """Insert the changes of one attribute; numbers and local days are kept as text that casts back
    exactly.
    """
    reader, kind = intake.reader, intake.store.attributes[index].kind
    moment = reader.moment(columns["changed_at"])
    cell = _written(intake, columns["value"], name)
    value = f"CAST({reader.attribute(cell, kind)} AS VARCHAR)"
    recorded = columns.get("recorded_at")
    known = known_day(intake, moment, recorded, table.delay_days)
    noted = moment if recorded is None else f"coalesce({reader.moment(recorded)}, {moment})"
    this = f"{reader.text(columns['attribute'])} = {quote_literal(name)}"
    good_rows = (
        f"(SELECT * FROM {raw.relation} ANTI JOIN ({intake.quarantine.bad_rows(raw)}) USING (file,"
        " row))"
    )
    intake.run(
        f"INSERT INTO changes SELECT n.lead, {utc(moment)}, {reader.day(moment)}, {known}, {index},"
        f" {value}, {utc(noted)} FROM {good_rows} {joined} WHERE {this}"
    )
    bad = intake.number(
        f"SELECT count(*) FROM {raw.relation} WHERE {this} AND {reader.present(columns['value'])}"
        f" AND {value} IS NULL"
    )
    if bad:
        intake.warnings.append(
            f"{raw.name}: attribute {name!r}: {bad:,} values are no {kind}: taken as missing"
        )


def _warn_of_ties(intake: Intake, raw: RawTable) -> None:
    """Say how often a lead has several values of an attribute at one moment, none recorded later
    than the others.
    """
    ties = intake.number(
        "SELECT count(*) FROM (SELECT 1 FROM changes GROUP BY lead, attribute, changed_at,"
        " recorded_at HAVING count(DISTINCT coalesce(value, '')) > 1)"
    )
    if ties:
        intake.warnings.append(
            f"{raw.name}: {ties:,} times a lead has several values of an attribute at the same"
            " moment: the largest is taken; a column `recorded_at` would say which came last"
        )


def _written(intake: Intake, value: RawColumn, name: str) -> RawColumn:
    """The column of values, written as the leads' own column of that attribute."""
    table = "flat" if intake.store.is_flat else "leads"
    writing = intake.store.writings.get(table, {}).get(name, PLAIN)
    return replace(value, writing=writing)


def _warn_of_others(
    intake: Intake, raw: RawTable, attribute: RawColumn, table: ChangesTable
) -> None:
    text = intake.reader.text(attribute)
    others = intake.number(
        f"SELECT count(*) FROM {raw.relation} WHERE NOT {one_of(text, table.attributes)}"
    )
    if others:
        intake.warnings.append(
            f"{raw.name}: {others:,} rows are of attributes that `attributes` does not list: not"
            " used"
        )
