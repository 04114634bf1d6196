"""Made-up rows to choose on."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from features.spec import AttributeSource, BehaviourSource, Feature, FeatureSpec
from propensity.config import config
from propensity.model.model import probability
from training.learn.learners.trees import LearnerRows
from training.learn.rows.snapshots import LabelledRows

#: Small and quick: what is tested is who wins, not how well.
QUICK = {"max_trees": 20, "learning_rate": 0.3, "depth": 2, "min_leaf_rows": 10, "trials": 0}
SPEC = FeatureSpec(
    features=(
        Feature(
            name="size",
            axis="fit",
            concept="size",
            unit="",
            source=AttributeSource(column="size", reading="number"),
        ),
        Feature(
            name="trade",
            axis="fit",
            concept="trade",
            unit="",
            levels=("IT", "metal"),
            source=AttributeSource(column="trade", reading="category"),
        ),
        Feature(
            name="visits",
            axis="interest",
            concept="visits",
            unit="",
            source=BehaviourSource(kind="visits", measure="count"),
        ),
    )
)


def settings(order="rows", **learner):
    """A flat configuration whose rows stand in this order."""
    return config.parse(
        {
            "name": "made-up",
            "input": {
                "flat": {"path": "leads.csv", "columns": {"outcome": "won", "time": "at"}},
                "timezone": "UTC",
            },
            "columns": {"fit": ["size", "trade"], "interest": ["visits"]},
            "split": {"order": order},
            "learner": QUICK | learner,
        },
        base=Path("/data"),
    )


def labelled(label, *, time=None, lead=None, weight=None):
    """Rows with their outcomes; by default each of its own lead, in order of time."""
    n = len(label)
    lead = np.arange(n) if lead is None else np.asarray(lead)
    time = np.arange(n) if time is None else np.asarray(time)
    table = pa.table(
        {"lead": lead, "episode": np.ones(n, np.int64), "as_of_day": np.zeros(n, np.int64)}
    )
    weight = np.ones(n) if weight is None else weight
    return LabelledRows(
        table, np.asarray(label, np.int8), weight, time.astype(np.int64), lead.astype(np.int64)
    )


def made_up(n=900, seed=0, turn=None):
    """Leads whose chance depends on all features; after ``turn`` rows, on size and trade the other
    way round.
    """
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [random.normal(0, 1, n), random.integers(0, 4, n).astype(float), random.poisson(2, n)]
    )
    matrix[random.random(n) < 0.1, 0] = np.nan
    fit = 1.2 * np.nan_to_num(matrix[:, 0]) + 1.0 * (matrix[:, 1] == 2)
    sign = np.where(np.arange(n) >= (n if turn is None else turn), -1.0, 1.0)
    label = (random.random(n) < probability(-1.5 + sign * fit + 0.4 * matrix[:, 2])).astype(np.int8)
    return LearnerRows(np.asfortranarray(matrix), label, np.ones(n))
