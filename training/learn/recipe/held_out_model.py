"""The model that replays: the recipe fitted on the older part, which knows nothing of the days it
is asked about.
"""

from collections.abc import Callable

import numpy as np

from propensity.model.model import PropensityModel
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe import recipe
from training.learn.recipe.distributions import distributions
from training.learn.recipe.expected_rate import as_served
from training.learn.rows.history import History
from training.learn.rows.run import Run


def recipe_model(
    run: Run,
    past: History,
    *,
    chosen: RecipeChoices | None = None,
    on_fold: Callable[[], None] = lambda: None,
) -> PropensityModel:
    """Fit the recipe on the older part.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows and their parts.
        chosen: The choices, where they were made on the older part before; else they are made here.
        on_fold: Called at the start of each fold of the calibration.

    Returns:
        The model; ``facts["recipe"]`` holds the choices.
    """
    older = past.rows.take(past.older)
    spec, seen = recipe.see(run, older)
    choices = chosen or recipe.choose(run.config, older, spec, seen).chosen
    fitted = recipe.fit(run.config, older, spec, seen, chosen=choices, on_fold=on_fold)
    rows = fitted.read.rows(seen).as_scored(fitted.read.spec)
    model = PropensityModel(
        config=run.config,
        spec=fitted.read.spec,
        members=fitted.members,
        calibration=fitted.calibration,
        offsets=np.zeros(len(fitted.read.spec.features)),
        reference=past.reference,
        facts={"recipe": choices.stored()},
        distributions=distributions(fitted.read.spec, rows.matrix, rows.weight),
    )
    return as_served(run, past, model)
