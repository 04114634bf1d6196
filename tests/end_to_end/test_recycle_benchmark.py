"""A small world of the recycling benchmark, lived night by night."""

from benchmarks.recycle import ALONE, APPROACHED, lived


def test_recycling_finds_what_doing_nothing_does_not():
    found = lived(seed=3, leads=1500)

    assert found.due > 500
    assert (found.never_due, found.twice) == (0, 0)
    assert found.wins > 2 * found.wins_doing_nothing
    assert found.holds
    assert 0 < found.truth < APPROACHED - ALONE  # "timing" closes alike, approached or not
