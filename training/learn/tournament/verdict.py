"""Who wins a contest: the simplest that is no worse than the best beyond noise."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from features.settings import StrictModel
from training.learn.learners.chosen import Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.tried import ORDER, TriedContestant

#: Standard errors by which the best has to beat the close rate alone: it is the best of many, with
#: fitted slopes.
_PROOF = 2.0


class Contestant(StrictModel):
    """A line of the table of contestants.

    Attributes:
        name: Who.
        axes: ``apart`` or ``shared``.
        log_loss: Log loss on later leads, calibrated; in nats.
        roc_auc: ROC AUC on later leads, within each block and as-of.
        behind: Log loss above the best of the same axes.
        error: Standard error of that difference, over leads (accounts).
        leaves: Leaves of the served trees together, at most.
        decisions: Look-ups that one lead costs: decisions of the trees on the lead's way, and
            terms.
        won: Whether it is served.
        log_loss_by_cut: Log loss on the later leads of each cut of time, the earliest first; in no
            stored model.
    """

    name: str
    axes: str
    log_loss: float
    roc_auc: float
    behind: float
    error: float
    leaves: int
    decisions: int
    won: bool = False
    log_loss_by_cut: tuple[float, ...] = Field(default=(), exclude=True)


@dataclass(frozen=True)
class TournamentResult:
    """How a contest ended.

    Attributes:
        winner: Who is served.
        table: A line per contestant, the simplest first.
        proven: Whether the best beats the close rate alone by more than two standard errors.
    """

    winner: TriedContestant
    table: tuple[Contestant, ...]
    proven: bool


def simplest(arena: Arena, tried: Sequence[TriedContestant]) -> TournamentResult:
    """The fewest leaves win among those no more than one standard error behind the best (Breiman et
    al. 1984).

    That error is spent here and nowhere before: trees, parameters and penalties are those that do
    best.

    Where the best beats the close rate alone by no more than two, nobody has shown anything, and
    the fewest leaves of all win.

    Args:
        arena: Where they met.
        tried: Contestants with the same axes.
    """
    best = min(tried, key=lambda each: arena.later.mean(each.losses))
    gaps = [arena.later.gap(each.losses, best.losses) for each in tried]
    gain = arena.later.gap(arena.later.unscored(), best.losses)
    proven = gain.mean > _PROOF * gain.error
    winner = min(
        [each for each, gap in zip(tried, gaps, strict=True) if gap.is_noise or not proven],
        key=lambda each: (each.most_leaves, ORDER.index(each.name)),
    )
    table = tuple(
        Contestant(
            name=each.name,
            axes=each.axes,
            log_loss=arena.later.mean(each.losses),
            roc_auc=arena.later.roc_auc(each.scores),
            behind=gap.mean,
            error=gap.error,
            leaves=each.most_leaves,
            decisions=_decisions(each, len(arena.task.spec.features)),
            won=each is winner,
            log_loss_by_cut=arena.later.by_cut(each.losses),
        )
        for each, gap in zip(tried, gaps, strict=True)
    )
    return TournamentResult(winner, table, proven)


def _decisions(tried: TriedContestant, features: int) -> int:
    of_trees = sum(
        part.models * part.trees * part.depth for part in tried.parts if isinstance(part, Trees)
    )
    return of_trees + (features if any(not isinstance(part, Trees) for part in tried.parts) else 0)
