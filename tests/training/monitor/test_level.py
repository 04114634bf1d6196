"""The level, week after week: ranges against simulation, few false alarms, and faults found."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.learn.metrics.metrics import sigmoid
from training.monitor.level import auc_of, close_range, design_of, level_by_week, slope_of


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def looks(rng, n, weeks=13, *, factor=1.0, shift=0.0):
    log_odds = rng.normal(-4, 1.2, n)
    won = rng.random(n) < factor * sigmoid(log_odds + shift)
    return sigmoid(log_odds), won, np.arange(n), rng.integers(0, weeks, n)


def test_the_ordinary_range_is_that_of_simulated_closes(rng):
    chance = sigmoid(rng.normal(-4, 1.5, 2000))
    closes = (rng.random((20_000, 2000)) < chance).sum(axis=1)

    found = close_range(chance, int(np.quantile(closes, 0.1)))

    assert abs(found.low - np.quantile(closes, 0.025)) <= 1
    assert abs(found.high - np.quantile(closes, 0.975)) <= 1
    assert found.below == pytest.approx((closes <= np.quantile(closes, 0.1)).mean(), abs=0.01)
    assert found.above == pytest.approx((closes >= np.quantile(closes, 0.1)).mean(), abs=0.01)


def test_what_moves_all_chances_at_once_widens_the_range(rng):
    log_odds = rng.normal(-3, 1, 2000)
    shift = rng.normal(0, 0.2, (4000, 1))
    closes = (rng.random((4000, 2000)) < sigmoid(log_odds + shift)).sum(axis=1)

    found = close_range(sigmoid(log_odds), 0, shared=0.04)

    assert found.low == pytest.approx(np.quantile(closes, 0.025), rel=0.05)
    assert found.high == pytest.approx(np.quantile(closes, 0.975), rel=0.05)


def test_few_quiet_quarters_raise_an_alarm_and_most_faults_do(rng):
    def alarms(factor):
        return np.mean(
            [
                any(week.alarm for week in level_by_week(*looks(rng, 4000, factor=factor)))
                for _ in range(60)
            ]
        )

    assert alarms(1.0) <= 0.12
    assert alarms(0.6) >= 0.9


def test_of_few_promised_closes_nothing_is_said():
    chance = np.full(40, 0.1)

    (week,) = level_by_week(chance, np.zeros(40, bool), np.arange(40), np.zeros(40, int))

    assert week.range.expected == pytest.approx(4)
    assert not week.alarm


def test_after_a_quarter_the_oldest_week_is_dropped(rng):
    chance, won, cluster, week = looks(rng, 2000, weeks=20)

    newest = level_by_week(chance, won, cluster, week)[-1]

    inside = week > 19 - 13
    assert (newest.weeks, newest.looks) == (13, inside.sum())
    assert newest.closed == won[inside].sum()
    assert newest.range.expected == pytest.approx(chance[inside].sum())


def test_colleagues_that_close_together_widen_the_range():
    chance, cluster = np.full(400, 0.2), np.repeat(np.arange(100), 4)
    won = np.repeat(np.arange(100) % 5 == 0, 4)

    assert design_of(chance, won, cluster) == pytest.approx(4)
    assert design_of(chance, won, np.arange(400)) == 1
    wide, plain = (close_range(chance, 80, design=design) for design in (4, 1))
    assert wide.high - wide.low == pytest.approx(2 * (plain.high - plain.low), rel=0.1)


def test_slope_and_auc_hold_their_intervals(rng):
    inside = []
    for _ in range(100):
        log_odds = rng.normal(-2, 1, 1500)
        won = rng.random(1500) < sigmoid(0.7 * log_odds)
        found = slope_of(log_odds, won, np.arange(1500))
        inside.append(found.low <= 0.7 <= found.high)
        auc = auc_of(log_odds, won, np.arange(1500))
        assert auc.value == pytest.approx(roc_auc_score(won, log_odds))
        assert auc.low < auc.value < auc.high

    assert np.mean(inside) >= 0.88
