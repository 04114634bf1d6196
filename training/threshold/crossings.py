"""First crossings: the row at which a lead's chance reached a line for the first time in a replay.

A lead crosses a line when its chance sets a new record that lies on the line or above, so that the
records of all leads
give the first crossings of all lines at once: a record that rises from below line ``low`` to below
line ``high`` crosses the lines from ``low`` to ``high - 1``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.threshold.nightly_replay import NightlyReplay


@dataclass(frozen=True)
class Crossings:
    """Records of n rows of a replay.

    Attributes:
        lines: (L,) candidate lines, ascending.
        row: (n,) place of the row in the replay.
        low: (n,) first line that is crossed here for the first time.
        high: (n,) the line after the last such one.
        is_new: (n,) whether the lead crosses while the replay counts; else it is over the line when
            counting begins, or was in the run-in before.
    """

    lines: NDArray[np.float64]
    row: NDArray[np.intp]
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    is_new: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    def at(self, line: int) -> NDArray[np.intp]:
        """Rows of the replay at which leads first cross a line."""
        return self.row[self.is_new & (self.low <= line) & (line < self.high)]

    def total(
        self, weight: NDArray[np.float64] | NDArray[np.bool_], *, stock: bool = False
    ) -> NDArray[np.float64]:
        """(L,) sum of a weight over the leads that cross each line.

        Args:
            weight: (n,) weight of each record.
            stock: Whether those over the line before counting began count too.
        """
        counted = np.where(self.is_new | stock, weight, 0.0)
        size = len(self.lines) + 1
        steps = np.bincount(self.low, counted, size) - np.bincount(self.high, counted, size)
        sums: NDArray[np.float64] = np.cumsum(steps)[:-1]
        return sums


def crossings(
    replay: NightlyReplay, chance: NDArray[np.float64], lines: NDArray[np.float64]
) -> Crossings:
    """The first crossings of every line by leads that did not ask to be contacted.

    A lead that asked is handed over whatever its chance: from then on it crosses no line, and is
    counted apart.

    Args:
        replay: The rows.
        chance: (rows,) what is compared with the lines; 0 where something keeps the lead back.
        lines: (L,) ascending, above 0.
    """
    everything = len(lines)
    level = np.where(
        replay.raised, everything, np.searchsorted(lines, chance, side="right")
    ).astype(np.int64)
    base = replay.episode.astype(np.int64) * (everything + 1)
    record = np.maximum.accumulate(base + level) - base if len(level) else level
    starts = np.diff(replay.episode, prepend=-1) != 0
    before = np.where(starts, 0, np.concatenate([[0], record[:-1]]))
    row = np.flatnonzero((record > before) & ~replay.raised)
    return Crossings(lines, row, before[row], record[row], replay.at[row] > replay.frame.run_in)


def candidates(
    chance: NDArray[np.float64], *, least: float, also: tuple[float, ...] = ()
) -> NDArray[np.float64]:
    """Lines worth a look: all chances of two significant digits between the least and the highest
    chance.

    Args:
        chance: Chances of rows.
        least: No line below.
        also: Lines that somebody asks for.
    """
    top = float(chance.max(initial=0.0))
    decades = [
        round(digits * 10.0**power, 6) for power in range(-6, 0) for digits in range(10, 100)
    ]
    readable = [line for line in decades if least <= line <= top] or [least]
    return np.array(sorted({*readable, *also}), dtype=np.float64)
