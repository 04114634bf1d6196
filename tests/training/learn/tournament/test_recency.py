"""How old history counts, by hand."""

import numpy as np
import pytest

from tests.training.learn.arenas import labelled, settings
from training.learn.learners.chosen import HistoryWeighting
from training.learn.tournament.recency import learner_weights

DAY = 86_400_000_000


def test_a_window_keeps_what_is_younger_than_it():
    rows = labelled(np.zeros(5), time=[0, 1, 2, 3, 4])

    assert learner_weights(
        settings(), rows, HistoryWeighting(how="window", length=2, unit="rows")
    ).tolist() == [
        0,
        0,
        0,
        1,
        1,
    ]


def test_a_half_life_halves_and_forgets_after_ten():
    rows = labelled(np.zeros(4), time=[0, 69, 90, 100])

    found = learner_weights(
        settings(), rows, HistoryWeighting(how="half_life", length=10, unit="rows")
    )

    assert found == pytest.approx([2.0**-10, 2.0**-3.1, 0.5, 1.0])
    older = labelled(np.zeros(2), time=[0, 101])
    assert learner_weights(
        settings(), older, HistoryWeighting(how="half_life", length=10, unit="rows")
    ).tolist() == [
        0,
        1,
    ]


def test_days_are_counted_in_the_time_of_a_flat_table():
    rows = labelled(np.zeros(3), time=np.array([0, 1, 2]) * DAY)

    found = learner_weights(settings("time"), rows, HistoryWeighting(how="half_life", length=1))

    assert found == pytest.approx([0.25, 0.5, 1.0])


def test_all_history_counts_alike():
    assert learner_weights(settings(), labelled(np.zeros(3)), HistoryWeighting()).tolist() == [
        1,
        1,
        1,
    ]
