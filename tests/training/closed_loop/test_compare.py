"""Model, points and present score take the same share of every day."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.closed_loop.compare import above, agreement
from training.learn.metrics.holdout import Holdout


def holdout(as_of, weight=None, label=None):
    n = len(as_of)
    return Holdout(
        np.zeros(n, np.int8) if label is None else np.asarray(label, np.int8),
        np.asarray(as_of, np.int32),
        np.arange(n),
        np.ones(n) if weight is None else np.asarray(weight, float),
    )


@given(
    scores=st.lists(st.integers(0, 4), min_size=2, max_size=40),
    share=st.floats(0.05, 0.95),
    seed=st.integers(0, 99),
)
def test_a_line_takes_its_share_of_every_day_whatever_the_order(scores, share, seed):
    score = np.array(scores, dtype=float)
    random = np.random.default_rng(seed)
    day, weight = random.integers(0, 3, len(score)), random.choice([1.0, 2.0], len(score))
    order = random.permutation(len(score))

    chance = above(score, holdout(day, weight), share)
    shuffled = above(score[order], holdout(day[order], weight[order]), share)

    np.testing.assert_allclose(shuffled, chance[order])
    for each in np.unique(day):
        assert (weight * chance)[day == each].sum() == pytest.approx(
            share * weight[day == each].sum()
        )
    assert all(
        chance[i] >= chance[j]
        for i in range(len(score))
        for j in range(len(score))
        if day[i] == day[j] and score[i] > score[j]
    )


def test_agreement_counts_both_sides_of_the_line():
    held = holdout([0] * 4, label=[1, 0, 1, 0])
    found = agreement(np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 1, 0]), held)

    assert (found.alike, found.shared, found.won, found.captured) == (0.5, 0.5, 1.0, 1.0)


def test_rows_of_no_weight_decide_nothing():
    held = holdout([0, 0, 0], weight=[1, 1, 0])

    assert above(np.array([1.0, 2.0, 9.0]), held, 0.5).tolist() == [0.0, 1.0, 0.0]
