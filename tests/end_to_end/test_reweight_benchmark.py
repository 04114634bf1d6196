"""The benchmark of `selection: reweight`: its worlds, and what it measures in them."""

import numpy as np
import pytest

from benchmarks.reweight import LEARNERS, log_odds_of, simulated, taught
from training.learn.metrics.metrics import sigmoid


@pytest.fixture(scope="module")
def world():
    return simulated(16_000, 0.1, np.random.default_rng(4))


def test_only_what_was_done_with_a_lead_decides_which_chance_it_had(world):
    done = world.over | world.asks | world.sliced
    won = world.rows.label == 1

    assert won[done].mean() == pytest.approx(world.worked[done].mean(), abs=0.02)
    assert won[~done].mean() == pytest.approx(world.alone[~done].mean(), abs=0.01)
    assert world.sliced[world.below].mean() == pytest.approx(0.1, abs=0.01)


def test_reweighted_chances_are_nearer_to_the_truth_below_the_line(world):
    truth = world.worked[world.below].mean()

    def ratio(how):
        rows = taught(world, 0.1, how)
        return sigmoid(log_odds_of(world, rows, LEARNERS["linear"]))[world.below].mean() / truth

    assert ratio("all rows") < 0.7
    assert 0.8 < ratio("reweight") < 1.25
