"""How the dates of a column are written: what all values prove, and what they leave open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import duckdb

from features.intake.formats import dates
from features.intake.number_signs import CONTRADICTING
from features.intake.question import Question
from features.intake.values import RawColumn, Reader
from features.sql import quote_literal
from features.writing import PLAIN

_DAY = r"^[0-9]{1,2}[./-]\s?[0-9]{1,2}[./-]\s?[0-9]{2,4}"


@dataclass(frozen=True)
class Family:
    """Ways of writing that differ in the order of day, month and year alone.

    Attributes:
        reads: Way to the values it reads, those without a value left out.
        alone: Way to the values that it alone reads.
        total: Values that one of them reads.
        sample: One value.
    """

    reads: Mapping[str, int]
    alone: Mapping[str, int]
    total: int
    sample: str

    @property
    def proven(self) -> str | None:
        """The one way that reads all values, but for typing errors; None where two or none do."""
        enough = (1 - CONTRADICTING) * self.total
        able = [name for name, n in self.reads.items() if n >= enough and n > 0]
        if len(able) == 1:
            return able[0]
        proof = [name for name in able if self.alone[name]]
        return proof[0] if len(proof) == 1 else None

    def chosen(
        self, said: str | None, frozen: Collection[str], beside: Collection[str]
    ) -> str | None:
        """The way to read these values; None where it has to be asked.

        What was said counts first, then what the values prove. Where they prove nothing, the order
        of training counts, then that of the table's other columns. Between points the day comes
        first everywhere.
        """
        if said in self.reads:
            return said
        if self.proven is not None:
            return self.proven
        shown = any(self.alone.values())
        for known in (frozen, *(() if shown else (beside, ("dd.mm.yyyy", "dd.mm.yy")))):
            if same := [name for name in self.reads if name in known]:
                return same[0]
        return None


def families(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    column: RawColumn,
    reader: Reader,
    styles: Iterable[str],
) -> list[Family]:
    """Count the values that each way reads and the plain one does not, by family.

    Args:
        connection: To DuckDB.
        relation: Relation of the table.
        column: Column of texts or numbers.
        reader: Reads its cells.
        styles: The ways that may be.
    """
    grouped = defaultdict(list)
    for style in styles:
        grouped[_family(style)].append(style)
    return [
        found
        for names in grouped.values()
        if (found := _counted(connection, relation, column, reader, names)).total
    ]


def _counted(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    column: RawColumn,
    reader: Reader,
    names: list[str],
) -> Family:
    cell = column.internal
    value = cell
    if column.family == "text" and len(_family(names[0])) < len(names[0]):
        # Of a day and a time the day alone tells the order.
        day = f"regexp_extract({cell}, {quote_literal(_DAY)})"
        value = f"CASE WHEN {day} <> '' THEN {day} ELSE {cell} END AS {cell}"
    filled = f"{relation} WHERE {cell} IS NOT NULL"
    values = f"SELECT {value}, count(*) AS n FROM {filled} GROUP BY ALL"
    reads = ", ".join(
        f"{dates.in_range(dates.moment(cell, name, reader.timezone))} IS NOT NULL AS s{i}"
        for i, name in enumerate(names)
    )
    plain = reader.moment(RawColumn(column.name, cell, column.type, PLAIN))
    source = f"(SELECT {cell} AS v, n, {reads} FROM ({values}) WHERE {plain} IS NULL)"
    any_of = " OR ".join(f"s{i}" for i in range(len(names)))
    parts = [f"sum(n) FILTER (WHERE {any_of})", f"min(CAST(v AS VARCHAR)) FILTER (WHERE {any_of})"]
    for i in range(len(names)):
        others = "".join(f" AND NOT s{j}" for j in range(len(names)) if j != i)
        parts += [f"sum(n) FILTER (WHERE s{i})", f"sum(n) FILTER (WHERE s{i}{others})"]
    row = connection.execute(f"SELECT {', '.join(parts)} FROM {source}").fetchone() or ()
    counts = [int(count or 0) for count in row[2:]]
    reads_by = {name: counts[2 * i] for i, name in enumerate(names) if counts[2 * i]}
    alone = {name: counts[2 * i + 1] for i, name in enumerate(names) if counts[2 * i]}
    return Family(reads_by, alone, int(row[0] or 0), str(row[1] or ""))


def _family(style: str) -> str:
    """What the ways of one family share: the sign between, and the length of the year."""
    if style in dates.STYLES and style[2] in "./-":
        return style[2] + ("yyyy" if "yyyy" in style else "yy")
    return style


def question(table: str, column: str, found: Family) -> Question:
    """What asks for the order of day and month."""
    names = " or ".join(f"`{name}`" for name in found.reads)
    why = f"{found.sample!r} may be {names}, and so may every value"
    if any(found.alone.values()):
        counts = ", ".join(f"`{name}` reads {n:,}" for name, n in found.reads.items())
        why = f"no one way reads all {found.total:,} dates: {counts}"
    return Question(table, column, why, tuple((name, "") for name in found.reads))
