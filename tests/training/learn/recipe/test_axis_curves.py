"""The zero of an axis is where the population, were all its leads to stand there, closes at the
average rate.
"""

import itertools

import numpy as np
import pytest

from propensity.definition.schema import AxisCuts
from propensity.grading.centring import zero_of
from propensity.grading.redraw import shares_moved
from tests.training.definition.test_grades import sigmoid
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.recalibration import shift_to
from training.learn.recipe.axis_curves import AxisSpread, axis_curve

N = 8_000
CUTS = (np.log(2), 0.0, -np.log(2))


def world(seed, *, few=False, n=N):
    """Fit, interest that leans against it and has a heavy tail, and the base."""
    rng = np.random.default_rng(seed)
    fit = rng.normal(0, 0.6, n)
    fit = np.round(fit / 0.3) * 0.3 if few else fit
    return fit, -0.3 * fit + rng.gamma(0.5, 1.8, n) - 0.9, -4.1


def by_rows(axis, log_odds, observed, rate, weight):
    """The zero by bisection over the rows themselves, without curve or grid."""

    def mean(moved):
        return np.average(sigmoid(moved), weights=weight)

    def solved(target, rest):
        low, high = -20.0, 20.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if mean(rest + middle) < target else (low, middle)
        return low

    rest = log_odds - axis + solved(observed, log_odds)
    return solved(rate, rest)


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize(("times", "within"), [(1.0, 2e-4), (1.3, 2e-4), (0.5, 2e-3), (4.0, 5e-3)])
def test_the_stored_curve_and_a_bisection_over_the_rows_find_the_same_zero(few, times, within):
    fit, interest, base = world(1, few=few)
    log_odds = base + fit + interest
    weight = np.random.default_rng(2).integers(1, 5, N).astype(float)
    observed = 1.1 * np.average(sigmoid(log_odds), weights=weight)
    for axis in (fit, interest):
        found = zero_of(axis_curve(axis, log_odds, observed, weight), times * observed)
        brute = by_rows(axis, log_odds, observed, times * observed, weight)
        assert found == pytest.approx(brute, abs=within)


def test_the_curve_rises_everywhere_and_the_zero_of_the_own_average_lies_among_the_rows():
    fit, interest, base = world(3)
    curve = axis_curve(fit, base + fit + interest, 0.05, np.ones(N))

    assert all(b[0] > a[0] and b[1] >= a[1] for a, b in itertools.pairwise(curve))
    assert fit.min() < zero_of(curve, 0.05) < fit.max()


def test_all_at_the_zero_close_as_often_as_they_do_where_they_stand():
    fit, interest, base = world(4)
    chance = sigmoid(base + fit + interest)

    zero = zero_of(axis_curve(fit, base + fit + interest, chance.mean(), np.ones(N)), chance.mean())

    assert sigmoid(base + zero + interest).mean() == pytest.approx(chance.mean(), rel=1e-4)


def test_a_small_change_of_the_rate_is_a_small_change_of_the_zero():
    fit, interest, base = world(5, few=True)
    curve = axis_curve(fit, base + fit + interest, 0.05, np.ones(N))
    zeros = [zero_of(curve, rate) for rate in np.linspace(0.02, 0.12, 400)]

    assert max(np.diff(zeros)) < 0.03
    assert min(np.diff(zeros)) > 0


def test_an_axis_without_spread_has_a_curve_of_one_point():
    curve = axis_curve(np.zeros(10), np.full(10, -1.0), 0.2, np.ones(10))

    assert curve == ((0.0, 0.2),)
    assert zero_of(curve, 0.01) == zero_of(curve, 0.9) == 0.0


def test_a_rate_far_from_the_populations_leaves_all_leads_on_one_side():
    fit, interest, base = world(6)
    curve = axis_curve(fit, base + fit + interest, 0.05, np.ones(N))

    assert zero_of(curve, 0.0001) < fit.min()
    assert zero_of(curve, 0.99) > fit.max()


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_without_a_win_or_a_loss_there_is_still_a_finite_zero(rate):
    fit, interest, base = world(7, n=200)
    assert np.isfinite(zero_of(axis_curve(fit, base + fit + interest, rate, np.ones(200)), rate))


def refitted(features, label):
    """Plain logistic regression by Newton's method: intercept and two slopes."""
    seen = np.column_stack([np.ones(len(label)), features])
    slopes = np.array([-3.0, 1.0, 1.0])
    for _ in range(8):
        chance = sigmoid(seen @ slopes)
        slopes = slopes + np.linalg.solve(
            seen.T @ (seen * (chance * (1 - chance))[:, None]), seen.T @ (label - chance)
        )
    return slopes


def drawn(seed, n):
    """One draw of leads: the learned model's zero, its noise, and its fit of leads in common."""
    fit, interest, base = world(seed, n=n)
    rng = np.random.default_rng(1000 + seed)
    label = (rng.random(n) < sigmoid(base + fit + interest)).astype(np.int8)
    features = np.column_stack([fit, interest])
    middle = features.mean(axis=0)

    def sums(slopes, rows):
        axes = (rows - middle) * slopes[1:]
        return axes[:, 0], slopes[0] + middle @ slopes[1:] + axes.sum(axis=1)

    slopes = refitted(features, label)
    axis, log_odds = sums(slopes, features)
    zero = zero_of(axis_curve(axis, log_odds, label.mean(), np.ones(n)), label.mean())
    spread, fold = AxisSpread(LearnerRows(features, label, np.ones(n))), rng.integers(0, 5, n)
    for number in range(5):
        spread.add(
            *sums(refitted(features[fold != number], label[fold != number]), features),
            np.flatnonzero(fold == number),
        )
    noise = spread.told(axis, 100)
    cuts = AxisCuts(zero=zero, cuts=CUTS)
    common = np.column_stack(world(99, n=2000)[:2])
    above = sums(slopes, common)[0] - zero
    letters = sum((above < cut).astype(int) for cut in CUTS)
    return zero, noise.own_rate, shares_moved(noise, cuts, CUTS), letters


def test_the_standard_error_and_the_share_of_letters_are_those_of_real_redraws():
    zeros, errors, told, letters = zip(*(drawn(seed, 4000) for seed in range(40)), strict=True)
    same = sum(np.mean([letter == place for letter in letters], axis=0) ** 2 for place in range(4))
    really = (1 - same).mean() * len(letters) / (len(letters) - 1)

    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(zeros), rel=0.35)
    assert np.mean(told) == pytest.approx(really, rel=0.25)


def test_a_rate_that_was_frozen_has_the_noise_of_the_populations_own_rate_too():
    _, own, _, _ = drawn(0, 4000)
    fit, interest, base = world(0, n=4000)
    label = (np.random.default_rng(1000).random(4000) < sigmoid(base + fit + interest)).astype(int)
    wins = label.sum()

    spread = AxisSpread(LearnerRows(np.zeros((4000, 1)), label.astype(np.int8), np.ones(4000)))
    fold = np.arange(4000) % 5
    for number in range(5):
        kept = fold != number
        log_odds = base + fit + interest
        spread.add(
            fit,
            log_odds + shift_to(label[kept].mean(), log_odds[kept], np.ones(kept.sum())),
            np.flatnonzero(~kept),
        )
    noise = spread.told(fit, 50)

    assert noise.fixed_rate > noise.own_rate
    assert 0.3 / np.sqrt(wins) < noise.fixed_rate < 3 / np.sqrt(wins)
    assert own < 0.1
