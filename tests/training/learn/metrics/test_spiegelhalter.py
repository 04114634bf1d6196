"""The calibration test: its size on rows that share leads, its power, and what it says it cannot
see.
"""

import numpy as np
import pytest

from propensity.model.model import probability
from tests.training.learn.metrics.test_reliability import holdout
from training.learn.metrics.spiegelhalter import calibration_test


def world(seed, *, shift=0.0, leads=800, rows=4, mean=-2.0):
    random = np.random.default_rng(seed)
    log_odds = random.normal(mean, 1, leads)
    won = random.random(leads) < probability(log_odds + shift)
    again = np.repeat(np.arange(leads), rows)
    return log_odds[again], holdout(won[again], cluster=again)


def classical(log_odds, rows):
    """Spiegelhalter's own z, for independent rows."""
    p = probability(log_odds)
    lean = 1 - 2 * p
    return (lean * (rows.label - p)).sum() / np.sqrt((lean**2 * p * (1 - p)).sum())


def test_with_one_row_per_lead_it_is_spiegelhalters_own():
    log_odds, rows = world(0, leads=20_000, rows=1)

    found = calibration_test(log_odds, rows)

    assert found.z == pytest.approx(classical(log_odds, rows), rel=0.03, abs=0.03)


def test_it_rejects_calibrated_scores_about_as_often_as_it_says():
    tests = [world(seed) for seed in range(100)]

    rejected = np.mean([calibration_test(*each).p_value < 0.05 for each in tests])
    for_independent_rows = np.mean([abs(classical(*each)) > 1.96 for each in tests])

    assert 0.01 <= rejected <= 0.10
    assert for_independent_rows > 0.25  # what treating the rows of a lead as independent would do


def test_it_sees_what_it_says_it_can_see():
    shift = calibration_test(*world(0)).detectable

    seen = [calibration_test(*world(seed, shift=shift)).p_value < 0.05 for seed in range(60)]

    assert 0.65 <= np.mean(seen) <= 0.95


def test_it_does_not_see_errors_that_cancel_nor_a_shift_around_one_half():
    random = np.random.default_rng(4)
    log_odds, kind = np.full(4000, -1.5), random.random(4000) < 0.5
    other = np.where(kind, 0.35, probability(np.array(-1.5)) * 2 - 0.35)
    cancel = calibration_test(log_odds, holdout(random.random(4000) < other))
    half = calibration_test(np.zeros(4000), holdout(random.random(4000) < 0.6))

    assert cancel.p_value > 0.05
    assert np.isnan(half.p_value)
    assert half.detectable == np.inf


def test_of_many_leads_the_normal_distribution_says_what_the_draws_would():
    log_odds, rows = world(5, leads=50_001, rows=1)
    fewer = slice(None, 50_000)

    many, drawn = (
        calibration_test(log_odds, rows),
        calibration_test(log_odds[fewer], rows.part(np.arange(50_000))),
    )

    assert many.p_value == pytest.approx(drawn.p_value, abs=0.04)


def test_the_same_rows_give_the_same_bits_and_few_rows_give_nothing():
    log_odds, rows = world(3)

    assert calibration_test(log_odds, rows) == calibration_test(log_odds, rows)
    assert np.isnan(calibration_test(np.array([0.1]), holdout([1])).p_value)
    assert np.isnan(calibration_test(np.empty(0), holdout([])).z)
