"""Whoever shares an account, directly or by others, is of one team."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from propensity.spark.teams import joined

MEMBERSHIPS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 9)), max_size=40)


def by_hand(leads, memberships):
    """Merge teams until nothing changes."""
    team = list(range(leads))
    changed = True
    while changed:
        changed = False
        for one, account in memberships:
            for other, its_account in memberships:
                if account == its_account and team[one] != team[other]:
                    low, high = sorted((team[one], team[other]))
                    team = [low if number == high else number for number in team]
                    changed = True
    return team


@given(MEMBERSHIPS)
def test_teams_are_those_that_merging_by_hand_gives(memberships):
    lead, account = (np.array([pair[i] for pair in memberships], dtype=np.int64) for i in (0, 1))

    assert joined(20, lead, account).tolist() == by_hand(20, memberships)


def test_a_long_chain_of_moves_is_one_team():
    lead = np.repeat(np.arange(500), 2)[1:-1]
    account = np.repeat(np.arange(499), 2)

    assert set(joined(500, lead, account).tolist()) == {0}
