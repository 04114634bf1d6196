"""Counts against simulation: quiet quarters are hardly ever called unusual, however they vary."""

import numpy as np
import pandas as pd
import pytest

from training.monitor.channels import burstiness, vanished
from training.monitor.counts import FALSE_ALARMS, check_count, share_spreads, tail_of_a_look
from training.threshold.activity import swing


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.mark.parametrize(("spread", "dispersion"), [(0.0, 1.0), (0.3, 1.0), (0.2, 2.0)])
def test_a_count_leaves_its_limits_as_rarely_as_was_asked(rng, spread, dispersion):
    mean, before, tail, draws = 40.0, 120, 0.01, 40_000
    level = rng.gamma(1 / spread**2, spread**2, draws) if spread else np.ones(draws)

    def counts(expected):
        if dispersion == 1.0:
            return rng.poisson(expected)
        return rng.negative_binomial(expected / (dispersion - 1), 1 / dispersion)

    past = counts(np.full(draws, float(before)))
    later = counts(mean * level)
    checks = [
        check_count(
            now, before_now * mean / before, before=before_now, spread=spread,
            dispersion=dispersion, tail=tail,
        )
        for now, before_now in zip(later[:6_000], past[:6_000], strict=True)
    ]  # fmt: skip
    assert np.mean([check.is_above for check in checks]) < 2 * tail
    assert np.mean([check.is_below for check in checks]) < 2 * tail


def test_the_limits_of_a_known_mean_are_those_of_poisson_recounted(rng):
    drawn = pd.Series(rng.poisson(7.0, 400_000))
    check = check_count(7, 7.0, tail=0.01)
    assert (drawn > check.high).mean() <= 0.01 < (drawn > check.high - 1).mean()
    assert (drawn < check.low).mean() <= 0.01 < (drawn < check.low + 1).mean()


@pytest.mark.parametrize("window", [1, 4, 13])
def test_thirteen_looks_together_speak_in_five_of_a_hundred_quiet_quarters(rng, window):
    weeks = rng.standard_normal((40_000, 13 + window - 1))
    total = pd.DataFrame(weeks.T).rolling(window).sum().dropna().to_numpy() / np.sqrt(window)
    from scipy import stats

    limit = stats.norm.isf(tail_of_a_look(window=window))
    assert len(total) == 13
    assert (total > limit).any(axis=0).mean() == pytest.approx(FALSE_ALARMS, abs=0.006)


def test_more_alarms_make_each_stricter():
    assert tail_of_a_look(20, window=4) < tail_of_a_look(2, window=4) < tail_of_a_look(window=4)


def test_a_share_moves_as_its_weeks_do(rng):
    counts = rng.poisson(50, (3, 104)).astype(float)
    found = share_spreads(counts, 26, 13)
    by_hand = swing(counts[0] / counts.sum(axis=0), 26, 13)
    assert found[0] > by_hand.size
    assert (share_spreads(counts[:, :40], 26, 13) > 0.25).all()  # too short to tell: assumed


# --- levels that vanish
# --------------------------------------------------------------------------------------------------


@pytest.fixture
def weekly(rng):
    return rng.poisson(np.array([[12.0], [5.0], [1.0]]), (3, 80)).astype(float)


def test_nothing_vanishes_in_quiet_weeks(weekly):
    assert vanished(weekly) == ()


def test_a_channel_that_stops_is_found_with_what_pandas_expects(weekly):
    weekly[1, -8:] = 0
    (found,) = vanished(weekly)
    frame = pd.DataFrame(weekly.T)
    usual = frame.iloc[-found.weeks - 52 : -found.weeks]
    share = usual[1].sum() / usual.to_numpy().sum()
    assert (found.level, found.observed) == (1, 0)
    assert found.expected == pytest.approx(share * frame.iloc[-found.weeks :].to_numpy().sum())


def test_a_company_that_closes_for_a_month_loses_no_channel(weekly):
    weekly[:, -4:] = 0
    assert vanished(weekly) == ()


def test_a_channel_that_comes_by_fits_and_starts_is_given_more_weeks(weekly):
    weekly[1] = 0
    weekly[1, ::10] = 50
    weekly[1, -8:] = 0
    assert vanished(weekly) == ()


def test_burstiness_is_pearsons_chi_squared(rng):
    part, whole = rng.poisson(4, 40).astype(float), rng.poisson(20, 40).astype(float)
    blocks = pd.DataFrame({"part": part, "whole": whole}).groupby(np.arange(40) // 4).sum()
    mean = blocks.whole * blocks.part.sum() / blocks.whole.sum()
    by_hand = ((blocks.part - mean) ** 2 / mean).sum() / 9
    assert burstiness(part, whole, 4) == pytest.approx(max(1.0, by_hand))
