"""How a raw cell is read: as a text, a number, a moment or a day.

Everything here returns SQL expressions.
"""

import re
from dataclasses import dataclass
from typing import Literal

from features.intake.formats import dates, numbers, truths
from features.sql import one_of, quote_literal
from features.writing import PLAIN, Writing
from features.zone import local_day, moment_of

Family = Literal["text", "number", "bool", "moment", "local", "other"]

_INTEGERS = frozenset(
    [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "BIGNUM",
    ]
)
_LOCAL_TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_MOMENTS = frozenset({"TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS WITH TIME ZONE", "TIMESTAMPTZ_NS"})

#: Python's ``str.isspace`` characters that are not control characters, for RE2.
_SPACE = r"\s\x{00a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
_CONTROL = r"\x00-\x1f\x7f-\x{9f}"
_UNCLEAN = f"^[{_SPACE}]|[{_SPACE}]$|[{_CONTROL}]"
_STRIPPED = f"^[{_SPACE}]+|[{_SPACE}]+$"

#: Letters name several zones: BST is London in summer, and Bangladesh.
_ZONE_LETTERS = r"^[0-9].*:[0-9]+(?:[.,][0-9]+)?\s*[A-Za-z]{2,5}$"
_KNOWN_LETTERS = r"(?i)(?:utc|gmt|am|pm)$"
_FORMATS = (
    "%Y%m%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H時%M分",
)


@dataclass(frozen=True)
class RawColumn:
    """A column of a source: its name there, and what DuckDB calls it and its type.

    Attributes:
        name: Name as the file has it.
        internal: Positional name (``c0``): DuckDB's names ignore case, real columns do not.
        type: DuckDB type.
        writing: How its values are written.
        words: What it holds, where all of it says yes or no.
        parsed: Column of the relation that holds what its values read as, where reading them anew
            would cost much: DOUBLE of numbers, TIMESTAMPTZ of dates.
        is_said_date: Whether the configuration says that it holds dates: a cell that is none, such
            as "No", is missing then.
        is_made: Whether the configuration adds it: its file has no such column.
    """

    name: str
    internal: str
    type: str
    writing: Writing = PLAIN
    words: tuple[str, ...] = ()
    parsed: str | None = None
    is_said_date: bool = False
    is_made: bool = False

    @property
    def family(self) -> Family:
        """What kind of value the type holds; ``local`` times have no offset."""
        if self.type == "VARCHAR":
            return "text"
        if (
            self.type in _INTEGERS
            or self.type in ("FLOAT", "DOUBLE")
            or self.type.startswith("DECIMAL")
        ):
            return "number"
        if self.type == "BOOLEAN":
            return "bool"
        if self.type in _MOMENTS:
            return "moment"
        return "local" if self.type in _LOCAL_TIMES else "other"


