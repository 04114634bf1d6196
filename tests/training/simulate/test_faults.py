"""Planted faults: everything before their day stays, and after it the fault is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from training.simulate.command import Company, Faults, SalesTeam, World, simulate
from training.simulate.company import Calendar
from training.simulate.then import known_then

QUIET = Company(n_leads=3_000, seed=5, rounds=16, mess=False, base_rate=0.06, sales=SalesTeam())
SINCE = dt.date(2024, 11, 15)
EVERY = {
    "level": {"level": 0.4},
    "event": {"stopped_event": "page_view"},
    "channel": {"vanished_channel": "paid search"},
    "calls": {"no_calls": True},
}


@cache
def world(kind: str | None) -> World:
    faults = Faults(SINCE, **EVERY[kind]) if kind else None
    return simulate(replace(QUIET, faults=faults))


def moment_of(day: dt.date) -> int:
    calendar = Calendar(QUIET)
    return int(calendar.midnights[(day - calendar.dates[0]).days])


def after(table: pa.Table, column: str) -> pd.DataFrame:
    rows = table.to_pandas()
    return rows[rows[column] >= pd.Timestamp(moment_of(SINCE), unit="ms", tz="UTC")]


@pytest.mark.parametrize("kind", list(EVERY))
def test_every_table_before_the_day_is_as_it_would_have_been(kind):
    then, quiet = (before_the_day(name) for name in (kind, None))
    for name, table in quiet.items():
        if kind == "level" and name in {"outcomes", "statuses", "events"}:
            continue  # sales feels a close coming, and there are fewer
        assert then[name].equals(table), name
    assert quiet["events"].num_rows > 10_000


def before_the_day(kind: str | None) -> dict[str, pa.Table]:
    found = known_then(world(kind), moment_of(SINCE))
    names = ("leads", "events", "outcomes", "attribute_changes", "statuses")
    tables = {name: getattr(found, name) for name in names}
    own = pc.is_in(found.events["event_type"], value_set=pa.array(["call_made", "sales_mail"]))
    closes = found.outcomes.filter(pc.is_valid(found.outcomes["closed_at"]))
    return {
        **tables,
        "own events": found.events.filter(pc.invert(own)),
        "closes": closes.select(["lead_id", "closed_at", "won", "amount", "lost_reason"]),
    }


def test_leads_close_more_slowly_and_the_truth_says_so():
    counts = []
    for kind in ("level", None):
        found = world(kind)
        wins = after(found.outcomes, "closed_at").query("won == True")
        truth = after(found.truth, "as_of")
        inside = truth[truth["as_of"] < found.observed_until.as_py()]
        counts.append((len(wins), inside["probability"].sum() / len(inside)))
    (slow, chance), (usual, before) = counts
    assert 0.4 < slow / usual < 0.62  # who is not won today may be won later
    assert 0.4 < chance / before < 0.62


def test_an_event_type_stops_and_all_others_go_on():
    stopped, quiet = (after(world(kind).events, "recorded_at") for kind in ("event", None))
    assert not (stopped["event_type"] == "page_view").any()
    assert (quiet["event_type"] == "page_view").sum() > 1_000
    assert len(stopped) == (quiet["event_type"] != "page_view").sum()


def test_a_channel_vanishes_and_nobody_else():
    gone, quiet = (after(world(kind).leads, "created_at") for kind in ("channel", None))
    assert set(quiet["source"]) - set(gone["source"]) == {"paid search"}
    assert len(gone) == (quiet["source"] != "paid search").sum()
    known = set(world("channel").leads["lead_id"].to_pylist())
    for table in ("events", "outcomes", "statuses"):
        assert set(getattr(world("channel"), table)["lead_id"].to_pylist()) <= known


def test_sales_calls_nobody_and_writes_on():
    silent, quiet = (after(world(kind).events, "occurred_at") for kind in ("calls", None))
    assert not (silent["event_type"] == "call_made").any()
    assert (quiet["event_type"] == "call_made").sum() > 300
    assert (silent["event_type"] == "sales_mail").sum() > 200


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ({"level": 0.0}, "level"),
        ({"vanished_channel": "pigeon"}, "expected one of organic search.*'pigeon'"),
        ({"stopped_event": "sneeze"}, "expected one of .*page_view.*'sneeze'"),
    ],
)
def test_a_fault_that_nothing_can_have_is_refused(faults, told):
    with pytest.raises(ValueError, match=told):
        simulate(replace(QUIET, n_leads=100, faults=Faults(SINCE, **faults)))


def test_a_fault_before_the_company_began_is_refused():
    company = replace(QUIET, n_leads=100, faults=Faults(dt.date(2019, 1, 1), level=0.7))
    with pytest.raises(ValueError, match=r"since: expected a day from .* got 2019-01-01"):
        simulate(company)


def test_mess_and_faults_do_not_go_together():
    with pytest.raises(ValueError, match="mess=False"):
        replace(QUIET, mess=True, faults=Faults(SINCE, level=0.7))
