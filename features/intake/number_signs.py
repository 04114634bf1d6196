"""Which sign is the decimal one: what all values of a column prove, and what they leave open."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from features.intake.formats import numbers
from features.intake.question import Question
from features.settings import ColumnFormat, Decimal
from features.sql import quote_literal
from features.writing import Writing

#: Share of contradicting values that are taken for typing errors: 1,5 among 1,200.50.
CONTRADICTING = 0.05


@dataclass(frozen=True)
class Signs:
    """Values of a column that are numbers beside a decimal point, and beside a comma.

    Attributes:
        point: Only beside a point: 1,200.5.
        comma: Only beside a comma: 1.200,5.
        open_comma: Beside both, as different numbers, and with a comma: 1,200.
        open_point: The same with a point: 1.200.
        units: Currency or ``%`` to values; empty where there is none.
        sample: One value that shows how they are written.
    """

    point: int
    comma: int
    open_comma: int
    open_point: int
    units: Mapping[str, int]
    sample: str

    @property
    def proven(self) -> Decimal | None:
        """The sign that the values prove; None where they prove none, or both."""
        total, least = self.point + self.comma, min(self.point, self.comma)
        if not total or least > CONTRADICTING * total:
            return None
        return "." if self.point > self.comma else ","

    @property
    def unit(self) -> str:
        """The most frequent unit."""
        units = {unit: n for unit, n in self.units.items() if unit}
        return max(units, key=lambda unit: (units[unit], unit), default="")

    @property
    def mixed(self) -> str:
        """What is to be said of different units, or nothing; no unit is one too beside ``%``."""
        named = [unit for unit in self.units if unit]
        if len(named) > 1 or (named == ["%"] and self.units.get("")):
            listed = (f"{unit or 'none'} {n:,}" for unit, n in sorted(self.units.items()))
            return f"different units: {', '.join(listed)}"
        return ""


def signs(connection: duckdb.DuckDBPyConnection, relation: str, cell: str) -> Signs:
    """Look at all values of a text column."""
    values = (
        f"SELECT {cell} AS v, count(*) AS n FROM {relation} WHERE {cell} IS NOT NULL GROUP BY v"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE signs AS SELECT v, n, {numbers.fast_number('v', '.')} AS p,"
        f" {numbers.fast_number('v', ',')} AS q, {numbers.unit('v')} AS u FROM ({values})"
    )
    only_point, only_comma = "p IS NOT NULL AND q IS NULL", "q IS NOT NULL AND p IS NULL"
    ungrouped = f"regexp_matches(v, {quote_literal('^[0-9]{4,}$')})"
    row = connection.execute(
        f"SELECT sum(n) FILTER ({only_point}), sum(n) FILTER ({only_comma}),"
        " sum(n) FILTER (p <> q AND contains(v, ',')), sum(n) FILTER (p <> q AND"
        f" contains(v, '.')), sum(n) FILTER ({ungrouped}), coalesce(min(v) FILTER (u <> '' AND"
        f" p <> q), min(v) FILTER (u <> ''), min(v) FILTER (p <> q), min(v) FILTER ({only_point}),"
        f" min(v) FILTER ({only_comma}), '') FROM signs".replace("FILTER (", "FILTER (WHERE ")
    ).fetchone()
    units = connection.execute(
        "SELECT u, sum(n) FROM signs WHERE p IS NOT NULL OR q IS NOT NULL GROUP BY u"
    ).fetchall()
    connection.execute("DROP TABLE signs")
    *counts, sample = row or (0, 0, 0, 0, 0, "")
    point, comma, open_comma, open_point, long = (int(count or 0) for count in counts)
    if open_point and long and not (point or comma or open_comma):
        point = long  # 2500 is not grouped, so that 1.200 is no 1200 either
    return Signs(point, comma, open_comma, open_point, {u: int(n) for u, n in units}, str(sample))


def decimal_sign(
    found: Signs, said: ColumnFormat, frozen: Writing | None, beside: Decimal | None
) -> Decimal | None:
    """The decimal sign of a column; None where it has to be asked.

    What was said counts first, then what the values prove. Where they prove nothing, the sign of
    training counts, then that of the table's other columns. ``1,200`` without any evidence is 1200,
    because nobody writes just thousandths with a comma; ``1.200`` is asked.

    Args:
        found: In the values.
        said: In the configuration.
        frozen: How the column was written in training.
        beside: The sign that the table's other columns prove.
    """
    if said.decimal is not None:
        return said.decimal
    if said.thousands in (".", ","):
        return "," if said.thousands == "." else "."
    if found.proven is not None:
        return found.proven
    if found.point and found.comma:
        return None
    if not found.open_comma and not found.open_point:
        return "."
    known = (frozen.decimal if frozen else None) or beside
    return known or (None if found.open_point else ".")


def question(table: str, column: str, found: Signs) -> Question:
    """What asks for the decimal sign."""
    why = f"{found.sample!r} is a thousand and more, or one and a bit, and no value tells which"
    if found.point and found.comma:
        why = f"{found.point:,} values have a decimal point, {found.comma:,} a decimal comma"
    return Question(table, column, why, (('{decimal: ","}', ""), ('{decimal: "."}', "")))
