"""The linear contestant: the plain logistic regression of the baselines by another route, as
terms.
"""

import numpy as np
import pytest

from propensity.contributions.terms import CategoryTerm, terms_scores
from tests.training.learn.arenas import SPEC, made_up
from training.learn.learners.baselines import Logistic
from training.learn.learners.linear import fit_linear
from training.learn.learners.trees import LearnerRows


def test_it_scores_as_the_plain_logistic_regression_does():
    seen = made_up(5000)

    ours = terms_scores(fit_linear(seen, SPEC), seen.matrix)

    plain = (
        Logistic(categorical=[1]).fit(seen.matrix, seen.label, seen.weight).log_odds(seen.matrix)
    )
    assert np.corrcoef(ours, plain)[0, 1] > 0.9999
    # the penalty on a mark for missing is scaled otherwise
    assert ours == pytest.approx(plain, abs=0.02)


def test_a_line_goes_on_beyond_what_was_seen_and_then_stays():
    seen = made_up(2000)
    visits = seen.matrix[:, 2]
    terms = fit_linear(seen, SPEC)

    def at(value):
        return terms_scores(terms, np.array([[0.0, 2.0, value]]))[0]

    low, high = visits.min(), visits.max()
    slope = (at(high) - at(low)) / (high - low)
    assert at(high + 2) == pytest.approx(at(high) + 2 * slope)
    assert at(1e9) == pytest.approx(at(high) + (high - low) * slope)


def test_each_term_is_centred_on_the_weighted_rows():
    seen = made_up(2000)
    rows = LearnerRows(seen.matrix, seen.label, np.random.default_rng(0).uniform(0.5, 3, 2000))

    terms = fit_linear(rows, SPEC)

    assert [term.feature for term in terms.terms] == [0, 1, 2]
    for term in terms.terms:
        alone = terms.model_copy(update={"terms": (term,), "intercept": 0.0})
        assert np.average(terms_scores(alone, rows.matrix), weights=rows.weight) == pytest.approx(
            0, abs=1e-9
        )
    assert terms_scores(terms, rows.matrix).mean() == pytest.approx(terms.intercept, abs=0.1)


def test_a_slope_against_its_decided_way_is_none():
    seen = made_up(2000)

    terms = fit_linear(seen, SPEC, monotone={2: -1})

    visits = terms.terms[-1]
    assert not isinstance(visits, CategoryTerm)
    assert len(set(visits.values)) == 1
    assert fit_linear(seen, SPEC, monotone={2: 1}) == fit_linear(seen, SPEC)


def test_a_feature_that_is_always_the_same_has_no_term():
    seen = made_up(500)
    same = seen.matrix.copy()
    same[:, 0] = 7.0

    terms = fit_linear(LearnerRows(same, seen.label, seen.weight), SPEC)

    assert [term.feature for term in terms.terms] == [1, 2]
