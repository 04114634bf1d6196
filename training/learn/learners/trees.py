"""The LightGBM learner: deterministic, shallow, with every tree on one axis."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

# before LightGBM: two spinning threads on a busy machine crawl
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.build.filling import as_missing
from features.spec import FeatureSpec
from propensity.config.sections import LearnerSettings
from training.learn.learners.chosen import AxesMode, Trees
from training.learn.metrics.metrics import log_losses, mean
from training.learn.metrics.recalibration import logistic_line

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

#: Fewer rows than this are learned from on one thread: two wait for each other longer than they
#: work.
ALONE = 100_000
#: So many times more wins (or losses, where these are rarer) carry this power of it more trees:
#: measured by ``python -m benchmarks.choosing``. The best numbers fit a power of .2 to .6; of the
#: powers that fit, the upper half loses least, as too few trees cost more than too many.
GROWTH = 0.5
#: Trees without gain on the later fold after which a fold's training stops.
PATIENCE = 60


@dataclass(frozen=True)
class LearnerRows:
    """What a learner sees.

    Attributes:
        matrix: (n, features) as built by the spec.
        label: (n,) 0 or 1.
        weight: (n,) rows of the population each row stands for.
        drawn: (n,) per column whose missing values are drawn, whether this row's is.
    """

    matrix: NDArray[np.float64]
    label: NDArray[np.int8]
    weight: NDArray[np.float64]
    drawn: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)

    def take(self, at: NDArray[np.intp]) -> "LearnerRows":
        """The rows at positions."""
        drawn = {column: mask[at] for column, mask in self.drawn.items()}
        return LearnerRows(self.matrix[at], self.label[at], self.weight[at], drawn)

    def as_scored(self, spec: FeatureSpec) -> "LearnerRows":
        """The rows as leads are scored: what was drawn is missing."""
        matrix = as_missing(spec, self.matrix, self.drawn)
        return LearnerRows(matrix, self.label, self.weight)


#: Feature to the way in which it may act: 1 never down, -1 never up.
Monotone = Mapping[int, int]
#: Every feature may act both ways.
FREE: Monotone = MappingProxyType({})


@dataclass(frozen=True)
class Task:
    """What every model of a run has in common.

    Attributes:
        spec: The features.
        axes: ``apart`` keeps every tree on one axis.
        seed: Seed of everything random.
        monotone: Features that may act in one way only.
    """

    spec: FeatureSpec
    axes: AxesMode = "apart"
    seed: int = 0
    monotone: Monotone = field(default_factory=lambda: FREE)


def parameters(task: Task, trees: Trees, *, seed: int = 0) -> dict[str, Any]:
    """LightGBM's parameters for a task.

    Args:
        task: The features and what holds for them.
        trees: What they are like.
        seed: Number of the model among its like; added to the task's seed.
    """
    axes = [task.spec.columns_on("fit"), task.spec.columns_on("interest")]
    apart = (
        {"interaction_constraints": [axis for axis in axes if axis]} if task.axes == "apart" else {}
    )
    ways = [task.monotone.get(column, 0) for column in range(len(task.spec.features))]
    one_way = (
        {"monotone_constraints": ways, "monotone_constraints_method": "intermediate"}
        if any(ways)
        else {}
    )
    extra = {"extra_trees": True} if trees.kind == "extra trees" else {}
    return {
        "objective": "binary",
        "learning_rate": trees.learning_rate,
        "max_depth": trees.depth,
        "num_leaves": min(trees.leaves, 2**trees.depth),
        "min_data_in_leaf": trees.min_leaf_rows,
        "feature_fraction": trees.feature_fraction,
        "lambda_l2": trees.l2,
        "cat_smooth": 20.0,
        "cat_l2": 20.0,
        "max_cat_threshold": 16,
        "max_cat_to_onehot": trees.levels_apart,
        "seed": task.seed + seed,
        "deterministic": True,
        "force_col_wise": True,  # of many columns less than half the time of row-wise
        "verbosity": -1,
        **trees.params,
        **extra,
        **one_way,
        **apart,
    }


def written(spec: FeatureSpec, learner: LearnerSettings) -> Task:
    """The task as the configuration writes it, without constraints on any feature."""
    return Task(spec, learner.axes, learner.seed)


def threads(rows: int) -> dict[str, int]:
    """What LightGBM is told about threads, which changes no bit of the model; for many rows
    nothing: it takes all.
    """
    return {"num_threads": 1} if rows < ALONE else {}


def grow(rows: LearnerRows, task: Task, trees: Trees, *, seed: int = 0) -> str:
    """Train a model of so many trees and return its text.

    ``seed`` numbers models that are alike otherwise.
    """
    told = {**parameters(task, trees, seed=seed), **threads(len(rows.label))}
    booster = lgb.train(told, dataset(rows, task.spec), num_boost_round=trees.trees)
    return str(booster.model_to_string())


def train(rows: LearnerRows, spec: FeatureSpec, learner: LearnerSettings, *, trees: int) -> str:
    """Train one model as the configuration writes it."""
    return grow(rows, written(spec, learner), Trees.of(learner, trees=trees))


def more_trees(times: float) -> float:
    """How many times more trees a model carries that learns from so many times more of the rarer
    outcome; never fewer.

    The best number of trees grows slowly: what further wins tell is ever finer, and the first trees
    fit the coarse better too.

    >>> round(more_trees(2.0), 2)
    1.41
    """
    return float(max(1.0, times) ** GROWTH)


def choose_trees(
    rows: LearnerRows,
    spec: FeatureSpec,
    learner: LearnerSettings,
    folds: Iterable[Fold],
    *,
    on_fold: Callable[[], None] = lambda: None,
) -> int:
    """The number of trees with the lowest log loss, once calibrated, on the later parts of
    forward-chained folds.

    Calibration comes after: without it, a later part that closes at another rate than the earlier
    one would stop a fold at its first trees, however well more of them ranked.

    A fold learns from a part of the rows, and fewer rows carry fewer trees, so the count grows with
    what a model of all of them has more: see ``more_trees``.

    Folds whose training or later part lacks wins or losses are left out; without any fold, the
    count is a fifth of the most allowed.
    """
    curves, learned_from = [], []
    for earlier, later in folds:
        on_fold()
        if has_both(rows.label[earlier]) and has_both(rows.label[later]):
            curves.append(_validation_curve(rows.take(earlier), rows.take(later), spec, learner))
            learned_from.append(len(earlier))
    if not curves:
        return max(1, learner.max_trees // 5)
    longest = max(len(curve) for curve, _ in curves)
    total = np.zeros(longest)
    for curve, weight in curves:
        total += weight * np.pad(curve, (0, longest - len(curve)), mode="edge")
    growth = more_trees(len(rows.label) / float(np.mean(learned_from)))
    return min(learner.max_trees, round((int(np.argmin(total)) + 1) * growth))


def raw_scores(text: str, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) raw scores of a model text."""
    booster = lgb.Booster(model_str=text)
    scores: NDArray[np.float64] = booster.predict(matrix, raw_score=True, **threads(len(matrix)))
    return scores


