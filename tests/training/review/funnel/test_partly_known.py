"""What is only partly known is never shown as the whole: visits, cost, amounts and goals of some
months or rows.
"""

import io
from datetime import date, timedelta

import openpyxl
import pandas as pd
import pytest
import yaml

from features.intake.monthly import first_of, open_monthly
from propensity.config.config import load
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.funnel.cohorts import cohorts
from training.review.funnel.funnel import funnel, parts_of
from training.review.funnel.sheet_figures import sla_figures
from training.review.sheet.workbook import workbook
from training.review.words import words_of

CHANNELS = {"Fairs": ["fair", "congress"], "Web": ["web"]}


def written(folder, *, traffic, goals, amount_known=lambda i: True):
    """Four months, 30 leads a month and channel, of which 6 of Fairs are won ten days later."""
    leads, outcomes, events = [], [], []
    for month in range(2, 6):
        for source in ("fair", "web"):
            for i in range(30):
                day, lead = date(2023, month, 1 + i % 25), f"{source}{month}_{i:02}"
                leads.append((lead, f"{day} 10:00", source, 50 if i % 2 else 5000))
                events.append((lead, f"{day} 11:00", "visit"))
                if source == "fair" and i < 6:
                    amount = 200 if amount_known(i) else None
                    outcomes.append((lead, f"{day + timedelta(days=10)} 10:00", True, amount))
    tables = {
        "leads": (leads, ["lead_id", "created_at", "source", "employees"]),
        "outcomes": (outcomes, ["lead_id", "closed_at", "won", "amount"]),
        "events": (events, ["lead_id", "occurred_at", "event_type"]),
        "traffic": (traffic, ["month", "channel", "visits", "cost"]),
        "goals": (goals, ["month", "segment", "revenue"]),
    }
    for name, (rows, columns) in tables.items():
        pd.DataFrame(rows, columns=columns).to_csv(folder / f"{name}.csv", index=False)
    path = folder / "propensity.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "name": "partly",
                "input": {
                    "timezone": "Asia/Tokyo",
                    "observed_until": "2023-06-20",
                    "leads": {"path": "leads.csv"},
                    "events": {"path": "events.csv"},
                    "outcomes": {"path": "outcomes.csv", "columns": {"amount": "amount"}},
                    "traffic": {"path": "traffic.csv", "columns": {"cost": "cost"}},
                    "goals": {"path": "goals.csv"},
                },
                "columns": {"fit": ["employees"], "interest": ["source"]},
                "behaviour": {"actors": {"*": "lead"}},
                "population": {"until": "closed", "stale_after_days": 90},
                "goal": {"stage": "won", "horizon_days": 14},
                "snapshots": {"every_days": 7},
                "review": {
                    "mature_after_days": 20,
                    "channels": [
                        {"name": "Fairs", "rule": 'source = "fair"', "traffic": CHANNELS["Fairs"]},
                        {"name": "Web", "rule": 'source = "web"', "traffic": CHANNELS["Web"]},
                    ],
                    "personas": [
                        {"name": "small", "rule": "employees < 100"},
                        {"name": "large", "rule": "employees >= 100"},
                    ],
                },
            }
        ),
        encoding="utf-8",
    )
    return load(path)


def whole_traffic(months=range(2, 6)):
    return [
        (f"2023-{month:02}", channel, visits, cost)
        for month in months
        for channel, visits, cost in (("fair", 200, 400), ("congress", 100, 50), ("web", 300, 0))
    ]


def counted(config):
    with open_sources(config) as store:
        run = Run(config, store)
        monthly, leads = open_monthly(config.input, quarantine=None), cohorts(run)
        found = funnel(run, leads, monthly, parts_of(run, leads))
        return found, sla_figures(run, monthly, leads)


def segment(found, name):
    return next(one for one in found.segments if (one.by, one.name) == ("channel", name)).raw


GOALS = [(f"2023-{month:02}", name, 1000) for month in range(2, 6) for name in ("small", "large")]


def test_all_known(tmp_path):
    found, sheet = counted(written(tmp_path, traffic=whole_traffic(), goals=GOALS))
    assert segment(found, "Fairs").value("visitor to lead") == pytest.approx(120 / 1200)
    assert segment(found, "Fairs").value("cost per contract") == pytest.approx(4 * 450 / 24)
    assert found.whole.raw.value("visitor to lead") == pytest.approx(240 / 2400)
    assert sheet.tally_months == sheet.raw_months
    assert (sheet.tally[-1].goal, sheet.tally[-1].visits) == (8000, 2400)
    assert (sheet.tally[-1].won, sheet.tally[-1].priced) == (24, 24)


