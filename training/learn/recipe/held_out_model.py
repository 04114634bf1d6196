"""The model that replays: the recipe fitted on the older part, which knows nothing of the days it
is asked about.
"""

from collections.abc import Callable

import numpy as np

from features.days import date_of, day_number
from features.errors import RefusedError
from propensity.model.model import PropensityModel
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe import recipe
from training.learn.recipe.distributions import distributions
from training.learn.recipe.expected_rate import as_served
from training.learn.recipe.newest_level import on_newest_level
from training.learn.rows.history import History
from training.learn.rows.run import Run


def recipe_model(
    run: Run,
    past: History,
    *,
    chosen: RecipeChoices | None = None,
    served: PropensityModel | None = None,
    on_fold: Callable[[], None] = lambda: None,
) -> PropensityModel:
    """Fit the recipe on the older part; a model that was fitted elsewhere stands for itself.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows and their parts.
        chosen: The choices, where they were made on the older part before; else they are made here.
        served: The registered model with these choices, where there is one.
        on_fold: Called at the start of each fold of the calibration.

    Returns:
        The model; ``facts["recipe"]`` holds the choices.

    Raises:
        RefusedError: A model that was fitted elsewhere saw outcomes of the test part.
    """
    own = chosen.fitted_elsewhere if chosen else None
    if own is not None and served is not None:
        first = int(past.rows.time[past.test].min())
        if first < day_number(own.trained_until):
            raise RefusedError(
                f"The own model saw outcomes until {own.trained_until}, and the test part begins on"
                f" {date_of(first)}: nothing would be held out. Wait until the newest"
                " snapshots are later, or name fewer days in snapshots.test_days."
            )
        return served
    older = past.rows.take(past.older)
    spec, seen = recipe.see(run, older)
    choices = chosen or recipe.choose(run.config, older, spec, seen).chosen
    fitted = recipe.fit(run.config, older, spec, seen, chosen=choices, on_fold=on_fold)
    if past.plan is not None:
        fitted, _ = on_newest_level(run, fitted, older, past.rows, moment=past.plan.test.start)
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
