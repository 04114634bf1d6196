"""The funnel's figures, counted a second time by pandas from the files."""

import numpy as np
import pandas as pd
import pytest

from features.intake.monthly import first_of, open_monthly
from tests.training.review.practised import CHANNELS, PERSONAS, leads_of, written_company
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.funnel.cohorts import cohorts
from training.review.funnel.funnel import funnel, parts_of, with_active
from training.review.funnel.metrics import FunnelShare, tellable_count

MATURE = pd.Timedelta(days=120)
UNTIL = pd.Timestamp("2025-04-01")


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """The funnel of a simulated company, and its leads by pandas."""
    folder = tmp_path_factory.mktemp("funnel")
    config = written_company(folder)
    with open_sources(config) as store:
        leads = cohorts(Run(config, store))
        parts = parts_of(Run(config, store), leads)
        found = funnel(
            Run(config, store), leads, open_monthly(config.input, quarantine=None), parts
        )
        found = with_active(found, Run(config, store), leads, parts)
        events = (
            store.query("SELECT lead, day, known_day, event_type FROM events").to_pandas(),
            store.query("SELECT * FROM episodes").to_pandas(),
            dict(store.connection.execute("SELECT lead, known_day FROM leads").fetchall()),
        )
        ids = store.query("SELECT lead, lead_id FROM leads").to_pandas()
    return found, leads_of(folder), pd.read_csv(folder / "data" / "traffic.csv"), leads, events, ids


def name(month):
    return first_of(month).strftime("%Y-%m")


def within(leads, step):
    return leads[step].notna() & (leads[step] < leads["day"] + MATURE)


def share(of, part):
    return part.sum() / of.sum() if of.sum() >= 20 else None


def test_every_month_as_it_stands(counted):
    found, leads, *_ = counted
    assert [name(month) for month in found.raw_months] == [f"2024-{m:02}" for m in range(4, 13)] + [
        f"2025-{m:02}" for m in range(1, 4)
    ]
    for month in found.months:
        own = leads[leads["month"] == name(month.month)]
        every, mql = own["day"].notna(), own["mql"].notna()
        opportunity, customer = own["opportunity"].notna(), own["customer"].notna()
        assert month.raw.leads == len(own)
        assert month.raw.customers == customer.sum()
        assert month.raw.value("lead to MQL") == pytest.approx(share(every, mql))
        assert month.raw.value("MQL to opportunity") == pytest.approx(share(mql, mql & opportunity))
        assert month.raw.value("opportunity to customer") == pytest.approx(
            share(opportunity, opportunity & customer)
        )
        assert month.raw.value("lead to customer") == pytest.approx(share(every, customer))


def test_a_month_is_judged_when_the_days_of_all_its_leads_are_over(counted):
    found, leads, *_ = counted
    # the leads of 2 December had 120 days on 1 April
    assert name(found.mature_months[-1]) == "2024-11"
    judged = leads[leads["month"].isin([name(month) for month in found.mature_months])]
    assert (judged["day"] + MATURE <= UNTIL).all()
    for month in found.months:
        own = leads[leads["month"] == name(month.month)]
        assert (month.mature is not None) == (month.month in found.mature_months)
        if month.mature is not None:
            assert month.mature.customers == within(own, "customer").sum()
            assert month.mature.value("lead to customer") == pytest.approx(
                within(own, "customer").mean()
            )


def test_all_leads_together(counted):
    found, leads, traffic, *_ = counted
    own = leads[leads["month"].isin([name(month) for month in found.mature_months])]
    won = own[within(own, "customer")]
    spent = traffic[traffic["month"].isin([name(month) for month in found.mature_months])]
    whole = found.whole.mature
    assert (whole.leads, whole.customers) == (len(own), len(won))
    assert whole.cycle == (won["customer"] - won["day"]).dt.days.median()
    assert whole.amount == pytest.approx(won["amount"].mean())
    assert whole.value("cost per contract") == pytest.approx(spent["cost"].sum() / len(won))
    assert whole.value("visitor to lead") == pytest.approx(len(own) / spent["visits"].sum())


