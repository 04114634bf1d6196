"""Trees as they grow on the judged blocks: scores of the later rows after so many of them."""

from collections.abc import Sequence

import numpy as np

from training.learn.learners.chosen import Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.judged_rows import Floats
from training.learn.tournament.staged import StagedModel, grow_staged, step_of
from training.learn.tournament.tried import Curve


def curve_of(arena: Arena, trees: Trees) -> Curve:
    """Scores of all judged rows after so many trees, of one model or the mean of a bag."""
    return joined(
        arena,
        trees,
        [grown(arena, number, trees) for number in range(len(arena.blocks))],
    )


def grown(arena: Arena, number: int, trees: Trees) -> Floats:
    """(k, n) scores of a block's later rows: the first model ends where more trees no longer help,
    the others there.

    Args:
        arena: The blocks.
        number: Which block.
        trees: What the trees are like; of a bag, how many models it has.
    """
    most = trees.with_trees(most_trees(arena, trees, trees.models))
    step = step_of(most.trees)
    block = arena.blocks[number]
    earlier, later = arena.earlier(block), arena.judged(block)
    if not trees.bags:
        return grow_staged(earlier, later, arena.task, most, step=step).scores
    total, models = np.empty((0, 0)), 0
    for fold, (others, _) in enumerate(arena.folds(block)):
        for seed in range(fold * trees.bags, (fold + 1) * trees.bags):
            found: StagedModel = grow_staged(
                earlier.take(others),
                later,
                arena.task,
                most,
                step=step,
                seed=seed,
                stop=not models,
            )
            total = total + found.scores if models else found.scores
            most, models = most.with_trees(int(found.counts[-1])), models + 1
    return total / models


def joined(arena: Arena, trees: Trees, blocks: Sequence[Floats]) -> Curve:
    """The curve of what grew on the first blocks, or on all; a block that ended early stays as it
    was.
    """
    longest = max(len(each) for each in blocks)
    scores = np.concatenate(
        [np.pad(each, ((0, longest - len(each)), (0, 0)), mode="edge") for each in blocks], axis=1
    )
    later = arena.later.first(scores.shape[1])
    step = step_of(most_trees(arena, trees, trees.models))
    return Curve(
        trees,
        step * np.arange(1.0, longest + 1),
        scores,
        later.losses_on_the_way(scores),
        later,
        arena.growth,
    )


def most_trees(arena: Arena, trees: Trees, models: int) -> int:
    """Trees that one of so many models may have: all leaves together stay within the configured
    number.
    """
    within = arena.learner.most_leaves // (models * min(trees.leaves, 1 << trees.depth))
    return max(1, min(arena.learner.max_trees, within))


def within_leaves(arena: Arena, trees: Trees) -> Trees:
    """The trees, smaller where so many models of one tree each would have too many leaves."""
    return trees.trying(
        {"leaves": min(trees.leaves, max(2, arena.learner.most_leaves // trees.models))}
    )
