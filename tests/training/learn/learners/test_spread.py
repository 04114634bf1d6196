"""How far served scores lie apart, beside those that calibration is fitted on."""

import numpy as np
import pytest

from training.learn.learners.platt import platt
from training.learn.learners.spread import spread
from training.learn.metrics.recalibration import calibration_in_the_large, logistic_line


def scores(n=40_000, luck=0.6, shared=0.8, seed=0):
    """What is true of rows, and two models whose luck is shared to a part."""
    random = np.random.default_rng(seed)
    true, common = random.normal(0, 1.0, n), random.normal(0, 1.0, n)
    own = [np.sqrt(shared) * common + np.sqrt(1 - shared) * random.normal(0, 1, n) for _ in "ab"]
    return true, true + luck * own[0], true + luck * own[1]


def test_a_bag_has_of_the_luck_of_one_what_its_models_share_and_a_part_of_the_rest():
    _, one, other = scores()
    weight = np.ones(len(one))
    shared = (1 + 0.8 * 0.36) / (1 + 0.36)

    assert spread(5, one, other, weight) == pytest.approx(0.2 + 0.8 * shared, abs=0.01)
    assert spread(20, one, other, weight) == pytest.approx(0.05 + 0.95 * shared, abs=0.01)


def test_rows_without_a_score_and_models_that_say_nothing_change_nothing():
    _, one, other = scores(200)
    gone = np.where(np.arange(200) < 190, np.nan, one)
    weight = np.ones(200)

    assert spread(5, gone, other, weight) == 1.0
    assert spread(5, np.zeros(200), np.zeros(200), weight) == 1.0
    assert spread(5, one, -other, weight) == 0.5


def test_a_mean_of_models_is_calibrated_as_a_mean():
    """Five models with luck of their own: their mean, calibrated as one of them, is too timid."""
    random = np.random.default_rng(1)
    true = random.normal(0, 1.0, 200_000)
    models = [true + random.normal(0, 0.6, len(true)) for _ in range(5)]
    label = (random.random(len(true)) < 1 / (1 + np.exp(2.0 - true))).astype(np.int8)
    weight, taught = np.ones(len(true)), np.arange(len(true)) < 100_000
    mean = np.mean(models, axis=0)[~taught]

    def said(apart):
        line = platt(models[0][taught], label[taught], weight[taught], spread=apart)
        return line.intercept + line.slope * mean

    apart = spread(5, models[0][taught], models[1][taught], weight[taught])
    rest = label[~taught].astype(float)
    slopes = [logistic_line(rest, said(each), weight[~taught])[0] for each in (1.0, apart)]

    assert slopes[0] > 1.2
    assert slopes[1] == pytest.approx(1.0, abs=0.03)
    level = calibration_in_the_large(label[~taught], said(apart), weight[~taught])
    assert abs(level) < 0.03
