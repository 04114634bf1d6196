"""Calibration by segment: a promise that is wrong for some is found, and chance alone finds
little.
"""

import numpy as np
import pytest

from propensity.model.model import probability
from tests.training.learn.metrics.test_reliability import holdout
from training.learn.metrics.segments import segments


def world(seed, *, wrong=0.0, leads=2000, rows=3):
    random = np.random.default_rng(seed)
    kind = random.choice(np.array([f"k{i}" for i in range(12)], dtype=object), leads)
    log_odds = random.normal(-1.5, 1, leads)
    won = random.random(leads) < probability(log_odds + np.where(kind == "k3", wrong, 0.0))
    again = np.repeat(np.arange(leads), rows)
    return {"kind": kind[again]}, log_odds[again], holdout(won[again], cluster=again)


def test_a_segment_is_the_difference_of_two_means():
    values, log_odds, rows = world(0)

    found = segments(values, log_odds, rows)

    assert {s.value for s in found} == set(values["kind"])
    for segment in found:
        inside = values["kind"] == segment.value
        error = rows.label[inside].mean() - probability(log_odds[inside]).mean()
        assert segment.error == pytest.approx(error)
        assert segment.leads == inside.sum() / 3
        assert segment.low < error < segment.high


def test_a_promise_that_is_wrong_for_one_segment_is_found_there():
    found = segments(*world(1, wrong=1.2))

    assert [s.value for s in found if s.beyond_noise] == ["k3"]


def test_chance_calls_one_of_many_segments_wrong_in_few_worlds():
    flagged = [
        any(s.beyond_noise for s in segments(*world(seed, leads=600, rows=2))) for seed in range(30)
    ]

    assert np.mean(flagged) <= 0.1


def test_values_of_fewer_than_twenty_leads_are_not_told():
    values, log_odds, rows = world(0)
    values["kind"][:30] = "rare"  # ten leads, three rows each

    found = segments(values, log_odds, rows)

    assert "rare" not in {s.value for s in found}
    assert segments({}, log_odds, rows) == ()


def test_a_segment_without_a_win_is_not_sure_of_it():
    values, log_odds, rows = (
        {"kind": np.full(40, "a", dtype=object)},
        np.full(40, -4.0),
        holdout(np.zeros(40)),
    )

    (found,) = segments(values, log_odds, rows)

    assert found.low < 0 < found.high
    assert not found.beyond_noise
