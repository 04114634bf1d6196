"""Whether a ledger can be: every state reachable, nothing twice."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from propensity.ledger.ledger import LedgerFact, Night

#: How the detail of a hold begins.
_HOLD = "hold: "


def wrong_facts(facts: Sequence[LedgerFact], nights: Sequence[Night]) -> list[str]:
    """What cannot be, one sentence each, without the names of leads.

    A lead is handed over again only after a new request, or after it had cooled or was gone; it
    cools only after a hand-over and not in the night in which it is held, and sales says something
    of it only then; the line is entered and left in turns; deadlines lie after their hand-over; a
    loss is due to be recycled once; every fact belongs to a night, and a night counts its
    hand-overs.

    Args:
        facts: All facts, as ``Ledger.facts`` returns them.
        nights: All nights.
    """
    known = {night.as_of for night in nights}
    found = [
        f"{fact.as_of}: {fact.kind}, of a night that was not recorded"
        for fact in facts
        if fact.as_of not in known
    ]
    for _, course in groupby(facts, key=lambda fact: (fact.lead_id, fact.episode)):
        found += _of_one(sorted(course, key=lambda fact: (fact.as_of, fact.kind != "left")))
    for night in nights:
        count = sum(fact.kind == "handed over" and fact.as_of == night.as_of for fact in facts)
        if count != night.handed_over:
            found.append(f"{night.as_of}: {night.handed_over} hand-overs told, {count} recorded")
    return found


def _of_one(course: Sequence[LedgerFact]) -> Iterator[str]:
    is_over = is_mql = was_over = False
    requested: date | None = None
    due = [fact for fact in course if fact.kind in ("recycled", "recycle control")]
    yield from (f"{fact.as_of}: {fact.kind}, of a loss that was due before" for fact in due[1:])
    held = {
        fact.as_of for fact in course if fact.kind == "overridden" and fact.detail.startswith(_HOLD)
    }
    for fact in course:
        match fact.kind:
            case "handed over":
                is_newer = fact.requested_on is not None and (
                    requested is None or fact.requested_on > requested
                )
                if is_over and not is_newer:
                    yield f"{fact.as_of}: handed over again without a new request or crossing"
                if fact.respond_by is not None and fact.respond_by < fact.happened_at:
                    yield f"{fact.as_of}: a deadline before its hand-over"
                is_over = was_over = True
                requested = max(filter(None, (requested, fact.requested_on)), default=None)
            case "cooled" | "gone":
                if not is_over:
                    yield f"{fact.as_of}: {fact.kind} without a hand-over"
                if fact.kind == "cooled" and fact.as_of in held:
                    yield f"{fact.as_of}: cooled in the night in which it was held"
                is_over = False
            case "accepted" | "sent back" | "toss-up":
                if not was_over:
                    yield f"{fact.as_of}: {fact.kind} without a hand-over"
            case "entered" | "left":
                if is_mql == (fact.kind == "entered"):
                    yield f"{fact.as_of}: {fact.kind} the line twice"
                is_mql = fact.kind == "entered"
            case _:
                pass
