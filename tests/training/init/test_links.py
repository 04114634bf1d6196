"""PlacedTables belong together by values, under rules; a pair without a shared value is none."""

import random

import pandas as pd
import pytest

from features.store import Store
from training.init.given_files import tables_of
from training.init.keys import key_of
from training.init.links import Link, links_of
from training.init.table_profile import TableProfile, profile_all


@pytest.fixture
def linked(tmp_path):
    with Store() as store:

        def links(*frames: pd.DataFrame) -> list[Link]:
            for i, frame in enumerate(frames):
                frame.to_csv(tmp_path / f"{i}.csv", index=False)
            given = tables_of([str(tmp_path / f"{i}.csv") for i in range(len(frames))])
            links.tables = profile_all(store, given)
            return links_of(store, links.tables)

        yield links


IDS = [f"00Q5g00000{i:05d}EAC" for i in range(50)]


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        (IDS, IDS[:30], "exact"),
        (IDS, [name[:15] for name in IDS], "salesforce"),
        ([f"{i:06d}" for i in range(500, 550)], [str(i) for i in range(500, 550)], "number"),
        (
            [f"P{i}@Firm.example" for i in range(50)],
            [f"mailto:p{i}@firm.example" for i in range(50)],
            "email",
        ),
        ([f"Firm No {i}" for i in range(50)], [f"FIRM NO{i}" for i in range(50)], "text"),
    ],
)
def test_ids_find_each_other_under_the_rule_that_finds_most(linked, one, other, rule):
    found = linked(pd.DataFrame({"a": one}), pd.DataFrame({"b": other * 2}))
    best = next(link for link in found if link.to == 0)
    assert (best.rule, best.found) == (rule, 1.0)


def test_columns_that_share_no_value_are_no_pair(linked):
    one = pd.DataFrame({"lead_id": [f"A{i}" for i in range(50)]})
    other = pd.DataFrame({"lead_id": [f"B{i}" for i in range(50)]})
    assert linked(one, other) == []


def test_a_count_is_no_id_although_ids_are_small_numbers_too(linked):
    draw = random.Random(0)
    leads = pd.DataFrame({"lead": range(1, 201)})
    events = pd.DataFrame({"pages": [draw.randint(1, 20) for _ in range(400)]})
    assert linked(leads, events) == []


def test_small_numbers_tie_where_their_names_do(linked):
    leads = pd.DataFrame({"customer_id": range(1, 201)})
    events = pd.DataFrame({"customer": [1 + i % 150 for i in range(400)]})
    (found,) = linked(leads, events)
    assert (found.column.name, found.target.name, found.found) == ("customer", "customer_id", 1.0)


def test_yes_and_no_tie_nothing(linked):
    one = pd.DataFrame({"lines": ["Yes", "No"]})
    assert linked(one, pd.DataFrame({"paperless": ["Yes", "No"] * 20})) == []


def test_numbers_that_measures_would_repeat_are_an_id(linked):
    draw = random.Random(1)
    given = draw.sample(range(1_000, 9_000), 2_000)
    linked(pd.DataFrame({"a": given, "b": [draw.randint(0, 9_000) for _ in given]}))
    table: TableProfile = linked.tables[0]
    assert key_of(table) == table.column("a")
