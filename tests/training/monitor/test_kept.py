"""Both sides' promises, against a recount from the nights' files and the raw events."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.resources import UNLIMITED
from tests.training.monitor.conftest import FIRST, LOOK, NIGHTS
from training.monitor import kept
from training.monitor.hand_overs import ledger_hand_overs
from training.monitor.shares_by_week import is_behind, share_by_week
from training.monitor.watched import monday, watched

ZONE = "Asia/Tokyo"


@pytest.fixture(scope="module")
def answered(company):
    with watched(company, as_of=LOOK, resources=UNLIMITED) as seen:
        yield kept.answer(seen)


def table(answer, key):
    figures = next(each for each in answer.figures if each.key == key)
    names = [column.key for column in figures.columns]
    return pd.DataFrame([dict(zip(names, row, strict=True)) for row in figures.rows])


def handed_over(company):
    """Every hand-over in the nights' files, with the calls that came in time, from raw events."""
    folder = Path(company.nightly.folder)
    rows = pd.concat(pd.read_parquet(path) for path in sorted(folder.glob("*/scored.parquet")))
    rows = rows[rows.handed_over_on == rows.as_of].copy()
    events = pd.read_csv(folder.parent / "events.csv")
    calls = events[events.event_type == "called"].copy()
    calls["at"] = pd.to_datetime(calls.occurred_at, format="ISO8601", utc=True)
    night = pd.to_datetime(rows.as_of).dt.tz_localize(ZONE)
    rows["until"] = rows.respond_by.dt.tz_convert("UTC")
    rows["in_time"] = [
        bool(((calls.lead_id == lead) & (calls["at"] >= start) & (calls["at"] <= end)).sum())
        for lead, start, end in zip(rows.lead_id, night, rows.until, strict=True)
    ]
    rows["week"] = [monday(day) for day in rows.as_of]
    return rows


def test_weeks_equal_a_recount_of_the_nights_files(company, answered):
    rows = handed_over(company)
    of_marketing = rows[rows.decided_by.isin(["MQL", "hand-raiser"])]
    marketing = table(answered, "marketing").set_index("week").mqls
    sales = table(answered, "sales").set_index("week")

    assert len(rows) > 100
    assert 3 < rows.in_time.sum() < len(rows)
    ran = [FIRST + dt.timedelta(days=7 * n) for n in range(NIGHTS)]
    assert marketing[ran].to_dict() == of_marketing.groupby("week").size().to_dict()
    assert sales.handed[ran].to_dict() == rows.groupby("week").size().to_dict()
    assert sales.contact_judged[ran].to_dict() == rows.groupby("week").size().to_dict()
    assert sales.contact_kept[ran].to_dict() == rows.groupby("week").in_time.sum().to_dict()


def test_teams_are_roles_and_small_groups_are_left_out(company, answered):
    rows = handed_over(company)
    team = table(answered, "by_team").set_index("team")
    count = rows.owner.value_counts()

    assert set(count.index) == {"IS 田中チーム", "Sales"}
    assert team.handed.to_dict() == count[count >= 20].to_dict()
    assert team.handed.sum() > 50


def test_rates_equal_a_recount_of_the_outcomes(company, answered):
    rows = handed_over(company).drop_duplicates(["lead_id", "episode"])
    last = FIRST + dt.timedelta(days=7 * (NIGHTS - 1))
    horizon = dt.timedelta(days=company.goal.horizon_days)
    rows = rows[[day + horizon <= last for day in rows.as_of]]
    outcomes = pd.read_csv(Path(company.nightly.folder).parent / "outcomes.csv")
    outcomes = outcomes.drop_duplicates("lead_id").set_index("lead_id")
    night = pd.to_datetime(rows.as_of).dt.tz_localize(ZONE)
    end = pd.to_datetime([day + horizon for day in rows.as_of]).tz_localize(ZONE)
    deal = pd.to_datetime(rows.lead_id.map(outcomes.deal_at), format="ISO8601", utc=True)
    rows["opportunity"] = ((deal >= night) & (deal < end)).to_numpy()
    expected = rows.groupby("owner").opportunity.agg(["size", "mean"])

    rates = table(answered, "rates_by_team").set_index("team")

    told = expected[expected["size"] >= 20]
    assert len(told)
    assert told["mean"].max() > 0
    assert rates.judged.to_dict() == told["size"].to_dict()
    assert rates.opportunity_rate.to_dict() == pytest.approx(told["mean"].to_dict())
    assert rates.effective_rate.isna().all()
    assert set(table(answered, "rates_by_segment").segment) <= {"fairs", "all"}


