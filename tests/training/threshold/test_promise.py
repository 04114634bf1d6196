"""Promises: what an interval holds, and when it is said to be broken."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from scipy import stats

from training.threshold.activity import ASSUMED, Swing, swing
from training.threshold.figures import LineFigures
from training.threshold.promise import (
    NO_BASIS,
    ExpectedFigure,
    LinePromise,
    PromiseBasis,
    PromiseOutcome,
    check_promise,
    dispersion,
    outlook,
)
from training.threshold.quarter_levels import NO_QUARTERS, QuarterLevels
from training.threshold.sentences import promise_sentence

STILL = Swing(0.0, 50.0, 0.0)
#: A company whose quarters do not differ, and whose history is long enough to know it.
ALIKE = QuarterLevels((0.0,) * 40, (1e-3,) * 40)
PROMISE = LinePromise(
    0.1,
    13,
    ExpectedFigure(0.23, 0.18, 0.28),
    ExpectedFigure(32.0, 26.0, 39.0),
    judged=400,
    won=92,
    basis=PromiseBasis(replayed=12, swing=Swing(0.05, 9.0, 0.0), levels=ALIKE),
)


def counted(weekly, judged, won, *, design=1.0):
    """Figures of one line."""
    weekly = np.atleast_2d(np.asarray(weekly, dtype=np.float64))
    one = np.ones(1, dtype=np.int64)
    return LineFigures(
        np.array([0.1]), weekly, one, judged * one, won * one, np.array([design]), one, 1, one, one
    )


def test_both_promises_hold_in_95_of_100_quarters_of_a_world_that_stands_still():
    """Past and later quarter drawn from the same rates; 1,000 worlds, each with its own promise."""
    rng, worlds = np.random.default_rng(7), 1000
    weekly = rng.poisson(30, (worlds, 12)).astype(np.float64)
    judged = weekly[:, :8].sum(axis=1).astype(np.int64)
    won, one = rng.binomial(judged, 0.2), np.ones(worlds, dtype=np.int64)
    figures = LineFigures(
        np.linspace(0.1, 0.2, worlds), weekly, one, judged, won, np.ones(worlds), one, 1, one, one
    )
    found = outlook(figures, STILL, levels=ALIKE)

    later = rng.poisson(30, (worlds, 13)).sum(axis=1)
    precision = rng.binomial(later, 0.2) / later
    held = (found.precision[:, 1] <= precision) & (precision <= found.precision[:, 2])
    held &= (found.per_week[:, 1] <= later / 13) & (later / 13 <= found.per_week[:, 2])

    assert 0.945 <= held.mean() <= 0.985


def test_accounts_widen_the_closes_and_swings_the_volume():
    plain = outlook(counted([30] * 12, 240, 60), STILL, levels=ALIKE)
    grouped = outlook(counted([30] * 12, 240, 60, design=3.0), STILL, levels=ALIKE)
    moving = outlook(counted([30] * 12, 240, 60), Swing(0.1, 5.0, 0.0), levels=ALIKE)

    width = [found.precision[0, 2] - found.precision[0, 1] for found in (plain, grouped, moving)]
    assert width[1] > 1.5 * width[0]
    assert width[2] == width[0]
    assert moving.per_week[0, 2] > plain.per_week[0, 2]


def test_a_trend_widens_the_side_it_points_to_and_moves_nothing():
    still = outlook(counted([30] * 12, 240, 60), STILL)
    rising = outlook(counted([30] * 12, 240, 60), Swing(0.0, 50.0, 0.2))

    assert rising.per_week[0, 0] == still.per_week[0, 0] == 30
    assert rising.per_week[0, 1] == pytest.approx(still.per_week[0, 1])
    assert rising.per_week[0, 2] == pytest.approx(still.per_week[0, 2] * np.exp(0.2))


def test_weeks_that_differ_more_than_chance_are_noticed_and_a_slow_rise_is_not():
    rng = np.random.default_rng(0)
    steady, rising = rng.poisson(40, (1, 100)), rng.poisson(np.linspace(20, 80, 100))[None]
    jumping = rng.poisson(40 * rng.gamma(10, 0.1, 100))[None]

    assert dispersion(steady) < 1.5
    assert dispersion(rising) < 1.5
    assert dispersion(jumping) > 3


def test_a_line_nobody_crossed_promises_little():
    found = outlook(counted([0] * 12, 0, 0), STILL)

    assert np.isnan(found.precision[0, 0])
    assert found.precision[0, 1] < 0.01
    assert found.precision[0, 2] > 0.9


@pytest.mark.parametrize(
    ("happened", "precision", "volume", "words"),
    [
        (PromiseOutcome(13, 416, 300, 69), "kept", "kept", ("is kept", "守られています")),
        (
            PromiseOutcome(13, 416, 300, 30),
            "below",
            "kept",
            ("only 10 closed (an ordinary quarter, 300 judged: 16–31)", "10件にとどまりました"),
        ),
        (
            PromiseOutcome(13, 416, 300, 120),
            "above",
            "kept",
            ("40 closed, more than in an ordinary quarter", "40件が受注し"),
        ),
        (
            PromiseOutcome(13, 130, 100, 23),
            "kept",
            "below",
            ("only 10 new MQLs", "週10件にとどまりました"),
        ),
        (PromiseOutcome(13, 650, 19, 0), "too early", "above", ("50 new MQLs came", "週50件で")),
        (PromiseOutcome(4, 128, 10, 0), "too early", "kept", ("cannot be told yet", "まだ早い")),
    ],
)
def test_what_came_is_held_beside_what_was_promised(happened, precision, volume, words):
    found = check_promise(PROMISE, happened)

    assert (found.precision, found.per_week) == (precision, volume)
    assert found.is_kept == ({precision, volume} <= {"kept", "too early"})
    for language, part in zip(("en", "ja"), words, strict=True):
        assert part in promise_sentence(found, language=language)
    assert ("broken" in promise_sentence(found, language="en")) == found.is_broken


def test_the_swing_of_steady_growth_is_its_trend_alone():
    found = swing(100 * 1.01 ** np.arange(80.0), 12, 13)

    assert found.size == pytest.approx(0.0, abs=1e-9)
    assert found.trend == pytest.approx(12.5 * np.log(1.01))


def test_seasons_are_swings():
    weeks = np.arange(104)
    found = swing(100 * np.exp(0.2 * np.sin(2 * np.pi * weeks / 52)), 13, 13)

    assert 0.1 < found.size < 0.4


def test_a_short_history_is_assumed_to_move():
    found = swing(np.full(20, 10.0), 8, 13)

    assert found.is_assumed
    assert found.size == ASSUMED


def test_the_bounds_of_quarters_that_do_not_differ_are_beta_binomial():
    found = PROMISE.precision_of(416)

    low, high = stats.betabinom.ppf([0.0125, 0.9875], 416, 92.5, 308.5) / 416
    assert (found.low, found.high) == pytest.approx((low, high), abs=1.5 / 416)


def test_few_judged_leads_have_wider_bounds_and_break_nothing_by_chance():
    """Nothing changed: of a promise for 416, however many can be judged, few are called broken."""
    rng = np.random.default_rng(0)
    for judged in (20, 40, 80, 416):
        won = rng.binomial(judged, rng.beta(92.5, 308.5, 2000))
        bounds = PROMISE.precision_of(judged)
        outside = (won / judged < bounds.low) | (won / judged > bounds.high)
        assert outside.mean() <= 0.035
    stored = PROMISE.precision
    assert np.mean([share not in stored for share in rng.binomial(20, 0.23, 500) / 20]) > 0.4


def test_quarters_that_differ_widen_the_closes():
    widths = []
    for levels in (ALIKE, QuarterLevels((-0.2, 0.2) * 6, (0.05,) * 12), NO_QUARTERS):
        found = replace(PROMISE, basis=replace(PROMISE.basis, levels=levels)).precision_of(416)
        widths.append(found.high - found.low)

    assert widths[0] < 0.6 * widths[1]
    assert widths[1] < widths[2]


def test_looked_at_every_week_an_ordinary_quarter_is_seldom_called_broken():
    """The real promise of a company whose quarters differ by .2; all looks of a quarter together,
    and of a horizon of four weeks after it.
    """
    rng, worlds, broken = np.random.default_rng(3), 150, 0
    usual = np.log(0.2 / 0.8)
    for _ in range(worlds):
        past, later = 1 / (1 + np.exp(-(usual + 0.2 * rng.normal(size=2))))
        ahead = outlook(
            counted(rng.poisson(30, 12), 240, int(rng.binomial(240, past))),
            STILL,
            levels=QuarterLevels(tuple(0.2 * rng.normal(size=12)), (0.05,) * 12),
        )
        promise = ahead.promise(counted(np.full(12, 30), 240, 48), 0)
        promise = replace(promise, won=round(ahead.precision[0, 0] * 240))
        came = rng.poisson(30, 13)
        won = rng.binomial(came, later)
        broken += any(
            check_promise(
                promise,
                PromiseOutcome(
                    min(week, 13),
                    int(came[:week].sum()),
                    int(came[: max(week - 4, 0)].sum()),
                    int(won[: max(week - 4, 0)].sum()),
                ),
                looks="weekly",
            ).is_broken
            for week in range(1, 18)
        )

    assert broken <= 0.05 * worlds + 2 * np.sqrt(0.05 * 0.95 * worlds)


def test_weekly_bounds_are_wider_than_those_of_one_look_and_nearly_the_same_in_the_end():
    early, late = (
        PROMISE.precision_of(60, looks="weekly"),
        PROMISE.precision_of(416, looks="weekly"),
    )

    assert early.low < PROMISE.precision_of(60).low
    assert late.high == pytest.approx(PROMISE.precision_of(416).high, rel=0.03)
    first = PROMISE.per_week_of(1, looks="weekly")
    assert first.low < PROMISE.per_week_of(1).low
    assert first.high > PROMISE.per_week_of(13, looks="weekly").high


def test_a_collapse_is_called_broken_before_the_quarter_is_over():
    told = [
        check_promise(
            PROMISE, PromiseOutcome(week, 32 * week, 32 * week, 2 * week), looks="weekly"
        ).precision
        for week in range(1, 14)
    ]

    assert "below" in told[:6]
    assert told[0] == "kept"


def test_a_week_without_a_new_lead_is_chance_where_two_a_week_are_expected():
    few = outlook(counted([2] * 12, 20, 4), STILL).promise(counted([2] * 12, 20, 4), 0)

    assert check_promise(few, PromiseOutcome(1, 0, 0, 0)).per_week == "kept"
    assert check_promise(few, PromiseOutcome(13, 0, 0, 0)).per_week == "below"


def test_a_promise_comes_back_from_json_and_older_ones_without_a_basis_too():
    stored = json.loads(json.dumps(asdict(PROMISE)))
    older = {name: value for name, value in stored.items() if name != "basis"}
    older["per_week"] = older["per_week"] | {"high": None}

    assert LinePromise.from_dict(stored) == PROMISE
    assert LinePromise.from_dict(older).basis == NO_BASIS
    assert LinePromise.from_dict(older).per_week.high == np.inf
    assert check_promise(LinePromise.from_dict(older), PromiseOutcome(13, 400, 300, 0)).is_broken
