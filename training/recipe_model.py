"""The model that replays: the recipe fitted on the older part, which knows nothing of the days it is asked about."""

from collections.abc import Callable

import numpy as np

from features.store import Store
from propensity.config import Config
from propensity.model import PropensityModel
from propensity.parts import Member
from training import recipe
from training.history import History


def recipe_model(
    config: Config,
    store: Store,
    past: History,
    *,
    trees: int | None = None,
    on_fold: Callable[[], None] = lambda: None,
) -> PropensityModel:
    """Fit the recipe on the older part.

    Args:
        config: What the run is told.
        store: The canonical tables.
        past: The rows and their parts.
        trees: Their number, where it was chosen on the older part before; else it is chosen here.
        on_fold: Called at the start of each fold of the calibration.

    Returns:
        The model; its metrics hold the number of ``trees``.
    """
    older = past.rows.take(past.older)
    spec, seen = recipe.see(config, store, older)
    number = trees or recipe.choose_trees(config, older, spec, seen)
    fitted = recipe.fit(config, older, spec, seen, trees=number, on_fold=on_fold)
    return PropensityModel(
        config=config,
        spec=spec,
        members=(Member(text=fitted.text),),
        calibration=fitted.calibration,
        offsets=np.zeros(len(spec.features)),
        reference=past.reference,
        metrics={"trees": number},
    )
