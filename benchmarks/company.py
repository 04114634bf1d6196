"""A simulated company for the benchmarks: leads and events as Parquet of any size, and models to
score them with.

Everything is seeded, and written in parts, so that memory does not grow with the company.  Every
lead is open.
"""

from __future__ import annotations

import os

# before LightGBM: else idle threads spin and slow everybody down
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from propensity.config.config import Config
from propensity.config.config import load as load_config

AS_OF = date(2025, 4, 1)
EVENT_TYPES = (
    "page_view",
    "mail_open",
    "mail_click",
    "pricing_page",
    "download",
    "webinar",
    "case_study",
    "trial_login",
    "demo_request",
    "form_sent",
)
OFTEN = np.array([40, 20, 10, 8, 6, 5, 5, 3, 2, 1]) / 100  # of the event types
WITH_VALUE = ("page_view", "webinar", "trial_login")  # seconds, minutes, minutes
LATE = 0.02  # events recorded later than they happened
MISSING = 0.05
TRAINING_LEADS = 40_000
TREES = 300

# UTC, as is the as-of
_FIRST, _LAST = np.datetime64("2023-04-01", "us"), np.datetime64("2025-04-01", "us")
_CATEGORIES = {
    "industry": 30,
    "region": 47,
    "country": 10,
    "job_title": 12,
    "source": 8,
    "campaign": 200,
}
_PART = 1_000_000  # events written at a time
_CONFIG = """
name: benchmark
input:
  timezone: UTC
  leads: {{path: "{leads}"}}
  events: {{path: "{events}", columns: {{value: value, recorded_at: recorded_at}}}}
columns:
  fit: [industry, region, country, job_title, employees, revenue]
  interest: [source, campaign]
  carry: [company, owner]
behaviour: {{actors: {{"*": lead}}}}
population: {{until: closed, stale_after_days: 3000}}
goal: {{horizon_days: 28}}
snapshots: {{every_days: 28}}
registry: {{uri: "sqlite:///{registry}", model: "{model}"}}
"""

#: Name of a registered model to what LightGBM is told; the first has the trees Propensity trains.
MODELS: dict[str, dict[str, Any]] = {
    "own-trees": {"num_leaves": 16, "max_depth": 4, "axes": "apart"},
    "default-trees": {"num_leaves": 31, "axes": "shared"},
}
#: Name of a registered model to the learner of the tournament that it comes from: whoever wins, and
#: the heavier ones.
TOURNAMENTS: dict[str, dict[str, Any]] = {
    "winner": {},
    "blend": {"contestants": ("blend",), "trials": 0},
    "bag": {"contestants": ("bag",), "trials": 0},
}
#: Of the leads that models are trained on, those that a tournament is held on.
TOURNAMENT_LEADS = 10_000


