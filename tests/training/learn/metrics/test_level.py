"""The level of the chances: in points, beside what a test of shape does not see."""

import numpy as np
import pytest

from training.learn.metrics.calibration_check import check_calibration
from training.learn.metrics.calibration_sentences import calibration_lines
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.level import level_test
from training.learn.metrics.metrics import sigmoid
from training.learn.metrics.reliability import reliability


def world(seed, n=4000, shift=0.0, rows_per_lead=1, middle=-2.5):
    """Chances that are right, and moved by so many log-odds before they are served."""
    random = np.random.default_rng(seed)
    leads = n // rows_per_lead
    true = np.repeat(random.normal(middle, 1, leads), rows_per_lead)
    won = np.repeat(random.random(leads), rows_per_lead) < sigmoid(true)
    rows = Holdout(
        won.astype(np.int8),
        np.zeros(n, np.int32),
        np.repeat(np.arange(leads), rows_per_lead),
        np.ones(n),
    )
    return true + shift, rows


def level_of(log_odds, rows):
    return level_test(log_odds, rows, reliability(log_odds, rows))


def test_a_level_too_high_is_told_in_points_of_chance_with_all_tenths_on_one_side():
    log_odds, rows = world(1, n=40_000, shift=0.4)

    told = next(calibration_lines(check_calibration(log_odds, rows, {})))

    found = level_of(log_odds, rows)
    expected = 100 * (sigmoid(log_odds).mean() - rows.label.mean())
    assert found.points == pytest.approx(expected)
    assert f"{expected:.1f} points too high" in told
    assert found.z > 5
    assert found.on_one_side
    assert "all 10 tenths promise too high" in told


@pytest.mark.parametrize("rows_per_lead", [1, 4])
def test_right_chances_are_rejected_about_as_often_as_promised(rows_per_lead):
    found = [level_of(*world(seed, rows_per_lead=rows_per_lead)) for seed in range(150)]

    assert np.mean([each.p_value < 0.05 for each in found]) < 0.1
    assert np.mean([each.sides_p < 0.05 for each in found]) < 0.1


def test_few_wins_in_each_tenth_do_not_count_as_one_side():
    found = [level_of(*world(seed, n=1500, middle=-6.0)) for seed in range(100)]

    assert np.mean([each.sides_p < 0.05 for each in found]) < 0.1


def test_what_is_called_detectable_is_seen_four_times_out_of_five():
    log_odds, rows = world(0)
    points = level_of(log_odds, rows).detectable
    chance = sigmoid(log_odds)
    shift = points / 100 / float((chance * (1 - chance)).mean())

    seen = [level_of(*world(seed, shift=shift)).p_value < 0.05 for seed in range(100)]

    assert 0.7 < np.mean(seen) < 0.95


def test_one_lead_has_no_level():
    log_odds, rows = world(0, n=4, rows_per_lead=4)

    assert level_of(log_odds, rows) is None
