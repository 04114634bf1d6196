"""Lost leads are due by reason, age and rule, once, and never while they are open."""

import datetime as dt

import pandas as pd
import pytest
from pydantic import ValidationError

from features.settings import ColumnSettings, EventsTable, InputSettings, LeadsTable, OutcomesTable
from features.spec import EventReading
from propensity.definition.recycle import Recycle, RecycleRule
from propensity.definition.schema import Definition
from propensity.language import CATALOGUES
from propensity.night.recycling import carried_of, due_leads, recycling
from tests.features.inputs import opened

NIGHT = dt.date(2025, 6, 30)
READING = EventReading(actors={"called": "sales", "*": "lead"})
BUDGET = {
    "name": "no budget",
    "lost_reason": ["no budget*", "予算*"],
    "after_days": 90,
    "until_days": 400,
    "to": "is",
    "say": "Ask about the new budget",
    "because": "budgets come back",
}
NEVER = {"name": "competitor", "lost_reason": "competitor", "never": True, "because": "bought"}
REST = {
    "name": "large ones",
    "rule": "size >= 100",
    "after_days": 30,
    "to": "sales",
    "say": "Call",
    "because": "worth it",
}
LOST = {  # lead: (days ago, reason, size, reopened days ago)
    "a": (90, "No Budget this year", 10, None),
    "b": (89, "no budget", 10, None),
    "c": (401, "予算なし", 10, None),
    "d": (120, "competitor", 500, None),
    "e": (40, None, 500, None),
    "f": (40, "price", 10, None),
    "g": (120, "ﾖｻﾝなし", 10, 5),
    "h": (120, "予算なし", 10, 5),
    "i": (120, "no budget", 10, None),
    "j": (30, "price", 100, None),
}


def day(days_ago):
    moment = dt.datetime.combine(NIGHT, dt.time(12)) - dt.timedelta(days=days_ago)
    return moment.strftime("%Y-%m-%dT%H:%MZ")


@pytest.fixture
def store(tmp_path):
    leads = [f"{name},{day(500)},{size},{name} & Co" for name, (_, _, size, _) in LOST.items()]
    leads.append(f"k,{day(500)},500,K")
    ends = [
        f"{name},{day(ago)},0,{reason or ''},{day(back) if back else ''}"
        for name, (ago, reason, _, back) in LOST.items()
    ]
    ends.append(f"k,{day(60)},1,,")
    events = [f"i,{day(1)},visit", f"e,{day(50)},called"]
    for name, header, lines in (
        ("leads", "lead_id,created_at,size,company", leads),
        ("outcomes", "lead_id,closed_at,won,lost_reason,reopened_at", ends),
        ("events", "lead_id,occurred_at,event_type", events),
    ):
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    source = InputSettings(
        leads=LeadsTable(path=str(tmp_path / "leads.csv")),
        events=EventsTable(path=str(tmp_path / "events.csv")),
        outcomes=OutcomesTable(
            path=str(tmp_path / "outcomes.csv"),
            columns={"lost_reason": "lost_reason", "reopened_at": "reopened_at"},
        ),
        timezone="UTC",
    )
    columns = ColumnSettings(fit=("size",), carry=("company",))
    with opened(source, columns) as found:
        yield found


def agreed(*rules, **control):
    told = {"rules": rules}
    if control:
        told["control"] = control
    return Definition.model_validate(
        {
            "review_by": dt.date(2025, 12, 31),
            "roles": {"is": "Inside sales", "sales": "Sales"},
            "must_sign": ["sales"],
            "mql": {"enter": 0.3, "because": "a test"},
            "recycle": told,
        }
    )


def due(store, *rules, night=NIGHT):
    found = due_leads(store, Recycle.model_validate({"rules": rules}), READING, night)
    return {lead.lead_id: lead.rule.name for lead in found}


def test_the_first_rule_that_holds_decides_who_is_due(store):
    assert due(store, BUDGET, NEVER, REST) == {
        "a": "no budget",
        "e": "large ones",
        "i": "no budget",
        "j": "large ones",
    }
    assert due(store, REST, NEVER, BUDGET)["d"] == "large ones"
    assert due(store, BUDGET, night=NIGHT + dt.timedelta(days=1)).keys() == {"a", "b", "i"}