def has_both(label: NDArray[np.int8]) -> bool:
    """Whether there are wins and losses."""
    return bool(0 < label.sum() < len(label))


def _validation_curve(
    earlier: LearnerRows, later: LearnerRows, spec: FeatureSpec, learner: LearnerSettings
) -> tuple[NDArray[np.float64], float]:
    """Calibrated log loss on the later rows after each tree, and the weight of those rows."""
    train_set = dataset(earlier, spec)
    history: dict[str, dict[str, list[float]]] = {}
    lgb.train(
        {
            **parameters(written(spec, learner), Trees.of(learner)),
            **threads(len(earlier.label)),
            "metric": "none",
        },
        train_set,
        num_boost_round=learner.max_trees,
        valid_sets=[dataset(later, spec, reference=train_set)],
        valid_names=["later"],
        feval=_CalibratedLoss(later),
        callbacks=[lgb.record_evaluation(history), lgb.early_stopping(PATIENCE, verbose=False)],
    )
    return np.array(history["later"]["calibrated"]), float(later.weight.sum())


class _CalibratedLoss:
    """Log loss of scores on the line that calibrates them best, as LightGBM asks for it after every
    tree.
    """

    def __init__(self, later: LearnerRows) -> None:
        self._label, self._weight = later.label.astype(np.float64), later.weight
        self._line = (1.0, 0.0)

    def __call__(
        self, probability: NDArray[np.float64], _data: lgb.Dataset
    ) -> tuple[str, float, bool]:
        label, weight = self._label, self._weight
        raw = np.log(probability) - np.log1p(-probability)
        line = logistic_line(label, raw, weight, start=self._line)
        if not line[0] > 0:  # of no use: calibration would leave nothing but the average
            rate = mean(label, weight)
            return "calibrated", float(-rate * np.log(rate) - (1 - rate) * np.log1p(-rate)), False
        self._line = line
        return "calibrated", mean(log_losses(label, line[1] + line[0] * raw), weight), False


def dataset(
    rows: LearnerRows, spec: FeatureSpec, *, reference: lgb.Dataset | None = None
) -> lgb.Dataset:
    """The rows as LightGBM reads them; ``reference`` lends its bins."""
    return lgb.Dataset(
        rows.matrix,
        label=rows.label,
        weight=None if (rows.weight == 1).all() else rows.weight,
        feature_name=[f"f{i}" for i in range(len(spec.features))],
        categorical_feature=spec.categories,
        reference=reference,
        params={"verbosity": -1, "deterministic": True, **threads(len(rows.label))},
        free_raw_data=True,
    )
