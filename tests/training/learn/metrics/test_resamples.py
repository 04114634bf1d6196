"""Leads drawn again: whole, as often as there are, and the same by the same seed."""

import numpy as np
import pytest

from training.learn.metrics import resamples
from training.learn.metrics.resamples import Resamples, all_at_once, one_by_one, times_drawn

WAYS = pytest.mark.parametrize("draw", [one_by_one, all_at_once])


@WAYS
def test_as_many_leads_are_drawn_as_there_are(draw):
    for times in times_drawn(40, 50, seed=0, draw=draw):
        assert (times.shape, times.sum()) == ((40,), 40)


@WAYS
def test_a_lead_is_left_out_as_often_as_drawing_with_replacement_leaves_it_out(draw):
    left_out = np.mean([times == 0 for times in times_drawn(50, 4000, seed=1, draw=draw)])

    assert left_out == pytest.approx((1 - 1 / 50) ** 50, abs=0.005)


def test_draws_are_those_of_row_numbers_drawn_by_hand():
    random = np.random.default_rng(7)
    expected = [np.bincount(random.integers(0, 9, 9), minlength=9) for _ in range(3)]

    assert np.array_equal(list(times_drawn(9, 3, seed=7)), expected)


def test_rows_of_a_lead_are_drawn_together_whatever_their_order():
    cluster = np.array([70, 3, 70, 12, 3, 70])
    order = np.array([5, 0, 3, 1, 4, 2])
    weight = np.array([1.0, 2, 3, 4, 5, 6])

    drawn = np.array(list(Resamples(cluster, 20, 0).weights(weight)))
    shuffled = np.array(list(Resamples(cluster[order], 20, 0).weights(weight[order])))

    assert np.array_equal(drawn[:, order], shuffled)
    times = drawn / weight
    assert np.array_equal(times[:, 0], times[:, 2])
    assert np.array_equal(times[:, 1], times[:, 4])


@pytest.mark.parametrize("most", [0, 1000], ids=["drawn anew", "kept"])
def test_every_figure_sees_the_same_draws(most, monkeypatch):
    monkeypatch.setattr(resamples, "_MOST_KEPT", most)
    draws = Resamples(np.arange(30), 10, 5)

    first, second = list(draws.times()), list(draws.times())

    assert np.array_equal(first, second)
    assert len(first) == 10
