"""What came in: rows read, kept and quarantined, and everything worth a sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Matched:
    """How many rows of a table found their lead; of a joined table, how many leads found their row.

    Attributes:
        rows: Rows that name a lead.
        rows_found: Rows that found it.
        ids: Different ids in them.
        ids_found: Different ids that are a lead's.
        rule: How they were compared, for people; empty where they were taken as they are.
        is_joined: Whether leads look for rows, and not rows for leads.
    """

    rows: int
    rows_found: int
    ids: int
    ids_found: int
    rule: str = ""
    is_joined: bool = False

    @property
    def sentence(self) -> str:
        """How many found their partner, for people.

        >>> Matched(1200, 1100, 30, 29, "salesforce").sentence
        '1,100 of 1,200 rows found their lead, 29 of 30 ids (`join: salesforce`)'
        """
        rule = f" (`join: {self.rule}`)" if self.rule else ""
        if self.is_joined:
            return (
                f"{self.rows_found:,} of {self.rows:,} leads found their row, {self.ids_found:,} of"
                f" {self.ids:,} rows their lead{rule}"
            )
        return (
            f"{self.rows_found:,} of {self.rows:,} rows found their lead, {self.ids_found:,} of"
            f" {self.ids:,} ids{rule}"
        )

    @property
    def is_notable(self) -> bool:
        """Whether anything is to be said of it."""
        return bool(self.rule) or self.is_joined or self.rows_found < self.rows


@dataclass(frozen=True)
class TableCounts:
    """Rows of one source table.

    Attributes:
        read: Rows in the source, malformed lines included.
        kept: Rows that are in the store.
        quarantined: Reason to rows that are not.
        wins_lost: Wins that are gone because rows of this table cannot be used.
        files: What people call its first file.
        matched: How many rows found their lead; None where that means nothing.
    """

    read: int
    kept: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    wins_lost: int = 0
    files: str = ""
    matched: Matched | None = None


@dataclass(frozen=True)
class Reading:
    """How one column was read.

    Attributes:
        table: Name of the table in the configuration.
        column: Name of the column in the source.
        kind: ``number``, ``date``, ``text`` or ``yes or no``.
        written: How its values are written, for people: ``1,200`` or ``dd.mm.yyyy``; empty where
            they are plain.
        lost: Cells that cannot be read, and are missing.
        where: The first of their rows.
        examples: Some of what they hold.
        note: What else is to be said.
    """

    table: str
    column: str
    kind: str
    written: str = ""
    lost: int = 0
    where: str = ""
    examples: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_notable(self) -> bool:
        """Whether anything is to be said of it."""
        return bool(self.written or self.lost or self.note)

    @property
    def shown(self) -> str:
        """Where the lost cells are, and what some of them hold."""
        examples = f", such as {', '.join(map(repr, self.examples))}" if self.examples else ""
        return f"{self.where}{examples}"

    @property
    def sentence(self) -> str:
        """The reading for people, without the name of the table.

        >>> Reading("leads", "size", "number", "1,200", 1, "row 5", ("n.d.",)).sentence
        "size: number, written 1,200; 1 cell cannot be read (row 5, such as 'n.d.')"
        """
        said = f"{self.column}: {self.kind}"
        if self.written:
            said += f", written {self.written}"
        if self.lost:
            cells = "cell" if self.lost == 1 else "cells"
            said += f"; {self.lost:,} {cells} cannot be read ({self.shown})"
        return f"{said}; {self.note}" if self.note else said


@dataclass(frozen=True)
class IntakeReport:
    """The intake in counts; no personal data.

    Attributes:
        tables: Table name to its counts.
        warnings: One sentence each.
        drift: Differences to what a model was trained on, one line each, starting with ``+``, ``-``
            or ``~``.
        files: Quarantine files that were written.
        sources: Table name to what was found about its files: encoding, delimiter, lines above the
            header.
        readings: How columns were read.
        wins: Wins that the sources tell of, before anything was left out; copies count once.
        wins_lost: Wins among them that no lead in the store has.
    """

    tables: Mapping[str, TableCounts] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    wins: int = 0
    wins_lost: int = 0

    def notable(self, table: str) -> Iterator[str]:
        """How the files and columns of a table were read, and which rows found their lead, where
        that is not the plain way.
        """
        yield from self.sources.get(table, ())
        counts = self.tables.get(table)
        if counts is not None and counts.matched is not None and counts.matched.is_notable:
            file = f"{counts.files}: " if counts.files else ""
            yield f"{file}{counts.matched.sentence}"
        yield from (
            reading.sentence
            for reading in self.readings
            if reading.table == table and reading.is_notable
        )

    def lines(self) -> Iterator[str]:
        """The report for people, a line at a time."""
        for name, counts in self.tables.items():
            file = f" ({counts.files})" if counts.files else ""
            yield f"{name}{file}: {counts.read:,} rows read, {counts.kept:,} kept"
            for reason, rows in counts.quarantined.items():
                yield f"  quarantined: {rows:,} rows: {reason}"
            if counts.wins_lost:
                left_out = sum(counts.quarantined.values())
                yield (
                    f"  left out: {left_out:,} of {counts.read:,} rows, and with them"
                    f" {counts.wins_lost:,} of {self.wins:,} wins"
                )
            yield from (f"  read: {line}" for line in self.notable(name))
        yield from (f"warning: {warning}" for warning in self.warnings)
        yield from self.drift
