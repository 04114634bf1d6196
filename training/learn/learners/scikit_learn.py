"""A linear model of scikit-learn that somebody brought: as data, fitted, and as additive terms.

A model is kept as the names of its classes with their parameters, never as a pickle, so that it can
be fitted again on other rows. What it learned is asked of itself: its score is taken at a few
values of one column after another, and what follows is held against its own scores of the rows. A
model that is no sum of one line or one value per level for each column is refused.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import JsonValue
from threadpoolctl import threadpool_limits

from features.errors import RefusedError
from features.spec import FIRST_LEVEL, Feature, FeatureSpec
from propensity.concepts.wording import plain
from propensity.contributions.terms import CategoryTerm, NumberTerm, Term, Terms, terms_scores
from propensity.model.data_frames import frame_of
from training.learn.learners.trees import LearnerRows, Monotone

#: Classes that a model may be made of, to the module that has them.
CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "LogisticRegression": "sklearn.linear_model",
        "Pipeline": "sklearn.pipeline",
        "ColumnTransformer": "sklearn.compose",
        "SimpleImputer": "sklearn.impute",
        "StandardScaler": "sklearn.preprocessing",
        "RobustScaler": "sklearn.preprocessing",
        "MinMaxScaler": "sklearn.preprocessing",
        "MaxAbsScaler": "sklearn.preprocessing",
        "OneHotEncoder": "sklearn.preprocessing",
    }
)
#: A line goes on for so many times the range that was seen, on either side, as our own does.
_BEYOND = 1.0
#: Rows that the terms are held against.
_COMPARED = 50_000
#: How far the terms may lie from the model's own scores.
_CLOSE = 1e-9

Floats = NDArray[np.float64]


def described(estimator: object) -> JsonValue:
    """A model as data: its classes, and the parameters that are not what they are by themselves.

    Raises:
        RefusedError: It is made of other classes, or has parameters that are no plain values.
    """
    name = type(estimator).__name__
    if CLASSES.get(name) is None or not type(estimator).__module__.startswith("sklearn."):
        raise RefusedError(
            f"Your own model: expected one made of {', '.join(CLASSES)}, got {name!r:.60}. Others"
            " are no sum of one term for each column, or could not be fitted again from what is"
            " stored."
        )
    cls = type(estimator)
    usual = {key: parameter.default for key, parameter in inspect.signature(cls).parameters.items()}
    params: dict[str, Any] = estimator.get_params(deep=False)  # type: ignore[attr-defined]
    return {
        "class": name,
        "params": {
            key: _plain(value, f"{name}.{key}")
            for key, value in sorted(params.items())
            if repr(value) != repr(usual.get(key, inspect.Parameter.empty))
        },
    }


def _plain(value: object, where: str) -> JsonValue:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Index | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, tuple):
        return {"tuple": [_plain(each, where) for each in value]}
    if isinstance(value, list):
        return [_plain(each, where) for each in value]
    if isinstance(value, dict):
        return {"pairs": [[_plain(k, where), _plain(v, where)] for k, v in value.items()]}
    if hasattr(value, "get_params"):
        return described(value)
    raise RefusedError(
        f"Your own model: {where}: expected a plain value (a text, a number, a list of names), got"
        f" {type(value).__name__}. A model is stored as data, so that it can be fitted again;"
        " name columns one by one."
    )


def _restored(value: JsonValue) -> Any:  # noqa: ANN401 — a model, or a value of a parameter
    if isinstance(value, list):
        return [_restored(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "tuple" in value:
        return tuple(_restored(value["tuple"]))
    if "pairs" in value:
        return dict(_restored(value["pairs"]))
    name = str(value["class"])
    if name not in CLASSES:
        raise RefusedError(f"A stored model: expected one made of {', '.join(CLASSES)}.")
    cls = getattr(import_module(CLASSES[name]), name)
    params = value["params"]
    return cls(
        **{key: _restored(each) for key, each in params.items()} if isinstance(params, dict) else {}
    )


def fit_estimator(estimator: JsonValue, rows: LearnerRows, spec: FeatureSpec) -> Terms:
    """Fit a described model and take it apart.

    Args:
        estimator: See ``described``.
        rows: What to learn from; both outcomes present.
        spec: The features.

    Raises:
        RefusedError: It cannot be fitted to the frame of features, or it is no sum of terms.
    """
    model = _restored(estimator)
    params = model.get_params()
    open_seeds = [
        key for key in params if key.split("__")[-1] == "random_state" and params[key] is None
    ]
    model.set_params(**dict.fromkeys(open_seeds, 0))  # the same rows give the same bits
    frame = frame_of(spec, rows.matrix)
    weight = {} if (rows.weight == 1).all() else {_weight_name(model): rows.weight}
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model.fit(frame, rows.label, **weight)
        except (ValueError, TypeError, KeyError) as error:
            raise RefusedError(_unfitted(error)) from None
    return terms_of(model, rows, spec)


def _weight_name(model: Any) -> str:  # noqa: ANN401 — an estimator of scikit-learn
    name = "sample_weight"
    while hasattr(model, "steps"):
        step, model = model.steps[-1]
        name = f"{step}__{name}"
    return name


def _unfitted(error: Exception) -> str:
    # scikit-learn's own words may quote values
    return (
        f"Your own model cannot read the frame of features ({type(error).__name__}). It gets"
        " `propensity.features(config).X`: numbers with missing values, and categories. Put"
        " SimpleImputer before numbers and OneHotEncoder(handle_unknown='ignore') before"
        " categories, for example in a ColumnTransformer that names its columns."
    )


def terms_of(model: Any, rows: LearnerRows, spec: FeatureSpec) -> Terms:  # noqa: ANN401 — an estimator of scikit-learn
    """A fitted linear model as terms, each with the mean 0 over the weighted rows.

    Args:
        model: The model.
        rows: Rows that it reads; beyond one more width of a number's range here, its line stays
            level.
        spec: The features.

    Raises:
        RefusedError: It cannot read the frame of features, or is no sum of terms.
    """

    def score(matrix: Floats) -> Floats:
        with threadpool_limits(limits=1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Floats = np.asarray(model.decision_function(frame_of(spec, matrix)), float)
            return found

    try:
        intercept, found = _terms(score, rows, spec)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RefusedError(_unfitted(error)) from None
    total = Terms(
        intercept=intercept + sum(mean for _, mean in found), terms=tuple(term for term, _ in found)
    )
    step = max(1, len(rows.matrix) // _COMPARED)
    some = rows.matrix[::step]
    own = score(some)
    if not np.allclose(terms_scores(total, some), own, rtol=_CLOSE, atol=_CLOSE):
        raise RefusedError(
            "Your own model is no sum of one straight line for each number and one value for each"
            " level, so it could not be explained exactly. Leave out what bends a line or joins"
            " columns."
        )
    return total


def _terms(
    score: Callable[[Floats], Floats], rows: LearnerRows, spec: FeatureSpec
) -> tuple[float, list[tuple[Term, float]]]:
    """The score at the start, and each column's term, centred, with what the intercept gains by
    that.

    All values of all columns are asked at once, each beside the usual values of the others.
    """
    columns = list(zip(spec.features, rows.matrix.T, strict=True))
    start = np.array([_usual(feature, values) for feature, values in columns])
    asked = [_asked(feature, values) for feature, values in columns]
    lengths = [len(values) for values in asked]
    moved = np.repeat(start[None, :], 1 + sum(lengths), axis=0)
    moved[np.arange(1, len(moved)), np.repeat(np.arange(len(asked)), lengths)] = np.concatenate(
        asked
    )
    scores = score(moved)
    gains = np.split(scores[1:] - scores[0], np.cumsum(lengths)[:-1])
    found = [
        (_category if feature.is_category else _number)(
            column, feature, values, rows.weight, gains[column]
        )
        for column, (feature, values) in enumerate(columns)
    ]
    return float(scores[0]), found


def _usual(feature: Feature, values: Floats) -> float:
    """A value to stand still on while another column moves."""
    if feature.is_category:
        codes, counts = np.unique(values, return_counts=True)
        return float(codes[np.argmax(counts)])
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _asked(feature: Feature, values: Floats) -> Floats:
    """The values whose scores tell a term: the codes that rows show; of a number its ends, and none
    at all where rows have none.
    """
    if feature.is_category:
        return np.unique(values)
    known = values[~np.isnan(values)]
    ends = [known.min(), known.max()] if len(known) else [0.0, 0.0]
    return np.array([*ends, np.nan] if len(known) < len(values) else ends)


def _category(
    column: int, feature: Feature, values: Floats, weight: Floats, gains: Floats
) -> tuple[Term, float]:
    codes, place = np.unique(values, return_inverse=True)
    mean = float(np.average(gains[place], weights=weight))
    # what no row shows has no value of its own: it adds what the column adds on average
    levels = np.zeros(FIRST_LEVEL + len(feature.levels))
    levels[codes.astype(np.int64)] = gains - mean
    return CategoryTerm(feature=column, levels=tuple(levels.tolist())), mean


def _number(
    column: int, feature: Feature, values: Floats, weight: Floats, gains: Floats
) -> tuple[Term, float]:
    low, high = _asked(feature, values)[:2].tolist()
    gone = np.isnan(values)
    missing = float(gains[2]) if gone.any() else 0.0
    rise = float(gains[1] - gains[0]) / (high - low) if high > low else 0.0
    own = np.where(gone, missing, gains[0] + rise * (np.where(gone, low, values) - low))
    mean = float(np.average(own, weights=weight))
    reach = _BEYOND * (high - low)
    knots = (low - reach, high + reach) if reach > 0 else (low,)
    curve = tuple(float(gains[0] + rise * (knot - low) - mean) for knot in knots)
    told = missing - mean if gone.any() else 0.0
    return NumberTerm(feature=column, knots=knots, values=curve, missing=told), mean


def check_ways(terms: Terms, spec: FeatureSpec, monotone: Monotone) -> None:
    """Refuse a model whose lines go against a decided way."""
    wrong = [
        spec.features[term.feature].name
        for term in terms.terms
        if isinstance(term, NumberTerm)
        and (term.values[-1] - term.values[0]) * monotone.get(term.feature, 0) < 0
    ]
    if wrong:
        raise RefusedError(
            f"Your own model goes against what was decided (action: monotone) of {len(wrong)}"
            f" features: {', '.join(map(plain, wrong[:10]))}. Leave these columns out of"
            " it, or take the decision back."
        )
