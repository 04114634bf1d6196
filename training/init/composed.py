"""Keys of several columns: where no single column names the rows, some of them together do, and
other tables hold them too.
"""

from collections.abc import Sequence
from dataclasses import replace

from features.intake.values import RawColumn, Reader
from features.settings import MISSING_VALUES
from features.sql import quote_identifier
from features.store import Store
from training.init.keys import composite_key, may_be_key, single_keys
from training.init.links import Link, compared
from training.init.table_profile import ColumnProfile, TableProfile, column_profile

_READER = Reader(MISSING_VALUES, "UTC")
#: Share of a column's different values that the other table must have, and of the combinations;
#: of these nearly all, where a single column identifies the rows too.
_LEAST_FOUND, _LEAST_TOGETHER, _NEARLY_ALL = 0.5, 0.3, 0.9


def with_composed(
    store: Store, tables: Sequence[TableProfile], links: Sequence[Link]
) -> list[TableProfile]:
    """The tables, with a column that holds the values of several, in those that only several
    columns together tie.

    A table whose rows a single column identifies too, such as an e-mail address, gets one for the
    tables to which no column ties it.
    """
    found = list(tables)
    for position, table in enumerate(tables):
        has_key = any(key.is_unique for key in single_keys(table))
        if not has_key and _is_tied(position, links):
            continue
        least = _NEARLY_ALL if has_key else _LEAST_TOGETHER
        for other in range(len(tables)):
            if other == position or (has_key and _are_tied(position, other, links)):
                continue
            partners = _partners(store, table, tables[other])
            among = [c for c in table.columns if c.name in partners and not c.is_unique]
            columns = composite_key(store, table, among)
            theirs = [partners[column.name] for column in columns]
            if columns and _found_together(store, table, columns, tables[other], theirs) >= least:
                found[position] = _composed(store, found[position], columns)
                found[other] = _composed(store, found[other], theirs)
    return found


def _is_tied(position: int, links: Sequence[Link]) -> bool:
    return any(link.to == position and link.found > _LEAST_FOUND for link in links)


def _are_tied(one: int, other: int, links: Sequence[Link]) -> bool:
    return any({link.table, link.to} == {one, other} for link in links)


def _partners(store: Store, table: TableProfile, other: TableProfile) -> dict[str, ColumnProfile]:
    """Column of one table to the column of the other that has its values: the one of the same
    name, else the one that shares most.
    """
    found = {}
    for column in table.columns:
        if not may_be_key(column):
            continue
        same = other.column(column.name)
        rivals = [same] if same else [c for c in other.columns if may_be_key(c)]
        shares = {c.name: _shared(store, table, column, other, c) for c in rivals}
        best = max(rivals, key=lambda c: shares[c.name], default=None)
        if best is not None and shares[best.name] >= _LEAST_FOUND:
            found[column.name] = best
    return found


def _shared(
    store: Store,
    table: TableProfile,
    column: ColumnProfile,
    other: TableProfile,
    partner: ColumnProfile,
) -> float:
    """The share of the other column's different values that this column has."""
    own, theirs = _cell(table, column), _cell(other, partner)
    return float(
        store.value(
            f"SELECT avg(CAST(v IN (SELECT {own} FROM {table.raw.relation} WHERE {own} IS NOT"
            f" NULL) AS INTEGER)) FROM (SELECT DISTINCT {theirs} AS v FROM {other.raw.relation})"
            " WHERE v IS NOT NULL"
        )
        or 0.0
    )


def _found_together(
    store: Store,
    table: TableProfile,
    columns: Sequence[ColumnProfile],
    other: TableProfile,
    theirs: Sequence[ColumnProfile],
) -> float:
    """The share of the other table's different combinations that this table has."""
    own = _together([_cell(table, column) for column in columns])
    partner = _together([_cell(other, column) for column in theirs])
    share = store.value(
        f"SELECT avg(CAST(v IN (SELECT {own} FROM {table.raw.relation} WHERE {own} IS NOT NULL) AS"
        f" INTEGER)) FROM (SELECT DISTINCT {partner} AS v FROM {other.raw.relation}) WHERE v IS"
        " NOT NULL"
    )
    return float(share or 0.0)


def _cell(table: TableProfile, column: ColumnProfile) -> str:
    """VARCHAR: a value as it is compared; numbers are the same with and without leading zeros."""
    text = _READER.text(table.raw_column(column))
    return f"coalesce({compared('number', text)}, {text})"


def _together(cells: Sequence[str]) -> str:
    """VARCHAR: the values of several columns; NULL where one is missing."""
    return " || chr(31) || ".join(f"({cell})" for cell in cells)


def _composed(store: Store, table: TableProfile, columns: Sequence[ColumnProfile]) -> TableProfile:
    """The table with a further column of the values of several."""
    name = " + ".join(column.name for column in columns)
    if table.column(name):
        return table
    internal = f"k{len(table.columns)}"
    relation = quote_identifier(f"composed_{table.raw.name}_{len(table.columns)}")
    cells = [_READER.text(table.raw_column(column)) for column in columns]
    store.connection.execute(
        f"CREATE TEMP VIEW {relation} AS SELECT *, {_together(cells)} AS {internal} FROM"
        f" {table.raw.relation}"
    )
    column = RawColumn(name, internal, "VARCHAR")
    raw = replace(table.raw, relation=relation, columns=(*table.raw.columns, column))
    profile = column_profile(store, raw, _READER, column, "text")
    profile = replace(profile, parts=tuple(part.name for part in columns), look="id")
    return replace(table, raw=raw, columns=(*table.columns, profile))
