"""Table health: what is planted in the tables of a company is found by name, and a company without
it is left alone.
"""

import numpy as np
import pandas as pd
import pytest

from features.intake import open_store
from propensity.config import config
from training.audit.tables import table_health
from training.learn.rows.run import Run

N = 1000
START = pd.Timestamp("2024-01-01", tz="UTC")
SETTINGS = {
    "name": "tables",
    "input": {
        "timezone": "Asia/Tokyo",
        "observed_until": "2025-01-01",
        "leads": {"path": "leads.parquet"},
        "events": {"path": "events.parquet", "columns": {"value": "value"}},
        "outcomes": {"path": "outcomes.parquet"},
    },
    "columns": {"fit": ["industry", "employees", "mail", "born"], "carry": ["company", "person"]},
    "behaviour": {"actors": {"send": "marketing", "call": "sales", "*": "lead"}, "sends": ["send"]},
    "population": {"until": "closed", "stale_after_days": 300},
    "goal": {"horizon_days": 30},
    "snapshots": {"every_days": 30},
}


def company():
    """Leads of a year, their events in office hours of Tokyo, and closes; nothing wrong with it."""
    rng = np.random.default_rng(0)
    day = np.sort(rng.integers(0, 360, N))
    ids = [f"L{i:04}" for i in range(N)]
    leads = pd.DataFrame(
        {
            "lead_id": ids,
            "created_at": START + pd.to_timedelta(day * 1440 + rng.integers(0, 600, N), unit="min"),
            "industry": rng.choice(["製造", "金融", "IT"], N),
            "employees": rng.lognormal(4, 1, N).round() + 1,
            "mail": [f"p{i}@example{i % 90}.jp" for i in range(N)],
            "born": pd.Timestamp("1980-01-01")
            + pd.to_timedelta(rng.integers(0, 7000, N), unit="D"),
            "company": [f"company {i % 300}" for i in range(N)],
            "person": [f"person {i}" for i in rng.permutation(N)],
        }
    )
    n = 12 * N
    whose = rng.integers(0, N, n)
    at = START + pd.to_timedelta(day[whose] + rng.random(n) * (360 - day[whose]), unit="D").floor(
        "D"
    )
    at += pd.to_timedelta(rng.integers(0, 9 * 3600, n), unit="s")  # 9 to 18 h in Tokyo
    kinds = rng.choice(["visit", "mail_open", "mail_click", "call", "send"], n)
    events = pd.DataFrame(
        {
            "lead_id": np.array(ids)[whose],
            "occurred_at": at,
            "event_type": kinds,
            "value": rng.uniform(20, 60, n).round(),
        }
    )
    closed = rng.choice(N, 300, replace=False)
    outcomes = pd.DataFrame(
        {
            "lead_id": np.array(ids)[closed],
            "closed_at": leads["created_at"].take(closed).reset_index(drop=True)
            + pd.to_timedelta(rng.integers(1, 40, 300), unit="D"),
            "won": rng.integers(0, 2, 300),
        }
    )
    outcomes = outcomes[outcomes["closed_at"] < pd.Timestamp("2024-12-31", tz="UTC")]
    return {"leads": leads, "events": events, "outcomes": outcomes}


def found(folder, tables):
    """Findings by name."""
    for name, table in tables.items():
        table.to_parquet(
            folder / f"{name}.parquet",
            index=False,
            coerce_timestamps="us",
            allow_truncated_timestamps=True,
        )
    settings = config.parse(SETTINGS, base=folder)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        findings = table_health(Run(settings, store))
    return {finding.name: finding for finding in findings}


def test_nothing_is_found_where_nothing_is_wrong(tmp_path):
    findings = found(tmp_path, company())

    assert list(findings) == ["tables"]
    assert findings["tables"].light == "green"
    assert "sources that stopped, opens by machines" in findings["tables"].sentence


def twice(tables):
    copies = (
        tables["leads"]
        .iloc[:50]
        .assign(lead_id=lambda t: t["lead_id"] + "b", mail=lambda t: t["mail"].str.upper())
    )
    tables["leads"] = pd.concat([tables["leads"], copies.assign(person="?")], ignore_index=True)


def same_names(tables):
    copies = (
        tables["leads"]
        .iloc[:50]
        .assign(lead_id=lambda t: t["lead_id"] + "b", mail=lambda t: "new" + t["mail"])
    )
    tables["leads"] = pd.concat([tables["leads"], copies], ignore_index=True)


def empty(tables):
    tables["leads"]["industry"] = pd.Series([None] * N, dtype=object)


def mojibake(tables):
    broken = "製造".encode().decode("cp932", errors="replace")
    tables["leads"].loc[:40, "industry"] = broken


def latin(tables):
    tables["leads"].loc[:40, "industry"] = "Möbel".encode().decode("latin-1")


def default_date(tables):
    tables["leads"].loc[:200, "created_at"] = pd.Timestamp("1970-01-01", tz="UTC")


def imported(tables):
    tables["leads"].loc[:400, "created_at"] = START


def early_events(tables):
    tables["events"].loc[:500, "occurred_at"] = START - pd.Timedelta(days=30)


