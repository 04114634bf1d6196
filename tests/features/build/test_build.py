"""Nothing that happened or was recorded at or after the as-of reaches a feature, and features are
what they say.
"""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.build.build import build, prepare
from features.build.table import FeatureTable
from features.population import ROWS, open_rows
from features.resources import Resources
from features.settings import PopulationSettings
from tests.features.point_in_time import READING, Change, Event, Facts, Lead, by_hand, spec

AS_OF = 100
DAYS = st.integers(40, 130)
POPULATION = PopulationSettings(until="closed", stale_after_days=30)


@st.composite
def worlds(draw) -> Facts:
    leads = draw(st.lists(_leads(), min_size=1, max_size=5))
    events = draw(st.lists(_events(len(leads)), max_size=30))
    changes = draw(st.lists(_changes(len(leads)), max_size=6))
    return Facts(leads, events, changes)


def _leads():
    return st.builds(
        Lead,
        created=st.integers(0, 99),
        account=st.sampled_from([None, 0, 1]),
        size=st.none() | st.floats(-1e9, 1e9),
        industry=st.sampled_from([None, "IT", "製造業", "new to us"]),
        founded=st.none() | st.integers(-1000, 140),
        title=st.sampled_from([None, "boss", "clerk"]),
        closed=st.none() | DAYS,
        close_delay=st.integers(0, 20),
        won=st.booleans(),
    )


def _events(n_leads: int):
    return st.builds(
        Event,
        lead=st.integers(0, n_leads - 1),
        day=DAYS,
        minute=st.integers(0, 3),
        type=st.sampled_from(["visit", "download", "mail"]),
        detail=st.sampled_from([None, "/pricing/x", "/blog"]),
        value=st.none() | st.integers(-(10**15), 10**15),
        delay=st.sampled_from([0, 0, 0, 1, 15]),
    )


def _changes(n_leads: int):
    return st.builds(
        Change,
        lead=st.integers(0, n_leads - 1),
        day=DAYS,
        minute=st.integers(0, 3),
        value=st.sampled_from([None, "boss", "clerk", "never seen"]),
        delay=st.sampled_from([0, 0, 10]),
    )


def rows_at(*as_ofs: int, leads: int) -> pa.Table:
    pairs = [(lead, 1, as_of) for lead in range(leads) for as_of in as_ofs]
    return pa.Table.from_pylist(
        [dict(zip(ROWS.names, pair, strict=True)) for pair in pairs], schema=ROWS
    )


def built(facts: Facts, *as_ofs: int, threads: int | None = None) -> FeatureTable:
    with facts.store(resources=Resources(threads=threads)) as store:
        rows = rows_at(*as_ofs, leads=len(facts.leads))
        prepare(store, spec(), rows)
        return build(store, rows, spec())


@settings(max_examples=20, deadline=None)
@given(worlds())
def test_every_feature_is_what_counting_by_hand_gives(facts):
    table = built(facts, 80, AS_OF)
    rows = table.keys.select(["lead", "as_of_day"]).to_pylist()
    expected = [
        [by_hand(facts, r["lead"], r["as_of_day"], f) for f in table.spec.features] for r in rows
    ]
    wanted = np.array([[np.nan if v is None else float(v) for v in row] for row in expected])
    np.testing.assert_allclose(table.matrix, wanted, rtol=1e-15, atol=0)


@settings(max_examples=20, deadline=None)
@given(worlds(), st.lists(_events(1), max_size=10), st.lists(_changes(1), max_size=3), st.randoms())
def test_what_happened_or_was_recorded_at_or_after_the_as_of_changes_no_bit(
    facts, events, changes, rng
):
    def future(fact) -> bool:
        return fact.known_day >= AS_OF

    kept_events = [e for e in facts.events if not future(e) or rng.random() < 0.5] + list(
        filter(future, events)
    )
    kept_changes = [c for c in facts.changes if not future(c) or rng.random() < 0.5] + list(
        filter(future, changes)
    )
    leads = [_with_another_future(lead, rng) for lead in facts.leads]
    other = Facts(leads, kept_events, kept_changes)
    assert built(facts, AS_OF).matrix.tobytes() == built(other, AS_OF).matrix.tobytes()
    assert population(facts, AS_OF) == population(other, AS_OF)


def _with_another_future(lead: Lead, rng) -> Lead:
    """The lead with a close after the as-of removed, moved or turned round; an earlier one
    stays.
    """
    if lead.closed is not None and lead.closed + lead.close_delay < AS_OF:
        return lead
    closed = rng.choice([None, AS_OF, AS_OF + 20])
    return Lead(**{**vars(lead), "closed": closed, "won": not lead.won, "close_delay": 0})


@settings(max_examples=12, deadline=None)
@given(worlds())
def test_scoring_at_a_past_as_of_equals_the_training_row_on_one_thread_and_on_two(facts):
    training = built(facts, 60, 80, AS_OF, threads=2)
    at_as_of = np.asarray(training.keys["as_of_day"]) == AS_OF
    replayed = built(facts, AS_OF, threads=1)
    assert training.matrix[at_as_of].tobytes() == replayed.matrix.tobytes()


@settings(max_examples=12, deadline=None)
@given(worlds(), st.randoms())
def test_rows_come_out_as_they_went_in(facts, rng):
    rows = rows_at(80, AS_OF, leads=len(facts.leads))
    order = list(range(rows.num_rows))
    rng.shuffle(order)
    with facts.store() as store:
        prepare(store, spec(), rows)
        straight, shuffled = build(store, rows, spec()), build(store, rows.take(order), spec())
    assert shuffled.keys.equals(straight.keys.take(order))
    np.testing.assert_array_equal(shuffled.matrix, straight.matrix[order])


def population(facts: Facts, *as_ofs: int) -> list[tuple[int, int]]:
    with facts.store() as store:
        rows = open_rows(store, POPULATION, READING, as_ofs)
    return [(row["lead"], row["as_of_day"]) for row in rows.to_pylist()]
