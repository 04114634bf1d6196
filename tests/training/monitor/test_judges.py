"""Passing and closing, actions, the slice, and the scores: recounted, and a fault found in each."""

import numpy as np
import pandas as pd
import pytest

from training.learn.metrics.wilson import wilson
from training.monitor.below_line import below_line
from training.monitor.declared import RECENT, declared_actions
from training.monitor.inflation import NEVER, inflation
from training.monitor.served_scores import have_moved, score_edges, score_index

WEEKS, HORIZON = 40, 8


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def passing(rng, *, times=1.0, chance=0.3):
    """Leads that pass the line each week; in the newest 13, ``times`` as many with ``chance``."""
    late = np.arange(WEEKS) >= WEEKS - 13
    number = rng.poisson(np.where(late, 20 * times, 20))
    entered = np.repeat(np.arange(WEEKS), number)
    is_won = rng.random(len(entered)) < np.where(late, chance, 0.3)[entered]
    won = entered + rng.integers(0, HORIZON, len(entered))
    return np.full(WEEKS, 500.0), entered, np.where(is_won & (won < WEEKS), won, NEVER)


def judged(rng, **how):
    return inflation(
        *passing(rng, **how), horizon=HORIZON, volume_spread=0.1, level_spread=0.1
    )  # fmt: skip


def test_what_is_expected_to_close_is_what_pandas_counts_at_the_same_age(rng):
    open_leads, entered, won = passing(rng)
    found = inflation(open_leads, entered, won, horizon=HORIZON, volume_spread=0, level_spread=0)
    leads = pd.DataFrame({"entered": entered, "won": won})
    leads["age"] = (leads.won - leads.entered).where(leads.won != NEVER)
    before, newest = leads[leads.entered < WEEKS - 13], leads[leads.entered >= WEEKS - 13]
    # all leads before are followed over the whole horizon, so that shares can be counted plainly
    share = [(before.age < weeks).mean() for weeks in range(HORIZON + 1)]
    followed = (WEEKS - newest.entered).clip(upper=HORIZON)
    assert found.closing.expected == pytest.approx(sum(share[weeks] for weeks in followed))
    assert found.closing.observed == (newest.age < followed).sum()
    assert found.passing.expected == pytest.approx(len(before) / 27 * 13)
    assert (found.passing.observed, found.weeks) == (len(newest), 13)


def test_leads_that_are_still_followed_count_as_far_as_they_are(rng):
    open_leads, entered, won = (part for part in passing(rng))
    short = inflation(
        open_leads[:14], entered[entered < 14], np.where(won < 14, won, NEVER)[entered < 14],
        horizon=HORIZON, volume_spread=0, level_spread=0,
    )  # fmt: skip
    assert short.weeks == 7
    # by age: those at risk are followed beyond it, and not yet won
    leads = pd.DataFrame({"entered": entered, "won": won})[entered < 7]
    age = (leads.won - leads.entered).where((leads.won != NEVER) & (leads.won < 14))
    left, share = 1.0, [0.0]
    for week in range(HORIZON):
        at_risk = ((14 - leads.entered) > week) & ~(age < week)
        left *= 1 - (age == week).sum() / max(at_risk.sum(), 1)
        share.append(1 - left)
    newest = pd.Series(entered[(entered >= 7) & (entered < 14)])
    expected = sum(share[weeks] for weeks in (14 - newest).clip(upper=HORIZON))
    assert short.closing.expected == pytest.approx(expected)


def test_only_more_leads_of_which_fewer_close_are_inflation(rng):
    assert judged(rng, times=2.5, chance=0.1).is_inflated
    assert not judged(rng).is_inflated
    assert not judged(rng, times=2.5).is_inflated
    assert not judged(rng, chance=0.1).is_inflated
    assert judged(rng, chance=0.1).closing.is_below


def test_a_few_weeks_tell_nothing():
    few = np.array([0, 1, 5])
    assert (
        inflation(np.ones(11), few, few, horizon=4, volume_spread=0, level_spread=0) is None
    )  # fmt: skip


def test_an_action_that_grows_is_found_and_its_share_is_the_one_of_pandas(rng):
    weekly = rng.multinomial(15, [0.5, 0.3, 0.2], 40).T
    quiet = declared_actions(weekly, ("a", "b", "c"), np.full(3, 0.15))
    assert not any(each.check.is_above for each in quiet)
    weekly[2, -RECENT:] += 20
    found = declared_actions(weekly, ("a", "b", "c"), np.full(3, 0.15))
    grown = [each.action for each in found if each.check.is_above]
    assert grown == ["c"] == [found[0].action]
    frame = pd.DataFrame(weekly.T, columns=list("abc"))
    before, newest = frame.iloc[:-RECENT], frame.iloc[-RECENT:]
    share = (before.c.sum() + 0.5) / (before.to_numpy().sum() + 1.5)
    assert found[0].check.expected == pytest.approx(share * newest.to_numpy().sum())
    assert found[0].before == (before.c.sum(), before.to_numpy().sum())


def test_too_few_hand_overs_speak_of_no_action():
    assert declared_actions(np.ones((1, 17), dtype=np.int64), ("a",), np.ones(1)) == ()
    assert declared_actions(np.zeros((2, 10), dtype=np.int64), ("a", "b"), np.ones(2)) == ()


def test_gold_below_the_line_is_told_and_little_of_it_is_not(rng):
    chance = np.full(300, 0.03)
    quiet = below_line(chance, rng.random(300) < 0.03, level_spread=0.25)
    assert not quiet.check.is_above
    won = np.arange(300) < 45
    gold = below_line(chance, won, level_spread=0.25)
    assert gold.tells
    assert gold.check.is_above
    assert (gold.low, gold.high) == pytest.approx(tuple(float(end) for end in wilson(45, 300)))
    few = below_line(chance[:15], won[:15], level_spread=0.25)
    assert not few.tells
    assert below_line(chance[:0], won[:0], level_spread=0.25) is None


def test_scores_are_compared_in_tenths_of_the_first_night(rng):
    first, later = rng.normal(-3, 1, 2_000), rng.normal(-2.3, 1, 1_500)
    found, _ = score_index(score_edges(first), later)
    edges = np.quantile(first, np.arange(1, 10) / 10, method="inverted_cdf")
    bins = [-np.inf, *edges, np.inf]
    p = pd.cut(pd.Series(first), bins).value_counts(normalize=True, sort=False)
    q = pd.cut(pd.Series(later), bins).value_counts(normalize=True, sort=False)
    assert found == pytest.approx(((p - q) * np.log(p / q)).sum())
    same, noise = score_index(score_edges(first), rng.normal(-3, 1, 1_500))
    assert same < noise < found


def test_one_odd_night_is_no_move():
    limit = np.full(3, 0.25)
    assert have_moved(np.array([0.1, 0.3, 0.4]), limit)
    assert not have_moved(np.array([0.4, 0.1, 0.4]), limit)
    assert not have_moved(np.array([0.4]), limit[:1])
