"""How strong the policy is in the outcomes: does it show what leads are, or whom sales worked?"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pyarrow as pa

from features.build.behaviour import event_types_of
from features.days import day_number
from features.sql import quote_literal
from propensity.language import catalogue
from propensity.ledger.database import LedgerError
from propensity.ledger.first_days import first_days
from propensity.ledger.ledger import LedgerFact, Night
from training.audit.findings import Finding
from training.audit.maturity import goal_stage
from training.audit.sufficiency import reading_of
from training.learn.rows.run import Run
from training.learn.rows.snapshots import day_reached
from training.learn.rows.worked_rows import recorded

#: Amber where at least this share of the closes is of worked leads, while at most that share of the
#: leads below the line (of all leads, where no line is known) was worked.
_CLOSES_WORKED, _OTHERS_WORKED = 0.8, 0.1
_ALL_WORKED = 0.5
#: Leads, and closes, below which nothing is said.
_FEWEST_LEADS, _FEWEST_CLOSES = 50, 20
#: Leads that began so few days ago need not have been worked yet.
_TO_WORK_DAYS = 30


@dataclass(frozen=True)
class PolicyStrength:
    """Leads (episodes) by whether they were worked, and whether they closed.

    Attributes:
        over: Leads that crossed the line or asked to be contacted; None where no line is known.
        over_worked: Leads among these that were worked.
        leads: All leads.
        worked: Leads among these that were worked.
        closes: Leads that reached the goal.
        closes_worked: Leads among these that had been worked before.
    """

    over: int | None
    over_worked: int
    leads: int
    worked: int
    closes: int
    closes_worked: int

    @property
    def share_of_closes(self) -> float:
        """Share of the closes that are of worked leads."""
        return self.closes_worked / self.closes

    @property
    def others_worked(self) -> float:
        """Share of the leads below the line that were worked; of all, where no line is known."""
        if self.over is None:
            return self.worked / self.leads
        return (self.worked - self.over_worked) / max(self.leads - self.over, 1)

    @property
    def auc(self) -> float:
        """Chance that a lead that closed had been worked and one that did not had not, half of the
        ties counted: 0.5 where working tells nothing of closing.
        """
        others = self.leads - self.closes
        unclosed = (self.worked - self.closes_worked) / others
        return 0.5 * (1 + self.share_of_closes - unclosed)

    @property
    def is_strong(self) -> bool:
        """Whether closes hardly ever come from leads that were not worked, and few others were."""
        few = _ALL_WORKED if self.over is None else _OTHERS_WORKED
        return self.share_of_closes >= _CLOSES_WORKED and self.others_worked <= few


def policy_strength(run: Run) -> Iterator[Finding]:
    """What of the outcomes goes with who was worked: by the ledger, else by events of sales.

    Of the ledger's leads those that were open since its first night; hand-overs below the line are
    those of a random slice. Nothing is said of few leads or closes.
    """
    words = catalogue("training.audit", run.config.language)
    try:
        nights, facts = recorded(run.config)
    except LedgerError as error:
        yield _finding(words.say("policy unread", why=str(error)), "amber")
        return
    found = _by_ledger(run, nights, facts) if nights else _by_events(run)
    if found is None or found.leads < _FEWEST_LEADS or found.closes < _FEWEST_CLOSES:
        return
    if found.leads == found.closes:
        return
    counts = {"closes": f"{found.closes:,}", "worked": _percent(found.share_of_closes)}
    if found.over is None:
        said = words.say(
            "policy calls", share=_percent(found.others_worked), leads=f"{found.leads:,}", **counts
        )
    else:
        said = words.say(
            "policy line",
            above=_percent(found.over_worked / max(found.over, 1)),
            over=f"{found.over:,}",
            below=_percent(found.others_worked),
            under=f"{found.leads - found.over:,}",
            **counts,
        )
    said += words.say("policy apart", auc=f"{found.auc:.2f}")
    is_learned = run.config.learner.selection == "reweight"
    sliced = any(fact.handed_over_as == "random slice" for fact in facts)
    advice = words[f"policy advice {'reweight' if sliced else 'slice'}"]
    if found.is_strong and not is_learned:
        yield _finding(said, "amber", advice, found)
    else:
        yield _finding(said, "green", "", found)


def _finding(
    sentence: str, light: str, advice: str = "", found: PolicyStrength | None = None
) -> Finding:
    evidence = {**asdict(found), "auc": found.auc} if found else {}
    return Finding(
        "labels",
        "policy in the outcomes",
        "amber" if light == "amber" else "green",
        sentence,
        advice,
        evidence,
    )


def _by_ledger(run: Run, nights: list[Night], facts: list[LedgerFact]) -> PolicyStrength:
    first, last = day_number(nights[0].as_of), day_number(nights[-1].as_of)
    goal, until = day_reached(run.store, goal_stage(run.config)), run.store.observed_day
    run.store.connection.register("first_days", first_days(facts))
    try:
        found = run.store.query(f"""
            WITH known AS (
                SELECT f.crossed IS NOT NULL OR f.raised IS NOT NULL AS is_over,
                    f.handed IS NOT NULL AND f.handed <= coalesce({goal}, {until}) AS is_worked,
                    coalesce({goal} < {until}, false) AS is_closed
                FROM episodes e JOIN leads l USING (lead)
                LEFT JOIN first_days f ON f.lead_id = l.lead_id AND f.episode = e.episode
                WHERE e.started_day < least({last}, {until} - {_TO_WORK_DAYS})
                    AND coalesce(e.closed_day, {until}) >= {first}
                    AND coalesce({goal}, {until}) >= {first}
            )
            SELECT count(*) FILTER (is_over), count(*) FILTER (is_over AND is_worked), count(*),
                count(*) FILTER (is_worked), count(*) FILTER (is_closed),
                count(*) FILTER (is_closed AND is_worked)
            FROM known
        """)
    finally:
        run.store.connection.unregister("first_days")
    return PolicyStrength(*_counts(found))


def _by_events(run: Run) -> PolicyStrength | None:
    reading = reading_of(run.config)
    types = event_types_of(run.store, "sales", reading.actors)
    if not types:
        return None
    goal, until = day_reached(run.store, goal_stage(run.config)), run.store.observed_day
    found = run.store.query(f"""
        WITH worked AS (
            SELECT lead, min(day) AS day FROM events
            WHERE event_type IN ({", ".join(map(quote_literal, types))}) GROUP BY lead
        ), known AS (
            SELECT coalesce(w.day <= coalesce({goal}, {until}), false) AS is_worked,
                coalesce({goal} < {until}, false) AS is_closed
            FROM episodes e LEFT JOIN worked w USING (lead)
            WHERE e.started_day < {until - _TO_WORK_DAYS}
        )
        SELECT count(*), count(*) FILTER (is_worked), count(*) FILTER (is_closed),
            count(*) FILTER (is_closed AND is_worked)
        FROM known
    """)
    return PolicyStrength(None, 0, *_counts(found))


def _counts(found: pa.Table) -> list[int]:
    return [int(count) for count in found.to_pylist()[0].values()]


def _percent(share: float) -> str:
    return f"{share:.0%}"
