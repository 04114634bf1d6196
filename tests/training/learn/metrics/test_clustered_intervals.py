"""Intervals of many rates at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from training.learn.metrics import clustered_intervals as intervals
from training.learn.metrics.clustered_intervals import (
    cluster_covariance,
    design_effect,
    max_t,
    proportion,
    rate_interval,
    ratio,
    spread,
)


@pytest.mark.parametrize(("wins", "rows"), [(3, 40), (40, 200), (0, 50), (700, 1000)])
def test_independent_rows_give_wilsons_interval(wins, rows):
    rate = wins / rows
    exact = binomtest(wins, rows).proportion_ci(method="wilson")

    found = proportion(rate, rate * (1 - rate) / rows, 100_000 if wins else rows, critical=1.96)

    assert (found.low, found.high) == pytest.approx(
        (exact.low, exact.high), abs=2e-4 if wins else 0.01
    )


def test_the_corrected_interval_is_clopper_and_pearsons():
    exact = binomtest(30, 400).proportion_ci(method="exact", confidence_level=0.99)

    found = proportion(0.075, 0.075 * 0.925 / 400, 1_000_000, critical=2.5758)

    assert (found.corrected_low, found.corrected_high) == pytest.approx(
        (exact.low, exact.high), abs=1e-3
    )


@given(
    rate=st.floats(0, 1),
    rows=st.integers(2, 10_000),
    clusters=st.integers(2, 10_000),
    critical=st.floats(1.96, 5),
)
def test_the_corrected_interval_holds_the_own_one_and_both_the_rate(rate, rows, clusters, critical):
    found = proportion(rate, rate * (1 - rate) / rows, clusters, critical)

    assert 0 <= found.corrected_low <= found.low <= rate + 1e-9
    assert rate - 1e-9 <= found.high <= found.corrected_high <= 1


def test_a_ratio_without_wins_reaches_from_nothing_to_what_its_rate_may_be():
    assert vars(ratio(0.0, 0.0, 30, 3.0, most=2.5)) == {
        "value": 0.0,
        "low": 0.0,
        "high": 2.5,
        "corrected_low": 0.0,
        "corrected_high": 2.5,
    }


def test_few_clusters_widen_an_interval():
    few, many = (proportion(0.3, 0.3 * 0.7 / 100, clusters, 3.0) for clusters in (5, 500))

    assert few.low < many.low
    assert few.high > many.high


@pytest.mark.parametrize(("figures", "together"), [(1, 1.96), (10, 2.80), (25, 3.08)])
def test_independent_figures_ask_for_sidaks_critical_value(figures, together):
    assert max_t(np.eye(figures)) == pytest.approx(together, abs=0.05)


def test_figures_that_move_together_count_as_one():
    assert max_t(np.ones((25, 25))) == pytest.approx(1.96, abs=0.03)


def test_the_critical_value_is_the_same_each_time():
    assert max_t(np.eye(4)) == max_t(np.eye(4))


def test_the_covariance_adds_up_whole_clusters_in_blocks_of_any_size(monkeypatch):
    random = np.random.default_rng(0)
    cluster, influence = random.integers(0, 40, 500), random.normal(size=(500, 3))
    summed = np.array([influence[cluster == number].sum(axis=0) for number in range(40)])

    for rows in (100_000, 60, 7):
        monkeypatch.setattr(intervals, "_ROWS_AT_A_TIME", rows)
        found = cluster_covariance(cluster, lambda at: influence[at], 3)
        np.testing.assert_allclose(found, summed.T @ summed * 40 / 39)


def test_figures_that_do_not_move_are_left_out_of_the_correction():
    random = np.random.default_rng(0)
    moves = random.normal(size=(200, 1))
    still = np.hstack([moves, np.zeros((200, 5))])

    found = spread(np.arange(200), lambda at: still[at], 6)

    assert found.critical == pytest.approx(1.96, abs=0.03)
    assert found.variance[1:].tolist() == [0] * 5


@pytest.mark.parametrize(("members", "deviation"), [(1, 0.0), (3, 1.0), (6, 1.0)])
def test_the_interval_of_a_rate_covers_whatever_leads_share(members, deviation):
    rng, accounts, held, worlds = np.random.default_rng(0), 300 // members, 0, 1500
    levels = 1 / (1 + np.exp(2 - deviation * rng.normal(size=200_000)))
    cluster = np.repeat(np.arange(accounts), members)
    for _ in range(worlds):
        won = rng.random(len(cluster)) < np.repeat(
            levels[rng.integers(0, 200_000, accounts)], members
        )
        low, high = rate_interval(won, cluster)
        held += low <= levels.mean() <= high

    assert 0.93 <= held / worlds <= 0.985


def test_a_rate_without_rows_has_no_interval_and_leads_alone_wilsons():
    won = np.arange(200) < 30
    exact = binomtest(30, 200).proportion_ci(method="wilson")

    assert rate_interval(np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)) == (None, None)
    assert design_effect(won, np.arange(200)) == pytest.approx(1.0)
    assert rate_interval(won, np.arange(200)) == pytest.approx((exact.low, exact.high), abs=2e-3)


def test_a_scale_makes_single_looks_stricter():
    assert max_t(np.eye(2), scale=np.array([10.0, 1.0])) == pytest.approx(1.96, abs=0.03)
    assert max_t(np.eye(1), confidence=0.9) == pytest.approx(1.645, abs=0.03)