def test_a_lead_is_due_once_and_stands_until_somebody_does_something(store):
    definition = agreed(BUDGET, NEVER, REST)

    def on(night, before):
        return recycling(store, definition, READING, before, night, hands_over=True)

    first = on(NIGHT - dt.timedelta(days=20), [])
    later = on(NIGHT, first.facts)

    assert [fact.lead_id for fact in first.facts] == ["c", "h", "i"]
    assert {fact.lead_id for fact in later.facts} == {"a", "e", "j"}
    assert {lead.lead_id for lead in later.standing} == {"a", "e", "i", "j"}
    assert {fact.owner for fact in later.facts} == {"Inside sales", "Sales"}
    again = on(NIGHT, [*first.facts, *later.facts])
    assert again.facts == []
    assert on(NIGHT, []).standing == on(NIGHT, []).standing
    called = on(NIGHT - dt.timedelta(days=8), [])
    assert "e" in {lead.lead_id for lead in called.standing}
    text = {lead.lead_id: lead.why(CATALOGUES["en"]) for lead in later.standing}
    assert text["a"] == "Lost on 2025-04-01 (No Budget this year). Ask about the new budget"
    assert text["e"] == "Lost on 2025-05-21. Call"
    known = carried_of(store, later.standing).to_pylist()
    assert known[0] == {"lead_id": "a", "company": "a & Co"}
    made_up = recycling(store, definition, READING, [], NIGHT, hands_over=False)
    assert (made_up.facts, made_up.standing) == ([], [])


def test_a_call_takes_a_lead_off_the_list(store):
    definition = agreed({**REST, "rule": "size >= 1"})
    due_then = NIGHT - dt.timedelta(days=60)
    facts = recycling(store, definition, READING, [], due_then, hands_over=True).facts
    assert "g" in {fact.lead_id for fact in facts}
    store.connection.execute(
        "INSERT INTO events SELECT lead, TIMESTAMP '2025-05-10 09:00', 20218, 20218, 'called',"
        " NULL, NULL, NULL FROM leads WHERE lead_id = 'd'"
    )

    on = dt.date(2025, 5, 12)
    standing = recycling(store, definition, READING, facts, on, hands_over=True).standing

    assert "d" not in {lead.lead_id for lead in standing}
    assert "c" in {lead.lead_id for lead in standing}


def test_a_random_share_is_left_alone_and_stays_so(store):
    rule = {**REST, "rule": "size >= 1", "after_days": 1}
    halves = agreed(rule, share=0.5, seed=3, because="to compare")
    found = recycling(store, halves, READING, [], NIGHT, hands_over=True)
    kinds = pd.Series({fact.lead_id: fact.kind for fact in found.facts})

    assert set(kinds) == {"recycled", "recycle control"}
    assert {lead.lead_id for lead in found.standing} == set(kinds.index[kinds == "recycled"])
    later = recycling(store, halves, READING, [], NIGHT + dt.timedelta(9), hands_over=True)
    assert {f.lead_id: f.kind for f in later.facts}.items() >= kinds.to_dict().items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"after_days": None}, "expected after_days, or `never: true`"),
        ({"never": True}, "`never` and after_days, to, say exclude each other"),
        ({"until_days": 90}, "expected `until_days` above `after_days`, got 90 and 90"),
        ({"rule": "size >"}, "rule"),
    ],
)
def test_a_rule_says_all_that_has_to_be_agreed_on(change, message):
    with pytest.raises(ValidationError, match=message):
        RecycleRule.model_validate({**BUDGET, **change})


def test_roles_are_known_and_names_are_told_apart():
    with pytest.raises(ValidationError, match="recycle: expected roles out of"):
        agreed({**BUDGET, "to": "marketing"})
    with pytest.raises(ValidationError, match=r"each name once, got \['no budget'\]"):
        agreed(BUDGET, BUDGET)
