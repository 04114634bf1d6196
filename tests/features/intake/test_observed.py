"""Up to when the sources are complete, where nobody says so."""

import numpy as np
import pytest

from features.intake.observed import Facts, last_usual_day
from tests.features.inputs import DAY, EVENTS, opened, three


def daily(first, last, per_day=10):
    day = np.arange(first, last + 1)
    return Facts(day, np.full(len(day), per_day), day * 86_400_000_000)


def some(*days, each=1):
    day = np.array(sorted(days))
    return Facts(day, np.full(len(day), each), day * 86_400_000_000)


CASES = {
    "a meeting booked for next month": ({"visit": daily(0, 99), "meeting": some(40, 60, 130)}, 99),
    "many meetings booked over weeks": (
        {"visit": daily(0, 99), "meeting": daily(0, 125, per_day=1)},
        99,
    ),
    "one close of the year 2099": ({"visit": daily(0, 99), "outcomes": some(50, 47_000)}, 99),
    "facts up to today": ({"visit": daily(0, 99), "outcomes": some(*range(0, 100, 9))}, 99),
    "a last quiet week": ({"visit": daily(0, 99), "call": some(20, 105)}, 105),
    "closes that go on for weeks after the visits": (
        {"visit": daily(0, 99), "outcomes": daily(0, 130)},
        130,
    ),
    "few facts": ({"visit": some(1, 2, 500)}, 500),
    "weekdays only": (
        {"visit": some(*(d for d in range(100) if d % 7 < 5), each=20), "meeting": some(150)},
        99,
    ),
}


@pytest.mark.parametrize(("facts", "expected"), CASES.values(), ids=CASES)
def test_the_newest_day_with_as_many_facts_as_usual(facts, expected):
    assert last_usual_day(facts) == expected


def company(tmp_path, extra="", *, columns="", **options):
    visits = "".join(f"a,2024-{1 + i // 28:02}-{1 + i % 28:02}T09:00Z,visit\n" for i in range(84))
    return opened(three(tmp_path, events=EVENTS + visits + extra, **options))


def test_what_lies_after_it_is_said(tmp_path):
    with company(tmp_path, "b,2099-01-01T09:00Z,meeting\n") as store:
        assert (store.observed_from, store.observed_day) == ("events", DAY + 31 + 29 + 27)
        assert any("event meeting: 1 of 1 lie after 2024-03-28" in w for w in store.report.warnings)


def test_a_close_after_it_is_a_plan_and_its_lead_is_open(tmp_path):
    outcomes = "lead_id,closed_at,won\na,2024-02-01T09:00Z,1\nb,2031-02-02T09:00Z,0\n"
    with company(tmp_path, outcomes=outcomes) as store:
        assert store.value("SELECT count(*) FROM episodes WHERE closed_at IS NOT NULL") == 1
        assert any("1 closes lie after" in warning for warning in store.report.warnings)


def test_an_event_recorded_before_it_happened_is_a_plan(tmp_path):
    from features.settings import EventColumns

    events = "lead_id,occurred_at,event_type,noted\n" + "".join(
        f"a,2024-01-{day:02}T09:00Z,visit,2024-01-{day:02}T10:00Z\n" for day in range(5, 20)
    )
    planned = "b,2024-03-01T09:00Z,meeting,2024-01-10T10:00Z\n"
    options = {"events": {"columns": EventColumns(recorded_at="noted")}}
    source = three(tmp_path, events=events + planned, outcomes=None, options=options)
    with opened(source) as store:
        assert store.observed_day == DAY + 18