def night_work(tables):
    tables["events"]["occurred_at"] += pd.Timedelta(hours=12)


def moved_clock(tables):
    late = tables["events"]["occurred_at"] > START + pd.Timedelta(days=182)
    tables["events"].loc[late, "occurred_at"] += pd.Timedelta(hours=9)


def full_hours(tables):
    tables["events"]["occurred_at"] = tables["events"]["occurred_at"].dt.floor("h")


def bare_dates(tables):
    own = tables["events"]["event_type"] != "send"
    tables["events"].loc[own, "occurred_at"] = (
        tables["events"].loc[own, "occurred_at"].dt.floor("D")
    )


def stopped(tables):
    late = tables["events"]["occurred_at"] > START + pd.Timedelta(days=250)
    tables["events"] = tables["events"][~(late & (tables["events"]["event_type"] == "visit"))]


def hole(tables):
    days = (tables["events"]["occurred_at"] - START).dt.days
    tables["events"] = tables["events"][~days.between(200, 240)]


def machine_opens(tables):
    opens = pd.concat(
        [tables["events"].assign(event_type="mail_open").iloc[:20]] * 300, ignore_index=True
    )
    opens["lead_id"] = [f"L{i % 100:04}" for i in range(len(opens))]
    opens["occurred_at"] += pd.to_timedelta(np.arange(len(opens)), unit="s")
    clicks = tables["events"]["event_type"] == "mail_click"
    machines = tables["events"]["lead_id"].isin(opens["lead_id"])
    tables["events"] = pd.concat([tables["events"][~(clicks & machines)], opens])


def at_once(tables):
    sends = tables["events"][tables["events"]["event_type"] == "send"]
    quick = sends.assign(
        event_type="mail_open", occurred_at=sends["occurred_at"] + pd.Timedelta(seconds=1)
    )
    tables["events"] = pd.concat([tables["events"], quick])


def thousands(tables):
    late = np.arange(N) >= 600
    tables["leads"]["employees"] = np.where(
        late, tables["leads"]["employees"] * 1000, tables["leads"]["employees"]
    )


def minutes(tables):
    late = tables["events"]["occurred_at"] > START + pd.Timedelta(days=250)
    visits = tables["events"]["event_type"] == "visit"
    tables["events"].loc[late & visits, "value"] *= 60


def began(tables):
    tables["leads"].loc[:500, "employees"] = np.nan


def new_level(tables):
    tables["leads"].loc[700:, "industry"] = np.where(np.arange(300) % 2, "Services", "製造")


@pytest.mark.parametrize(
    ("plant", "name", "words"),
    [
        (twice, "duplicates", "have the same mail as an earlier one"),
        (same_names, "duplicates", "have the same person and company as an earlier one"),
        (empty, "empty columns", "hold no value at all: industry"),
        (mojibake, "damaged texts", "industry (41 of 1,000)"),
        (latin, "damaged texts", "industry (41 of 1,000)"),
        (default_date, "impossible dates", "leads.created_at (201 rows)"),
        (imported, "one date for all", "have the same day in created_at"),
        (early_events, "events outside the period", "501 lie before the first lead"),
        (night_work, "clock of lead events", "business hours are upside down"),
        (moved_clock, "clock of lead events", "hours from where they lay"),
        (full_hours, "times of lead events", "happened on the full hour"),
        (
            bare_dates,
            "times of lead events",
            "at midnight of UTC to the second, at another hour in Asia/Tokyo",
        ),
        (stopped, "sources that stopped", "event visit (last 2024-09-0"),
        (hole, "holes", "event visit (4"),
        (machine_opens, "opens without a click", "opened 8 and more mails and clicked in none"),
        (at_once, "machines behind mail_open", "within 3 seconds of a message"),
        (thousands, "unit of column employees", "after 60% of the history and stays there"),
        (minutes, "unit of value of visit", "was the unit changed?"),
        (began, "columns that began or ceased", "began to be filled in mid-history: employees"),
        (new_level, "new levels", "industry: Services (5"),
    ],
)
def test_what_is_planted_is_found(tmp_path, plant, name, words):
    tables = company()
    plant(tables)

    findings = found(tmp_path, tables)

    assert findings[name].light == "amber"
    assert words in findings[name].sentence
    assert findings[name].advice


def test_a_trend_is_no_change_of_unit(tmp_path):
    tables = company()
    tables["leads"]["employees"] = np.geomspace(1, 1000, N)

    assert "unit of column employees" not in found(tmp_path, tables)


def test_an_owner_who_follows_from_the_company_makes_nobody_a_double(tmp_path):
    tables = company()
    tables["leads"]["person"] = "owner of " + tables["leads"]["company"]

    assert "duplicates" not in found(tmp_path, tables)


def test_no_value_of_fewer_than_20_leads_and_no_lead_is_told(tmp_path):
    tables = company()
    for plant in (new_level, mojibake, twice, machine_opens):
        plant(tables)

    told = str([vars(finding) for finding in found(tmp_path, tables).values()])

    assert "L00" not in told
    assert "@example" not in told
    assert "person 1" not in told
