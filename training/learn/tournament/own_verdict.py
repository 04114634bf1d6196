"""Do features of the company's own earn their place on later leads?"""

from dataclasses import dataclass

from features.spec import OwnSource
from training.learn.learners.chosen import Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.contestants import try_trees


@dataclass(frozen=True)
class OwnVerdict:
    """What the features of one function or query are worth.

    Attributes:
        code: Name of the code.
        features: What it computes, as far as it varies.
        gain: Log loss on later leads without them minus that with them, in nats.
        error: Standard error of the gain, over leads (accounts).
    """

    code: str
    features: tuple[str, ...]
    gain: float
    error: float

    @property
    def is_kept(self) -> bool:
        """Whether leads are judged better with them beyond noise."""
        return self.gain > self.error


def own_verdicts(arena: Arena, trees: Trees) -> tuple[OwnVerdict, ...]:
    """Own features, each code's left out in turn, judged by one LightGBM model as the configuration
    writes it.

    Args:
        arena: Where later leads judge.
        trees: What the model's trees are like.
    """
    by_code: dict[str, list[str]] = {}
    for feature in arena.task.spec.features:
        if isinstance(feature.source, OwnSource):
            by_code.setdefault(feature.source.code, []).append(feature.name)
    if not by_code or sum(map(len, by_code.values())) == len(arena.task.spec.features):
        return ()
    whole = try_trees(arena, "lightgbm", trees)
    found = []
    for code, names in by_code.items():
        without = try_trees(arena.without(tuple(names)), "lightgbm", trees)
        gap = arena.later.gap(without.losses, whole.losses)
        found.append(OwnVerdict(code, tuple(names), gap.mean, gap.error))
    return tuple(found)
