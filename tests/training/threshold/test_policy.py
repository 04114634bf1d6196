"""Policies: the line that does what was asked for, and what gives where none can."""

from dataclasses import replace

import numpy as np
import pytest

from propensity.definition.schema import Policy
from training.threshold.activity import Swing
from training.threshold.figures import LineFigures
from training.threshold.policy import choose, does_as_well
from training.threshold.promise import Outlook, outlook
from training.threshold.value import WeeklyWorth

LINES = np.array([0.02, 0.05, 0.1, 0.2, 0.3])
PER_WEEK = np.array([60.0, 40.0, 21.0, 9.0, 4.0])
LOW = np.array([0.04, 0.1, 0.2, 0.25, 0.26])
PRECISION = np.array([0.05, 0.12, 0.23, 0.3, 0.36])


def world(judged=400):
    """Figures and outlook of five lines."""
    many = np.full(5, judged, dtype=np.int64)
    weekly = np.repeat(PER_WEEK[:, None], 12, axis=1)
    found = LineFigures(
        LINES,
        weekly,
        many,
        many,
        np.rint(PRECISION * many).astype(np.int64),
        np.ones(5),
        many,
        500,
        many,
        many,
    )
    bounds = np.stack([PRECISION, LOW, PRECISION + 0.1], axis=1)
    return found, Outlook(
        13, bounds, LOW, outlook(found, Swing(0, 9, 0)).per_week, Swing(0, 9, 0), 1.0
    )


def chosen(amount=np.nan, beside=0.0, **asked):
    found, ahead = world()
    policy = Policy(**asked)
    wins = PER_WEEK * PRECISION
    value = wins * amount - PER_WEEK * (policy.cost_per_contact or 0)
    return choose(found, ahead, policy, WeeklyWorth(wins, value), beside=beside)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"capacity_per_week": 40}, 2),  # 4.83 wins a week, where 40 leads a week have 4.80
        ({"capacity_per_week": 10}, 3),
        ({"minimum_precision": 0.25}, 3),
        ({"minimum_per_week": 30}, 1),
        ({"minimum_precision": 0.1, "capacity_per_week": 30}, 2),
    ],
)
def test_the_line_with_most_wins_that_meets_every_demand(asked, line):
    found = chosen(**asked)

    assert found.is_met
    assert found.line == line


def test_hand_raisers_take_capacity_too():
    assert chosen(capacity_per_week=22).line == 2
    assert chosen(capacity_per_week=22, beside=5.0).line == 3


def test_value_against_the_cost_of_a_contact():
    assert chosen(amount=1000, maximise="value", cost_per_contact=50).line == 2
    assert chosen(amount=1000, maximise="value", cost_per_contact=280).line == 4


def test_precision_and_volume_that_do_not_go_together_say_what_gives():
    found = chosen(minimum_precision=0.25, minimum_per_week=20)
    (conflict,) = found.conflicts

    assert not found.is_met
    assert found.line == 3  # precision is held, volume comes as near as it can
    assert (conflict.first, conflict.second) == ("minimum_precision", "minimum_per_week")
    assert conflict.possible == 0.2  # with at least 20 a week
    assert conflict.second_possible == 9  # with at least 25 %


def test_a_demand_that_no_line_meets_is_told_alone():
    found = chosen(minimum_precision=0.5, capacity_per_week=50)
    (conflict,) = found.conflicts

    assert (conflict.first, conflict.second, conflict.possible) == ("minimum_precision", None, 0.26)
    assert found.line == 4


def test_capacity_below_the_promised_volume_is_a_conflict():
    found = chosen(capacity_per_week=8, minimum_per_week=20)
    (conflict,) = found.conflicts

    assert (conflict.possible, conflict.second_possible) == (21, 4)
    assert found.line == 4


def test_without_a_policy_no_line_is_proposed():
    assert (chosen().line, chosen().why_none) == (None, "no policy")


def test_of_a_handful_nothing_is_proposed():
    found, ahead = world(judged=49)
    choice = choose(found, ahead, Policy(minimum_precision=0.1), WeeklyWorth(PER_WEEK, PER_WEEK))

    assert (choice.line, choice.why_none) == (None, "too few")


def test_a_small_capacity_is_held_by_a_line_that_fewer_leads_speak_for():
    found, ahead = world()
    few = replace(found, judged=np.array([900, 600, 300, 60, 25]))
    gains = WeeklyWorth(PER_WEEK * PRECISION, PER_WEEK)

    assert choose(few, ahead, Policy(capacity_per_week=9), gains).line == 3
    assert choose(few, ahead, Policy(capacity_per_week=5), gains).line == 4
    assert choose(few, ahead, Policy(minimum_precision=0.26), gains).line != 4


def test_luck_between_neighbouring_lines_does_not_choose_one():
    """Wins a week are flat over 30 lines: a raw count would prefer whichever was lucky."""
    lines = np.linspace(0.05, 0.34, 30)
    judged = np.linspace(600, 150, 30).round().astype(np.int64)
    truth = 1.2 * lines / (1 + 2 * lines)
    won = np.rint(truth * judged).astype(np.int64)
    lucky = won.copy()
    lucky[15] += 12
    one = np.ones(30, dtype=np.int64)
    weekly = np.repeat((judged / 8.0)[:, None], 8, axis=1)
    figures = LineFigures(lines, weekly, one, judged, lucky, np.ones(30), one, 1, one, one)

    assert figures.precision[15] / truth[15] > 1.1
    assert figures.even_precision[15] / truth[15] < 1.05


@pytest.mark.parametrize(
    ("place", "gain", "does"),
    [
        (2, 1.0, True),  # the chosen line itself
        (1, 0.99, False),  # 40 leads a week do not fit 22
        (3, 0.96, True),  # 4 % fewer wins: nobody moves a line for that
        (3, 0.94, False),
    ],
)
def test_a_line_stays_where_it_does_what_is_asked_and_another_brings_hardly_more(place, gain, does):
    found, ahead = world()
    wins = np.array([1.0, 2.0, 5.0, 5.0, 1.0])
    wins[place] = 5.0 * gain
    worth, policy = WeeklyWorth(wins, wins), Policy(capacity_per_week=22)
    choice = choose(found, ahead, policy, worth)

    assert does_as_well(place, choice, found, ahead, policy, worth) is does
