"""One world of the benchmark, so that it stays runnable: planted leaks are found, honest columns
left alone.
"""

import pytest

from benchmarks import blind_spots
from benchmarks.leaks import LEAKS, rates, world


@pytest.mark.slow
def test_a_planted_world_is_seen_through():
    rows = world(seed=3, leads=2500)

    assert {row["kind"] for row in rows} >= set(LEAKS)
    for rate in rates(rows):
        if rate["kind"] in LEAKS:
            assert rate["found"] == 1, rate
        else:
            assert rate["leak"] == 0, rate


@pytest.mark.slow
def test_what_no_single_column_shows_is_found_in_a_planted_table():
    found = {
        row["kind"]: row["speaks"] for seed in (0, 3) for row in blind_spots.world(seed, leads=4000)
    }

    assert all(found[kind] for kind in blind_spots.LEAKS if kind in found), found
    assert not any(found[kind] for kind in blind_spots.HONEST if kind in found), found
