"""Attribute changes: what leads were like, and when."""

from collections.abc import Mapping
from dataclasses import replace

from features.intake.events import dated_reasons, matched_with_leads, tolerated
from features.intake.inference import Readable, roles
from features.intake.leads import known_day
from features.intake.raw_table import RawTable
from features.intake.recognition import Want
from features.intake.state import Intake
from features.intake.tables import ReadTable
from features.intake.values import RawColumn, utc
from features.kinds import ValueKind
from features.settings import ChangesTable, Source
from features.sql import one_of, quote_identifier, quote_literal
from features.store import ACCOUNT_CHANGE
from features.writing import PLAIN, Writing


def with_attributes(table: ReadTable, intake: Intake) -> ReadTable:
    """The history with a column per attribute, so that each is read in its own way."""
    raw, source = table.raw, table.source
    if not isinstance(source, ChangesTable):
        return table
    attribute, value = raw.column(source.columns.attribute), raw.column(source.columns.value)
    if attribute is None or value is None:
        return table
    relation = quote_identifier(f"attributes_{raw.name}")
    text = intake.reader.text(attribute)
    cells = ", ".join(
        f"CASE WHEN {text} = {quote_literal(name)} THEN {value.internal} END AS v{i}"
        for i, name in enumerate(source.attributes)
    )
    intake.run(f"CREATE TEMP VIEW {relation} AS SELECT *, {cells} FROM {raw.relation}")
    columns = (
        RawColumn(_column_of(raw, name), f"v{i}", value.type, is_made=True)
        for i, name in enumerate(source.attributes)
    )
    said = source.formats.get(value.name)
    formats = {_column_of(raw, name): said for name in source.attributes} if said else {}
    return ReadTable(
        replace(raw, relation=relation, columns=(*raw.columns, *columns)),
        source.model_copy(update={"formats": {**formats, **source.formats}}),
    )


def wanted_of(intake: Intake, table: ReadTable, leads: RawTable | None) -> dict[str, Want]:
    """Column of an attribute to what it is read for: what the leads' own column holds."""
    raw, source = table.raw, table.source
    if not isinstance(source, ChangesTable):
        return {}
    used = {name for name, role in roles(intake.columns) if role != "carry"}
    wanted: dict[str, Want] = {}
    for name in source.attributes:
        counts = leads.counts.get(name) if leads is not None else None
        own = leads.kinds.get(name) if leads is not None and counts and counts.present else None
        if name in used:
            wanted[_column_of(raw, name)] = intake.kinds.get(name) or own or "any"
    return wanted


def frozen_of(
    raw: RawTable, source: Source, leads: RawTable | None, frozen: Mapping[str, Writing]
) -> dict[str, Writing]:
    """Column of an attribute to how it was written in training, or is in the leads."""
    names = source.attributes if isinstance(source, ChangesTable) else ()
    own = {c.name: c.writing for c in leads.columns} if leads is not None else {}
    told = {_column_of(raw, name): own[name] for name in names if own.get(name, PLAIN) != PLAIN}
    return {**told, **frozen}


def _column_of(raw: RawTable, attribute: str) -> str:
    """What the column of an attribute is called: the file may have a column of that name."""
    taken = any(c.name == attribute and not c.is_made for c in raw.columns)
    return f"{attribute} (value)" if taken else attribute


def changed_kinds(
    intake: Intake, raw: RawTable, table: ChangesTable, *, account: str | None
) -> dict[str, Readable]:
    """What the history says about the kinds of its attributes; attributes that are no lead columns
    are a problem.

    Args:
        intake: The intake.
        raw: The changes.
        table: Their configuration.
        account: Name of the leads' column ``account_id``, whose history is one of moves.
    """
    used = {name for name, role in roles(intake.columns) if role != "carry"}
    known = used | set(intake.columns.carry) | {account}
    strange = [name for name in table.attributes if name not in known]
    if strange:
        intake.problems.append(
            f"{raw.name}: {', '.join(map(repr, strange))} of `attributes` stand in none of fit,"
            " interest, hearing, carry"
        )
    return {
        name: raw.counts[column]
        for name in table.attributes
        if name in used
        and name not in intake.kinds
        and (column := _column_of(raw, name)) in raw.counts
    }


def former_accounts(
    intake: Intake, raw: RawTable, table: ChangesTable, *, account: str | None
) -> str | None:
    """SQL: a column ``account_id`` with the accounts in the history; None where it has none."""
    attribute, value = raw.column(table.columns.attribute), raw.column(table.columns.value)
    if account not in table.attributes or attribute is None or value is None:
        return None
    reader = intake.reader
    return (
        f"SELECT {reader.text(value)} AS account_id FROM {raw.relation}"
        f" WHERE {reader.text(attribute)} = {quote_literal(account)}"
    )


def take_changes(
    intake: Intake,
    raw: RawTable,
    table: ChangesTable,
    timezone: str | None,
    *,
    account: str | None,
    matched: bool,
) -> None:
    """Check the attribute changes, and fill the canonical ones when leads are there to match them
    with.

    Args:
        intake: The intake, with its leads and accounts numbered where ``matched``.
        raw: The changes.
        table: Their configuration.
        timezone: Time zone as configured.
        account: Name of the leads' column ``account_id``.
        matched: Whether there are leads.
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
    reasons = dated_reasons(intake, columns, "changed_at", "attribute")
    joined = matched_with_leads(intake, raw, columns["lead_id"], reasons, matched=matched)
    if joined is None:
        return
    for index, name in _indices(intake, table):
        kind = intake.store.attributes[index].kind
        cell = raw.column(_column_of(raw, name)) or columns["value"]
        value = f"CAST({intake.reader.attribute(cell, kind)} AS VARCHAR)"
        _fill(intake, raw, table, columns, joined, index=index, name=name, value=value)
        _warn_of_unreadable(intake, raw, columns, name=name, kind=kind, value=value)
    if account is not None and account in table.attributes:
        moved = f"{joined} LEFT JOIN accounts AS a ON a.account_id = " + intake.reader.text(
            columns["value"]
        )
        value = "CAST(a.account AS VARCHAR)"
        _fill(intake, raw, table, columns, moved, index=ACCOUNT_CHANGE, name=account, value=value)
    _warn_of_ties(intake, raw)
    _warn_of_others(intake, raw, columns["attribute"], table)
    intake.count(raw, kept=intake.store.rows("changes"), tolerated=tolerated(intake))


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
    value: str,
) -> None:
    """Insert the changes of one attribute, whose values a piece of SQL gives."""
    reader = intake.reader
    moment = reader.moment(columns["changed_at"])
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


def _warn_of_unreadable(
    intake: Intake,
    raw: RawTable,
    columns: dict[str, RawColumn],
    *,
    name: str,
    kind: ValueKind,
    value: str,
) -> None:
    reader = intake.reader
    this = f"{reader.text(columns['attribute'])} = {quote_literal(name)}"
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
