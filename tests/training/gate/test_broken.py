"""Two models on the same leads: gains against other routes, and what is broken beyond noise."""

from dataclasses import replace

import numpy as np
import pytest

from training.gate.broken import calibrated, disordered, miscalibrated, tenths, worse_segments
from training.learn.metrics import metrics, recalibration
from training.learn.metrics.holdout import Holdout
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
        alarms += bool(miscalibrated(calibrated(rows, truth), alarm=0.05, tolerance=0.0))

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

    assert miscalibrated(calibrated(rows, truth), alarm=0.01, tolerance=0.2) == {}
    assert set(miscalibrated(calibrated(rows, truth - 0.6), alarm=0.01, tolerance=0.2)) == {"level"}
    assert "slope" in miscalibrated(calibrated(rows, 2 * truth + 2), alarm=0.01, tolerance=0.2)
    assert miscalibrated(calibrated(rows, truth - 0.6), alarm=0.01, tolerance=0.7) == {}


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


def test_looks_at_few_winners_judge_no_segment():
    """Sixty looks at four winners are four wins: a segment needs five."""
    rows, _, score, _ = world(3000, seed=1)
    at = np.arange(3000)
    label = (at % 50 == 0).astype(np.int8)

    def judged(winners):
        looked = replace(rows, label=label, win=at // 50 % winners)
        segment = SegmentColumn("industry", ("made",), np.zeros(3000, np.int64))
        met = ScoreComparison(looked, 0 * score + 3, {"champion": score}, (segment,))
        return bool(worse_segments(met, 0 * score - 4, alarm=0.05))

    assert (judged(4), judged(5)) == (False, True)
