"""The tables of a simulated company as they stood on an earlier day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.company import NEVER, Moments
from training.simulate.tables import World


def known_then(world: World, moment: int) -> World:
    """The tables cut to what had been written down before a moment.

    Leads show the attributes with a history as they were known then.

    Args:
        world: Today's tables.
        moment: Milliseconds since 1970, UTC.

    Returns:
        The same company; the truth stays as it is.
    """
    changes = _before(world.attribute_changes, moment, "changed_at", "recorded_at")
    return replace(
        world,
        leads=_as_known(_before(world.leads, moment, "created_at", "recorded_at"), changes),
        events=world.events.filter(pc.less(_times(world.events, "recorded_at"), moment)),
        outcomes=_outcomes(world.outcomes, moment),
        attribute_changes=changes,
        statuses=_before(world.statuses, moment, "changed_at", "recorded_at"),
    )


def _times(table: pa.Table, name: str) -> pa.Array:
    """Milliseconds; what is missing or no column never happens."""
    if name not in table.column_names:
        return pa.array(np.full(len(table), NEVER))
    return pc.fill_null(table[name].cast(pa.int64()), NEVER).combine_chunks()


def _before(table: pa.Table, moment: int, happened: str, noted: str) -> pa.Table:
    """Rows written down before a moment; those whose time nobody can read stay."""
    at = _times(table, noted if noted in table.column_names else happened)
    unreadable = pc.is_null(table[happened])
    return table.filter(pc.or_(pc.less(at, moment), unreadable))


def _as_known(leads: pa.Table, changes: pa.Table) -> pa.Table:
    """Leads with the latest known value of each attribute with a history."""
    order = [("changed_at", "ascending")]
    if "recorded_at" in changes.column_names:
        order.append(("recorded_at", "ascending"))
    latest: dict[tuple[str, str], str | None] = {}
    for row in changes.sort_by(order).to_pylist():
        latest[row["attribute"], row["lead_id"]] = row["value"]
    ids = leads["lead_id"].to_pylist()
    for name in sorted({attribute for attribute, _ in latest}):
        today = leads[name].to_pylist()
        values = [latest.get((name, lead), now) for lead, now in zip(ids, today, strict=True)]
        kind = leads.schema.field(name).type
        typed = [float(v) if v is not None and pa.types.is_floating(kind) else v for v in values]
        column = pa.array(typed, kind)
        leads = leads.set_column(leads.schema.get_field_index(name), name, column)
    return leads


def _outcomes(outcomes: pa.Table, moment: int) -> pa.Table:
    """Deals as they were shown then: a close, a reopening and an opening once they were noted."""
    times = {
        name: _times(outcomes, name).to_numpy()
        for name in outcomes.column_names
        if name.endswith("_at")
    }
    closed = _noted(times, "recorded_at", "closed_at") < moment
    closed |= outcomes["closed_at"].is_null().to_numpy(zero_copy_only=False)
    reopened = closed & (_noted(times, "reopened_recorded_at", "reopened_at") < moment)
    seen = {
        **dict.fromkeys(("closed_at", "won", "amount", "lost_reason", "recorded_at"), closed),
        **dict.fromkeys(("reopened_at", "reopened_recorded_at"), reopened),
        **{name: times[name] < moment for name in ("mql_at", "opportunity_at")},
    }
    is_there = np.zeros(len(outcomes), bool)
    if "opened_at" in times:
        opened = _noted(times, "opened_recorded_at", "opened_at") < moment
        seen |= dict.fromkeys(("opened_at", "opened_recorded_at"), opened)
        is_there |= opened
    for name, known in seen.items():
        if name in outcomes.column_names:
            value = pc.if_else(pa.array(known), outcomes[name], None)
            outcomes = outcomes.set_column(outcomes.schema.get_field_index(name), name, value)
    for name in ("mql_at", "opportunity_at", "closed_at"):
        is_there |= pc.is_valid(outcomes[name]).to_numpy(zero_copy_only=False)
    return outcomes.filter(pa.array(is_there))


def _noted(times: dict[str, Moments], noted: str, happened: str) -> Moments:
    return times.get(noted, times[happened])
