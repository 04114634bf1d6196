"""What the files hold: the columns of each table, counted, before anybody has said what they
mean.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from features.intake.question import Question
from features.intake.raw_table import LocatedSource, RawTable
from features.intake.recognition import recognised
from features.intake.sources import cleaned, locate, read
from features.intake.values import Family, RawColumn, Reader
from features.kinds import ValueKind
from features.settings import MISSING_VALUES, ColumnFormat, Source
from features.sql import quote_literal
from features.store import Store
from training.init.given_files import Given
from training.init.name_words import NAMES, says

#: Levels that are shown, each with its count.
_FEW = 60
#: Repeats that chance would bring before numbers without any count as given ones.
_REPEATS = 10.0
#: Numbers that one step takes at most, where numbers are given one after the other.
_SPARSEST = 20
#: Values that are listed where all of them matter.
_MOST_VALUES = 200
#: Share of values that have to look alike before a column is called after it.
_MOST = 0.8
#: What people choose, or leave, when they choose nothing.
_NOT_CHOSEN = frozenset(
    {
        "select",
        "--select--",
        "-select-",
        "please select",
        "-",
        "--",
        "---",
        "未選択",
        "選択してください",
        "指定なし",
    }
)


#: What a text looks like, by its signs; the first that fits most values counts.
Look = Literal["e-mail", "web address", "phone number", "Salesforce id", "id", "words"]
_LOOKS: dict[Look, str] = {
    "e-mail": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "web address": r"(https?://|www\.)\S+",
    "Salesforce id": r"[0-9A-Za-z]{15}([A-Z0-5]{3})?",
    "phone number": r"\+?[0-9(][0-9()./ -]{7,}[0-9]( ?(x|ext\.?) ?[0-9]+)?",
    "id": r"[0-9A-Za-z]*[0-9][0-9A-Za-z_.:-]*",
}


#: What begins like a date, and how many make a column of dates beside a word for none.
_DATED = "regexp_matches(v, '^[0-9]{1,4} ?[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}')"
_FEWEST_DATES = 1
_NUMBER = re.compile(r"[0-9]")
#: Seconds from 1970 to 2000 and to 2040, and the keys whose words name a time.
_TIMES, _TIME_KEYS = (946_684_800, 2_208_988_800), ("created_at", "occurred_at", "closed_at")


@dataclass(frozen=True)
class ColumnProfile:
    """A column, counted.

    Attributes:
        name: Name as the source has it.
        family: Family of its type.
        kind: What kind of values it holds.
        rows: Number of rows of the table.
        present: Values that are not missing.
        distinct: Different values; exact where it is close to ``present``.
        length: Mean characters of a value.
        naive: Whether it holds times without offset.
        counted: The different values with their rows, most frequent first, where they are few.
        not_chosen: Values that only say that nothing was chosen.
        look: What its values look like.
        whole: Whether its numbers have no fractions.
        low: The smallest number, or the first day since 1970.
        high: The largest number, or the last day since 1970.
        slope: Correlation of its numbers or days with the order of the rows.
        parts: Columns whose values it holds together, of a key of several columns.
    """

    name: str
    family: Family
    kind: ValueKind
    rows: int
    present: int
    distinct: int
    length: float
    naive: bool
    counted: tuple[tuple[str, int], ...] = ()
    not_chosen: tuple[str, ...] = ()
    look: Look = "words"
    whole: bool = False
    low: float = 0.0
    high: float = 0.0
    slope: float = 0.0
    parts: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The different values, most frequent first, where they are few."""
        return tuple(value for value, _ in self.counted)

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and self.distinct == self.rows

    @property
    def is_nearly_unique(self) -> bool:
        """Whether nearly every value stands in one row."""
        return self.present > 0 and self.distinct >= 0.95 * self.present

    @property
    def is_full(self) -> bool:
        """Whether nearly every row has a value."""
        return self.rows > 0 and self.present >= 0.9 * self.rows

    @property
    def is_oddly_unique(self) -> bool:
        """Whether its whole numbers are all different where measures of that range would repeat:
        then they are given, not measured.
        """
        if not (self.kind == "number" and self.whole and self.is_unique) or self.rows <= _FEW:
            return False
        expected = self.rows**2 / (2 * (self.high - self.low + 1))
        return expected > _REPEATS

    @property
    def counts_rows(self) -> bool:
        """Whether it numbers the rows: whole numbers, each once, that rise or fall with them."""
        is_number = self.kind == "number" and self.whole and self.is_unique
        is_dense = self.high - self.low < _SPARSEST * self.rows
        return is_number and is_dense and self.rows > 20 and abs(self.slope) > 0.98


