"""Clicks of mail filters: the audit proposes to leave them out, and then training and scoring do so
alike.
"""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import yaml

import propensity
from features.build.build import build, prepare
from propensity.config.config import load
from propensity.config.decisions import read
from propensity.scoring.job import ScoringResources, open_input
from training.cli import main
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources

pytestmark = pytest.mark.slow

CONFIG = {
    "name": "machines",
    "input": {
        "timezone": "UTC",
        "observed_until": "2024-12-01",
        **{name: {"path": f"{name}.csv"} for name in ("leads", "events", "outcomes")},
    },
    "columns": {"fit": ["size"]},
    "behaviour": {"actors": {"mail": "marketing", "*": "lead"}, "sends": ["mail"]},
    "population": {"until": "closed", "stale_after_days": 365},
    "goal": {"horizon_days": 30},
    "snapshots": {"every_days": 30},
    "learner": {"contestants": ["lightgbm"], "trials": 0, "max_trees": 40, "min_leaf_rows": 10},
}


@pytest.fixture
def run(typed):
    """Run a command line: exit code, and what it printed on stdout and stderr."""
    return partial(typed, main)


@pytest.fixture
def path(tmp_path):
    """Leads, half of whom have a mail filter that clicks two seconds after every mail."""
    random, n = np.random.default_rng(2), 900
    start = pd.Timestamp("2024-01-01")
    created = start + pd.to_timedelta(random.integers(0, 270 * 24, n), unit="h")
    ids = [f"L{i:04d}" for i in range(n)]
    size, buys = random.integers(1, 500, n), random.random(n)
    events = []
    for i in range(n):
        for week in range(6):
            sent = created[i] + pd.Timedelta(days=7 * week, hours=3)
            events.append((ids[i], sent, "mail"))
            if i % 2:
                events.append((ids[i], sent + pd.Timedelta(seconds=2), "click"))
            if random.random() < 0.3 * (buys[i] > 0.6):
                events.append((ids[i], sent + pd.Timedelta(hours=9), "click"))
    won = buys > 0.7
    closed = created + pd.to_timedelta(random.integers(20, 60, n), unit="D")
    known = closed < pd.Timestamp("2024-12-01")
    tables = {
        "leads": pd.DataFrame({"lead_id": ids, "created_at": created, "size": size}),
        "events": pd.DataFrame(events, columns=["lead_id", "occurred_at", "event_type"]),
        "outcomes": pd.DataFrame({"lead_id": ids, "closed_at": closed, "won": won.astype(int)})[
            known
        ],
    }
    tables["events"] = tables["events"][tables["events"].occurred_at < "2024-12-01"]
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    path = tmp_path / "machines.yaml"
    path.write_text(yaml.safe_dump(CONFIG))
    return path


def test_what_the_audit_proposes_holds_in_training_and_scoring_alike(path, run):
    run("audit", path)
    decided = read(path.parent / "decisions.yaml")
    assert [(e.event_type, e.seconds) for e in decided.in_force if e.action == "filter"] == [
        ("click", 3)
    ]

    _, told, err = run("train", path, "--accept-audit", "made up")
    assert "of 'click' left out, as decided: " in " ".join(told.split()), err
    assert "within 3 seconds of a message" in " ".join(told.split())
    run("promote", "1", path, "--override", "made up")
    model = propensity.load(path)
    assert [each.seconds for each in model.spec.events.filters] == [3]

    # what was decided goes with the model, whatever the file says when it scores
    (path.parent / "decisions.yaml").write_text("")
    code, told, err = run("score", path, "--as-of", "2024-10-15", "--out", path.parent / "s.csv")
    assert code in (0, 10), err
    assert "of 'click' left out, as decided: " in " ".join(told.split())


def test_a_replay_of_the_scorer_gives_the_bits_of_the_training_rows(path, run):
    entry = "{event_type: click, action: filter, seconds: 3, because: x, by: y, at: 2024-01-01}"
    (path.parent / "decisions.yaml").write_text(f"- {entry}\n")
    run("train", path, "--accept-audit", "made up")
    config, model = load(path), propensity.load(path, version=1)

    with open_sources(config) as store:
        rows = history(Run(config, store)).rows.rows.combine_chunks()
        prepare(store, model.spec, rows)
        trained = build(store, rows, model.spec).matrix
    with open_input(config, model, ScoringResources()) as store:
        prepare(store, model.spec, rows)
        replayed = build(store, rows, model.spec).matrix

    assert trained.tobytes() == replayed.tobytes()
    clicks = [name for name in model.spec.names if "click" in name]
    assert clicks
