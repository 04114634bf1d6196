"""Parameters of the trees, proposed by optuna and raced on later rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from training.learn.learners.chosen import Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.contestants import try_trees
from training.learn.tournament.race import raced
from training.learn.tournament.tried import TriedContestant

_Range = IntDistribution | FloatDistribution | CategoricalDistribution
#: What is proposed besides what is written: around the depth that is quick to explain (4).
_RANGES: dict[str, _Range] = {
    "depth": IntDistribution(2, 6),
    "leaves": IntDistribution(4, 48, log=True),
    "min_leaf_rows": IntDistribution(10, 200, log=True),
    "feature_fraction": FloatDistribution(0.25, 1.0),
    "l2": FloatDistribution(1.0, 100.0, log=True),
}
#: The same of categories, where there are some: one level at a time, or groups of levels.
_OF_CATEGORIES: dict[str, _Range] = {"levels_apart": CategoricalDistribution([64, 4])}
#: Proposed first, the rest as written: groups of levels tell more where many levels differ; most
#: features for every tree, and deep trees, find what features do together; some tables like many
#: small trees; and where little can be told, the smallest do best.
_FIRST: tuple[dict[str, float], ...] = (
    {"levels_apart": 4},
    {"feature_fraction": 0.8},
    {"feature_fraction": 0.6, "depth": 6, "leaves": 40, "min_leaf_rows": 20},
    {"feature_fraction": 0.3, "leaves": 6, "min_leaf_rows": 20, "l2": 2.0},
    {"feature_fraction": 0.6, "depth": 2, "leaves": 4, "min_leaf_rows": 100, "l2": 30.0},
)
#: Proposals that are raced together; the next ones are made when it is known how these did.
_TOGETHER = 5
#: Proposals, the first among them, before the sampler has something to go by.
_AT_RANDOM = 5


@dataclass(frozen=True)
class TuningTrial:
    """Parameters of trees, and how well they did.

    Attributes:
        trees: The parameters, with the number of trees that does best.
        log_loss: Log loss on later leads, calibrated; in nats. Of those that were given up, that
            of the best so far, and how far they lay behind it on the leads that both had judged.
        log_loss_by_cut: The same for each cut of time, the earliest first; none of those that were
            given up.
    """

    trees: Trees
    log_loss: float
    log_loss_by_cut: tuple[float, ...] = ()

    @classmethod
    def of(cls, arena: Arena, tried: TriedContestant) -> "TuningTrial":
        """What one that judged all leads came to."""
        losses = tried.losses
        return cls(tried.trees, arena.later.mean(losses), arena.later.by_cut(losses))


def tuned(
    arena: Arena, written: Trees, *, trials: int, budget: Budget
) -> tuple[TriedContestant, tuple[TuningTrial, ...]]:
    """The parameters that do best.

    What is written stands among them. Proposals are raced as one LightGBM model on the blocks of
    the arena: a few that often help, then those of a tree-structured Parzen estimator (Bergstra et
    al. 2011). The same seed gives the same proposals. What is written under ``learner.params`` is
    not tuned.

    Returns:
        One LightGBM model with these parameters; and what was tried, the written ones first.
    """
    best = try_trees(arena, "lightgbm", written)
    found = [TuningTrial.of(arena, best)]
    study, open_ = _study(arena.learner.seed), _open(arena, written)
    for changes in _FIRST:
        if changes.keys() & open_.keys():
            proposed = _within(written) | changes
            study.enqueue_trial({name: proposed[name] for name in open_})
    while open_ and len(found) <= trials and not budget.is_over():
        if len(found) == 1 + _TOGETHER and "levels_apart" in open_:
            study.enqueue_trial(_other_way(best.trees, open_))
        asked = [study.ask(dict(open_)) for _ in range(min(_TOGETHER, trials + 1 - len(found)))]
        ended = raced(arena, "lightgbm", [written.trying(each.params) for each in asked], best)
        for each, finish in zip(asked, ended, strict=True):
            study.tell(each, finish.log_loss)
            if finish.tried is None:
                found.append(TuningTrial(finish.trees, finish.log_loss))
            else:
                found.append(TuningTrial.of(arena, finish.tried))
                best = min(best, finish.tried, key=lambda tried: arena.later.mean(tried.losses))
    return best, tuple(found)


def _other_way(best: Trees, open_: Mapping[str, _Range]) -> dict[str, float]:
    """What did best so far, with the splits on categories the other way."""
    other = _within(best) | {"levels_apart": 4 if best.levels_apart != 4 else 64}
    return {name: other[name] for name in open_}


def _open(arena: Arena, written: Trees) -> dict[str, _Range]:
    """What is tuned: all that is not written by LightGBM's names."""
    ranges = _RANGES | (_OF_CATEGORIES if arena.task.spec.categories else {})
    return {name: way for name, way in ranges.items() if name not in written.fixed}


def _within(written: Trees) -> dict[str, float]:
    """What is written, as far as the ranges reach."""
    return {
        name: min(max(getattr(written, name), way.low), way.high)
        if not isinstance(way, CategoricalDistribution)
        else getattr(written, name)
        for name, way in {**_RANGES, **_OF_CATEGORIES}.items()
    }


def _study(seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_AT_RANDOM)
    return optuna.create_study(direction="minimize", sampler=sampler)
