"""What is known too late: events that are the outcome under another name, values written when the
lead closes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from features.store import Store
from propensity.config.leak_limits import LeakLimits
from training.audit.findings import Hit

#: Closed leads that an event type, or a column's changes, must have to be judged by their closes.
_LEAST_CLOSED = 10
#: How much more often than on each of the days before an event must happen at the close.
_BURST = 5.0
#: What of the events is "in the last days".
_LAST_DAYS = 3


@dataclass(frozen=True)
class EventFacts:
    """An event type, in leads by their first such event in their last episode.

    Attributes:
        event_type: Its name.
        leads: That have one.
        closed: Leads among these that have closed.
        won: Leads among these that have won.
        had_time: Closed leads that were open for an hour: where a lead comes and closes at once, so
            do all its events.
        at_close: Leads among these with the first one from a minute before the close to a day after
            it.
        after: Leads among these with the first one a minute before the close or later.
        week_before: Leads among these with the first one in the week before that.
        long_open: Closed leads that were open for a fortnight and saw the first one before the
            close.
        last_days: Leads among these that saw it in the last three days.
        expected_open: Leads that would be open, were they as leads of the same age are.
        won_before: Wins that had one before the close.
        wins: Number of wins among all leads.
        rest_before: Other leads that had one before the close (or have one, while open).
        rest: All other leads.
    """

    event_type: str
    leads: int
    closed: int
    won: int
    had_time: int
    at_close: int
    after: int
    week_before: int
    long_open: int
    last_days: int
    expected_open: float
    won_before: int
    wins: int
    rest_before: int
    rest: int

    @property
    def auc(self) -> float | None:
        """ROC AUC of having had one before the close, without regard to age."""
        if not self.wins or not self.rest:
            return None
        return 0.5 + abs(self.won_before / self.wins - self.rest_before / self.rest) / 2


def event_facts(store: Store) -> list[EventFacts]:
    """Every event type, the widest first."""
    found = store.connection.execute(f"""
        WITH last AS (
            SELECT e.lead, e.started_at, e.closed_at, coalesce(e.won, false) AS won,
                   e.closed_day IS NOT NULL AND e.closed_day < {store.observed_day} AS is_closed
            FROM episodes e QUALIFY row_number()
                OVER (PARTITION BY e.lead ORDER BY e.episode DESC) = 1
        ), cut AS (
            SELECT last.*, is_closed AND started_at < closed_at - INTERVAL 1 HOUR AS had_time,
                   is_closed AND started_at < closed_at - INTERVAL 14 DAY AS had_long,
                   ntile(10) OVER (ORDER BY l.created_day) AS part
            FROM last JOIN leads l ON last.lead = l.lead
        ), aged AS (
            SELECT *, avg((NOT is_closed)::INTEGER) OVER (PARTITION BY part) AS open_share FROM cut
        ), first AS (
            SELECT v.event_type, v.lead, min(v.occurred_at) AS seen_at
            FROM events v JOIN aged a ON v.lead = a.lead
                AND (a.started_at IS NULL OR v.occurred_at >= a.started_at)
            WHERE v.event_type IS NOT NULL GROUP BY v.event_type, v.lead
        ), seen AS (
            SELECT *, is_closed AND seen_at >= closed_at - INTERVAL 1 MINUTE AS is_late,
                   is_late AND seen_at <= closed_at + INTERVAL 1 DAY AS is_at_close
            FROM first JOIN aged USING (lead)
        )
        SELECT event_type, count(*), count(*) FILTER (is_closed), count(*)
            FILTER (is_closed AND won),
               count(*) FILTER (had_time), count(*) FILTER (had_time AND is_at_close),
               count(*) FILTER (had_time AND is_late),
               count(*) FILTER (had_time AND NOT is_late AND seen_at >= closed_at - INTERVAL 7 DAY),
               count(*) FILTER (had_long AND NOT is_late),
               count(*) FILTER (had_long AND NOT is_late
                   AND seen_at >= closed_at - INTERVAL {_LAST_DAYS} DAY),
               sum(open_share)::DOUBLE, count(*) FILTER (is_closed AND won AND NOT is_late),
               (SELECT count(*) FROM last WHERE is_closed AND won),
               count(*) FILTER (NOT (is_closed AND won) AND NOT is_late),
               (SELECT count(*) FROM last WHERE NOT (is_closed AND won))
        FROM seen GROUP BY event_type ORDER BY 2 DESC, 1
    """).fetchall()
    return [EventFacts(*row) for row in found]


def event_hits(facts: EventFacts, limits: LeakLimits) -> Iterator[Hit]:
    """Events that come with the close, or with one end only."""
    if facts.had_time >= _LEAST_CLOSED:
        yield from _at_the_close(facts, limits)
        yield from _in_the_last_days(facts, limits)
    if facts.leads >= limits.least_leads:
        yield from _one_end_only(facts)


def _at_the_close(facts: EventFacts, limits: LeakLimits) -> Iterator[Hit]:
    share, after = facts.at_close / facts.had_time, facts.after / facts.had_time
    evidence = {
        "closed_leads": facts.had_time,
        "at_close": round(share, 4),
        "at_or_after": round(after, 4),
        "won": round(facts.won / facts.closed, 4),
        "week_before": facts.week_before,
    }
    if share >= limits.at_close:
        sentence = (
            f"{share:.0%} of the {facts.had_time:,} closed leads with this event saw the first at"
            f" the close or within a day after it; {facts.won / facts.closed:.0%} of them won: it"
            " is the outcome under another name"
        )
        yield Hit("event at the close", "leak", sentence, evidence)
    elif share >= limits.suspect_at_close and facts.at_close >= _BURST * (
        1 + facts.week_before / 7
    ):
        sentence = (
            f"{share:.0%} of the {facts.had_time:,} closed leads with this event saw the first at"
            " the close or within a day after it, far more than on the days before: part of them"
            " is written with the outcome"
        )
        yield Hit("event at the close", "suspect", sentence, evidence)


def _in_the_last_days(facts: EventFacts, limits: LeakLimits) -> Iterator[Hit]:
    if (
        facts.long_open >= 2 * _LEAST_CLOSED
        and facts.last_days >= limits.last_days * facts.long_open
    ):
        share = facts.last_days / facts.long_open
        yield Hit(
            "event in the last days",
            "suspect",
            f"{share:.0%} of the leads that were open for a fortnight or more saw the first one in"
            f" the last {_LAST_DAYS} days before the close: the decision may have fallen before it",
            {"leads": facts.long_open, "last_days": round(share, 4)},
        )


def _one_end_only(facts: EventFacts) -> Iterator[Hit]:
    still_open = facts.leads - facts.closed
    if (
        facts.expected_open < _LEAST_CLOSED
        or still_open > 0.1 * facts.expected_open
        or not facts.closed
    ):
        return
    won = facts.won / facts.closed
    if max(won, 1 - won) >= 0.95:
        yield Hit(
            "event of one end",
            "suspect",
            f"of {facts.leads:,} leads with this event {still_open} are open, where"
            f" {facts.expected_open:.0f} of that age would be; after it {max(won, 1 - won):.0%} are"
            f" {'won' if won > 0.5 else 'not won'}",
            {
                "leads": facts.leads,
                "open": still_open,
                "expected_open": round(facts.expected_open, 1),
                "won": round(won, 4),
            },
        )


# --- changes and dates ----------------------------------------------------------------------------


def change_hits(store: Store, number: int, limits: LeakLimits) -> Iterator[Hit]:
    """A lead column with history whose changes come with the close.

    Its former values are known, so that the model sees what was known at each as-of; where a lead's
    first change is not at its creation, though, the leads table fills in today's value for the time
    before.
    """
    found = store.connection.execute(f"""
        WITH change AS (
            SELECT c.lead, min(c.changed_at)
                FILTER (c.changed_at > l.created_at + INTERVAL 1 DAY) AS later_at,
                   min(c.changed_at) <= l.created_at + INTERVAL 1 DAY AS has_first
            FROM changes c JOIN leads l ON c.lead = l.lead WHERE c.attribute = {number}
                GROUP BY c.lead, l.created_at
        ), ended AS (
            SELECT e.lead, e.closed_at FROM episodes e WHERE e.closed_day < {store.observed_day}
            QUALIFY row_number() OVER (PARTITION BY e.lead ORDER BY e.episode DESC) = 1
        )
        SELECT count(*), count(*) FILTER (later_at >= closed_at - INTERVAL 1 DAY
                                          AND later_at <= closed_at + INTERVAL 1 DAY),
               count(*) FILTER (later_at >= closed_at - INTERVAL 8 DAY
                   AND later_at < closed_at - INTERVAL 1 DAY),
               count(*) FILTER (NOT has_first)
        FROM change JOIN ended USING (lead) WHERE later_at IS NOT NULL
    """).fetchall()[0]
    changed, at_close, week_before, firstless = map(int, found)
    share = at_close / max(changed, 1)
    if (
        changed < 2 * _LEAST_CLOSED
        or share < limits.suspect_at_close
        or at_close < _BURST * (1 + week_before / 7)
    ):
        return
    evidence = {
        "closed_leads": changed,
        "at_close": round(share, 4),
        "week_before": week_before,
        "without_first_value": round(firstless / changed, 4),
    }
    sentence = (
        f"of {changed:,} closed leads that changed it, {share:.0%} did so within a day of the close"
    )
    if share >= limits.at_close and firstless >= 0.5 * changed:
        text = (
            f"{sentence}; {firstless / changed:.0%} have no value from before: the later one stands"
            " in for it"
        )
        yield Hit("changed at the close", "leak", text, evidence)
    else:
        yield Hit(
            "changed at the close", "suspect", sentence + "; only earlier values are used", evidence
        )


def date_hits(store: Store, number: int, limits: LeakLimits) -> Iterator[Hit]:
    """A date that lies at the close, or after it."""
    found = store.connection.execute(f"""
        SELECT count(*), count(*) FILTER (l.a{number} >= e.closed_day)
        FROM episodes e JOIN leads l ON e.lead = l.lead
        WHERE e.closed_day < {store.observed_day} AND l.a{number} IS NOT NULL
    """).fetchall()[0]
    closed, late = map(int, found)
    if closed >= 2 * _LEAST_CLOSED and late >= limits.suspect_at_close * closed:
        share = late / closed
        sentence = (
            f"on {share:.0%} of {closed:,} closed leads this date lies on the day of the close or"
            " later; so whether a lead has one tells how it ended"
        )
        evidence = {"closed_leads": closed, "at_or_after": round(share, 4)}
        yield Hit(
            "date of the close",
            "leak" if share >= limits.at_close else "suspect",
            sentence,
            evidence,
        )
