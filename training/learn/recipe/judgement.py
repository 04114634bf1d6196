"""Is the recipe any good: its figures on the test part, beside what it has to beat."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from propensity.config.config import Config
from training.learn.learners.baseline_columns import baseline_columns, squarable
from training.learn.learners.baselines import PointsTable, fit_baselines
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.calibration_check import CalibrationCheck, check_calibration
from training.learn.metrics.days import DayCheck, check_days
from training.learn.metrics.evaluate import difference, evaluate, split_report
from training.learn.metrics.evaluation import Estimate, Evaluation, to_dict
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.scores_compared import ScoreComparison, segments_of
from training.learn.metrics.segments import segment_values
from training.learn.recipe import recipe
from training.learn.recipe.newest_level import NewestLevel
from training.learn.recipe.recipe import FittedRecipe
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.learn.tournament.choose import TournamentChoice

#: The recipe's name in every table of figures.
RECIPE = "Propensity"


@dataclass(frozen=True)
class Judgement:
    """The recipe's figures on the test part.

    Attributes:
        recipe: The model's own evaluation.
        baselines: What every model must beat, by name.
        gains: ROC AUC of the recipe minus that of each baseline, with the paired interval.
        seen_and_new: Evaluations for leads seen in training and for new ones, where both exist.
        price_of_axes: ROC AUC that trees mixing both axes would have added; None where axes are
            shared.
        choice: What was chosen on later leads of the older part.
        calibration: Promised beside observed close rates, in all and by segment.
        days: The same and the ranking by phase and weekday; None for flat input.
        met: The recipe's scores beside those of the baselines, for the gate; in no file.
        level: The level of the newest outcomes before the test part, on which the recipe stands;
            None where it was not asked for.
    """

    recipe: Evaluation
    baselines: dict[str, Evaluation]
    gains: dict[str, Estimate]
    seen_and_new: dict[str, Evaluation]
    price_of_axes: Estimate | None
    choice: TournamentChoice
    calibration: CalibrationCheck
    met: ScoreComparison
    days: DayCheck | None = None
    level: NewestLevel | None = None

    @property
    def worse_than(self) -> list[str]:
        """Baselines that beat the recipe beyond noise."""
        return [name for name, gain in self.gains.items() if gain.high < 0]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for the registry; aggregates only."""
        return {
            "recipe": to_dict(self.recipe),
            "baselines": {name: to_dict(evaluation) for name, evaluation in self.baselines.items()},
            "roc_auc_above": {name: vars(gain) for name, gain in self.gains.items()},
            "seen_and_new": {
                name: to_dict(evaluation) for name, evaluation in self.seen_and_new.items()
            },
            "price_of_axes": vars(self.price_of_axes) if self.price_of_axes else None,
            "chosen": self.choice.chosen.stored(),
            "contestants": self.choice.table(),
            "calibration": self.calibration.to_dict(),
            "days": self.days.to_dict() if self.days else None,
            "newest_level": self.level.to_dict() if self.level else None,
        }


def judge(
    run: Run,
    fitted: FittedRecipe,
    older: LabelledRows,
    test: LabelledRows,
    *,
    choice: TournamentChoice,
    scores: NDArray[np.float64] | None = None,
    level: NewestLevel | None = None,
) -> Judgement:
    """Judge a recipe fitted on the older part.

    Args:
        run: The configuration, and the canonical tables.
        fitted: The recipe, carried out on ``older``.
        older: Rows it learned from.
        test: Rows nothing was chosen on.
        choice: What was chosen on later leads of ``older``.
        scores: (n,) log-odds of the test rows, where they are known; default the recipe's.
        level: The level of the newest outcomes on which the recipe stands.
    """
    matrix = run.build(run.store, test.rows, fitted.spec).matrix
    holdout = _holdout(test, older, flat=run.store.is_flat)
    scores = fitted.log_odds(matrix) if scores is None else scores
    seen = fitted.seen
    fitted_baselines = fit_baselines(
        squarable(seen.matrix),
        seen.label,
        seen.weight,
        points=PointsTable(fitted.spec, older.lead, run.config.learner.seed),
        **baseline_columns(fitted.spec),
    )
    baselines = {
        name: baseline.log_odds(squarable(matrix)) for name, baseline in fitted_baselines.items()
    }
    values = segment_values(run.store, test, run.config.audit.segments)
    return Judgement(
        recipe=evaluate(RECIPE, scores, holdout),
        baselines={name: evaluate(name, other, holdout) for name, other in baselines.items()},
        gains={name: difference(scores, other, holdout) for name, other in baselines.items()},
        seen_and_new=split_report(RECIPE, scores, holdout) if _has_seen_and_new(holdout) else {},
        price_of_axes=_price_of_axes(
            run.config, fitted, older, scores, matrix, holdout, choice.shared
        ),
        choice=choice,
        calibration=check_calibration(scores, holdout, values),
        met=ScoreComparison(holdout, scores, baselines, segments_of(values), "baselines"),
        days=(
            check_days(scores, holdout, test.time, every_days=run.config.snapshots.every_days)
            if run.config.snapshots
            else None
        ),
        level=level,
    )


def _holdout(test: LabelledRows, older: LabelledRows, *, flat: bool) -> Holdout:
    as_of = np.zeros(len(test), np.int32) if flat else test.round.astype(np.int32)
    known = np.isin(test.lead, older.lead)
    return Holdout(test.label, as_of, test.cluster, test.weight, known, test.win)


def _has_seen_and_new(holdout: Holdout) -> bool:
    seen = holdout.seen_in_training
    return seen is not None and bool(seen.any()) and not bool(seen.all())


def _price_of_axes(
    config: Config,
    fitted: FittedRecipe,
    older: LabelledRows,
    scores: NDArray[np.float64],
    matrix: NDArray[np.float64],
    holdout: Holdout,
    shared: RecipeChoices | None,
) -> Estimate | None:
    """ROC AUC that the best contestant free to mix the axes would have added on the test part."""
    if shared is None:
        return None
    mixing = recipe.fit_uncalibrated(config, older, fitted.spec, fitted.seen, chosen=shared)
    return difference(mixing(matrix), scores, holdout)
