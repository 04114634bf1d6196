"""Bins of promised and observed close rates, counted again by hand."""

import numpy as np
import pytest

from propensity.model.model import probability
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.reliability import reliability


def holdout(label, cluster=None, weight=None):
    n = len(label)
    return Holdout(
        np.asarray(label, dtype=np.int8),
        np.zeros(n, np.int32),
        np.arange(n) if cluster is None else cluster,
        np.ones(n) if weight is None else weight,
    )


def world(n=1000, seed=0):
    random = np.random.default_rng(seed)
    log_odds = random.normal(-2, 1, n)
    return log_odds, (random.random(n) < probability(log_odds)).astype(np.int8)


def test_bins_are_tenths_by_chance_with_their_wins():
    log_odds, label = world()

    found = reliability(log_odds, holdout(label))

    tenths = np.array_split(np.argsort(-log_odds), 10)
    assert [b.rows for b in found] == [100] * 10
    assert [b.wins for b in found] == [label[tenth].sum() for tenth in tenths]
    assert [b.promised for b in found] == pytest.approx(
        [probability(log_odds[tenth]).mean() for tenth in tenths]
    )
    assert all(b.low <= b.observed <= b.high for b in found)


def test_rows_of_equal_chance_stay_together_and_few_rows_make_few_bins():
    tied = reliability(np.zeros(50), holdout([0, 1] * 25))
    few = reliability(np.array([1.0, 0.0, -1.0]), holdout([1, 0, 0]))

    assert [(b.rows, b.observed) for b in tied] == [(50, 0.5)]
    assert [b.rows for b in few] == [1, 1, 1]
    assert reliability(np.empty(0), holdout([])) == ()


def test_repeating_every_row_of_a_lead_makes_nothing_surer():
    log_odds, label = world()
    again = np.repeat(np.arange(1000), 7)

    once = reliability(log_odds, holdout(label))
    seven = reliability(log_odds[again], holdout(label[again], cluster=again))

    for a, b in zip(once, seven, strict=True):
        assert (a.observed, a.low, a.high) == pytest.approx((b.observed, b.low, b.high))
        assert b.leads == a.leads


def test_a_weight_counts_as_rows_of_the_population():
    log_odds, label = world(500)
    weight = np.where(label == 1, 1.0, 4.0)

    found = reliability(log_odds, holdout(label, weight=weight))

    assert sum(b.rows for b in found) == weight.sum()
    assert sum(b.wins for b in found) == label.sum()


def test_intervals_hold_the_truth_of_clustered_rows():
    inside = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        log_odds = np.repeat(random.normal(-1.5, 1, 600), 4)  # four rows of a lead share one fate
        label = np.repeat((random.random(600) < probability(log_odds[::4])).astype(np.int8), 4)
        found = reliability(log_odds, holdout(label, cluster=np.repeat(np.arange(600), 4)))
        inside += [b.low <= b.promised <= b.high for b in found]

    assert 0.92 <= np.mean(inside) <= 0.99
