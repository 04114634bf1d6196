"""Whether outcomes mean what they say: odd books, written down by hand."""

from types import MappingProxyType

import numpy as np
import pytest

from features.intake_report import IntakeReport, TableCounts
from tests.training.audit.ledgers import OBSERVED, company, config, flat, flat_config, found
from training.audit.labels import label_health
from training.learn.rows.run import Run
from training.learn.rows.split import longest_horizon

N = 400


def books(*, n=N, closed_after=40, seed=0, **more):
    """Leads of a year, every fifth won, the others lost, after about so many days."""
    random = np.random.default_rng(seed)
    created = np.linspace(500, 860, n).astype(int)
    closed = created + random.integers(closed_after // 2, closed_after * 2, n)
    return company(created, list(closed), np.arange(n) % 5 == 0, **more)


def test_healthy_books_are_green():
    with books() as store:
        says = label_health(Run(config(), store))

    assert {finding.light for finding in says} == {"green"}
    assert all(finding.area == "labels" for finding in says)


def test_the_horizon_that_the_history_can_afford_is_the_one_training_accepts():
    assert longest_horizon(165, 14) == 37  # what training says of the loan applications
    assert longest_horizon(8, None) == 1
    assert longest_horizon(3, None) == 0


def test_a_horizon_that_hardly_any_win_falls_into_is_amber():
    created = np.linspace(100, 400, N).astype(int)
    with company(created, list(created + 300), np.arange(N) % 2 == 0) as store:
        says = found(label_health(Run(config(horizon=10), store)), "age at close")

    assert says.light == "amber"
    assert "catches 0%" in says.sentence


def test_young_leads_are_told_with_what_a_raw_count_would_make_of_them():
    created = np.concatenate([np.full(300, 500), np.full(100, OBSERVED - 5)])
    closed = [560] * 150 + [None] * 250
    with company(created, closed, [1] * 150 + [0] * 250) as store:
        says = found(label_health(Run(config(), store)), "young leads")

    assert (says.evidence["young"], says.evidence["leads"]) == (100, 400)
    assert says.evidence["raw_rate"] == pytest.approx(150 / 400)
    assert says.evidence["rate_with_time"] == pytest.approx(0.5)


def test_leads_nobody_worked_are_counted_where_work_is_recorded():
    created = np.full(100, 500)
    calls = [(i, 510, "call") for i in range(40)]
    with company(created, [None] * 90 + [600] * 10, [0] * 100, events=calls) as store:
        says = found(label_health(Run(config(), store)), "never worked")

    assert (says.evidence["unworked"], says.light) == (50, "amber")


def test_without_any_record_of_work_nothing_is_said_about_it():
    with company([500], [None], [0], events=[(0, 510, "visit")]) as store:
        assert not [f for f in label_health(Run(config(), store)) if f.name == "never worked"]


def mqls(*, made):
    """Leads that attend a webinar; of those, some become MQL the day after, and every second of
    these is won.
    """
    created = np.full(200, 500)
    events = [(i, 520, "webinar") for i in range(100)] + [(i, 505, "visit") for i in range(200)]
    stage = [521 if i < made else 560 if i < 150 else None for i in range(200)]
    won = np.arange(200) % 2 == 0
    closed = [600 if i < 150 else None for i in range(200)]
    return company(created, closed, won, stages={"MQL": stage}, events=events)


def test_an_action_by_which_marketing_declares_the_mql_is_named():
    settings = config(stages=("MQL",))
    with mqls(made=90) as store:
        says = label_health(Run(settings, store))

    webinar = found(says, "MQLs made by webinar")
    assert (webinar.evidence["leads"], webinar.evidence["followed"], webinar.evidence["wins"]) == (
        100,
        90,
        45,
    )
    assert webinar.light == "amber"
    assert not [f for f in says if f.name == "MQLs made by visit"]


@pytest.mark.parametrize(
    ("called_at", "reached_at", "is_named"),
    [(15, 10, False), (9, 10, True), (15, 0, True)],  # of the last, the day alone is known
)
def test_a_call_that_answers_the_mql_did_not_make_it(called_at, reached_at, is_named):
    days = [520] * 90 + [None] * 110
    won = np.arange(200) % 2 == 0
    closed = [600 if day else None for day in days]
    calls = [(i, 520, "call") for i in range(90)]
    with company(np.full(200, 500), closed, won, stages={"MQL": days}, events=calls) as store:
        store.connection.execute(
            f"UPDATE events SET occurred_at = occurred_at + INTERVAL {called_at} HOUR"
        )
        store.connection.execute(
            "INSERT INTO stage_moments SELECT lead, episode, 0, TIMESTAMP '1970-01-01'"
            f" + to_days(s0_day) + INTERVAL {reached_at} HOUR FROM episodes"
            " WHERE s0_day IS NOT NULL"
        )
        says = label_health(Run(config(stages=("MQL",)), store))

    assert bool([f for f in says if f.name == "MQLs made by call"]) == is_named


def test_an_action_that_often_comes_long_before_the_mql_is_not():
    with mqls(made=10) as store:
        assert not [
            f
            for f in label_health(Run(config(stages=("MQL",)), store))
            if f.name.startswith("MQLs made")
        ]


def test_actions_the_company_names_are_looked_at_whatever_follows():
    with mqls(made=10) as store:
        says = label_health(Run(config(stages=("MQL",), audit={"mql_events": ["web*"]}), store))

    assert found(says, "MQLs made by webinar").light == "green"


def test_a_month_without_wins_is_named():
    created = np.repeat(np.arange(500, 800, 30), 100)
    won = (np.arange(1000) % 4 == 0) & (created != 620)
    with company(created, list(created + 10), won) as store:
        says = found(label_health(Run(config(), store)), "close rate by month")

    assert says.light == "amber"
    assert [month["wins"] for month in says.evidence["months"]] == [0]
    assert "1971-09 (0 of 100)" in says.sentence


def test_outcomes_before_their_lead_came_are_told_from_what_the_intake_put_aside():
    with books() as store:
        counts = TableCounts(
            read=100,
            kept=97,
            quarantined=MappingProxyType({"closed before the lead was created": 3}),
        )
        store.report = IntakeReport(tables={"outcomes": counts})
        says = found(label_health(Run(config(), store)), "outcome before creation")

    assert (says.evidence, says.light) == ({"outcomes": 100, "before": 3}, "amber")


def test_closes_booked_in_bulk_on_one_day_are_named_with_the_day():
    random = np.random.default_rng(0)
    closed = np.where(np.arange(N) < 80, 950, 600 + random.integers(0, 300, N))
    with company(np.full(N, 500), list(closed), np.arange(N) % 5 == 0) as store:
        says = found(label_health(Run(config(), store)), "bulk closes")

    assert says.light == "amber"
    assert says.evidence["days"] == [{"day": "1972-08-08", "closes": 80, "wins": 16}]


def test_one_account_or_salesperson_that_carries_the_wins_is_told_without_a_name():
    account = np.where(np.arange(N) % 10 == 0, 7, 100 + np.arange(N))
    owner = np.where(
        np.arange(N) % 5 == 0, "Ann Smith", np.array(["Bea", "Cid", "Dan", "Eve"])[np.arange(N) % 4]
    )
    settings = config(carry=["owner"], audit={"salesperson": "owner"})
    with books(account=account, columns={"owner": owner}) as store:
        says = label_health(Run(settings, store))

    by_account, by_owner = (
        found(says, "wins of one account"),
        found(says, "wins of one salesperson"),
    )
    assert (by_account.light, by_account.evidence["share_of_wins"]) == ("amber", 0.5)
    assert (by_owner.light, by_owner.evidence["share_of_wins"]) == ("amber", 1.0)
    assert by_owner.evidence["share_of_leads"] == pytest.approx(0.2)
    assert "Ann" not in str(says)


def test_two_salespeople_who_share_the_wins_carry_nothing():
    owner = np.array(["Ann", "Bea"])[np.arange(N) // 5 % 2]
    settings = config(carry=["owner"], audit={"salesperson": "owner"})
    with books(columns={"owner": owner}) as store:
        assert found(label_health(Run(settings, store)), "wins of one salesperson").light == "green"


def test_leads_that_fell_silent_and_that_nobody_closed_are_counted():
    created = np.full(100, 500)
    visits = [(i, OBSERVED - 20, "visit") for i in range(10)]
    with company(
        created, [600] * 20 + [None] * 80, [0] * 100, events=[(i + 90, d, t) for i, d, t in visits]
    ) as store:
        says = found(label_health(Run(config(stale=100), store)), "stale leads")

    assert (says.evidence["stale"], says.light) == (70, "amber")


def test_a_flat_table_whose_newest_rows_had_no_time_is_amber():
    day = np.arange(1000)
    won = (day % 3 == 0) & (day < 900)
    with flat(day, won) as store:
        says = found(label_health(Run(flat_config(), store)), "young leads")

    assert says.light == "amber"
    assert says.evidence == {"newest_tenth": 0.0, "older": pytest.approx(1 / 3, abs=0.01)}
