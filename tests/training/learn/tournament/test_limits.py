"""Where the configuration ended the growth of trees: said only where more of them would bring
something.
"""

import numpy as np
import pytest

from propensity.config.sections import LearnerSettings
from tests.training.learn.arenas import labelled
from training.learn.rows.time_blocks import blocks_of
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.limits import limit_reached

LEARNER = LearnerSettings(max_trees=400)
COUNTS = np.arange(10.0, 410.0, 10.0)


@pytest.fixture(scope="module")
def later():
    rows = labelled(np.random.default_rng(0).integers(0, 2, 400).astype(np.int8))
    return JudgedRows.of(rows, blocks_of(rows, seed=0), by_moment=False)


def losses(later, means):
    spread = np.random.default_rng(1).normal(0, 0.01, len(later.label))
    return np.array([mean + 0.0 * spread for mean in means])


def reached(later, means, *, counts=COUNTS, most=400, learner=LEARNER):
    return limit_reached(counts, losses(later, means), later, most=most, learner=learner)


def test_a_loss_that_still_falls_at_the_limit_is_said_with_its_fall_over_a_hundred_trees(later):
    found = reached(later, 0.5 - 0.00002 * COUNTS)

    assert found.key == "max_trees"
    assert (found.value, found.trees) == (400, 400)
    assert found.fall == pytest.approx(0.002)
    assert "fell by 0.00200" in found.sentence
    assert "`learner: {max_trees: 800}`" in found.sentence


def test_a_loss_that_was_lowest_before_the_limit_is_not_said(later):
    assert reached(later, 0.5 + 0.00001 * np.abs(COUNTS - 300)) is None


def test_growth_that_ended_by_itself_before_the_limit_is_not_said(later):
    assert reached(later, 0.5 - 0.00002 * COUNTS, most=4000) is None


def test_leaves_that_end_the_growth_are_named_and_not_trees(later):
    found = reached(later, 0.5 - 0.00002 * COUNTS, most=250)

    assert (found.key, found.value, found.trees) == ("most_leaves", 100_000, 250)


def test_what_no_configuration_may_ask_for_is_not_proposed(later):
    learner = LearnerSettings(max_trees=2000)
    counts = np.arange(50.0, 2050.0, 50.0)

    found = reached(later, 0.5 - 0.00001 * counts, counts=counts, most=2000, learner=learner)

    assert "To try" not in found.sentence