def test_a_month_without_rows_is_on_neither_side(tmp_path):
    traffic = [row for row in whole_traffic() if row[:2] not in {("2023-04", "fair")}]
    found, sheet = counted(written(tmp_path, traffic=traffic, goals=GOALS))
    # one of the two names of the channel is missing in April: its April is not known
    assert segment(found, "Fairs").value("visitor to lead") == pytest.approx(90 / 900)
    assert segment(found, "Fairs").value("cost per contract") == pytest.approx(3 * 450 / 18)
    assert found.whole.raw.value("visitor to lead") == pytest.approx(210 / 2100)
    assert found.whole.raw.value("cost per contract") == pytest.approx(3 * 450 / 18)
    april = next(month for month in found.months if first_of(month.month).month == 4)
    assert april.raw.value("visitor to lead") == pytest.approx(30 / 300)
    assert sheet.visitor_to_lead == pytest.approx(210 / 2100)
    assert sheet.tally[-1].visits is None
    line = next(one for one in sheet.by_month if (one.channel, first_of(one.month).month) == (0, 4))
    assert (line.visits, line.cost) == (None, None)


def test_a_row_without_cost_makes_the_cost_of_its_month_unknown(tmp_path):
    traffic = [*whole_traffic(range(2, 5)), ("2023-05", "congress", 100, 50)]
    traffic += [("2023-05", "fair", 100, 200), ("2023-05", "fair", 100, None)]
    found, sheet = counted(written(tmp_path, traffic=traffic, goals=GOALS))
    assert segment(found, "Fairs").value("cost per contract") == pytest.approx(3 * 450 / 18)
    assert segment(found, "Fairs").value("visitor to lead") == pytest.approx(120 / 1200)
    line = next(one for one in sheet.by_month if (one.channel, first_of(one.month).month) == (0, 5))
    assert (line.visits, line.cost) == (300, None)


def test_goals_of_some_months_are_compared_with_these_months(tmp_path):
    goals = [goal for goal in GOALS if goal[0] < "2023-05"]
    goals.remove(("2023-02", "large", 1000))
    _, sheet = counted(written(tmp_path, traffic=whole_traffic(), goals=goals))
    assert [first_of(month).month for month in sheet.tally_months] == [3, 4]
    everything = sheet.tally[-1]
    closed = pd.to_datetime(pd.read_csv(tmp_path / "outcomes.csv")["closed_at"]).dt.month
    inside = int(closed.isin([3, 4]).sum())
    assert (everything.goal, everything.customers) == (4000, inside)
    assert everything.revenue == 200 * inside
    assert (everything.leads, everything.visits) == (120, 1200)
    by_month = {first_of(month).month: one.goal for month, one in sheet.booked}
    assert by_month == {2: None, 3: 2000, 4: 2000, 5: None}


def test_goals_that_never_meet_are_no_goal(tmp_path):
    goals = [("2023-02", "small", 1000), ("2023-03", "large", 1000)]
    _, sheet = counted(written(tmp_path, traffic=whole_traffic(), goals=goals))
    assert sheet.tally_months == sheet.raw_months
    assert [one.goal for one in sheet.tally] == [None, None, None]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_wins_without_an_amount_are_said(tmp_path, language):
    config = written(
        tmp_path, traffic=whole_traffic(), goals=GOALS, amount_known=lambda i: i % 3 == 0
    )
    _, sheet = counted(config)
    won, amounts = 24, pd.read_csv(tmp_path / "outcomes.csv")["amount"]
    assert (sheet.tally[-1].won, sheet.tally[-1].priced) == (won, amounts.notna().sum())
    assert sheet.tally[-1].revenue == amounts.sum()
    words = words_of("sheet", language)
    book = openpyxl.load_workbook(io.BytesIO(workbook(sheet, words)))
    told = {cell.value for row in book[words.say("sheet: tally")].iter_rows() for cell in row}
    # of either persona 12 wins: even places are large companies, odd ones small
    assert words.say("revenue of some") in told
    small = sheet.tally[0]
    expected = words.say("revenue of", part=small.priced, whole=small.won)
    assert (expected in told) == (min(small.priced, small.won - small.priced) >= 5)
