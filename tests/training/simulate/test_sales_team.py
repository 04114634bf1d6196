"""What a simulated sales team does, counted from the tables alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import holidays
import numpy as np
import pandas as pd
import pytest

from training.simulate.command import Company, SalesTeam, World, simulate
from training.simulate.life import life_of
from training.simulate.then import known_then

COMPANY = Company(n_leads=2_000, seed=11, rounds=14, mess=False, sales=SalesTeam())
ZONE = COMPANY.timezone
CLOSED = holidays.country_holidays("JP")


@cache
def world(company: Company = COMPANY) -> World:
    return simulate(company)


@cache
def contacts(company: Company = COMPANY) -> pd.DataFrame:
    events = world(company).events.to_pandas()
    found = events[events["event_type"].isin(["call_made", "sales_mail"])].copy()
    found["local"] = found["occurred_at"].dt.tz_convert(ZONE)
    return found


@cache
def handed(company: Company = COMPANY) -> pd.DataFrame:
    outcomes = world(company).outcomes.to_pandas()
    return outcomes[outcomes["mql_at"].notna()]


def is_open(moment: pd.Timestamp) -> bool:
    hour = moment.hour + moment.minute / 60
    return (
        moment.weekday() < 5
        and moment.date() not in CLOSED
        and (9 <= hour < 12 or 13 <= hour < 18.02)
    )


def close_of_business(moment: pd.Timestamp) -> pd.Timestamp:
    """The end of the first working day on which somebody can act, by walking."""
    day = moment
    while True:
        end = day.normalize() + pd.Timedelta(hours=18)
        if day.weekday() < 5 and day.date() not in CLOSED and day < end:
            return end
        day = day.normalize() + pd.Timedelta(days=1)


def test_nobody_works_at_night_on_sundays_or_on_holidays():
    assert len(contacts()) > 3_000
    assert contacts()["local"].map(is_open).all()


def test_nobody_makes_more_contacts_a_day_than_there_are_people_for():
    small = replace(COMPANY, sales=SalesTeam(people=1, contacts_per_day=15))
    busy = contacts(small).groupby(contacts(small)["local"].dt.date).size()
    assert busy.max() == 15
    assert (busy == 15).mean() > 0.5  # too few people for so many leads
    assert in_time(small) < in_time(COMPANY) - 0.2


def in_time(company: Company) -> float:
    """The share of hand-overs whose first contact came by the end of the working day."""
    first = (
        contacts(company)
        .merge(handed(company)[["lead_id", "mql_at"]], on="lead_id")
        .query("occurred_at >= mql_at")
        .groupby(["lead_id", "mql_at"])["occurred_at"]
        .min()
    )
    rows = handed(company).set_index(["lead_id", "mql_at"])
    due = [close_of_business(at.tz_convert(ZONE)) for _, at in rows.index]
    over = pd.Series(due, rows.index) < world(company).observed_until.as_py()
    return float((first.reindex(rows.index) <= due)[over].mean())


def test_first_contacts_come_in_time_about_nine_times_in_ten():
    assert 0.8 < in_time(COMPANY) < 0.97


def test_three_calls_and_three_mails_for_most_and_more_calls_for_large_companies():
    kinds = pd.crosstab(contacts()["lead_id"], contacts()["event_type"])
    leads = world().leads.to_pandas().set_index("lead_id")
    calls = kinds["call_made"].groupby(leads["employees"] >= 1000).quantile(0.75)
    assert calls[True] == 5
    assert calls[False] == 3
    assert kinds["sales_mail"].quantile(0.75) == 3


def test_only_who_was_handed_over_is_worked_and_nobody_after_the_close():
    outcomes = world().outcomes.to_pandas()
    assert set(contacts()["lead_id"]) <= set(handed()["lead_id"])
    won = outcomes[outcomes["won"].eq(True)].set_index("lead_id")["closed_at"]
    after = contacts()["occurred_at"] > contacts()["lead_id"].map(won) + pd.Timedelta(minutes=1)
    assert not after.any()


def test_a_status_follows_a_contact_and_every_return_has_its_reason():
    statuses = world().statuses.to_pandas()
    share = statuses["status"].value_counts() / handed()["lead_id"].nunique()
    assert 0.05 < share["sent back"] < 0.3
    assert 0.4 < share["accepted"] < 0.9
    assert 0.05 < share["toss-up"] < share["accepted"]
    assert (statuses["reason"].notna() == (statuses["status"] == "sent back")).all()
    assert (statuses["recorded_at"] >= statuses["changed_at"]).all()
    first = contacts().groupby("lead_id")["occurred_at"].min().dt.floor("s")
    assert (statuses["changed_at"] >= statuses["lead_id"].map(first)).all()


def test_students_are_sent_back_more_often():
    statuses, leads = world().statuses.to_pandas(), world().leads.to_pandas()
    back = set(statuses.loc[statuses["status"] == "sent back", "lead_id"])
    worked = leads[leads["lead_id"].isin(set(statuses["lead_id"]))]
    rate = worked["lead_id"].isin(back).groupby(worked["job title"] == "Student").mean()
    assert rate[True] > 2 * rate[False]


def test_stages_come_in_their_order():
    outcomes = world().outcomes.to_pandas()
    both = outcomes.dropna(subset=["mql_at", "opportunity_at"])
    assert len(both) > 100
    assert (both["mql_at"] <= both["opportunity_at"]).all()
    won = outcomes[outcomes["won"].eq(True)]
    assert won["opportunity_at"].notna().all()
    assert (won["opportunity_at"] <= won["closed_at"]).all()
    assert 0.5 < won["mql_at"].notna().mean() < 0.9


def test_what_sales_does_changes_nobodys_chance():
    without = world(replace(COMPANY, sales=None))
    assert world().truth.equals(without.truth)
    wins = [
        found.to_pandas().query("won == True").set_index("lead_id")["closed_at"].sort_index()
        for found in (world().outcomes, without.outcomes)
    ]
    pd.testing.assert_series_equal(*wins)


@pytest.mark.parametrize("back", [1, 2, 30])
def test_a_table_of_a_day_holds_what_was_recorded_before_it(back):
    day = COMPANY.today - dt.timedelta(days=back)
    life = life_of(COMPANY)
    moment = int(life.calendar.midnights[(day - life.calendar.dates[0]).days])
    desk = life.desk()
    desk.take(life.by_the_old_rule(moment))
    desk.work(moment)
    then, cut = life.tables_on(day, desk), known_then(world(), moment)
    for name in ("statuses", "events", "outcomes"):
        key = [(column, "ascending") for column in getattr(then, name).column_names]
        assert getattr(then, name).sort_by(key).equals(getattr(cut, name).sort_by(key)), name


def test_the_rounds_ahead_are_in_no_table():
    company = replace(COMPANY, rounds_ahead=6, observed_until=dt.date(2025, 9, 16))
    found, whole = world(company), world(replace(company, rounds_ahead=0))
    assert company.today == dt.date(2025, 4, 1)
    assert found.facts.observed_until == "2025-04-01T00:00:00"
    until = found.observed_until
    newest = found.events["recorded_at"].to_pandas().max()
    assert until.as_py() - pd.Timedelta(days=1) < newest < until.as_py()
    events = whole.events.to_pandas()
    known = events[events["recorded_at"] < until.as_py()]
    key = ["recorded_at", "lead_id", "event_type"]
    pd.testing.assert_frame_equal(
        known.sort_values(key).reset_index(drop=True),
        found.events.to_pandas().sort_values(key).reset_index(drop=True),
    )
    assert set(found.leads["lead_id"].to_pylist()) < set(whole.leads["lead_id"].to_pylist())
    assert max(found.goals["month"].to_pylist()) == "2025-03"


@pytest.mark.parametrize(
    "wrong",
    [
        {"forgotten": 1.2},
        {"people": 0},
        {"contacts_per_day": 0},
        {"reached": -0.1},
        {"call_effect": -1.0},
    ],
)
def test_a_team_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SalesTeam(**wrong)


CALLING = replace(COMPANY, n_leads=4_000, base_rate=0.08, sales=SalesTeam(call_effect=1.0))


def called_on(company: Company) -> pd.Series:
    """Lead to the midnight after its first call."""
    calls = contacts(company).query("event_type == 'call_made'")
    return calls.groupby("lead_id")["local"].min().dt.normalize() + pd.Timedelta(days=1)


def won_at(company: Company) -> pd.Series:
    outcomes = world(company).outcomes.to_pandas()
    return outcomes[outcomes["won"].eq(True)].set_index("lead_id")["closed_at"]


def test_where_calls_have_an_effect_more_of_the_called_are_won_and_none_of_the_others():
    without = replace(CALLING, sales=SalesTeam())
    wins, before = won_at(CALLING), won_at(without)
    assert len(wins) > 1.1 * len(before)
    called = set(called_on(CALLING).index)
    assert set(wins.index) - set(before.index) <= called
    others = before[~before.index.isin(called)]
    pd.testing.assert_series_equal(wins.reindex(others.index), others)
    both = wins.index.intersection(before.index)
    assert (wins[both] <= before[both]).all()


def test_the_truth_says_what_a_call_changes():
    found = world(CALLING)
    since = called_on(CALLING)
    horizon = pd.Timedelta(days=CALLING.round_days)
    since = since[since + horizon < found.observed_until.as_py()]
    won = won_at(CALLING).reindex(since.index)
    outcomes = found.outcomes.to_pandas()
    ended = outcomes.groupby("lead_id")["closed_at"].min().reindex(since.index)
    open_ = ended.isna() | (ended >= since)
    since, won = since[open_], won[open_]
    days = (since.dt.tz_localize(None) - pd.Timestamp(0)).dt.days.to_numpy()
    chance = found.chances.at(list(since.index), days)
    happened = (won >= since) & (won < since + horizon)
    assert happened.sum() > 200
    noise = np.sqrt((chance * (1 - chance)).sum())
    assert abs(happened.sum() - chance.sum()) < 3.5 * noise
    uncalled = replace(found.chances, called={}, effect=0.0).at(list(since.index), days)
    assert happened.sum() - uncalled.sum() > 5 * noise


def test_nobody_acts_after_a_win_that_a_call_brought():
    found = world(CALLING)
    events = found.events.to_pandas()
    late = events["occurred_at"] > events["lead_id"].map(won_at(CALLING)) + pd.Timedelta(minutes=1)
    assert not late.any()
    truth = found.truth.to_pandas()
    assert not (truth["as_of"] >= truth["lead_id"].map(called_on(CALLING))).any()