@dataclass(frozen=True)
class Reader:
    """Reads raw cells in one way everywhere; the texts of a column are clean before, see
    :meth:`clean`.

    Attributes:
        missing_values: Texts that mean "missing", besides the empty one.
        timezone: IANA name in which times without offset are meant and days are counted; the
            connection's ``TimeZone`` setting must be the same.
    """

    missing_values: tuple[str, ...]
    timezone: str

    def clean(self, cell: str) -> str:
        """VARCHAR: a text stripped, without control characters; NULL where it means missing."""
        bare = (
            f"regexp_replace(regexp_replace({cell}, '[{_CONTROL}]', '', 'g'), '{_STRIPPED}', '',"
            " 'g')"
        )
        return (
            f"CASE WHEN {self.unclean(cell)} THEN CASE WHEN {one_of(bare, self._missing)} THEN NULL"
            f" ELSE {bare} END ELSE {cell} END"
        )

    def unclean(self, cell: str) -> str:
        """BOOLEAN: whether :meth:`clean` changes the text; one pass over it."""
        odd = f"{_UNCLEAN}|^(?:{'|'.join(map(re.escape, self._missing))})$"
        return f"regexp_matches({cell}, {quote_literal(odd)})"

    @property
    def _missing(self) -> list[str]:
        return sorted({"", *(value.strip() for value in self.missing_values)})

    def text(self, column: RawColumn) -> str:
        """VARCHAR; whole numbers lose their ``.0``, so that an id is the same text in every
        table.
        """
        cell = column.internal
        match column.family:
            case "text":
                return cell
            case "bool":
                return f"CASE WHEN {cell} THEN 'True' WHEN NOT {cell} THEN 'False' END"
            case "number" if column.type not in _INTEGERS:
                whole = f"{cell} = trunc({cell}) AND abs({cell}) < 1e15"
                return (
                    f"CASE WHEN isnan(CAST({cell} AS DOUBLE)) THEN NULL WHEN {whole} "
                    f"THEN CAST(CAST({cell} AS BIGINT) AS VARCHAR) ELSE CAST({cell} AS VARCHAR) END"
                )
            case "other":
                return self.clean(f"CAST({cell} AS VARCHAR)")
            case _:
                return f"CAST({cell} AS VARCHAR)"

    def category(self, column: RawColumn) -> str:
        """VARCHAR: like :meth:`text`, and yes and no in one spelling: that of the column's writing,
        or else as pandas writes truth values.
        """
        text = self.text(column)
        if column.writing.truth:
            words = column.words or truths.SPELLINGS
            return truths.respelled(text, words, column.writing.truth)
        if column.family != "text":
            return text
        true, false = (
            f"WHEN '{word}' THEN '{word.title()}' WHEN '{word.upper()}' THEN '{word.title()}'"
            for word in ("true", "false")
        )
        return f"CASE {text} {true} {false} ELSE {text} END"

    def present(self, column: RawColumn) -> str:
        """BOOLEAN: whether the cell holds anything."""
        if column.family == "number" and column.type not in _INTEGERS:
            return f"NOT coalesce(isnan(CAST({column.internal} AS DOUBLE)), true)"
        return f"{column.internal} IS NOT NULL"

    def number(self, column: RawColumn) -> str:
        """DOUBLE, finite; NULL where the cell is missing or no finite number."""
        match column.family:
            case "number" if column.type in _INTEGERS:
                return f"CAST({column.internal} AS DOUBLE)"
            case "number":
                number = f"CAST({column.internal} AS DOUBLE)"
            case "bool":
                return f"CAST({column.internal} AS DOUBLE)"
            case "text" if column.parsed and column.writing.decimal:
                number = column.parsed
            case "text" if column.words:
                return truths.as_number(column.internal, column.words)
            case "text" if column.writing.decimal:
                return self._written_number(column)
            case "text" | "other":
                number = f"TRY_CAST({self.text(column)} AS DOUBLE)"
            case _:
                return "CAST(NULL AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"

    def _written_number(self, column: RawColumn) -> str:
        writing = column.writing
        decimal = writing.decimal or "."
        number = numbers.fast_number(column.internal, decimal)
        if writing.thousands is not None:
            number = numbers.number(column.internal, decimal, writing.thousands)
        return f"CASE WHEN isfinite({number}) THEN {number} END"

    def moment(self, column: RawColumn) -> str:
        """TIMESTAMPTZ of the years 1900 to 2199; NULL where the cell is missing or no such time."""
        cell = column.internal
        if column.parsed and column.writing.dates:
            return column.parsed
        match column.family:
            case "moment":
                return dates.in_range(f"TRY_CAST({cell} AS TIMESTAMPTZ)")
            case "local":
                local = f"TRY_CAST({cell} AS TIMESTAMP)"
                inside = f"{local} BETWEEN TIMESTAMP '1899-12-30' AND TIMESTAMP '2200-01-02'"
                return dates.in_range(
                    f"CASE WHEN {inside} THEN {moment_of(local, self.timezone)} END"
                )
            case "text":
                return self._text_moment(column)
            case "number" if self._styles(column):
                return self._written(column)
            case _:
                return "CAST(NULL AS TIMESTAMPTZ)"

    def _text_moment(self, column: RawColumn) -> str:
        cell = column.internal
        formats = "[" + ", ".join(quote_literal(form) for form in _FORMATS) + "]"
        other = moment_of(f"try_strptime({cell}, {formats})", self.timezone)
        plain = dates.in_range(f"coalesce({dates.of_iso(cell, self.timezone)}, {other})")
        if not self._styles(column):
            return plain
        # No coalesce: all cells would be read in the plain way too, at five times the cost.
        written = self._written(column)
        return f"CASE WHEN {written} IS NOT NULL THEN {written} ELSE {plain} END"

    def _styles(self, column: RawColumn) -> list[str]:
        is_number = column.family == "number"
        return [s for s in column.writing.dates if not is_number or s in dates.NUMBERS]

    def _written(self, column: RawColumn) -> str:
        moments = (dates.moment(column.internal, s, self.timezone) for s in self._styles(column))
        return f"coalesce({', '.join(dates.in_range(moment) for moment in moments)})"

    def names_zone(self, column: RawColumn) -> str:
        """BOOLEAN: whether the cell is a time whose zone is named by letters other than Z, UTC and
        GMT.
        """
        if column.family != "text":
            return "FALSE"
        cell = column.internal
        named = f"regexp_matches({cell}, {quote_literal(_ZONE_LETTERS)})"
        known = f"regexp_matches({cell}, {quote_literal(_KNOWN_LETTERS)})"
        return f"coalesce({named} AND NOT {known}, FALSE)"

    def without_offset(self, column: RawColumn) -> str:
        """BOOLEAN: whether the cell is a time that does not say its zone."""
        match column.family:
            case "local":
                return f"({column.internal} IS NOT NULL)"
            case "number" if "excel" in column.writing.dates:
                return f"({column.internal} IS NOT NULL)"
            case "text":
                cell = column.internal
                if any(style.startswith("epoch") for style in self._styles(column)):
                    return "FALSE"
                if self._styles(column):
                    cell = dates.without_half_day(cell)
                offset = f"regexp_matches({cell}, {quote_literal(dates.SAYS_OFFSET)})"
                return f"({self.moment(column)} IS NOT NULL AND NOT {offset})"
            case _:
                return "FALSE"

    def day(self, moment: str) -> str:
        """INTEGER: the local calendar day of a TIMESTAMPTZ expression, in days since 1970-01-01."""
        return local_day(moment, self.timezone)

    def attribute(self, column: RawColumn, kind: str) -> str:
        """A lead column's value.

        DOUBLE for a number, INTEGER local day for a date, VARCHAR for a text.
        """
        match kind:
            case "number":
                return self.number(column)
            case "date":
                return self.day(self.moment(column))
            case _:
                return self.category(column)


def utc(moment: str) -> str:
    """TIMESTAMP: a TIMESTAMPTZ expression as naive UTC.

    ``AT TIME ZONE 'UTC'`` would ask a calendar, row by row.
    """
    return f"make_timestamp(epoch_us({moment}))"
