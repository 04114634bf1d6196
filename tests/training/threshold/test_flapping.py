"""Two lines: nobody comes in twice without having left by the lower one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.threshold.replays import replay_of
from training.threshold.flapping import is_in, lower_line, stays

CHANCES = st.one_of(st.none(), st.sampled_from([0.05, 0.1, 0.15, 0.2, 0.3]))


def lived(days, enter, leave):
    """In the set or not, day by day; None where the lead is not open."""
    inside, told = False, []
    for chance in days:
        if chance is None:
            inside = False
        elif chance >= enter:
            inside = True
        elif chance < leave:
            inside = False
        told.append(None if chance is None else inside)
    return told


@settings(deadline=None)
@given(
    st.lists(st.lists(CHANCES, min_size=8, max_size=8), min_size=1, max_size=5).filter(
        lambda leads: any(chance is not None for days in leads for chance in days)
    ),
    st.sampled_from([(0.2, 0.2), (0.2, 0.1), (0.15, 0.1), (0.3, 0.15)]),
)
def test_the_set_is_the_one_that_is_lived_through_day_by_day(chances, lines):
    replay = replay_of(chances)

    told = is_in(replay, replay.chance, *lines)

    expected = [inside for days in chances for inside in lived(days, *lines) if inside is not None]
    assert told.tolist() == expected


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([0.05, 0.1, 0.15, 0.2, 0.3]), min_size=9, max_size=9),
        min_size=1,
        max_size=5,
    )
)
def test_nobody_enters_twice_without_having_been_below_the_lower_line(chances):
    replay = replay_of(chances)
    found = stays(replay, replay.chance, 0.2, 0.1)

    for row, again in zip(found.entered, found.again, strict=True):
        lead, at = int(replay.episode[row]), int(replay.at[row])
        earlier = [day for day in range(at) if chances[lead][day] >= 0.2]
        assert bool(earlier) == bool(again)
        if again:
            assert any(chances[lead][day] < 0.1 for day in range(earlier[-1], at))


def test_a_lower_line_keeps_those_who_waver():
    wavers = [[0.22, 0.18] * 20 for _ in range(30)]
    leavers = [[0.25] * 10 + [0.01] * 30 for _ in range(30)]
    replay = replay_of(wavers + leavers, horizon=5)

    assert stays(replay, replay.chance, 0.2, 0.2).return_rate > 0.9
    leave = lower_line(replay, replay.chance, 0.2)
    assert 0.1 < leave <= 0.18
    assert stays(replay, replay.chance, 0.2, leave).return_rate == 0


def test_a_lead_that_won_has_not_left():
    replay = replay_of([[0.3, 0.3, 0.3, None, None, None, None, None]], goals={0: 102}, horizon=2)

    assert stays(replay, replay.chance, 0.2, 0.1).left == 0


def test_leaving_counts_once_a_horizon_has_gone_by():
    replay = replay_of([[0.3, 0.3, *[0.01] * 8], [*[0.01] * 7, 0.3, 0.01, 0.01]], horizon=5)
    found = stays(replay, replay.chance, 0.2, 0.1)

    assert (found.left, found.returned) == (1, 0)
    assert np.array_equal(found.entered, [17])
