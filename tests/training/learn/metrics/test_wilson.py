"""Wilson's interval against scipy's, and for counts that are not whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from training.learn.metrics.wilson import NORMAL_95, wilson


@settings(deadline=None)
@given(leads=st.integers(1, 1_000_000), share=st.floats(0, 1))
def test_whole_counts_give_scipys_interval(leads, share):
    won = round(share * leads)
    exact = stats.binomtest(won, leads).proportion_ci(0.95, method="wilson")

    low, high = wilson(won, leads)

    assert (float(low), float(high)) == pytest.approx((exact.low, exact.high), rel=1e-9, abs=1e-12)


def test_counts_that_are_not_whole_solve_what_the_interval_is_defined_by():
    """Its ends are the shares that lie 1.96 standard errors, of their own, from the share that was
    seen.
    """
    won, leads = np.array([0.7, 3.3, 61.5]), np.array([9.9, 11.2, 70.1])

    for end in wilson(won, leads):
        errors = np.sqrt(end * (1 - end) / leads)
        assert np.abs(won / leads - end) == pytest.approx(NORMAL_95 * errors)


def test_many_are_what_each_is_alone():
    won, leads = np.array([[0, 5], [20, 7]]), np.array([20, 7])

    low, high = wilson(won, leads)

    assert low.shape == high.shape == (2, 2)
    assert low[1, 0] == wilson(20, 20)[0]
    assert high[0, 1] == wilson(5, 7)[1]


def test_nothing_won_reaches_down_to_exactly_nothing_and_all_won_up_to_all():
    low, high = wilson([0, 0.0, 7, 1e6], [3, 1e9, 7, 1e6])

    assert low[:2].tolist() == [0.0, 0.0]
    assert high[2:].tolist() == [1.0, 1.0]


def test_no_leads_say_nothing():
    low, high = wilson([0, 1], [0, 4])

    assert np.isnan([low[0], high[0]]).all()
    assert not np.isnan([low[1], high[1]]).any()
