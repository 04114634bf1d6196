"""What trying a contestant found: its losses on the judged rows, and the number of trees that does
best.
"""

from dataclasses import dataclass

import numpy as np

from propensity.config.sections import LearnerSettings
from training.learn.learners.chosen import AxesMode, LearnerPart, Trees
from training.learn.tournament.judged_rows import Floats, JudgedRows
from training.learn.tournament.limits import LimitReached, limit_reached

#: From the fewest leaves to the most; of two that are alike, the first is the simpler one.
ORDER = ("linear", "spline", "lightgbm", "extra trees", "bag", "blend")


@dataclass(frozen=True)
class TriedContestant:
    """A contestant on the judged rows.

    Attributes:
        name: Who.
        axes: ``apart`` or ``shared``.
        parts: Parts of the sum as they would be fitted on all rows.
        scores: (n,) raw scores of the judged rows.
        losses: (n,) their log losses, calibrated; see ``JudgedRows.losses``.
        curve: Scores after so many trees; None without trees.
        limits: Limits of the configuration at which its trees would have grown on.
    """

    name: str
    axes: AxesMode
    parts: tuple[LearnerPart, ...]
    scores: Floats
    losses: Floats
    curve: "Curve | None" = None
    limits: tuple[LimitReached, ...] = ()

    @property
    def most_leaves(self) -> int:
        """Leaves of all served trees, at most."""
        return sum(part.most_leaves for part in self.parts)

    @property
    def trees(self) -> Trees:
        """Its trees, with the number of them that does best.

        Raises:
            ValueError: It has none, or several kinds.
        """
        first = self.parts[0]
        if self.curve is None or not isinstance(first, Trees):
            raise ValueError(f"expected a contestant with trees of one kind, got {self.name}")
        return first


@dataclass(frozen=True)
class Curve:
    """Raw scores of the judged rows after so many trees.

    Attributes:
        trees: What they are like.
        counts: Numbers of trees, ascending and evenly apart.
        scores: (k, n).
        losses: (k, n) calibrated.
        later: The judged rows.
        growth: How many times more trees the chosen model carries than a block's; see
            ``Arena.growth``.
    """

    trees: Trees
    counts: Floats
    scores: Floats
    losses: Floats
    later: JudgedRows
    growth: float

    @property
    def least(self) -> int:
        """Place among the counts of the number of trees that does best."""
        return int(np.argmin([self.later.mean(losses) for losses in self.losses]))

    def best(self, most: int) -> tuple[Trees, int]:
        """The trees with the number of them that does best (at most so many, on all rows), and the
        place of it among the counts.
        """
        allowed = self.losses[: max(1, np.count_nonzero(self.counts * self.growth <= most))]
        place = int(np.argmin([self.later.mean(losses) for losses in allowed]))
        number = max(1, min(most, round(float(self.counts[place]) * self.growth)))
        return self.trees.with_trees(number), place

    def limits(self, most: int, learner: LearnerSettings) -> tuple[LimitReached, ...]:
        """The limit of the configuration at which the trees would have grown on, if there is one.

        Args:
            most: Trees that one model may have, on all rows.
            learner: What the configuration says.
        """
        grown = self.counts * self.growth
        found = limit_reached(grown, self.losses, self.later, most=most, learner=learner)
        return () if found is None else (found,)
