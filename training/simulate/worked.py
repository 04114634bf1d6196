"""What a sales team leaves in the tables of a simulated company: contacts, statuses, stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.company import NEVER, Ints
from training.simulate.desk import Desk
from training.simulate.sales_team import MAIL
from training.simulate.tables import LICENCE_YEN, LOST_REASONS, STATUSES, World, moments, names

NOTED_WITHIN = 600_000  # milliseconds until a contact stands in the CRM


def with_sales(world: World, desk: Desk, until: int) -> World:
    """The tables with what sales was handed, did and wrote down before a moment.

    Args:
        world: Tables of a company without sales, as they stand at that moment.
        desk: What sales did.
        until: Milliseconds since 1970, UTC.
    """
    facts = replace(world.facts, actors={**world.facts.actors, MAIL: "sales"})
    events = pa.concat_tables([world.events, _contacts(world, desk, until)])
    return replace(
        world,
        events=events.take(pc.sort_indices(events["recorded_at"])),
        outcomes=_outcomes(world.outcomes, desk, until),
        statuses=_statuses(desk, until),
        facts=facts,
    )


def _ids(desk: Desk, places: Sequence[int] | Ints) -> pa.Array:
    return names("L", len(desk.people)).take(pa.array(places, pa.int64()))


def _contacts(world: World, desk: Desk, until: int) -> pa.Table:
    schema = world.events.schema
    at = np.array([contact.at for contact in desk.contacts], np.int64)
    lead = np.array([contact.lead for contact in desk.contacts], np.int64)
    recorded = at + (at * 7 + lead * 13) % NOTED_WITHIN
    known = np.flatnonzero(recorded < until)
    types = np.array([contact.event_type for contact in desk.contacts], object)[known]
    return pa.table(
        {
            "lead_id": _ids(desk, lead[known]),
            "occurred_at": moments(at[known]),
            "event_type": pa.array(types, pa.string()),
            "detail": pa.nulls(len(known), schema.field("detail").type),
            "value": pa.nulls(len(known), schema.field("value").type),
            "recorded_at": moments(recorded[known]),
        }
    ).cast(schema)


def _statuses(desk: Desk, until: int) -> pa.Table:
    every = sorted(desk.statuses, key=lambda status: (status.at, status.lead))
    at = np.array([status.at for status in every], np.int64) // 1000 * 1000
    recorded = at + NOTED_WITHIN // 2
    known = [status for status, noted in zip(every, recorded, strict=True) if noted < until]
    at, recorded = at[recorded < until], recorded[recorded < until]
    return pa.table(
        {
            "lead_id": _ids(desk, [status.lead for status in known]),
            "changed_at": moments(at),
            "status": pa.array([status.status for status in known], pa.string()),
            "reason": pa.array([status.reason for status in known], pa.string()),
            "recorded_at": moments(recorded),
        }
    ).cast(STATUSES)


def _outcomes(outcomes: pa.Table, desk: Desk, until: int) -> pa.Table:
    """The outcomes with the stages that sales recorded; open leads that reached one have a row."""
    table = _own_amounts(outcomes, desk).drop_columns(["mql_at", "opportunity_at"])
    rows = table.select(["lead_id"]).to_pandas()
    closed = table["closed_at"].cast(pa.int64())
    rows["closed"] = pc.fill_null(closed, NEVER).to_numpy()
    rows["row"] = np.arange(len(rows))
    stages = _stages(desk, until)
    found = pd.merge_asof(
        stages.sort_values("handed", kind="stable"),
        rows.sort_values("closed", kind="stable"),
        left_on="handed",
        right_on="closed",
        by="lead_id",
        direction="forward",
    )
    new = found["row"].isna()
    numbers = found.loc[new, "lead_id"].drop_duplicates()
    found.loc[new, "row"] = found.loc[new, "lead_id"].map(
        dict(zip(numbers, len(rows) + np.arange(len(numbers)), strict=True))
    )
    table = pa.concat_tables(
        [table, pa.table({"lead_id": pa.array(numbers, pa.string())})], promote_options="default"
    )
    first = found.astype({"row": np.int64}).groupby("row")[["mql", "opportunity"]].min()
    for place, name in ((1, "mql"), (2, "opportunity")):
        at = np.full(len(table), NEVER)
        at[first.index.to_numpy()] = first[name].to_numpy()
        table = table.add_column(place, f"{name}_at", moments(at, known=at < NEVER))
    order = [("lead_id", "ascending"), ("closed_at", "ascending")]
    return table.sort_by(order)


def _stages(desk: Desk, until: int) -> pd.DataFrame:
    """Hand-overs and opportunities before a moment: lead, the moment of the hand-over by which its
    row is found, and when each stage was reached (``NEVER`` for the other one).
    """
    ids = names("L", len(desk.people)).to_pylist()
    unaided = desk.unaided
    rows = [
        (ids[lead], at, at, NEVER)
        for lead, at, _ in desk.handed
        if at < until
        and not unaided[lead] <= at < desk.won[lead]
        and not desk.is_customer(lead, at)
    ]
    rows += [
        (ids[lead], handed, NEVER, at) for lead, handed, at, _ in desk.opportunities if at < until
    ]
    helped = {one.lead for one in desk.opportunities if one.is_won}
    rows += [
        (ids[lead], int(unaided[lead]), NEVER, int(unaided[lead]))
        for lead in np.flatnonzero(unaided < until).tolist()
        if lead not in helped
    ]
    columns = ["lead_id", "handed", "mql", "opportunity"]
    return pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(columns[1:], np.int64), errors="raise"
    )


def _own_amounts(outcomes: pa.Table, desk: Desk) -> pa.Table:
    """The outcomes with amounts and reasons that depend on the lead alone: what happens to one lead
    changes nobody else's.
    """
    rng, people = desk.calendar.company.random(11), desk.people
    size = np.nan_to_num(people.employees_today, nan=20.0)
    amount = np.round(LICENCE_YEN * np.sqrt(size) * rng.lognormal(0, 0.5, len(people)), -3)
    reason = pa.array(LOST_REASONS).take(pa.array(rng.integers(0, len(LOST_REASONS), len(people))))
    place = pc.index_in(outcomes["lead_id"], value_set=names("L", len(people)))
    for name, values in (("amount", pa.array(amount)), ("lost_reason", reason)):
        told = pc.if_else(pc.is_valid(outcomes[name]), values.take(place), None)
        outcomes = outcomes.set_column(outcomes.schema.get_field_index(name), name, told)
    return outcomes
