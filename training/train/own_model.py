"""A model that somebody brings in place of the tournament: what it is, as a recipe."""

import hashlib
import warnings
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm as lgb

from features.errors import ConfigError, RefusedError
from features.settings import Axis
from propensity.config.config import Config
from propensity.config.lightgbm_parameters import checked
from propensity.config.sections import MOST_TREES, Recency
from training.learn.learners.chosen import (
    EVERYTHING,
    OWN_MODEL,
    LearnerPart,
    OwnFitted,
    OwnLinear,
    RecipeChoices,
    Trees,
)
from training.learn.learners.own_booster import read_booster
from training.learn.learners.scikit_learn import described
from training.learn.tournament.choose import TournamentChoice
from training.learn.tournament.recency import configured_recency

#: What LightGBM takes where nothing is said, and our own trees take otherwise.
_USUAL = {"cat_smooth": 10.0, "cat_l2": 10.0, "max_cat_threshold": 32, "max_cat_to_onehot": 4}
#: Parameters of LightGBM's classifier that change nothing here, with the values that do so.
_NOTHING: dict[str, tuple[object, ...]] = {
    "boosting_type": ("gbdt",),
    "class_weight": (None,),
    "objective": (None, "binary"),
    "random_state": (None,),
}
_IGNORED = ("importance_type", "n_jobs", "verbose", "verbosity", "n_estimators")


@dataclass(frozen=True)
class OwnModel:
    """A model of one's own, to be judged, registered and served like ours.

    Attributes:
        model: An estimator that is not fitted: ``LGBMClassifier``, or a ``LogisticRegression`` of
            scikit-learn, alone or at the end of a ``Pipeline``. It learns from the older part, is
            judged on the test part, and learns again from all. Or a model that was fitted over
            ``propensity.features(config)``: the path of a LightGBM text model, a ``Booster``, or
            one of these estimators; ``trained_until`` then says what it has seen.
        trained_until: The day before which the model saw what became of leads, as a date or as
            ``2025-04-01``; it is judged on leads looked at from then on. None for an estimator that
            is to be fitted here.
    """

    model: Any
    trained_until: date | str | None = None


def own_choice(own: OwnModel, config: Config) -> TournamentChoice:
    """What somebody brought, in the place of what the tournament chooses.

    Args:
        own: What was brought.
        config: Its configuration.

    Raises:
        ConfigError: It is no such model, or ``trained_until`` is absent, no day, or too much.
        RefusedError: It is one that cannot be served; the message says what to do.
    """
    part = _part(own, config)
    if part.most_leaves > config.learner.most_leaves:
        raise RefusedError(
            f"Your own model has up to {part.most_leaves:,} leaves, and learner.most_leaves allows"
            f" {config.learner.most_leaves:,}. Take fewer or smaller trees, or allow more."
        )
    recency = config.learner.recency
    past = configured_recency(recency) if isinstance(recency, Recency) else EVERYTHING
    chosen = RecipeChoices(contestant=OWN_MODEL, axes=config.learner.axes, parts=(part,), past=past)
    mixes = isinstance(part, Trees) and config.learner.axes == "apart"
    shared = chosen.model_copy(update={"axes": "shared"}) if mixes else None
    return TournamentChoice(chosen, shared)


def on_axes(choice: TournamentChoice, axes: tuple[Axis, ...]) -> TournamentChoice:
    """The same where these axes have a feature: with one alone, nothing could be mixed."""
    return replace(choice, axes=axes, shared=choice.shared if len(axes) > 1 else None)


def _part(own: OwnModel, config: Config) -> LearnerPart:
    model = own.model
    if isinstance(model, str | Path | lgb.Booster):
        return _booster(_text(model), _day(own.trained_until, config))
    if own.trained_until is not None:
        day = _day(own.trained_until, config)
        if isinstance(model, lgb.LGBMClassifier):
            if not hasattr(model, "_Booster") or model._Booster is None:
                raise _not_fitted(model)
            return _booster(_text(model.booster_), day)
        return _linear(model, day)
    if isinstance(model, lgb.LGBMClassifier):
        return _trees(model)
    if not hasattr(model, "decision_function") or not hasattr(model, "get_params"):
        raise ConfigError(
            "own_model: expected a LightGBM model (a file, a Booster, an LGBMClassifier) or a"
            f" linear model of scikit-learn, got {type(model).__name__}. PropensityClassifier is"
            " what `propensity train` does without an own model."
        )
    return OwnLinear(estimator=described(model))


def _text(model: str | Path | lgb.Booster) -> str:
    """The text of a booster, or of the file that has it."""
    if isinstance(model, lgb.Booster):
        return str(model.model_to_string())
    path = Path(model)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path}: expected the text model that `booster.save_model` writes, got another file."
            " A pickle is never read."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: expected a LightGBM text model, got no readable file"
            f" ({error.strerror or type(error).__name__})."
        ) from None


def _booster(text: str, day: date) -> OwnFitted:
    found = read_booster(text)
    return OwnFitted(
        what="booster",
        trained_until=day,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        trees=len(found.model.trees),
        leaves=found.leaves,
        model=text,
    )


def _linear(model: Any, day: date) -> OwnFitted:  # noqa: ANN401 — an estimator of scikit-learn
    described(model)  # refuses what is no linear model of scikit-learn
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    if not hasattr(last, "coef_"):
        raise _not_fitted(model)
    learned = last.coef_.tobytes() + last.intercept_.tobytes()
    return OwnFitted(
        what="linear",
        trained_until=day,
        sha256=hashlib.sha256(learned).hexdigest(),
        model=model,
    )


def _not_fitted(model: object) -> ConfigError:
    return ConfigError(
        f"own_model: expected a fitted {type(model).__name__}, as trained_until says, got one that"
        " is not. Leave trained_until out: then it is fitted here, to the older part and to all."
    )


def _day(until: date | str | None, config: Config) -> date:
    if until is None:
        raise ConfigError(
            "own_model: a model that was fitted elsewhere needs trained_until, the day before which"
            " it saw what became of leads: with a horizon of 90 days and rows looked at until 31"
            " March, 29 June. It is judged on leads looked at from then on."
        )
    if config.input.is_flat:
        raise RefusedError(
            "A model that was fitted elsewhere is judged on leads looked at after the day until"
            " which it saw outcomes; rows of a flat table have no such day. Bring an estimator that"
            " is not fitted."
        )
    try:
        return until if isinstance(until, date) else date.fromisoformat(until)
    except ValueError:
        raise ConfigError(
            f"own_model: trained_until: expected a day such as 2025-04-01, got {until!r:.40}."
        ) from None


def _trees(model: lgb.LGBMClassifier) -> Trees:
    """LightGBM's classifier as our trees with its parameters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given: dict[str, Any] = model.get_params()
    for name, values in _NOTHING.items():
        if given.get(name) in values:
            given.pop(name, None)
    trees = given["n_estimators"]
    if not isinstance(trees, int) or not 1 <= trees <= MOST_TREES:
        raise ConfigError(
            f"own_model: n_estimators: expected a whole number of 1 to {MOST_TREES}, got"
            f" {trees!r:.40}."
        )
    named = {name: value for name, value in given.items() if name not in _IGNORED}
    try:
        params = checked(named)
    except ValueError as error:
        raise ConfigError(f"own_model: LGBMClassifier: {error}") from None
    params = {**_USUAL, **params}
    return Trees.with_params(params, trees=trees)
