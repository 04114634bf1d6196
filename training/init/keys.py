"""What identifies the rows of a table: a column, or several together, whatever their names."""

import itertools
from collections.abc import Sequence

from features.intake.values import Reader
from features.settings import MISSING_VALUES
from features.store import Store
from training.init.level_words import is_yes_or_no
from training.init.name_words import NAMES, QUANTITIES, says
from training.init.table_profile import ColumnProfile, TableProfile

#: Columns that are tried together, and how many of them make a key at most.
_TRIED, _MOST = 8, 3
_LONGEST, _SHORT = 100, 40
#: Share of rows that have a key; the others are no records.
_LEAST_NAMED = 0.99


def may_be_key(column: ColumnProfile) -> bool:
    """Whether a column's values may name something: texts that are no remarks, and whole
    numbers.
    """
    if column.distinct < 2 or column.length > _LONGEST or column.kind == "date":
        return False
    if column.kind == "number" and not column.whole:
        return False
    return not is_yes_or_no(column.values)


def single_keys(table: TableProfile) -> list[ColumnProfile]:
    """Columns with a value of their own in (nearly) every row, the likeliest first."""
    found = [c for c in table.columns if may_be_key(c) and c.is_nearly_unique]
    return sorted(found, key=lambda c: _doubts(c, table))


def key_of(table: TableProfile) -> ColumnProfile | None:
    """The column that identifies the rows: the likeliest that is unique, else one that a few stray
    rows, such as those below a table, lack.

    A number counts where its name, or its rising from row to row, says that it is no measure.
    """
    keys = single_keys(table)
    unique = [c for c in keys if c.is_unique]
    strays = [c for c in keys if c.distinct == c.present >= _LEAST_NAMED * c.rows]
    return next((c for c in (*unique, *strays) if _names_rows(c)), None)


def _names_rows(column: ColumnProfile) -> bool:
    if says(column.name, NAMES["id"]):
        return True
    if column.kind == "number":
        return not says(column.name, QUANTITIES) and (column.counts_rows or column.is_oddly_unique)
    return column.look in ("id", "Salesforce id", "e-mail") or column.length <= _SHORT


def _doubts(column: ColumnProfile, table: TableProfile) -> tuple[bool, ...]:
    """Sorts keys: unique before nearly so, ids before others, the name's word before none."""
    return (
        not column.is_unique,
        column.look in ("e-mail", "phone number", "web address"),
        column.counts_rows and any(c is not column and _is_code(c) for c in table.columns),
        not says(column.name, NAMES["id"]),
        not _is_code(column),
    )


def _is_code(column: ColumnProfile) -> bool:
    return column.is_unique and column.look in ("id", "Salesforce id") and column.kind == "text"


def composite_key(
    store: Store, table: TableProfile, among: Sequence[ColumnProfile]
) -> tuple[ColumnProfile, ...]:
    """The fewest of these columns that together identify every row; empty where none do."""
    reader = Reader(MISSING_VALUES, "UTC")
    tried = [c for c in among if may_be_key(c) and c.present == c.rows][:_TRIED]
    for many in range(2, _MOST + 1):
        for columns in itertools.combinations(tried, many):
            possible = 1
            for column in columns:
                possible *= column.distinct
            if possible < table.rows:
                continue
            cells = ", ".join(reader.text(table.raw_column(column)) for column in columns)
            if table.rows == store.value(
                f"SELECT count(*) FROM (SELECT DISTINCT {cells} FROM {table.raw.relation})"
            ):
                return columns
    return ()