def test_hours_are_at_most_from_the_night_before_to_the_hand_over(company, answered):
    marketing = table(answered, "marketing").set_index("week")

    later = marketing.loc[FIRST + dt.timedelta(days=7) : FIRST + dt.timedelta(days=7 * NIGHTS - 7)]
    assert later.hours.between(0, 168).all()


def test_an_earlier_look_judges_no_deadline_that_was_still_open(company):
    night = FIRST + dt.timedelta(days=7)
    with watched(company, as_of=night, resources=UNLIMITED) as seen:
        handed = ledger_hand_overs(seen, since=FIRST)
    tonight = np.array([fact.as_of == night for fact in handed.facts])

    assert tonight.any()
    assert (handed.judge.contact[tonight] == -2).all()
    assert (handed.judge.contact[~tonight] >= 0).any()


def test_long_after_the_last_night_its_weeks_are_told(company, answered):
    late = LOOK + dt.timedelta(days=365)
    with watched(company, as_of=late, resources=UNLIMITED) as seen:
        answer = kept.answer(seen)

    told, before = table(answer, "marketing"), table(answered, "marketing")
    newest = FIRST + dt.timedelta(days=7 * (NIGHTS - 1))
    assert told.week.max() == before.week.max() == monday(newest)
    assert told.mqls.tolist() == before.mqls.tolist()
    assert "MQLs a week" in answer.sentence


def test_what_sales_did_not_do_is_an_alarm(answered):
    assert {"contact-low"} <= {alarm.code for alarm in answered.alarms}
    assert answered.verdict == "look"


def test_no_person_and_no_lead_is_named(company, answered):
    rows = handed_over(company)
    told = repr(answered)

    assert not [lead for lead in rows.lead_id if lead in told]
    assert "株式会社" not in told


# --- weekly shares, in simulated years


def weeks(rng, share, *, per_week=25, last=None):
    judged = rng.poisson(per_week, 26)
    chance = np.full(26, share)
    chance[-3:] = share if last is None else last
    return rng.binomial(judged, chance), judged


def alarms(rng, share, kind, **options):
    found = 0
    for _ in range(100):
        told = share_by_week(*weeks(rng, share, **options), least=0.8)
        found += kind in [week.alarm for week in told[-13:]]
    return found / 100


@pytest.mark.parametrize(
    ("share", "last", "kind", "least", "most"),
    [
        (0.9, None, "low", 0.0, 0.05),
        (0.9, None, "fell", 0.0, 0.05),
        (0.8, None, "low", 0.0, 0.08),
        (0.6, None, "low", 0.9, 1.0),
        (0.9, 0.2, "fell", 0.9, 1.0),
    ],
)
def test_shares_raise_an_alarm_where_they_should(share, last, kind, least, most):
    assert least <= alarms(np.random.default_rng(1), share, kind, last=last) <= most


def test_a_count_is_behind_where_it_should_be():
    rng = np.random.default_rng(2)

    def behind(mean):
        quarters = rng.poisson(mean, (200, 13))
        return np.mean(
            [any(is_behind(q[: n + 1], 20, weeks=13) for n in range(13)) for q in quarters]
        )

    assert behind(20) <= 0.06
    assert behind(13) >= 0.9
    assert not is_behind(np.zeros(0, dtype=np.int64), 20, weeks=13)
