"""A gain that is noise of leads, or of quarters, is none; one that every quarter shows is."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.choosing import forgotten
from tests.training.learn.arenas import labelled
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.quarter_gap import QuarterGap, level_jumps, quarter_gap


def judged(n):
    zeros = np.zeros(n, np.int64)
    return JudgedRows(
        zeros.astype(np.int8), np.ones(n), np.arange(n), zeros, zeros.astype(np.int32)
    )


def gap(gains, rows=400, noise=0.0, jumps=0.0, quarters=None):
    """Every quarter with its mean gain: the leads lose, and the usual way thought so the less."""
    random = np.random.default_rng(0)
    quarter = np.repeat(np.arange(len(gains)), rows)
    own = random.normal(0, noise, len(quarter)) if noise else np.zeros(len(quarter))
    losses = np.log(2) + np.asarray(gains, float)[quarter] + own
    number = quarter if quarters is None else np.asarray(quarters)[quarter]
    usual = np.log(np.expm1(losses))  # the log loss of a lost lead is log(1 + odds)
    return quarter_gap(judged(len(quarter)), number, usual, np.zeros(len(quarter)), jumps=jumps)


def company(levels, leads=4000, seed=0):
    """Quarters whose close rates have these log-odds."""
    random = np.random.default_rng(seed)
    level = np.repeat(levels, leads)
    label = (random.random(len(level)) < 1 / (1 + np.exp(-level))).astype(np.int8)
    return labelled(label), np.repeat(np.arange(len(levels)), leads)


def test_over_equal_quarters_the_jackknife_is_the_standard_error_of_their_means():
    gains = [0.03, 0.01, 0.05, 0.02]

    found = gap(gains)

    assert found.mean == pytest.approx(np.mean(gains))
    assert found.over_quarters == pytest.approx(stats.sem(gains))
    assert found.over_levels == 0


def test_jumps_of_the_level_move_the_gain_by_as_much_as_the_two_ways_differ():
    """Checked by moving the chances of one quarter's leads."""
    later, quarter = judged(800), np.repeat([0, 1], 400)
    usual, other = np.full(800, -1.0), np.full(800, -1.3)

    found = quarter_gap(later, quarter, usual, other, jumps=0.01)

    def gain(level):
        p = 1 / (1 + np.exp(-level))
        return np.mean([np.logaddexp(0, at) - p * at for at in (-1.0,)]) - np.mean(
            [np.logaddexp(0, at) - p * at for at in (-1.3,)]
        )

    of_one = abs(gain(-1.0 + 0.01) - gain(-1.0)) / 2  # a quarter is half of the rows
    assert found.over_levels == pytest.approx(np.sqrt(2) * of_one, rel=0.01)


def test_a_level_that_moved_once_is_no_jumping_level():
    jumping, moved, still = (
        level_jumps(*company(levels))
        for levels in (
            [-2, -1.5, -2.5, -1.6, -2.4, -2],
            [-2, -2, -2, -1.5, -1.5, -1.5],
            [-2, -2, -2, -2, -2, -2],
        )
    )

    assert jumping > 0.4
    assert moved == pytest.approx(0.5 / np.sqrt(10), abs=0.05)
    assert still < 0.05
    assert level_jumps(*company([-2, -2])) == np.inf


def test_many_leads_do_not_make_a_gain_that_a_jump_may_have_made():
    found = gap([0.02, 0.02, 0.03], rows=5000)
    jumpy = gap([0.02, 0.02, 0.03], rows=5000, jumps=3.0)

    assert found.mean > 5 * found.over_leads
    assert not found.is_noise
    assert jumpy.is_noise
    assert gap([0.0, 0.0, 0.06, -0.03], rows=5000).is_noise  # less than one error over quarters


@pytest.mark.parametrize(
    ("mean", "errors", "noise"),
    [
        (1.6, (1.0, 0.0, 0.1), True),
        (1.7, (1.0, 0.0, 0.1), False),
        (2.3, (1.0, 1.0, 0.1), True),
        (2.4, (1.0, 1.0, 0.1), False),
        (2.4, (1.0, 1.0, 2.5), True),
    ],
)
def test_leads_and_levels_are_noise_together_and_quarters_must_not_deny_it(mean, errors, noise):
    assert QuarterGap(mean, *errors).is_noise is noise


def test_one_quarter_cannot_tell():
    found = gap([0.02, 0.03], quarters=[1, 1])

    assert found.over_quarters == np.inf
    assert found.is_noise


def test_levels_that_jump_and_never_stay_are_no_reason_to_forget_and_one_that_moved_is():
    """In a third of such worlds an error over leads forgets (`python -m benchmarks.choosing`)."""
    jumping = forgotten(0.2, 0.0, 60)
    moved = forgotten(0.0, 1.2, 20)

    assert jumping["as served"] <= 0.1 < jumping["one error over leads"]
    assert moved["as served"] >= 0.5
