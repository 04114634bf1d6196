"""Looks whose horizon is not over: which they are, and when wins come."""

import numpy as np
import pytest

from features.intake import open_store
from tests.training.learn.recipe.test_recipe import frame
from tests.training.train.test_command import company, flat
from training.learn.rows.history import history
from training.learn.rows.known import NEVER, recorded
from training.learn.rows.run import Run
from training.learn.rows.young_rows import win_delays, young_at, young_rows


def test_young_looks_follow_the_mature_ones_on_each_leads_own_days(tmp_path):
    settings = company(tmp_path)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        run = Run(settings, store)
        past, young = history(run), young_rows(run)
        observed = store.observed_day
        won_on = recorded(run, young)

    every, horizon = settings.snapshots.every_days, settings.goal.horizon_days
    assert young.time.min() > observed - horizon == past.plan.test[-1]
    assert young.time.max() < observed
    phase = dict(zip(past.rows.lead, past.rows.time % every, strict=True))
    both = [place for place, lead in enumerate(young.lead) if lead in phase]
    assert both
    assert all(young.time[place] % every == phase[young.lead[place]] for place in both)
    assert young.label.any()
    assert (won_on[young.label == 1] < observed).all()
    assert (won_on[young.label == 1] >= young.time[young.label == 1]).all()


def test_a_flat_table_has_no_young_rows(tmp_path):
    settings = flat(tmp_path, frame(), order="random")
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        assert young_rows(Run(settings, store)) is None


def test_who_was_young_at_a_moment_was_looked_at_before_and_not_yet_over(tmp_path):
    settings = company(tmp_path)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
    first, horizon = past.plan.test.start, settings.goal.horizon_days

    found = young_at(past.rows, first, horizon_days=horizon)

    assert sorted(set(found.time)) == sorted(set(past.rows.time) & set(past.plan.embargo))
    assert young_at(past.rows, int(past.rows.time.min()), horizon_days=horizon) is None


def test_delays_are_counted_by_fifth_of_the_wins_and_what_is_recorded_too_late_is_left_out():
    score = np.arange(400.0)
    days = np.where(score < 200, 9, 1)
    days[::10] = 25  # recorded later than twice the horizon of 10 days

    found = win_delays(score, days, np.ones(400), horizon_days=10)

    assert found.shares.shape == (5, 20)
    np.testing.assert_allclose(found.shares.sum(axis=1), 0.9)
    np.testing.assert_allclose(found.shares[[0, 1], 9], 0.9)
    np.testing.assert_allclose(found.shares[[3, 4], 1], 0.9)
    assert found.group(np.array([-5.0, 0.0, 399.0, 999.0])).tolist() == [0, 0, 4, 4]


@pytest.mark.parametrize(("wins", "groups"), [(1, 1), (79, 1), (80, 2), (1000, 5)])
def test_few_wins_are_not_cut_into_groups(wins, groups):
    score = np.linspace(0, 1, wins)

    found = win_delays(score, np.zeros(wins, int), np.ones(wins), horizon_days=5)

    assert found.shares[:, 0].tolist() == [1.0] * groups
    assert NEVER > 2**40
