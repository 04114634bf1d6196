"""First crossings of all lines at once, against a walk through every lead's days."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.threshold.replays import replay_of
from training.threshold.crossings import candidates, crossings
from training.threshold.figures import detail, figures

LINES = np.array([0.1, 0.2, 0.5])


def walked(replay, line):
    """Row at which each lead first reaches a line after the first as-of, by walking through its
    rows.
    """
    found, over = [], {}
    for row in range(len(replay)):
        lead = int(replay.episode[row])
        if over.get(lead):
            continue
        if replay.raised[row]:
            over[lead] = True
        elif replay.chance[row] >= line:
            over[lead] = True
            if replay.at[row] > 0:
                found.append(row)
    return found


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(st.none(), st.sampled_from([0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7])),
            min_size=5,
            max_size=5,
        ),
        min_size=1,
        max_size=6,
    ).filter(lambda leads: any(chance is not None for days in leads for chance in days)),
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=3),
)
def test_every_line_is_crossed_where_a_walk_finds_it(chances, raised):
    replay = replay_of(chances, raised=dict.fromkeys(raised, 1))
    found = crossings(replay, replay.chance, LINES)

    for place, line in enumerate(LINES):
        assert found.at(place).tolist() == walked(replay, line)
    assert found.total(np.ones(len(found))).tolist() == [
        len(walked(replay, line)) for line in LINES
    ]


def test_a_lead_over_the_line_on_the_first_day_is_backlog_and_no_new_lead():
    replay = replay_of([[0.3, 0.3, 0.3], [0.05, 0.3, 0.3]])
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert found.backlog.tolist() == [2, 2, 0]
    assert crossings(replay, replay.chance, LINES).at(0).tolist() == [4]


def test_precision_is_about_the_first_crossing_and_not_about_rows():
    """A lead that stays up for a week and wins in the end would count seven times, and twice as
    won.
    """
    stays = [0.05, *[0.3] * 7]
    replay = replay_of([stays, [0.05, 0.3, *[0.05] * 6]], goals={0: 108}, horizon=3, observed=120)
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert (found.judged[0], found.won[0]) == (2, 0)
    assert found.precision[0] == 0
    assert (found.rows[0], found.row_wins[0]) == (8, 2)
    assert found.row_precision[0] == pytest.approx(0.25)


def test_what_is_not_over_yet_is_not_judged():
    replay = replay_of([[0.05, 0.3, 0.3, 0.3], [0.05, 0.05, 0.05, 0.3]], goals={0: 102}, horizon=2)
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert (found.judged[0], found.won[0]) == (1, 1)


def test_wins_are_captured_by_leads_that_crossed_before_and_by_the_backlog():
    chances = [[0.3] * 4, [0.05, 0.3, 0.3, None], [0.05] * 4, [0.05, 0.05, 0.05, 0.3]]
    replay = replay_of(chances, goals={0: 102, 1: 102, 2: 103, 3: 102}, unseen=(101,))
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert found.wins == 5
    assert found.captured[0] == 2  # the last one crossed after it had won


def test_a_lead_that_crosses_at_the_midnight_of_its_win_was_not_over_the_line_before():
    replay = replay_of([[0.05, 0.3, 0.3], [0.05, 0.3, 0.3]], goals={0: 101, 1: 102})
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert (found.wins, found.captured[0]) == (2, 1)


def test_a_lead_that_comes_back_after_the_run_in_is_not_new():
    """Of three leads that cross, one had been over the line in the run-in, and one wins there."""
    chances = [
        [0.3, 0.05, 0.05, 0.3, 0.3],
        [0.05, 0.05, 0.05, 0.3, 0.3],
        [0.3, 0.3, None, None, None],
        [0.05, 0.05, 0.3, 0.3, 0.3],
    ]
    replay = replay_of(chances, goals={0: 104, 2: 101}, run_in=2, observed=120)
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert replay.frame.first_day == 102
    assert crossings(replay, replay.chance, LINES).at(0).tolist() == [8]
    assert found.judged[0] == 1
    assert (found.wins, found.captured[0]) == (1, 1)
    assert (found.rows[0], found.backlog[0]) == (7, 3)


def test_returning_leads_do_not_inflate_the_volume():
    """Two truly new leads a day; every lead is up on one day of four, some since before."""
    rng, days, run_in = np.random.default_rng(0), 71, 28
    born = np.repeat(np.arange(-56, days), 2)
    chances = [
        [
            None if day < start else (0.3 if (day - start) % 4 == 0 and day - start < 56 else 0.05)
            for day in range(days)
        ]
        for start in born.tolist()
    ]
    rng.shuffle(chances)
    whole = replay_of(chances, run_in=run_in)
    afresh = replay_of([lead[run_in:] for lead in chances])

    counts = [
        figures(each, each.chance, crossings(each, each.chance, LINES)).weekly[0]
        for each in (whole, afresh)
    ]
    assert counts[0].tolist() == [14.0] * 6
    assert counts[1][0] > 1.5 * 14


def test_accounts_make_a_share_vary_more():
    leads, rng = 200, np.random.default_rng(0)
    account = np.repeat(np.arange(leads // 4), 4)
    won = np.repeat(rng.random(leads // 4) < 0.3, 4)
    replay = replay_of(
        [[0.05, 0.3]] * leads,
        goals=dict.fromkeys(np.flatnonzero(won), 101),
        accounts=account.tolist(),
        observed=120,
    )
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert found.design[0] == pytest.approx(4.0)


def test_weeks_are_counted_back_from_the_newest_day():
    day_of = {3: 2, 8: 3, 10: 4, 16: 5}
    chances = [
        [0.3 if day >= crossed else 0.05 for day in range(18)]
        for crossed, n in day_of.items()
        for _ in range(n)
    ]
    replay = replay_of(chances)
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    # days 4-10 and 11-17; day 3 belongs to no whole week
    assert found.weekly[0].tolist() == [3 + 4, 5]


def test_the_days_that_are_left_are_those_of_leads_that_reached_it():
    chances = [[0.05, 0.3, 0.3]] * 4
    replay = replay_of(
        chances, goals={0: 103, 1: 105}, stages={0: 101, 1: 104, 2: 100}, horizon=10, observed=120
    )
    found = crossings(replay, replay.chance, LINES)
    closer = detail(replay, found.at(0))

    assert closer.days_to_goal == (2.5, 3.0, 3.5)
    assert closer.days_to_stage == (0.75, 1.5, 2.25)
    assert closer.at_stage == 0.25


def test_lines_have_two_digits_and_lie_where_chances_are():
    lines = candidates(np.array([0.013, 0.27]), least=0.008, also=(0.1234,))

    assert lines[0] == 0.008
    assert lines[-1] == 0.27
    assert 0.1234 in lines
    assert (np.diff(lines) > 0).all()
    assert {float(f"{line:.2g}") for line in lines} >= set(lines.tolist()) - {0.1234}


def test_a_replay_shorter_than_a_week_is_scaled_to_one():
    replay = replay_of([[0.05, 0.05, 0.3], [0.05, 0.3, 0.3], [0.05] * 3])
    found = figures(replay, replay.chance, crossings(replay, replay.chance, LINES))

    assert found.weekly[0].tolist() == [2 * 7 / 2]


def test_there_is_a_line_even_where_no_chance_is_worth_one():
    assert candidates(np.array([0.001, 0.002]), least=0.02).tolist() == [0.02]
