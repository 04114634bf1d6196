"""The classifier is one of scikit-learn, and says what the model says."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.base import clone
from sklearn.calibration import CalibrationDisplay
from sklearn.inspection import permutation_importance
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator

from propensity.model.model import PropensityModel
from training.estimator.classifier import PropensityClassifier
from training.estimator.time_embargo import TimeEmbargoSplit

QUICK = {"contestants": ("linear",), "trials": 0}
AXES = {"visits": "interest", "asked": "interest"}
#: What does not hold, and why.
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "calibration deals rows out to folds, and a"
    " repeated row is two"
}
SKIPPED = {"check_array_api_input"}


def leads(rows=1500, seed=0):
    """A table of features with categories and missing values, and who won."""
    rng = np.random.default_rng(seed)
    industry = rng.choice(["IT", "retail", "製造業", None], rows)
    frame = pd.DataFrame(
        {
            "industry": industry,
            "size": np.where(rng.random(rows) < 0.3, np.nan, rng.lognormal(4, 1, rows)),
            "region": pd.Categorical(rng.choice(["east", "west"], rows)),
            "visits": rng.poisson(2, rows),
            "asked": rng.random(rows) < 0.2,
        }
    )
    raw = -2 + (industry == "IT") + 0.4 * frame["visits"] + frame["asked"]
    won = (rng.random(rows) < 1 / (1 + np.exp(-raw))).astype(int)
    return frame, pd.Series(won)


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=check.func.__name__)
        for _, check in estimator_checks_generator(PropensityClassifier(**QUICK))
        if check.func.__name__ not in EXPECTED.keys() | SKIPPED
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_takes_it_for_one_of_its_own(check):
    check(PropensityClassifier(**QUICK))


def test_the_chance_is_the_sum_of_its_parts():
    frame, won = leads()

    fitted = PropensityClassifier(AXES, **QUICK).fit(frame, won)

    assert isinstance(fitted.model_, PropensityModel)
    scored = fitted.model_.score(frame)
    assert fitted.decision_function(frame) == pytest.approx(scored["log_odds"], abs=1e-12)
    assert fitted.predict_proba(frame)[:, 1] == pytest.approx(scored["probability"], abs=1e-12)
    total = scored["base"] + scored["fit"] + scored["interest"]
    assert total.to_numpy() == pytest.approx(scored["log_odds"].to_numpy(), abs=1e-9)
    explained = fitted.explanation(frame)
    assert explained.values.sum(axis=1) + explained.base_values == pytest.approx(
        scored["log_odds"], abs=1e-9
    )
    fit_alone = frame.assign(visits=0, asked=False)
    assert fitted.model_.score(fit_alone)["fit"].to_numpy() == pytest.approx(
        scored["fit"].to_numpy(), abs=1e-9
    )


def test_it_takes_lightgbms_parameters_and_refuses_what_breaks_the_sum():
    frame, won = leads(600)
    told = {"contestants": ("lightgbm",), "trials": 0, "params": {"num_leaves": 4, "reg_alpha": 2}}

    fitted = PropensityClassifier(AXES, **told).fit(frame, won)

    (member,) = fitted.model_.members
    assert "\n[num_leaves: 4]\n" in member.text
    assert "\n[lambda_l1: 2]\n" in member.text
    with pytest.raises(ValueError, match="boosting: cannot be set"):
        PropensityClassifier(AXES, params={"boosting": "dart"}).fit(frame, won)


def test_it_finds_what_is_there_and_is_calibrated():
    frame, won = leads(3000)

    chance = cross_val_predict(
        PropensityClassifier(AXES, contestants=("linear", "lightgbm"), trials=0),
        frame,
        won,
        cv=3,
        method="predict_proba",
    )[:, 1]

    assert np.corrcoef(chance, won)[0, 1] > 0.3
    assert abs(chance.mean() - won.mean()) < 0.02


def test_it_goes_where_classifiers_go():
    frame, won = leads()
    classifier = PropensityClassifier(AXES, **QUICK)
    pipeline = make_pipeline(FunctionTransformer(), clone(classifier))
    embargo = TimeEmbargoSplit(np.arange(len(frame)), n_splits=2, embargo_days=50)

    scores = cross_val_score(classifier, frame, won, cv=embargo, scoring="roc_auc")
    matters = permutation_importance(
        classifier.fit(frame, won), frame, won, scoring="roc_auc", n_repeats=2, random_state=0
    )

    assert scores.min() > 0.6
    assert pipeline.fit(frame, won).score(frame, won) > 0.5
    assert frame.columns[np.argmax(matters.importances_mean)] == "visits"


def test_scikit_learn_draws_its_calibration():
    frame, won = leads(3000)
    fitted = PropensityClassifier(AXES, **QUICK).fit(frame[:2000], won[:2000])

    drawn = CalibrationDisplay.from_estimator(
        fitted, frame[2000:], won[2000:], n_bins=5, strategy="quantile", ax=Figure().subplots()
    )

    assert np.abs(drawn.prob_pred - drawn.prob_true).max() < 0.12  # four standard errors of a fifth
    assert np.diff(drawn.prob_true).min() > 0


def test_the_same_rows_give_the_same_model_and_labels_keep_their_names():
    frame, won = leads(600)
    named = won.map({0: "lost", 1: "won"})

    one = PropensityClassifier(AXES, **QUICK).fit(frame, won, groups=np.arange(600) // 2)
    two = PropensityClassifier(AXES, **QUICK).fit(frame, named, groups=np.arange(600) // 2)

    assert np.array_equal(one.predict_proba(frame), two.predict_proba(frame))
    assert set(two.predict(frame)) <= {"lost", "won"}
    assert two.classes_.tolist() == ["lost", "won"]


def test_a_weight_counts_rows():
    frame, won = leads(800)
    weight = np.where(won == 1, 1.0, 5.0)

    fitted = PropensityClassifier(AXES, **QUICK).fit(frame, won, weight)

    share = won.sum() / weight.sum()
    mean = (fitted.predict_proba(frame)[:, 1] * weight).sum() / weight.sum()
    assert mean == pytest.approx(share, rel=0.02)


def test_a_level_that_training_did_not_show_and_a_missing_value_are_no_error():
    frame, won = leads(800)
    fitted = PropensityClassifier(AXES, **QUICK).fit(frame, won)

    odd = frame.head(3).assign(industry=["a new one", None, "IT"], size=np.nan)

    assert np.isfinite(fitted.predict_proba(odd)).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.assign(day=pd.Timestamp("2025-01-01")), "day: .* take its age in days"),
        (lambda f: f.assign(z=1j), "z: expected numbers|[Cc]omplex"),
        (lambda f: f.rename(columns={"size": "visits"}), "visits"),
    ],
)
def test_columns_that_are_no_features_are_refused(change, words):
    frame, won = leads(300)

    with pytest.raises(ValueError, match=words):
        PropensityClassifier(**QUICK).fit(change(frame), won)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"axes": {"nobody": "fit"}}, "axes: expected columns of the table, .*'nobody'"),
        ({"axes": {"size": "price"}}, "each on one of .* 'price'"),
    ],
)
def test_an_axis_of_no_column_is_refused(asked, words):
    frame, won = leads(300)

    with pytest.raises(ValueError, match=words):
        PropensityClassifier(**QUICK, **asked).fit(frame, won)


def test_groups_and_times_are_one_for_each_row():
    frame, won = leads(300)

    with pytest.raises(ValueError, match="groups: expected 300 values"):
        PropensityClassifier(**QUICK).fit(frame, won, groups=[1, 2])
