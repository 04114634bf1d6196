"""How much quarters differ: told from the luck of their leads."""

import numpy as np
import pyarrow as pa
import pytest

from training.learn.rows.quarters import Quarter
from training.learn.rows.snapshots import LabelledRows
from training.threshold.quarter_levels import NO_QUARTERS, QuarterLevels, quarter_levels

QUARTERS = tuple(Quarter(str(n), n, n + 1) for n in range(10))


def rows_of(levels, *, leads=1500, looks=1, seed=0):
    """Rows of quarters, each with a level of its own; every lead is its account."""
    rng = np.random.default_rng(seed)
    n = leads * len(levels)
    lead = np.repeat(np.arange(n), looks)
    time = np.repeat(np.arange(len(levels)), leads * looks)
    score = rng.normal(-2, 0.7, n)
    won = rng.random(n) < 1 / (1 + np.exp(-(score + np.repeat(levels, leads))))
    table = pa.table({"lead": lead, "episode": np.zeros(len(lead), dtype=np.int32)})
    label = won[lead].astype(np.int8)
    return score[lead], LabelledRows(table, label, np.ones(len(lead)), time, lead)


def test_levels_of_quarters_are_found_with_their_errors():
    truth = np.linspace(-0.4, 0.4, 10)
    found = quarter_levels(*rows_of(truth), QUARTERS)

    z = (np.array(found.levels) - truth) / np.array(found.errors)
    assert np.abs(z).max() < 3.5
    assert 0.05 < np.mean(found.errors) < 0.12


def test_rows_of_one_lead_are_no_independent_evidence():
    once, often = (quarter_levels(*rows_of(np.zeros(3), looks=looks), QUARTERS) for looks in (1, 5))

    assert often.errors == pytest.approx(once.errors, rel=0.01)


@pytest.mark.parametrize("deviation", [0.0, 0.2, 0.4])
def test_the_deviation_between_quarters_is_that_of_the_world(deviation):
    rng = np.random.default_rng(1)
    found = [
        QuarterLevels(
            tuple(deviation * rng.normal(size=24) + 0.08 * rng.normal(size=24)), (0.08,) * 24
        ).deviation
        for _ in range(100)
    ]

    assert np.mean(found) == pytest.approx(deviation, abs=0.05)


def test_without_quarters_the_prior_speaks():
    size, likely = NO_QUARTERS.posterior

    assert NO_QUARTERS.deviation == pytest.approx(0.25, abs=0.01)
    assert likely[size > 0.5].sum() == pytest.approx(0.045, abs=0.015)
    assert QuarterLevels((0.3,), (0.1,)).deviation == NO_QUARTERS.deviation


def test_a_quarter_with_a_handful_of_wins_says_nothing():
    score, rows = rows_of(np.zeros(3), leads=8)

    assert quarter_levels(score, rows, QUARTERS).levels == ()
