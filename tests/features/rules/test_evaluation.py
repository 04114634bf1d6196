"""What rules say of leads: against a reference that walks through the facts, row by row."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.rules import evaluate, evaluation, parse, prepare_rules
from tests.features.rules.rule_worlds import (
    FIRST,
    LAST,
    READING,
    TYPES,
    Change,
    Close,
    Event,
    World,
    any_rule,
    as_rows,
    by_hand,
    worlds,
)

SAID = {True: 1, False: 0, None: -1}
SOME_RULES = st.lists(any_rule, min_size=8, max_size=16)


def answers(world: World, rules, rows=None) -> np.ndarray:
    with world.store() as store:
        prepare_rules(store, rules, READING)
        return evaluate(store, as_rows(world.rows if rows is None else rows), rules)


def check_against_the_reference(world: World, rules) -> None:
    expected = [[SAID[by_hand(world, row, rule)] for rule in rules] for row in world.rows]
    assert answers(world, rules).tolist() == expected


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), SOME_RULES)
def test_rules_say_what_the_facts_say(world, rules):
    """In 120 worlds; ``python -m benchmarks.rule_worlds`` asks thousands."""
    check_against_the_reference(world, rules)


@settings(max_examples=500, deadline=None)
@given(any_rule)
def test_a_rule_reads_back_from_its_own_text(rule):
    assert parse(str(rule)) == rule


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), SOME_RULES, st.randoms(use_true_random=False))
def test_an_answer_depends_neither_on_the_other_rows_nor_on_their_order(world, rules, random):
    shuffled = random.sample(world.rows, len(world.rows))
    with world.store() as store, pytest.MonkeyPatch.context() as patch:
        prepare_rules(store, rules, READING)
        together = evaluate(store, as_rows(world.rows), rules)
        patch.setattr(evaluation, "_ROWS_AT_A_TIME", 13)
        apart = evaluate(store, as_rows(shuffled), rules)
    of_row = dict(zip(world.rows, together.tolist(), strict=True))
    assert apart.tolist() == [of_row[row] for row in shuffled]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), SOME_RULES, st.integers(FIRST + 1, LAST), st.data())
def test_nothing_known_at_or_after_the_as_of_changes_an_answer(world, rules, as_of, data):
    rows = [(lead, 1 + len(one.closes), as_of) for lead, one in enumerate(world.leads)]
    later = st.integers(as_of, LAST + 9)
    back_filled = st.tuples(st.integers(FIRST, as_of), later)
    events = [
        Event(lead, day, known, kind, "/price", "ppc")
        for lead in range(len(rows))
        for kind in TYPES
        for day, known in [data.draw(back_filled)]
    ]
    changes = [Change(lead, *data.draw(back_filled), 0, "IT*") for lead in range(len(rows))]
    close = [Close(*data.draw(back_filled), won=False, reason="no budget") for _ in rows]
    leads = tuple(replace(one, closes=(*one.closes, close[i])) for i, one in enumerate(world.leads))
    after = World(leads, (*world.events, *events), (*world.changes, *changes))
    next_episode = [(lead, episode + 1, day) for lead, episode, day in rows]
    assert answers(after, rules, rows).tolist() == answers(world, rules, rows).tolist()
    assert (
        answers(after, rules, next_episode).tolist() == answers(world, rules, next_episode).tolist()
    )