def company(folder: Path, *, leads: int, events_per_lead: int, seed: int = 1) -> Path:
    """The folder of a company's `leads.parquet` and `events.parquet`, written unless they are
    there.
    """
    place = folder / f"company-{leads}-{events_per_lead}-{seed}"
    if not place.is_dir():
        draft = place.with_suffix(".part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        rng = np.random.default_rng(seed)
        # of the leads in the order of their creation: ids do not tell it
        numbers = rng.permutation(leads)
        _write_leads(draft / "leads.parquet", numbers, rng)
        _write_events(draft / "events.parquet", numbers, leads * events_per_lead, rng)
        draft.replace(place)
    return place


def config_of(place: Path, registry: Path, model: str) -> Path:
    """The configuration of a company and a registered model, as a file."""
    path = place / f"{model}.yaml"
    names = {
        "leads": place / "leads.parquet",
        "events": place / "events.parquet",
        "registry": registry,
    }
    path.write_text(
        _CONFIG.format(**{name: file.resolve() for name, file in names.items()}, model=model)
    )
    return path


def registry_of(folder: Path) -> Path:
    """A registry of champions, trained on leads of their own; made unless it is there."""
    place = folder / "registry"
    if not place.is_dir():
        draft = place.with_suffix(".part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        training = company(folder, leads=TRAINING_LEADS, events_per_lead=20, seed=2)
        for model in (*MODELS, *TOURNAMENTS):
            _register(load_config(config_of(training, draft / "registry.db", model)), model)
        draft.replace(place)
    return place / "registry.db"


def _write_leads(path: Path, numbers: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Leads in the order of their creation, evenly over two years."""
    schema = pa.schema(
        [
            ("lead_id", pa.string()),
            ("created_at", pa.timestamp("us", tz="UTC")),
            *((name, pa.string()) for name in _CATEGORIES),
            ("employees", pa.float64()),
            ("revenue", pa.float64()),
            ("company", pa.string()),
            ("owner", pa.string()),
        ]
    )
    with pq.ParquetWriter(path, schema) as writer:
        for low in range(0, len(numbers), _PART):
            part = numbers[low : low + _PART]
            n = len(part)
            share = np.arange(low, low + n) / len(numbers)  # as whole numbers they would overflow
            columns = [
                lead_ids(part),
                pa.array(
                    _FIRST + ((_LAST - _FIRST) * share).astype("timedelta64[us]"),
                    schema.field(1).type,
                ),
                *(_levels(name, levels, n, rng) for name, levels in _CATEGORIES.items()),
                _with_gaps(np.floor(rng.lognormal(4.0, 1.5, n)) + 1, rng),
                _with_gaps(np.floor(rng.lognormal(12.0, 2.0, n)), rng),
                pa.array([f"Company {number}" for number in (part // 3).tolist()]),
                pa.array([f"owner {number}" for number in range(50)]).take(pa.array(part % 50)),
            ]
            writer.write_table(pa.table(columns, schema=schema))


def lead_ids(numbers: NDArray[np.int64]) -> pa.StringArray:
    """Identifiers of leads: `L00000042`."""
    return pa.array([f"L{number:08}" for number in numbers.tolist()], pa.string())


def _levels(name: str, levels: int, n: int, rng: np.random.Generator) -> pa.StringArray:
    """A category whose levels become rarer, with gaps."""
    codes = np.floor(levels * rng.random(n) ** 2).astype(np.int64)
    texts = pa.array([f"{name} {level}" for level in range(levels)], pa.string())
    return texts.take(pa.array(codes, mask=rng.random(n) < MISSING))


def _with_gaps(values: NDArray[np.float64], rng: np.random.Generator) -> pa.DoubleArray:
    return pa.array(values, mask=rng.random(len(values)) < MISSING)


def _write_events(
    path: Path, numbers: NDArray[np.int64], events: int, rng: np.random.Generator
) -> None:
    """Events in the order of time; those of a lead begin after its creation, and young leads do
    more.
    """
    moment = pa.timestamp("us", tz="UTC")
    schema = pa.schema(
        [
            ("lead_id", pa.string()),
            ("occurred_at", moment),
            ("event_type", pa.string()),
            ("value", pa.float64()),
            ("recorded_at", moment),
        ]
    )
    ids, types = lead_ids(numbers), pa.array(EVENT_TYPES, pa.string())
    has_value = np.isin(EVENT_TYPES, WITH_VALUE)
    with pq.ParquetWriter(path, schema, use_dictionary=["event_type"]) as writer:
        for low in range(0, events, _PART):
            n = min(_PART, events - low)
            share = np.sort(low + n * rng.random(n)) / events  # of the two years that have gone by
            at = _FIRST + ((_LAST - _FIRST) * share).astype("timedelta64[us]")
            lead = (len(ids) * share * (1 - rng.random(n) ** 2)).astype(np.int64)
            kind = rng.choice(len(OFTEN), n, p=OFTEN)
            late = np.where(rng.random(n) < LATE, rng.exponential(3 * 86400e6, n), 1e6).astype(
                "timedelta64[us]"
            )
            value = pa.array(np.round(rng.lognormal(3.0, 1.0, n), 1), mask=~has_value[kind])
            columns = [
                ids.take(pa.array(lead)),
                pa.array(at, moment),
                types.take(pa.array(kind)),
                value,
                pa.array(at + late, moment),
            ]
            writer.write_table(pa.table(columns, schema=schema))


# --- models ---------------------------------------------------------------------------------------


def _register(config: Config, name: str) -> None:
    """Train a model on a company, and make it the champion of its name."""
    from propensity.registry import Registry

    registry = Registry.of(config)
    registry.promote(
        registry.register(_trained(config, name), run_name="benchmark", params={}, metrics={})
    )


def _trained(config: Config, name: str) -> Any:  # noqa: ANN401 — a PropensityModel; its module waits
    from features.days import day_number
    from features.intake import open_store
    from features.population import open_rows
    from features.selection import Selection, learn
    from features.spec import EventReading
    from propensity.model.model import PropensityModel
    from propensity.model.model_parts import Calibration, Member, Reference
    from training.learn.learners.trees import LearnerRows

    population = config.population
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        reading = EventReading(actors=config.behaviour.actors)
        rows = open_rows(store, population, reading, [day_number(AS_OF)]) if population else None
        spec, table = learn(store, rows, Selection(config.behaviour, config.features))
    label = _outcomes(table.matrix)
    seen = LearnerRows(table.matrix, label, np.ones(len(label)))
    if name in TOURNAMENTS:
        spec, members, recipe = _won(config, rows, spec, seen, TOURNAMENTS[name])
    else:
        members, recipe = (Member(text=_grown(seen, spec, MODELS[name])),), {}
    return PropensityModel(
        config=config,
        spec=spec,
        members=members,
        calibration=Calibration(),
        offsets=np.zeros(len(spec.features)),
        reference=Reference(rows=len(label), leads=len(label), close_rate=float(label.mean())),
        facts=recipe,
    )


def _grown(seen: Any, spec: Any, told: dict[str, Any]) -> str:  # noqa: ANN401 — LearnerRows and FeatureSpec, as above
    """The text of one LightGBM model."""
    import lightgbm as lgb

    known = {name: value for name, value in told.items() if name != "axes"}
    if told["axes"] == "apart":
        known["interaction_constraints"] = [spec.columns_on("fit"), spec.columns_on("interest")]
    names = [f"f{number}" for number in range(len(spec.features))]
    data = lgb.Dataset(
        seen.matrix, seen.label, feature_name=names, categorical_feature=spec.categories
    )
    always = {
        "objective": "binary",
        "learning_rate": 0.05,
        "verbosity": -1,
        "seed": 1,
        "deterministic": True,
    }
    return str(lgb.train({**always, **known}, data, TREES).model_to_string())


def _won(config: Config, rows: Any, spec: Any, seen: Any, told: dict[str, Any]) -> Any:  # noqa: ANN401 — as above
    """The features that are read, the members and the choices of whoever wins a tournament on some
    of the leads.
    """
    from training.learn.recipe import recipe
    from training.learn.rows.snapshots import LabelledRows

    asked = config.model_copy(update={"learner": config.learner.model_copy(update=told)})
    number = np.arange(len(seen.label))
    every = LabelledRows(rows, seen.label, seen.weight, np.zeros(len(number), np.int64), number)
    some = number[:: max(1, len(number) // TOURNAMENT_LEADS)]
    chosen = recipe.choose(asked, every.take(some), spec, seen.take(some)).chosen
    fitted = recipe.fit(asked, every.take(some), spec, seen.take(some), chosen=chosen)
    return fitted.read.spec, fitted.members, {"recipe": chosen.stored()}


def _outcomes(matrix: NDArray[np.float64]) -> NDArray[np.int8]:
    """(n,) wins that every feature has a part in, and some together."""
    rng = np.random.default_rng(3)
    ranks = (
        np.argsort(np.argsort(np.nan_to_num(matrix, nan=-1.0), axis=0), axis=0) / len(matrix) - 0.5
    )
    signal = ranks @ rng.normal(0, 1.0, matrix.shape[1])
    signal += 8 * ranks[:, ::7].prod(axis=1, where=np.arange(ranks[:, ::7].shape[1]) < 2)
    chance = 1 / (1 + np.exp(2.5 - 1.5 * signal / signal.std()))
    won: NDArray[np.int8] = (rng.random(len(matrix)) < chance).astype(np.int8)
    return won
