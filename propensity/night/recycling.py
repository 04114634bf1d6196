"""Lost leads that are due to be approached again, by what is agreed on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.behaviour import event_types_of
from features.days import date_of, day_number, midnight_utc
from features.folding import fold, matcher
from features.rules import evaluate, parse, prepare_rules
from features.spec import EventReading
from features.sql import one_of
from features.store import Store
from propensity.concepts.wording import plain
from propensity.definition.recycle import Recycle, RecycleRule
from propensity.definition.schema import Definition
from propensity.grading.draws import left_alone
from propensity.grading.overrides import episode_key
from propensity.language.catalogue import Catalogue
from propensity.ledger.ledger import LedgerFact

#: Days for which a lead stands in the list while nobody does anything with it.
STANDS_DAYS = 28


@dataclass(frozen=True)
class LostLead:
    """A lead that was lost, is not open again, and falls under a rule.

    Attributes:
        lead_id: Identifier as in the source.
        episode: Number of the episode that was lost.
        rule: The rule under which it falls.
        lost_on: Day of the loss.
        reason: Why it was lost; None where nobody said.
        is_left_alone: Whether it is drawn to be left alone.
        since: Night since which it is due.
        owner: What the role is called that approaches it.
    """

    lead_id: str
    episode: int
    rule: RecycleRule
    lost_on: date
    reason: str | None
    is_left_alone: bool
    since: date
    owner: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Lead and episode."""
        return self.lead_id, self.episode

    def why(self, words: Catalogue) -> str:
        """What is to be said to it, and why: one sentence."""
        told = {"day": self.lost_on.isoformat(), "say": plain(self.rule.say or "")}
        if self.reason is None:
            return words.say("recycle: lost", **told)
        return words.say("recycle: lost because", reason=plain(self.reason), **told)


@dataclass(frozen=True)
class Recycling:
    """Lost leads in a night.

    Attributes:
        facts: Who is due for the first time, and who of them is left alone.
        standing: Who stands in the list.
    """

    facts: list[LedgerFact]
    standing: list[LostLead]


def recycling(
    store: Store,
    definition: Definition,
    reading: EventReading,
    before: Sequence[LedgerFact],
    night: date,
    *,
    hands_over: bool,
) -> Recycling:
    """Who is to be approached again in a night.

    Args:
        store: The canonical tables.
        definition: What is agreed on.
        reading: Who acts in which event.
        before: Who was due in the nights before.
        night: The day.
        hands_over: Whether the night may give anything to anybody.

    Raises:
        DataError: A rule asks for what the input does not have.
    """
    if definition.recycle is None or not hands_over:
        return Recycling([], [])
    due = due_leads(store, definition.recycle, reading, night)
    moment = midnight_utc(day_number(night), store.timezone).replace(tzinfo=None)
    facts = list(recycled_tonight(due, before, definition.roles, moment))
    return Recycling(facts, standing_leads(store, due, [*before, *facts], reading, night))


def due_leads(store: Store, agreed: Recycle, reading: EventReading, night: date) -> list[LostLead]:
    """The lost leads that are due in a night, whether or not they were listed before.

    A lead is lost while its newest episode, as far as that is known, was closed without a win; the
    first rule whose reasons and rule hold counts.

    Args:
        store: The canonical tables.
        agreed: The rules.
        reading: Who acts in which event, for the rules.
        night: The day at whose start is looked.

    Raises:
        DataError: A rule asks for what the input does not have.
    """
    if store.is_flat:
        return []
    earliest = min((rule.after_days for rule in agreed.rules if rule.after_days), default=None)
    if earliest is None:
        return []
    today = day_number(night)
    lost = store.query(_LOST, {"night": today, "youngest": today - earliest})
    place = _first_rules(store, lost, agreed, reading)
    key = episode_key(lost["lead_id"].combine_chunks(), lost["episode"].combine_chunks())
    alone = left_alone(agreed.control, key).tolist()
    found = []
    rows = zip(lost.to_pylist(), place.tolist(), alone, strict=True)
    for row, number, is_left_alone in rows:
        rule = agreed.rules[number] if number >= 0 else None
        if rule is not None and _is_due(rule, today - row["closed_day"]):
            lost_on = date_of(row["closed_day"])
            told = (row["lead_id"], row["episode"], rule, lost_on, row["lost_reason"])
            found.append(LostLead(*told, is_left_alone, night))
    return found


def recycled_tonight(
    due: Sequence[LostLead],
    before: Sequence[LedgerFact],
    roles: Mapping[str, str],
    moment: datetime,
) -> Iterator[LedgerFact]:
    """The facts of those that are due for the first time: each loss once.

    Args:
        due: All that are due.
        before: Who was due in the nights before.
        roles: Role to what the company calls it.
        moment: Start of the night, UTC without a zone.
    """
    known = {(fact.lead_id, fact.episode) for fact in before}
    for lead in due:
        if lead.key not in known:
            yield LedgerFact(
                lead.lead_id,
                lead.episode,
                "recycle control" if lead.is_left_alone else "recycled",
                lead.since,
                moment,
                detail=plain(lead.rule.name),
                owner=plain(roles[lead.rule.to]) if lead.rule.to else None,
            )


