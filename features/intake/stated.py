"""What the configuration says of all rows of a table: constants, keys of several columns, and which
rows count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import duckdb

from features.intake.raw_table import RawTable, count_rows
from features.intake.spellings import spellings
from features.intake.state import nearest
from features.intake.values import RawColumn, Reader
from features.settings import Source
from features.sql import one_of, quote_identifier, quote_literal

AnySource = TypeVar("AnySource", bound=Source)


@dataclass
class Stating:
    """What every table is read with.

    Attributes:
        connection: To DuckDB.
        reader: Reads cells.
        case_matters: Whether texts that differ in upper and lower case alone are two.
        problems: Sentences are added to it.
    """

    connection: duckdb.DuckDBPyConnection
    reader: Reader
    case_matters: bool
    problems: list[str]


def stated(stating: Stating, raw: RawTable, source: AnySource) -> tuple[RawTable, AnySource]:
    """The table with the columns and rows that its section asks for, and the section with the names
    that these columns have now.

    Args:
        stating: What every table is read with.
        raw: The table, cleaned.
        source: Its section.
    """
    made = [*_constants(source), *_key(stating, raw, source)]
    where = _where(stating, raw, source)
    if not made and where is None:
        return raw, source
    relation = quote_identifier(f"stated_{raw.name}")
    cells = "".join(f", {sql} AS k{i}" for i, (_, _, sql) in enumerate(made))
    stating.connection.execute(
        f"CREATE TEMP VIEW {relation} AS SELECT *{cells} FROM {raw.relation}"
    )
    columns = tuple(
        RawColumn(name, f"k{i}", "VARCHAR", is_made=True) for i, (_, name, _) in enumerate(made)
    )
    table = replace(raw, relation=relation, columns=(*columns, *raw.columns))
    if where is not None:
        table = _passing_over(stating.connection, table, where)
    return table, renamed(source, {key: name for key, name, _ in made})


def renamed(source: AnySource, names: dict[str, str]) -> AnySource:
    """The section with other names of its columns.

    Args:
        source: The section.
        names: Name under ``columns`` to the name of the column.
    """
    columns = getattr(source, "columns", None)
    if columns is None or not names:
        return source
    return source.model_copy(update={"columns": columns.model_copy(update=names)})


def joined_text(parts: Sequence[str]) -> str:
    """VARCHAR: one id of several texts; NULL where one is.

    >>> joined_text(["c0"])
    'c0'
    """
    if len(parts) == 1:
        return parts[0]
    escaped = (f"replace(replace({part}, '\\', '\\\\'), '|', '\\|')" for part in parts)
    return " || '|' || ".join(escaped)


def _constants(source: Source) -> list[tuple[str, str, str]]:
    """Key, name and SQL of each constant."""
    return [
        (key, f"{key} (constant)", f"CAST({quote_literal(value)} AS VARCHAR)")
        for key, value in source.constant.items()
    ]


def _key(stating: Stating, raw: RawTable, source: Source) -> list[tuple[str, str, str]]:
    names: tuple[str, ...] = getattr(source, "key", ())
    if not names or not hasattr(source, "columns"):
        return []
    found = _columns(stating, raw, names, "key")
    if len(found) < len(names):
        return []
    sql = joined_text([stating.reader.text(column) for column in found])
    return [("lead_id", " + ".join(names), sql)]


def _where(stating: Stating, raw: RawTable, source: Source) -> str | None:
    """SQL of whether a row counts; None where all do."""
    conditions = []
    columns = _columns(stating, raw, tuple(source.where), "where")
    for column in columns:
        text, values = stating.reader.text(column), source.where[column.name]
        found = spellings(
            stating.connection, raw.relation, text, values, case_matters=stating.case_matters
        )
        conditions.append(f"({one_of(text, found)})")
    return " AND ".join(conditions) or None


def _columns(stating: Stating, raw: RawTable, names: Sequence[str], key: str) -> list[RawColumn]:
    """The columns that exist; others are a problem."""
    found = {name: raw.column(name) for name in names}
    stating.problems += [
        f"{raw.name}: no column {name!r} (`{key}`){nearest(raw, name)}"
        for name, column in found.items()
        if column is None
    ]
    return [column for column in found.values() if column is not None]


def _passing_over(connection: duckdb.DuckDBPyConnection, raw: RawTable, where: str) -> RawTable:
    """The table with the rows that count, and with the others beside them."""
    inside, outside = (quote_identifier(f"{word}_{raw.name}") for word in ("inside", "outside"))
    counts = f"coalesce({where}, false)"
    connection.execute(f"CREATE TEMP VIEW {inside} AS SELECT * FROM {raw.relation} WHERE {counts}")
    connection.execute(
        f"CREATE TEMP VIEW {outside} AS SELECT * FROM {raw.relation} WHERE NOT {counts}"
    )
    rows = count_rows(connection, inside)
    said = f"{raw.rows - rows:,} of {raw.rows:,} rows are passed over by `where`"
    return replace(
        raw,
        relation=inside,
        rows=rows,
        passed_over=outside,
        is_part=True,
        dress=(*raw.dress, said),
    )
