"""The level of the newest outcomes: found by a second route, beyond noise only, and moving nothing
but the intercept.
"""

from dataclasses import replace

import numpy as np
import pytest

from features.intake import open_store
from propensity.model.model_parts import Calibration
from tests.training.train.test_command import company
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe import newest_level as module
from training.learn.recipe import recipe
from training.learn.recipe.held_out_model import recipe_model
from training.learn.recipe.newest_level import (
    FACT,
    LevelRows,
    level_line,
    moved,
    newest_level,
    on_newest_level,
)
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.known import NEVER
from training.learn.rows.run import Run

HORIZON, TODAY = 20, 700


def lived(seed, level, *, days=TODAY, a_day=12):
    """Rows of leads looked at once each, whose odds are multiplied by ``level`` of the day they are
    looked at.
    """
    rng = np.random.default_rng(seed)
    time = np.repeat(np.arange(TODAY - days, TODAY), a_day)
    log_odds = rng.normal(-2, 0.7, len(time))
    factor = np.array([level(day) for day in range(TODAY)])[time]
    won = rng.random(len(time)) < 1 / (1 + np.exp(-log_odds - np.log(factor)))
    on = time + rng.integers(0, HORIZON, len(time))
    return LevelRows(
        time=time,
        log_odds=log_odds,
        weight=np.ones(len(time)),
        cluster=np.arange(len(time)),
        won_day=np.where(won & (on < TODAY), on, NEVER),
        mature=time + HORIZON <= TODAY,
    )


def found(rows):
    return newest_level(rows, moment=TODAY, horizon_days=HORIZON)


def test_the_level_solves_its_equation_summed_row_by_row_and_day_by_day():
    rows = lived(1, lambda _: 1.0, days=200, a_day=3)  # too few wins for groups
    wins = rows.mature & (rows.won_day < NEVER)
    assert wins.sum() < 80
    waited = (rows.won_day - rows.time)[wins]

    level = found(rows).level

    observed = expected = 0.0
    for time, score, day in zip(rows.time, rows.log_odds, rows.won_day, strict=True):
        if day < NEVER:
            observed += 0.5 ** ((TODAY - day) / HORIZON)
        chance = 1 / (1 + np.exp(-score - level))
        for later in range(time, min(time + HORIZON, TODAY)):
            share = np.mean(waited == later - time)
            expected += chance * share * 0.5 ** ((TODAY - later) / HORIZON)
    assert expected == pytest.approx(observed, rel=1e-3)  # days beyond ten half-lives have no say


def test_what_stays_moves_nothing():
    levels = [found(lived(seed, lambda _: 1.0)) for seed in range(40)]

    assert sum(level.shift != 0 for level in levels) <= 2
    assert abs(np.mean([level.level for level in levels])) < 0.05  # and is not biased by youth
    assert np.std([level.level for level in levels]) < 1.3 * np.mean([e.error for e in levels])


def test_a_level_that_fell_is_followed_and_no_further_than_it_fell():
    levels = [found(lived(seed, lambda day: 1 if day < 660 else 0.4)) for seed in range(10)]

    needed = np.log(0.4)
    assert all(needed < level.shift < -0.2 for level in levels)
    assert all(level.level < level.shift for level in levels)  # shrunk
    assert all(level.wins < level.expected for level in levels)


def test_young_rows_tell_what_no_mature_row_can():
    fell, stayed = (
        lived(3, level, a_day=40)
        for level in (lambda day: 1 if day <= TODAY - HORIZON else 0.2, lambda _: 1)
    )
    for name in vars(fell):  # all that mature rows tell is the same
        mature = (getattr(rows, name)[rows.mature] for rows in (fell, stayed))
        np.testing.assert_array_equal(*mature)

    assert found(fell).shift < -0.2
    assert found(stayed).shift == 0


