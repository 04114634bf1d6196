"""What a growing LightGBM model says about later rows after so many trees."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.learn.learners.chosen import Trees
from training.learn.learners.trees import PATIENCE, LearnerRows, Task, dataset, parameters, threads
from training.learn.metrics.metrics import log_losses, mean
from training.learn.tournament.judged_rows import slope_and_intercept

#: Numbers of trees at which a growing model is looked at.
_LOOKS = 80


@dataclass(frozen=True)
class StagedModel:
    """A model on its way.

    Attributes:
        counts: (k,) numbers of trees, ascending and evenly apart.
        scores: (k, n) raw scores of the later rows after each.
        booster: The model with all its trees.
    """

    counts: NDArray[np.int64]
    scores: NDArray[np.float64]
    booster: lgb.Booster


def step_of(most: int) -> int:
    """Trees from one look to the next."""
    return max(1, -(-most // _LOOKS))


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
    looks = _Looks(later, step)
    stopping = [lgb.early_stopping(max(PATIENCE, 4 * step), verbose=False)] if stop else []
    booster = lgb.train(
        {**parameters(task, trees, seed=seed), **threads(len(earlier.label)), "metric": "none"},
        train_set,
        num_boost_round=-(-trees.trees // step) * step,
        valid_sets=[dataset(later, task.spec, reference=train_set)],
        valid_names=["later"],
        feval=looks,
        callbacks=stopping,
    )
    scores = np.array(looks.scores)
    return StagedModel(step * np.arange(1, len(scores) + 1), scores, booster)


class _Looks:
    """Raw scores after every few trees, as LightGBM shows them; between looks the loss stays as it
    was.
    """

    def __init__(self, later: LearnerRows, step: int) -> None:
        self._label, self._weight, self._step = later.label, later.weight, step
        self._calls, self._loss = 0, float("inf")
        self.scores: list[NDArray[np.float64]] = []

    def __call__(
        self, probability: NDArray[np.float64], _data: lgb.Dataset
    ) -> tuple[str, float, bool]:
        self._calls += 1
        if self._calls % self._step == 0:
            raw = np.log(probability) - np.log1p(-probability)
            self.scores.append(raw)
            slope, intercept = slope_and_intercept(self._label, raw, self._weight)
            self._loss = mean(
                log_losses(self._label.astype(np.float64), intercept + slope * raw), self._weight
            )
        return "calibrated", self._loss if np.isfinite(self._loss) else 1e300, False
