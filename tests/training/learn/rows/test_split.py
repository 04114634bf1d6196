"""Which rows teach and which judge: no label reaches into the test, no lead is on both sides of a
fold.
"""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from features.errors import RefusedError
from training.learn.rows.cadence import Cadence
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import crossfit_folds, flat_parts, plan


def planned(history, horizon, *, every=1, test_days=None, first=1000):
    cadence = Cadence(first, first + history - horizon, every)
    return plan(cadence, horizon_days=horizon, test_days=test_days)


def refusal(history, horizon, test_days):
    """Why such a plan is refused; empty where it is not."""
    try:
        planned(history, horizon, test_days=test_days)
    except RefusedError as error:
        return str(error)
    return ""


def rows_of(time, lead=None, cluster=None):
    n = len(time)
    lead = np.arange(n) if lead is None else np.asarray(lead)
    cluster = lead if cluster is None else np.asarray(cluster)
    table = pa.table(
        {"lead": pa.array(lead, pa.int32()), "episode": pa.array(np.ones(n), pa.int32())}
    )
    return LabelledRows(
        table,
        np.zeros(n, np.int8),
        np.ones(n),
        np.asarray(time, np.int64),
        cluster.astype(np.int64),
    )


# --- three tables


@settings(max_examples=300)
@given(st.integers(1, 900), st.integers(1, 120), st.integers(1, 40), st.none() | st.integers(1, 90))
def test_no_training_label_reaches_into_the_test_and_no_test_label_beyond_what_is_known(
    history, horizon, every, test_days
):
    try:
        parts = planned(history, horizon, every=every, test_days=test_days)
    except RefusedError:
        return
    assert max(parts.older) + horizon <= min(parts.test)
    assert max(parts.test) + horizon <= 1000 + history
    assert min(parts.older) > 1000
    every_day = list(range(1001, 1000 + history - horizon + 1))
    assert [*parts.older, *parts.embargo, *parts.test] == every_day
    assert len(parts.embargo) == horizon - 1
    assert len(parts.older) >= every
    if test_days:
        # whole rounds, unless these would leave too little to learn from
        assert len(parts.test) in (test_days, -(-test_days // every) * every)


def test_the_test_is_the_newest_days_that_were_asked_for():
    parts = planned(165, 7, test_days=14)

    assert parts.test == range(1145, 1159)  # 1158 + 7 = observed until
    assert parts.embargo == range(1139, 1145)
    assert parts.older == range(1001, 1139)


def test_by_default_the_test_is_two_horizons_but_at_most_a_fifth():
    assert len(planned(1000, 30).test) == 60
    assert len(planned(200, 30).test) == 34


def test_the_test_holds_whole_rounds_where_enough_is_left_to_learn_from():
    assert len(planned(1000, 30, every=28).test) == 84
    assert len(planned(1000, 30, every=28, test_days=14).test) == 28
    assert len(planned(147, 30, every=28).test) == 23  # 28 would leave 59, and 60 are needed


@settings(max_examples=200)
@given(st.integers(1, 600), st.integers(1, 200), st.none() | st.integers(1, 120))
def test_the_sums_of_a_refused_horizon_add_up_and_its_advice_holds(history, horizon, test_days):
    words = refusal(history, horizon, test_days)
    assume(words)

    have, *less, left = [
        int(number) for number in re.findall(r"^ +(-?\d+) days", words, re.MULTILINE)
    ]
    assert have == history
    assert have + sum(less) == left < 2 * horizon
    assert (len(less), less[0], less[2]) == (3, -horizon, -horizon)
    assert f"In all {4 * horizon - less[1]} days are needed." in words
    advised = re.search(r"a horizon of at most (\d+) days", words)
    if advised:
        assert not refusal(history, int(advised[1]), test_days)
        assert refusal(history, int(advised[1]) + 1, test_days)


def test_a_history_that_has_exactly_the_days_needed_is_enough():
    assert planned(4 * 30 + 14, 30, test_days=14).older[-1] - 1000 >= 60
    with pytest.raises(
        RefusedError, match=r"59 days are left to learn from; at least 60 are needed"
    ):
        planned(4 * 30 + 13, 30, test_days=14)


@pytest.mark.parametrize("history", [0, -400])
def test_a_history_that_ends_before_the_first_lead_is_called_so(history):
    with pytest.raises(RefusedError, match="does not lie after the first lead"):
        planned(history, 30)


@pytest.mark.parametrize("every", [190, 3000])
def test_snapshots_too_rare_for_the_history_are_refused(every):
    with pytest.raises(RefusedError, match="No round of snapshots fits into the older part: snap"):
        planned(200, 10, every=every)


# --- flat tables


@pytest.mark.parametrize("share", [0.2, 0.3, 0.5])
def test_the_newest_share_of_a_flat_table_is_its_test(share):
    time = np.random.default_rng(0).permutation(100)

    older, test = flat_parts(rows_of(time), test_share=share, seed=0)

    assert set(time[test]) == set(range(round(100 * (1 - share)), 100))
    assert (older != test).all()


def test_rows_of_the_same_moment_are_on_the_same_side():
    time = np.repeat([1, 2, 3, 4], 25)

    _, test = flat_parts(rows_of(time), test_share=0.3, seed=0)

    assert set(time[test]) == {3, 4}  # a moment is not cut, so the test is the larger


def test_without_time_whole_accounts_are_drawn_at_random():
    cluster = np.random.default_rng(0).integers(0, 40, 400)

    older, test = flat_parts(rows_of(np.zeros(400), cluster=cluster), test_share=0.25, seed=3)

    assert not set(cluster[older]) & set(cluster[test])
    assert len(set(cluster[test])) == 10
    assert (
        flat_parts(rows_of(np.zeros(400), cluster=cluster), test_share=0.25, seed=3)[1] == test
    ).all()


# --- folds


@settings(max_examples=100)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.integers(2, 6), st.integers(0, 5))
def test_each_row_is_held_out_once_and_accounts_whole(cluster, n_folds, seed):
    assume(len(set(cluster)) > 1)
    cluster = np.array(cluster)
    held_out = np.zeros(len(cluster), int)

    for others, out in crossfit_folds(
        rows_of(np.arange(len(cluster)), cluster=cluster), n_folds=n_folds, seed=seed
    ):
        held_out[out] += 1
        assert not set(cluster[others]) & set(cluster[out])
        assert len(others) + len(out) == len(cluster)

    assert (held_out == 1).all()
