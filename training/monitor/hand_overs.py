"""The hand-overs of the ledger, and what sales said of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import day_number, midnight_utc
from propensity.ledger.ledger import LedgerFact
from propensity.ledger.tables import Kind
from training.learn.rows.run import Run
from training.monitor.looks import outcomes_of
from training.monitor.watched import Watched
from training.review.funnel.cohorts import stage_names
from training.review.funnel.handed_over import NEVER, HandedOver, Moments
from training.review.funnel.promise_judge import PromiseJudge

#: What sales may have said of a lead that it was given; nothing for none of it.
STATUSES = ("accepted", "toss-up", "sent back", "closed", "")
_CLOSING: Mapping[Kind, str] = {
    "accepted": "accepted",
    "toss-up": "toss-up",
    "sent back": "sent back",
    "closed": "closed",
}
#: After one of these nobody is waiting for sales any more.
_TOUCHING: tuple[Kind, ...] = ("attempt", "accepted", "toss-up", "sent back", "closed", "gone")


@dataclass(frozen=True)
class LedgerHandOvers:
    """k hand-overs of the ledger whose leads are in the sources, oldest first.

    Attributes:
        facts: (k,) what the ledger holds of each.
        day: (k,) day numbers of their nights.
        judge: What was kept of the promises of sales.
        touched: (k,) whether sales did or said anything since, or the lead is gone, as the ledger
            knows.
        status: (k,) place in ``STATUSES``: the newest thing that sales said since.
        hours: (k,) hours between the earliest moment at which the lead can have asked or crossed,
            and the hand-over; NaN where the ledger does not know.
        unknown: Hand-overs whose lead is not in the sources any more.
    """

    facts: tuple[LedgerFact, ...]
    day: NDArray[np.int32]
    judge: PromiseJudge
    touched: NDArray[np.bool_]
    status: NDArray[np.int8]
    hours: NDArray[np.float64]
    unknown: int

    def __len__(self) -> int:
        return len(self.facts)

    @property
    def is_mql(self) -> NDArray[np.bool_]:
        """(k,) whether marketing handed the lead over: an MQL, or one that asked."""
        return np.array(
            [fact.handed_over_as in ("MQL", "hand-raiser") for fact in self.facts], dtype=np.bool_
        )


def ledger_hand_overs(watched: Watched, *, since: date) -> LedgerHandOvers:
    """The hand-overs from a day on, of all pairs.

    Args:
        watched: The nights and the sources.
        since: First day.
    """
    all_of_them = sorted(
        (fact for fact in watched.facts if fact.kind == "handed over" and fact.as_of >= since),
        key=lambda fact: (fact.as_of, fact.lead_id, fact.episode),
    )
    asked = pa.table(
        {
            "lead_id": pa.array([fact.lead_id for fact in all_of_them], pa.string()),
            "episode": pa.array([fact.episode for fact in all_of_them], pa.int32()),
        }
    )
    lead = outcomes_of(watched, asked)["lead"]
    known = lead.is_valid().to_pylist()
    facts = tuple(fact for fact, is_known in zip(all_of_them, known, strict=True) if is_known)
    handed = _handed_over(watched, facts, lead.drop_null().to_numpy().astype(np.int32))
    courses = _courses(watched.facts, {(fact.lead_id, fact.episode) for fact in facts})
    after = [_after(fact, courses[fact.lead_id, fact.episode]) for fact in facts]
    return LedgerHandOvers(
        facts=facts,
        day=handed.day,
        judge=PromiseJudge(
            Run(watched.config, watched.store),
            watched.definition,
            handed,
            contact_by=_deadlines(facts),
            until=_micros(midnight_utc(watched.until, watched.store.timezone)),
        ),
        touched=np.array(
            [any(fact.kind in _TOUCHING for fact in course) for course in after], dtype=np.bool_
        ),
        status=np.array([_status(course) for course in after], dtype=np.int8),
        hours=_hours(watched, facts, courses),
        unknown=len(all_of_them) - len(facts),
    )


def _handed_over(
    watched: Watched, facts: Sequence[LedgerFact], lead: NDArray[np.int32]
) -> HandedOver:
    moment = np.array([_micros(fact.happened_at) for fact in facts], dtype=np.int64)
    return HandedOver(
        lead=lead,
        episode=np.array([fact.episode for fact in facts], dtype=np.int32),
        day=np.array([day_number(fact.as_of) for fact in facts], dtype=np.int32),
        early=moment,
        late=moment,
        ended=_ended(watched, facts, lead),
        all=len(facts),
    )


def _ended(watched: Watched, facts: Sequence[LedgerFact], lead: NDArray[np.int32]) -> Moments:
    """(k,) the moment from which no further attempt is owed: an opportunity, or the close."""
    store = watched.store
    stage = stage_names(Run(watched.config, store)).get("opportunity")
    opened = f"e.s{store.stages.index(stage)}_day" if stage else "NULL"
    rows = pa.table(
        {
            "row": pa.array(np.arange(len(facts)), pa.int64()),
            "lead": pa.array(lead, pa.int32()),
            "episode": pa.array([fact.episode for fact in facts], pa.int32()),
        }
    )
    store.connection.register("ledger_hand_overs", rows)
    try:
        found = store.query(f"""
            SELECT epoch_us(e.closed_at) AS closed, CAST({opened} AS INTEGER) AS opened
            FROM ledger_hand_overs h JOIN episodes e USING (lead, episode) ORDER BY h.row
        """)
    finally:
        store.connection.unregister("ledger_hand_overs")
    zone = store.timezone
    started = [
        int(NEVER) if day is None else _micros(midnight_utc(day, zone))
        for day in found["opened"].to_pylist()
    ]
    closed = found["closed"].fill_null(int(NEVER)).to_numpy().astype(np.int64)
    ended: Moments = np.minimum(np.array(started, dtype=np.int64), closed)
    return ended


def _deadlines(facts: Sequence[LedgerFact]) -> Moments:
    given = [fact.respond_by for fact in facts]
    return np.array(
        [int(NEVER) if moment is None else _micros(moment) for moment in given], dtype=np.int64
    )


def _courses(
    facts: Sequence[LedgerFact], wanted: set[tuple[str, int]]
) -> dict[tuple[str, int], list[LedgerFact]]:
    """Each wanted episode's facts, in the order of their moments."""
    found: dict[tuple[str, int], list[LedgerFact]] = {key: [] for key in wanted}
    for fact in facts:
        if (fact.lead_id, fact.episode) in found:
            found[fact.lead_id, fact.episode].append(fact)
    return found


