"""Gains are those of the figures themselves, and their intervals draw whole accounts."""

import numpy as np
import pytest

from tests.training.gate.test_broken import world
from training.gate.paired_gains import captured_gains, log_loss_gains
from training.learn.metrics import metrics
from training.learn.metrics.evaluate import evaluate
from training.learn.metrics.resamples import Resamples


def test_the_gain_in_log_loss_is_the_difference_of_two_log_losses():
    rows, _, one, other = world()

    (gain,) = log_loss_gains(rows, one, [other], Resamples(rows.cluster, 200, 0), 0.05)

    mine, theirs = (metrics.log_loss(rows.label, score, rows.weight) for score in (one, other))
    assert (gain.challenger, gain.rival) == pytest.approx((mine, theirs), rel=1e-12)
    assert gain.value == pytest.approx(theirs - mine, abs=1e-12)


def test_its_lower_end_is_that_of_whole_accounts_drawn_again():
    rows, _, one, other = world(900, accounts=60)

    (gain,) = log_loss_gains(rows, one, [other], Resamples(rows.cluster, 4000, 3), 0.05)

    target = rows.label.astype(float)
    loss = metrics.log_losses(target, other) - metrics.log_losses(target, one)
    rng, drawn = np.random.default_rng(99), []
    of = [np.flatnonzero(rows.cluster == account) for account in range(60)]
    for _ in range(4000):
        at = np.concatenate([of[account] for account in rng.integers(0, 60, 60)])
        drawn.append(np.average(loss[at], weights=rows.weight[at]))
    assert gain.low == pytest.approx(np.quantile(drawn, 0.05), abs=0.15 * np.std(drawn))


@pytest.mark.parametrize(
    "rounded", [False, True], ids=["all scores differ", "many leads share a score"]
)
def test_wins_captured_are_those_of_the_evaluation(rounded):
    rows, _, one, other = world()
    if rounded:
        one, other = np.round(one), np.round(other)

    (gain,) = captured_gains(rows, one, [other], Resamples(rows.cluster, 50, 0), 0.05, share=0.2)

    expected = [
        evaluate("", score, rows, figures=("captured_in_top_20",), n_bootstrap=0)
        .figures["captured_in_top_20"]
        .value
        for score in (one, other)
    ]
    assert (gain.challenger, gain.rival) == pytest.approx(expected, rel=1e-9)
    assert gain.low < gain.value == pytest.approx(expected[0] - expected[1])


def test_a_model_gains_nothing_on_itself():
    rows, _, one, _ = world(500)
    draws = Resamples(rows.cluster, 200, 0)

    (loss,) = log_loss_gains(rows, one, [one], draws, 0.05)
    (captured,) = captured_gains(rows, one, [one], draws, 0.05, share=0.1)

    assert (loss.value, loss.low, captured.value, captured.low) == (0, 0, 0, 0)


def test_the_same_seed_draws_the_same_leads():
    rows, _, one, other = world(500)

    lows = [
        log_loss_gains(rows, one, [other], Resamples(rows.cluster, 200, seed), 0.05)[0].low
        for seed in (1, 1, 2)
    ]

    assert lows[0] == lows[1] != lows[2]
