"""What a growing LightGBM model says about later rows after so many trees."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.learn.learners.chosen import Trees
from training.learn.learners.trees import PATIENCE, LearnerRows, Task, dataset, parameters, threads
from training.learn.metrics.metrics import log_losses, mean
from training.learn.tournament.judged_rows import slope_and_intercept

#: A growing model is looked at so many times over its first trees, so many of them, and as often
#: later.
_LOOKS, _OVER = 80, 600


@dataclass(frozen=True)
class StagedModel:
    """A model on its way.

    Attributes:
        counts: (k,) numbers of trees, ascending and evenly apart.
        scores: (k, n) raw scores of the later rows after each.
        best: Place among the counts of the one whose calibrated log loss is lowest, and the slope
            that calibrates it.
        booster: The model with all its trees.
    """

    counts: NDArray[np.int64]
    scores: NDArray[np.float64]
    best: tuple[int, float]
    booster: lgb.Booster


def step_of(most: int) -> int:
    """Trees from one look to the next."""
    return max(1, -(-min(most, _OVER) // _LOOKS))


def grow_staged(
    earlier: LearnerRows,
    later: LearnerRows,
    task: Task,
    trees: Trees,
    *,
    step: int,
    seed: int = 0,
    stop: bool = True,
) -> StagedModel:
    """Grow a model of at most ``trees.trees`` trees on the earlier rows.

    Args:
        earlier: Rows to learn from.
        later: Rows to look at.
        task: Features and what holds for them.
        trees: What they are like.
        step: Trees from one look to the next.
        seed: Number of the model among its like.
        stop: Whether to end where the calibrated loss has not fallen for some time.
    """
    train_set = dataset(earlier, task.spec)
    booster = lgb.Booster(
        {**parameters(task, trees, seed=seed), **threads(len(earlier.label)), "metric": "none"},
        train_set,
    )
    booster.add_valid(dataset(later, task.spec, reference=train_set), "later")
    looks = _Looks(later, step, patience=max(PATIENCE, 4 * step) if stop else None)
    while looks.trees < trees.trees and looks.is_worth_another:
        for _ in range(step):
            booster.update()
        booster.eval_valid(looks)
    scores = np.array(looks.scores)
    return StagedModel(step * np.arange(1, len(scores) + 1), scores, looks.best, booster)


class _Looks:
    """Raw scores after every few trees, and whether the calibrated loss of the last ones still
    fell.
    """

    def __init__(self, later: LearnerRows, step: int, *, patience: int | None) -> None:
        self._label, self._weight = later.label, later.weight
        self._step, self._patience = step, patience
        self._line: tuple[float, float] | None = None
        self._least, self.best = float("inf"), (0, 0.0)
        self.scores: list[NDArray[np.float64]] = []

    @property
    def trees(self) -> int:
        """Trees at the last look."""
        return self._step * len(self.scores)

    @property
    def is_worth_another(self) -> bool:
        """Whether the next look comes before patience is at its end."""
        best_at = self._step * (self.best[0] + 1)
        return self._patience is None or self.trees + self._step <= best_at + self._patience

    def __call__(
        self, probability: NDArray[np.float64], _data: lgb.Dataset
    ) -> tuple[str, float, bool]:
        raw = np.log(probability) - np.log1p(-probability)
        self.scores.append(raw)
        self._line = slope_and_intercept(self._label, raw, self._weight, start=self._line)
        slope, intercept = self._line
        label = self._label.astype(np.float64)
        loss = mean(log_losses(label, intercept + slope * raw), self._weight)
        if loss < self._least:
            self._least, self.best = loss, (len(self.scores) - 1, slope)
        return "calibrated", loss, False
