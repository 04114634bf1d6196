"""Folds by time: no fold learns from what was not known, nor from who judges it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from training.estimator.time_embargo import TimeEmbargoSplit

DAYS = np.arange(200) // 2


def test_every_fold_learns_before_the_embargo_and_is_tried_after_it():
    folds = list(TimeEmbargoSplit(DAYS, n_splits=3, embargo_days=7).split(DAYS))

    assert len(folds) == 3
    for learn, test in folds:
        assert DAYS[test].min() - DAYS[learn].max() >= 7
        assert learn[0] == 0
    judged = np.concatenate([test for _, test in folds])
    assert np.array_equal(np.sort(judged), np.flatnonzero(DAYS >= 40))


@given(
    st.lists(st.integers(0, 60), min_size=40, max_size=80),
    st.integers(1, 3),
    st.floats(0, 5),
    st.integers(0, 5),
)
def test_no_group_stands_on_both_sides(days, folds, embargo, seed):
    groups = np.random.default_rng(seed).integers(0, 12, len(days))
    split = TimeEmbargoSplit(days, n_splits=folds, embargo_days=embargo, random_state=seed)
    try:
        found = list(split.split(days, groups=groups))
    except ValueError:  # nobody is left on one side: see below
        return

    assert len(found) == split.get_n_splits(groups=groups)
    time = np.array(days)
    for learn, test in found:
        assert not set(groups[learn]) & set(groups[test])
        assert time[learn].max() < time[test].min()
        assert time[learn].max() <= time[test].min() - embargo


def test_days_moments_and_texts_are_times():
    moments = pd.Timestamp("2025-01-01") + pd.to_timedelta(DAYS, "D")
    expected = [test.tolist() for _, test in TimeEmbargoSplit(DAYS, embargo_days=7).split(DAYS)]
    zoned = pd.Series(moments).dt.tz_localize("Asia/Tokyo")

    for time in (moments, moments.date, moments.strftime("%Y-%m-%d"), zoned):
        found = TimeEmbargoSplit(time, embargo_days=7).split(DAYS)
        assert [test.tolist() for _, test in found] == expected


def test_it_goes_into_cross_val_score():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
    cv = TimeEmbargoSplit(DAYS, n_splits=2, embargo_days=3)

    alone = cross_val_score(LogisticRegression(), X, y, cv=cv, scoring="roc_auc")
    grouped = cross_val_score(LogisticRegression(), X, y, cv=cv, groups=DAYS % 20)

    assert len(alone) == 2
    assert len(grouped) == 4
    assert alone.min() > 0.6


@pytest.mark.parametrize(
    ("time", "asked", "words"),
    [
        (DAYS[:9], {}, "expected 200 times, .* got 9"),
        (np.where(DAYS == 3, np.nan, DAYS), {}, "a time for every row, got none for 2"),
        (np.zeros(200), {}, "fold 1: expected rows on both sides"),
        (DAYS, {"embargo_days": 150}, "fold 1: .*a shorter embargo"),
        (DAYS, {"n_splits": 0}, "n_splits of at least 1"),
        (DAYS, {"first": 1.5}, "0 < first < 1"),
    ],
)
def test_what_cannot_be_parted_is_refused(time, asked, words):
    with pytest.raises(ValueError, match=words):
        list(TimeEmbargoSplit(time, **asked).split(DAYS))


def test_as_many_groups_as_rows_are_asked_for():
    with pytest.raises(ValueError, match="expected 200 groups, got 2"):
        list(TimeEmbargoSplit(DAYS).split(DAYS, groups=["a", "b"]))
