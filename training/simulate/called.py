"""What calls changed in the tables of a simulated company: leads won sooner, or at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.company import NEVER, Moments
from training.simulate.desk import Desk
from training.simulate.tables import World, moments, names


def with_calls(world: World, desk: Desk, before: Moments) -> World:
    """The tables with the wins that calls brought.

    A lead's own events end with its win. Of who was called the truth table tells nothing from the
    call on, since it knows of no call; ``World.chances`` does. Colleagues decide by what a lead
    would have done without the call.

    Args:
        world: Tables of a company in which nobody is called.
        desk: What sales did.
        before: (n,) when each lead would have been won, or ``NEVER``.
    """
    ids = names("L", len(before))
    sooner = np.flatnonzero(desk.won < before)
    place = pc.index_in(world.outcomes["lead_id"], value_set=ids.take(pa.array(sooner)))
    until = _until(place, desk.won[sooner])
    closed = pc.fill_null(world.outcomes["closed_at"].cast(pa.int64()), NEVER).to_numpy()
    kept = world.outcomes.filter(pa.array((closed < until) | (until == NEVER)))
    wins = pa.table(
        {
            "lead_id": ids.take(pa.array(sooner)),
            "closed_at": moments(desk.won[sooner]),
            "won": pa.array(np.ones(len(sooner), bool)),
            "amount": pa.array(np.ones(len(sooner))),
        }
    )
    if "recorded_at" in kept.column_names:
        wins = wins.append_column("recorded_at", wins["closed_at"])
    outcomes = pa.concat_tables([kept, wins], promote_options="default")
    place = pc.index_in(world.events["lead_id"], value_set=ids.take(pa.array(sooner)))
    happened = pc.fill_null(world.events["occurred_at"].cast(pa.int64()), 0).to_numpy()
    called = np.array(list(desk.called), np.int64)
    since = desk.calendar.midnights[np.array([desk.called[lead] for lead in called.tolist()], int)]
    place_told = pc.index_in(world.truth["lead_id"], value_set=ids.take(pa.array(called)))
    told = world.truth["as_of"].cast(pa.int64()).to_numpy() < _until(place_told, since)
    effect = desk.team.call_effect
    return replace(
        world,
        outcomes=outcomes.sort_by([("lead_id", "ascending"), ("closed_at", "ascending")]),
        events=world.events.filter(pa.array(happened < _until(place, desk.won[sooner]))),
        truth=world.truth.filter(pa.array(told)),
        chances=replace(world.chances, called=dict(desk.called), effect=effect),
    )


def _until(place: pa.ChunkedArray, until: Moments) -> Moments:
    """(n,) the moment at each place, ``NEVER`` where there is none."""
    found = pc.fill_null(place, -1).to_numpy()
    return np.asarray(np.append(until, NEVER)[found])
