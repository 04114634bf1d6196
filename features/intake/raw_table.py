"""A table as its source has it: a relation in DuckDB whose cells nobody has read yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from features.errors import DataError
from features.intake.inference import Readable
from features.intake.values import RawColumn
from features.intake_report import Matched, Reading
from features.kinds import ValueKind
from features.settings import Source
from features.sql import quote_identifier


@dataclass(frozen=True)
class JoinedGap:
    """What tells that a joined table has no row for a lead.

    Attributes:
        internal: BOOLEAN cell: whether there is none.
        level: Text that stands for it in columns of texts.
    """

    internal: str
    level: str


@dataclass(frozen=True)
class RawTable:
    """A source as a relation with columns ``file``, ``row``, ``c0``, ``c1``, ….

    Attributes:
        name: Name of the table in the configuration (leads, events, …).
        source: Quoted name in DuckDB of the rows as they are. ``row`` counts from 1 within a file,
            without header and malformed lines.
        relation: The same, with cleaned texts (see :func:`cleaned`); until then the same as
            ``source``.
        columns: Columns in the order of the source.
        files: Names for people; ``file`` is the position in it.
        rows: That could be read.
        malformed: Quoted name of a table (file, row, reason, line) of the lines that could not;
            ``row`` is the line.
        malformed_rows: Their number.
        dress: What was found about the files, a sentence each.
        kinds: Column name to what it holds, of those that were looked at.
        counts: Column name to how its values read.
        readings: The same for people.
        passed_over: Relation of the rows that ``where`` leaves out; None without it.
        is_part: Whether ``relation`` leaves out rows of ``source``.
        parts: Names of cells that tell apart the rows that one line of the file makes.
        gaps: Column name to what tells that its table has no row for a lead.
        matched: How many rows found their lead; None where nobody looked.
    """

    name: str
    source: str
    relation: str
    columns: tuple[RawColumn, ...]
    files: tuple[str, ...]
    rows: int
    malformed: str
    malformed_rows: int
    dress: tuple[str, ...] = ()
    kinds: Mapping[str, ValueKind] = field(default_factory=dict)
    counts: Mapping[str, Readable] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    passed_over: str | None = None
    is_part: bool = False
    parts: tuple[str, ...] = ()
    gaps: Mapping[str, "JoinedGap"] = field(default_factory=dict)
    matched: Matched | None = None

    @property
    def own_columns(self) -> tuple[RawColumn, ...]:
        """The columns that its file has, without those that the configuration adds."""
        return tuple(column for column in self.columns if not column.is_made)

    @property
    def cells(self) -> str:
        """The cells of ``source`` by which a row is a copy of another one."""
        return ", ".join([*(column.internal for column in self.own_columns), *self.parts])

    def column(self, name: str | None) -> RawColumn | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class LocatedSource:
    """A source whose files are found.

    Attributes:
        name: Name of the table in the configuration.
        source: Source as configured.
        files: Existing files that DuckDB reads; for a database a Parquet file with the query's
            result.
        labels: What people call them.
        folder: Folder for temporary copies.
        told: What was found about the files, a sentence each.
    """

    name: str
    source: Source
    files: tuple[Path, ...]
    labels: tuple[str, ...]
    folder: Path
    told: tuple[str, ...] = ()


def raw_table(
    connection: duckdb.DuckDBPyConnection,
    located: LocatedSource,
    columns: tuple[RawColumn, ...],
    relation: str,
) -> RawTable:
    """A located source whose rows are the relation."""
    malformed = malformed_of(located)
    connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {malformed} (file INTEGER, row BIGINT, reason VARCHAR,"
        " line VARCHAR)"
    )
    rows, bad = count_rows(connection, relation), count_rows(connection, malformed)
    return RawTable(located.name, relation, relation, columns, located.labels, rows, malformed, bad)


def malformed_of(located: LocatedSource) -> str:
    """Quoted name of the table of a source's malformed lines."""
    return quote_identifier(f"malformed_{located.name}")


def count_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Rows of a relation."""
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0


def refuse_repeated(table: str, label: str, names: Sequence[str]) -> None:
    """Refuse a file that names a column twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            [
                f"{table}: {label} names {', '.join(map(repr, twice))} more than once; rename one"
                " of them"
            ]
        )


def refuse_others(located: LocatedSource, names: Sequence[Sequence[str]]) -> None:
    """Refuse files whose columns differ from the first file's, as a diff."""
    problems = []
    for label, found in zip(located.labels, names, strict=True):
        diff = [f"+ {name!r}" for name in found if name not in names[0]]
        diff += [f"- {name!r}" for name in names[0] if name not in found]
        if diff:
            problems.append(
                f"{located.name}: {label} has other columns than {located.labels[0]}:"
                f" {', '.join(diff)}"
            )
    if problems:
        raise DataError(problems)
