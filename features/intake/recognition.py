"""How the columns of a table are written, found from all of their values.

What a file shows decides; what it does not show is asked, never guessed. A model's own writing
counts where tonight's file shows nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import duckdb

from features.date_pattern import date_style
from features.intake import date_order, number_signs
from features.intake.formats import dates, numbers, truths
from features.intake.inference import FEWEST_READ, UNREADABLE_SHARE, Readable
from features.intake.quarantine import named_rows
from features.intake.question import Question
from features.intake.raw_table import RawTable
from features.intake.values import RawColumn, Reader
from features.intake_report import Reading
from features.kinds import ValueKind
from features.settings import ColumnFormat, Decimal, Source
from features.sql import quote_identifier, quote_list
from features.writing import PLAIN, Writing

#: What a column is read for: ``any`` is whatever it holds, ``time`` is a moment that the
#: configuration names, the others are kinds that are known.
Want = Literal["any", "number", "date", "time", "text"]

#: Years of facts; others are sentinels or damage.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
#: Fewer values such as 1.200 do not raise the question whether they mean 1200.
_FEWEST_DOUBTFUL = 3
#: What people write into a column of numbers, or dates, where there is none.
_DASHES = ("-", "--", "---", "–", "—", "―", "ー", "－")
#: Shapes of a column that are looked at, the most frequent first; free text has more.
_SHAPES = 2_000
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_SHOWN, _LONGEST = 3, 20
#: Different values of a column up to which letters behind digits are codes and no unit.
_FEW_CODES = 30


@dataclass
class _Examined:
    """A column under examination.

    Attributes:
        raw: Column as it is read so far.
        want: What it is read for.
        own: What the configuration says of this column.
        said: The same, with what it says of the table.
        frozen: How it was written in training.
        counts: Values that read as they are.
        dashes: Values that are a dash, which in a column of numbers or dates is none.
        doubtful: Whether plain numbers may be thousands: 1.200, 3.400.
        digits: Values with a digit.
        longest: Characters of the longest value.
        note: What is to be said of it.
        asked: Whether a question about it is already put.
    """

    raw: RawColumn
    want: Want
    own: ColumnFormat
    said: ColumnFormat
    frozen: Writing | None
    counts: Readable = field(default_factory=Readable)
    dashes: int = 0
    doubtful: bool = False
    digits: int = 0
    longest: int = 0
    note: str = ""
    asked: bool = False

    @property
    def kind(self) -> ValueKind | None:
        """What the configuration or the model says it holds; None where the values decide."""
        if self.own.kind or self.own.format:
            return self.own.kind or "date"
        match self.want:
            case "any":
                return None
            case "time":
                return "date"
            case kind:
                return kind

    def may_be(self, kind: ValueKind) -> bool:
        """Whether it may hold numbers, or dates."""
        return bool(self.counts.present) and self.kind in (None, kind)


def recognised(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    reader: Reader,
    *,
    wanted: Mapping[str, Want],
    source: Source,
    frozen: Mapping[str, Writing],
    questions: list[Question],
) -> RawTable:
    """The table with its columns' writing, and with what was found about each of them.

    Args:
        connection: To DuckDB.
        raw: The table, cleaned.
        reader: Reads its cells.
        wanted: Column name to what it is read for; others stay as they are.
        source: What the configuration says.
        frozen: Column name to how it was written when the model was trained.
        questions: What has to be asked is added to it.
    """
    columns = [
        _Examined(
            replace(found, is_said_date=source.formats.get(name, ColumnFormat()).kind == "date"),
            want,
            source.formats.get(name, ColumnFormat()),
            source.format_of(name),
            frozen.get(name),
        )
        for name, want in wanted.items()
        if (found := raw.column(name)) is not None
    ]
    look = _Passes(connection, raw, reader, questions)
    look.at_plain_values(columns)
    look.at_numbers(columns)
    look.at_times(columns)
    look.at_words(columns)
    return look.result(columns)


@dataclass
class _Passes:
    """The passes over one table."""

    connection: duckdb.DuckDBPyConnection
    table: RawTable
    reader: Reader
    questions: list[Question]
    _copies: int = 0
    _shapes: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    # --- what is plain
    # ----------------------------------------------------------------------------------------------

    def at_plain_values(self, columns: Sequence[_Examined]) -> None:
        """One pass: how many values read as they are. Most columns need no other."""
        for column in columns:
            column.counts = _of_type(column.raw)
        texts = [column for column in columns if column.raw.family == "text"]
        parts = [part for column in texts for part in self._plain_counts(column)]
        if not texts:
            return
        row = self._row(f"SELECT {', '.join(parts)} FROM {self.table.relation}")
        width = len(parts) // len(texts)
        for i, column in enumerate(texts):
            present, dashes, number, date, points, tails, digits, longest = row[
                width * i : width * (i + 1)
            ]
            column.dashes = dashes if dashes < present else 0
            column.counts = Readable(present - column.dashes, number, date)
            column.doubtful = points == tails >= _FEWEST_DOUBTFUL
            column.digits, column.longest = digits, longest or 0

    def _plain_counts(self, column: _Examined) -> Iterator[str]:
        c, reader = column.raw.internal, self.reader
        number, moment = reader.number(column.raw), reader.moment(column.raw)
        yield f"count({c})"
        yield f"count(*) FILTER (WHERE {c} IN {quote_list(_DASHES)})"
        if column.kind in (None, "number"):
            yield f"count({number})"
            # All plain dates begin with a year of four digits.
            first = f"{c} < ':' AND {c}[5] IN ('-', '/', '.', '年') AND {number} IS NULL"
            yield "0" if column.kind else f"count(CASE WHEN {first} THEN {moment} END)"
            yield f"count(*) FILTER (WHERE contains({c}, '.'))"
            yield f"count(*) FILTER (WHERE {c}[-4] = '.')"
        else:
            # What begins like 2024- or 2024/ needs no second look: if it is no time, it is said.
            standard = f"{c} > '19' AND {c} < '22' AND {c}[5] IN ('-', '/')"
            yield "0"
            yield f"count(*) FILTER (WHERE {standard})" if column.kind == "date" else "0"
            yield from ("0", "0")
        digit = f"regexp_matches({c}, '[0-9０-９]')"
        yield "0" if column.kind == "text" else f"count(*) FILTER (WHERE {digit})"
        yield f"max(length({c}))"

    # --- numbers
    # ----------------------------------------------------------------------------------------------

    def at_numbers(self, columns: Sequence[_Examined]) -> None:
        """Find the decimal signs; columns that prove theirs speak for those that do not."""
        asked = [column for column in columns if self._needs_sign(column)]
        relation = self.table.relation
        found = [number_signs.signs(self.connection, relation, c.raw.internal) for c in asked]
        proven = {signs.proven for signs in found} - {None}
        beside = next(iter(proven)) if len(proven) == 1 else None
        for column, signs in zip(asked, found, strict=True):
            self._use_sign(column, signs, beside)
        written = [column for column in asked if column.raw.writing.decimal]
        self._parse(written, "number")
        for column in written:
            if self._read(column, "number") < FEWEST_READ and column.kind is None:
                column.raw, column.note = replace(column.raw, writing=PLAIN, parsed=None), ""

    def _parse(self, columns: Sequence[_Examined], kind: ValueKind) -> None:
        """Keep what the values of written columns read as: reading them anew costs much."""
        if not columns:
            return
        old, self._copies = self._copies, self._copies + 1
        relation = quote_identifier(f"written_{self.table.name}_{self._copies}")
        read = self.reader.number if kind == "number" else self.reader.moment
        parsed = {column.raw.name: f"{column.raw.internal}_{self._copies}" for column in columns}
        cells = ", ".join(f"{read(c.raw)} AS {parsed[c.raw.name]}" for c in columns)
        self.connection.execute(
            f"CREATE TEMP TABLE {relation} AS SELECT *, {cells} FROM {self.table.relation}"
        )
        if old:
            self.connection.execute(f"DROP TABLE {self.table.relation}")
        self.table = replace(self.table, relation=relation)
        for column in columns:
            column.raw = replace(column.raw, parsed=parsed[column.raw.name])

    def _needs_sign(self, column: _Examined) -> bool:
        counts = column.counts
        if column.raw.family != "text" or not column.may_be("number"):
            return False
        if counts.numbers == counts.present:
            comma = column.said.decimal == "," or column.said.thousands not in (None, ",")
            return column.doubtful or comma
        if column.kind == "number":
            return True
        if column.digits < FEWEST_READ * counts.present or counts.dates > counts.numbers:
            return False
        return self._looks(column.raw, numbers.looks_like_number) >= FEWEST_READ * counts.present

    def _looks(self, column: RawColumn, like: Any) -> int:  # noqa: ANN401 — a test of a text
        """How many values have a shape of which one value passes a test."""
        return sum(n for sample, n in self._samples(column) if like(sample))

    def _samples(self, column: RawColumn) -> list[tuple[str, int]]:
        """A value of every shape (1,200 has that of 3,400), and how many have it."""
        if column.name in self._shapes:
            return self._shapes[column.name]
        shape = f"translate({column.internal}, '012345678０１２３４５６７８９', '{'9' * 19}')"
        self._shapes[column.name] = self.connection.execute(
            f"SELECT min({column.internal}), count(*) AS n FROM {self.table.relation} WHERE"
            f" {column.internal} IS NOT NULL GROUP BY {shape} ORDER BY n DESC, 1 LIMIT {_SHAPES}"
        ).fetchall()
        return self._shapes[column.name]

    def _use_sign(
        self, column: _Examined, signs: number_signs.Signs, beside: Decimal | None
    ) -> None:
        sign = number_signs.decimal_sign(signs, column.said, column.frozen, beside)
        if sign is None:
            column.asked = True
            self.questions.append(number_signs.question(self.table.name, column.raw.name, signs))
            return
        is_plain = column.counts.numbers == column.counts.present and sign == "."
        if is_plain and column.said.thousands is None:
            return
        writing = Writing(decimal=sign, thousands=column.said.thousands, unit=signs.unit)
        column.note = signs.mixed
        if column.frozen and column.frozen.unit != signs.unit:
            units = " and ".join(repr(unit or "none") for unit in (column.frozen.unit, signs.unit))
            column.note = f"the unit differs from training's: {units}"
        column.raw = replace(column.raw, writing=writing)

    def _read(self, column: _Examined, kind: ValueKind) -> float:
        """Count again what reads as numbers, or dates, now; the share of all values."""
        counts = column.counts
        value = self.reader.attribute(column.raw, kind)
        ((n,),) = self.connection.execute(
            f"SELECT count({value}) FROM {self.table.relation}"
        ).fetchall()
        names = {"number": "numbers", "date": "dates"}
        column.counts = replace(counts, **{names[kind]: n})
        return float(n) / counts.present

    # --- times
    # ----------------------------------------------------------------------------------------------

    def at_times(self, columns: Sequence[_Examined]) -> None:
        """Find how dates are written; columns that prove what comes first speak for the others."""
        found = [(c, self._families(c)) for c in columns if self._needs_style(c)]
        beside = {f.proven for _, families in found for f in families if f.proven}
        for column, families in found:
            self._use_styles(column, families, beside)
        written = [column for column, _ in found if column.raw.writing.dates]
        self._parse(written, "date")
        for column in written:
            self._read(column, "date")

    def _needs_style(self, column: _Examined) -> bool:
        counts = column.counts
        if not column.may_be("date") or column.raw.writing != PLAIN or column.asked:
            return False
        if column.raw.family == "number":
            return column.kind == "date"
        if column.raw.family != "text" or counts.dates == counts.present:
            return column.raw.family == "text" and column.own.format is not None
        if column.kind == "date":
            return True
        return (
            counts.numbers < FEWEST_READ * counts.present
            and column.digits >= FEWEST_READ * counts.present
        )

    def _families(self, column: _Examined) -> list[date_order.Family]:
        styles = set(dates.NUMBERS)
        if column.raw.family == "text":
            samples = [sample for sample, _ in self._samples(column.raw)]
            if column.kind != "date" or not any(map(_NUMBER.fullmatch, samples)):
                styles = set()
            styles |= {
                name for name, style in dates.STYLES.items() if any(map(style.matches, samples))
            }
        if column.said.format:
            styles.add(date_style(column.said.format))
        relation = self.table.relation
        found = date_order.families(
            self.connection, relation, column.raw, self.reader, sorted(styles)
        )
        return sorted(found, key=lambda family: -family.total)

    def _use_styles(
        self, column: _Examined, families: Sequence[date_order.Family], beside: set[str]
    ) -> None:
        said = date_style(column.said.format) if column.said.format else None
        frozen = column.frozen.dates if column.frozen else ()
        total = column.counts.dates + sum(family.total for family in families)
        if column.kind is None and total < FEWEST_READ * column.counts.present:
            return
        chosen: list[str] = []
        for family in families:
            way = family.chosen(said, frozen, beside)
            if way is None:
                column.asked = True
                name = self.table.name
                self.questions.append(date_order.question(name, column.raw.name, family))
                return
            chosen.append(way)
        if not chosen:
            return
        column.raw = replace(column.raw, writing=Writing(dates=tuple(chosen)))
        if len(chosen) > 1:
            counts = (f"{f.reads[way]:,} {way}" for f, way in zip(families, chosen, strict=True))
            column.note = f"mixed: {', '.join(counts)}"

    # --- yes and no
    # ----------------------------------------------------------------------------------------------

    def at_words(self, columns: Sequence[_Examined]) -> None:
        """Find the columns of yes and no, and how they spell them."""
        for column in columns:
            if column.kind == "date" or column.asked or not column.counts.present:
                continue
            words = self._words(column)
            spelled = truths.spelling(words)
            frozen = column.frozen.truth if column.frozen else ()
            if column.kind == "number" and spelled:
                column.raw = replace(column.raw, writing=PLAIN, parsed=None, words=tuple(words))
            elif column.kind != "number" and (frozen or spelled):
                truth = frozen or spelled or ()
                column.raw = replace(column.raw, writing=Writing(truth=truth), words=tuple(words))

    def _words(self, column: _Examined) -> dict[str, int]:
        """The different values and their counts, where they may be words for yes and no."""
        is_text = column.raw.family == "text"
        frozen = bool(column.frozen and column.frozen.truth)
        many = column.counts.kind != "text" or column.longest > truths.LONGEST
        if not frozen and (not is_text or many):
            return {}
        text = self.reader.text(column.raw)
        rows = self.connection.execute(
            f"SELECT {text} AS v, count(*) AS n FROM {self.table.relation} WHERE {text} IS NOT NULL"
            f" GROUP BY v ORDER BY n DESC, v LIMIT {truths.MOST + 1}"
        ).fetchall()
        return dict(rows) if frozen or len(rows) <= truths.MOST else {}

    # --- what is said of it
    # ----------------------------------------------------------------------------------------------

    def result(self, columns: Sequence[_Examined]) -> RawTable:
        """The table, its columns as they are read, with the counts and what is said of them."""
        by_name = {column.raw.name: column for column in columns}
        for column in columns:
            if column.kind is None and not column.asked:
                self._ask_kind(column)
            elif column.want == "time" and column.raw.family == "text" and not column.asked:
                self._ask_format(column)
        kinds = {name: self._kind(column) for name, column in by_name.items()}
        return replace(
            self.table,
            columns=tuple(
                by_name[column.name].raw if column.name in by_name else column
                for column in self.table.columns
            ),
            counts={name: column.counts for name, column in by_name.items()},
            kinds=kinds,
            readings=tuple(self._reading(c, kinds[name]) for name, c in by_name.items()),
        )

    def _kind(self, column: _Examined) -> ValueKind:
        return column.kind or ("text" if column.raw.writing.truth else column.counts.kind)

    def _ask_kind(self, column: _Examined) -> None:
        """Let the user decide about a column that is mostly numbers, or dates, but not enough."""
        may_be, counts = column.counts.undecided, column.counts
        if may_be is None or column.raw.writing.truth:
            return
        if may_be == "number" and self._are_codes(column):
            column.note = "codes, some of them digits alone: words"
            return
        where, examples, lost = self._lost(column, may_be)
        why = (
            f"{lost:,} of {counts.present:,} values are no {may_be} ({where}"
            f"{_such_as(examples)}), more than {UNREADABLE_SHARE:.0%}"
        )
        choices = ((may_be, "they are missing"), ("text", "all values are words"))
        self.questions.append(Question(self.table.name, column.raw.name, why, choices))

    def _are_codes(self, column: _Examined) -> bool:
        """Whether what is no number is a code such as 204A: letters and digits, of several forms of
        letters or of few different values in all. Numbers with a unit (12kg) are none.
        """
        c, relation = column.raw.internal, self.table.relation
        bad = f"{c} IS NOT NULL AND {self.reader.attribute(column.raw, 'number')} IS NULL"
        code = f"regexp_full_match({c}, '[A-Za-z0-9._/-]*') AND regexp_matches({c}, '[0-9]')"
        is_all, letters, values = self._row(
            f"SELECT bool_and({code}), count(DISTINCT regexp_replace({c}, '[0-9._/-]', '', 'g')),"
            f" (SELECT count(DISTINCT {c}) FROM {relation}) FROM {relation} WHERE {bad}"
        )
        return bool(is_all) and (letters > 1 or values <= _FEW_CODES)

    def _ask_format(self, column: _Examined) -> None:
        """Ask how times are written of which most cannot be read."""
        present = column.counts.present
        if column.counts.dates >= FEWEST_READ * present or not column.digits:
            return
        if self._read(column, "date") >= FEWEST_READ:
            return
        where, examples, lost = self._lost(column, "date")
        shown = [example for example in examples if any(map(str.isdigit, example))]
        if all(map(_is_beyond, shown)):  # "9999-12-31" is written well, and is no time
            return
        why = f"{lost:,} of {present:,} values cannot be read as a time ({where}{_such_as(shown)})"
        choices = (("dd.mm.yyyy HH:MM", "for example"), ("%d.%m.%Y %H:%M", "the same"))
        self.questions.append(Question(self.table.name, column.raw.name, why, choices))

    def _reading(self, column: _Examined, kind: ValueKind) -> Reading:
        writing = column.raw.writing
        written = ", ".join(writing.dates)
        if writing.truth:
            other = set(column.raw.words) - set(writing.truth)
            written = "/".join(writing.truth) if other else ""
            return Reading(self.table.name, column.raw.name, "yes or no", written)
        if writing.decimal and kind == "number":
            written = self._sample(column)
        name, note = self.table.name, column.note
        if kind == "text" or column.raw.family != "text":
            return Reading(name, column.raw.name, kind, written, note=note)
        if column.dashes:
            said = f"{column.dashes:,} cells hold a dash: missing"
            note = f"{note}; {said}" if note else said
        read = column.counts.numbers if kind == "number" else column.counts.dates
        if read == column.counts.present or column.want == "time":
            return Reading(name, column.raw.name, kind, written, note=note)
        where, examples, lost = self._lost(column, kind)
        return Reading(name, column.raw.name, kind, written, lost, where, examples, note)

    def _sample(self, column: _Examined) -> str:
        """A number that shows how the column is written: one that is not plain."""
        value, c = self.reader.number(column.raw), column.raw.internal
        row = self._row(
            f"SELECT min({c}) FROM {self.table.relation} WHERE {value} IS NOT NULL AND"
            f" TRY_CAST({c} AS DOUBLE) IS DISTINCT FROM {value}"
        )
        return str(row[0] or "")

    def _lost(self, column: _Examined, kind: ValueKind) -> tuple[str, tuple[str, ...], int]:
        """Rows and contents of values that are no number, or no date; nothing that is long."""
        c = column.raw.internal
        bad = (
            f"{c} IS NOT NULL AND {c} NOT IN {quote_list(_DASHES)}"
            f" AND {self.reader.attribute(column.raw, kind)} IS NULL"
        )
        relation = self.table.relation
        rows = self.connection.execute(
            f"SELECT file, row FROM {relation} WHERE {bad} ORDER BY file, row LIMIT 6"
        ).fetchall()
        values = self.connection.execute(
            f"SELECT v, n, sum(n) OVER () FROM (SELECT CAST({c} AS VARCHAR) AS v, count(*) AS n"
            f" FROM {relation} WHERE {bad} GROUP BY v) ORDER BY n DESC, v LIMIT {_SHOWN}"
        ).fetchall()
        lost = int(values[0][2]) if values else 0
        short = tuple(value for value, _, _ in values if len(value) <= _LONGEST)
        return (named_rows(self.table, rows) if rows else ""), short, lost

    def _row(self, sql: str) -> tuple[Any, ...]:
        return self.connection.execute(sql).fetchone() or ()


def _is_beyond(example: str) -> bool:
    """Whether a text is a date of a year in which nothing happened: a sentinel."""
    try:
        return not _FIRST_YEAR <= date.fromisoformat(example[:10]).year < _LAST_YEAR
    except ValueError:
        return False


def _such_as(examples: Sequence[str]) -> str:
    return f", such as {', '.join(map(repr, examples))}" if examples else ""


def _of_type(column: RawColumn) -> Readable:
    """The counts of a column that the source types: one value stands for all."""
    match column.family:
        case "number":
            return Readable(1, 1, 0)
        case "moment" | "local":
            return Readable(1, 0, 1)
        case _:
            return Readable(1, 0, 0)