@dataclass(frozen=True)
class TableProfile:
    """A table, counted.

    Attributes:
        given: What was given, and what the person said of it.
        rows: Readable rows.
        columns: Columns in the order of the file.
        raw: Where it stands in the store that profiled it.
        questions: What its values leave open.
        worded: Column of dates to the word that stands in it where there is none.
    """

    given: Given
    rows: int
    columns: tuple[ColumnProfile, ...]
    raw: RawTable
    questions: tuple[Question, ...] = ()
    worded: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.given.name

    @property
    def times(self) -> list[ColumnProfile]:
        """The columns of times."""
        return [column for column in self.columns if column.kind == "date"]

    @property
    def asked(self) -> set[str]:
        """Columns whose values leave open how they are read."""
        return {question.column for question in self.questions}

    def column(self, name: str) -> ColumnProfile | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def raw_column(self, column: ColumnProfile) -> RawColumn:
        """Where a column stands in the store."""
        return next(raw for raw in self.raw.columns if raw.name == column.name)


def profile_all(store: Store, given: Sequence[Given]) -> list[TableProfile]:
    """Count the columns of every table.

    Raises:
        DataError: A file cannot be read.
    """
    located = [locate(f"table_{i}", table.source, store.folder) for i, table in enumerate(given)]
    store.restrict(path for found in located for path in found.files)
    reader = Reader(MISSING_VALUES, "UTC")
    return [
        _profile(store, table, found, reader) for table, found in zip(given, located, strict=True)
    ]


def _profile(store: Store, given: Given, located: LocatedSource, reader: Reader) -> TableProfile:
    questions: list[Question] = []
    plain = cleaned(store.connection, read(store.connection, located), reader)
    worded = _worded_dates(store, plain, reader)
    counted = [
        column.name for column in plain.columns if _counts_time(store, plain, reader, column)
    ]
    given = replace(given, source=with_dates(given.source, [*worded, *counted]))
    raw = recognised(
        store.connection,
        plain,
        reader,
        wanted={column.name: "any" for column in plain.columns},
        source=given.source,
        frozen={},
        questions=questions,
    )
    asked = {question.column: question for question in questions}
    columns = _columns(store, raw, reader, asked)
    return TableProfile(given, raw.rows, columns, raw, tuple(questions), worded)


def _worded_dates(store: Store, raw: RawTable, reader: Reader) -> dict[str, str]:
    """Columns of dates in which one word, such as "No", stands where there is none, with the word.

    Such words may be most of the values: a date that only some have.
    """
    found = {}
    for column in raw.columns:
        if column.family != "text":
            continue
        text = reader.text(column)
        counted = f"SELECT {text} AS v, count(*) AS n FROM {raw.relation} GROUP BY ALL"
        word, dates, others = store.connection.execute(
            f"SELECT first(v ORDER BY n DESC, v) FILTER (WHERE NOT {_DATED}), coalesce(sum(n)"
            f" FILTER (WHERE {_DATED}), 0), count(*) FILTER (WHERE NOT {_DATED}) FROM ({counted})"
            " WHERE v IS NOT NULL"
        ).fetchone() or (None, 0, 0)
        if word is not None and dates >= _FEWEST_DATES and others == 1 and not _NUMBER.search(word):
            found[column.name] = str(word)
    return found


def _counts_time(store: Store, raw: RawTable, reader: Reader, column: RawColumn) -> bool:
    """Whether numbers are times since 1970: all lie between 2000 and 2040, and the name is that of
    a time, or there are many, and all are milliseconds of whole seconds.
    """
    number = f"TRY_CAST({reader.text(column)} AS DOUBLE)"
    low, high, many, others, whole = store.connection.execute(
        f"SELECT min(v), max(v), count(DISTINCT v), count(*) FILTER (WHERE v IS NULL OR"
        f" v <> trunc(v)), bool_and(v % 1000 = 0) FROM (SELECT {number} AS v FROM {raw.relation}"
        f" WHERE {reader.text(column)} IS NOT NULL)"
    ).fetchone() or (None, None, 0, 0, False)
    if low is None or others:
        return False
    first, last = _TIMES
    is_named = any(says(column.name, NAMES[key]) for key in _TIME_KEYS)
    if first * 1000 <= low and high <= last * 1000:
        return is_named or (bool(whole) and many > _FEW)
    return is_named and bool(first <= low and high <= last)


def with_dates(source: Source, columns: Iterable[str]) -> Source:
    """A source of which some columns are said to hold dates."""
    said = {name: ColumnFormat(kind="date") for name in columns if name not in source.formats}
    return source.model_copy(update={"formats": {**source.formats, **said}})


def _columns(
    store: Store, raw: RawTable, reader: Reader, asked: dict[str, Question]
) -> tuple[ColumnProfile, ...]:
    return tuple(
        column_profile(store, raw, reader, column, _kind(raw, column, asked))
        for column in raw.columns
    )


