"""The spline learner: a ridge logistic regression on broken lines, which becomes additive terms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from features.spec import FeatureSpec
from propensity.contributions.terms import Terms
from training.learn.learners.spline_basis import BasisBlock, blocks_of
from training.learn.learners.spline_kernel import loss_and_slopes, second_derivatives
from training.learn.learners.trees import FREE, LearnerRows, Monotone

#: Beyond so many rows the fit begins on a regular part of them: it ends near the answer, and second
#: derivatives of all rows, which cost most, are needed once or twice.
_FIRST_ROWS = 40_000
#: The fit ends when a Newton step promises less than this, in log-likelihood: with a ridge of 1,
#: scores are then right to the sixth decimal; the step is made all the same.
_GAIN = 1e-13
#: Second derivatives are taken anew where the gain a step promises did not shrink to this share
#: with the old ones.
_SLOW = 0.1
#: What rounding may change a sum of losses by, as a share.
_ROUNDING = 1e-12
_MOST_STEPS = 200
#: Share of the gain a step promises that it has to keep (Armijo 1966).
_KEPT = 1e-4


def fit_terms(
    rows: LearnerRows, spec: FeatureSpec, *, strength: float = 1.0, monotone: Monotone = FREE
) -> Terms:
    """Fit a spline logistic regression: penalised maximum likelihood, one term per feature.

    A number is linear between at most twelve knots and constant outside, a category has a value per
    level, and each a value for missing. The ridge is ``strength / 2`` times the sum of squares of
    the levels' values and of the steps from knot to knot, these as shares of the whole rise: a
    prior under which the rise of a number over all its knots, and the value of a level, have a
    standard deviation of 1 / sqrt(strength) log-odds. The intercept is free.

    The answer depends on nothing but the arguments: not on the number of threads.

    Args:
        rows: What to learn from; both outcomes present.
        spec: The features.
        strength: Strength of the ridge, above 0.
        monotone: Column of a number to +1 (its term never falls from one value to a greater one) or
            -1 (never rises). What missing adds is left free, except where it means never: that
            counts as longer ago than any value.

    Returns:
        Terms of weight 1, each with the mean 0 over the weighted rows; none for a feature that is
        the same in all rows.

    Raises:
        ValueError: A single outcome, a weight or a strength that is not above 0, or a direction of
            a category.
    """
    _check(rows, spec, strength, monotone)
    fit = _Fit.of(rows, spec, strength, monotone)
    with threadpool_limits(limits=1, user_api="blas"):
        steps = fit.solve(
            fit.thinned().solve(fit.average) if len(rows.label) > _FIRST_ROWS else fit.average
        )
    intercept, terms = float(steps[-1]), []
    for block, own in zip(fit.blocks, fit.own_steps(steps), strict=True):
        term, mean = block.term(own, fit.occupied[block.start : block.start + block.heights])
        intercept += mean
        terms.append(term)
    return Terms(intercept=intercept, terms=tuple(terms))


def _check(rows: LearnerRows, spec: FeatureSpec, strength: float, monotone: Monotone) -> None:
    if len(np.unique(rows.label)) < 2:
        raise ValueError("expected wins and losses to fit a spline on, got rows of one outcome")
    if not (rows.weight > 0).all():
        raise ValueError(f"expected rows of weights above 0, got {rows.weight.min()}")
    if not strength > 0:
        raise ValueError(f"expected a strength of the ridge above 0, got {strength}")
    wrong = {i: way for i, way in monotone.items() if way not in (1, -1) or i in spec.categories}
    if wrong:
        raise ValueError(f"expected directions +1 or -1 of numbers, got {wrong}")


@dataclass(frozen=True)
class _Fit:
    """Rows in the basis.

    Attributes:
        blocks: One per feature that is used.
        place: (n, blocks) the lower height of each row.
        share: (n, blocks) the share of the next height.
        label: (n,) 0 or 1.
        weight: (n,).
        occupied: (heights,) weighted rows at each height.
        mixing: Per block its heights by its steps.
        strength: Strength of the ridge.
    """

    blocks: Sequence[BasisBlock]
    place: NDArray[np.int32]
    share: NDArray[np.float32]
    label: NDArray[np.float64]
    weight: NDArray[np.float64]
    occupied: NDArray[np.float64]
    mixing: Sequence[NDArray[np.float64]]
    strength: float

    @classmethod
    def of(
        cls, rows: LearnerRows, spec: FeatureSpec, strength: float, monotone: Monotone
    ) -> "_Fit":
        blocks = blocks_of(rows, spec, monotone)
        place = np.empty((len(rows.label), len(blocks)), np.int32)
        share = np.empty(place.shape, np.float32)
        weight = np.ascontiguousarray(rows.weight, np.float64)
        occupied = np.zeros(sum(block.heights for block in blocks) + 1)
        for number, block in enumerate(blocks):
            place[:, number], share[:, number] = block.encode(rows.matrix[:, block.feature])
            part = share[:, number].astype(np.float64)
            occupied += np.bincount(place[:, number], weight * (1 - part), len(occupied))
            occupied += np.bincount(place[:, number] + 1, weight * part, len(occupied) + 1)[:-1]
        mixing = [
            block.mixing(occupied[block.start : block.start + block.heights]) for block in blocks
        ]
        label = rows.label.astype(np.float64)
        return cls(blocks, place, share, label, weight, occupied[:-1], mixing, strength)

    def own_steps(self, steps: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """The steps of each block; the last of all steps is the intercept."""
        return (
            np.split(steps[:-1], np.cumsum([part.shape[1] for part in self.mixing])[:-1])
            if self.blocks
            else []
        )

    def thinned(self) -> "_Fit":
        """About ``_FIRST_ROWS`` of the rows, which stand for all."""
        every = -(-len(self.label) // _FIRST_ROWS)
        place, share, label = self.place[::every], self.share[::every], self.label[::every]
        weight = self.weight[::every] * (self.weight.sum() / self.weight[::every].sum())
        return replace(
            self, place=place.copy(), share=share.copy(), label=label.copy(), weight=weight
        )

    @property
    def average(self) -> NDArray[np.float64]:
        """Steps that know nothing but how many are won."""
        rate = float(self.weight @ self.label / self.weight.sum())
        return np.append(
            np.zeros(sum(part.shape[1] for part in self.mixing)), np.log(rate / (1 - rate))
        )

    def solve(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """The steps of the lowest penalised loss, by a projected Newton method (Bertsekas 1982).

        Args:
            steps: Heights to begin at.
        """
        bounded = np.concatenate([*(block.bounded() for block in self.blocks), [False]])
        loss, gradient, curvature = self._slopes(steps)
        second, before = self._second(curvature), np.inf
        for _ in range(_MOST_STEPS):
            held = bounded & (steps <= 0) & (gradient > 0)
            way = np.zeros(len(steps))
            way[~held] = -np.linalg.solve(second[np.ix_(~held, ~held)], gradient[~held])
            promised = -float(gradient @ way)
            length, done = 1.0, promised <= _GAIN
            while True:
                tried = np.where(
                    bounded, np.maximum(steps + length * way, 0.0), steps + length * way
                )
                new_loss, new_gradient, curvature = self._slopes(tried)
                enough = loss * (1 + _ROUNDING) + _KEPT * float(gradient @ (tried - steps))
                if done or new_loss <= enough or length < 1e-9:
                    break
                length /= 2
            steps, loss, gradient = tried, new_loss, new_gradient
            if done:
                break
            if promised > _SLOW * before or length < 1:
                second = self._second(curvature)
            before = promised
        return steps

    def _heights(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        own = self.own_steps(steps)
        return np.concatenate(
            [*(part @ some for part, some in zip(self.mixing, own, strict=True)), steps[-1:]]
        )

    def _slopes(
        self, steps: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """Penalised loss, its gradient by step, and the curvature of each row."""
        by_height, curvature = np.empty(len(self.occupied) + 1), np.empty(len(self.label))
        loss = loss_and_slopes(
            self.place,
            self.share,
            self._heights(steps),
            self.label,
            self.weight,
            by_height,
            curvature,
        )
        ridge = self.strength * np.append(steps[:-1], 0.0)
        return (
            loss + float(ridge @ steps) / 2,
            self._by_step(by_height[:, None])[:, 0] + ridge,
            curvature,
        )

    def _second(self, curvature: NDArray[np.float64]) -> NDArray[np.float64]:
        """Second derivatives by step."""
        upper = np.empty((len(self.occupied) + 1, len(self.occupied) + 1))
        second_derivatives(self.place, self.share, curvature, upper)
        second = self._by_step(self._by_step(np.triu(upper) + np.triu(upper, 1).T).T)
        return second + np.diag(np.append(np.full(len(second) - 1, self.strength), 0.0))

    def _by_step(self, by_height: NDArray[np.float64]) -> NDArray[np.float64]:
        """(heights + 1, k) to (steps + 1, k)."""
        parts = [
            part.T @ by_height[block.start : block.start + block.heights]
            for block, part in zip(self.blocks, self.mixing, strict=True)
        ]
        return np.concatenate([*parts, by_height[-1:]])
