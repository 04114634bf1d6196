"""One world of the benchmark, so that it stays runnable: planted leaks are found, honest columns
left alone.
"""

import pytest

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
