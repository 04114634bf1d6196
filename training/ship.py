"""The shipped model: the recipe refitted on all mature rows, with the number of trees that was chosen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from features.days import date_of
from features.store import Store
from propensity.config import Config
from propensity.model import PropensityModel
from propensity.parts import Member
from propensity.rarity import FACT
from training import recipe
from training.curves import with_curves
from training.distributions import distributions
from training.evidence import evidence
from training.history import History
from training.learner import Rows
from training.rarity import learn_rarity


def ship(
    config: Config,
    store: Store,
    past: History,
    *,
    trees: int,
    metrics: Mapping[str, Any] | None = None,
    on_fold: Callable[[], None] = lambda: None,
) -> tuple[PropensityModel, Rows]:
    """Fit the recipe on all mature rows.

    Args:
        config: What the run was told.
        store: The canonical tables.
        past: The rows.
        trees: Their number, chosen on the older part.
        metrics: The recipe's figures, to go with the model.
        on_fold: Called at the start of each fold of the calibration.

    Returns:
        The model, and the rows as its learner saw them.
    """
    spec, seen = recipe.see(config, store, past.rows)
    fitted = recipe.fit(config, past.rows, spec, seen, trees=trees, on_fold=on_fold)
    model = PropensityModel(
        config=config,
        spec=spec,
        members=(Member(text=fitted.text),),
        calibration=fitted.calibration,
        offsets=np.zeros(len(spec.features)),
        reference=past.reference,
        metrics=metrics or {},
        facts=_facts(config, store, past),
        distributions=distributions(spec, seen.matrix, seen.weight),
    )
    model = _centred(model, seen)
    folds = [
        (_centred(replace(model, members=(Member(text=fold.text),), offsets=np.zeros(len(spec.features))), seen),
         fold.held_out)
        for fold in fitted.folds
    ]  # fmt: skip
    rarity = learn_rarity(model, seen.matrix, seen.weight, past.rows.lead)
    model = replace(model, facts={**model.facts, FACT: rarity.model_dump(mode="json")})
    proof = evidence(spec, model.concepts, past.rows, seen.matrix, folds, seed=config.learner.seed)
    return replace(model, reference=with_curves(model, seen), evidence=proof), seen


def _centred(model: PropensityModel, seen: Rows) -> PropensityModel:
    """Centre the contributions on the unsampled population: SHAP counts sampled rows, not their weights."""
    if (seen.weight == 1).all():
        return model
    contributions = model.sums(seen.matrix).contributions
    return replace(model, offsets=-(seen.weight @ contributions) / seen.weight.sum())


def _facts(config: Config, store: Store, past: History) -> dict[str, Any]:
    period = {}
    if past.plan:
        period = {
            "first_as_of": str(date_of(past.plan.older[0])),
            "last_as_of": str(date_of(past.plan.test[-1])),
            "observed_until": str(date_of(store.observed_day)),
            "observed_from": store.observed_from,
        }
    return {
        "fingerprint": store.fingerprint,
        "period": period,
        "goal": config.goal.model_dump() if config.goal else None,
        "packages": {name: version(name) for name in ("lead-propensity", "lightgbm", "numpy", "duckdb")},
    }
