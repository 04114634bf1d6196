"""The features of leads as they were known on a day, as a table for one's own models."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from features.build.build import build, prepare
from features.build.table import FeatureTable
from features.days import date_of
from features.settings import Axis
from features.spec import FeatureSpec
from features.store import Store
from propensity.config.config import Config
from propensity.model.data_frames import frame_of
from propensity.model.model import PropensityModel
from propensity.scoring.tonight import population
from training.learn.learners.own_booster import names_for_lightgbm
from training.learn.recipe.recipe import see
from training.learn.rows.history import history
from training.learn.rows.run import Run


@dataclass(frozen=True)
class FeatureFrame:
    """Rows of leads, each looked at on a day with what was known then.

    Attributes:
        X: (n, features) numbers as float64, categories as such; missing values are missing.
        keys: (n,) ``lead_id``, ``episode`` and ``as_of``, with the index of ``X``.
        spec: What the columns are, and on which axis.
        y: (n,) 1 where the goal was reached within the horizon, else 0; None of a day whose end
            nobody knows yet.
        weight: (n,) rows of the population that each row stands for; None where ``y`` is.
        group: (n,) number of the account, else of the lead: rows that are not independent; None
            where ``y`` is.
        horizon_days: Days within which the goal counts; None of a flat table.
        older: (n,) whether a training learns from the row before it is judged; None where ``y`` is.
        test_from: The day from which on rows judge, and before which all outcomes of the older ones
            are known; None where ``y`` is, and of a flat table.
    """

    X: pd.DataFrame
    keys: pd.DataFrame
    spec: FeatureSpec
    y: "pd.Series[int] | None" = None
    weight: "pd.Series[float] | None" = None
    group: "pd.Series[int] | None" = None
    horizon_days: int | None = None
    older: "pd.Series[bool] | None" = None
    test_from: date | None = None

    @property
    def axes(self) -> dict[str, Axis]:
        """Feature to its axis."""
        return {feature.name: feature.axis for feature in self.spec.features}

    @property
    def X_for_lightgbm(self) -> pd.DataFrame:  # noqa: N802 — as X itself is called
        """The same under names that LightGBM takes, by which an own model is known again."""
        return self.X.set_axis(names_for_lightgbm(self.spec), axis=1)

    @property
    def interaction_constraints(self) -> list[list[int]]:
        """LightGBM's parameter that keeps every tree on one axis."""
        return [self.spec.columns_on(axis) for axis in self.spec.axes]

    def __len__(self) -> int:
        return len(self.X)


def labelled(config: Config, store: Store) -> FeatureFrame:
    """The rows that a training learns from and is judged on, with what became of them.

    Args:
        config: What is learned.
        store: Its canonical tables.

    Raises:
        RefusedError: No row can be learned from.
    """
    run = Run(config, store)
    past = history(run)
    spec, seen = see(run, past.rows)
    ids = store.query("SELECT lead, lead_id FROM leads ORDER BY lead")["lead_id"]
    numbers = pa.array(past.rows.lead)
    keys = past.rows.rows.append_column("lead_id", ids.take(numbers))
    # what a model must not recognise as missing is drawn for training: here it is missing
    table = FeatureTable(spec, keys, seen.matrix, seen.drawn)
    return FeatureFrame(
        frame_of(spec, table.as_known),
        _keys(keys, flat=store.is_flat),
        spec,
        pd.Series(past.rows.label, name="won"),
        pd.Series(past.rows.weight, name="weight"),
        pd.Series(past.rows.cluster, name="group"),
        config.goal.horizon_days if config.goal else None,
        pd.Series(past.older, name="older"),
        date_of(past.plan.test[0]) if past.plan else None,
    )


def open_leads(model: PropensityModel, store: Store, as_of_day: int) -> FeatureFrame:
    """The features of the leads that a model would score.

    Args:
        model: The model that reads the features.
        store: The canonical tables.
        as_of_day: Number of the day at whose start leads are looked at.
    """
    rows = population(model, store, as_of_day)
    prepare(store, model.spec, rows)
    table = build(store, rows, model.spec)
    return FeatureFrame(
        frame_of(model.spec, table.matrix), _keys(table.keys, flat=store.is_flat), model.spec
    )


def _keys(keys: pa.Table, *, flat: bool) -> pd.DataFrame:
    days, place = np.unique(keys["as_of_day"].to_numpy(), return_inverse=True)
    as_of = [None if flat and not day else date_of(int(day)) for day in days]
    return pd.DataFrame(
        {
            "lead_id": keys["lead_id"].to_pandas().astype(object),
            "episode": keys["episode"].to_numpy(),
            "as_of": pd.to_datetime(pd.Series(as_of)).to_numpy()[place],
        }
    )
