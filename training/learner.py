"""The LightGBM learner: deterministic, shallow, with every tree on one axis."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before LightGBM: two spinning threads on a busy machine crawl

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.spec import FeatureSpec
from propensity.sections import Learner
from training.metrics import log_losses, logistic_line, mean

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

#: Trees without gain on the later fold after which a fold's training stops.
_PATIENCE = 60


@dataclass(frozen=True)
class Rows:
    """What a learner sees.

    Attributes:
        matrix: (n, features) as built by the spec.
        label: (n,) 0 or 1.
        weight: (n,) rows of the population each row stands for.
    """

    matrix: NDArray[np.float64]
    label: NDArray[np.int8]
    weight: NDArray[np.float64]

    def take(self, at: NDArray[np.intp]) -> "Rows":
        """The rows at positions."""
        return Rows(self.matrix[at], self.label[at], self.weight[at])


@dataclass(frozen=True)
class FoldModel:
    """A model, and the rows it has not seen.

    Attributes:
        text: LightGBM's text model.
        held_out: Positions of the rows.
    """

    text: str
    held_out: NDArray[np.intp]


def parameters(spec: FeatureSpec, learner: Learner) -> dict[str, Any]:
    """LightGBM's parameters for a spec."""
    axes = [spec.columns_on("fit"), spec.columns_on("interest")]
    apart = {"interaction_constraints": [axis for axis in axes if axis]} if learner.axes == "apart" else {}
    return {
        "objective": "binary",
        "learning_rate": learner.learning_rate,
        "max_depth": learner.depth,
        "num_leaves": min(learner.leaves, 2**learner.depth),
        "min_data_in_leaf": learner.min_leaf_rows,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "cat_smooth": 20.0,
        "cat_l2": 20.0,
        "max_cat_threshold": 16,
        "seed": learner.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **apart,
    }


def train(rows: Rows, spec: FeatureSpec, learner: Learner, *, trees: int) -> str:
    """Train a model of so many trees and return its text."""
    booster = lgb.train(parameters(spec, learner), _dataset(rows, spec), num_boost_round=trees)
    return str(booster.model_to_string())


def choose_trees(
    rows: Rows,
    spec: FeatureSpec,
    learner: Learner,
    folds: Iterable[Fold],
    *,
    on_fold: Callable[[], None] = lambda: None,
) -> int:
    """The number of trees with the lowest log loss, once calibrated, on the later parts of forward-chained folds.

    Calibration comes after: without it, a later part that closes at another rate than the earlier one would stop a
    fold at its first trees, however well more of them ranked.

    A fold learns from a part of the rows, and fewer rows carry fewer trees, so the count is scaled by the rows that a
    model of all of them has more. (On a simulated company, 108 trees became 250, and the distance to the true AUC fell
    from .008 to .004: ``python -m benchmarks.truth --seeds 1``.)

    Folds whose training or later part lacks wins or losses are left out; without any fold, the count is
    a fifth of the most allowed.
    """
    curves, learned_from = [], []
    for earlier, later in folds:
        on_fold()
        if _has_both(rows.label[earlier]) and _has_both(rows.label[later]):
            curves.append(_validation_curve(rows.take(earlier), rows.take(later), spec, learner))
            learned_from.append(len(earlier))
    if not curves:
        return max(1, learner.max_trees // 5)
    longest = max(len(curve) for curve, _ in curves)
    total = np.zeros(longest)
    for curve, weight in curves:
        total += weight * np.pad(curve, (0, longest - len(curve)), mode="edge")
    growth = len(rows.label) / float(np.mean(learned_from))
    return min(learner.max_trees, round((int(np.argmin(total)) + 1) * growth))


def raw_scores(text: str, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) raw scores of a model text."""
    scores: NDArray[np.float64] = lgb.Booster(model_str=text).predict(matrix, raw_score=True)
    return scores


def crossfitted(
    rows: Rows,
    spec: FeatureSpec,
    learner: Learner,
    folds: Iterable[Fold],
    *,
    trees: int,
    on_fold: Callable[[], None] = lambda: None,
) -> Iterator[FoldModel]:
    """A model per fold, which saw no row of the clusters held out.

    A fold that has wins, or losses, alone to learn from gives none: its scores would be near certainties.
    """
    for others, held_out in folds:
        on_fold()
        if _has_both(rows.label[others]):
            yield FoldModel(train(rows.take(others), spec, learner, trees=trees), held_out)


def scores_of(models: Iterable[FoldModel], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) raw score of each row by the model it was held out from; NaN where there is none."""
    scores = np.full(len(matrix), np.nan)
    for model in models:
        scores[model.held_out] = raw_scores(model.text, matrix[model.held_out])
    return scores


def _has_both(label: NDArray[np.int8]) -> bool:
    return bool(0 < label.sum() < len(label))


def _validation_curve(
    earlier: Rows, later: Rows, spec: FeatureSpec, learner: Learner
) -> tuple[NDArray[np.float64], float]:
    """Calibrated log loss on the later rows after each tree, and the weight of those rows."""
    train_set = _dataset(earlier, spec)
    history: dict[str, dict[str, list[float]]] = {}
    lgb.train(
        {**parameters(spec, learner), "metric": "none"},
        train_set,
        num_boost_round=learner.max_trees,
        valid_sets=[_dataset(later, spec, reference=train_set)],
        valid_names=["later"],
        feval=_CalibratedLoss(later),
        callbacks=[lgb.record_evaluation(history), lgb.early_stopping(_PATIENCE, verbose=False)],
    )
    return np.array(history["later"]["calibrated"]), float(later.weight.sum())


class _CalibratedLoss:
    """Log loss of scores on the line that calibrates them best, as LightGBM asks for it after every tree."""

    def __init__(self, later: Rows) -> None:
        self._label, self._weight = later.label.astype(np.float64), later.weight
        self._line = (1.0, 0.0)

    def __call__(self, probability: NDArray[np.float64], _data: lgb.Dataset) -> tuple[str, float, bool]:
        label, weight = self._label, self._weight
        raw = np.log(probability) - np.log1p(-probability)
        line = logistic_line(label, raw, weight, start=self._line)
        if not line[0] > 0:  # of no use: calibration would leave nothing but the average
            rate = mean(label, weight)
            return "calibrated", float(-rate * np.log(rate) - (1 - rate) * np.log1p(-rate)), False
        self._line = line
        return "calibrated", mean(log_losses(label, line[1] + line[0] * raw), weight), False


def _dataset(rows: Rows, spec: FeatureSpec, *, reference: lgb.Dataset | None = None) -> lgb.Dataset:
    return lgb.Dataset(
        rows.matrix,
        label=rows.label,
        weight=None if (rows.weight == 1).all() else rows.weight,
        feature_name=[f"f{i}" for i in range(len(spec.features))],
        categorical_feature=spec.categories,
        reference=reference,
        params={"verbosity": -1, "deterministic": True},
        free_raw_data=True,
    )
