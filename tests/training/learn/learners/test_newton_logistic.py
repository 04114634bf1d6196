"""The logistic regression, against scikit-learn's."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.learn.learners import newton_logistic


def data(n=2000):
    random = np.random.default_rng(0)
    columns = random.normal(size=(n, 3))
    label = (random.random(n) < 1 / (1 + np.exp(1 - columns @ [1.0, -0.5, 0.0]))).astype(np.int8)
    return np.column_stack([np.ones(n), columns]), label, random.choice([1.0, 3.0], n)


def test_the_coefficients_are_those_of_scikit_learn():
    design, label, weight = data()
    other = LogisticRegression(C=1 / 2.0, tol=1e-10).fit(design[:, 1:], label, sample_weight=weight)

    found = newton_logistic.fit(design, label, weight, penalty=2.0)

    np.testing.assert_allclose(found.coefficient, [*other.intercept_, *other.coef_[0]], atol=1e-5)


def test_an_offset_is_a_coefficient_of_one():
    design, label, weight = data()
    whole = newton_logistic.fit(design, label, weight)

    rest = newton_logistic.fit(
        design[:, :3], label, weight, offset=design[:, 3] * whole.coefficient[3]
    )

    np.testing.assert_allclose(rest.coefficient, whole.coefficient[:3], atol=1e-5)


def test_columns_that_say_the_same_share_the_weight():
    design, label, weight = data()
    double = np.column_stack([design, design[:, 1]])

    found = newton_logistic.fit(double, label, weight, penalty=1.0)

    assert found.coefficient[1] == pytest.approx(found.coefficient[4], abs=1e-5)


def test_what_parts_wins_from_losses_stays_finite():
    column = np.linspace(-1, 1, 100)
    found = newton_logistic.fit(
        np.column_stack([np.ones(100), column]),
        (column > 0).astype(np.int8),
        np.ones(100),
        penalty=1.0,
    )

    assert np.isfinite(found.coefficient).all()
    assert found.coefficient[1] > 0


def test_nothing_is_beyond_a_column_of_the_design():
    design, label, weight = data()
    found = newton_logistic.fit(design, label, weight)

    np.testing.assert_allclose(found.beyond(design[:, 1:2]), 0, atol=1e-4)
