"""What became of the leads that were handed over: read from the company's own tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import pyarrow as pa

from features.build.behaviour import event_types_of
from features.days import day_number, midnight_utc
from features.settings import StatusMeaning
from features.spec import EventReading
from features.sql import quote_literal
from features.store import STAGE_MOMENTS, STATUSES, Store
from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.config.funnel_stages import FunnelStep
from propensity.grading.memory import Memory
from propensity.ledger.ledger import LedgerFact
from propensity.ledger.standing import LedgerStatus, with_statuses


def learned(
    store: Store,
    reading: EventReading,
    memory: Memory,
    night: date,
    *,
    stage_meanings: Mapping[str, StatusMeaning],
) -> Iterator[LedgerFact]:
    """Facts that came to be known since the night before, of episodes that were handed over.

    Attempts are the events whose actor is sales, from the start of the day of the hand-over on;
    what sales said is that of the statuses, and of stages that mean the same; stages and closes are
    those of the outcomes.

    Args:
        store: The canonical tables of the night.
        reading: Who acts in which event.
        memory: What the nights before handed over.
        night: The day.
        stage_meanings: Stage to the status that it stands for; see ``stage_meanings``.
    """
    handed = memory.leads.filter(memory.leads["handed_over_on"].is_valid())
    if store.is_flat or not handed.num_rows or memory.as_of is None:
        return
    handed = handed.append_column(
        "since",
        pa.array(
            [
                midnight_utc(day_number(day), store.timezone).replace(tzinfo=None)
                for day in handed["handed_over_on"].to_pylist()
            ],
            pa.timestamp("us"),
        ),
    )
    store.connection.register("handed_over", handed)
    try:
        for query in (_attempts(store, reading), _STATUSES, _stages(store), _CLOSES):
            if not query:
                continue
            found = store.query(
                query, {"after": day_number(memory.as_of), "before": day_number(night)}
            )
            for row in found.to_pylist():
                fact = LedgerFact(as_of=night, **row)
                if fact.kind == "sent back":
                    fact = replace(fact, detail=plain(fact.detail))
                yield fact
                if fact.kind == "stage" and fact.detail in stage_meanings:
                    yield replace(fact, kind=stage_meanings[fact.detail], detail="")
    finally:
        store.connection.unregister("handed_over")


def stage_meanings(config: Config) -> dict[str, StatusMeaning]:
    """Stage to what its time says of a hand-over, where no table of statuses says it."""
    told = config.input.statuses.words if config.input.statuses else {}
    steps: Mapping[FunnelStep, StatusMeaning] = {"sal": "accepted", "toss_up": "toss-up"}
    names = config.review.stages.named(config.input.stages)
    return {
        names[step]: meaning
        for step, meaning in steps.items()
        if step in names and meaning not in told
    }


def with_learned(memory: Memory, facts: Iterable[LedgerFact]) -> Memory:
    """The memory, with what sales is now known to have said of the leads."""
    said = [
        LedgerStatus(
            fact.lead_id, fact.episode, fact.as_of, fact.happened_at, fact.kind, fact.detail
        )
        for fact in facts
        if fact.kind in ("accepted", "sent back", "toss-up")
    ]
    return replace(memory, leads=with_statuses(memory.leads, said))


def _attempts(store: Store, reading: EventReading) -> str:
    theirs = event_types_of(store, "sales", reading.actors)
    if not theirs:
        return ""
    return f"""
        SELECT h.lead_id, h.episode, 'attempt' AS kind, e.occurred_at AS happened_at,
            e.event_type AS detail
        FROM handed_over h JOIN leads l USING (lead_id)
        JOIN events e ON e.lead = l.lead AND e.occurred_at >= h.since
            AND e.known_day >= $after AND e.known_day < $before
            AND e.event_type IN ({", ".join(map(quote_literal, theirs))})
        JOIN episodes p ON p.lead = l.lead AND p.episode = h.episode
            AND (p.closed_at IS NULL OR e.occurred_at <= p.closed_at)
        GROUP BY ALL ORDER BY ALL
    """


def _stages(store: Store) -> str:
    if not store.stages:
        return ""
    names = "[" + ", ".join(map(quote_literal, store.stages)) + "]"
    days = "[" + ", ".join(f"p.s{i}_day" for i in range(len(store.stages))) + "]"
    return f"""
        SELECT h.lead_id, h.episode, 'stage' AS kind, m.reached_at AS happened_at,
            ({names})[m.stage + 1] AS detail
        FROM handed_over h JOIN leads l USING (lead_id)
        JOIN {STAGE_MOMENTS} m ON m.lead = l.lead AND m.episode = h.episode
            AND m.reached_at >= h.since
        JOIN episodes p ON p.lead = m.lead AND p.episode = m.episode
        WHERE ({days})[m.stage + 1] < $before AND $after IS NOT NULL
        GROUP BY ALL ORDER BY ALL
    """


_STATUSES = f"""
    SELECT h.lead_id, h.episode, s.meaning AS kind, s.changed_at AS happened_at,
        CASE WHEN s.meaning = 'sent back' THEN coalesce(s.reason, '') ELSE '' END AS detail
    FROM handed_over h JOIN leads l USING (lead_id)
    JOIN {STATUSES} s ON s.lead = l.lead AND s.changed_at >= h.since
        AND s.known_day >= $after AND s.known_day < $before
    JOIN episodes p ON p.lead = l.lead AND p.episode = h.episode
        AND (p.closed_at IS NULL OR s.changed_at <= p.closed_at)
    GROUP BY ALL ORDER BY ALL
"""

_CLOSES = """
    SELECT h.lead_id, h.episode, 'closed' AS kind, p.closed_at AS happened_at,
        CASE WHEN p.won THEN 'won' ELSE 'lost' END AS detail
    FROM handed_over h JOIN leads l USING (lead_id)
    JOIN episodes p ON p.lead = l.lead AND p.episode = h.episode
        AND greatest(p.closed_day, p.close_known_day) >= $after
        AND greatest(p.closed_day, p.close_known_day) < $before
    ORDER BY ALL
"""
