"""A race of proposals, block by block: who is behind the best beyond noise is given up."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.learn.learners.chosen import Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.contestants import from_curve
from training.learn.tournament.growing import grown, joined, within_leaves
from training.learn.tournament.judged_rows import Floats
from training.learn.tournament.tried import Curve, TriedContestant

#: Standard errors over leads by which a proposal has to lie behind, to be given up: such a lag is
#: seldom made good on the blocks that are left.
BEYOND_NOISE = 1.0


@dataclass(frozen=True)
class Finish:
    """How far a proposal came.

    Attributes:
        trees: What was proposed.
        log_loss: Log loss on later leads, calibrated, in nats; of one that was given up, that of
            who led then, and how far it was behind on the rows that both had judged.
        tried: What came of it on all blocks; None where it was given up.
    """

    trees: Trees
    log_loss: float
    tried: TriedContestant | None


def raced(
    arena: Arena,
    name: str,
    proposals: Sequence[Trees],
    best: TriedContestant,
    *,
    beyond: float = BEYOND_NOISE,
) -> list[Finish]:
    """Try proposals on one block after another; after each block, those that lie behind ``best`` on
    the rows judged so far are given up.

    Args:
        arena: The blocks.
        name: The contestant whose trees these are.
        proposals: What the trees may be like.
        best: Who leads; it has judged all blocks.
        beyond: By how many standard errors of the difference, over leads, one has to lie behind.

    Returns:
        How far each came, in the order of the proposals.
    """
    running = {
        place: (within_leaves(arena, each), list[Floats]()) for place, each in enumerate(proposals)
    }
    found: dict[int, Finish] = {}
    for number in range(len(arena.blocks)):
        for place in list(running):
            trees, so_far = running[place]
            so_far.append(grown(arena, number, trees))
            curve = joined(arena, trees, so_far)
            if number + 1 == len(arena.blocks):
                tried = from_curve(arena, name, curve)
                found[place] = Finish(tried.trees, arena.later.mean(tried.losses), tried)
            elif (behind := _behind(curve, best, beyond)) is not None:
                loss = arena.later.mean(best.losses) + behind
                found[place] = Finish(trees, loss, None)
                del running[place]
    return [found[place] for place in range(len(proposals))]


def _behind(curve: Curve, best: TriedContestant, beyond: float) -> float | None:
    """How far a curve's best number of trees lies behind on the rows it has judged; None where that
    is no more than so many standard errors.
    """
    rows = curve.scores.shape[1]
    least = curve.losses[curve.least]
    gap = curve.later.gap(least, curve.later.losses(best.scores[:rows]))
    return gap.mean if gap.mean > beyond * gap.error else None
