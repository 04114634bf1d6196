"""From raw sources to a model: judge the recipe on the newest leads, then ship it refitted on all of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from features.days import date_of
from features.intake import open_store
from features.intake_report import IntakeReport
from features.store import Store
from propensity.config import Config
from propensity.model import Member, PropensityModel
from training import recipe
from training.history import History, history
from training.importance import Importance, importance
from training.judgement import Judgement, judge
from training.learner import Rows
from training.snapshots import Coverage
from training.split import Plan

#: Told what is being done and which share of the whole is done.
OnStep = Callable[[str, float], None]


@dataclass(frozen=True)
class Trained:
    """What a training run gives.

    Attributes:
        model: The shipped model: the recipe refitted on all mature rows.
        judgement: The recipe's figures on the untouched test part.
        importance: Concepts, the largest first.
        plan: As-ofs of the two parts; None for flat input.
        coverage: What the snapshots see; None for flat input.
        intake: What was read, kept and put aside.
    """

    model: PropensityModel
    judgement: Judgement
    importance: tuple[Importance, ...]
    plan: Plan | None
    coverage: Coverage | None
    intake: IntakeReport


def train(
    config: Config,
    *,
    on_step: OnStep = lambda _what, _share: None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> Trained:
    """Learn a model from the sources a configuration names.

    Args:
        config: What to learn, from what.
        on_step: Told about progress.
        memory_limit: Of the feature engine, such as ``4GB``.
        threads: Of the feature engine, at most; the model does not depend on it.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        RefusedError: The data is readable but cannot carry a model; the message shows the sums.
    """
    on_step("reading and checking the sources", 0.0)
    with open_store(
        config.input,
        config.columns,
        purpose="train",
        quarantine=Path(config.output.quarantine),
        memory_limit=memory_limit,
        threads=threads,
    ) as store:
        on_step("taking snapshots", 0.1)
        past = history(config, store)
        judgement = _judge_recipe(config, store, past, on_step)
        model, seen = _ship(config, store, past, judgement, on_step)
        on_step("measuring what matters", 0.97)
        matters = importance(model, seen.matrix, seen.weight)
        on_step("done", 1.0)
    intake = replace(store.report, warnings=(*store.report.warnings, *past.warnings))
    return Trained(model, judgement, matters, past.plan, past.coverage, intake)


def _judge_recipe(config: Config, store: Store, past: History, on_step: OnStep) -> Judgement:
    older, test = past.rows.take(past.older), past.rows.take(past.test)
    on_step("building the features of the older part", 0.15)
    spec, seen = recipe.see(config, store, older)
    on_step("choosing the number of trees on later folds", 0.25)
    trees = recipe.choose_trees(config, older, spec, seen)
    folds = _Ticker(on_step, "calibrating on cross-fitted scores", 0.40, 0.60)
    fitted = recipe.fit(config, older, spec, seen, trees=trees, on_fold=folds)
    on_step("judging on the untouched test part", 0.65)
    return judge(config, store, fitted, older, test, trees=trees)


def _ship(
    config: Config, store: Store, past: History, judgement: Judgement, on_step: OnStep
) -> tuple[PropensityModel, Rows]:
    """The recipe refitted on all mature rows, with the number of trees that was chosen."""
    on_step("refitting the recipe on all mature rows", 0.75)
    spec, seen = recipe.see(config, store, past.rows)
    folds = _Ticker(on_step, "calibrating the shipped model", 0.80, 0.95)
    fitted = recipe.fit(config, past.rows, spec, seen, trees=judgement.trees, on_fold=folds)
    model = PropensityModel(
        config=config,
        spec=spec,
        members=(Member(text=fitted.text),),
        calibration=fitted.calibration,
        offsets=np.zeros(len(spec.features)),
        reference=past.reference,
        metrics=judgement.to_dict(),
        facts=_facts(config, store, past),
    )
    return _centred(model, seen), seen


class _Ticker:
    """Reports the folds of one step, one after another."""

    def __init__(self, on_step: OnStep, what: str, start: float, end: float) -> None:
        self._on_step, self._what, self._at = on_step, what, start
        self._by = (end - start) / recipe.CALIBRATION_FOLDS

    def __call__(self) -> None:
        self._on_step(self._what, self._at)
        self._at += self._by


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
        }
    return {
        "fingerprint": store.fingerprint,
        "period": period,
        "goal": config.goal.model_dump() if config.goal else None,
        "packages": {name: version(name) for name in ("lead-propensity", "lightgbm", "numpy", "duckdb")},
    }