@pytest.mark.parametrize("by", ["channel", "persona"])
def test_every_segment(counted, by):
    found, leads, *_ = counted
    own = leads[leads["month"].isin([name(month) for month in found.mature_months])]
    told = {segment.name: segment for segment in found.segments if segment.by == by}
    assert list(told) == list(CHANNELS if by == "channel" else PERSONAS)
    for segment in told.values():
        some = own[own[by] == segment.name]
        assert segment.mature.leads == len(some)
        assert segment.mature.customers == within(some, "customer").sum()


def test_an_open_lead_is_active_when_it_did_something_itself_in_30_days(counted):
    """Counted lead by lead: open is who began, was not closed, and was heard of by itself or by
    sales in 90 days.
    """
    found, _, _, _, (events, episodes, known), _ = counted
    as_of, active, everybody = found.until, 0, 0
    events = events[events["known_day"] < as_of]
    heard = (
        events[(events["event_type"] != "email_sent") & (events["day"] >= as_of - 90)]
        .groupby("lead")
        .size()
    )
    acted = events[
        ~events["event_type"].isin(["email_sent", "call_made"]) & (events["day"] >= as_of - 30)
    ]
    did, begun = set(acted["lead"]), episodes[episodes["started_day"] < as_of]
    for lead, own in begun.sort_values("episode").groupby("lead"):
        newest = own.iloc[-1]
        is_closed = pd.notna(newest["close_known_day"]) and newest["close_known_day"] < as_of
        is_heard = lead in heard.index or newest["started_day"] >= as_of - 90
        if known[lead] < as_of and not is_closed and is_heard:
            everybody += 1
            active += lead in did
    assert (found.whole.active.part, found.whole.active.whole) == (active, everybody)
    # the last month ends where the sources end
    assert found.months[-1].active == found.whole.active


def test_leads_that_no_rule_takes_are_listed_with_their_values(counted):
    found, leads, *_ = counted
    (channel,), (persona,) = found.unmapped["channel"], found.unmapped["persona"]
    assert (channel.column, channel.value, channel.leads) == (
        "source",
        "outbound list",
        (leads["channel"] == "").sum(),
    )
    assert (persona.column, persona.value, persona.leads) == (
        "employees",
        None,
        (leads["persona"] == "").sum(),
    )
    assert found.unlisted == ("outbound list",)


def test_what_the_sources_do_not_tell_is_named(counted):
    assert counted[0].missing == ("SAL", "toss-up", "effective")


def test_lost_reasons_are_told_of_five_losses_or_more(counted):
    found, *_ = counted
    assert found.lost is not None
    assert found.lost.groups == tuple(PERSONAS)
    assert found.lost.total >= sum(count or 0 for row in found.lost.counts for count in row)
    assert not any(
        count is not None and 0 < count < 5 for row in found.lost.counts for count in row
    )


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 19, None), (0, 20, 0.0), (7, 20, 0.35)]
)
def test_a_rate_needs_twenty_leads(part, whole, expected):
    assert FunnelShare(part, whole).value == expected


@pytest.mark.parametrize(
    ("count", "expected"), [(0, 0), (1, None), (4, None), (5, 5), (None, None)]
)
def test_a_count_of_one_to_four_is_not_told(count, expected):
    assert tellable_count(count) == expected


def test_a_step_is_taken_within_the_days_or_it_is_not_judged(counted):
    *_, leads, _, _ = counted
    for step in leads.reached:
        raw, mature = leads.came_to(step, mature=False), leads.came_to(step, mature=True)
        assert not (mature & ~raw).any()
        assert not (mature & ~leads.is_mature).any()
        assert np.all(leads.reached[step][mature] < leads.created[mature] + leads.mature_days)
