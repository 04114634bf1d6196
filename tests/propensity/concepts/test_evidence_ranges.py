"""Ranges and tests of evidence, against SciPy's and by simulation."""

import numpy as np
import pytest
from scipy import optimize, stats

from propensity.concepts.evidence_ranges import discoveries, evidence_ranges


def ranges(leads, closed, expected, dispersion=1.0, error=0.0):
    return evidence_ranges(
        *(
            np.broadcast_to(np.asarray(each, dtype=float), np.shape(closed))
            for each in (leads, closed, expected, dispersion, error)
        )
    )


def mid_p(leads, closed):
    """The 95 % mid-P interval of a binomial, in leads."""

    def root(tail):
        return optimize.brentq(lambda p: tail(p) - 0.025, 1e-9, 1 - 1e-9) * leads

    def half(p):
        return stats.binom.pmf(closed, leads, p) / 2

    low = 0 if closed == 0 else root(lambda p: stats.binom.sf(closed, leads, p) + half(p))
    high = (
        leads
        if closed == leads
        else root(lambda p: stats.binom.cdf(closed - 1, leads, p) + half(p))
    )
    return low, high


@pytest.mark.parametrize("leads", [50, 1000])
@pytest.mark.parametrize("closed", [0, 1, 2, 5, 25, 45, 50])
def test_a_range_is_the_mid_p_interval(leads, closed):
    found = ranges([leads], [closed], [1.0])

    assert (found.low[0], found.high[0]) == pytest.approx(mid_p(leads, closed), rel=0.03, abs=0.02)


def test_a_range_leaves_out_what_was_expected_exactly_where_the_difference_is_found():
    """One group at a time: nothing to correct for."""
    grid = [
        (closed, expected, dispersion, error)
        for closed in (0, 2, 9, 30, 80)
        for expected in (0.5, 3.0, 20.0, 35.0, 60.0)
        for dispersion, error in ((0.9, 0.0), (2.0, 1.0))
    ]
    for closed, expected, dispersion, error in grid:
        one = ranges([200], [closed], [expected], dispersion, error)
        is_out = not one.low[0] <= expected <= one.high[0]
        assert is_out == (one.size[0] != 0), (closed, expected)


@pytest.mark.parametrize(("expected_error", "shared"), [(0.0, 0.0), (6.0, 0.0), (0.0, 0.3)])
def test_ranges_hold_and_chance_alone_is_seldom_called_a_difference(expected_error, shared):
    """Counts drawn around what was expected, with accounts that share a chance, and with an error
    in what was expected.
    """
    rng = np.random.default_rng(2)
    runs, leads, mean = 4000, 800, 40.0
    chance = mean / leads
    if shared:  # accounts of 8: beta-binomial with this correlation
        a, b = (share * (1 / shared - 1) for share in (chance, 1 - chance))
        closed = rng.binomial(8, rng.beta(a, b, (runs, leads // 8))).sum(axis=1)
    else:
        closed = rng.binomial(leads, chance, runs)
    expected = mean + expected_error * rng.standard_normal(runs)
    of_group = [
        ranges([leads], [k], [e], 1 + 7 * shared, expected_error)
        for k, e in zip(closed.tolist(), expected.tolist(), strict=True)
    ]

    called = np.array([each.size[0] != 0 for each in of_group])
    holds = np.array(
        [each.low[0] <= e * 1.0 <= each.high[0] for each, e in zip(of_group, expected, strict=True)]
    )

    assert called.mean() == pytest.approx(0.05, abs=0.012)
    assert holds.mean() == pytest.approx(0.95, abs=0.012)


def test_discoveries_are_those_of_benjamini_and_hochberg():
    rng = np.random.default_rng(3)
    for _ in range(50):
        p = np.concatenate([rng.random(30), rng.random(10) ** 4])
        wanted = stats.false_discovery_control(p) <= 0.05
        assert (discoveries(p) == wanted).all()
    assert discoveries(np.empty(0)).tolist() == []


def test_of_groups_that_differ_by_chance_alone_hardly_any_is_called_different():
    rng = np.random.default_rng(4)
    expected = rng.uniform(2, 80, (200, 300))
    closed = rng.poisson(expected)
    any_called = [
        (ranges(2000.0, k, e).size != 0).any() for k, e in zip(closed, expected, strict=True)
    ]

    assert np.mean(any_called) <= 0.1
