"""What came in: rows read, kept and quarantined, and everything worth a sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class TableCounts:
    """Rows of one source table.

    Attributes:
        read: Rows in the source, malformed lines included.
        kept: Rows that are in the store.
        quarantined: Reason to rows that are not.
    """

    read: int
    kept: int
    quarantined: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class IntakeReport:
    """The intake in counts; no personal data.

    Attributes:
        tables: Table name to its counts.
        warnings: One sentence each.
        drift: Differences to what a model was trained on, one line each, starting with ``+``, ``-``
            or ``~``.
        files: Quarantine files that were written.
    """

    tables: Mapping[str, TableCounts] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    def lines(self) -> Iterator[str]:
        """The report for people, a line at a time."""
        for name, counts in self.tables.items():
            yield f"{name}: {counts.read:,} rows read, {counts.kept:,} kept"
            for reason, rows in counts.quarantined.items():
                yield f"  quarantined: {rows:,} rows: {reason}"
        yield from (f"warning: {warning}" for warning in self.warnings)
        yield from self.drift