def test_a_season_that_came_a_year_ago_is_no_news():
    def season(day):
        return 2.0 if day % 365 >= TODAY % 365 - 40 and day % 365 < TODAY % 365 else 1.0

    repeated, new = (
        found(lived(5, level)) for level in (season, lambda day: 2.0 if day >= TODAY - 40 else 1.0)
    )

    assert repeated.season > 0.2
    assert repeated.shift == 0
    assert new.shift > 0.2


def test_a_short_history_moves_nothing_and_says_so():
    level = found(lived(2, lambda day: 1 if day < 660 else 0.2, days=100))

    assert level.shift == 0
    assert level.season is None
    stored = level.to_dict()
    assert stored["error"] is None
    assert "too short a history" in level_line(stored)


def test_a_row_that_weighs_two_is_two_rows_of_one_lead():
    once = lived(4, lambda _: 1.0, days=250, a_day=1)  # too few wins for groups
    assert (once.won_day < NEVER).sum() < 40
    heavy = replace(once, weight=np.full(len(once.time), 2.0))
    twice = LevelRows(*(np.tile(getattr(once, name), 2) for name in vars(once)))

    a, b = found(heavy), found(twice)

    for name in ("wins", "expected", "level", "season", "error", "shift"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), abs=1e-9)


def test_nobody_won():
    rows = lived(1, lambda _: 1.0, days=60)
    assert found(replace(rows, won_day=np.full(len(rows.time), NEVER))) is None


def test_the_line_says_what_was_done():
    level = found(lived(3, lambda day: 1 if day < 660 else 0.4))
    assert f"all chances moved by {level.shift:+.2f}" in level_line(level.to_dict())
    still = replace(level, shift=0.0)
    assert level_line(still.to_dict()).endswith("nothing moved")
    assert level_line(None) == ""
    line = Calibration(slope=1.1, intercept=-0.4)
    assert moved(line, still) == moved(line, None) == line
    assert moved(line, level) == Calibration(slope=1.1, intercept=-0.4 + level.shift)


def test_the_served_model_the_recipe_and_its_replay_move_by_their_intercepts_alone(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "_shift", lambda *_: 0.25)
    settings = company(tmp_path)
    mature, expected = (
        company(tmp_path, calibrating=keys)
        for keys in ({"level": "mature"}, {"expected_close_rate": 0.3})
    )
    chosen = RecipeChoices.plain(settings.learner, trees=10)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        models, replays, levels = {}, {}, {}
        for name, each in (("newest", settings), ("mature", mature), ("expected", expected)):
            run = Run(each, store)
            models[name], seen = ship(run, past, chosen=chosen)
            replays[name] = recipe_model(run, past, chosen=chosen)
            older = past.rows.take(past.older)
            fitted = recipe.fit(each, older, *recipe.see(run, older), chosen=chosen)
            first = past.plan.test.start
            on, levels[name] = on_newest_level(run, fitted, older, past.rows, moment=first)
            step = on.calibration.intercept - fitted.calibration.intercept
            assert step == pytest.approx(0.25 if name == "newest" else 0, abs=1e-12)

    for pair in (models, replays):
        plain, served = pair["mature"].calibration, pair["newest"].calibration
        assert served.intercept - plain.intercept == pytest.approx(0.25, abs=1e-12)
        assert served.slope == plain.slope
    before, after = (models[name].sums(seen.matrix) for name in ("mature", "newest"))
    np.testing.assert_array_equal(before.contributions, after.contributions)
    np.testing.assert_allclose(after.log_odds - before.log_odds, 0.25, rtol=0, atol=1e-9)
    assert models["newest"].reference == models["mature"].reference
    assert models["newest"].facts[FACT]["shift"] == 0.25
    assert FACT not in models["mature"].facts
    assert FACT not in models["expected"].facts
    assert levels["mature"] is levels["expected"] is None
    assert levels["newest"].young == int(np.isin(past.rows.time, past.plan.embargo).sum())
