"""How a simulated company handed leads over before it had a model: by a rule of thumb."""

from __future__ import annotations

import numpy as np

from training.simulate.behaviour import EventKind, Stream
from training.simulate.company import Bools, Calendar, Ints, Moments
from training.simulate.desk import LARGE, SMALLEST, HandOver
from training.simulate.office import MINUTE, Office
from training.simulate.people import People

ASKED = (EventKind.DEMO_REQUEST, EventKind.TRIAL_STARTED)
ASKED_MINUTES, LARGE_MINUTES = 60, 240  # of open time, until the first contact is due


def handed_over(
    calendar: Calendar, people: People, stream: Stream, won: Moments, office: Office
) -> list[HandOver]:
    """Leads that asked for a demo or a trial, and those of 20 employees or more that looked at the
    prices: once per episode, minutes after it was recorded, in this order.
    """
    asked = np.isin(stream.action, ASKED)
    looked = stream.action == EventKind.PRICING
    looked &= people.employees_today[stream.lead] >= SMALLEST
    found = np.flatnonzero(asked | looked)
    found = found[np.argsort(stream.recorded[found], kind="stable")]
    lead = stream.lead[found].astype(np.int64)
    wait = calendar.company.random(10).integers(1, 10, len(stream))[found] * MINUTE
    at = (stream.recorded[found] + wait) // 1000 * 1000
    is_back = at >= people.reopened[lead]
    is_open = (at < won[lead]) & ((at < people.lost[lead]) | is_back)
    is_open &= at < calendar.observed_until
    lead, at, asked = lead[is_open], at[is_open], asked[found][is_open]
    _, first = np.unique(2 * lead + is_back[is_open], return_index=True)
    first = first[np.argsort(at[first], kind="stable")]
    lead, at = lead[first], at[first]
    due = _due(office, at, asked[first], people.employees_today[lead] >= LARGE)
    return [HandOver(*row) for row in zip(lead.tolist(), at.tolist(), due.tolist(), strict=True)]


def _due(office: Office, at: Moments, asked: Bools, large: Bools) -> Moments:
    minutes: Ints = np.where(asked, ASKED_MINUTES, LARGE_MINUTES) * MINUTE
    return np.where(asked | large, office.later(at, minutes), office.closing(office.number(at)))
