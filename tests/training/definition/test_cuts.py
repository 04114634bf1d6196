"""Cuts follow the close rate along an axis."""

import numpy as np
import pytest

from tests.training.definition.test_grades import sigmoid
from training.definition.cuts import proposed_cuts


def test_cuts_lie_where_the_rate_is_twice_and_half_the_average():
    rng = np.random.default_rng(2)
    axis = rng.normal(0, 1.2, 60_000)
    won = rng.random(60_000) < sigmoid(-3 + 0.8 * axis)
    rate = sigmoid(-3 + 0.8 * axis).mean()
    logit = np.log(rate / (1 - rate))
    wanted = [(np.log(r / (1 - r)) - logit) / 0.8 for r in (2 * rate, rate / 2)]

    found = proposed_cuts(axis, won, np.arange(60_000), seed=0)

    assert (found.best, found.worst) == pytest.approx(tuple(wanted), abs=0.1)
    assert found.best_interval[0] < wanted[0] < found.best_interval[1]
    assert found.worst_interval[0] < wanted[1] < found.worst_interval[1]
    assert found.from_data


def test_an_axis_that_does_not_rise_has_no_cuts_of_its_own():
    rng = np.random.default_rng(3)
    axis = rng.normal(0, 1, 2000)

    found = proposed_cuts(axis, rng.random(2000) < sigmoid(-1 - axis), np.arange(2000), seed=0)

    assert not found.from_data
    assert found.boundaries == (0.69, 0.0, -0.69)
