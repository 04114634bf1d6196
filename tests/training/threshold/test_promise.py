"""Promises: what an interval holds, and when it is said to be broken."""

import numpy as np
import pytest

from training.threshold.activity import ASSUMED, Swing, swing
from training.threshold.figures import LineFigures
from training.threshold.promise import (
    ExpectedFigure,
    LinePromise,
    PromiseOutcome,
    check_promise,
    dispersion,
    outlook,
)
from training.threshold.sentences import promise_sentence

STILL = Swing(0.0, 50.0, 0.0)
PROMISE = LinePromise(
    0.1, 13, ExpectedFigure(0.23, 0.19, 0.27), ExpectedFigure(32.0, 26.0, 39.0), judged=400, won=92
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
    found = outlook(figures, STILL)

    later = rng.poisson(30, (worlds, 13)).sum(axis=1)
    precision = rng.binomial(later, 0.2) / later
    held = (found.precision[:, 1] <= precision) & (precision <= found.precision[:, 2])
    held &= (found.per_week[:, 1] <= later / 13) & (later / 13 <= found.per_week[:, 2])

    assert 0.945 <= held.mean() <= 0.985


def test_accounts_widen_the_closes_and_swings_the_volume():
    plain = outlook(counted([30] * 12, 240, 60), STILL)
    grouped = outlook(counted([30] * 12, 240, 60, design=3.0), STILL)
    moving = outlook(counted([30] * 12, 240, 60), Swing(0.1, 5.0, 0.0))

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
        (PromiseOutcome(13, 416, 300, 69), "kept", "kept", ("kept", "守られました")),
        (
            PromiseOutcome(13, 416, 300, 30),
            "below",
            "kept",
            ("only 10 closed (promised 19–27)", "10件にとどまりました"),
        ),
        (
            PromiseOutcome(13, 416, 300, 120),
            "above",
            "kept",
            ("40 closed, more than promised", "40件が受注し"),
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
