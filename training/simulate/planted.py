"""Planted faults, in leads and in tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.behaviour import Stream
from training.simulate.company import NEVER, Bools, Calendar
from training.simulate.people import SOURCES, People


def never_came(calendar: Calendar, people: People) -> Bools:
    """(n,) leads that would have come by the channel that vanished.

    Raises:
        ValueError: No lead ever comes by that channel.
    """
    faults = calendar.company.faults
    if faults is None or faults.vanished_channel is None:
        return np.zeros(len(people), bool)
    channels = [source.name for source in SOURCES]
    if faults.vanished_channel not in channels:
        raise ValueError(
            f"vanished_channel: expected one of {', '.join(channels)}, got"
            f" {faults.vanished_channel!r}."
        )
    code = channels.index(faults.vanished_channel)
    return np.asarray((people.source == code) & (people.created_day >= calendar.faults_begin))


def without_them(people: People, stream: Stream, absent: Bools) -> tuple[People, Stream]:
    """The same leads, of whom some are never there and do nothing; their places stay."""
    if not absent.any():
        return people, stream
    never = {
        name: np.where(absent, NEVER, getattr(people, name))
        for name in ("created", "changed", "lost", "reopened")
    }
    back = np.where(absent, -1, people.reopened_day)
    return replace(people, **never, reopened_day=back), stream.where(~absent[stream.lead])


def recorded(events: pa.Table, calendar: Calendar) -> pa.Table:
    """The events without those of the type that is recorded no more.

    Raises:
        ValueError: There are no events of that type at all.
    """
    faults = calendar.company.faults
    if faults is None or faults.stopped_event is None:
        return events
    is_it = pc.equal(events["event_type"], faults.stopped_event)
    if not pc.any(is_it).as_py():
        types = ", ".join(sorted(set(events["event_type"].to_pylist())))
        raise ValueError(f"stopped_event: expected one of {types}, got {faults.stopped_event!r}.")
    since = int(calendar.midnights[calendar.faults_begin])
    later = pc.greater_equal(events["recorded_at"].cast(pa.int64()), since)
    return events.filter(pc.invert(pc.and_(is_it, later)))
