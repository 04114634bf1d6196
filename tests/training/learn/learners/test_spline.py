"""The spline learner, held against scikit-learn and SciPy on a basis written down a second time."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from features.spec import AttributeSource, BehaviourSource, Feature, FeatureSpec
from propensity.contributions.terms import CategoryTerm, terms_scores
from propensity.model.model import probability
from training.learn.learners import spline
from training.learn.learners.spline import fit_terms
from training.learn.learners.spline_basis import KNOTS, knots_of
from training.learn.learners.trees import LearnerRows

N = 3000


def feature(name, levels=()):
    source = AttributeSource(column=name, reading="category" if levels else "number")
    return Feature(name=name, axis="fit", concept=name, unit="", source=source, levels=levels)


SPEC = FeatureSpec(
    features=(
        feature("industry", ("IT", "製造業", "Retail")),
        feature("size"),
        feature("visits"),
        feature("flag"),
    )
)


def made_up(n=N, seed=0, weights=True):
    """A category, a number often missing, a count mostly zero, and a yes or no that is never
    missing.
    """
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [
            random.choice([0.0, 1.0, 2.0, 3.0, 4.0], n, p=[0.02, 0.18, 0.4, 0.2, 0.2]),
            np.where(random.random(n) < 0.3, np.nan, random.lognormal(3, 1, n)),
            np.where(random.random(n) < 0.85, 0, random.poisson(4.0, n)).astype(float),
            random.integers(0, 2, n).astype(float),
        ]
    )
    truth = (
        -1
        + (matrix[:, 0] == 3)
        + 0.02 * np.minimum(np.nan_to_num(matrix[:, 1]), 60)
        - 0.2 * matrix[:, 2]
    )
    label = (random.random(n) < probability(truth)).astype(np.int8)
    weight = random.choice([0.5, 1.0, 7.0], n) if weights else np.ones(n)
    return LearnerRows(np.asfortranarray(matrix), label, weight)


def basis(rows, terms, spec=SPEC):
    """The basis after its definition, from the knots of the fitted terms; and which columns are
    rises of a number.
    """
    columns, rises = [], []
    for term in terms.terms:
        values = rows.matrix[:, term.feature]
        if isinstance(term, CategoryTerm):
            columns += [
                (values == code).astype(float)
                for code in range(len(spec.features[term.feature].levels) + 2)
            ]
            rises += [-1] * (len(spec.features[term.feature].levels) + 2)
            continue
        there = ~np.isnan(values)
        for low, high in zip(term.knots[:-1], term.knots[1:], strict=True):
            ramp = np.clip((values - low) / (high - low), 0, 1)
            ramp -= np.average(ramp[there], weights=rows.weight[there])
            columns.append(np.where(there, ramp, 0.0) / np.sqrt(len(term.knots) - 1))
        rises += [term.feature] * (len(term.knots) - 1)
        columns.append((~there).astype(float))
        rises.append(-1)
    return np.column_stack(columns), np.array(rises)


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
def test_scores_are_those_of_scikit_learn_on_the_same_basis(strength):
    rows = made_up()
    terms = fit_terms(rows, SPEC, strength=strength)
    X = basis(rows, terms)[0]

    plain = LogisticRegression(C=1 / strength, solver="newton-cholesky", tol=1e-12, max_iter=500)
    plain.fit(X, rows.label, sample_weight=rows.weight)

    assert np.abs(terms_scores(terms, rows.matrix) - plain.decision_function(X)).max() < 1e-6


@pytest.mark.parametrize("monotone", [{1: 1, 2: 1}, {1: -1}, {3: -1, 2: -1}], ids=str)
def test_bounded_scores_are_those_of_scipy_on_the_same_basis(monotone):
    rows = made_up()
    terms = fit_terms(rows, SPEC, monotone=monotone)
    X, rises = basis(rows, terms)
    sign = np.where(rows.label == 1, 1.0, -1.0)

    def loss(beta):
        score = X @ beta[:-1] + beta[-1]
        rest = -rows.weight * sign * probability(-sign * score)
        value = rows.weight @ np.logaddexp(0, -sign * score) + beta[:-1] @ beta[:-1] / 2
        return value, np.append(X.T @ rest + beta[:-1], rest.sum())

    bounds = [{1: (0, None), -1: (None, 0)}.get(monotone.get(i), (None, None)) for i in rises] + [
        (None, None)
    ]
    found = minimize(
        loss,
        np.zeros(len(bounds)),
        jac=True,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": 20_000, "maxfun": 50_000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 50},
    ).x

    assert np.abs(terms_scores(terms, rows.matrix) - (X @ found[:-1] + found[-1])).max() < 1e-4


@pytest.mark.parametrize("direction", [1, -1])
def test_a_monotone_term_never_steps_the_other_way(direction):
    rows = made_up(seed=3)
    terms = fit_terms(rows, SPEC, strength=0.01, monotone={1: direction, 2: direction})

    for term in terms.terms[1:3]:
        steps = np.diff(term.values) * direction
        assert (steps >= 0).all()  # to the last bit
        grid = np.tile(rows.matrix[:1], (20_001, 1))
        grid[:, term.feature] = np.linspace(-10, 300, 20_001)
        assert (np.diff(terms_scores(terms, grid)) * direction >= -1e-12).all()
    free = fit_terms(rows, SPEC, strength=0.01)
    assert all((np.diff(free.terms[i].values) * direction < 0).any() for i in (1, 2))


@pytest.mark.parametrize("direction", [1, -1])
def test_never_counts_as_longer_ago_than_any_day(direction):
    source = BehaviourSource(kind="pricing", measure="days_since")
    since = Feature(name="since", axis="interest", concept="pricing", unit="days", source=source)
    rows = made_up(seed=3)
    spec = FeatureSpec(features=(feature("other"), since))
    narrow = LearnerRows(np.asfortranarray(rows.matrix[:, [2, 1]]), rows.label, rows.weight)

    held = fit_terms(narrow, spec, strength=0.01, monotone={1: direction}).terms[1]
    free = fit_terms(narrow, spec, strength=0.01).terms[1]

    assert (np.diff((*held.values, held.missing)) * direction >= 0).all()
    assert len(set(held.values)) > 1 or held.missing != held.values[-1]
    assert (np.diff((*free.values, free.missing)) * direction < 0).any()


def test_a_planted_broken_line_is_recovered():
    random = np.random.default_rng(5)
    matrix = np.column_stack([random.uniform(0, 10, 60_000), random.normal(0, 1, 60_000)])
    planted = np.interp(matrix[:, 0], [0, 3, 6, 10], [-1.5, 0.5, 0.5, -0.5])
    label = (random.random(60_000) < probability(planted - 0.3)).astype(np.int8)
    spec = FeatureSpec(features=(feature("hump"), feature("noise")))

    terms = fit_terms(LearnerRows(np.asfortranarray(matrix), label, np.ones(60_000)), spec)

    hump, noise = terms.terms
    wanted = np.interp(hump.knots, [0, 3, 6, 10], [-1.5, 0.5, 0.5, -0.5]) - planted.mean()
    assert np.abs(np.array(hump.values) - wanted).max() < 0.12
    assert np.abs(noise.values).max() < 0.12
    assert terms.intercept == pytest.approx(planted.mean() - 0.3, abs=0.03)


def test_every_term_has_the_mean_zero_over_the_weighted_rows():
    rows = made_up()
    terms = fit_terms(rows, SPEC)

    for term in terms.terms:
        alone = terms.model_copy(update={"intercept": 0.0, "terms": (term,)})
        assert np.average(terms_scores(alone, rows.matrix), weights=rows.weight) == pytest.approx(
            0, abs=1e-7
        )
    assert np.average(terms_scores(terms, rows.matrix), weights=rows.weight) == pytest.approx(
        terms.intercept, abs=1e-7
    )


def test_the_mean_chance_is_the_observed_rate():
    rows = made_up()

    chance = probability(terms_scores(fit_terms(rows, SPEC), rows.matrix))

    assert np.average(chance, weights=rows.weight) == pytest.approx(
        np.average(rows.label, weights=rows.weight)
    )


def test_a_weight_of_two_is_the_row_twice():
    rows = made_up(600, weights=False)
    doubled = np.arange(0, 600, 3)
    twice = LearnerRows(
        rows.matrix, rows.label, np.where(np.isin(np.arange(600), doubled), 2.0, 1.0)
    )
    again = rows.take(np.concatenate([np.arange(600), doubled]))

    by_weight, by_row = fit_terms(twice, SPEC), fit_terms(again, SPEC)

    assert [getattr(t, "knots", None) for t in by_weight.terms] == [
        getattr(t, "knots", None) for t in by_row.terms
    ]
    scores = [terms_scores(terms, rows.matrix) for terms in (by_weight, by_row)]
    assert np.abs(scores[0] - scores[1]).max() < 1e-6


CODE = """
import hashlib
from tests.training.learn.learners.test_spline import SPEC, made_up
from training.learn.learners.spline import fit_terms
stored = fit_terms(made_up(), SPEC, monotone={1: 1}).model_dump_json().encode()
print(hashlib.sha256(stored).hexdigest())
"""


def test_one_thread_and_two_and_every_run_give_the_same_terms():
    alone = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    here = fit_terms(made_up(), SPEC, monotone={1: 1}).model_dump_json()

    assert alone.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


@pytest.mark.parametrize("monotone", [{}, {1: -1}])
def test_a_fit_that_begins_on_a_part_of_the_rows_ends_at_the_same_answer(monkeypatch, monotone):
    rows = made_up(12_000)
    at_once = terms_scores(fit_terms(rows, SPEC, monotone=monotone), rows.matrix)
    monkeypatch.setattr(spline, "_FIRST_ROWS", 1000)

    assert (
        np.abs(terms_scores(fit_terms(rows, SPEC, monotone=monotone), rows.matrix) - at_once).max()
        < 5e-5
    )


def test_a_count_that_is_mostly_zero_has_knots_where_it_is_not():
    random = np.random.default_rng(1)
    values = np.where(random.random(5000) < 0.95, 0.0, random.integers(1, 200, 5000))

    knots = knots_of(values, np.ones(5000))

    assert len(knots) == KNOTS
    assert knots[0] == 0
    assert np.quantile(values[values > 0], 0.95) < knots[-1]


KNOT_CASES = {
    "few values are all knots": ([3.0, 1.0, 2.0, 2.0], [1, 2, 3]),
    "missing and infinite ones have no say": ([np.nan, np.inf, -np.inf, 5.0], [5]),
    "nothing but missing": ([np.nan, np.nan], []),
    "numbers as large as can be": ([-1.7e308, 1.7e308], [-1e300, 1e300]),
}


@pytest.mark.parametrize(("values", "wanted"), KNOT_CASES.values(), ids=KNOT_CASES)
def test_knots_of_few_values(values, wanted):
    assert knots_of(np.array(values), np.ones(len(values))).tolist() == wanted


def test_columns_that_tell_nothing_have_no_term():
    rows = made_up()
    rows.matrix[:, 0], rows.matrix[:, 1], rows.matrix[:, 3] = 2.0, np.nan, 1.0

    assert [term.feature for term in fit_terms(rows, SPEC).terms] == [2]


def test_a_table_that_tells_nothing_gives_the_average():
    rows = LearnerRows(np.full((40, 4), np.nan), (np.arange(40) < 10).astype(np.int8), np.ones(40))
    rows.matrix[:, 0] = 1.0

    terms = fit_terms(rows, SPEC)

    assert terms.terms == ()
    assert probability(terms_scores(terms, rows.matrix)) == pytest.approx(np.full(40, 0.25))


def test_a_level_never_seen_and_a_value_never_missing_count_as_the_average():
    rows = made_up()
    rows.matrix[:, 0] = np.where(rows.matrix[:, 0] == 0, 2.0, rows.matrix[:, 0])
    terms = fit_terms(rows, SPEC)
    industry, flag = terms.terms[0], terms.terms[3]

    mean = np.average(
        [industry.levels[int(code)] for code in rows.matrix[:, 0]], weights=rows.weight
    )
    assert mean == pytest.approx(0, abs=1e-9)
    assert min(industry.levels[1:]) < industry.levels[0] < max(industry.levels[1:])
    assert flag.missing == pytest.approx(0, abs=1e-6)


def test_hostile_numbers_fit_all_the_same():
    rows = made_up()
    rows.matrix[::7, 1], rows.matrix[1::7, 1], rows.matrix[2::7, 1] = np.inf, -np.inf, 1.7e308
    rows.matrix[::5, 2] = 5e-324

    scores = terms_scores(fit_terms(rows, SPEC), rows.matrix)

    assert np.isfinite(scores).all()


REFUSED = {
    "one outcome": (
        lambda r: (LearnerRows(r.matrix, np.zeros_like(r.label), r.weight), {}),
        "rows of one outcome",
    ),
    "a weight of zero": (
        lambda r: (LearnerRows(r.matrix, r.label, r.weight * 0), {}),
        r"weights above 0, got 0\.0",
    ),
    "no ridge": (lambda r: (r, {"strength": 0.0}), r"strength of the ridge above 0, got 0\.0"),
    "a direction of a category": (lambda r: (r, {"monotone": {0: 1}}), r"of numbers, got \{0: 1\}"),
    "a direction unknown": (lambda r: (r, {"monotone": {1: 2}}), r"directions \+1 or -1"),
}


@pytest.mark.parametrize(("change", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_fitted_is_refused(change, words):
    rows, options = change(made_up(200))
    with pytest.raises(ValueError, match=words):
        fit_terms(rows, SPEC, **options)
