"""Companies written down by hand, day by day: what the audit counts can be counted again by eye."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from features.kinds import Attribute
from features.store import Store
from propensity.config import config as configuration
from tests.training.plain_learner import PLAIN

OBSERVED = 1000
NEVER = None


def config(
    *,
    horizon=30,
    every=10,
    until="closed",
    stale=400,
    goal="won",
    stages=(),
    carry=(),
    fit=(),
    actors=None,
    **more,
):
    """A configuration of three tables that are never read."""
    settings = {
        "name": "ledger",
        "input": {
            "timezone": "UTC",
            "leads": {"path": "leads.csv"},
            "events": {"path": "events.csv"},
            "outcomes": {"path": "outcomes.csv", "stages": {stage: stage for stage in stages}},
        },
        "columns": {"fit": list(fit), "carry": list(carry)},
        "behaviour": {"actors": actors or {"call": "sales", "*": "lead"}},
        "population": {"until": until, "stale_after_days": stale},
        "goal": {"stage": goal, "horizon_days": horizon},
        "snapshots": {"every_days": every},
        **more,
    }
    return configuration.parse(settings, base=Path())


def flat_config(**more):
    """A configuration of a flat table that is never read."""
    flat = {"path": "flat.csv", "columns": {"outcome": "won", "time": "seen"}}
    settings = {
        "name": "ledger",
        "input": {"timezone": "UTC", "flat": flat},
        "split": {"order": "time"},
        **more,
    }
    return configuration.parse(settings, base=Path())


def signal_config(folder, *, signal, n=1200, seed=0):
    """A flat table in which one column says something, or nothing, about the outcome."""
    random = np.random.default_rng(seed)
    size, noise = random.normal(size=n), random.normal(size=n)
    won = random.random(n) < 1 / (1 + np.exp(1 - signal * size))
    table = {
        "id": np.arange(n),
        "size": size.round(3),
        "noise": noise.round(3),
        "won": won.astype(int),
    }
    pd.DataFrame(table).to_csv(folder / "flat.csv", index=False)
    settings = {
        "name": "flat",
        "input": {"flat": {"path": "flat.csv", "columns": {"lead_id": "id", "outcome": "won"}}},
        "columns": {"fit": ["size"], "interest": ["noise"]},
        "split": {"order": "rows"},
        "learner": PLAIN | {"max_trees": 60, "learning_rate": 0.1, "depth": 3, "min_leaf_rows": 20},
    }
    return configuration.parse(settings, base=folder)


def company(created, closed, won, *, stages=None, events=(), account=None, columns=None):
    """A store: each lead's day of creation, day of close (None while open), whether won, and what
    else there is.

    ``stages`` and ``columns``: name to one value per lead. ``events``: (lead, day, type).
    """
    n, stages, columns = len(created), stages or {}, columns or {}
    created = np.asarray(created)
    lead = np.arange(n)
    closed = pd.array(closed, dtype="Int32")
    at = pd.to_datetime(created, unit="D")
    leads = {
        "lead": lead,
        "lead_id": [f"L{i}" for i in lead],
        "created_at": at,
        "created_day": created,
        "known_day": created,
        "account": lead if account is None else account,
    }
    leads |= {f"a{i}": values for i, values in enumerate(columns.values())}
    episodes = {
        "lead": lead,
        "episode": np.ones(n, int),
        "started_day": created,
        "start_known_day": created,
        "started_at": at,
        "closed_at": pd.to_datetime(closed, unit="D"),
        "closed_day": closed,
        "close_known_day": closed,
        "won": pd.array(
            [None if pd.isna(day) else bool(w) for day, w in zip(closed, won, strict=True)],
            dtype="boolean",
        ),
        "amount": np.full(n, np.nan),
        "lost_reason": [None] * n,
    }
    episodes |= {
        f"s{i}_day": pd.array(days, dtype="Int32") for i, days in enumerate(stages.values())
    }
    who, day, kind = (
        (list(column) for column in zip(*events, strict=True)) if events else ([], [], [])
    )
    acts = {
        "lead": who,
        "occurred_at": pd.to_datetime(day, unit="D"),
        "day": day,
        "known_day": day,
        "event_type": kind,
        "detail": [None] * len(who),
        "channel": [None] * len(who),
        "value": pd.array([None] * len(who), dtype="Int64"),
    }
    return Store.from_arrow(
        {
            name: pa.Table.from_pandas(pd.DataFrame(table), preserve_index=False)
            for name, table in {"leads": leads, "episodes": episodes, "events": acts}.items()
        },
        attributes=[Attribute(name, "text", "carry") for name in columns],
        stages=list(stages),
        observed_day=OBSERVED,
    )


def flat(day, won, *, account=None):
    """A flat store: the day of each row (None where unknown) and its outcome (None where
    unknown).
    """
    n = len(day)
    days = pd.array(day, dtype="Int32")
    table = pd.DataFrame(
        {
            "lead": np.arange(n),
            "lead_id": [str(i) for i in range(n)],
            "row_number": np.arange(n),
            "day": days,
            "at": pd.to_datetime(days, unit="D"),
            "account": np.arange(n) if account is None else account,
            "won": pd.array(won, dtype="boolean"),
        }
    )
    return Store.from_arrow(
        {"leads": pa.Table.from_pandas(table, preserve_index=False)}, is_flat=True
    )


def found(findings, name):
    """The one finding of that name."""
    (one,) = [finding for finding in findings if finding.name == name]
    return one
