"""The members of the sum, fitted: one model of all rows, or the models of the cross-fit
averaged.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import RefusedError
from features.spec import FeatureSpec
from propensity.contributions.terms import Terms, terms_scores
from propensity.model.engines import engines_of
from propensity.model.model_parts import Member
from propensity.model.silent_states import in_silence, recorded_states
from training.learn.learners.chosen import (
    LearnerPart,
    Linear,
    OwnFitted,
    OwnLinear,
    Spline,
    Trees,
)
from training.learn.learners.linear import fit_linear
from training.learn.learners.scikit_learn import check_ways, fit_estimator
from training.learn.learners.spline import fit_terms
from training.learn.learners.trees import Fold, LearnerRows, Task, grow, has_both, raw_scores

Members = tuple[Member | Terms, ...]


@dataclass(frozen=True)
class FoldModel:
    """A model, and the rows it has not seen.

    Attributes:
        members: Members whose weighted sum is its raw score.
        held_out: Positions of the rows.
    """

    members: Members
    held_out: NDArray[np.intp]


def scores(members: Iterable[Member | Terms], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) raw scores: the weighted sum of the members."""
    total = np.zeros(len(matrix))
    for member in members:
        own = (
            raw_scores(member.text, matrix)
            if isinstance(member, Member)
            else terms_scores(member, matrix)
        )
        total += member.weight * own
    return total


def served_scores(
    members: Members, spec: FeatureSpec, matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) raw scores as they are served: what is in a state that training did not show adds
    nothing.

    Args:
        members: Members of the sum.
        spec: The features they read, with the states that training showed.
        matrix: (n, features) rows as leads are scored.
    """
    unseen = in_silence(spec, recorded_states(spec), matrix)
    if unseen is None:
        return scores(members, matrix)
    special = unseen.any(axis=1)
    total = np.zeros(len(matrix))
    total[~special] = scores(members, matrix[~special])
    for engine in engines_of(members, matrix.shape[1]):
        told = engine.contributions(matrix[special], unseen=unseen[special])
        total[special] += engine.base + told.sum(axis=1)
    return total


def held_out_scores(
    models: Iterable[FoldModel], spec: FeatureSpec, matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) raw score of each row by the model it was held out from, as it would be served; NaN
    where there is none.
    """
    found = np.full(len(matrix), np.nan)
    for model in models:
        found[model.held_out] = served_scores(model.members, spec, matrix[model.held_out])
    return found


def fit_members(
    parts: Sequence[LearnerPart],
    rows: LearnerRows,
    task: Task,
    folds: Iterable[Fold],
    *,
    on_fold: Callable[[], None] = lambda: None,
) -> tuple[Members, tuple[FoldModel, ...]]:
    """Fit the parts of a sum, and a model per fold that saw no row of the clusters held out.

    A fold that has wins, or losses, alone to learn from gives none: its scores would be near
    certainties.

    Args:
        parts: Parts of the sum.
        rows: Rows to learn from.
        task: Their features and what holds for them.
        folds: Positions to learn from, and positions held out.
        on_fold: Called at the start of each fold.

    Returns:
        The members to serve (of a bag, those of all folds, averaged), and the models of the folds.
    """
    of_fold: list[list[Members]] = []
    held_out = []
    for number, (others, out) in enumerate(folds):
        on_fold()
        if has_both(rows.label[others]):
            teaching = rows.take(others)
            of_fold.append([_of_fold(part, teaching, task, number) for part in parts])
            held_out.append(out)
    served: list[Member | Terms] = []
    for place, part in enumerate(parts):
        if not isinstance(part, Trees) or not part.bags:
            served.append(_fitted(part, rows, task))
        else:
            bag = [member for members in of_fold for member in members[place]]
            served += [_weighing(member, member.weight / len(of_fold)) for member in bag]
    models = [
        FoldModel(tuple(member for members in found for member in members), out)
        for found, out in zip(of_fold, held_out, strict=True)
    ]
    return tuple(served), tuple(models)


def fit_fold(
    parts: Sequence[LearnerPart], rows: LearnerRows, task: Task, *, fold: int = 0
) -> Members:
    """Fit the parts as a fold's model has them: of a bag, its seeds averaged."""
    return tuple(member for part in parts for member in _of_fold(part, rows, task, fold))


def _of_fold(part: LearnerPart, rows: LearnerRows, task: Task, fold: int) -> Members:
    if not isinstance(part, Trees) or not part.bags:
        return (_fitted(part, rows, task),)
    bag = [_fitted(part, rows, task, seed=fold * part.bags + number) for number in range(part.bags)]
    return tuple(_weighing(member, part.weight / part.bags) for member in bag)


def _fitted(part: LearnerPart, rows: LearnerRows, task: Task, *, seed: int = 0) -> Member | Terms:
    if isinstance(part, Spline):
        terms = fit_terms(rows, task.spec, strength=part.strength, monotone=task.monotone)
        return _weighing(terms, part.weight)
    if isinstance(part, Linear):
        return _weighing(fit_linear(rows, task.spec, monotone=task.monotone), part.weight)
    if isinstance(part, OwnLinear):
        terms = fit_estimator(part.estimator, rows, task.spec)
        check_ways(terms, task.spec, task.monotone)
        return _weighing(terms, part.weight)
    if isinstance(part, OwnFitted):
        raise RefusedError(
            "A model that was fitted elsewhere cannot be fitted again to other rows. Train it anew"
            " where it was made, and bring it with `propensity train CONFIG --own-model FILE`."
        )
    return Member(text=grow(rows, task, part, seed=seed), weight=part.weight)


def _weighing(member: Member | Terms, weight: float) -> Member | Terms:
    return member.model_copy(update={"weight": weight})
