"""A simulated company whose leads, channels, personas, prices and goals are known, and its tables
as files.
"""

from pathlib import Path

import pandas as pd
import yaml

from propensity.config.config import Config, load
from training.simulate.command import Company, simulate, write

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
CHANNELS = {
    "Search": ["organic search", "paid search"],
    "Referral & partner": ["referral", "partner"],
    "Events": ["展示会", "webinar"],
}
PERSONAS = {
    "small": "employees < 100",
    "mid-size": "employees < 1000",
    "large": "employees >= 1000",
}


def written_company(folder: Path, *, review: dict | None = None, leads: int = 2500) -> Config:
    """Write the tables and a configuration; the review's section may be changed."""
    write(simulate(Company(n_leads=leads, seed=3, mess=False)), folder / "data")
    raw = yaml.safe_load((CONFIGS / "quickstart.yaml").read_text(encoding="utf-8"))
    raw["definition"] = str(CONFIGS / "quickstart-definition.yaml")
    raw["input"]["observed_until"] = "2025-04-01"
    raw["input"]["observed_until"] = "2025-04-01"
    raw["input"]["traffic"] = {"path": "data/traffic.csv", "columns": {"cost": "cost"}}
    raw["input"]["goals"] = {
        "path": "data/goals.csv",
        "columns": {"target_close_rate": "target_close_rate"},
    }
    raw["audit"] = {"segments": ["country"]}
    raw["review"] = {
        "currency": "JPY",
        "mature_after_days": 120,
        "channels": [
            {
                "name": name,
                "rule": f"source in ({', '.join(map(repr_of, sources))})",
                "traffic": sources,
            }
            for name, sources in CHANNELS.items()
        ],
        "personas": [{"name": name, "rule": rule} for name, rule in PERSONAS.items()],
        **(review or {}),
    }
    path = folder / "propensity.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load(path)


def repr_of(text: str) -> str:
    return f'"{text}"'


def leads_of(folder: Path) -> pd.DataFrame:
    """A row per lead, made by pandas alone: created, month, channel, persona, and the days of its
    steps.
    """
    leads = pd.read_csv(folder / "data" / "leads.csv", dtype=str)
    outcomes = pd.read_csv(folder / "data" / "outcomes.csv", dtype=str)
    changes = pd.read_parquet(folder / "data" / "attribute_changes.parquet")
    leads["created"] = pd.to_datetime(leads["created_at"])
    leads["month"] = leads["created"].dt.strftime("%Y-%m")
    came_by = {source: name for name, sources in CHANNELS.items() for source in sources}
    leads["channel"] = leads["source"].map(came_by).fillna("")
    size = pd.to_numeric(leads["employees"], errors="coerce")
    first = (
        changes[changes["attribute"] == "employees"]
        .sort_values("changed_at")
        .drop_duplicates("lead_id")
    )
    then = leads["lead_id"].map(pd.to_numeric(first.set_index("lead_id")["value"]))
    size = then.where(then.notna(), size)  # what it was on the day it came
    leads["persona"] = (
        pd.cut(size, [-1, 99.999, 999.999, 1e12], labels=list(PERSONAS)).astype(object).fillna("")
    )
    until = pd.Timestamp("2025-04-01")
    for step, column in (
        ("mql", "mql_at"),
        ("opportunity", "opportunity_at"),
        ("customer", "closed_at"),
    ):
        rows = outcomes if step != "customer" else outcomes[outcomes["won"] == "true"]
        days = pd.to_datetime(rows[column]).dt.normalize()
        earliest = days[days < until].groupby(rows["lead_id"]).min()
        leads[step] = leads["lead_id"].map(earliest)
    won = outcomes[(outcomes["won"] == "true") & (pd.to_datetime(outcomes["closed_at"]) < until)]
    leads["amount"] = leads["lead_id"].map(
        pd.to_numeric(won["amount"]).groupby(won["lead_id"]).sum()
    )
    leads["day"] = leads["created"].dt.normalize()
    return leads[leads["day"] < until]
