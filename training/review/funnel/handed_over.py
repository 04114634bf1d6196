"""Leads that marketing handed over, when, and what sales then did: the bounds of what the sources
know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.behaviour import event_types_of
from features.spec import EventReading
from features.sql import quote_literal
from features.store import STAGE_MOMENTS, Store
from features.zone import midnight_of
from propensity.definition.business_hours import Deadlines, Span

#: Hand-overs whose deadlines are worked out; of more, so many are drawn.
MOST = 20_000
_MINUTE = 60_000_000
#: Open minutes of a business day, at the very least, for how far the calendar has to reach.
_SHORTEST_DAY = 30
#: Microseconds of a moment that never comes.
NEVER = np.int64(2**62)

Moments = NDArray[np.int64]


@dataclass(frozen=True)
class HandedOver:
    """k leads (episodes) that became MQLs, oldest first.

    Moments are microseconds since 1970, UTC. Where only the day is known, the hand-over lies
    between two midnights.

    Attributes:
        lead: (k,) store numbers.
        episode: (k,) numbers of the episodes.
        day: (k,) local days.
        early: (k,) first moment at which it may have been.
        late: (k,) last moment.
        ended: (k,) first moment at which the lead became an opportunity or was closed; ``NEVER``
            where it was not.
        all: Hand-overs there are, of which these may be a random part.
    """

    lead: NDArray[np.int32]
    episode: NDArray[np.int32]
    day: NDArray[np.int32]
    early: Moments
    late: Moments
    ended: Moments
    all: int

    def __len__(self) -> int:
        return len(self.lead)

    @property
    def rows(self) -> pa.Table:
        """For rules: what was known at the end of the day of the hand-over."""
        return pa.table(
            {
                "lead": self.lead,
                "episode": self.episode,
                "as_of_day": (self.day + 1).astype(np.int32),
            }
        )


@dataclass(frozen=True)
class Contacts:
    """What sales did after each of k hand-overs, at best and at least.

    Attributes:
        row: (m,) place of the hand-over, ascending.
        early: (m,) first moment at which the contact may have been.
        late: (m,) last moment.
        kind: (m,) place among the kinds of contact asked for.
        recorded: Kinds that some type of event is of.
    """

    row: NDArray[np.int32]
    early: Moments
    late: Moments
    kind: NDArray[np.int8]
    recorded: frozenset[int] = frozenset()


def handed_over(
    store: Store, stage: str, *, ending: str | None, first_day: int, seed: int = 0
) -> HandedOver:
    """The leads that reached a stage, from a day on until "observed until".

    Args:
        store: Store that holds the leads.
        stage: Stage at which marketing hands over.
        ending: Stage after which no further attempt is owed; None for the close alone.
        first_day: Local day of the first hand-overs.
        seed: Seed of the drawing.
    """
    number = store.stages.index(stage)
    zone = store.timezone
    opened = f"e.s{store.stages.index(ending)}_day" if ending else "CAST(NULL AS INTEGER)"
    found = store.query(f"""
        WITH handed AS (
            SELECT e.lead, e.episode, e.s{number}_day AS day, m.reached_at AS reached,
                   {midnight_of(f"e.s{number}_day", zone)} AS began,
                   {midnight_of(f"e.s{number}_day + 1", zone)} AS over,
                   least(e.closed_at, {midnight_of(opened, zone)}) AS ended
            FROM episodes e
            LEFT JOIN {STAGE_MOMENTS} m ON m.lead = e.lead AND m.episode = e.episode
                AND m.stage = {number}
            WHERE e.s{number}_day >= {first_day} AND e.s{number}_day < {store.observed_day}
        )
        SELECT lead, episode, day, epoch_us(coalesce(reached, began)) AS early,
               epoch_us(CASE WHEN coalesce(reached, began) = began THEN over
                   ELSE reached END) AS late,
               epoch_us(ended) AS ended
        FROM handed ORDER BY day, lead, episode
    """)
    every = found.num_rows
    if every > MOST:
        drawn = np.random.default_rng(seed).choice(every, size=MOST, replace=False)
        found = found.take(pa.array(np.sort(drawn)))
    return HandedOver(
        lead=found["lead"].to_numpy().astype(np.int32),
        episode=found["episode"].to_numpy().astype(np.int32),
        day=found["day"].to_numpy().astype(np.int32),
        early=found["early"].to_numpy().astype(np.int64),
        late=found["late"].to_numpy().astype(np.int64),
        ended=found["ended"].fill_null(int(NEVER)).to_numpy().astype(np.int64),
        all=every,
    )


def contacts(
    store: Store, reading: EventReading, handed: HandedOver, kinds: Sequence[tuple[str, ...]]
) -> Contacts:
    """What sales did at or after each hand-over.

    Args:
        store: Store that holds the events.
        reading: Who acts in which event.
        handed: The hand-overs.
        kinds: Patterns of event types of each kind that is asked for; what matches none is of the
            kind ``len(kinds)``.
    """
    types = event_types_of(store, "sales", reading.actors)
    code = {name: _kind(name, kinds) for name in types}
    if not types or not len(handed):
        none = np.zeros(0, dtype=np.int64)
        return Contacts(
            none.astype(np.int32), none, none, none.astype(np.int8), frozenset(code.values())
        )
    cases = " ".join(f"WHEN {quote_literal(name)} THEN {place}" for name, place in code.items())
    listed = ", ".join(map(quote_literal, types))
    asked = pa.table(
        {"lead": handed.lead, "row": np.arange(len(handed), dtype=np.int32), "since": handed.early}
    )
    zone = store.timezone
    store.connection.register("handed_over", asked)
    try:
        found = store.query(f"""
            WITH acted AS (
                SELECT h.row, h.since, e.occurred_at, {midnight_of("e.day", zone)} AS began,
                       {midnight_of("e.day + 1", zone)} AS over,
                       CASE e.event_type {cases} END AS kind
                FROM handed_over h JOIN events e USING (lead)
                WHERE e.event_type IN ({listed}) AND e.day < {store.observed_day}
            )
            SELECT row, epoch_us(occurred_at) AS early,
                   epoch_us(CASE WHEN occurred_at = began THEN over ELSE occurred_at END) AS late,
                       kind
            FROM acted
            WHERE epoch_us(CASE WHEN occurred_at = began THEN over ELSE occurred_at END) >= since
            ORDER BY row, early
        """)
    finally:
        store.connection.unregister("handed_over")
    return Contacts(
        row=found["row"].to_numpy().astype(np.int32),
        early=found["early"].to_numpy().astype(np.int64),
        late=found["late"].to_numpy().astype(np.int64),
        kind=found["kind"].to_numpy().astype(np.int8),
        recorded=frozenset(code.values()),
    )


def due(deadlines: Deadlines, starts: Moments, spans: Sequence[Span | None]) -> Moments:
    """(k,) moments at which spans of business time that start at moments are over.

    ``NEVER`` for no span.

    The same as ``Deadlines.due``, for all starts at once.

    Args:
        deadlines: Deadlines of the calendar.
        starts: (k,) microseconds since 1970.
        spans: (k,) how long.
    """
    found = np.full(len(starts), NEVER)
    asked = [span for span in dict.fromkeys(spans) if span is not None]
    if not len(starts) or not asked:
        return found
    longest = max(span.days + span.minutes // _SHORTEST_DAY + 1 for span in asked)
    hours = _hours(deadlines, int(starts.min()), int(starts.max()), more=longest)
    for span in asked:
        own = np.array([other == span for other in spans], dtype=np.bool_)
        found[own] = (
            hours.close_of(starts[own], span.days)
            if span.days
            else hours.after(starts[own], span.minutes)
        )
    return found


@dataclass(frozen=True)
class _Hours:
    """Open hours, oldest first, in microseconds.

    (h,) from and to, and (d,) the close of each business day.
    """

    opens: Moments
    closes: Moments
    days: Moments

    def close_of(self, starts: Moments, days: int) -> Moments:
        """The close of the business day so many days on, the one on which the clock starts
        included.
        """
        return self.days[np.searchsorted(self.days, starts, side="right") + days - 1]

    def after(self, starts: Moments, minutes: int) -> Moments:
        """The moment at which so many open minutes are over."""
        length = self.closes - self.opens
        before = np.concatenate([[0], np.cumsum(length)])
        place = np.searchsorted(self.opens, starts, side="right") - 1
        gone = np.where(place >= 0, np.clip(starts - self.opens[place], 0, length[place]), 0)
        target = before[np.maximum(place, 0)] + gone + minutes * _MINUTE
        ends = np.searchsorted(before[1:], target, side="left")
        found: Moments = self.opens[ends] + target - before[ends]
        return found


def _hours(deadlines: Deadlines, first: int, last: int, *, more: int) -> _Hours:
    """Open hours from one moment to another, and of so many business days more."""
    opens, closes, days = [], [], []
    for day in deadlines.openings(datetime.fromtimestamp(first / 1e6, UTC)):
        opens += [_micros(start) for start, _ in day]
        closes += [_micros(end) for _, end in day]
        days.append(closes[-1])
        more -= days[-1] > last
        if more < 0:
            break
    return _Hours(*(np.array(moments, dtype=np.int64) for moments in (opens, closes, days)))


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6)


def _kind(event_type: str, kinds: Sequence[tuple[str, ...]]) -> int:
    matching = (
        place
        for place, patterns in enumerate(kinds)
        if any(fnmatchcase(event_type, p) for p in patterns)
    )
    return next(matching, len(kinds))


def counted(
    contacts: Contacts, handed: HandedOver, by: Moments, kind: int, *, surely: bool
) -> NDArray[np.int64]:
    """(k,) contacts of a kind between each hand-over and a moment.

    Args:
        contacts: Contacts after the hand-overs.
        handed: The hand-overs.
        by: (k,) the moments.
        kind: Which; -1 for all.
        surely: Only those that lie between for certain; else all that may.
    """
    at = contacts.row
    if surely:
        inside = (contacts.early >= handed.late[at]) & (contacts.late <= by[at])
    else:
        inside = (contacts.late >= handed.early[at]) & (contacts.early <= by[at])
    if kind >= 0:
        inside &= contacts.kind == kind
    return np.bincount(at[inside], minlength=len(handed))


#: Kinds of contact that promises count, and the name of their number in a promise.
KINDS: Mapping[str, int] = {"calls": 0, "mails": 1}
