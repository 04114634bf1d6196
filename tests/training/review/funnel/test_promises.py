"""What was kept of both sides' promises, on hand-overs whose every minute is known."""

import calendar
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from propensity.config.config import parse
from propensity.definition.business_hours import BusinessHours, Deadlines, parse_span
from propensity.definition.load import load_definition
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.funnel.handed_over import NEVER, due
from training.review.funnel.promise_judge import PromiseRecord
from training.review.funnel.promises import promises

#: Hand-over of a lead, and what sales did after it; Mondays to Fridays, 09:00-18:00, Tokyo. 4 March
#: 2024 is a Monday.
CASES = {
    # within four hours of business time
    "in time": ("2024-03-04 10:00", ["2024-03-04 13:59 call"]),
    "late": ("2024-03-04 10:00", ["2024-03-04 14:01 call"]),
    "over the weekend": ("2024-03-08 16:00", ["2024-03-11 10:59 call"]),
    "before it": ("2024-03-04 10:00", ["2024-03-04 09:59 call"]),
    "by the lead": ("2024-03-04 10:00", ["2024-03-04 11:00 visit"]),
    "never": ("2024-03-04 10:00", []),
    "by mail": ("2024-03-04 10:00", ["2024-03-04 11:00 mail"]),
    "day only and next day": ("2024-03-05", ["2024-03-06 12:00 call"]),
    "day only and two days later": ("2024-03-05", ["2024-03-07 12:00 call"]),
    "not over yet": ("2024-03-29 17:00", []),
}
CONTACT = {
    "in time": 1,
    "late": 0,
    "over the weekend": 1,
    "before it": 0,
    "by the lead": 0,
    "never": 0,
    "by mail": 1,
    "day only and next day": -1,
    "day only and two days later": 0,
    "not over yet": None,
}

DEFINITION = {
    "review_by": "2024-07-01",
    "roles": {"marketing": "Marketing", "sales": "Sales"},
    "must_sign": ["marketing", "sales"],
    "mql": {"enter": 0.1, "because": "x", "policy": {"minimum_per_week": 7}},
    "instructions": {"MQL": {"owner": "sales", "respond_within": "4 hours"}},
    "promises": [
        {"segment": "all", "calls": 2, "mails": 1, "attempts_within": "2 days", "because": "x"}
    ],
}


def promised(folder, cases, *, definition=None, hours=True, **more):
    """The promises of a company in which these leads, and no others, were handed over."""
    leads, events, outcomes = ["lead_id,created_at,size"], ["lead_id,occurred_at,event_type"], []
    for lead, (handed, acts) in cases.items():
        leads.append(f"{lead},2024-03-01 08:00,{more.get('size', 10)}")
        outcomes.append(f"{lead},{handed},{more.get('opportunity', {}).get(lead, '')},,")
        events += [f"{lead},{act.rsplit(' ', 1)[0]},{act.rsplit(' ', 1)[1]}" for act in acts]
    events.append(f"{next(iter(cases))},2024-03-01 08:00,visit")
    (folder / "leads.csv").write_text("\n".join(leads), encoding="utf-8")
    (folder / "events.csv").write_text("\n".join(events), encoding="utf-8")
    won = [f"w{k},,,2024-03-20 10:00,true" for k in range(3)]
    (folder / "leads.csv").write_text(
        "\n".join([*leads, *(f"w{k},2024-03-01 08:00,5" for k in range(3))]), encoding="utf-8"
    )
    header = ["lead_id,mql_at,opportunity_at,closed_at,won"]
    (folder / "outcomes.csv").write_text("\n".join([*header, *outcomes, *won]), encoding="utf-8")
    (folder / "definition.yaml").write_text(
        yaml.safe_dump(definition or DEFINITION), encoding="utf-8"
    )
    raw = {
        "name": "x",
        "input": {
            "timezone": "Asia/Tokyo",
            "observed_until": "2024-04-01T00:00:00",
            "leads": {"path": "leads.csv"},
            "events": {"path": "events.csv"},
            "outcomes": {
                "path": "outcomes.csv",
                "stages": {"MQL": "mql_at", "opportunity": "opportunity_at"},
            },
        },
        "columns": {"fit": ["size"]},
        "behaviour": {"actors": {"call": "sales", "mail": "sales", "*": "lead"}},
        "population": {"until": "closed", "stale_after_days": 30},
        "goal": {"horizon_days": 10},
        "snapshots": {"every_days": 10},
        "review": {"calls": ["call"], "mails": ["mail"], **more.get("review", {})},
    }
    if hours:
        raw["business_hours"] = {"hours": ["09:00-18:00"]}
    config = parse(raw, base=folder)
    with open_sources(config) as store:
        return promises(Run(config, store), load_definition(folder / "definition.yaml"))


@pytest.mark.parametrize("case", CASES)
def test_a_first_contact_is_in_time_or_not_or_nobody_can_say(tmp_path, case):
    found = promised(tmp_path, {case: CASES[case]})
    ((_, side),) = found.months
    expected = {
        1: PromiseRecord(1, 0),
        0: PromiseRecord(0, 1),
        -1: PromiseRecord(0, 0, 1),
        None: None,
    }[CONTACT[case]]
    if case in ("never", "by the lead", "not over yet"):  # no event of sales at all
        assert side.contact is None
        assert found.unknown == ("no sales",)
    else:
        assert side.contact == expected


