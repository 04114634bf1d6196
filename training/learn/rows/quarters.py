"""Quarters of the history: equal stretches of local days, counted back from the newest mature
as-of.

A flat table has no days that mean anything to a salesperson's quarter: there, blocks of equally
many rows in their order of time stand for quarters.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.days import date_of
from propensity.config.sections import BacktestSettings
from training.learn.rows.snapshots import LabelledRows


@dataclass(frozen=True)
class Quarter:
    """A stretch of the history.

    Attributes:
        name: Its first day, or the places of its rows in their order of time.
        start: Value of ``LabelledRows.time`` at which it starts, inclusive.
        end: Exclusive.
    """

    name: str
    start: int
    end: int

    def of(self, rows: LabelledRows) -> NDArray[np.bool_]:
        """(n,) mask of the rows in it."""
        inside: NDArray[np.bool_] = (rows.time >= self.start) & (rows.time < self.end)
        return inside


def quarters_of(
    rows: LabelledRows, settings: BacktestSettings, *, flat: bool
) -> tuple[Quarter, ...]:
    """The quarters of mature rows, the oldest first; none where the rows have no time.

    Args:
        rows: Mature rows.
        settings: How long a quarter is, or how many blocks there are.
        flat: Whether the rows are of a flat table.
    """
    if not len(rows) or rows.time.min() == rows.time.max():
        return ()
    return _blocks(rows.time, settings.blocks) if flat else _days(rows.time, settings.every_days)


def _days(time: NDArray[np.int64], every: int) -> tuple[Quarter, ...]:
    """Quarters of equal length; the oldest may have begun before the first row."""
    end, first = int(time.max()) + 1, int(time.min())
    starts = list(range(end - every, first - every, -every))[::-1]
    return tuple(Quarter(str(date_of(start)), start, start + every) for start in starts)


def _blocks(time: NDArray[np.int64], count: int) -> tuple[Quarter, ...]:
    """Quarters of about equally many rows; rows of one moment stay together."""
    ordered = np.sort(time)
    borders = np.unique(ordered[(np.arange(1, count) * len(ordered)) // count])
    starts = [int(ordered[0]), *(int(border) for border in borders if border > ordered[0])]
    ends = [*starts[1:], int(ordered[-1]) + 1]
    first = np.searchsorted(ordered, starts) + 1
    last = np.searchsorted(ordered, ends)
    names = [f"{low:,}-{high:,}" for low, high in zip(first.tolist(), last.tolist(), strict=True)]
    return tuple(Quarter(*quarter) for quarter in zip(names, starts, ends, strict=True))
