"""The learner as a classifier of scikit-learn: calibrated, its axes apart, exactly explained."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from features.errors import RefusedError
from features.population import ROWS
from features.settings import Axis
from features.spec import FeatureSpec
from propensity.config.config import Config, parse
from propensity.config.lightgbm_parameters import Value
from propensity.config.sections import ContestantName
from propensity.model.data_frames import matrix_of
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Reference
from training.estimator.frame_spec import spec_of
from training.learn.learners.trees import LearnerRows
from training.learn.recipe import recipe
from training.learn.rows.snapshots import LabelledRows

if TYPE_CHECKING:
    import shap


class PropensityClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The chance of a win from a table of features, as one sum: log-odds = base + fit + interest.

    Learners meet on folds of the rows it is given, the simplest good one wins, and its scores are
    calibrated on rows that it had not seen, as ``propensity train`` does it.

    Args:
        axes: Column to its axis, ``fit`` or ``interest``; those that are not named are of fit.
        spec: What the columns are, such as that of ``propensity.features``; then ``axes`` is not
            asked. None learns it from the columns: texts, categories and truth values by level, all
            else as numbers.
        shared: Whether trees may mix the axes.
        contestants: What may win; default all. One alone is taken as it is.
        trials: Parameters that are tried beside the usual ones.
        params: LightGBM's parameters by its own names, for all trees; they are not tuned.
        random_state: Seed of everything random.

    Attributes:
        classes_: (2,) the labels, ascending; the second is the win.
        model_: The model, which explains: ``model_.explain(X)``, ``model_.explanation(X)``.
        choice_: What was chosen, and the contestants beside it.
        n_features_in_: Number of columns.
        feature_names_in_: (n_features_in_,) their names, of a table that has names.

    >>> from sklearn.model_selection import cross_val_score
    >>> classifier = PropensityClassifier(axes={"visits": "interest"})
    >>> cross_val_score(classifier, X, y, scoring="roc_auc")  # doctest: +SKIP
    """

    def __init__(
        self,
        axes: Mapping[str, Axis] | None = None,
        *,
        spec: FeatureSpec | None = None,
        shared: bool = False,
        contestants: Sequence[ContestantName] | None = None,
        trials: int = 8,
        params: Mapping[str, Value] | None = None,
        random_state: int = 0,
    ) -> None:
        self.axes = axes
        self.spec = spec
        self.shared = shared
        self.contestants = contestants
        self.trials = trials
        self.params = params
        self.random_state = random_state

    def fit(
        self,
        X: Any,  # noqa: ANN401 — a table or an array
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        time: ArrayLike | None = None,
    ) -> Self:
        """Choose, fit and calibrate.

        Args:
            X: (n, features) a DataFrame, or an array of numbers. Values may be missing.
            y: (n,) two labels, of which the greater one is the win.
            sample_weight: (n,) rows of the population that each row stands for; default 1.
            groups: (n,) accounts, or leads: rows of one are never on both sides of a fold.
            time: (n,) numbers that order the rows, such as days: what is chosen is chosen on later
                rows. None of rows without time.

        Raises:
            ValueError: What is given is no table of features with two labels, or too few rows of
                one label are left to be calibrated on.
        """
        frame = self._frame(X, reset=True)
        labels = column_or_1d(y, warn=True)
        if len(labels) != len(frame):
            raise ValueError(f"expected {len(frame)} labels, one for each row, got {len(labels)}")
        target = type_of_target(labels, input_name="y", raise_unknown=True)
        if target not in ("binary", "multiclass"):
            raise ValueError(f"Unknown label type: {target}. Expected two labels: a win, and none.")
        weight = _check_sample_weight(
            sample_weight, frame, dtype=np.float64, ensure_non_negative=True
        )
        counts = weight > 0
        frame, labels, weight = frame[counts], labels[counts], weight[counts]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is"
                f" {target}; expected two classes, got {len(self.classes_)} class"
                f"{'es' * (len(self.classes_) != 1)}."
            )
        rows = _rows(codes.astype(np.int8), weight, groups, time, counts)
        spec = self.spec or spec_of(frame, dict(self.axes or {}))
        seen = LearnerRows(matrix_of(spec, frame), rows.label, rows.weight)
        try:
            self._learn(self._config(timed=time is not None), spec, rows, seen)
        except RefusedError as error:
            raise ValueError(str(error)) from error
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:  # noqa: ANN401 — a table or an array
        """(n,) log-odds of a win."""
        check_is_fitted(self)
        matrix = matrix_of(self.model_.spec, self._frame(X, reset=False))
        found: NDArray[np.float64] = self.model_.concept_sums(matrix).log_odds
        return found

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: ANN401 — a table or an array
        """(n, 2) chances of the two labels, in the order of ``classes_``."""
        chance = 1.0 / (1.0 + np.exp(-self.decision_function(X)))
        return np.column_stack([1.0 - chance, chance])

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: ANN401 — a table or an array
        """(n,) the likelier label of each row."""
        won = self.decision_function(X) > 0
        found: NDArray[Any] = self.classes_[won.astype(int)]
        return found

    def explanation(self, X: Any) -> "shap.Explanation":  # noqa: ANN401 — a table or an array
        """The exact contributions as an object of shap; see ``PropensityModel.explanation``."""
        check_is_fitted(self)
        return self.model_.explanation(self._frame(X, reset=False))

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:  # noqa: ANN401 — a table or an array
        """The table: of an array the columns are called x0, x1 and so on."""
        if isinstance(X, pd.DataFrame) and len(X) and X.shape[1]:
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X.set_axis(list(map(str, X.columns)), axis=1).reset_index(drop=True)
        values = validate_data(self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
        return pd.DataFrame(values, columns=[f"x{place}" for place in range(values.shape[1])])

    def _config(self, *, timed: bool) -> Config:
        learner: dict[str, object] = {
            "axes": "shared" if self.shared else "apart",
            "trials": self.trials,
            "seed": self.random_state,
            "params": dict(self.params or {}),
        }
        if self.contestants is not None:
            learner["contestants"] = list(self.contestants)
        settings = {
            "name": "classifier",
            "input": {"flat": {"path": "X", "columns": {"outcome": "y"}}},
            "split": {"order": "rows" if timed else "random"},
            "learner": learner,
        }
        return parse(settings, base=Path("/"), name="PropensityClassifier")

    def _learn(
        self, config: Config, spec: FeatureSpec, rows: LabelledRows, seen: LearnerRows
    ) -> None:
        self.choice_ = recipe.choose(config, rows, spec, seen)
        fitted = recipe.fit(config, rows, spec, seen, chosen=self.choice_.chosen)
        read = fitted.read.spec
        self.model_ = PropensityModel(
            config=config,
            spec=read,
            members=fitted.members,
            calibration=fitted.calibration,
            offsets=np.zeros(len(read.features)),
            reference=Reference(
                rows=len(rows), leads=len(np.unique(rows.cluster)), close_rate=rows.close_rate
            ),
        )

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 — a type of scikit-learn
        """What scikit-learn may expect."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def _rows(
    label: NDArray[np.int8],
    weight: NDArray[np.float64],
    groups: ArrayLike | None,
    time: ArrayLike | None,
    counts: NDArray[np.bool_],
) -> LabelledRows:
    """The rows that count, as the recipe wants them, each a lead of its own."""
    size, number = len(label), np.arange(len(label))
    cluster = number if groups is None else _coded(groups, "groups", counts)
    moment = np.zeros(size, dtype=np.int64) if time is None else _coded(time, "time", counts)
    keys = {"lead": number, "episode": np.ones(size, dtype=int), "as_of_day": np.zeros(size, int)}
    return LabelledRows(pa.table(keys).cast(ROWS), label, weight, moment, cluster)


def _coded(values: ArrayLike, name: str, counts: NDArray[np.bool_]) -> NDArray[np.int64]:
    given = np.asarray(values)
    if given.shape != counts.shape:
        raise ValueError(
            f"{name}: expected {len(counts)} values, one for each row, got {given.shape}"
        )
    _, codes = np.unique(given[counts], return_inverse=True)
    return codes.astype(np.int64)
