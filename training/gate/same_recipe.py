"""Grades that change although nothing changed: one recipe, fitted to the same rows with another
seed.

A migration tells what a new model changes. How much of that is chance, this tells: what two models
disagree about that differ in nothing but their seed.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.files.canonical_json import json_ready
from propensity.model.model import PropensityModel
from propensity.registry.champion import Champion
from propensity.scoring.placements import Placements
from propensity.scoring.tonight import population
from training.gate.preview import agreed_after, placed
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.refit import ship
from training.learn.rows.history import History
from training.learn.rows.run import Run

#: Leads below which a share is not told.
_FEWEST = 20


@dataclass(frozen=True)
class SameRecipe:
    """What changes for whom where only the seed changes, as shares of the leads.

    Attributes:
        leads: Leads compared: the population of the newest day that training saw.
        grades: Share with another grade.
        areas: Share with another quadrant; with another half, where there is one axis only.
        instructions: Share with another instruction; None without a definition.
        mqls: Share that is MQL by one of the two only; None without a definition.
    """

    leads: int
    grades: float
    areas: float
    instructions: float | None
    mqls: float | None

    @property
    def sentence(self) -> str:
        """What changes where only the seed does, for people."""
        told = [f"another grade {self.grades:.1%}", f"another quadrant or half {self.areas:.1%}"]
        if self.instructions is not None and self.mqls is not None:
            told += [f"another instruction {self.instructions:.1%}", f"MQL or not {self.mqls:.1%}"]
        return (
            f"Grades that change although nothing changed (the same recipe, another seed), of"
            f" {self.leads:,} leads: {', '.join(told)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only."""
        ready = json_ready(asdict(self))
        return ready if isinstance(ready, dict) else {}


def same_recipe(
    run: Run,
    past: History,
    *,
    chosen: RecipeChoices,
    challenger: PropensityModel,
    champion: Champion | None,
) -> SameRecipe | None:
    """Fit the challenger's recipe once more with the next seed, and grade the newest leads by both.

    Costs what the refit of the shipped model costs, once more.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows that the challenger was fitted to.
        chosen: The challenger's choices.
        challenger: The challenger as it would be served.
        champion: Champion in use; None where there is none.

    Returns:
        None where fewer than 20 leads are in the population.

    Raises:
        ConfigError: The definition cannot be used.
        DataError: The sources cannot be used.
    """
    learner = run.config.learner
    reseeded = run.config.model_copy(
        update={"learner": learner.model_copy(update={"seed": learner.seed + 1})}
    )
    other, _ = ship(replace(run, config=reseeded), past, chosen=chosen)
    rows = population(challenger, run.store, run.store.observed_day)
    if rows.num_rows < _FEWEST:
        return None
    one, two = (
        placed(run, rows, model, agreed_after(run.config, champion, model), explained=False)
        for model in (challenger, other)
    )
    return disagreement(one, two)


def disagreement(one: Placements, two: Placements) -> SameRecipe:
    """What two placements of the same leads disagree about."""
    return SameRecipe(
        leads=len(one.grade),
        grades=_share(one.grade, two.grade),
        areas=_share(one.area, two.area),
        instructions=_known_share(one.case, two.case),
        mqls=_known_share(one.is_mql, two.is_mql),
    )


def _share(one: NDArray[Any], two: NDArray[Any]) -> float:
    return float(np.mean(one != two))


def _known_share(one: NDArray[Any] | None, two: NDArray[Any] | None) -> float | None:
    return None if one is None or two is None else _share(one, two)
