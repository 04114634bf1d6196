"""The judged rows of all blocks: how well scores do on them, and whether a difference is more than
noise.

Losses are taken after the scores of each cut were calibrated on the line that fits them best: a
contestant is not blamed for a level or a scale that calibration mends later, nor for a close rate
that moved after it learned. This assumes that calibration will find such a line, so how old history
counts is not chosen with it (see ``world``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.bootstrap_auc import Ranking
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import log_losses, mean
from training.learn.metrics.recalibration import logistic_line
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.time_blocks import TimeBlock

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gap:
    """A mean difference of losses between two models on the same rows, and its standard error over
    leads (accounts).
    """

    mean: float
    error: float

    @property
    def is_noise(self) -> bool:
        """Whether the first is worse by no more than one standard error."""
        return self.mean <= self.error


@dataclass(frozen=True)
class JudgedRows:
    """Rows judged, block after block; all arrays have shape (n,).

    Attributes:
        label: 0 or 1.
        weight: Rows of the population that each stands for.
        cluster: Number of the account, else of the lead.
        cut: Number of the cut that the row's block belongs to.
        as_of: Rows of one number are ranked against each other: one block and moment.
    """

    label: NDArray[np.int8]
    weight: Floats
    cluster: NDArray[np.int64]
    cut: NDArray[np.int64]
    as_of: NDArray[np.int32]

    @classmethod
    def of(
        cls, rows: LabelledRows, blocks: Sequence[TimeBlock], *, by_moment: bool
    ) -> "JudgedRows":
        """The later rows of blocks.

        ``by_moment`` where leads of different moments are not ranked together.
        """
        at = np.concatenate([block.later for block in blocks])
        sizes = [len(block.later) for block in blocks]
        number = np.repeat(np.arange(len(blocks)), sizes)
        moment = (
            np.unique(rows.round[at], return_inverse=True)[1]
            if by_moment
            else np.zeros(len(at), np.int64)
        )
        as_of = (number * (moment.max(initial=0) + 1) + moment).astype(np.int32)
        cut = np.repeat([block.cut for block in blocks], sizes)
        return cls(rows.label[at], rows.weight[at], rows.cluster[at], cut, as_of)

    def first(self, rows: int) -> "JudgedRows":
        """The first so many of them."""
        if rows == len(self.label):
            return self
        return JudgedRows(
            self.label[:rows],
            self.weight[:rows],
            self.cluster[:rows],
            self.cut[:rows],
            self.as_of[:rows],
        )

    def losses(self, scores: Floats) -> Floats:
        """(n,) log loss of each row, the scores of each cut on the line that calibrates them
        best.
        """
        found = np.empty(len(scores))
        for cut in np.unique(self.cut):
            at = self.cut == cut
            slope, intercept = slope_and_intercept(self.label[at], scores[at], self.weight[at])
            found[at] = log_losses(
                self.label[at].astype(np.float64), intercept + slope * scores[at]
            )
        return found

    def losses_on_the_way(self, scores: Floats) -> Floats:
        """(k, n) losses of the scores of a model on its way: (k, n), each much like the one
        before, which gives the first guess at its line.
        """
        found = np.empty(scores.shape)
        label = self.label.astype(np.float64)
        for cut in np.unique(self.cut):
            at, line = np.flatnonzero(self.cut == cut), None
            for place, raw in enumerate(scores[:, at]):
                line = slope_and_intercept(self.label[at], raw, self.weight[at], start=line)
                found[place, at] = log_losses(label[at], line[1] + line[0] * raw)
        return found

    def unscored(self) -> Floats:
        """(n,) log loss of each row where all of a cut get its close rate: what scores have to
        beat.
        """
        return self.losses(np.zeros(len(self.label)))

    def mean(self, losses: Floats) -> float:
        """Mean over the population."""
        return mean(losses, self.weight)

    def by_cut(self, losses: Floats) -> tuple[float, ...]:
        """Mean over the population of each cut, the earliest first."""
        cuts = (self.cut == cut for cut in np.unique(self.cut))
        return tuple(mean(losses[at], self.weight[at]) for at in cuts)

    def gap(self, losses: Floats, best: Floats) -> Gap:
        """How far losses lie above others, with the standard error of that difference over leads
        (accounts).
        """
        difference = losses - best
        centre = mean(difference, self.weight)
        surplus = np.bincount(
            np.unique(self.cluster, return_inverse=True)[1], self.weight * (difference - centre)
        )
        return Gap(centre, float(np.sqrt(np.sum(surplus**2)) / self.weight.sum()))

    def roc_auc(self, scores: Floats) -> float:
        """Chance that a win outranks a loss of its own block and moment."""
        return Ranking(scores, Holdout(self.label, self.as_of, self.cluster, self.weight)).auc(
            self.weight
        )


def slope_and_intercept(
    label: NDArray[np.int8],
    scores: Floats,
    weight: Floats,
    *,
    start: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """Slope and intercept that calibrate scores best; a flat line where they rank no better than
    chance. ``start`` is a first guess, to save time.
    """
    slope, intercept = logistic_line(label.astype(np.float64), scores, weight, start=start)
    if slope > 0:
        return slope, intercept
    rate = float(np.clip(mean(label.astype(np.float64), weight), 1e-9, 1 - 1e-9))
    return 0.0, float(np.log(rate) - np.log1p(-rate))
