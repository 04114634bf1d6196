"""Tables with at most one row per lead, or per account: their columns become lead columns.

A lead without a row in such a table has none: that is a fact about the lead, and no missing value.
Columns of texts say so by a level of their own, columns of numbers and dates by a column of yes and
no beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from features.intake.inference import roles
from features.intake.matching import LeadKeys, ruled
from features.intake.outcomes import quarantine_copies
from features.intake.quarantine import named_rows
from features.intake.raw_table import JoinedGap, RawTable
from features.intake.state import Intake, nearest
from features.intake.stated import joined_text
from features.intake.tables import ReadTable
from features.intake.values import RawColumn
from features.intake_report import Matched
from features.kinds import JoinedColumns
from features.settings import ColumnSettings, FlatTable, JoinedTable, LeadsTable
from features.sql import quote_identifier
from features.table_settings import called_apart, has_column

NO_KEY = "no value in the column that names the row"


def with_joined(intake: Intake, leads: ReadTable, joined: Sequence[ReadTable]) -> ReadTable:
    """The leads with the columns of the joined tables; says what is wrong with these.

    Args:
        intake: The intake; its lead columns get those that say whether there is a row.
        leads: The leads, or the flat table, with how their columns are written.
        joined: The joined tables, with the same.
    """
    sources = [table.source for table in joined if isinstance(table.source, JoinedTable)]
    for place, (table, called) in enumerate(zip(joined, called_apart(sources), strict=True)):
        if isinstance(table.source, JoinedTable):
            leads = _with_one(intake, leads, table.raw, table.source, place=place, called=called)
    return leads


def _with_one(
    intake: Intake,
    leads: ReadTable,
    raw: RawTable,
    source: JoinedTable,
    *,
    place: int,
    called: str,
) -> ReadTable:
    key = [raw.column(name) for name in source.key_columns]
    for name, column in zip(source.key_columns, key, strict=True):
        if column is None:
            word = "key" if source.key else "id"
            intake.problems.append(f"{raw.name}: no column {name!r} (`{word}`){nearest(raw, name)}")
    if not isinstance(leads.source, (LeadsTable, FlatTable)):
        return leads
    to = LeadKeys(intake, leads.raw, leads.source).columns(_to(source, leads.source))
    found = [column for column in key if column is not None]
    if len(found) < len(key) or len(to) != len(found) or not intake.check_filled(raw):
        return leads
    texts = [intake.reader.text(column) for column in found]
    id_ = joined_text([ruled(source.join, text) for text in texts])
    _check_rows(intake, raw, id_)
    sought = joined_text([ruled(source.join, intake.reader.text(column)) for column in to])
    wide = _joined(intake, leads.raw, raw, id_, sought, place=place)
    _count(intake, raw, wide.relation, source, sought, id_, place=place)
    return replace(leads, raw=_described(intake, wide, raw, source, place=place, called=called))


def _to(source: JoinedTable, leads: LeadsTable | FlatTable) -> tuple[str, ...]:
    return leads.key if source.to == ("lead_id",) and leads.key else source.to


def _check_rows(intake: Intake, raw: RawTable, id_: str) -> None:
    """Quarantine rows without a key and exact copies; refuse a key that several rows have."""
    intake.quarantine.add(
        raw, f"SELECT file, row, '{NO_KEY}' AS reason FROM {raw.relation} WHERE {id_} IS NULL"
    )
    quarantine_copies(intake, raw)
    good = f"{raw.relation} ANTI JOIN ({intake.quarantine.bad_rows(raw)}) USING (file, row)"
    twice = f"SELECT file, row, count(*) OVER (PARTITION BY {id_}) AS n FROM {good}"
    rows = intake.store.connection.execute(
        f"SELECT file, row, count(*) OVER () FROM ({twice}) WHERE n > 1 ORDER BY file, row LIMIT 6"
    ).fetchall()
    if rows:
        shown = named_rows(raw, [row[:2] for row in rows])
        intake.problems.append(
            f"{raw.name}: {rows[0][2]:,} rows share their key with another row ({shown} of"
            f" {raw.files[0]}); expected at most one row per lead, or account: name the column that"
            " is different in all rows, keep the newest row, or use the table as `events`"
        )


def _joined(
    intake: Intake, leads: RawTable, raw: RawTable, id_: str, sought: str, *, place: int
) -> RawTable:
    """The leads with all cells of the other table, called ``j0_c0`` and so on."""
    relation = quote_identifier(f"leads_joined_{place}")
    good = f"{raw.relation} ANTI JOIN ({intake.quarantine.bad_rows(raw)}) USING (file, row)"
    names = dict.fromkeys(
        name for column in raw.columns for name in (column.internal, column.parsed) if name
    )
    cells = "".join(f", {name} AS j{place}_{name}" for name in names)
    outer = "".join(f", o.j{place}_{name}" for name in names)
    intake.run(
        f"CREATE TEMP TABLE {relation} AS SELECT l.*{outer}, o.j{place}_id IS NOT NULL AS"
        f" j{place}_has, o.j{place}_id IS NULL AS j{place}_gap FROM {leads.relation} AS l LEFT JOIN"
        f" (SELECT {id_} AS j{place}_id{cells} FROM {good}"
        f" QUALIFY row_number() OVER (PARTITION BY {id_} ORDER BY file, row) = 1) AS o ON"
        f" o.j{place}_id = {sought}"
    )
    return replace(leads, relation=relation)


def _count(
    intake: Intake,
    raw: RawTable,
    leads: str,
    source: JoinedTable,
    sought: str,
    id_: str,
    *,
    place: int,
) -> None:
    """Take down how many leads found their row, and how many rows their lead."""
    good = f"{raw.relation} ANTI JOIN ({intake.quarantine.bad_rows(raw)}) USING (file, row)"
    all_leads, found = intake.row(
        f"SELECT count(*), count(*) FILTER (WHERE j{place}_has) FROM {leads}"
    )
    rows, used = intake.row(
        f"SELECT count(*), count(*) FILTER (WHERE {id_} IN (SELECT {sought} FROM {leads})) FROM"
        f" {good}"
    )
    rule = "" if source.join == "exact" else source.join
    sought_rows, found_rows, all_rows, used_rows = (
        int(str(value or 0)) for value in (all_leads, found, rows, used)
    )
    matched = Matched(sought_rows, found_rows, all_rows, used_rows, rule, is_joined=True)
    if source.to != ("lead_id",):
        matched = replace(matched, rule=f"{', '.join(source.to)}, {rule or 'exact'}")
    intake.count(replace(raw, matched=matched), kept=matched.ids)


def _described(
    intake: Intake,
    leads: RawTable,
    raw: RawTable,
    source: JoinedTable,
    *,
    place: int,
    called: str,
) -> RawTable:
    """The leads with the columns of the other table, and with what was found about these."""
    internal = f"j{place}_"
    theirs = [c for c in raw.columns if c.name not in source.key_columns and not c.is_made]
    columns = [
        replace(
            column,
            name=source.prefix + column.name,
            internal=internal + column.internal,
            parsed=internal + column.parsed if column.parsed else None,
            is_made=True,
        )
        for column in theirs
    ]
    _refuse_taken(intake, leads, raw, source, [column.name for column in columns])
    names = {column.name: source.prefix + column.name for column in theirs}
    kinds = {names[name]: kind for name, kind in raw.kinds.items() if name in names}
    counts = {names[name]: count for name, count in raw.counts.items() if name in names}
    has = has_column(called)
    figures = _figures(intake, set(names.values()), kinds)
    if figures:
        columns.append(RawColumn(has, f"{internal}has", "BOOLEAN", is_made=True))
        intake.columns = _with_role(intake.columns, has, figures[0])
    joined = JoinedColumns(called, tuple(names.values()), has if figures else None)
    intake.store.joined = (*intake.store.joined, joined)
    gap = JoinedGap(f"{internal}gap", f"none of {called}")
    return replace(
        leads,
        columns=(*leads.columns, *columns),
        kinds={**leads.kinds, **kinds},
        counts={**leads.counts, **counts},
        gaps={**leads.gaps, **dict.fromkeys(names.values(), gap)},
    )


def _figures(intake: Intake, names: set[str], kinds: Mapping[str, str]) -> list[str]:
    """The role of each feature among the columns that is a number or a date."""
    return [
        role
        for name, role in roles(intake.columns)
        if name in names
        and role in ("fit", "interest")
        and (intake.kinds.get(name) or kinds.get(name)) in ("number", "date")
    ]


def _with_role(columns: ColumnSettings, name: str, role: str) -> ColumnSettings:
    """The lead columns with one more, unless it stands in a list."""
    listed = (*(name for name, _ in roles(columns)), *columns.ignore)
    if name in listed:
        return columns
    return columns.model_copy(update={role: (*getattr(columns, role), name)})


def _refuse_taken(
    intake: Intake, leads: RawTable, raw: RawTable, source: JoinedTable, names: Sequence[str]
) -> None:
    taken = {column.name for column in leads.columns}
    twice = [name for name in names if name in taken]
    if twice:
        intake.problems.append(
            f"{raw.name}: the leads already have columns {', '.join(map(repr, twice[:5]))}; write"
            f" `prefix: {source.called!r}` or another one under `joined`"
        )
