"""From how many times on: planted jumps are found, gentle rises are not, and what was luck is not
confirmed.
"""

import numpy as np
import pytest

from tests.training.closed_loop.test_rates import rows_of
from training.closed_loop.actions import ActionCounts
from training.closed_loop.patterns import Patterns, holm, patterns, spline
from training.closed_loop.strata import Strata

N, DAYS = 40_000, 20


def history(jump, *, at=7, seed=0, until_day=DAYS):
    """Counts of one action at rows of twenty days, ten days apart, with a jump and a gentle rise in
    log-odds.
    """
    random = np.random.default_rng(seed)
    count = random.geometric(0.25, N).astype(float) - 1
    day = random.integers(0, DAYS, N)
    log_odds = -3.5 + 0.3 * np.log1p(count) + jump * ((count >= at) & (day < until_day))
    rows = rows_of(np.arange(N) // 2, random.random(N) < 1 / (1 + np.exp(-log_odds)), time=10 * day)
    return (
        rows,
        Strata(np.zeros(N, np.intp), np.zeros(N, np.intp)),
        [ActionCounts("download", None, count)],
    )


def found_in(*what) -> Patterns:
    rows, strata, counted = history(*what[:1], **(what[1] if len(what) > 1 else {}))
    return patterns(rows, strata, counted, horizon_days=10)


def test_a_planted_jump_is_found_at_its_number_and_confirmed():
    (jump,) = found_in(0.8).jumps

    assert jump.low <= 7 <= jump.high
    assert jump.at == 7
    assert jump.confirmed
    assert jump.log_odds == pytest.approx(0.8, abs=0.25)
    assert jump.rate_above > jump.rate_below


@pytest.mark.parametrize("seed", range(5))
def test_a_gentle_rise_is_no_jump(seed):
    assert not any(jump.confirmed for jump in found_in(0.0, {"seed": seed}).jumps)


def test_a_jump_of_the_earlier_part_alone_is_proposed_and_not_confirmed():
    (jump,) = found_in(0.9, {"until_day": DAYS // 2, "seed": 1}).jumps

    assert not jump.confirmed
    assert jump.significance < 0.05 < jump.later_significance


def test_what_happened_to_the_later_outcomes_does_not_change_what_is_proposed():
    rows, strata, counted = history(0.8)
    label = rows.label.copy()
    label[rows.time >= 150] = 0
    blind = rows_of(rows.lead, label, time=rows.time)

    (seen,) = patterns(rows, strata, counted, horizon_days=10).jumps
    (unseen,) = patterns(blind, strata, counted, horizon_days=10).jumps

    assert (unseen.at, unseen.significance) == (seen.at, seen.significance)


def test_a_jump_is_told_by_its_own_height_not_by_the_whole_rise():
    rows, strata, counted = history(0.8)
    (jump,) = patterns(rows, strata, counted, horizon_days=10).jumps
    without = 1 / (1 + np.exp(3.5 - 0.3 * np.log1p(7)))
    at_seven = 1 / (1 + np.exp(2.7 - 0.3 * np.log1p(7)))

    assert (jump.sharp, jump.told) == (True, "jump")
    assert jump.height == pytest.approx(0.8, abs=0.3)
    assert jump.rate_below == pytest.approx(without, rel=0.25)
    assert jump.rate_above == pytest.approx(at_seven, rel=0.2)


def test_a_smooth_rise_is_no_jump_however_clearly_it_is_confirmed():
    rows, strata, counted = history(0.0)
    random = np.random.default_rng(5)
    rise = 1 / (1 + np.exp(3.5 - 2.5 / (1 + np.exp((7 - counted[0].count) / 1.5))))
    bent = rows_of(rows.lead, random.random(N) < rise, time=rows.time)

    (found,) = patterns(bent, strata, counted, horizon_days=10).jumps

    assert found.confirmed
    assert (found.sharp, found.told) == (False, "rise")
    later = rows.time >= np.quantile(rows.time, 0.5, method="inverted_cdf") + 10
    count = counted[0].count
    assert found.rate_above == pytest.approx(bent.label[later & (count >= found.high)].mean())
    assert found.rate_below == pytest.approx(
        bent.label[later & (count < found.low) & (count >= 1)].mean()
    )


def test_a_natural_spline_is_straight_beyond_its_knots():
    times = np.linspace(0, 1, 2001)
    columns = np.column_stack([np.ones(2001), *spline(times)])

    assert np.linalg.matrix_rank(columns) == 5
    assert np.abs(np.diff(columns[-15:], n=2, axis=0)).max() < 1e-9


def test_looks_at_few_winners_are_not_tried():
    """Ten winners on either side are needed, however often each was looked at."""

    def tried(winners):
        lead = np.repeat(np.arange(400), 30)
        label = (lead % 200 < winners).astype(int)
        rows = rows_of(lead, label, time=np.tile(np.arange(30), 400))
        counted = [ActionCounts("download", None, 1.0 + (lead >= 200))]
        strata = Strata(*[np.zeros(len(lead), np.intp)] * 2)
        return patterns(rows, strata, counted, horizon_days=1).tried

    assert (tried(9), tried(10)) == (0, 1)


def test_many_actions_without_a_jump_stay_without_one():
    rows, strata, _ = history(0.0)
    random = np.random.default_rng(3)
    counted = [ActionCounts(str(i), 30, random.geometric(0.3, N).astype(float)) for i in range(10)]

    found = patterns(rows, strata, counted, horizon_days=10)

    assert found.tried == 10
    assert found.jumps == ()


def test_too_few_leads_or_wins_are_not_tried():
    rows = rows_of(np.arange(60), [1, 0, 0] * 20, time=np.arange(60))
    counted = [ActionCounts("download", None, np.arange(60.0))]

    assert patterns(
        rows, Strata(*[np.zeros(60, np.intp)] * 2), counted, horizon_days=1
    ) == Patterns((), 0)


def test_without_time_random_leads_confirm():
    rows, strata, counted = history(0.9)
    timeless = rows_of(rows.lead, rows.label)

    (jump,) = patterns(timeless, strata, counted, horizon_days=0).jumps

    assert jump.at == 7
    assert jump.confirmed


def test_holms_correction_never_lowers_and_keeps_the_order():
    assert holm([0.01, 0.04, 0.02]) == pytest.approx([0.03, 0.04, 0.04])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
