"""Platt calibration: known maps are recovered, sums are kept, and the ranking is never turned
round.
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from propensity.model.model import probability
from training.learn.learners.platt import platt


def simulated(slope, intercept, *, n=200_000, seed=0):
    """Raw scores, and labels drawn from intercept + slope x raw."""
    random = np.random.default_rng(seed)
    raw = random.normal(0, min(1.5, 2 / slope if slope > 0 else 1.5), n)
    return raw, (random.random(n) < probability(intercept + slope * raw)).astype(np.int8)


@pytest.mark.parametrize(
    ("slope", "intercept"), [(1.0, 0.0), (0.6, -2.0), (1.8, -3.5), (0.2, 1.0), (15.0, -2.0)]
)
def test_a_known_line_is_recovered(slope, intercept):
    raw, label = simulated(slope, intercept)

    found = platt(raw, label, np.ones(len(raw)))

    assert found.slope == pytest.approx(slope, rel=0.02)
    assert found.intercept == pytest.approx(intercept, abs=0.03)


def test_expected_wins_are_the_observed_ones_within_one():
    raw, label = simulated(0.7, -2.5, n=5000)

    found = platt(raw, label, np.ones(5000))

    assert probability(found.intercept + found.slope * raw).sum() == pytest.approx(
        label.sum(), abs=1
    )


def test_weights_count_as_so_many_rows():
    raw, label = simulated(0.8, -1.0, n=3000)
    weight = np.where(label == 1, 1.0, 3.0)

    weighted = platt(raw, label, weight)
    repeated = platt(
        np.repeat(raw, weight.astype(int)),
        np.repeat(label, weight.astype(int)),
        np.ones(int(weight.sum())),
    )

    assert weighted.slope == pytest.approx(repeated.slope, abs=1e-6)
    assert weighted.intercept == pytest.approx(repeated.intercept, abs=1e-6)


def test_rows_without_a_score_are_left_out():
    raw, label = simulated(1.0, -1.0, n=2000)
    holes = np.where(np.arange(2000) % 4 == 0, np.nan, raw)
    kept = ~np.isnan(holes)

    assert platt(holes, label, np.ones(2000)) == platt(raw[kept], label[kept], np.ones(kept.sum()))


def test_scores_that_rank_the_wrong_way_round_are_flattened_not_turned():
    raw, label = simulated(-1.0, -2.0, n=5000)

    found = platt(raw, label, np.ones(5000))

    assert found.slope == 0.05
    assert probability(found.intercept + found.slope * raw).sum() == pytest.approx(
        label.sum(), abs=1e-3
    )


def test_scores_without_fault_stay_finite():
    raw = np.concatenate([np.full(50, 1.0), np.full(50, 2.0)])
    label = np.repeat([0, 1], 50).astype(np.int8)

    found = platt(raw, label, np.ones(100))

    assert 5 < found.slope < 50
    assert found.intercept == pytest.approx(-1.5 * found.slope)  # midway


def test_constant_scores_become_the_close_rate():
    label = (np.arange(100) < 7).astype(np.int8)

    found = platt(np.full(100, -0.4), label, np.ones(100))

    assert found.slope == 1.0
    assert probability(np.array(found.intercept - 0.4)) == pytest.approx(0.07)


def test_no_scores_at_all_are_an_error_in_words():
    with pytest.raises(
        ValueError, match="expected wins and losses among the rows with a score, got 0 and 0"
    ):
        platt(np.full(5, np.nan), np.array([0, 1, 0, 1, 0], np.int8), np.ones(5))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-40, 40), st.booleans(), st.floats(0.1, 50)), min_size=2, max_size=60
    ).filter(lambda rows: len({won for _, won, _ in rows}) == 2)
)
@example([(0.0, False, 1.0), (1.72e-297, True, 1.0)])
def test_any_scores_give_a_finite_rising_line(rows):
    raw, won, weight = (np.array(column) for column in zip(*rows, strict=True))

    found = platt(raw.astype(float), won.astype(np.int8), weight.astype(float))

    assert 0.05 <= found.slope <= 50.0
    assert np.isfinite(found.intercept)
