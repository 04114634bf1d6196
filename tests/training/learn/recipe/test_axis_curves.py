"""The zero of an axis is where leads close at the average rate."""

import itertools

import numpy as np
import pytest

from propensity.grading.centring import zero_of
from tests.training.definition.test_grades import sigmoid
from training.learn.recipe.axis_curves import POINTS, axis_curve


def test_the_zero_is_where_leads_close_at_the_average_rate():
    rng = np.random.default_rng(4)
    fit, interest = rng.normal(0, 1, (2, 50_000))
    chance = sigmoid(-2.5 + fit + interest)
    average = chance.mean()

    curve = axis_curve(fit, chance, np.ones(50_000))
    zero = zero_of(curve, average)

    near = np.abs(fit - zero) < 0.05
    assert chance[near].mean() == pytest.approx(average, rel=0.05)
    assert len(curve) == POINTS
    assert all(b[0] > a[0] and b[1] >= a[1] for a, b in itertools.pairwise(curve))
    assert zero > 0.2, "the mean of the axis lies below the average rate"


def test_an_axis_without_spread_has_a_curve_of_one_point():
    assert axis_curve(np.zeros(10), np.full(10, 0.2), np.ones(10)) == ((0.0, pytest.approx(0.2)),)
