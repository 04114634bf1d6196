"""How each contestant is tried on later rows: a regression, one model of trees, a bag, and a
blend.
"""

from collections.abc import Sequence

import numpy as np

from training.learn.learners.chosen import LearnerPart, Trees
from training.learn.learners.members import fit_fold
from training.learn.learners.members import scores as scores_of
from training.learn.learners.trees import LearnerRows
from training.learn.tournament.arena import Arena
from training.learn.tournament.blend import blended, crossfitted, weights
from training.learn.tournament.judged_rows import Floats
from training.learn.tournament.limits import LimitReached
from training.learn.tournament.staged import StagedModel, grow_staged, step_of
from training.learn.tournament.tried import Curve, TriedContestant


def try_additive(arena: Arena, name: str, candidates: Sequence[LearnerPart]) -> TriedContestant:
    """A regression: of the candidates the one that does best."""
    found = []
    for part in candidates:
        parts: tuple[LearnerPart, ...] = (part,)
        raw = np.concatenate(
            [
                _said(arena.earlier(block), arena.judged(block), parts, arena)
                for block in arena.blocks
            ]
        )
        found.append(TriedContestant(name, arena.task.axes, parts, raw, arena.later.losses(raw)))
    return min(found, key=lambda each: arena.later.mean(each.losses))


def _said(
    earlier: LearnerRows, later: LearnerRows, parts: tuple[LearnerPart, ...], arena: Arena
) -> Floats:
    return scores_of(fit_fold(parts, earlier, arena.task), later.matrix)


def try_trees(arena: Arena, name: str, trees: Trees) -> TriedContestant:
    """One model of trees, or a bag of them, with the number of trees that does best on the judged
    rows.

    Where so many models of one tree each would have too many leaves, the trees are smaller.
    """
    trees = trees.trying(
        {"leaves": min(trees.leaves, max(2, arena.learner.most_leaves // trees.models))}
    )
    curve, most = curve_of(arena, trees), _most_trees(arena, trees, trees.models)
    chosen, place = curve.best(most)
    return TriedContestant(
        name,
        arena.task.axes,
        (chosen,),
        curve.scores[place],
        curve.losses[place],
        curve,
        curve.limits(most, arena.learner),
    )


def curve_of(arena: Arena, trees: Trees) -> Curve:
    """Scores of the judged rows after so many trees, of one model or the mean of a bag."""
    most = trees.with_trees(_most_trees(arena, trees, trees.models))
    step = step_of(most.trees)
    grown = [_grown(arena, number, most, step) for number in range(len(arena.blocks))]
    longest = max(len(each) for each in grown)
    scores = np.concatenate(
        [np.pad(each, ((0, longest - len(each)), (0, 0)), mode="edge") for each in grown], axis=1
    )
    losses = arena.later.losses_on_the_way(scores)
    return Curve(
        trees, step * np.arange(1.0, longest + 1), scores, losses, arena.later, arena.growth
    )


def _grown(arena: Arena, number: int, trees: Trees, step: int) -> Floats:
    """(k, n) scores of a block's later rows: the first model ends where more trees no longer help,
    the others there.
    """
    block = arena.blocks[number]
    earlier, later = arena.earlier(block), arena.judged(block)
    if not trees.bags:
        return grow_staged(earlier, later, arena.task, trees, step=step).scores
    total, models = np.empty((0, 0)), 0
    for fold, (others, _) in enumerate(arena.folds(block)):
        for seed in range(fold * trees.bags, (fold + 1) * trees.bags):
            found: StagedModel = grow_staged(
                earlier.take(others),
                later,
                arena.task,
                trees,
                step=step,
                seed=seed,
                stop=not models,
            )
            total = total + found.scores if models else found.scores
            trees, models = trees.with_trees(int(found.counts[-1])), models + 1
    return total / models


def _most_trees(arena: Arena, trees: Trees, models: int) -> int:
    """Trees that one of so many models may have: all leaves together stay within the configured
    number.
    """
    within = arena.learner.most_leaves // (models * min(trees.leaves, 1 << trees.depth))
    return max(1, min(arena.learner.max_trees, within))


def try_blend(arena: Arena, tried: Sequence[TriedContestant]) -> TriedContestant:
    """The weighted sum of contestants, judged with weights that the judged row's lead had no say
    in.
    """
    models = sum(each.curve.trees.models for each in tried if each.curve is not None)
    parts, raw = [], []
    limits: dict[str, LimitReached] = {}
    for each in tried:
        if each.curve is None:
            parts.append(each.parts[0])
            raw.append(each.scores)
        else:
            most = _most_trees(arena, each.curve.trees, models)
            trees, place = each.curve.best(most)
            limits |= {found.key: found for found in each.curve.limits(most, arena.learner)}
            parts.append(trees)
            raw.append(each.curve.scores[place])
    shares = weights(raw, arena.later)
    kept = [
        part.weighing(float(share)) for part, share in zip(parts, shares, strict=True) if share > 0
    ]
    fair = crossfitted(raw, arena.later, seed=arena.learner.seed)
    return TriedContestant(
        "blend",
        arena.task.axes,
        tuple(kept),
        blended(raw, shares),
        arena.later.losses(fair),
        limits=tuple(limits.values()),
    )
