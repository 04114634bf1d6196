"""The lists that people work from in the morning, and who is on which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from propensity.grading.hand_over import HANDED_OVER, HELD
from propensity.grading.overrides import episode_key
from propensity.scoring.scored_file import nth_reason

#: How old the newest known contact may be in the ordinary course of things.
_ORDINARY = timedelta(days=1)

ListName = Literal["late", "due", "new", "held", "cooled", "sent_back", "recycle"]
#: The lists, in the order of what to do first.
LISTS: tuple[ListName, ...] = ("late", "due", "new", "held", "cooled", "sent_back", "recycle")
#: Columns of a scored table that lists are made of, besides those that are carried.
READ = (
    "lead_id",
    "episode",
    "probability",
    "probability_low",
    "probability_high",
    "rank",
    "grade",
    "decided_by",
    "instruction",
    "owner",
    "respond_by",
    "handed_over_on",
    "sent_back_on",
    "topic",
    "reasons_for",
    "ask",
)
#: What comes first in a list.
_ORDER: Mapping[ListName, tuple[str, ...]] = {
    "late": ("respond_by", "rank"),
    "due": ("respond_by", "rank"),
    "new": ("respond_by", "rank"),
    "held": ("handed_over_on", "rank"),
    "cooled": ("handed_over_on", "rank"),
    "sent_back": ("since", "rank"),
    "recycle": ("since", "lead_id"),
}


@dataclass(frozen=True)
class Morning:
    """A night, as the morning after sees it.

    Attributes:
        night: The day whose start was looked at.
        start: Its start, UTC.
        timezone: Time zone in which times are told.
        language: Language of everything that is told.
        worked_on: Lead and episode of those with whom sales did something since the hand-over; None
            where no event of sales is recorded, so that nobody knows.
        roles: Key of each role to what the company calls it.
        returns_to: What the role is called that takes back what sales gave back; None where nobody
            is agreed on.
        contacts_until: Moment up to which contacts are known, UTC; None where that is not before
            the start of the night.
        person: Carried column with the salesperson; None where lists are not grouped by one.
        labels: What the company calls its columns.
    """

    night: date
    start: datetime
    timezone: str
    language: str
    worked_on: set[tuple[str, int]] | None
    roles: Mapping[str, str] = field(default_factory=dict)
    returns_to: str | None = None
    contacts_until: datetime | None = None
    person: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def knows_attempts(self) -> bool:
        """Whether anybody knows with whom sales did something."""
        return self.worked_on is not None

    @property
    def known_until(self) -> datetime:
        """Moment up to which somebody knows whether a deadline was kept, UTC."""
        return min(self.start, self.contacts_until or self.start)

    @property
    def is_behind(self) -> bool:
        """Whether contacts are known for less than in the ordinary course of things."""
        return self.knows_attempts and self.start - self.known_until > _ORDINARY


@dataclass(frozen=True)
class ListedLead:
    """A lead that stands on a list for a reason of its own, scored tonight or not.

    Attributes:
        lead_id: Identifier as in the source.
        episode: Number of the episode.
        why: What is to be done with it, and because of what: one sentence.
        whom: What the role is called that has it to do; None where nobody is agreed on.
        since: Day since which it is due.
    """

    lead_id: str
    episode: int
    why: str
    whom: str | None
    since: date


def lists_of(
    scored: pa.Table,
    morning: Morning,
    carried: Sequence[str],
    *,
    recycle: Sequence[ListedLead] = (),
    known: pa.Table | None = None,
) -> dict[ListName, pa.Table]:
    """The lists of a morning, each sorted by what to do first.

    *Late*: the deadline has ended, and nobody did anything; empty where nobody knows. *Due*: it
    ends today, or ended after what is known of contacts. *New*: handed over tonight. *Held*: handed
    over once, and people hold it. *Cooled*: handed over once, and neither over the line nor asking
    any more. *Sent back*: over the line, but sales gave it back, so that nobody has it.
    *Recycle*: lost once, and to be approached anew.

    Args:
        scored: Columns ``READ`` and those carried, of every lead that was handed over and scored.
        morning: The morning.
        carried: Columns of the company that every list holds.
        recycle: Leads that are to be approached anew.
        known: ``lead_id`` and the carried columns of those; None where nothing is known of them.

    Returns:
        Name of the list to its rows: ``lead_id``, ``episode``, the carried columns, ``grade``,
        ``probability``, ``probability_low``, ``probability_high``, ``instruction``, ``owner``,
        ``respond_by``, ``hours_late``, ``handed_over_on``, ``is_new``, ``topic``, ``reason_1``,
        ``reason_2``, ``ask``.
    """
    handed = scored.filter(scored["handed_over_on"].is_valid()).combine_chunks()
    on, due = handed["handed_over_on"], handed["respond_by"]
    is_over = pc.is_in(handed["decided_by"], value_set=pa.array(HANDED_OVER))
    is_back = handed["sent_back_on"].is_valid()
    is_held = pc.equal(handed["decided_by"], HELD)
    open_ = pc.and_(pc.and_not(is_over, is_back), _untouched(handed, morning))
    end = morning.start + timedelta(days=1)
    has_ended = pc.fill_null(pc.less(due, _moment(morning.known_until)), False)
    ends_today = pc.fill_null(pc.less(due, _moment(end)), False)
    chosen: Mapping[ListName, pa.ChunkedArray] = {
        "late": pc.and_(pc.and_(open_, has_ended), morning.knows_attempts),
        "due": pc.and_(pc.and_(open_, ends_today), pc.invert(has_ended)),
        "new": pc.equal(on, pa.scalar(morning.night, pa.date32())),
        "held": pc.and_not(is_held, is_back),
        "cooled": pc.invert(pc.or_(pc.or_(is_over, is_back), is_held)),
        "sent_back": pc.and_(is_over, is_back),
    }
    found = {
        name: _rows(handed.filter(holds), name, morning, carried) for name, holds in chosen.items()
    }
    return {**found, "recycle": _recycled(recycle, known, carried)}


def _moment(moment: datetime) -> pa.Scalar:
    return pa.scalar(moment, pa.timestamp("us", tz="UTC"))


def _untouched(handed: pa.Table, morning: Morning) -> pa.Array:
    """(n,) whether nobody is known to have done anything with the lead since the hand-over."""
    worked = list(morning.worked_on or ())
    known = episode_key(
        pa.array([lead for lead, _ in worked], pa.string()),
        pa.array([episode for _, episode in worked], pa.int32()),
    )
    return pc.invert(pc.is_in(_keys(handed), value_set=known))


def _keys(rows: pa.Table) -> pa.Array:
    return episode_key(rows["lead_id"].combine_chunks(), rows["episode"].combine_chunks())


def _rows(handed: pa.Table, name: ListName, morning: Morning, carried: Sequence[str]) -> pa.Table:
    since = handed["sent_back_on"] if name == "sent_back" else handed["handed_over_on"]
    rows = handed.append_column("since", since)
    rows = rows.sort_by([(column, "ascending") for column in _ORDER[name]]).combine_chunks()
    reasons = rows["reasons_for"].combine_chunks()
    owner = rows["owner"]
    if morning.returns_to is not None and name == "sent_back":
        owner = pc.fill_null(owner, morning.returns_to)
    late = pc.subtract(_moment(morning.known_until), rows["respond_by"]).cast(pa.int64())
    hours = pc.divide(late.cast(pa.float64()), 3_600_000_000.0)
    is_new = pc.equal(rows["handed_over_on"], pa.scalar(morning.night, pa.date32()))
    columns = {
        "lead_id": rows["lead_id"],
        "episode": rows["episode"],
        **{column: rows[column] for column in carried},
        "grade": rows["grade"],
        "probability": rows["probability"],
        "probability_low": rows["probability_low"],
        "probability_high": rows["probability_high"],
        "instruction": rows["instruction"],
        "owner": owner,
        "respond_by": rows["respond_by"],
        "hours_late": pc.if_else(pc.greater(hours, 0.0), pc.round(hours, 1), None),
        "handed_over_on": rows["handed_over_on"],
        "is_new": is_new,
        "topic": rows["topic"],
        "reason_1": nth_reason(reasons, 0),
        "reason_2": nth_reason(reasons, 1),
        "ask": rows["ask"],
    }
    return pa.table(columns)


def _recycled(
    leads: Sequence[ListedLead], known: pa.Table | None, carried: Sequence[str]
) -> pa.Table:
    """Rows of leads that are not scored: what is known of them, and what is to be done."""
    sorted_ = sorted(leads, key=lambda lead: (lead.since, lead.lead_id, lead.episode))
    n, ids = len(sorted_), pa.array([lead.lead_id for lead in sorted_], pa.string())
    place = None
    if known is not None:  # a table without rows is false
        place = pc.index_in(ids, value_set=known["lead_id"].combine_chunks())
    texts = pa.nulls(n, pa.string())
    return pa.table(
        {
            "lead_id": ids,
            "episode": pa.array([lead.episode for lead in sorted_], pa.int32()),
            **{
                name: known[name].combine_chunks().take(place).cast(pa.string())
                if known is not None and name in known.column_names
                else texts
                for name in carried
            },
            "grade": texts,
            "probability": pa.nulls(n, pa.float64()),
            "probability_low": pa.nulls(n, pa.float64()),
            "probability_high": pa.nulls(n, pa.float64()),
            "instruction": pa.array([lead.why for lead in sorted_], pa.string()),
            "owner": pa.array([lead.whom for lead in sorted_], pa.string()),
            "respond_by": pa.nulls(n, pa.timestamp("us", tz="UTC")),
            "hours_late": pa.nulls(n, pa.float64()),
            "handed_over_on": pa.nulls(n, pa.date32()),
            "is_new": pa.array([False] * n, pa.bool_()),
            "topic": texts,
            "reason_1": texts,
            "reason_2": texts,
            "ask": texts,
        }
    )
