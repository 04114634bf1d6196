"""What leads did last before they were handed over: the action on which a hand-over rests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.behaviour import kind_name
from features.days import day_number
from propensity.ledger.ledger import LedgerFact
from training.monitor.answer import LEAST_LEADS
from training.monitor.watched import Watched

#: Cases that an action can bring about.
_BROUGHT_ABOUT = ("hand-raiser", "MQL")
#: Weeks of history that say how far actions move by themselves.
_WEEKS = 104


@dataclass(frozen=True)
class Triggers:
    """Hand-overs by week and by the action on which they rest.

    Attributes:
        actions: Kinds of behaviour on which 20 or more hand-overs rest, the most frequent first;
            an empty text for all others together, last.
        weekly: (actions, W) hand-overs, by week since the pair took over.
        activity: (actions, weeks) leads that did it, by week, as far back as is known; the newest
            week last.
    """

    actions: tuple[str, ...]
    weekly: NDArray[np.int64]
    activity: NDArray[np.float64]


def first_hand_overs(facts: Sequence[LedgerFact], since: date) -> list[LedgerFact]:
    """The first hand-over of each episode by something it did, after the night with which a pair
    began: who was over the line then had been before.

    Args:
        facts: What the ledger holds, lead by lead.
        since: First night of the pair.
    """
    first: dict[tuple[str, int], LedgerFact] = {}
    for fact in facts:
        if fact.kind == "handed over":
            first.setdefault((fact.lead_id, fact.episode), fact)
    return [
        fact
        for fact in first.values()
        if fact.as_of > since and fact.handed_over_as in _BROUGHT_ABOUT
    ]


def triggers(watched: Watched, weeks: int) -> Triggers:
    """By which actions leads were handed over in the whole weeks since the pair took over.

    Of a hand-raiser that is what it did last on the day it asked; of others, the last thing they
    did before the night.

    Args:
        watched: The nights and the sources.
        weeks: Whole weeks since the pair took over.
    """
    since = day_number(watched.since)
    handed = first_hand_overs(watched.facts, watched.since)
    rested = _last_actions(watched, handed)
    week = np.array([(day_number(fact.as_of) - since) // 7 for fact in handed], dtype=np.int64)
    names, counts = np.unique([each for each in rested if each], return_counts=True)
    named = [
        str(name)
        for name, count in sorted(zip(names, counts, strict=True), key=lambda each: -each[1])
        if count >= LEAST_LEADS
    ]
    place = {name: number for number, name in enumerate(named)}
    rows = np.array([place.get(each or "", len(named)) for each in rested], dtype=np.int64)
    weekly = np.zeros((len(named) + 1, weeks), dtype=np.int64)
    whole = week < weeks
    np.add.at(weekly, (rows[whole], week[whole]), 1)
    return Triggers((*named, ""), weekly, _activity(watched, place))


def _last_actions(watched: Watched, handed: Sequence[LedgerFact]) -> list[str | None]:
    """The kind of each lead's last own event before its hand-over; None without one."""
    store, reading = watched.store, watched.champion.model.spec.events
    asked = pa.table(
        {
            "row": pa.array(range(len(handed)), pa.int64()),
            "lead_id": pa.array([fact.lead_id for fact in handed], pa.string()),
            "night": pa.array([day_number(fact.as_of) for fact in handed], pa.int32()),
            "last": pa.array(
                [day_number(fact.requested_on or fact.as_of) for fact in handed], pa.int32()
            ),
        }
    )
    store.connection.register("asked_hand_overs", asked)
    try:
        found = store.query(f"""
            WITH named AS (
                SELECT lead, day, known_day, occurred_at, {kind_name(store, reading)} AS kind
                FROM events
            )
            SELECT a.row, max({{'at': n.occurred_at, 'kind': n.kind}}) AS newest
            FROM asked_hand_overs a JOIN leads l USING (lead_id)
            JOIN named n ON n.lead = l.lead AND n.kind IS NOT NULL
                AND n.known_day < a.night AND n.day < a.night AND n.day <= a.last
            GROUP BY a.row
        """)
    finally:
        store.connection.unregister("asked_hand_overs")
    kinds = {row["row"]: row["newest"]["kind"] for row in found.to_pylist()}
    return [kinds.get(row) for row in range(len(handed))]


def _activity(watched: Watched, place: dict[str, int]) -> NDArray[np.float64]:
    """(actions + 1, weeks) leads by what they did in a week; the last row is all other kinds."""
    store, reading = watched.store, watched.champion.model.spec.events
    found = store.query(
        f"""
        WITH named AS (
            SELECT lead, day, {kind_name(store, reading)} AS kind FROM events
            WHERE day < $until AND known_day < $until
        )
        SELECT kind, (($until - 1 - day) // 7)::INTEGER AS ago, count(DISTINCT lead) AS leads
        FROM named WHERE kind IS NOT NULL AND $until - 1 - day < {7 * _WEEKS} GROUP BY ALL
        """,
        {"until": watched.until},
    )
    ago = found["ago"].to_numpy()
    weeks = int(ago.max()) + 1 if len(ago) else 0
    activity = np.zeros((len(place) + 1, weeks))
    rows = np.array([place.get(kind, len(place)) for kind in found["kind"].to_pylist()], dtype=int)
    np.add.at(activity, (rows, weeks - 1 - ago), found["leads"].to_numpy())
    return activity
