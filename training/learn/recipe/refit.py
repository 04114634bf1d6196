"""The shipped model: the recipe refitted on all mature rows, with what was chosen on the older
part.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from features.days import date_of
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Calibration
from propensity.scoring.chance_interval import FACT as INTERVAL
from propensity.scoring.chance_interval import ChanceInterval
from propensity.scoring.little_evidence import FACT
from training.learn.learners.chosen import RecipeChoices
from training.learn.learners.trees import LearnerRows
from training.learn.recipe import recipe
from training.learn.recipe.axis_curves import with_curves
from training.learn.recipe.distributions import distributions
from training.learn.recipe.expected_rate import with_base_rate
from training.learn.recipe.learn_evidence import evidence
from training.learn.recipe.learn_interval import learn_interval
from training.learn.recipe.learn_rarity import learn_rarity
from training.learn.recipe.newest_level import FACT as LEVEL
from training.learn.recipe.newest_level import is_followed, level_of, moved
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.worked_rows import FACT as SELECTION
from training.learn.rows.young_rows import young_rows
from training.learn.tournament.recency import learner_weights


def ship(
    run: Run,
    past: History,
    *,
    chosen: RecipeChoices,
    metrics: Mapping[str, Any] | None = None,
    on_fold: Callable[[], None] = lambda: None,
) -> tuple[PropensityModel, LearnerRows]:
    """Fit the recipe on all mature rows.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows.
        chosen: The choices, made on the older part.
        metrics: The recipe's figures, to go with the model.
        on_fold: Called at the start of each fold of the calibration.

    Returns:
        The model, and the rows as its members read them when leads are scored.
    """
    whole, everything = recipe.see(run, past.rows)
    fitted = recipe.fit(run.config, past.rows, whole, everything, chosen=chosen, on_fold=on_fold)
    spec = fitted.read.spec
    seen = fitted.read.rows(everything).as_scored(spec)
    model = PropensityModel(
        config=run.config,
        spec=spec,
        members=fitted.members,
        calibration=fitted.calibration,
        offsets=np.zeros(len(spec.features)),
        reference=past.reference,
        metrics=metrics or {},
        facts={
            **_facts(run, past),
            "recipe": chosen.stored(),
            "reproducible": not chosen.cut,
            **({SELECTION: past.worked.to_dict()} if past.worked else {}),
        },
        distributions=distributions(spec, seen.matrix, seen.weight),
    )
    model = _centred(model, seen)
    folds = [
        (
            _centred(
                replace(model, members=fold.members, offsets=np.zeros(len(spec.features))), seen
            ),
            fold.held_out,
        )
        for fold in fitted.folds
    ]
    rarity = learn_rarity(model, seen.matrix, seen.weight, past.rows.lead)
    model = replace(model, facts={**model.facts, FACT: rarity.model_dump(mode="json")})
    proof = evidence(
        spec, model.concepts, past.rows, seen.matrix, folds, seed=run.config.learner.seed
    )
    counts = learner_weights(run.config, past.rows, chosen.past)
    interval = learn_interval(model, folds, seen.matrix, past.rows, counts)
    model = replace(model, reference=with_curves(model, seen, folds), evidence=proof)
    served = with_base_rate(run.config, past, model, seen.matrix, flat=run.store.is_flat)
    young = young_rows(run) if is_followed(run.config) else None
    level = level_of(run, fitted, past.rows, young, moment=run.store.observed_day)
    facts = {**served.facts, LEVEL: level.to_dict()} if level is not None else served.facts
    served = replace(served, calibration=moved(served.calibration, level), facts=facts)
    return _with_interval(served, interval, model.calibration), seen


def _with_interval(
    model: PropensityModel, interval: ChanceInterval | None, before: Calibration
) -> PropensityModel:
    """A model that tells intervals, which go where its log-odds went since they were learned."""
    if interval is None:
        return model
    gone = interval.moved(model.calibration.intercept - before.intercept)
    return replace(model, facts={**model.facts, INTERVAL: gone.model_dump(mode="json")})


def _centred(model: PropensityModel, seen: LearnerRows) -> PropensityModel:
    """Centre the contributions on the unsampled population.

    SHAP counts sampled rows, not what they stand for.
    """
    if (seen.weight == 1).all() and model.facts["recipe"]["past"]["how"] == "all":
        return model
    contributions = model.sums(seen.matrix).contributions
    # a matrix product depends on threads
    mean = (seen.weight[:, None] * contributions).sum(axis=0) / seen.weight.sum()
    return replace(model, offsets=-mean)


def _facts(run: Run, past: History) -> dict[str, Any]:
    period = {}
    if past.plan:
        period = {
            "first_as_of": str(date_of(past.plan.older[0])),
            "last_as_of": str(date_of(past.plan.test[-1])),
            "observed_until": str(date_of(run.store.observed_day)),
            "observed_from": run.store.observed_from,
        }
    return {
        "fingerprint": run.store.fingerprint,
        "period": period,
        "goal": run.config.goal.model_dump() if run.config.goal else None,
        "packages": {
            name: version(name) for name in ("lead-propensity", "lightgbm", "numpy", "duckdb")
        },
    }
