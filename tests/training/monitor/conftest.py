"""A company whose nights were run once a week, to be watched."""

import datetime as dt
import shutil

import pandas as pd
import pytest
import yaml

from propensity.api import nightly
from propensity.config.config import load
from propensity.promotion.promotion import promote
from propensity.registry import Registry
from tests.propensity import worlds

AT = dt.datetime(2025, 4, 1, 3, tzinfo=dt.UTC)
FIRST, NIGHTS = dt.date(2025, 2, 10), 10
#: The look, five weeks after the last night.
LOOK = dt.date(2025, 5, 19)
DEFINITION = {
    "review_by": dt.date(2025, 5, 1),
    "roles": {"is": "IS 田中チーム", "sales": "Sales", "marketing": "Marketing"},
    "must_sign": ["sales"],
    "disqualifiers": [
        {"name": "many mails", "rule": 'did "@mail opened" at least 5 times', "because": "a test"}
    ],
    "always_hand_over": [
        {"name": "demo", "rule": 'did "デモ依頼" in 7 days', "because": "asked for it"}
    ],
    "required_info": [{"column": "company", "because": "to prepare the call"}],
    "mql": {
        "enter": 0.3,
        "leave": 0.22,
        "random_slice": {"share": 0.05, "seed": 3, "because": "to learn"},
        "because": "a test",
    },
    "instructions": {
        "hand-raiser": {"owner": "is", "respond_within": "1 hour"},
        "MQL": {"owner": "sales", "respond_within": "1 day"},
        "random slice": {"owner": "is", "respond_within": "2 days"},
    },
    "promises": [
        {
            "segment": "fairs",
            "rule": 'source = "fair"',
            "calls": 2,
            "attempts_within": "10 days",
            "mqls_per_week": 3,
            "because": "they expect it",
        },
        {"segment": "all", "calls": 1, "attempts_within": "10 days", "because": "a test"},
    ],
}


@pytest.fixture(scope="session")
def migrated_registry(tmp_path_factory):
    """An empty SQLite registry."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    Registry(f"sqlite:///{path}", "template").create()
    return path


def write(path, content):
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def close_soon(path):
    """Let many leads close while the nights are run, some of them won."""
    outcomes = pd.read_csv(path)
    late = outcomes.closed_at.fillna("") > "2025-05-10"
    soon = outcomes.index[late][::2]
    days = pd.Timestamp("2025-02-20 10:00", tz="Asia/Tokyo") + pd.to_timedelta(
        [7 * (n % 12) + n % 5 for n in range(len(soon))], "D"
    )
    outcomes.loc[soon, "closed_at"] = days.astype(str)
    for stage in ("mql_at", "deal_at"):
        outcomes.loc[soon, stage] = None
    outcomes.to_csv(path, index=False)


@pytest.fixture(scope="session")
def company(tmp_path_factory, migrated_registry):
    """The configuration of a company after its nights."""
    folder = tmp_path_factory.mktemp("watched")
    world = worlds.company(folder, leads=500)
    shutil.copy(migrated_registry, folder / "propensity.db")
    raw = yaml.safe_load(world.path.read_text(encoding="utf-8"))
    raw |= {
        "definition": "definition.yaml",
        "business_hours": {"hours": ["09:00-18:00"]},
        "review": {
            "calls": ["called"],
            "personas": [{"name": "fair <b>", "rule": 'source = "fair"'}],
        },
    }
    write(world.path, raw)
    write(folder / "definition.yaml", DEFINITION)
    config = load(world.path)
    Registry.of(config).register(world.model, run_name="test", params={}, metrics={})
    promote(config, 1, signed_by=["sales: A. Sato"], override="a test", at=AT)
    close_soon(folder / "outcomes.csv")
    for week in range(NIGHTS):
        nightly(config, as_of=FIRST + dt.timedelta(days=7 * week))
    return config