def standing_leads(
    store: Store,
    due: Sequence[LostLead],
    facts: Sequence[LedgerFact],
    reading: EventReading,
    night: date,
) -> list[LostLead]:
    """Those who stand in the list of a night: due, not left alone, and not approached since.

    Args:
        store: The canonical tables.
        due: All that are due in the night.
        facts: Who was due before, and in this night.
        reading: Who acts in which event.
        night: The day.
    """
    listed = {
        (fact.lead_id, fact.episode): (fact.as_of, fact.owner)
        for fact in facts
        if fact.kind == "recycled"
    }
    standing = [
        replace(lead, is_left_alone=False, since=listed[lead.key][0], owner=listed[lead.key][1])
        for lead in due
        if lead.key in listed and (night - listed[lead.key][0]).days < STANDS_DAYS
    ]
    done = _approached(store, standing, reading, night)
    return [lead for lead in standing if lead.lead_id not in done]


#: Leads whose newest episode that is known was lost.
_LOST = """
    SELECT l.lead_id, e.lead, e.episode, e.closed_day, e.lost_reason,
        CAST($night AS INTEGER) AS as_of_day
    FROM episodes e JOIN leads l USING (lead)
    WHERE e.closed_at IS NOT NULL AND NOT e.won
      AND greatest(e.closed_day, e.close_known_day) < $night AND e.closed_day <= $youngest
      AND NOT EXISTS (
          SELECT 1 FROM episodes later WHERE later.lead = e.lead AND later.episode > e.episode
              AND later.start_known_day < $night)
    ORDER BY l.lead_id, e.episode
"""


def _is_due(rule: RecycleRule, age: int) -> bool:
    if rule.after_days is None:
        return False
    return rule.after_days <= age and (rule.until_days is None or age <= rule.until_days)


def _first_rules(
    store: Store, lost: pa.Table, agreed: Recycle, reading: EventReading
) -> NDArray[np.int64]:
    """(n,) the first rule under which each lost lead falls, or -1."""
    reasons = [None if text is None else fold(text) for text in lost["lost_reason"].to_pylist()]
    truths = _truths(store, lost, agreed, reading)
    place = np.full(lost.num_rows, -1)
    for number, rule in reversed(list(enumerate(agreed.rules))):
        matches: Callable[[str], bool] = (
            matcher(rule.lost_reason) if rule.lost_reason else lambda _: True
        )
        by_reason = np.array(
            [matches(text) if text is not None else not rule.lost_reason for text in reasons],
            dtype=np.bool_,
        )
        place[by_reason & truths[number]] = number
    return place


def _truths(
    store: Store, lost: pa.Table, agreed: Recycle, reading: EventReading
) -> list[NDArray[np.bool_]]:
    """Of each rule, (n,) whether its leads are meant; a rule that cannot be told does not hold."""
    texts = list(dict.fromkeys(rule.rule for rule in agreed.rules if rule.rule))
    rules = [parse(text) for text in texts]
    every = np.ones(lost.num_rows, dtype=np.bool_)
    if not rules:
        return [every for _ in agreed.rules]
    prepare_rules(store, rules, reading)
    rows = lost.select(["lead", "episode", "as_of_day"])
    holds = dict(zip(texts, (evaluate(store, rows, rules) == 1).T, strict=True))
    return [holds[rule.rule] if rule.rule else every for rule in agreed.rules]


def _approached(
    store: Store, standing: Sequence[LostLead], reading: EventReading, night: date
) -> set[str]:
    """Leads with whom sales did something since they were due, as far as it was known."""
    theirs = event_types_of(store, "sales", reading.actors)
    if not theirs or not standing:
        return set()
    asked = pa.table(
        {
            "lead_id": [lead.lead_id for lead in standing],
            "since": pa.array(
                [
                    midnight_utc(day_number(lead.since), store.timezone).replace(tzinfo=None)
                    for lead in standing
                ],
                pa.timestamp("us"),
            ),
        }
    )
    store.connection.register("standing_leads", asked)
    try:
        found = store.query(
            "SELECT DISTINCT s.lead_id FROM standing_leads s JOIN leads l USING (lead_id) JOIN"
            " events e ON e.lead = l.lead AND e.occurred_at >= s.since AND e.known_day < $night"
            f" AND {one_of('e.event_type', theirs)}",
            {"night": day_number(night)},
        )
    finally:
        store.connection.unregister("standing_leads")
    return set(found["lead_id"].to_pylist())


def carried_of(store: Store, leads: Sequence[LostLead]) -> pa.Table:
    """``lead_id`` and the carried columns of lost leads, each once, as text."""
    columns = [
        (attribute.name, f"DATE '1970-01-01' + a{i}" if attribute.kind == "date" else f"a{i}")
        for i, attribute in enumerate(store.attributes)
        if attribute.role == "carry"
    ]
    listed = "".join(f", CAST({sql} AS VARCHAR) AS c{i}" for i, (_, sql) in enumerate(columns))
    ids = pa.table({"lead_id": pa.array(sorted({lead.lead_id for lead in leads}), pa.string())})
    store.connection.register("lost_leads", ids)
    try:
        found = store.query(
            f"SELECT lead_id{listed} FROM lost_leads JOIN leads USING (lead_id) ORDER BY lead_id"
        )
    finally:
        store.connection.unregister("lost_leads")
    return found.rename_columns(["lead_id", *(name for name, _ in columns)])
