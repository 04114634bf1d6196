"""What became of the leads that were handed over so far, by the stage that records it, and of lost
leads that were taken up again.
"""

from dataclasses import dataclass

from features.days import day_number
from features.intake.monthly import first_of
from features.store import STATUSES, Store

_WEEK = 7


@dataclass(frozen=True)
class HandedSoFar:
    """Leads handed over in the newest quarter of whole months.

    Attributes:
        months: Months from January 1970, oldest first.
        stage: The stage that records the hand-over.
        judged: Hand-overs whose horizon is over.
        won: Hand-overs among these whose lead reached the goal within it.
        tossed_a_week: Leads that went on to the next team; None where sales has said nothing.
        accepted: Leads that sales accepted in these months, or None likewise.
        sent_back: Leads that it sent back.
    """

    months: tuple[int, ...]
    stage: str
    judged: int
    won: int
    tossed_a_week: float | None = None
    accepted: int | None = None
    sent_back: int | None = None


@dataclass(frozen=True)
class TakenUpAgain:
    """Leads lost within a year.

    Attributes:
        lost: Number of them.
        again: Leads among these that were opened again.
        won: Leads among these that were then won.
    """

    lost: int
    again: int
    won: int


def handed_so_far(
    store: Store, stage: str, months: tuple[int, ...], *, goal: str, horizon_days: int
) -> HandedSoFar | None:
    """Count what became of hand-overs; None without any month.

    Args:
        store: Store that holds the leads.
        stage: Stage at which leads are handed over.
        months: Months from January 1970, oldest first.
        goal: ``won`` or a stage.
        horizon_days: Days within which the goal counts: the day of the hand-over is the first.
    """
    if not months:
        return None
    day = f"s{store.stages.index(stage)}_day"
    reached = (
        "CASE WHEN won THEN closed_day END" if goal == "won" else f"s{store.stages.index(goal)}_day"
    )
    first, end = day_number(first_of(months[0])), day_number(first_of(months[-1] + 1))
    judged, won = store.connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {reached} - {day} BETWEEN 0 AND ?)"
        f" FROM episodes WHERE {day} >= ? AND {day} < ? AND {day} + ? <= ?",
        [horizon_days - 1, first, end, horizon_days, store.observed_day],
    ).fetchall()[0]
    said = dict(
        store.connection.execute(
            f"SELECT meaning, count(DISTINCT lead) FROM {STATUSES}"
            " WHERE known_day >= ? AND known_day < ? GROUP BY meaning",
            [first, end],
        ).fetchall()
    )
    if not said:
        return HandedSoFar(months, stage, judged, won)
    return HandedSoFar(
        months,
        stage,
        judged,
        won,
        tossed_a_week=_WEEK * said.get("toss-up", 0) / (end - first),
        accepted=said.get("accepted", 0),
        sent_back=said.get("sent back", 0),
    )


def taken_up_again(store: Store, *, since: int, until: int) -> TakenUpAgain:
    """Count the leads that were lost in a time and opened again, and what came of them.

    Args:
        store: Store that holds the leads.
        since: Local day of the first losses that count.
        until: Local day before which they were lost.
    """
    lost, again, won = store.connection.execute(
        "SELECT count(DISTINCT e.lead), count(DISTINCT n.lead),"
        " count(DISTINCT n.lead) FILTER (WHERE n.won) FROM episodes e"
        " LEFT JOIN episodes n ON n.lead = e.lead AND n.episode = e.episode + 1"
        " WHERE e.won = false AND e.closed_day >= ? AND e.closed_day < ?",
        [since, until],
    ).fetchall()[0]
    return TakenUpAgain(lost, again, won)
