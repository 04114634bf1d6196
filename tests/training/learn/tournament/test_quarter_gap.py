"""A gain that is noise of leads, or of quarters, is none; one that every quarter shows is."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.choosing import forgotten
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.quarter_gap import quarter_gap


def judged(n):
    zeros = np.zeros(n, np.int64)
    return JudgedRows(
        zeros.astype(np.int8), np.ones(n), np.arange(n), zeros, zeros.astype(np.int32)
    )


def gap(gains, rows=400, noise=0.0, quarters=None):
    """Every quarter with its mean gain, spread over leads."""
    random = np.random.default_rng(0)
    quarter = np.repeat(np.arange(len(gains)), rows)
    own = random.normal(0, noise, len(quarter)) if noise else np.zeros(len(quarter))
    losses = np.asarray(gains, float)[quarter] + own
    number = quarter if quarters is None else np.asarray(quarters)[quarter]
    return quarter_gap(judged(len(quarter)), number, losses, np.zeros(len(quarter)))


def test_over_equal_quarters_the_jackknife_is_the_standard_error_of_their_means():
    gains = [0.03, 0.01, 0.05, 0.02]

    found = gap(gains)

    assert found.mean == pytest.approx(np.mean(gains))
    assert found.over_quarters == pytest.approx(stats.sem(gains))
    assert found.quarters == 4


def test_many_leads_do_not_make_one_good_quarter_a_gain():
    jumped = gap([0.0, 0.0, 0.06, 0.0], rows=5000, noise=0.1)

    assert jumped.mean > 5 * jumped.over_leads
    assert jumped.is_noise


def test_what_every_quarter_shows_is_a_gain_unless_leads_may_have_shown_it_by_chance():
    assert not gap([0.02, 0.03, 0.025, 0.03], rows=2000, noise=0.1).is_noise
    assert gap([0.02, 0.03, 0.025, 0.03], rows=20, noise=1.0).is_noise


def test_one_quarter_cannot_tell():
    found = gap([0.02, 0.03], quarters=[1, 1])

    assert (found.quarters, found.over_quarters) == (1, np.inf)
    assert found.is_noise


def test_levels_that_jump_and_never_stay_are_no_reason_to_forget_and_one_that_moved_is():
    """In a third of such worlds an error over leads forgets (`python -m benchmarks.choosing`)."""
    jumping = forgotten(0.2, 0.0, 60)
    moved = forgotten(0.0, 1.2, 20)

    assert jumping["as served"] <= 0.1 < jumping["one error over leads"]
    assert moved["as served"] >= 0.5
