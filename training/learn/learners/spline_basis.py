"""The basis of the spline: broken lines over knots for numbers, one value per level for categories.

A row is a mixture of *heights*: of a number it takes two neighbouring ones (the term's values at
the knots around it), of a category one. What is fitted are *steps*: of a number the rise from each
knot to the next, and what missing adds to the average; of a category the level's value. A ridge on
steps draws neighbouring heights together (a random walk).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, BehaviourSource, Feature, FeatureSpec
from propensity.contributions.terms import CategoryTerm, NumberTerm, Term
from training.learn.learners.trees import LearnerRows, Monotone

#: Knots of a number, at most.
KNOTS = 12
#: Shares of the rows, apart from frequent values, between which knots are spread: beyond them too
#: few rows say how a line would go on.
_FROM, _TO = 0.01, 0.99
#: Values beyond count as this large: the way from knot to knot is to be a number.
_LARGEST = 1e300


@dataclass(frozen=True)
class BasisBlock:
    """One feature's part of the basis.

    Attributes:
        feature: Column of the matrix.
        start: Number of its first height.
        knots: Knots of a number, ascending; empty for a category.
        levels: Codes of a category; 0 for a number.
        direction: +1 or -1 where the steps may go one way only; else 0.
        never: Whether missing stands for longer ago than any value, and so for one more step the
            same way.
    """

    feature: int
    start: int
    knots: NDArray[np.float64]
    levels: int
    direction: int = 0
    never: bool = False

    @property
    def heights(self) -> int:
        """How many: a number has one more than knots, for missing."""
        return self.levels or len(self.knots) + 1

    def encode(self, values: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """(n,) the lower height of each value, and (n,) the share of the next one."""
        if self.levels:
            known = (values > -1.0) & (values < self.levels)
            code = np.where(known, values, np.where(np.isnan(values), 1.0, 0.0))
            return (self.start + code.astype(np.int32)).astype(np.int32), np.zeros(
                len(values), np.float32
            )
        missing = np.isnan(values)
        inside = np.clip(np.where(missing, self.knots[0], values), self.knots[0], self.knots[-1])
        place = np.searchsorted(self.knots, inside, side="right") - 1
        gap = np.append(np.diff(self.knots), 1.0)
        share = (inside - self.knots[place]) / gap[place]
        place[missing] = len(self.knots)
        return (self.start + place).astype(np.int32), share.astype(np.float32)

    def mixing(self, occupied: NDArray[np.float64]) -> NDArray[np.float64]:
        """(heights, steps) the heights that steps of one make.

        The rises of a number are scaled so that a ridge of 1 holds its whole rise, not each step,
        to a standard deviation of 1; they are centred on the rows that have a value, so that
        missing is drawn to their average.

        Args:
            occupied: (heights,) rows at each height.
        """
        if self.levels:
            return np.eye(self.levels)
        if self.never:
            return self._rises(self.heights, occupied)
        mixing = np.zeros((self.heights, len(self.knots)))
        mixing[:-1, :-1] = self._rises(len(self.knots), occupied[:-1])
        mixing[-1, -1] = 1.0
        return mixing

    def _rises(self, heights: int, occupied: NDArray[np.float64]) -> NDArray[np.float64]:
        """(heights, heights - 1) what each rise adds, centred."""
        above = np.tri(heights, heights - 1, -1) * (self._scale if heights > 1 else 1.0)
        centred: NDArray[np.float64] = above - occupied / occupied.sum() @ above
        return centred

    @property
    def _scale(self) -> float:
        """What a step of a rise is worth, with its sign."""
        rises = len(self.knots) - 1 + self.never
        return (self.direction or 1) / math.sqrt(max(rises, 1))

    def bounded(self) -> NDArray[np.bool_]:
        """(steps,) which may not go below 0."""
        if self.levels:
            return np.zeros(self.levels, np.bool_)
        return np.append(np.full(len(self.knots) - 1, self.direction != 0), self.never)

    def term(self, steps: NDArray[np.float64], occupied: NDArray[np.float64]) -> tuple[Term, float]:
        """The term centred on all rows, and what the intercept gains by that.

        Args:
            steps: (steps,) as fitted.
            occupied: (heights,) rows at each height.
        """
        heights, average = self._heights(steps, occupied)
        mean = float(occupied @ heights / occupied.sum())
        values = tuple((heights - mean).tolist())
        if self.levels:
            return CategoryTerm(feature=self.feature, levels=values), mean
        knots = tuple(self.knots.tolist())
        return NumberTerm(
            feature=self.feature, knots=knots, values=values[:-1], missing=values[-1]
        ), mean - average

    def _heights(
        self, steps: NDArray[np.float64], occupied: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], float]:
        """Heights from the first knot on, and their average over the rows with a value.

        Added up one by one, so that rounding keeps the order of heights that only ever rise.
        """
        if self.levels:
            return steps, 0.0
        if self.never:
            heights = np.append(0.0, np.cumsum(steps * self._scale))
            return heights, float(occupied @ heights / occupied.sum())
        heights = np.append(0.0, np.cumsum(steps[:-1] * self._scale))
        average = float(occupied[:-1] @ heights / occupied[:-1].sum())
        return np.append(heights, average + steps[-1]), average


def blocks_of(rows: LearnerRows, spec: FeatureSpec, monotone: Monotone) -> list[BasisBlock]:
    """A block per feature that tells rows apart, in the order of the features."""
    blocks: list[BasisBlock] = []
    start = 0
    for feature, described in enumerate(spec.features):
        values = rows.matrix[:, feature]
        if described.is_category:
            if len(np.unique(values)) < 2:
                continue
            block = BasisBlock(feature, start, np.zeros(0), FIRST_LEVEL + len(described.levels))
        else:
            knots = knots_of(values, rows.weight)
            if not len(knots) or (len(knots) == 1 and not np.isnan(values).any()):
                continue
            direction = monotone.get(feature, 0)
            block = BasisBlock(
                feature, start, knots, 0, direction, never=direction != 0 and is_since(described)
            )
        blocks.append(block)
        start += block.heights
    return blocks


def is_since(feature: Feature) -> bool:
    """Whether a feature tells how long ago something happened, so that missing means never."""
    return isinstance(feature.source, BehaviourSource) and feature.source.measure == "days_since"


def knots_of(values: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Knots for a number, at most ``KNOTS``: every value, where they are few.

    Else one at each frequent value and the rest at quantiles of the other values, so that a count
    that is mostly zero has knots where it is not.

    Args:
        values: (n,) values in any order; missing and infinite ones have no say.
        weight: (n,) rows that each stands for.
    """
    finite = np.isfinite(values)
    distinct, place = np.unique(np.clip(values[finite], -_LARGEST, _LARGEST), return_inverse=True)
    if len(distinct) <= KNOTS:
        return distinct
    share = np.bincount(place, weights=weight[finite]) / weight[finite].sum()
    frequent = share >= 1 / KNOTS
    others, other_share = distinct[~frequent], share[~frequent]
    middle = np.cumsum(other_share) - other_share / 2
    wanted = np.linspace(_FROM, _TO, KNOTS - int(frequent.sum())) * other_share.sum()
    picked = others[np.minimum(np.searchsorted(middle, wanted), len(others) - 1)]
    return np.unique(np.concatenate([distinct[frequent], picked]))
