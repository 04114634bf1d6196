"""What every step of an intake needs and adds to: the store, the reader, and everything found
wrong.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from features.event_filter import EventFilter
from features.intake.quarantine import Quarantine, named_rows
from features.intake.raw_table import RawTable
from features.intake.spellings import spellings
from features.intake.values import RawColumn, Reader
from features.intake_report import TableCounts
from features.kinds import ValueKind
from features.settings import ColumnSettings
from features.sql import quote_literal
from features.store import Store

Purpose = Literal["train", "score"]

#: Beyond this share of rows that are bad in the same way, the table is wrong, not its rows.
BAD_SHARE = 0.5
_LONGEST_NAME = 60
#: What a cell of a lead looks like and the name of a column does not: an address, number, date.
_VALUE = re.compile(r"\S@\S+\.\S|^[-+]?[\d.,\s]+$|^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|^https?://")


@dataclass
class Intake:
    """One intake under way.

    Attributes:
        store: Being filled.
        reader: Reads raw cells.
        columns: Configured lead columns.
        purpose: Training or scoring.
        kinds: Column name to kind, from the model; empty when they are to be found.
        quarantine: The bad rows.
        only_open: Whether rows of a flat table whose outcome is known are left out.
        filters: Events of machines, which are left out.
        machines: Event type to how many were left out by their program.
        changed: Names of the attributes that have a history.
        problems: Sentences for one DataError at the end.
        warnings: Sentences for the report.
        drift: Lines for the report.
        counts: Table name to its counts.
        case_matters: Whether texts that differ in upper and lower case alone are two.
        outcomes_in_leads: Whether the outcomes stand in the file of the leads.
        several: Names of the tables that are one of several of their kind.
    """

    store: Store
    reader: Reader
    columns: ColumnSettings
    purpose: Purpose
    kinds: Mapping[str, ValueKind]
    quarantine: Quarantine
    only_open: bool = False
    filters: tuple[EventFilter, ...] = ()
    machines: dict[str, int] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    counts: dict[str, TableCounts] = field(default_factory=dict)
    case_matters: bool = False
    outcomes_in_leads: bool = False
    several: Collection[str] = ()

    def run(self, sql: str) -> None:
        """Run a statement."""
        self.store.connection.execute(sql)

    def row(self, sql: str) -> tuple[object, ...]:
        """The first row of a query."""
        return self.store.connection.execute(sql).fetchone() or ()

    def number(self, sql: str) -> int:
        """The integer that a query yields; 0 for NULL."""
        found = self.store.connection.execute(sql).fetchone()
        return int(found[0]) if found and found[0] is not None else 0

    def required(self, raw: RawTable, names: Mapping[str, str | None]) -> dict[str, RawColumn]:
        """Key to column, for those that exist; a required column that does not is a problem."""
        found = {key: raw.column(name) for key, name in names.items() if name is not None}
        for key, column in found.items():
            if column is None:
                self.problems.append(
                    f"{raw.name}: no column {names[key]!r}"
                    f" ({_called(key)}){nearest(raw, names[key])}"
                )
        return {key: column for key, column in found.items() if column is not None}

    def optional(self, raw: RawTable, names: Mapping[str, str | None]) -> dict[str, RawColumn]:
        """Key to column, for those that exist; one that does not is drift in scoring, a problem in
        training.
        """
        if self.purpose == "train":
            return self.required(raw, names)
        found = {key: raw.column(name) for key, name in names.items() if name is not None}
        for key, column in found.items():
            if column is None:
                self.drift.append(
                    f"- {raw.name}: column {names[key]!r} ({_called(key)}) is absent: taken as"
                    " missing"
                )
        return {key: column for key, column in found.items() if column is not None}

    def check_times(
        self, raw: RawTable, columns: Iterable[RawColumn | None], *, timezone: str | None
    ) -> None:
        """Refuse columns of times that are none by their type, and times without offset when no
        zone is given.
        """
        for column in columns:
            if column is None:
                continue
            if column.family in ("number", "bool", "other") and not column.writing.dates:
                self.problems.append(
                    f"{raw.name}: column {column.name!r} holds {column.type}; "
                    "expected times such as 2024-05-31T09:00:00+09:00"
                )
            elif timezone is None and (
                rows := self._first(raw, self.reader.without_offset(column))
            ):
                self.problems.append(
                    f"{raw.name}: column {column.name!r} holds times without offset ({rows}); "
                    "set `input.timezone`, such as Asia/Tokyo, to say which zone they are in"
                )
            if rows := self._first(raw, self.reader.names_zone(column)):
                self.problems.append(
                    f"{raw.name}: column {column.name!r} names a time zone by letters, such as BST"
                    f" or EST ({rows}); the same letters mean several zones: write an offset"
                    " (+01:00), or leave them out and set `input.timezone`"
                )

    def check_filled(self, raw: RawTable) -> bool:
        """Whether the table has rows; none is a problem, except where scoring can do without."""
        if raw.rows:
            return True
        self.counts[raw.name] = TableCounts(
            raw.malformed_rows, 0, self.quarantine.reasons(raw), files=self._file(raw)
        )
        sentence = f"{raw.name}: {', '.join(raw.files[:3])} has no rows"
        if raw.parts:
            self.warnings.append(f"{raw.name}: no column of `wide` holds a date")
        elif raw.malformed_rows:
            self.problems.append(
                f"{sentence} that can be read, and {raw.malformed_rows:,} malformed lines"
            )
        elif (
            self.purpose == "train" and raw.name != "statuses"  # nobody may have said anything yet
        ) or raw.name in ("leads", "flat"):
            self.problems.append(sentence)
        else:
            self.warnings.append(sentence)
        return False

    def count(self, raw: RawTable, *, kept: int, tolerated: Sequence[str] = ()) -> None:
        """Take down a table's counts, and refuse it when most of its rows are bad in one way.

        Args:
            raw: The table.
            kept: Rows in the store.
            tolerated: Reasons that may hold for any number of rows.
        """
        reasons = self.quarantine.reasons(raw)
        read = raw.rows + raw.malformed_rows
        self.counts[raw.name] = TableCounts(
            read, kept, reasons, files=self._file(raw), matched=raw.matched
        )
        for reason, rows in reasons.items():
            if rows > BAD_SHARE * read and reason not in tolerated:
                first = (
                    ""
                    if reason.startswith("malformed")
                    else f" ({self.quarantine.first_rows(raw, reason)})"
                )
                self.problems.append(
                    f"{raw.name}: {rows:,} of {read:,} rows cannot be used: {reason}{first}"
                )

    def _file(self, raw: RawTable) -> str:
        """What people call the file of a table that is one of several; else empty."""
        return raw.files[0] if raw.name in self.several else ""

    def spelled(self, raw: RawTable, column: RawColumn, values: Sequence[str]) -> tuple[str, ...]:
        """The texts of a column that mean one of the values."""
        text = self.reader.text(column)
        connection = self.store.connection
        return spellings(connection, raw.relation, text, values, case_matters=self.case_matters)

    def _first(self, raw: RawTable, condition: str) -> str:
        rows = self.store.connection.execute(
            f"SELECT file, row FROM {raw.relation} WHERE {condition} ORDER BY file, row LIMIT 6"
        ).fetchall()
        return named_rows(raw, rows) if rows else ""


def nearest(raw: RawTable, name: str | None) -> str:
    """The end of a sentence about a column that is absent: the nearest names, or those there
    are.
    """
    names = [column.name for column in raw.columns]
    near = difflib.get_close_matches(name or "", names, n=3, cutoff=0.6)
    folded = [
        other for other in names if other.casefold().strip() == (name or "").casefold().strip()
    ]
    alike = list(dict.fromkeys([*folded, *near]))
    if alike:
        return f"; did you mean {' or '.join(_short(other) for other in alike)}?"
    if len(names) == 1 and (other := next((c for c in ";\t|," if c in names[0]), None)):
        return f"; the header is one cell: is `delimiter: {other!r}`?"
    if any(_VALUE.search(other.strip()) for other in names):
        return (
            f"; of the {len(names)} cells in its first line, which no error prints, some are values"
            " and no names: is the header missing?"
        )
    return f"; there are {listed(names, 12)}"


def listed(names: Sequence[str], most: int) -> str:
    """Names for people: not too many, and none too long (a quote that never closes makes a name of
    the whole file).
    """
    return ", ".join(map(_short, names[:most])) + (", …" if len(names) > most else "")


def _short(name: str) -> str:
    return repr(name) if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]!r}…"


def _called(key: str) -> str:
    """A column's key as the configuration calls it."""
    return f"`{key}`" if key.startswith(("stages.", "wide.")) else f"`columns.{key}`"


def case(conditions: Mapping[str, str]) -> str:
    """The first reason (key) whose condition (value) holds, as SQL; NULL for none."""
    if not conditions:
        return "NULL"
    return (
        "CASE "
        + " ".join(f"WHEN {sql} THEN {quote_literal(reason)}" for reason, sql in conditions.items())
        + " END"
    )


def good(conditions: Mapping[str, str]) -> str:
    """SQL that none of the conditions holds."""
    return " AND ".join(f"NOT ({sql})" for sql in conditions.values()) or "TRUE"
