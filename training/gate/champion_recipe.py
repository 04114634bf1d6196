"""The champion's recipe under today's configuration, and what the champion knows."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.days import day_number
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from training.gate.stores import store_to_score
from training.learn.learners.chosen import RecipeChoices
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

#: What makes a recipe, besides its choices: the sections of the configuration it reads.
_SECTIONS = ("columns", "behaviour", "features", "learner")


def recipe_of(config: Config, champion: PropensityModel) -> Config:
    """Today's configuration with the sections that make the champion's recipe."""
    theirs = champion.config
    decisions = config.decisions.model_copy(update={"entries": theirs.decisions.entries})
    return config.model_copy(
        update={**{name: getattr(theirs, name) for name in _SECTIONS}, "decisions": decisions}
    )


def is_same_recipe(config: Config, other: Config) -> bool:
    """Whether two configurations make the same recipe, the choices and the seed apart."""
    seed = {"seed": config.learner.seed}
    other = other.model_copy(update={"learner": other.learner.model_copy(update=seed)})
    same = all(getattr(config, name) == getattr(other, name) for name in _SECTIONS)
    return same and config.decisions.in_force == other.decisions.in_force


def own_of(model: PropensityModel) -> tuple[dict[str, Any], ...]:
    """What somebody brought in place of a learner; see ``RecipeChoices.own``."""
    chosen = RecipeChoices.stored_in(model.facts)
    return chosen.own if chosen else ()


def known_until(model: PropensityModel) -> int | None:
    """Number of the day up to which a model's training labels reach; None where it does not say."""
    until = model.facts.get("period", {}).get("observed_until")
    return day_number(date.fromisoformat(until)) if until else None


def score_of(run: Run, rows: LabelledRows, model: PropensityModel) -> NDArray[np.float64]:
    """(n,) log-odds of a model for rows."""
    with store_to_score(run, model) as opened:
        return model.concept_sums(run.build(opened, rows.rows, model.spec).matrix).log_odds
