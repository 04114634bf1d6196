"""The benchmark of promises, in a few small worlds."""

import numpy as np
import pytest

from benchmarks.ordinary_quarters import (
    COMPANIES,
    before,
    of_accounts,
    of_weeks,
    once,
    weekly,
    world,
)

RNG = np.random.default_rng(0)


def test_few_judged_leads_broke_the_promise_before_and_do_not_now():
    worlds = [world(COMPANIES[0], RNG, deviation=0.0, quarters=8) for _ in range(100)]

    was, now = np.mean([once(each, 20, RNG) for each in worlds], axis=0)
    assert was > 0.25
    assert now <= 0.05


def test_a_world_that_fell_apart_is_found_and_one_that_did_not_is_not():
    fallen = world(COMPANIES[1], RNG, deviation=0.0, quarters=8, falls_to=0.1)
    same = world(COMPANIES[1], RNG, deviation=0.0, quarters=8)

    assert before(fallen, 0.025)
    assert weekly(fallen, RNG)[0]
    assert not weekly(same, RNG)[0]


@pytest.mark.parametrize("table", [of_weeks, of_accounts])
def test_tables_have_a_row_for_every_case(table):
    found = table(4, 0)

    assert found.row_count in (3, 8)
    assert not any("nan" in cell for column in found.columns for cell in column.cells)
