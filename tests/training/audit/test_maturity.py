"""When wins come, counted over leads that had the time."""

import json

import numpy as np
import pytest
from scipy.stats import geom

from tests.training.audit.ledgers import OBSERVED, company, config
from tests.training.audit.test_labels import books
from training.audit.maturity import close_rate_by_month, label_curves, maturity
from training.learn.rows.run import Run


def test_the_days_until_80_and_95_percent_of_the_wins_are_those_of_the_books():
    closed = 500 + np.repeat(np.arange(1, 101), 20)  # twenty closes a day, all won
    with company(np.full(2000, 500), list(closed), [1] * 2000) as store:
        curve = maturity(Run(config(), store))

    assert (curve.median, curve.p80, curve.p95, curve.watched_days) == (50, 80, 95, 100)


def test_leads_that_had_no_time_do_not_make_wins_look_late_or_rare():
    """Each lead is won with a chance of 2 % a day, if it lives that long: known times, cut off by
    observed until.
    """
    random = np.random.default_rng(1)
    n = 20_000
    created = random.integers(OBSERVED - 300, OBSERVED, n)
    after = random.geometric(0.02, n)
    closed = [int(day) if day < OBSERVED else None for day in created + after]
    with company(created, closed, [day is not None for day in closed]) as store:
        curve = maturity(Run(config(), store))

    law = geom(0.02)
    for age in (10, 50, 150):
        assert curve.incidence[age] == pytest.approx(law.cdf(age), abs=0.02)
    assert curve.median == pytest.approx(law.ppf(0.5), abs=4)
    assert curve.caught_by(30) == pytest.approx(law.cdf(30), abs=0.02)


def test_losses_compete_with_wins():
    created = np.full(300, 500)
    closed = [510] * 100 + [520] * 100 + [None] * 100
    with company(created, closed, [0] * 100 + [1] * 100 + [0] * 100) as store:
        curve = maturity(Run(config(), store))

    # not one half: those lost earlier cannot be won any more
    assert curve.incidence[-1] == pytest.approx(1 / 3)


def test_a_goal_nobody_reached_has_no_curve():
    with company([500, 600], [None, 700], [0, 0]) as store:
        assert maturity(Run(config(), store)) is None
        assert "maturity" not in label_curves(Run(config(), store))


def test_close_rates_by_month_leave_out_leads_that_were_not_watched_for_a_horizon():
    with company([500, OBSERVED - 10], [510, OBSERVED - 5], [1, 1]) as store:
        months = close_rate_by_month(Run(config(horizon=30), store))

    assert [(month.month, month.leads, month.wins) for month in months] == [("1971-05", 1, 1)]


def test_a_month_of_few_accounts_says_less():
    """Five accounts of four leads, all of one account won."""
    with company([500] * 20, [510] * 20, [1] * 4 + [0] * 16) as store:
        (apart,) = close_rate_by_month(Run(config(horizon=30), store))
        store.connection.execute("ALTER TABLE leads ALTER account TYPE INTEGER")
        store.connection.execute("UPDATE leads SET account = lead // 4")
        (together,) = close_rate_by_month(Run(config(horizon=30), store))

    assert (apart.design, together.design) == pytest.approx((1.0, 4.0))


def test_the_pictures_hold_aggregates_that_are_json():
    with books() as store:
        curves = label_curves(Run(config(), store))
        months = close_rate_by_month(Run(config(), store))

    assert json.loads(json.dumps(curves, allow_nan=False)) == curves
    assert sum(month["leads"] for month in curves["close_rate_by_month"]) == sum(
        month.leads for month in months
    )
    assert len(curves["maturity"]["age"]) == len(curves["maturity"]["incidence"])
