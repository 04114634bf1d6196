"""Parameters of the trees, proposed by optuna and tried on later rows."""

import optuna
from optuna.distributions import FloatDistribution, IntDistribution

from training.tournament.arena import Arena
from training.tournament.budget import Budget
from training.tournament.chosen import Trees
from training.tournament.contestants import Tried, of_trees

#: What is proposed besides what is written: around the depth that is quick to explain (4).
_RANGES: dict[str, IntDistribution | FloatDistribution] = {
    "depth": IntDistribution(2, 5),
    "leaves": IntDistribution(4, 32, log=True),
    "min_leaf_rows": IntDistribution(10, 200, log=True),
    "feature_fraction": FloatDistribution(0.25, 1.0),
    "l2": FloatDistribution(1.0, 100.0, log=True),
}
#: Proposed first, the rest as written: how many features a tree may draw from matters most, either way, and deeper
#: trees need a wider choice of borders and fewer features.
_FIRST: tuple[dict[str, float], ...] = (
    {"feature_fraction": 0.3},
    {"feature_fraction": 0.8},
    {"feature_fraction": 0.3, "depth": 5, "leaves": 24},
)
#: Proposals, the first among them, before the sampler has something to go by.
_AT_RANDOM = 5


def tuned(arena: Arena, written: Trees, *, trials: int, budget: Budget) -> tuple[Tried, int]:
    """The best of so many proposals if it beats what is written by more than one standard error; else what is written.

    Proposals are tried as one LightGBM model on all blocks of the arena: a few that often help, then those of a
    tree-structured Parzen estimator (Bergstra et al. 2011). The same seed gives the same proposals.

    Returns:
        One LightGBM model with these parameters, and how many proposals were tried.
    """
    first = of_trees(arena, "lightgbm", written)
    best, done = first, 0
    study = _study(arena.learner.seed)
    for changes in _FIRST:
        study.enqueue_trial(_within(written) | changes)
    while done < trials and not budget.is_over():
        asked = study.ask(dict(_RANGES))
        proposed = written.model_copy(update=asked.params)
        found = of_trees(arena, "lightgbm", proposed)
        study.tell(asked, arena.later.mean(found.losses))
        done += 1
        if arena.later.mean(found.losses) < arena.later.mean(best.losses):
            best = found
    return (first if arena.later.gap(first.losses, best.losses).is_noise else best), done


def _within(written: Trees) -> dict[str, float]:
    """What is written, as far as the ranges reach."""
    return {name: min(max(getattr(written, name), way.low), way.high) for name, way in _RANGES.items()}


def _study(seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_AT_RANDOM)
    return optuna.create_study(direction="minimize", sampler=sampler)