def _kind(raw: RawTable, column: RawColumn, asked: dict[str, Question]) -> ValueKind:
    """What a column holds; one whose dates are asked about holds dates."""
    question = asked.get(column.name)
    if question and any(re.search("yy|epoch", choice) for choice, _ in question.choices):
        return "date"
    return raw.kinds[column.name]


def column_profile(
    store: Store, raw: RawTable, reader: Reader, column: RawColumn, kind: ValueKind
) -> ColumnProfile:
    """A column of a table, counted."""
    text = reader.text(column)
    offset = reader.without_offset(column) if kind == "date" else "false"  # dear for texts
    present, distinct, length, naive = store.connection.execute(
        f"SELECT count({text}), approx_count_distinct({text}), coalesce(avg(length({text})), 0),"
        f" coalesce(bool_or({offset}), false) FROM {raw.relation}"
    ).fetchone() or (0, 0, 0.0, False)
    if distinct > 0.8 * present or distinct < 2 * _FEW:
        distinct = store.value(f"SELECT count(DISTINCT {text}) FROM {raw.relation}")
    frequent = store.connection.execute(
        f"SELECT v, n FROM (SELECT {text} AS v, count(*) AS n FROM {raw.relation} GROUP BY ALL)"
        f" WHERE v IS NOT NULL ORDER BY n DESC, v LIMIT {_FEW}"
    ).fetchall()
    low, high, slope, whole, readable = _figures(store, raw, reader, column, kind)
    is_asked = kind == "date" and present > 0 and not readable
    present = readable if readable and kind == "date" else present
    return ColumnProfile(
        name=column.name,
        family=column.family,
        kind=kind,
        rows=raw.rows,
        present=int(present),
        distinct=int(distinct),
        length=float(length),
        naive=bool(naive) or is_asked,
        counted=tuple(frequent) if len(frequent) < _FEW else (),
        not_chosen=tuple(value for value, _ in frequent if value.casefold() in _NOT_CHOSEN),
        look=_look(store, raw, text) if kind == "text" and present else "words",
        whole=whole,
        low=low,
        high=high,
        slope=slope,
    )


def _figures(
    store: Store, raw: RawTable, reader: Reader, column: RawColumn, kind: ValueKind
) -> tuple[float, float, float, bool, int]:
    """Smallest and largest number or day, its correlation with the rows, whether all are whole, and
    how many there are.
    """
    if kind == "text":
        return 0.0, 0.0, 0.0, False, 0
    value = reader.attribute(column, kind)
    low, high, slope, whole, n = store.connection.execute(
        "SELECT min(v), max(v), corr(v, n), bool_and(v = trunc(v)), count(v) FROM (SELECT"
        f" {value} AS v, file * 1e9 + row AS n FROM {raw.relation})"
    ).fetchone() or (None, None, None, None, 0)
    return float(low or 0), float(high or 0), _finite(slope), bool(whole), int(n)


def _finite(slope: float | None) -> float:
    """A correlation; 0 where there is none, as of a constant."""
    return 0.0 if slope is None or math.isnan(slope) else float(slope)


def _look(store: Store, raw: RawTable, text: str) -> Look:
    """What most values of a column look like, by some hundred of them."""
    fits = ", ".join(
        f"avg(CAST(regexp_full_match(v, {quote_literal(sign)}) AS INTEGER))"
        for sign in _LOOKS.values()
    )
    row = store.connection.execute(
        f"SELECT {fits}, avg(CAST(regexp_matches(v, '[0-9]') AND regexp_matches(v, '[A-Z]') AS"
        f" INTEGER)) FROM (SELECT DISTINCT {text} AS v FROM {raw.relation} WHERE {text} IS NOT NULL"
        " ORDER BY hash(v), v LIMIT 500)"
    ).fetchone() or (0,) * (len(_LOOKS) + 1)
    shares = {
        look: (share or 0) * ((row[-1] or 0) if look == "Salesforce id" else 1)
        for look, share in zip(_LOOKS, row[:-1], strict=True)
    }
    return next((look for look, share in shares.items() if share >= _MOST), "words")


def values_of(store: Store, table: TableProfile, column: ColumnProfile) -> list[str]:
    """The different values of a column, most frequent first; at most two hundred."""
    text = Reader(MISSING_VALUES, "UTC").text(table.raw_column(column))
    rows = store.connection.execute(
        f"SELECT v FROM (SELECT {text} AS v FROM {table.raw.relation}) WHERE v IS NOT NULL "
        f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {_MOST_VALUES}"
    ).fetchall()
    return [value for (value,) in rows]
