"""The recipe: learn the features, choose on later leads, fit, calibrate on scores of leads it had
not seen.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.days import day_number
from features.errors import RefusedError
from features.selection import Selection, learn
from features.spec import FeatureSpec
from features.states import with_unseen_states
from propensity.config.config import Config
from propensity.config.sections import FOLDS
from propensity.contributions.terms import Terms
from propensity.model.model_parts import Calibration, Member
from propensity.progress import OnStep, silent
from training.learn.learners import trees as learner
from training.learn.learners.chosen import OwnFitted, RecipeChoices, Trees
from training.learn.learners.dropped_features import NarrowedSpec, drop_features
from training.learn.learners.members import (
    FoldModel,
    Members,
    fit_fold,
    fit_members,
    held_out_scores,
    served_scores,
)
from training.learn.learners.own_booster import on_spec, read_booster
from training.learn.learners.platt import platt
from training.learn.learners.scikit_learn import check_ways, terms_of
from training.learn.learners.spread import spread
from training.learn.learners.trees import LearnerRows, Task, has_both
from training.learn.rows.monotone import constraints
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import crossfit_folds
from training.learn.rows.time_blocks import blocks_of
from training.learn.tournament.choose import TournamentChoice
from training.learn.tournament.choose import choose as choose_among
from training.learn.tournament.recency import learner_weights

#: Folds of the cross-fitted scores that calibration is fitted on.
CALIBRATION_FOLDS = FOLDS
#: Wins, and others, later than what a model saw, that it can be calibrated on.
_LEAST = 10


@dataclass(frozen=True)
class FittedRecipe:
    """A recipe carried out on rows.

    Attributes:
        spec: The features, learned on the rows.
        seen: The rows as they taught, with all features of the spec.
        chosen: The choices it was carried out with.
        read: The features that the members read: those that are served.
        members: Members whose weighted sum is the raw score.
        calibration: Fitted on cross-fitted scores of the rows.
        folds: The models of the cross-fitted scores.
        held_out: (n,) calibrated log-odds of each row by a model that had not seen its lead or
            account; NaN where the row did not count. None where no such models were fitted.
    """

    spec: FeatureSpec
    seen: LearnerRows
    chosen: RecipeChoices
    read: NarrowedSpec
    members: Members
    calibration: Calibration
    folds: tuple[FoldModel, ...]
    held_out: NDArray[np.float64] | None = None

    def log_odds(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) calibrated log-odds of rows built by ``spec``, as they would be served."""
        return self.calibration.intercept + self.calibration.slope * self.raw(matrix)

    def raw(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) the same before calibration."""
        return served_scores(self.members, self.read.spec, self.read.matrix(matrix))


def see(run: Run, rows: LabelledRows) -> tuple[FeatureSpec, LearnerRows]:
    """Learn the features of rows and build them.

    Raises:
        RefusedError: No column can be learned from.
    """
    changes, decided = run.config.input.attribute_changes, run.config.decisions
    selection = Selection(
        behaviour=run.config.behaviour,
        settings=run.config.features,
        history=changes.attributes if changes else (),
        missing_values=run.config.input.missing_values,
        dropped=decided.columns("drop"),
        imputed=decided.columns("impute"),
        delays=decided.column_delays,
        dropped_events=decided.event_types("drop"),
        event_delays=decided.event_delays,
        filters=run.store.filters,
    )
    spec, table = learn(run.store, rows.rows, selection, build=run.build)
    if not spec.features:
        reasons = "; ".join(
            f"{unusable.column}: {unusable.reason}" for unusable in spec.unusable[:10]
        )
        raise RefusedError(f"No column can be learned from. {reasons}")
    return spec, LearnerRows(table.matrix, rows.label, rows.weight, table.drawn)


def choose_trees(config: Config, rows: LabelledRows, spec: FeatureSpec, seen: LearnerRows) -> int:
    """The number of trees of one LightGBM model that does best on later leads."""
    blocks = blocks_of(rows, seed=config.learner.seed)
    return learner.choose_trees(
        seen, spec, config.learner, [(block.earlier, block.later) for block in blocks]
    )


def plain(
    config: Config, rows: LabelledRows, spec: FeatureSpec, seen: LearnerRows
) -> RecipeChoices:
    """One LightGBM model as the configuration writes it; its number of trees is all that is
    chosen.
    """
    return RecipeChoices.plain(config.learner, trees=choose_trees(config, rows, spec, seen))


def choose(
    config: Config,
    rows: LabelledRows,
    spec: FeatureSpec,
    seen: LearnerRows,
    on_step: OnStep = silent,
) -> TournamentChoice:
    """Everything that is chosen on later leads: contestant, parameters, trees, weights, old
    history, clocks.

    Args:
        config: What is asked for.
        rows: Rows to choose on; nothing else is looked at.
        spec: Their features.
        seen: The rows as the learner sees them.
        on_step: Told what is tried, and the share done.
    """
    return choose_among(config, rows, spec, seen, on_step)


def fit(
    config: Config,
    rows: LabelledRows,
    spec: FeatureSpec,
    seen: LearnerRows,
    *,
    chosen: RecipeChoices,
    on_fold: Callable[[], None] = lambda: None,
) -> FittedRecipe:
    """Fit on the rows that count; calibrate on scores that each got from a model without its lead
    or account. A model that was fitted elsewhere is calibrated on the rows later than what it saw.

    Raises:
        RefusedError: All wins, or all losses, are of one account: nobody is left to calibrate on.
            Or a model that somebody brought cannot be served; the message says why.
    """
    if (own := chosen.fitted_elsewhere) is not None:
        return _fitted_elsewhere(config, rows, spec, seen, chosen, own)
    read, at, taught = _taught(config, rows, spec, seen, chosen)
    task = Task(
        read.spec, chosen.axes, config.learner.seed, constraints(read.spec, config.decisions)
    )
    folds = crossfit_folds(rows.take(at), n_folds=CALIBRATION_FOLDS, seed=config.learner.seed)
    members, models = fit_members(chosen.parts, taught, task, folds, on_fold=on_fold)
    known = taught.as_scored(read.spec).matrix
    raw = held_out_scores(models, read.spec, known)
    if len(np.unique(taught.label[~np.isnan(raw)])) < 2:
        raise RefusedError(
            f"The wins or the losses are of one account alone ({len(np.unique(rows.cluster)):,}"
            " accounts or leads in all), so that no model can be tried on accounts it has not"
            " seen. Check the column that account_id names."
        )
    apart = _spread(chosen, rows.take(at), task, taught, known, raw)
    calibration = platt(raw, taught.label, taught.weight, spread=apart)
    of_one = calibration if apart == 1.0 else platt(raw, taught.label, taught.weight)
    held_out = np.full(len(rows), np.nan)
    held_out[at] = of_one.intercept + of_one.slope * raw
    unseen = tuple(FoldModel(model.members, at[model.held_out]) for model in models)
    return FittedRecipe(spec, seen, chosen, read, members, calibration, unseen, held_out)


def _fitted_elsewhere(
    config: Config,
    rows: LabelledRows,
    spec: FeatureSpec,
    seen: LearnerRows,
    chosen: RecipeChoices,
    own: OwnFitted,
) -> FittedRecipe:
    """A model that somebody brought, calibrated on the rows later than what it saw."""
    if own.model is None:
        raise RefusedError(
            "A model that was fitted elsewhere cannot be carried out again from what is stored."
        )
    known = seen.as_scored(spec)
    ways = constraints(spec, config.decisions)
    member: Member | Terms
    if own.what == "booster":
        read, text = on_spec(read_booster(own.model), spec, axes=chosen.axes, monotone=ways)
        member = Member(text=text)
    else:
        read = drop_features(spec, ())
        member = terms_of(own.model, known, spec)
        check_ways(member, spec, ways)
    day = day_number(own.trained_until)
    later, earlier = np.flatnonzero(rows.time >= day), rows.time < day
    judged = rows.take(later)
    if min(judged.wins, judged.others) < _LEAST:
        raise RefusedError(
            f"Your own model saw outcomes until {own.trained_until}. Of leads looked at since,"
            f" {len(judged):,} rows have come to an end, {judged.wins:,} of them wins; at least"
            f" {_LEAST} wins and {_LEAST} others are needed to judge it. Keep the newest rows from"
            " it, or bring an estimator that is not fitted: then it learns from the older part."
        )
    matrix = read.matrix(known.matrix)
    taught = matrix[earlier] if earlier.any() else matrix
    read = NarrowedSpec(with_unseen_states(read.spec, taught), read.kept)
    raw = served_scores((member,), read.spec, matrix)
    calibration = platt(raw[later], judged.label, judged.weight)
    return FittedRecipe(
        spec, seen, chosen, read, (member,), calibration, (FoldModel((member,), later),)
    )


def calibrated_apart(
    raw: NDArray[np.float64], rows: LabelledRows, *, seed: int
) -> NDArray[np.float64]:
    """(n,) scores on the line that calibrates them best on rows of other leads or accounts.

    So a model that was fitted elsewhere is judged: no lead has a say in the line that it is judged
    by.

    Args:
        raw: (n,) scores of rows that the model did not see.
        rows: The rows, with wins and losses among them.
        seed: Seed of the folds.
    """
    whole = platt(raw, rows.label, rows.weight)
    found = whole.intercept + whole.slope * raw
    for others, out in crossfit_folds(rows, n_folds=CALIBRATION_FOLDS, seed=seed):
        if has_both(rows.label[others]):
            line = platt(raw[others], rows.label[others], rows.weight[others])
            found[out] = line.intercept + line.slope * raw[out]
    return found


def _spread(
    chosen: RecipeChoices,
    rows: LabelledRows,
    task: Task,
    taught: LearnerRows,
    known: NDArray[np.float64],
    raw: NDArray[np.float64],
) -> float:
    """How far the scores of a bag will lie apart, beside ``raw``, which are those of single models.

    One more model, of a fold of another cross-fit, tells how much two of them share.
    """
    if not any(isinstance(part, Trees) and part.bags for part in chosen.parts):
        return 1.0
    others, out = next(crossfit_folds(rows, n_folds=CALIBRATION_FOLDS, seed=task.seed + 1))
    if not has_both(taught.label[others]):
        return 1.0
    once_more = fit_fold(chosen.parts, taught.take(others), task, fold=CALIBRATION_FOLDS)
    beside = served_scores(once_more, task.spec, known[out])
    return spread(CALIBRATION_FOLDS, raw[out], beside, taught.weight[out])


def fit_uncalibrated(
    config: Config,
    rows: LabelledRows,
    spec: FeatureSpec,
    seen: LearnerRows,
    *,
    chosen: RecipeChoices,
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Fit what would be served, to rank with: from rows built by ``spec`` to raw scores."""
    read, at, taught = _taught(config, rows, spec, seen, chosen)
    task = Task(
        read.spec, chosen.axes, config.learner.seed, constraints(read.spec, config.decisions)
    )
    folds = crossfit_folds(rows.take(at), n_folds=CALIBRATION_FOLDS, seed=config.learner.seed)
    bagged = any(isinstance(part, Trees) and part.bags for part in chosen.parts)
    members, _ = fit_members(chosen.parts, taught, task, folds if bagged else ())
    return lambda matrix: served_scores(members, read.spec, read.matrix(matrix))


def _taught(
    config: Config, rows: LabelledRows, spec: FeatureSpec, seen: LearnerRows, chosen: RecipeChoices
) -> tuple[NarrowedSpec, NDArray[np.intp], LearnerRows]:
    """The features that are read, with the states that the rows show; the positions of the rows
    that count; and these rows as the learner sees them.
    """
    read, counts = drop_features(spec, chosen.dropped), learner_weights(config, rows, chosen.past)
    at = np.flatnonzero(counts > 0)
    taught = read.rows(seen).take(at)
    read = NarrowedSpec(with_unseen_states(read.spec, taught.matrix), read.kept)
    return read, at, replace(taught, weight=taught.weight * counts[at])
