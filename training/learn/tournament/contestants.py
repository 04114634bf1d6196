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
from training.learn.tournament.growing import curve_of, most_trees, within_leaves
from training.learn.tournament.judged_rows import Floats
from training.learn.tournament.limits import LimitReached
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
    return from_curve(arena, name, curve_of(arena, within_leaves(arena, trees)))


def from_curve(arena: Arena, name: str, curve: Curve) -> TriedContestant:
    """The contestant whose trees grew so on all blocks."""
    most = most_trees(arena, curve.trees, curve.trees.models)
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
            most = most_trees(arena, each.curve.trees, models)
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
