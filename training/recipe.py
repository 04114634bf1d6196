"""The recipe: learn the features, fit the learner, calibrate on scores of leads it had not seen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import RefusedError
from features.selection import Selection, learn
from features.spec import FeatureSpec
from features.store import Store
from propensity.config import Config
from propensity.parts import Calibration
from training import learner
from training.calibrate import platt
from training.snapshots import LabelledRows
from training.split import crossfit_folds, forward_folds

#: Folds of the cross-fitted scores that calibration is fitted on.
CALIBRATION_FOLDS = 5


@dataclass(frozen=True)
class Fitted:
    """A recipe carried out on rows.

    Attributes:
        spec: The features, learned on the rows.
        seen: The rows as the learner saw them.
        text: LightGBM's text model.
        calibration: Fitted on cross-fitted scores of the rows.
        folds: The models of the cross-fitted scores.
    """

    spec: FeatureSpec
    seen: learner.Rows
    text: str
    calibration: Calibration
    folds: tuple[learner.FoldModel, ...]

    def log_odds(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) calibrated log-odds of rows built by the spec."""
        return self.calibration.intercept + self.calibration.slope * learner.raw_scores(self.text, matrix)


def see(config: Config, store: Store, rows: LabelledRows) -> tuple[FeatureSpec, learner.Rows]:
    """Learn the features of rows and build them.

    Raises:
        RefusedError: No column can be learned from.
    """
    changes, decided = config.input.attribute_changes, config.decisions
    selection = Selection(
        behaviour=config.behaviour,
        settings=config.features,
        history=changes.attributes if changes else (),
        missing_values=config.input.missing_values,
        dropped=decided.columns("drop"),
        imputed=decided.columns("impute"),
        delays=decided.column_delays,
        dropped_events=decided.event_types("drop"),
        event_delays=decided.event_delays,
    )
    spec, table = learn(store, rows.rows, selection)
    if not spec.features:
        reasons = "; ".join(f"{unusable.column}: {unusable.reason}" for unusable in spec.unusable[:10])
        raise RefusedError(f"No column can be learned from. {reasons}")
    return spec, learner.Rows(table.matrix, rows.label, rows.weight)


def choose_trees(config: Config, rows: LabelledRows, spec: FeatureSpec, seen: learner.Rows) -> int:
    """The number of trees that does best on later leads: chosen on forward-chained folds of ``rows``."""
    return learner.choose_trees(seen, spec, config.learner, forward_folds(rows, seed=config.learner.seed))


def fit(
    config: Config,
    rows: LabelledRows,
    spec: FeatureSpec,
    seen: learner.Rows,
    *,
    trees: int,
    on_fold: Callable[[], None] = lambda: None,
) -> Fitted:
    """Fit on all rows; calibrate on scores that each row got from a model without its lead or account.

    Raises:
        RefusedError: All wins, or all losses, are of one account: nobody is left to calibrate on.
    """
    folds = crossfit_folds(rows, n_folds=CALIBRATION_FOLDS, seed=config.learner.seed)
    models = tuple(learner.crossfitted(seen, spec, config.learner, folds, trees=trees, on_fold=on_fold))
    raw = learner.scores_of(models, seen.matrix)
    if len(np.unique(seen.label[~np.isnan(raw)])) < 2:
        raise RefusedError(
            f"The wins or the losses are of one account alone ({len(np.unique(rows.cluster)):,} accounts or leads in "
            "all), so that no model can be tried on accounts it has not seen. Check the column that account_id names."
        )
    text = learner.train(seen, spec, config.learner, trees=trees)
    return Fitted(spec, seen, text, platt(raw, seen.label, seen.weight), models)