def test_all_together_with_what_could_not_be_known(tmp_path):
    found = promised(tmp_path, CASES)
    ((_, side),) = found.months
    assert side.handed == len(CASES)
    assert side.contact == PromiseRecord(kept=3, broken=5, open=1)
    assert found.unknown == ("days only",)


def test_what_marketing_promised_stands_beside(tmp_path):
    ((_, side),) = promised(tmp_path, CASES).months
    assert side.promised == pytest.approx(7 * 31 / 7)
    segments = [{**DEFINITION["promises"][0], "mqls_per_quarter": 30}]
    ((_, side),) = promised(tmp_path, CASES, definition={**DEFINITION, "promises": segments}).months
    assert side.promised == 10


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (
            ["2024-03-04 11:00 call", "2024-03-05 11:00 call", "2024-03-05 12:00 mail"],
            PromiseRecord(1, 0),
        ),
        # a day too late
        (
            ["2024-03-04 11:00 call", "2024-03-05 11:00 call", "2024-03-06 09:01 mail"],
            PromiseRecord(0, 1),
        ),
        (
            ["2024-03-04 11:00 call", "2024-03-05 12:00 mail"],
            PromiseRecord(0, 1),
        ),  # one call of two
    ],
)
def test_attempts_are_calls_and_mails_within_business_days(tmp_path, acts, expected):
    ((_, side),) = promised(tmp_path, {"lead": ("2024-03-04 10:00", acts)}).months
    assert side.attempts == expected


def test_nobody_calls_a_lead_that_is_a_deal_already(tmp_path):
    cases = {"lead": ("2024-03-04 10:00", ["2024-03-04 11:00 call"])}
    ((_, side),) = promised(tmp_path, cases, opportunity={"lead": "2024-03-05 10:00"}).months
    assert side.attempts is None
    ((_, side),) = promised(tmp_path, cases, opportunity={"lead": "2024-03-20 10:00"}).months
    assert side.attempts == PromiseRecord(0, 1)


def test_without_business_hours_no_deadline_can_be_told(tmp_path):
    found = promised(tmp_path, CASES, hours=False)
    assert found.unknown == ("no hours",)
    assert found.months[0][1].contact is None
    assert found.months[0][1].handed == len(CASES)
    newest = [month for month, _ in found.months[-3:]]
    days = sum(calendar.monthrange(1970 + month // 12, month % 12 + 1)[1] for month in newest)
    handed = sum(both.handed for _, both in found.months[-3:])
    assert found.handed_a_week == pytest.approx(7 * handed / days)


def test_what_is_a_call_or_a_mail_has_to_be_said(tmp_path):
    found = promised(tmp_path, CASES, review={"mails": []})
    assert "no mails" in found.unknown
    assert found.months[0][1].attempts is not None  # the calls are judged all the same
    assert (
        promised(tmp_path, CASES, review={"calls": [], "mails": []}).months[0][1].attempts is None
    )


def test_a_segment_has_its_own_promise(tmp_path):
    own = {
        "segment": "large",
        "rule": "size >= 100",
        "first_contact_within": "30 minutes",
        "because": "x",
    }
    definition = {**DEFINITION, "promises": [own, *DEFINITION["promises"]]}
    cases = {"lead": ("2024-03-04 10:00", ["2024-03-04 11:00 call"])}
    large = promised(tmp_path, cases, definition=definition, size=500)
    small = promised(tmp_path, cases, definition=definition, size=50)
    assert [(name, side.contact) for name, side in large.segments] == [
        ("large", PromiseRecord(0, 1)),
        ("all", None),
    ]
    assert [(name, side.contact) for name, side in small.segments] == [
        ("large", None),
        ("all", PromiseRecord(1, 0)),
    ]


def test_shares_need_twenty_hand_overs():
    assert (
        PromiseRecord(19, 0).low,
        PromiseRecord(10, 8, 2).low,
        PromiseRecord(10, 8, 2).high,
    ) == (None, 0.5, 0.6)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 40 * 24 * 60), min_size=1, max_size=20),
    st.sampled_from(["30 minutes", "4 hours", "20 hours", "1 day", "3 days"]),
)
def test_deadlines_of_many_are_those_of_each(minutes, span):
    hours = BusinessHours(hours=("09:00-12:00", "13:00-18:00"), holidays="JP")
    deadlines, parsed = Deadlines(hours, "Asia/Tokyo"), parse_span(span)
    starts = [datetime(2024, 12, 20, tzinfo=UTC) + timedelta(minutes=minute) for minute in minutes]
    each = [round(deadlines.due(start, parsed).timestamp() * 1e6) for start in starts]
    micros = np.array([round(start.timestamp() * 1e6) for start in starts])
    assert due(deadlines, micros, [parsed] * len(starts)).tolist() == each


def test_no_span_has_no_deadline():
    deadlines = Deadlines(BusinessHours(hours=("09:00-18:00",)), "UTC")
    assert due(deadlines, np.array([0, 1]), [None, None]).tolist() == [NEVER, NEVER]
