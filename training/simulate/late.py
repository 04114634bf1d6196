"""What is written down after it happened, and what a CRM changes later.

Web histories that are attached when a lead is created, leads entered late, meetings booked ahead,
moves between accounts, accounts that change, corrections, late closes and reopenings, further
deals. None of it changes who buys.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.behaviour import EventKind, Stream
from training.simulate.company import NEVER, Bools, Calendar, Ints, LateRows, Moments
from training.simulate.people import INDUSTRIES, JOBS, People
from training.simulate.tables import DAY, MOMENT, World, events_table, moments

ENTERED_WITHIN_DAYS = 10
NOTED_WITHIN_DAYS = 19  # a reopening comes 20 days after its loss or later
HISTORY_DAYS, HISTORY_VISITS = 60, 4
BOOKED_AHEAD_DAYS = 40
DEAL_AFTER_DAYS, DEAL_TAKES_DAYS = 60, 50
MEETING = "meeting"


def add_late_rows(world: World, calendar: Calendar, people: People, won: Moments) -> World:
    """The same company with late rows, as often as it says."""
    shares, rng = world.company.late, world.company.random(5)
    entered = _late(rng, people.created, shares.entries, ENTERED_WITHIN_DAYS)
    entered = np.where(entered < calendar.observed_until - 1000, entered, people.created)
    leads = world.leads.append_column("recorded_at", moments(entered))
    leads, changes = _changes(rng, shares, calendar, people, world, leads)
    events = [
        world.events,
        _histories(rng, shares.histories, people, world, entered),
        _meetings(rng, shares.meetings, calendar, people, world, won),
    ]
    mixed = pa.concat_tables(events)
    facts = replace(
        world.facts,
        history=(*world.facts.history, "業種", "account_id"),
        actors={**world.facts.actors, MEETING: "lead"},
        noted={
            "leads": ("recorded_at",),
            "outcomes": ("recorded_at", "opened_at", "opened_recorded_at", "reopened_recorded_at"),
            "attribute_changes": ("recorded_at",),
        },
    )
    return replace(
        world,
        leads=leads,
        events=mixed.take(pc.sort_indices(mixed["recorded_at"])),
        outcomes=_deals(rng, shares, calendar, _noted_outcomes(rng, shares, calendar, world)),
        attribute_changes=changes,
        facts=facts,
    )


def _late(rng: np.random.Generator, happened: Moments, share: float, days: int) -> Moments:
    """Moments, some of them up to so many days later; on whole seconds."""
    late = rng.random(len(happened)) < share
    delay = np.where(late, rng.random(len(happened)) * days * DAY, 0).astype(np.int64)
    return np.asarray(np.where(happened < NEVER, happened + delay // 1000 * 1000, NEVER))


def _histories(
    rng: np.random.Generator, share: float, people: People, world: World, entered: Moments
) -> pa.Table:
    """Visits from before the creation, written down when the lead was entered."""
    visits = rng.poisson(HISTORY_VISITS, len(people)) * (rng.random(len(people)) < share)
    lead = np.repeat(np.arange(len(people)), visits)
    n = len(lead)
    moment = people.created[lead] - (rng.uniform(0.1, HISTORY_DAYS, n) * DAY).astype(np.int64)
    stream = Stream(
        lead=lead.astype(np.int32),
        day=np.zeros(n, np.int16),
        action=rng.integers(0, EventKind.BLOG + 1, n).astype(np.int8),
        detail=np.zeros(n, np.int8),
        value=rng.integers(5, 200, n).astype(np.int32),
        moment=moment,
        recorded=entered[lead] + 1000,
    )
    return events_table(world.leads["lead_id"].combine_chunks(), stream)


def _meetings(
    rng: np.random.Generator,
    share: float,
    calendar: Calendar,
    people: People,
    world: World,
    won: Moments,
) -> pa.Table:
    """Meetings on days after their booking, which is when they were written down."""
    lead = np.flatnonzero(rng.random(len(people)) < share)
    until = np.minimum(won[lead], calendar.observed_until)
    booked = _between(rng, people.created[lead], until)
    ahead = (rng.uniform(1, BOOKED_AHEAD_DAYS, len(lead)) * DAY).astype(np.int64)
    schema = world.events.schema
    table = pa.table(
        {
            "lead_id": world.leads["lead_id"].combine_chunks().take(pa.array(lead)),
            "occurred_at": moments(booked + ahead),
            "event_type": pa.array([MEETING] * len(lead), pa.string()),
            "detail": pa.nulls(len(lead), schema.field("detail").type),
            "value": pa.nulls(len(lead), schema.field("value").type),
            "recorded_at": moments(booked),
        }
    )
    return table.cast(schema)


def _between(rng: np.random.Generator, first: Moments, end: Moments) -> Moments:
    """Moments from ``first`` to before ``end``, on whole seconds."""
    span = np.maximum(end - first, 1)
    return np.asarray(first + (rng.random(len(first)) * span).astype(np.int64) // 1000 * 1000)


def _changes(
    rng: np.random.Generator,
    shares: LateRows,
    calendar: Calendar,
    people: People,
    world: World,
    leads: pa.Table,
) -> tuple[pa.Table, pa.Table]:
    """The leads as they are today, and the history of their attributes."""
    until = calendar.observed_until
    changed = world.attribute_changes["changed_at"].cast(pa.int64()).to_numpy()
    is_first = np.isin(np.arange(len(changed)), _first_places(world.attribute_changes))
    noted = np.where(is_first, changed, _late(rng, changed, shares.changes, NOTED_WITHIN_DAYS))
    noted = np.where(noted < until, noted, changed)
    tables = [world.attribute_changes.append_column("recorded_at", moments(noted))]

    ids = leads["lead_id"].combine_chunks()

    def history(
        lead: Ints, attribute: str, before: pa.Array, after: pa.Array, at: Moments, noted: Moments
    ) -> None:
        created = people.created[lead]
        tables.append(
            pa.table(
                {
                    "lead_id": pa.concat_arrays([ids.take(pa.array(lead))] * 2),
                    "changed_at": moments(np.concatenate([created, at])),
                    "attribute": pa.array([attribute] * (2 * len(lead)), pa.string()),
                    "value": pa.concat_arrays([before, after]),
                    "recorded_at": moments(np.concatenate([created, noted])),
                }
            )
        )

    # accounts that change their industry, for everyone who is there by then
    industries = pa.array([industry.name for industry in INDUSTRIES], pa.string())
    new = (people.industry + rng.integers(1, len(INDUSTRIES), len(people))[people.account]) % len(
        INDUSTRIES
    )
    changes = (rng.random(len(people)) < shares.account_changes)[people.account]
    first = np.full(len(people), NEVER)
    np.minimum.at(first, people.account, people.created)
    at = _between(rng, np.minimum(first, until - DAY), np.full(len(people), until))[people.account]
    noted = _late(rng, at, shares.changes, NOTED_WITHIN_DAYS)
    leads = _set(leads, "業種", industries.take(pa.array(new)), changes & (noted < until))
    lead = np.flatnonzero(changes & (noted < until) & (people.created < at))
    before = industries.take(pa.array(people.industry[lead]))
    after = industries.take(pa.array(new[lead]))
    history(lead, "業種", before, after, at[lead], noted[lead])

    # titles that were wrong, of leads that did not change since
    jobs = pa.array([job.name for job in JOBS], pa.string())
    at = people.created
    noted = _late(rng, at + 1000, 1.0, NOTED_WITHIN_DAYS)
    wrong = (rng.random(len(people)) < shares.corrections) & (people.changed == NEVER)
    lead = np.flatnonzero(wrong & (noted < until))
    other = (people.job[lead] + rng.integers(1, len(JOBS), len(lead))) % len(JOBS)
    before, after = jobs.take(pa.array(other)), jobs.take(pa.array(people.job[lead]))
    history(lead, "job title", before, after, at[lead], noted[lead])

    # moves to today's account from another one
    account = leads["account_id"].combine_chunks()
    at = _between(rng, people.created, np.full(len(people), until))
    noted = _late(rng, at, shares.changes, NOTED_WITHIN_DAYS)
    has_account = pc.is_valid(account).to_numpy(zero_copy_only=False)
    lead = np.flatnonzero((rng.random(len(people)) < shares.moves) & has_account & (noted < until))
    other = rng.integers(0, len(people), len(lead))
    history(
        lead,
        "account_id",
        account.take(pa.array(other)),
        account.take(pa.array(lead)),
        at[lead],
        noted[lead],
    )
    table = pa.concat_tables(tables)
    return leads, table.take(pc.sort_indices(table["recorded_at"]))


def _first_places(changes: pa.Table) -> Ints:
    """Places of the first change of each lead and attribute; the rows stand in order of time."""
    seen = changes.append_column("place", pa.array(np.arange(len(changes))))
    first = seen.group_by(["lead_id", "attribute"]).aggregate([("place", "min")])
    return np.asarray(first["place_min"].to_numpy())


def _set(table: pa.Table, name: str, values: pa.Array, rows: Bools) -> pa.Table:
    column = pc.if_else(pa.array(rows), values, table[name])
    return table.set_column(table.schema.get_field_index(name), name, column)


def _noted_outcomes(
    rng: np.random.Generator, shares: LateRows, calendar: Calendar, world: World
) -> pa.Table:
    """The outcomes with when closes and reopenings were written down.

    What would be written down after the export is not in it.
    """
    table, until = world.outcomes, calendar.observed_until
    for name, noted, share in (
        ("closed_at", "recorded_at", shares.closes),
        ("reopened_at", "reopened_recorded_at", shares.reopenings),
    ):
        happened = pc.fill_null(table[name].cast(pa.int64()), NEVER).to_numpy()
        at = _late(rng, happened, share, NOTED_WITHIN_DAYS)
        at = np.where((at >= until) & (happened < NEVER), happened, at)
        table = table.append_column(noted, moments(at, known=at < NEVER))
    nothing = pa.nulls(len(table), MOMENT)
    table = table.append_column("opened_at", nothing)
    return table.append_column("opened_recorded_at", nothing)


def _deals(
    rng: np.random.Generator, shares: LateRows, calendar: Calendar, outcomes: pa.Table
) -> pa.Table:
    """The outcomes with further deals of customers, each opened after the one before was noted."""
    until = calendar.observed_until
    is_won = pc.fill_null(outcomes["won"], False).to_numpy(zero_copy_only=False)
    chosen = np.flatnonzero(is_won & (rng.random(len(outcomes)) < shares.deals))
    ids = outcomes["lead_id"].combine_chunks().take(pa.array(chosen))
    noted_before = pc.fill_null(outcomes["recorded_at"].cast(pa.int64()), NEVER)
    before = noted_before.to_numpy()[chosen]

    def after(start: Moments, days: int) -> Moments:
        """Moments up to so many days later, on whole seconds."""
        later = start + (rng.uniform(1, days, len(start)) * DAY).astype(np.int64)
        return np.asarray(later // 1000 * 1000)

    opened = after(before, DEAL_AFTER_DAYS)
    opened_noted = _late(rng, opened, shares.closes, NOTED_WITHIN_DAYS)
    closed = after(opened_noted, DEAL_TAKES_DAYS)
    noted = _late(rng, closed, shares.closes, NOTED_WITHIN_DAYS)
    is_there, is_closed = opened_noted < until, noted < until
    rows = pa.table(
        {
            "lead_id": ids,
            "closed_at": moments(closed, known=is_closed),
            "won": pa.array(rng.random(len(ids)) < 0.5, mask=~is_closed),
            "recorded_at": moments(noted, known=is_closed),
            "opened_at": moments(opened),
            "opened_recorded_at": moments(opened_noted),
        }
    ).filter(pa.array(is_there))
    table = pa.concat_tables([outcomes, rows], promote_options="default")
    return table.sort_by([("lead_id", "ascending"), ("closed_at", "ascending")])
