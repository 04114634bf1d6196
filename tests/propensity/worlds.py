"""Small companies with awkward data, as files with a configuration, and models learned from
them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from features.days import day_number
from features.intake import open_store
from features.population import flat_rows, open_rows
from features.selection import Selection, learn
from features.spec import EventReading
from features.store import Store
from propensity.config import config as configuration
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Calibration, Member, Reference
from propensity.scoring.chance_interval import FACT

START = pd.Timestamp("2025-01-01", tz="Asia/Tokyo")
AS_OF = pd.Timestamp("2025-05-01").date()
AS_OF_DAY = day_number(AS_OF)

INDUSTRIES = [
    "製造業",
    "=SUM(A1:A9)",
    '<script>"x"</script>',
    "IT, 通信",
    "[bold]Finance[/bold] 🏦",
]
EVENT_TYPES = ["visit", "pricing page", "download", "@mail opened", "デモ依頼"]

CONFIG = """
name: company
input:
  timezone: Asia/Tokyo
  leads: {path: leads.csv, columns: {account_id: account}}
  events: {path: events.csv, columns: {value: value}}
  outcomes: {path: outcomes.csv, stages: {MQL: mql_at, 商談: deal_at}}
columns:
  fit: [業種, 'price [JPY]', "Owner's size", founded]
  interest: [source]
  carry: [company, stage]
behaviour: {actors: {called: sales, "*": lead}, keep: 4}
population: {until: closed, stale_after_days: 60}
goal: {horizon_days: 30}
snapshots: {every_days: 7}
"""

FLAT_CONFIG = """
name: flat
input:
  flat: {path: flat.csv, columns: {lead_id: id, outcome: converted}}
columns: {fit: [業種, size], interest: [visits], carry: [company]}
split: {order: rows}
"""


@dataclass(frozen=True)
class World:
    """A configuration file, and a model that was learned from what it names."""

    path: Path
    config: Config
    model: PropensityModel

    def store(self, **options) -> Store:
        """Open the input for scoring."""
        return open_store(
            self.config.input,
            self.config.columns,
            kinds=self.model.spec.column_kinds,
            purpose="score",
            quarantine=None,
            **options,
        )


def company(folder: Path, *, leads: int = 400, seed: int = 0) -> World:
    """Leads, events and outcomes of four months, in a folder."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"L{i:05}" for i in rng.permutation(leads)])
    created = START + pd.to_timedelta(rng.integers(0, 100 * 24, leads), "h")
    pd.DataFrame(
        {
            "lead_id": ids,
            "created_at": created,
            "account": rng.integers(0, leads // 3, leads),
            "業種": rng.choice(np.array([*INDUSTRIES, None], dtype=object), leads),
            "price [JPY]": np.where(
                rng.random(leads) < 0.2, np.nan, rng.lognormal(12, 2, leads).round()
            ),
            "Owner's size": rng.choice([3.0, 12.5, 1234.5, np.nan], leads),
            "founded": rng.choice(["1999-04-01", "2011-10-10", ""], leads),
            "source": rng.choice(["web", "fair", "partner"], leads),
            "company": [
                f"=Company {i}\x1b[31m" if i % 7 == 0 else f"{i} 株式会社" for i in range(leads)
            ],
            "stage": rng.choice(["-1", "open"], leads),
        }
    ).to_csv(folder / "leads.csv", index=False)
    _events(rng, ids, created).to_csv(folder / "events.csv", index=False)
    _outcomes(rng, ids, created).to_csv(folder / "outcomes.csv", index=False)
    return of_folder(folder, CONFIG, [AS_OF_DAY - 28, AS_OF_DAY - 14, AS_OF_DAY])


def flat(folder: Path, *, leads: int = 300, seed: int = 0) -> World:
    """One table with an outcome."""
    rng = np.random.default_rng(seed)
    pd.DataFrame(
        {
            "id": rng.permutation(leads) + 1,
            "業種": rng.choice(np.array([*INDUSTRIES, None], dtype=object), leads),
            "size": rng.integers(1, 500, leads).astype(float),
            "visits": rng.poisson(3, leads),
            "company": [f"{i} Ltd" for i in range(leads)],
            "converted": rng.integers(0, 2, leads),
        }
    ).to_csv(folder / "flat.csv", index=False)
    return of_folder(folder, FLAT_CONFIG, [])


def _events(rng, ids, created) -> pd.DataFrame:
    owner = rng.integers(0, len(ids), 12 * len(ids))
    return pd.DataFrame(
        {
            "lead_id": ids[owner],
            "occurred_at": (
                created[owner] + pd.to_timedelta(rng.integers(0, 30 * 24 * 60, len(owner)), "min")
            ),
            "event_type": rng.choice([*EVENT_TYPES, "called"], len(owner)),
            "value": np.where(
                rng.random(len(owner)) < 0.3, rng.random(len(owner)).round(2), np.nan
            ),
        }
    ).drop_duplicates(["lead_id", "occurred_at", "event_type"])


def _outcomes(rng, ids, created) -> pd.DataFrame:
    reached = created + pd.to_timedelta(rng.integers(1, 60, len(ids)), "D")
    closed = reached + pd.to_timedelta(rng.integers(1, 200, len(ids)), "D")
    is_closed = rng.random(len(ids)) < 0.5
    return pd.DataFrame(
        {
            "lead_id": ids,
            "closed_at": np.where(is_closed, closed.astype(str), ""),
            "won": np.where(is_closed, rng.choice(["won", "lost"], len(ids)), ""),
            "mql_at": np.where(rng.random(len(ids)) < 0.6, reached.astype(str), ""),
            "deal_at": np.where(rng.random(len(ids)) < 0.2, reached.astype(str), ""),
        }
    )


def of_folder(folder: Path, text: str, days: list[int]) -> World:
    """A configuration put beside its tables, and a model learned from the population on some
    days.
    """
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    config = configuration.load(path)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        reading = EventReading(actors=config.behaviour.actors)
        rows = (
            open_rows(store, config.population, reading, days)
            if config.population
            else flat_rows(store)
        )
        changes = config.input.attribute_changes
        selection = Selection(
            config.behaviour, config.features, history=changes.attributes if changes else ()
        )
        return World(path, config, _learned(config, store, rows, selection))


def _learned(config: Config, store: Store, rows: pa.Table, selection: Selection) -> PropensityModel:
    from training.learn.learners.trees import LearnerRows, train

    spec, table = learn(store, rows, selection)
    rng = np.random.default_rng(1)
    signal = np.nan_to_num(
        table.matrix / (1 + np.nanmax(np.abs(table.matrix), axis=0))
    ) @ rng.normal(0, 3, table.matrix.shape[1])
    label = (rng.random(len(table)) < 1 / (1 + np.exp(2 - signal))).astype(np.int8)
    learner = config.learner.model_copy(update={"min_leaf_rows": 10})
    text = train(LearnerRows(table.matrix, label, np.ones(len(table))), spec, learner, trees=30)
    return PropensityModel(
        config=config,
        spec=spec,
        members=(Member(text=text),),
        calibration=Calibration(slope=1.1, intercept=-0.3),
        offsets=np.linspace(-0.01, 0.01, len(spec.features)),
        reference=Reference(rows=len(table), leads=len(table), close_rate=float(label.mean())),
        facts={
            FACT: {"log_odds": [-4.0, -2.0, 0.5], "below": [0.9, 0.6, 0.8], "above": [0.7, 0.5, 1]}
        },
    )
