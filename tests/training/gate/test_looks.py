"""How often the same closes were judged by, and what it costs."""

from datetime import date

import numpy as np
import pytest

from features.days import day_number
from features.errors import ArtifactError
from propensity.registry.entries import LOOKS
from training.gate.looks import GateLook, error_of, looks_of, looks_tag, note_of, number_of
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.scores_compared import ScoreComparison


def met(label, days=None):
    n = len(label)
    rows = Holdout(np.array(label, np.int8), np.zeros(n, np.int32), np.arange(n), np.ones(n))
    return ScoreComparison(rows, np.zeros(n), {"champion": np.zeros(n)}, days=days)


@pytest.mark.parametrize(
    ("first", "until", "counts"),
    [(0, 100, 1), (50, 200, 1), (51, 200, 0), (-80, 49, 0), (20, 70, 1), (100, 200, 0)],
)
def test_a_look_counts_where_it_saw_half_of_the_closes_or_more(first, until, counts):
    assert number_of(GateLook(0, 100), [GateLook(first, until)]) == 1 + counts


def test_the_seventh_look_at_a_test_is_the_seventh():
    look = GateLook.of(met([0, 1], days=(100, 160)))

    assert look == GateLook(100, 160)
    assert number_of(look, [look] * 6 + [GateLook(0, 50)]) == 7


def test_rows_of_a_flat_table_count_by_what_they_hold():
    one, same, other = (GateLook.of(met(label)) for label in ([0, 1, 1], [0, 1, 1], [1, 0, 1]))

    assert number_of(one, [same]) == 2
    assert number_of(one, [other, GateLook(0, 10**6)]) == 1


def test_errors_of_all_looks_add_up_to_one_error():
    spent = [error_of(number, 0.05) for number in range(1, 200_000)]

    assert sum(spent) == pytest.approx(0.05, abs=1e-6)
    assert spent == sorted(spent, reverse=True)


def test_the_reader_is_told_the_number_the_days_and_the_price():
    day = day_number(date(2025, 1, 3))

    told = note_of(GateLook(day, day + 88), 7, 0.05)

    assert "look number 7" in told
    assert "2025-01-03 to 2025-04-01" in told
    assert "99.94%" in told


def test_looks_come_back_from_the_tag_and_a_damaged_one_is_an_error():
    looks = (GateLook(20000, 20088), GateLook(0, 0, "ab12"))

    assert looks_of(looks_tag(looks)) == looks
    assert looks_of({}) == ()
    assert looks_tag(()) == {}
    with pytest.raises(ArtifactError, match="cannot be read"):
        looks_of({LOOKS: "[[1, 2]]"})
