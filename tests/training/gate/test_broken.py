"""Two models on the same leads: gains against other routes, and what is broken beyond noise."""

import numpy as np
import pytest

from training.gate.broken import calibrated, disordered, off, tenths, worse_segments
from training.gate.paired_gains import captured_gains, log_loss_gains
from training.learn.metrics import metrics, recalibration
from training.learn.metrics.evaluate import evaluate
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.resamples import Resamples
from training.learn.metrics.scores_compared import (
    ScoreComparison,
    SegmentColumn,
    segments_of,
    told_levels,
)


def world(n=3000, seed=0, *, days=3, accounts=None, noise=0.5):
    """Rows, their true log-odds, and two models that see them through noise."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-2, 1.3, n)
    label = (rng.random(n) < metrics.sigmoid(truth)).astype(np.int8)
    cluster = rng.integers(0, accounts, n) if accounts else np.arange(n)
    rows = Holdout(
        label, rng.integers(0, days, n).astype(np.int32), cluster, rng.choice([1.0, 2.5], n)
    )
    return rows, truth, truth + rng.normal(0, noise, n), truth + rng.normal(0, noise, n)


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


def test_tenths_are_those_of_every_as_of():
    rows = Holdout(
        np.zeros(40, np.int8), np.repeat([1, 2], 20).astype(np.int32), np.arange(40), np.ones(40)
    )
    score = np.concatenate([np.arange(20.0), 100 + np.arange(20.0)])

    found = tenths(rows, score)

    assert found[:20].tolist() == found[20:].tolist() == [9 - k // 2 for k in range(20)]
    assert set(tenths(rows, np.zeros(40))) == {5}  # one score for all is one tenth, not ten


def test_an_order_that_is_broken_is_found_and_noise_is_not():
    rows, truth, *_ = world(6000, seed=1)
    assert disordered(rows, truth, alarm=0.01) == []

    turned = np.where(truth > np.quantile(truth, 0.9), truth - 10, truth)  # the best come last

    worst = disordered(rows, turned, alarm=0.01)[0]
    assert worst.worse == 10
    assert worst.rates[1] > worst.rates[0]


def test_the_checks_beyond_noise_hardly_ever_speak_up_about_good_models():
    alarms = 0
    for seed in range(200):
        rows, truth, *_ = world(800, seed=seed, accounts=300)
        alarms += bool(disordered(rows, truth, alarm=0.05))
        alarms += bool(off(calibrated(rows, truth), alarm=0.05, tolerance=0.0))

    assert alarms <= 30  # 200 worlds x two checks x 5 % is 20 on average


def test_calibration_is_that_of_the_metrics_with_errors_as_large_as_chance_makes_them():
    found = [
        calibrated(*pair)
        for pair in ((w[0], w[1]) for w in (world(2000, seed=s) for s in range(60)))
    ]
    rows, truth, *_ = world(2000)
    slope, _ = recalibration.calibration_slope_intercept(rows.label, truth, rows.weight)

    one = calibrated(rows, truth)
    assert one.slope == pytest.approx(slope, rel=1e-6)
    assert one.level == pytest.approx(
        recalibration.calibration_in_the_large(rows.label, truth, rows.weight), abs=1e-8
    )
    assert np.std([f.level for f in found]) == pytest.approx(
        np.mean([f.level_error for f in found]), rel=0.3
    )
    assert np.std([f.slope for f in found]) == pytest.approx(
        np.mean([f.slope_error for f in found]), rel=0.3
    )


def test_calibration_is_off_beyond_the_tolerance_and_noise_alone():
    rows, truth, *_ = world(20_000, seed=2)

    assert off(calibrated(rows, truth), alarm=0.01, tolerance=0.2) == {}
    assert set(off(calibrated(rows, truth - 0.6), alarm=0.01, tolerance=0.2)) == {"level"}
    assert "slope" in off(calibrated(rows, 2 * truth + 2), alarm=0.01, tolerance=0.2)
    assert off(calibrated(rows, truth - 0.6), alarm=0.01, tolerance=0.7) == {}


def test_a_segment_that_fares_worse_is_named_and_the_others_are_not():
    rows, truth, *_ = world(8000, seed=4)
    place = np.random.default_rng(5).integers(0, 4, len(rows))
    country = SegmentColumn("country", ("JP", "US", "SG", "=cmd()"), place)
    bad = np.where(place == 1, -truth - 4, truth)

    met = ScoreComparison(rows, bad, {"champion": truth}, (country,))

    assert [(worse.column, worse.level) for worse in worse_segments(met, truth, alarm=0.01)] == [
        ("country", "US")
    ]
    assert worse_segments(ScoreComparison(rows, truth, {}, (country,)), bad, alarm=0.01) == []


def test_values_of_fewer_than_twenty_leads_are_not_judged_and_not_named():
    values = np.array(["many"] * 100 + ["few"] * 60, dtype=object)
    cluster = np.concatenate([np.arange(100), 1000 + np.arange(60) % 19])  # 60 rows of 19 leads

    (segment,) = segments_of({"country": values})

    assert [segment.levels[place] for place in told_levels(segment, cluster)] == ["many"]
