"""A small company under review: two versions in the registry, the first one agreed on and in
use.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from propensity.config import config as configuration
from propensity.config.config import Config
from propensity.promotion.promotion import promote
from propensity.registry import Registry
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.findings.gather import gather
from training.review.findings.material import Material
from training.simulate.command import Company, simulate

OBSERVED = date(2025, 4, 1)
ZONE = "Asia/Tokyo"

CONFIG = """
name: reviewed
language: en
input:
  timezone: Asia/Tokyo
  observed_until: 2025-04-01
  leads: {path: leads.csv, columns: {account_id: account_id}}
  events: {path: events.parquet, columns: {detail: detail}}
  outcomes: {path: outcomes.csv, columns: {amount: amount}, stages: {opportunity: opportunity_at}}
columns:
  fit: [業種, employees, job title, country]
  interest: [source]
  carry: [company, owner, points]
  ignore: [email, 'revenue [JPY]', region, campaign, 'budget (asked)']
behaviour:
  actors: {email_sent: marketing, call_made: sales, "*": lead}
population: {until: closed, stale_after_days: 90}
goal: {horizon_days: 28}
snapshots: {every_days: 14, test_days: 42}
learner: {trials: 0, contestants: [lightgbm], max_trees: 40, depth: 3}
compare_with: points
audit: {segments: [country]}
review: {resamplings: 3, currency: JPY}
definition: definition.yaml
"""

DEFINITION = """
review_by: 2025-07-01
roles: {marketing: Marketing, sales: Sales}
must_sign: [marketing, sales]
qualifiers: [{name: in Japan, rule: country = "日本", because: we sell here}]
disqualifiers: [{name: unsubscribed, rule: did "unsubscribed", because: asked us to stop}]
always_hand_over: [{name: asked for a demo, rule: did "demo_request" in 30 days, because: asked}]
required_info: [{column: job title, because: whom to call}]
mql: {by: model, enter: ENTER, because: enough}
instructions:
  hand-raiser: {owner: sales}
  MQL: {owner: sales}
  incomplete: {owner: marketing}
  nurture: {owner: marketing}
  keen: {owner: marketing}
"""

HYPOTHESES = """
- {sentence: Leads in Japan close more often, rule: country = "日本"}
- {sentence: Who is busy buys, rule: did "page_view" at least 3 times in 30 days}
- {sentence: Big companies seldom buy, rule: employees >= 500, closes: less}
- {sentence: "=<script>alert(1)</script>", rule: country = "Atlantis"}
"""


@dataclass(frozen=True)
class Reviewed:
    """The files, the configuration, and what was gathered from them."""

    folder: Path
    config: Config
    material: Material
    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame


def reviewed_company(folder: Path, registry: Path, *, leads: int = 2500) -> Reviewed:
    """Simulate, register two versions, promote the first under a definition, change the line,
    gather.
    """
    tables = _tables(folder, leads)
    (folder / "config.yaml").write_text(
        f"{CONFIG}registry: {{uri: 'sqlite:///{registry}'}}\n", encoding="utf-8"
    )
    (folder / "definition.yaml").write_text(DEFINITION.replace("ENTER", "0.07"), encoding="utf-8")
    (folder / "hypotheses.yaml").write_text(HYPOTHESES, encoding="utf-8")
    config = configuration.load(folder / "config.yaml")
    at = datetime(2025, 1, 1, tzinfo=UTC)
    _register(config, trees=25)
    promote(
        config, 1, signed_by=["marketing: M. Ito", "sales: S. Abe"], override="the first one", at=at
    )
    _register(config, trees=40)
    (folder / "definition.yaml").write_text(DEFINITION.replace("ENTER", "0.05"), encoding="utf-8")
    return Reviewed(folder, config, gather(config), *tables)


def _tables(folder: Path, leads: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The simulated tables, cut down to what a second route can count again in a few lines."""
    world = simulate(Company(n_leads=leads, seed=3, mess=False, observed_until=OBSERVED))
    rng = np.random.default_rng(5)
    people = world.leads.to_pandas()
    people["points"] = np.where(
        rng.random(len(people)) < 0.1, np.nan, rng.integers(0, 50, len(people))
    )
    outcomes = world.outcomes.to_pandas().drop(columns=["reopened_at", "mql_at"])
    outcomes = outcomes.sort_values("closed_at").drop_duplicates("lead_id")
    events = world.events.to_pandas().drop(columns=["recorded_at", "value"])
    for frame, columns in ((people, ["created_at"]), (outcomes, ["opportunity_at", "closed_at"])):
        for column in columns:
            frame[column] = frame[column].dt.tz_convert(ZONE).dt.tz_localize(None).dt.floor("s")
    people.to_csv(folder / "leads.csv", index=False)
    outcomes.to_csv(folder / "outcomes.csv", index=False)
    events.to_parquet(folder / "events.parquet")
    events["occurred_at"] = events["occurred_at"].dt.tz_convert(ZONE).dt.tz_localize(None)
    return people, events, outcomes


def _register(config: Config, *, trees: int) -> None:
    with open_sources(config) as store:
        past = history(Run(config, store))
        chosen = RecipeChoices.plain(config.learner, trees=trees)
        model, _ = ship(Run(config, store), past, chosen=chosen)
    Registry.of(config).register(
        model, run_name="test", params={}, metrics={}, tags={"propensity.audit": "amber"}
    )
