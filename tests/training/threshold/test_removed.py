"""What rules take away, who is to be followed, and what a random slice costs."""

import numpy as np
import pytest

from tests.training.threshold.replays import replay_of
from training.threshold.crossings import crossings
from training.threshold.frame import Rules
from training.threshold.removed import hand_raisers, house_list, removals, slice_cost
from training.threshold.value import deals
from training.threshold.waiting_leads import newest_of

RULES = Rules(
    names=("unsubscribed", "employees", "in Japan"),
    kinds=("disqualifier", "missing information", "qualifier"),
)
UP = [0.05, 0.3, 0.3, 0.3]


def everywhere(lead, code):
    return {(lead, at): code for at in range(4)}


def test_a_rule_costs_the_wins_of_leads_it_kept_back_throughout():
    obstacle = everywhere(0, 0) | everywhere(1, 0) | {(2, 1): 1} | everywhere(3, 2)
    replay = replay_of(
        [UP] * 5, goals={0: 102, 3: 103, 4: 102}, obstacle=obstacle, observed=120, rules=RULES
    )

    unsubscribed, employees, japan = removals(replay, 0.2)

    assert (unsubscribed.over_line, unsubscribed.judged, unsubscribed.won) == (2, 2, 1)
    # lead 2 was kept back for a day, and crossed on the next
    assert (employees.over_line, employees.won) == (0, 0)
    assert (japan.kind, japan.over_line, japan.won) == ("qualifier", 1, 1)
    assert [r.open_leads for r in (unsubscribed, employees, japan)] == [2, 0, 1]


def test_hand_raisers_are_counted_apart_and_cross_no_line():
    raised = {(0, 2): 1, (0, 3): 1, (1, 0): 1}
    replay = replay_of(
        [[0.05, 0.05, 0.3, 0.3], UP, UP], goals={0: 103}, raised=raised, observed=120
    )

    found = hand_raisers(replay)

    # lead 1 had asked before the replay began
    assert (found.crossed, found.judged, found.won) == (1, 1, 1)
    assert replay.episode[
        crossings(replay, replay.eligible_chance, np.array([0.2])).at(0)
    ].tolist() == [2]


def test_the_house_list_counts_open_leads_that_fit_and_leads_to_follow():
    quadrant = everywhere(1, 1) | everywhere(2, 2) | everywhere(3, 3)
    chances = [UP, [0.05] * 4, UP, [0.05] * 4]
    replay = replay_of(chances, area=quadrant, raised=everywhere(1, 1))

    waiting = newest_of(replay)
    found = house_list(waiting, waiting.chance >= 0.2)

    assert (found.leads, found.fit, found.followed) == (4, 2, 3)


def test_a_slice_is_drawn_from_leads_that_only_the_line_keeps_back():
    chances = [[0.1] * 15] * 10 + [[None] * 7 + [0.1] * 8] * 10 + [[0.3] * 15] * 5
    replay = replay_of(chances, obstacle={(0, at): 0 for at in range(15)}, rules=RULES)

    waiting = newest_of(replay)
    found = slice_cost(replay, waiting, waiting.eligible_chance >= 0.2, 0.1)

    assert found.backlog == pytest.approx(1.9)
    assert found.wins == pytest.approx(0.19)
    assert found.per_week == pytest.approx(0.1 * 19 / 25 * 10 / 2)


def test_amounts_are_by_quadrant_where_there_are_enough():
    n = 25
    quadrant = {(lead, at): int(lead >= n) * 3 for lead in range(n + 2) for at in range(2)}
    replay = replay_of(
        [[0.05, 0.3]] * (n + 2),
        goals=dict.fromkeys(range(n + 2), 101),
        amounts={**dict.fromkeys(range(n), 100.0), n: 1000.0},
        area=quadrant,
    )

    found = deals(replay)

    assert (found.known, found.unknown) == (n + 1, 1)
    assert found.mean == pytest.approx((n * 100 + 1000) / (n + 1))
    assert found.of_area == (100.0, *[found.mean] * 5)
