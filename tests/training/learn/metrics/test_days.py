"""Phases and weekdays on which a score is worse: planted ones are found, and luck is not told."""

import datetime as dt

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.learn.metrics.days import WEEKDAYS, check_days, day_lines
from training.learn.metrics.holdout import Holdout

NEWEST, EVERY = 20_150, 28


def looks(seed, n_leads=4000, rounds=3, base=-3.0, spread=1.2):
    """Rows of leads that each have a phase, scores that are right, and outcomes by them."""
    rng = np.random.default_rng(seed)
    phase = rng.integers(0, EVERY, n_leads)
    lead = np.tile(np.arange(n_leads), rounds)
    end = NEWEST - EVERY * np.repeat(np.arange(rounds), n_leads)
    own = rng.normal(0, spread, n_leads)
    log_odds = base + own[lead]
    label = (rng.random(len(lead)) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)
    holdout = Holdout(label, end.astype(np.int32), lead, np.ones(len(lead)))
    return log_odds, holdout, (end - phase[lead]).astype(np.int64)


def with_labels(holdout, label):
    return Holdout(label.astype(np.int8), holdout.as_of, holdout.cluster, holdout.weight)


def test_a_score_that_is_as_good_every_day_is_seldom_told_otherwise():
    told = [
        bool(check_days(log_odds, holdout, day, every_days=EVERY).differing)
        for log_odds, holdout, day in (looks(seed) for seed in range(40))
    ]

    assert sum(told) <= 6  # of 40 at 5 % each, 7 or more come once in 300 tests


def test_a_phase_on_which_more_close_than_promised_is_named():
    log_odds, holdout, day = looks(1, n_leads=8000)
    phase = holdout.as_of - day
    more = np.random.default_rng(2).random(len(day)) < np.where(phase == 5, 0.15, 0.0)
    check = check_days(log_odds, with_labels(holdout, holdout.label | more), day, every_days=EVERY)

    assert [group.name for group in check.differing if group.kind == "phase"] == ["phase 5"]
    first, second, *_ = day_lines(check, every_days=EVERY)
    assert first.startswith("phase 5 of 28 days: 7.0% promised, ")
    assert first.endswith("unlike the other days beyond noise")
    assert second.startswith("phase 5 of 28 days: AUC ")


def test_a_weekday_on_which_the_score_ranks_by_luck_is_named_with_its_auc():
    log_odds, holdout, day = looks(3, n_leads=12_000)
    monday = np.array([dt.date(1970, 1, 1).weekday() + int(d) for d in day]) % 7 == 0
    scores = log_odds.copy()
    scores[monday] = np.random.default_rng(4).permutation(scores[monday])
    check = check_days(scores, holdout, day, every_days=EVERY)

    found = check.differing[0]
    assert (found.name, found.auc_differs, found.level_differs) == ("Monday", True, False)
    assert found.roc_auc == pytest.approx(roc_auc_score(holdout.label[monday], scores[monday]))
    assert check.roc_auc == pytest.approx(roc_auc_score(holdout.label, scores))


def test_figures_of_a_group_are_those_of_its_rows():
    log_odds, holdout, day = looks(5)
    check = check_days(log_odds, holdout, day, every_days=EVERY)

    group = check.groups[3]
    inside = holdout.as_of - day == 3
    assert (group.kind, group.first, group.last) == ("phase", 3, 3)
    assert group.leads == len(np.unique(holdout.cluster[inside]))
    assert group.observed == pytest.approx(holdout.label[inside].mean())
    assert group.promised == pytest.approx((1 / (1 + np.exp(-log_odds[inside]))).mean())
    assert [group.name for group in check.groups[-7:]] == list(WEEKDAYS)


@pytest.mark.parametrize(("every", "phases"), [(1, 0), (7, 0), (14, 14), (90, 23)])
def test_phases_are_compared_where_they_are_no_weekdays_and_long_rounds_in_bands(every, phases):
    log_odds, holdout, _ = looks(6, n_leads=20_000)
    day = NEWEST - np.random.default_rng(1).integers(0, 90, len(holdout))
    end = NEWEST - (NEWEST - day) // every * every
    holdout = Holdout(holdout.label, end.astype(np.int32), holdout.cluster, holdout.weight)
    check = check_days(log_odds, holdout, day, every_days=every)

    assert len(check.groups) == phases + 7


def test_few_wins_say_nothing_of_a_day():
    log_odds, holdout, day = looks(7, n_leads=60)

    check = check_days(log_odds, holdout, day, every_days=EVERY)

    assert check.groups == ()
    assert check.to_dict()["groups"] == []
