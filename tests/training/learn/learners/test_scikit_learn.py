"""A linear model of scikit-learn as data and as terms: it says what it said."""

import json

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from features.errors import RefusedError
from propensity.contributions.terms import terms_scores
from propensity.model.data_frames import frame_of
from tests.training.learn.arenas import SPEC, made_up
from training.learn.learners.scikit_learn import check_ways, described, fit_estimator, terms_of


def pipeline(scaler=None, **told):
    numbers = make_pipeline(SimpleImputer(strategy="median"), scaler or StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, ["size", "visits"]),
            ("levels", OneHotEncoder(handle_unknown="ignore"), ["trade"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression(**({"C": 0.3, "max_iter": 500} | told)))


def rows(gaps=0.1):
    seen = made_up()
    seen.matrix[np.random.default_rng(2).random(len(seen.matrix)) < gaps, 0] = np.nan
    return seen


@pytest.mark.parametrize(
    "model",
    [
        pipeline(),
        pipeline(RobustScaler(quantile_range=(10.0, 90.0)), class_weight={0: 1.0, 1: 4.0}),
        pipeline(MinMaxScaler((-1, 1)), solver="liblinear", l1_ratio=1.0, random_state=0),
        pipeline(MaxAbsScaler()),
    ],
)
def test_a_described_model_is_fitted_as_itself_and_its_terms_are_its_score(model):
    seen = rows()
    data = json.loads(json.dumps(described(model)))

    terms = fit_estimator(data, seen, SPEC)

    said = model.fit(frame_of(SPEC, seen.matrix), seen.label).decision_function
    assert terms_scores(terms, seen.matrix) == pytest.approx(
        said(frame_of(SPEC, seen.matrix)), abs=1e-9
    )
    others = seen.matrix[::7].copy()
    others[:, 2] += 0.5  # within one more width of the range
    assert terms_scores(terms, others) == pytest.approx(said(frame_of(SPEC, others)), abs=1e-9)


def test_a_fitted_model_is_taken_apart_as_it_is():
    seen = rows()
    model = pipeline().fit(frame_of(SPEC, seen.matrix), seen.label)

    terms = terms_of(model, seen, SPEC)

    assert terms_scores(terms, seen.matrix) == pytest.approx(
        model.decision_function(frame_of(SPEC, seen.matrix)), abs=1e-9
    )
    for term in terms.terms:
        alone = terms.model_copy(update={"intercept": 0.0, "terms": (term,)})
        mean = np.average(terms_scores(alone, seen.matrix), weights=seen.weight)
        assert mean == pytest.approx(0, abs=1e-9)


def test_what_learns_from_weights_gets_them():
    seen = rows()
    heavy = type(seen)(seen.matrix, seen.label, np.where(seen.label == 1, 5.0, 1.0))

    one, two = (fit_estimator(described(pipeline()), each, SPEC) for each in (seen, heavy))

    assert terms_scores(two, seen.matrix).mean() > terms_scores(one, seen.matrix).mean() + 1


def test_the_same_rows_give_the_same_model():
    drawn = described(pipeline(solver="liblinear"))

    assert fit_estimator(drawn, rows(), SPEC) == fit_estimator(drawn, rows(), SPEC)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (GaussianNB(), "expected one made of LogisticRegression, .* got 'GaussianNB'"),
        (make_pipeline(PolynomialFeatures(), LogisticRegression()), "got 'PolynomialFeatures'"),
        (
            make_pipeline(
                ColumnTransformer([("n", StandardScaler(), make_column_selector("s"))]),
                LogisticRegression(),
            ),
            "ColumnTransformer.transformers: expected a plain value.* name columns one by one",
        ),
    ],
)
def test_what_is_no_data_is_refused(model, words):
    with pytest.raises(RefusedError, match=words):
        described(model)


def test_a_model_that_cannot_read_the_frame_is_told_how_it_could():
    with pytest.raises(RefusedError, match="SimpleImputer before numbers") as refused:
        fit_estimator(described(LogisticRegression()), rows(), SPEC)

    assert "metal" not in str(refused.value)


def test_what_joins_columns_is_no_sum_of_terms():
    seen = rows(gaps=0)
    seen.matrix[np.isnan(seen.matrix)] = 0.0
    numbers = ColumnTransformer([("n", PolynomialFeatures(2), ["size", "visits"])])
    bent = make_pipeline(numbers, LogisticRegression(max_iter=500))
    bent.fit(frame_of(SPEC, seen.matrix), seen.label)

    with pytest.raises(RefusedError, match="no sum of one straight line"):
        terms_of(bent, seen, SPEC)


def test_a_line_against_a_decided_way_is_refused():
    terms = fit_estimator(described(pipeline()), rows(), SPEC)
    rise = next(term for term in terms.terms if term.feature == 2)
    way = 1 if rise.values[-1] > rise.values[0] else -1

    check_ways(terms, SPEC, {2: way})
    with pytest.raises(RefusedError, match=r"monotone.*visits"):
        check_ways(terms, SPEC, {2: -way})
