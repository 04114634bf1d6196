"""Parameters of the trees, proposed by optuna and tried on later rows."""

from dataclasses import dataclass

import optuna
from optuna.distributions import FloatDistribution, IntDistribution

from training.learn.learners.chosen import Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.contestants import try_trees
from training.learn.tournament.tried import TriedContestant

#: What is proposed besides what is written: around the depth that is quick to explain (4).
_RANGES: dict[str, IntDistribution | FloatDistribution] = {
    "depth": IntDistribution(2, 5),
    "leaves": IntDistribution(4, 32, log=True),
    "min_leaf_rows": IntDistribution(10, 200, log=True),
    "feature_fraction": FloatDistribution(0.25, 1.0),
    "l2": FloatDistribution(1.0, 100.0, log=True),
}
#: Proposed first, the rest as written: how many features a tree may draw from matters most, either
#: way; deeper trees need a wider choice of borders and fewer features; and some tables like many
#: small trees.
_FIRST: tuple[dict[str, float], ...] = (
    {"feature_fraction": 0.3},
    {"feature_fraction": 0.8},
    {"feature_fraction": 0.3, "depth": 5, "leaves": 24},
    {"feature_fraction": 0.3, "leaves": 6, "min_leaf_rows": 20, "l2": 2.0},
)
#: Proposals, the first among them, before the sampler has something to go by.
_AT_RANDOM = 5


@dataclass(frozen=True)
class TuningTrial:
    """Parameters of trees, and how well they did.

    Attributes:
        trees: The parameters, with the number of trees that does best.
        log_loss: Log loss on later leads, calibrated; in nats.
        log_loss_by_cut: The same for each cut of time, the earliest first.
    """

    trees: Trees
    log_loss: float
    log_loss_by_cut: tuple[float, ...]


def tuned(
    arena: Arena, written: Trees, *, trials: int, budget: Budget
) -> tuple[TriedContestant, tuple[TuningTrial, ...]]:
    """The parameters that do best.

    What is written stands among them. Proposals are tried as one LightGBM model on all blocks of
    the arena: a few that often help, then those of a tree-structured Parzen estimator (Bergstra et
    al. 2011). The same seed gives the same proposals. What is written under ``learner.params`` is
    not tuned.

    Returns:
        One LightGBM model with these parameters; and what was tried, the written ones first.
    """
    tried = [try_trees(arena, "lightgbm", written)]
    study = _study(arena.learner.seed)
    open_ = {name: way for name, way in _RANGES.items() if name not in written.fixed}
    for changes in _FIRST:
        if changes.keys() & open_.keys():
            proposed = _within(written) | changes
            study.enqueue_trial({name: proposed[name] for name in open_})
    while open_ and len(tried) <= trials and not budget.is_over():
        asked = study.ask(dict(open_))
        tried.append(try_trees(arena, "lightgbm", written.trying(asked.params)))
        study.tell(asked, arena.later.mean(tried[-1].losses))
    found = tuple(
        TuningTrial(each.trees, arena.later.mean(each.losses), arena.later.by_cut(each.losses))
        for each in tried
    )
    return min(tried, key=lambda each: arena.later.mean(each.losses)), found


def _within(written: Trees) -> dict[str, float]:
    """What is written, as far as the ranges reach."""
    return {
        name: min(max(getattr(written, name), way.low), way.high) for name, way in _RANGES.items()
    }


def _study(seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_AT_RANDOM)
    return optuna.create_study(direction="minimize", sampler=sampler)
