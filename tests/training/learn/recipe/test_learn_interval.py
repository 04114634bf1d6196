"""Intervals of chances as training learns them: each part by a second route, and the whole on
worlds whose true chances are known.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.intervals import interval, judged, learned, world
from features.population import ROWS
from propensity.model.model import probability
from propensity.scoring.chance_interval import ChanceInterval
from training.learn.metrics.recalibration import calibration_slope_intercept
from training.learn.recipe import learn_interval as learning
from training.learn.recipe.learn_interval import (
    centres,
    disagreement,
    errors_of_line,
    learn_interval,
    left_open,
)


@pytest.fixture(scope="module")
def plain():
    """A world with a spline, and what was learned in it."""
    there = world(1_200, 0.3, 200, "plain")
    return there, learned(there, 1_200, contestants=["spline"])


def test_the_jackknife_is_the_variance_of_the_mean_of_all_leads():
    # a straight score, and effects of groups of leads that lie across it
    random, groups, leads = np.random.default_rng(0), 5, 4_000
    score = np.linspace(-1, 1, 200)
    wave = np.cos(np.pi * 4 * score)
    place = np.arange(200) % groups
    found, full = [], []
    for _ in range(300):
        effect = random.normal(0, 1, (groups, leads // groups))
        means = [np.delete(effect, group, axis=0).mean() for group in range(groups)]
        full.append(effect.mean())
        others = score[:, None] + wave[:, None] * np.array(means)
        found.append(disagreement(others, place, score, np.ones(200)) / np.maximum(wave**2, 1e-9))
    middle = np.abs(wave) > 0.5

    assert np.mean(found, axis=0)[middle].mean() == pytest.approx(1 / leads, rel=0.06)
    assert np.var(full) == pytest.approx(1 / leads, rel=0.2)


def test_what_all_leads_share_is_no_disagreement():
    score = np.random.default_rng(0).normal(-2, 1, 500)
    others = np.column_stack([0.1 * k + (1 + 0.05 * k) * score for k in range(5)])

    found = disagreement(others, np.arange(500) % 5, score, np.ones(500))

    assert found.max() < 1e-20
    assert disagreement(others[:, :2], np.arange(500) % 2, score, np.ones(500)).max() == 0


def test_what_stays_open_is_the_variance_of_a_bayesian_regression():
    random = np.random.default_rng(0)
    columns = random.normal(size=(400, 6)) @ random.normal(size=(6, 6))
    covariance = np.cov(columns.T, bias=True)
    prior = 1.3 / np.trace(covariance)

    posterior = np.linalg.inv(np.eye(6) / prior + 57.0 * covariance)

    by_hand = np.trace(covariance @ posterior)
    assert left_open(columns, signal=1.3, information=57.0) == pytest.approx(by_hand)
    assert left_open(columns, signal=1.3, information=1e-9) == pytest.approx(1.3)
    assert left_open(columns, signal=1.3, information=1e9) < 1e-6
    assert left_open(np.zeros((400, 1)), signal=1.3, information=57.0) == 1.3


def test_the_error_of_the_line_is_that_of_many_draws(plain):
    random, n = np.random.default_rng(0), 600
    score = random.normal(-1, 1.2, n)
    there = np.array([-3.0, -1.0, 1.0])
    plain_rows = replace(plain[1].rows.take(np.arange(n)), cluster=np.arange(n))
    lines, errors, levels = [], [], []
    for _ in range(400):
        label = (random.random(n) < probability(score)).astype(np.int8)
        rows = replace(plain_rows, label=label)
        found, level = errors_of_line(score, there, rows, np.ones(n))
        lines.append(calibration_slope_intercept(label, score))
        errors.append(found)
        levels.append(level)

    drawn = np.var([intercept + slope * there for slope, intercept in lines], axis=0)
    np.testing.assert_allclose(np.mean(errors, axis=0), drawn, rtol=0.2)
    chance = probability(score)
    assert np.mean(levels) == pytest.approx(1 / (chance * (1 - chance)).sum(), rel=0.02)
    # rows of one lead share one fate
    three = rows.take(np.repeat(np.arange(n), 3))
    again, same = errors_of_line(np.repeat(score, 3), there, three, np.ones(3 * n))
    np.testing.assert_allclose(again, found, rtol=1e-9)
    assert same == pytest.approx(level)


def test_the_mean_chance_around_the_centre_is_the_chance_that_is_served():
    served, error = np.array([-6.0, -3.0, 0.0, 2.5, 4.0]), np.array([0.2, 1.0, 2.0, 0.7, 2.0])

    centre = centres(served, error)

    drawn = np.random.default_rng(0).normal(size=400_000)
    mean = [probability(c + e * drawn).mean() for c, e in zip(centre, error, strict=True)]
    np.testing.assert_allclose(mean, probability(served), rtol=0.02)
    away = np.array([True, True, False, True, True])
    assert (np.sign(centre - served) == np.sign(served))[away].all()
    assert centre[2] == pytest.approx(0, abs=1e-9)


def halves(n):
    """Numbers of leads that have two rows each."""
    return pa.array(np.arange(n) // 2, ROWS.field("lead").type)


def test_few_leads_make_few_entries_and_ends_hold_the_served_chance(plain):
    _, known = plain

    found = interval(known)

    assert len(found.log_odds) == 12  # ten tenths and two ends of 2 %, 24 leads each
    assert min(found.below) > 0
    assert min(found.above) > 0
    few = np.sort(np.random.default_rng(0).permutation(1_200)[:150])
    part = learn_interval(
        known.model,
        [(model, np.flatnonzero(np.isin(few, out))) for model, out in known.folds],
        known.matrix[few],
        known.rows.take(few),
        np.ones(150),
    )
    assert isinstance(part, ChanceInterval)
    assert len(part.log_odds) == 7
    # entries are of leads, not of rows
    twice = replace(known.rows, rows=known.rows.rows.set_column(0, "lead", halves(1_200)))
    of_pairs = learn_interval(known.model, known.folds, known.matrix, twice, np.ones(1_200))
    assert of_pairs is not None
    assert len(of_pairs.log_odds) == 10
    # with an eighth of the outcomes more stays open
    assert np.mean(part.below) > 1.2 * np.mean(found.below)


def test_a_model_without_rows_of_its_own_has_none_and_one_model_alone_has_some(plain):
    _, known = plain
    n = len(known.rows)

    assert learn_interval(known.model, [], known.matrix, known.rows, np.ones(n)) is None
    alone = [(known.model, np.arange(n))]
    found = learn_interval(known.model, alone, known.matrix, known.rows, np.ones(n))
    assert found is not None
    assert min(found.below) > 0


def test_of_many_rows_a_part_tells_nearly_the_same(plain, monkeypatch):
    _, known = plain
    whole = interval(known)

    monkeypatch.setattr(learning, "_MOST_ROWS", 800)

    part = interval(known)
    assert len(part.log_odds) < len(whole.log_odds)  # no ends of 2 %
    assert np.mean(part.below) == pytest.approx(np.mean(whole.below), rel=0.15)


def test_threads_change_no_bit(plain):
    _, known = plain

    with threadpool_limits(limits=1):
        alone = interval(known)
    with threadpool_limits(limits=2):
        together = interval(known)

    assert alone == together


def test_true_chances_of_other_leads_lie_within(plain):
    there, known = plain

    found = judged(there, known, 1_200, 0.3, 200, "plain")

    assert found.coverage > 0.8
    assert min(found.tenths) > 0.6
    assert found.width < 0.6
    assert found.naive < 0.6  # the error of the line alone is not the error of the chance
