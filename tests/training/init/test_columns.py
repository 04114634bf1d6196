"""Where lead columns belong: values before names, whole words, and a reason for each."""

import random

import pytest

from training.init.columns import placed
from training.init.table_profile import ColumnProfile


def column(name: str, **values: object) -> ColumnProfile:
    base = {
        "family": "text",
        "kind": "text",
        "rows": 1000,
        "present": 1000,
        "distinct": 5,
        "length": 8.0,
        "naive": False,
        "counted": (("a", 500), ("b", 500)),
    }
    return ColumnProfile(name=name, **{**base, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["work_status", "marital status", "Discount code", "Country", "Opportunity Type"]
)
def test_a_word_within_a_name_drops_no_column(name):
    assert placed(column(name)).where == "fit"


@pytest.mark.parametrize("name", ["Employee Count", "従業員数", "Number of Employees"])
def test_how_large_a_company_is_is_no_behaviour(name):
    found = placed(column(name, kind="number", distinct=300, whole=True, counted=()))
    assert found.where == "fit"


@pytest.mark.parametrize("name", ["TotalVisits", "page_views", "訪問回数", "Email clicks"])
def test_what_the_lead_did_is_interest(name):
    assert placed(column(name, kind="number", whole=True)).where == "interest"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (column("a", present=0), "empty"),
        (column("a", distinct=1), "one value"),
        (column("a", length=90.0), "free text"),
        (column("a", look="e-mail", distinct=900, counted=()), "e-mail addresses"),
        (column("a", look="id", distinct=1000, counted=()), "only numbers the leads"),
        (column("a", counted=(("Won", 400), ("Lost", 600))), "how leads ended"),
        (column("a", distinct=990, counted=()), "its own value"),
        (column("campaign_id", distinct=90, counted=()), "holds ids"),
    ],
)
def test_what_is_ignored_says_why(found, why):
    got = placed(found)
    assert got.where == "ignore"
    assert why in got.why


def test_a_measure_that_is_different_for_every_lead_is_kept():
    draw = random.Random(0)
    revenue = column(
        "c7",
        kind="number",
        whole=True,
        distinct=1000,
        counted=(),
        low=1e5,
        high=9e9,
        slope=draw.random() / 10,
    )
    assert placed(revenue).where == "fit"


def test_a_date_after_the_creation_is_ignored_with_its_share():
    found = placed(column("x", kind="date", distinct=300, counted=()), later=0.9)
    assert found.where == "ignore"
    assert "90%" in found.why