def _after(handed: LedgerFact, course: Sequence[LedgerFact]) -> list[LedgerFact]:
    """What happened after a hand-over, and before the lead was handed over anew."""
    again = min(
        (fact.happened_at for fact in course if _is_later_hand_over(fact, handed)),
        default=datetime.max,
    )
    return [fact for fact in course if handed.happened_at <= fact.happened_at < again]


def _is_later_hand_over(fact: LedgerFact, handed: LedgerFact) -> bool:
    return fact.kind == "handed over" and fact.happened_at > handed.happened_at


def _status(course: Sequence[LedgerFact]) -> int:
    said = [_CLOSING[fact.kind] for fact in course if fact.kind in _CLOSING]
    return STATUSES.index(said[-1] if said else "")


def _hours(
    watched: Watched,
    facts: Sequence[LedgerFact],
    courses: Mapping[tuple[str, int], Sequence[LedgerFact]],
) -> NDArray[np.float64]:
    """(k,) hours from the earliest moment at which a lead can have asked or crossed: the start of
    the day on which it asked, or the night before the one that saw it over the line.
    """
    nights = [night.as_of for night in watched.nights]
    before = dict(zip(nights[1:], nights[:-1], strict=True))
    found = np.full(len(facts), np.nan)
    for place, fact in enumerate(facts):
        start = fact.requested_on
        if fact.handed_over_as == "MQL":
            entered = [
                each.as_of
                for each in courses[fact.lead_id, fact.episode]
                if each.kind == "entered" and each.as_of <= fact.as_of
            ]
            start = before.get(max(entered, default=fact.as_of))
        if start is not None:
            found[place] = (fact.as_of - start) / timedelta(hours=1)
    return found


def _micros(moment: datetime) -> int:
    utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(utc.timestamp() * 1e6)
