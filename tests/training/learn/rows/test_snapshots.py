"""Labels and populations of past snapshots, counted again by hand."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError
from features.settings import PopulationSettings
from features.store import Store
from tests.features.phases_by_hand import phase_of
from tests.features.point_in_time import READING, Event, Facts, Lead
from training.learn.rows.cadence import Cadence, cadence_of
from training.learn.rows.snapshots import (
    LabelledRows,
    flat_snapshot,
    sampled,
    snapshots,
)

OPEN = PopulationSettings(until="closed", stale_after_days=365)
HORIZON = 10


def taken(facts, as_ofs, *, horizon=HORIZON, population=OPEN, store=None, goal="won"):
    """(lead, episode, as-of, label) of every row, everybody looked at on each of the as-ofs; and
    the coverage of all days between them.
    """
    every_day = Cadence(min(as_ofs) - 1, max(as_ofs), 1)
    with store or facts.store() as opened:
        rows, coverage = snapshots(
            opened, population, READING, every_day, goal_stage=goal, horizon_days=horizon
        )
    return [row for row in found(rows) if row[2] in as_ofs], coverage


def found(rows):
    table = rows.rows.to_pydict()
    return list(
        zip(table["lead"], table["episode"], table["as_of_day"], rows.label.tolist(), strict=True)
    )


def with_stage(facts, reached):
    """The world with a stage ``MQL`` that the leads reach on these days."""
    with facts.store() as store:
        tables = {name: store.arrow(name) for name in ("leads", "events", "episodes", "changes")}
    tables["episodes"] = tables["episodes"].append_column("s0_day", pa.array(reached, pa.int32()))
    return Store.from_arrow(tables, attributes=store.attributes, stages=["MQL"], observed_day=1000)


@pytest.mark.parametrize(
    ("closed", "won", "label"),
    [
        (100, True, 1),  # at the as-of's own midnight: not known yet, and it counts
        (109, True, 1),
        (110, True, 0),  # as-of + horizon is outside
        (500, True, 0),  # a win after the horizon is not a win
        (105, False, 0),
        (None, False, 0),
    ],
)
def test_a_win_counts_from_the_as_of_to_the_day_before_the_horizon_ends(closed, won, label):
    rows, _ = taken(Facts([Lead(created=90, closed=closed, won=won)]), [100])

    assert rows == [(0, 1, 100, label)]


def test_a_lead_that_closed_but_was_recorded_later_is_left_out_and_counted():
    late = Lead(created=90, closed=99, close_delay=5, won=True)

    rows, coverage = taken(Facts([late, Lead(created=90)]), [103, 104, 105])

    assert rows == [(1, 1, 103, 0), (1, 1, 104, 0), (1, 1, 105, 0)]
    # at 105 the close is known, and the lead is no longer open
    assert coverage.decided_unrecorded == 2


def test_a_lead_is_no_row_before_it_is_known_nor_on_that_day():
    rows, _ = taken(Facts([Lead(created=100)]), [99, 100, 101])

    assert rows == [(0, 1, 101, 0)]


def test_an_episode_reopened_after_a_loss_is_a_row_of_its_own():
    store = Facts([Lead(created=90, closed=100)]).store()
    store.connection.execute(
        "INSERT INTO episodes SELECT lead, 2, 120, epoch_ms(0), epoch_ms(0), 128, 128, true, NULL,"
        " NULL, 120 FROM episodes"
    )

    rows, coverage = taken(None, [95, 110, 121, 130], store=store)

    assert rows == [(0, 1, 95, 0), (0, 2, 121, 1)]
    assert (coverage.wins, coverage.wins_seen) == (1, 1)


def test_a_goal_may_be_a_stage_and_a_lead_that_reached_it_is_no_longer_asked_about():
    facts = Facts([Lead(created=90), Lead(created=90), Lead(created=90, closed=105, won=True)])

    rows, coverage = taken(None, [100, 106], store=with_stage(facts, [105, 400, None]), goal="MQL")

    assert rows == [(0, 1, 100, 1), (1, 1, 100, 0), (1, 1, 106, 0), (2, 1, 100, 0)]
    assert coverage.wins == 2


def test_the_population_ends_at_the_stage_it_is_told():
    until = PopulationSettings(until="MQL", stale_after_days=365)
    facts = Facts([Lead(created=90, closed=120, won=True)])

    rows, _ = taken(
        None, [100, 105, 106], store=with_stage(facts, [105]), population=until, horizon=30
    )

    assert rows == [(0, 1, 100, 1), (0, 1, 105, 1)]


LEADS = st.builds(
    Lead,
    created=st.integers(90, 120),
    account=st.none() | st.integers(0, 2),
    closed=st.none() | st.integers(90, 140),
    close_delay=st.sampled_from([0, 0, 1, 6]),
    won=st.booleans(),
).filter(lambda lead: lead.closed is None or lead.closed >= lead.created)


@st.composite
def worlds(draw):
    leads = draw(st.lists(LEADS, min_size=1, max_size=12))
    event = st.builds(
        Event,
        lead=st.integers(0, len(leads) - 1),
        day=st.integers(90, 140),
        minute=st.just(1),
        type=st.sampled_from(["visit", "mail"]),
        delay=st.sampled_from([0, 3]),
    )
    return Facts(leads, draw(st.lists(event, max_size=12)))


def phase_in(facts, number, every):
    """By hashlib: the people of an account have the phase of the first of them."""
    account = facts.leads[number].account
    people = [number]
    if account is not None:
        people = [i for i, lead in enumerate(facts.leads) if lead.account == account]
    first = min(people, key=lambda i: (facts.leads[i].created, f"L{i}"))
    return phase_of(f"L{first}", every)


@settings(max_examples=20, deadline=None)
@given(worlds(), st.integers(1, 30), st.integers(1, 40), st.sampled_from([1, 7, 28]))
def test_rows_labels_and_counts_are_those_counted_by_hand(facts, stale, horizon, every):
    cadence = Cadence(after=94, newest=139, every=every)
    population = PopulationSettings(until="closed", stale_after_days=stale)
    expected, decided = [], 0
    for i, lead in enumerate(facts.leads):
        for as_of in range(95, 140):
            if (139 - as_of) % every != phase_in(facts, i, every):
                continue
            signs = [(lead.created, lead.created)]
            signs += [
                (e.day, e.known_day) for e in facts.events if e.lead == i and e.type != "mail"
            ]
            alive = any(known < as_of and day >= as_of - stale for day, known in signs)
            recorded = lead.closed is not None and lead.closed + lead.close_delay < as_of
            if lead.created < as_of and alive and not recorded:
                happened = lead.closed is not None and lead.closed < as_of
                won = (
                    lead.won and lead.closed is not None and as_of <= lead.closed < as_of + horizon
                )
                decided += happened
                expected += [] if happened else [(i, 1, as_of, int(won))]

    with facts.store() as store:
        rows, coverage = snapshots(
            store, population, READING, cadence, goal_stage="won", horizon_days=horizon
        )

    assert found(rows) == expected
    assert rows.round.tolist() == [
        min(end for end in range(139, 90, -every) if end >= as_of) for _, _, as_of, _ in expected
    ]
    assert coverage.decided_unrecorded == decided
    assert coverage.wins == sum(lead.won and lead.closed is not None for lead in facts.leads)
    assert coverage.wins_seen == len({lead for lead, _, _, label in expected if label})


@settings(max_examples=200)
@given(st.integers(0, 500), st.integers(1, 500), st.integers(1, 60))
def test_rounds_are_regular_and_cover_every_mature_day_after_the_first_lead(first, length, every):
    cadence = Cadence(first, first + length, every)

    rounds = np.array(cadence.rounds)
    days = np.array(cadence.days)
    ends = cadence.round_of(days)

    assert (days.min(), days.max()) == (first + 1, first + length) == (days[0], rounds[-1])
    assert set(np.diff(rounds)) <= {every}
    assert set(ends) == set(rounds)
    # a round is the days up to its last one, and none is longer
    assert ((ends >= days) & (ends - days < every)).all()


def test_rows_of_one_account_are_one_cluster_and_never_that_of_a_lead():
    facts = Facts([Lead(90, account=1), Lead(90, account=1), Lead(90), Lead(90, account=2)])
    with facts.store() as store:
        rows, _ = snapshots(
            store, OPEN, READING, Cadence(99, 100, 1), goal_stage="won", horizon_days=HORIZON
        )

    first, second, alone, other = rows.cluster
    assert first == second
    assert len({first, alone, other}) == 3


def test_a_world_without_leads_is_an_error_in_words():
    with (
        Facts([]).store() as store,
        pytest.raises(DataError, match="expected at least one usable lead, got none"),
    ):
        cadence_of(store, horizon_days=HORIZON, every_days=7)


# --- flat tables


def flat_store(ids, moments, won, accounts=None):
    n = len(ids)
    table = pa.table(
        {
            "lead": pa.array(range(n), pa.int32()),
            "lead_id": ids,
            "row_number": pa.array(range(1, n + 1), pa.int64()),
            "day": pa.array(
                [None if m is None else m // 86_400_000_000 for m in moments], pa.int32()
            ),
            "at": pa.array(moments, pa.timestamp("us")),
            "account": pa.array(accounts or [None] * n, pa.int32()),
            "won": pa.array(won, pa.bool_()),
        }
    )
    return Store.from_arrow({"leads": table}, is_flat=True)


@pytest.mark.parametrize(
    ("order", "time"),
    [
        ("rows", [2, 3, 1]),
        ("rows_newest_first", [-2, -3, -1]),
        ("time", [40, 30, 50]),
        ("random", [0, 0, 0]),
    ],
)
def test_the_order_of_a_flat_table_is_what_the_config_says_it_is(order, time):
    with flat_store(["c", "a", "b"], [50, 40, 30], [True, False, True]) as store:
        rows = flat_snapshot(store, order=order)

    assert rows.lead.tolist() == [1, 2, 0]  # by lead_id, whatever the order of the file
    assert rows.time.tolist() == time
    assert rows.label.tolist() == [0, 1, 1]


def test_flat_rows_without_an_outcome_teach_nothing():
    with flat_store(["a", "b", "c"], [1, 2, 3], [True, None, False]) as store:
        rows = flat_snapshot(store, order="time")

    assert rows.lead.tolist() == [0, 2]
    assert rows.close_rate == 0.5


# --- sampling


def company(n, share=0.1, seed=0):
    label = (np.random.default_rng(seed).random(n) < share).astype(np.int8)
    numbers = pa.array(np.arange(n), pa.int32())
    table = pa.table(
        {"lead": numbers, "episode": pa.array(np.ones(n), pa.int32()), "as_of_day": numbers}
    )
    return LabelledRows(table, label, np.ones(n), np.arange(n), np.arange(n))


def test_sampling_keeps_all_wins_and_the_weights_count_the_population():
    rows = company(5000)

    fewer = sampled(rows, 2000, seed=1)

    assert len(fewer) == 2000
    assert fewer.label.sum() == rows.label.sum()
    assert (fewer.weight[fewer.label == 1] == 1).all()
    assert fewer.weight.sum() == pytest.approx(5000, abs=1e-6)
    assert fewer.close_rate == pytest.approx(rows.close_rate, abs=1e-12)
    assert (np.diff(fewer.lead) > 0).all()


def test_sampling_leaves_losses_to_learn_from_even_among_many_wins():
    fewer = sampled(company(5000, share=0.9), 2000, seed=1)

    assert (fewer.label == 0).sum() > 450
    assert fewer.weight.sum() == pytest.approx(5000, abs=1e-6)


def test_few_rows_are_not_sampled():
    rows = company(100)

    assert sampled(rows, 100, seed=1) is rows


def test_a_part_of_the_rows_keeps_its_columns_together():
    rows = company(50)

    even = rows.take(np.arange(50) % 2 == 0)

    assert (
        even.lead.tolist() == even.time.tolist() == even.cluster.tolist() == list(range(0, 50, 2))
    )
