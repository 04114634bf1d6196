"""What is true of leads before a night, as queries over the facts."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import pyarrow as pa
from sqlalchemy import Select, case, func, select

from features.settings import StatusMeaning
from propensity.grading.memory import REMEMBERED
from propensity.ledger.tables import FACTS, Kind

#: Facts that say what sales said of a lead.
SAID: tuple[StatusMeaning, ...] = ("accepted", "sent back", "toss-up")


class LedgerStatus(NamedTuple):
    """What sales said of a lead's episode.

    Attributes:
        lead_id: Identifier of the lead.
        episode: Number of the episode.
        as_of: The night that learned it.
        said_at: The moment, UTC without a zone.
        meaning: Taken, given back or passed on.
        because: Why it was sent back; else empty.
    """

    lead_id: str
    episode: int
    as_of: date
    said_at: datetime
    meaning: StatusMeaning
    because: str


def standing(model: str, night: date) -> Select[Any]:
    """Each episode that is over the line, or was handed over, as it was before a night; columns as
    in ``REMEMBERED``.
    """

    def last(*kinds: Kind) -> Any:  # noqa: ANN401 — a column of SQLAlchemy
        return func.max(case((FACTS.c.kind.in_(kinds), FACTS.c.as_of)))

    mine = (FACTS.c.model == model, FACTS.c.as_of < night)
    kinds: tuple[Kind, ...] = ("handed over", "entered", "left", "cooled", "gone")
    ever = (
        select(
            FACTS.c.lead_id,
            FACTS.c.episode,
            last("handed over").label("handed"),
            last("entered").label("entered"),
            last("left").label("left"),
            last("cooled", "gone").label("cooled"),
            func.max(FACTS.c.requested_on).label("requested"),
        )
        .where(*mine, FACTS.c.kind.in_(kinds))
        .group_by(FACTS.c.lead_id, FACTS.c.episode)
        .subquery()
    )
    over = FACTS.alias()
    is_mql = func.coalesce(ever.c.entered > func.coalesce(ever.c.left, date.min), False)
    return (
        select(
            ever.c.lead_id,
            ever.c.episode,
            is_mql.label("is_mql"),
            case((is_mql, ever.c.entered)).label("mql_since"),
            ever.c.handed.label("handed_over_on"),
            over.c.handed_over_as,
            over.c.owner,
            over.c.respond_by,
            ever.c.requested.label("requested_on"),
            case((ever.c.cooled > ever.c.handed, ever.c.cooled)).label("cooled_on"),
        )
        .select_from(ever)
        .outerjoin(
            over,
            (over.c.model == model)
            & (over.c.kind == "handed over")
            & (over.c.lead_id == ever.c.lead_id)
            & (over.c.episode == ever.c.episode)
            & (over.c.as_of == ever.c.handed),
        )
        .order_by(ever.c.lead_id, ever.c.episode)
    )


def statuses(model: str, night: date) -> Select[Any]:
    """What sales said of leads, as it was known before a night; columns of ``LedgerStatus``."""
    columns = (
        FACTS.c.lead_id,
        FACTS.c.episode,
        FACTS.c.as_of,
        FACTS.c.happened_at,
        FACTS.c.kind,
        FACTS.c.detail,
    )
    return select(*columns).where(
        FACTS.c.model == model, FACTS.c.as_of < night, FACTS.c.kind.in_(SAID)
    )


def with_statuses(leads: pa.Table, said: Iterable[LedgerStatus]) -> pa.Table:
    """Leads with the newest that sales said of each since its last hand-over.

    Args:
        leads: Columns of ``REMEMBERED``; statuses that they have already count too.
        said: What sales said, in any order.
    """
    newest = sorted(said, key=lambda one: (one.said_at, one.meaning, one.because))
    if not newest:
        return leads
    rows = leads.to_pylist()
    by_key = {(row["lead_id"], row["episode"]): row for row in rows}
    for one in newest:
        row = by_key.get((one.lead_id, one.episode))
        if row is None or row["handed_over_on"] is None or one.as_of <= row["handed_over_on"]:
            continue
        at = one.said_at.replace(tzinfo=UTC)
        if row["status_at"] is None or at >= row["status_at"]:
            row |= {"status": one.meaning, "status_at": at, "status_because": one.because}
    return pa.Table.from_pylist(rows, REMEMBERED)
