"""The test rows: what is judged did not learn from their outcomes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics import metrics


@dataclass(frozen=True)
class Holdout:
    """The test rows, one per snapshot of a lead; all arrays have shape ``(n,)``.

    Attributes:
        label: 1 for a win within the horizon, 0 for none.
        as_of: last day of the row's round, within which rows are ranked; all equal for flat data.
        cluster: number of the lead, or of its account where known; what the bootstrap resamples.
        weight: how many rows of the reference population the row stands for, zero or more.
        seen_in_training: whether the lead also has training rows; ``None`` where nobody knows.
        win: number of the win (episode) that a winning row is a look at; ``None`` where every
            winning row is a win of its own.

    Raises:
        ValueError: when the shapes differ, a label is not 0 or 1, or a weight is negative or not
            finite.
    """

    label: NDArray[np.int8]
    as_of: NDArray[np.int32]
    cluster: NDArray[np.int64]
    weight: NDArray[np.float64]
    seen_in_training: NDArray[np.bool_] | None = None
    win: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        shapes = {name: array.shape for name, array in vars(self).items() if array is not None}
        if self.label.ndim != 1 or len(set(shapes.values())) > 1:
            raise ValueError(
                f"expected arrays of one shape (n,), got {shapes}: pass one value per row"
            )
        metrics.check_labels(self.label)
        metrics.check_weights(self.weight)

    def __len__(self) -> int:
        return int(self.label.size)

    def part(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Holdout":
        """Return the holdout of some rows, by mask or by index."""
        seen = None if self.seen_in_training is None else self.seen_in_training[rows]
        win = None if self.win is None else self.win[rows]
        return Holdout(
            self.label[rows], self.as_of[rows], self.cluster[rows], self.weight[rows], seen, win
        )

    @property
    def wins(self) -> int:
        """Different wins (episodes); several rows may be looks at one."""
        won = self.label == 1
        return int(won.sum() if self.win is None else np.unique(self.win[won]).size)

    @property
    def others(self) -> int:
        """Different leads (accounts) with a row that did not win."""
        return int(np.unique(self.cluster[self.label == 0]).size)
