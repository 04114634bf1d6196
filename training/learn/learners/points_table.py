"""Points tables: lines that earn whole points, added up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.metrics import Floats


@dataclass(frozen=True)
class PointsRow:
    """What earns points: a number of times, one value of a category, or numbers between two bounds.

    Attributes:
        column: Number of the column of the features.
        points: Earned each time; less than zero are lost.
        cap: Times that count, at most.
        code: Code of the category's value; None where times or numbers are meant.
        low: Smallest number that earns the points; None where there is no lower bound.
        high: Smallest number that no longer does; None where there is no upper bound.
    """

    column: int
    points: int
    cap: int = 1
    code: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_times(self) -> bool:
        """Whether every time earns points, up to the cap."""
        return self.code is None and self.low is None and self.high is None

    def times(self, matrix: Floats) -> NDArray[np.int64]:
        """(n,) how many times each row earns the points; a value that is unknown earns none."""
        values = matrix[:, self.column]
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        if self.is_times:
            earned = np.clip(np.ceil(np.nan_to_num(values)), 0, self.cap)
        elif self.code is not None:
            earned = values == self.code
        else:
            earned = (values >= low) & (values < high)
        times: NDArray[np.int64] = earned.astype(np.int64)
        return times


def total(matrix: Floats, lines: Sequence[PointsRow]) -> NDArray[np.int64]:
    """(n,) points of each row."""
    points = np.zeros(len(matrix), dtype=np.int64)
    for line in lines:
        points += line.points * line.times(matrix)
    return points
