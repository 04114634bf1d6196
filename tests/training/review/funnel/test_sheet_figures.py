"""What stands in the sheet, counted a second time by pandas from the files."""

import pandas as pd
import pytest

from features.intake.monthly import first_of, open_monthly
from propensity.config.config import parse
from tests.training.review.practised import CHANNELS, PERSONAS, leads_of, written_company
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.funnel.sheet_figures import sla_figures

MATURE = pd.Timedelta(days=120)
PRICES = {"small": 200.0, "large": 450.0}


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sla")
    personas = [
        {"name": name, "rule": rule, "price": PRICES.get(name)} for name, rule in PERSONAS.items()
    ]
    config = written_company(folder, review={"personas": personas})
    with open_sources(config) as store:
        found = sla_figures(Run(config, store), open_monthly(config.input, quarantine=None))
    return found, leads_of(folder), folder


def name(month):
    return first_of(month).strftime("%Y-%m")


def of_months(leads, months):
    return leads[leads["month"].isin([name(month) for month in months])]


def test_judged_months_and_newest_months_are_six_each(counted):
    found, *_ = counted
    assert [name(month) for month in found.raw_months] == [
        "2024-10",
        "2024-11",
        "2024-12",
        "2025-01",
        "2025-02",
        "2025-03",
    ]
    assert [name(month) for month in found.mature_months] == [f"2024-{m:02}" for m in range(6, 12)]


def test_every_cell_of_channel_by_persona(counted):
    found, leads, _ = counted
    for table, months, is_mature in (
        (found.mature, found.mature_months, True),
        (found.raw, found.raw_months, False),
    ):
        own = of_months(leads, months)
        for row, channel in zip(table, [*CHANNELS, ""], strict=True):
            for cell, persona in zip(row, [*PERSONAS, ""], strict=True):
                some = own[(own["channel"] == channel) & (own["persona"] == persona)]
                won = some["customer"].notna()
                if is_mature:
                    won &= some["customer"] < some["day"] + MATURE
                assert (cell.leads, cell.customers) == (
                    (len(some), won.sum()) if len(some) >= 5 else (None, None)
                )


def test_prices_are_typed_or_the_average_of_won_amounts(counted):
    found, leads, _ = counted
    own = of_months(leads, found.mature_months)
    for place, persona in enumerate(PERSONAS):
        amounts = own[(own["persona"] == persona)]["amount"].dropna()
        expected = amounts.mean() if len(amounts) >= 5 else None
        assert found.average_price[place] == (
            pytest.approx(expected) if expected is not None else None
        )
        assert found.typed_price[place] == PRICES.get(persona)
        assert found.price[place] == (PRICES.get(persona) or found.average_price[place])


def test_a_lead_of_a_small_company_is_worth_its_close_rate_times_200(counted):
    found, *_ = counted
    for place, price in ((0, 200.0), (2, 450.0)):
        leads, customers = found.summed(None, place)
        assert found.value(None, place) == pytest.approx(customers / leads * price)


def test_leads_of_a_channel_and_month_with_their_visits_and_cost(counted):
    found, leads, folder = counted
    traffic = pd.read_csv(folder / "data" / "traffic.csv")
    for line in found.by_month:
        channel = [*CHANNELS, ""][line.channel]
        own = leads[(leads["month"] == name(line.month)) & (leads["channel"] == channel)]
        spent = traffic[
            (traffic["month"] == name(line.month))
            & traffic["channel"].isin(CHANNELS.get(channel, ["outbound list"]))
        ]
        assert line.leads == (len(own) if len(own) >= 5 else None)
        assert (line.visits, line.cost) == (spent["visits"].sum(), spent["cost"].sum())


def test_what_came_in_within_the_months(counted):
    found, leads, folder = counted
    goals = pd.read_csv(folder / "data" / "goals.csv")
    inside = {name(month) for month in found.raw_months}
    for place, persona in enumerate([*PERSONAS, None, "all"]):
        some = leads if persona == "all" else leads[leads["persona"] == (persona or "")]
        won = some[some["customer"].dt.strftime("%Y-%m").isin(inside)]
        mql = some["mql"].dt.strftime("%Y-%m").isin(inside).sum()
        goal = goals[
            goals["month"].isin(inside)
            & ((goals["segment"] == persona) if persona != "all" else True)
        ]
        one = found.tally[place]
        assert one.customers == (len(won) if len(won) >= 5 else None)
        assert one.revenue == (pytest.approx(won["amount"].sum()) if len(won) >= 5 else None)
        assert one.mqls == mql
        assert one.leads == some["month"].isin(inside).sum()
        assert one.goal == (goal["revenue"].sum() if len(goal) else None)


def test_a_flat_table_has_close_rates_and_no_months(tmp_path):
    rows = "\n".join(f"{k},{'ads' if k % 2 else 'mail'},{int(k % 10 == 0)}" for k in range(200))
    (tmp_path / "flat.csv").write_text(f"id,source,won\n{rows}\n", encoding="utf-8")
    config = parse(
        {
            "name": "flat",
            "input": {"flat": {"path": "flat.csv", "columns": {"outcome": "won", "lead_id": "id"}}},
            "columns": {"interest": ["source"]},
            "split": {"order": "rows"},
            "review": {
                "channels": [
                    {"name": "Ads", "rule": 'source = "ads"'},
                    {"name": "Mail", "rule": 'source = "mail"'},
                ],
                "personas": [{"name": "Everybody", "rule": "source is known", "price": 300}],
            },
        },
        base=tmp_path,
    )
    with open_sources(config) as store:
        found = sla_figures(Run(config, store), open_monthly(config.input, quarantine=None))
    assert [(row[0].leads, row[0].customers) for row in found.mature] == [(100, 0), (100, 20)]
    assert (found.rate(1, 0), found.value(1, 0)) == (0.2, 60.0)
    assert (found.raw_months, found.by_month, found.booked) == ((), (), ())
