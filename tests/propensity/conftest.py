"""A small model on made-up leads, and a registry file that was migrated once for all tests."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from features.build.table import encoded
from features.spec import AttributeSource, BehaviourSource, Feature, FeatureSpec
from propensity.config import config
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Calibration, Member, Reference
from tests.propensity import worlds

LEADS = 600


@pytest.fixture(scope="session")
def small_spec() -> FeatureSpec:
    """Three features of fit (a category, a number that is often missing, a number) and three of
    interest.
    """

    def attribute(column, reading, levels=()):
        source = AttributeSource(column=column, reading=reading)
        return Feature(
            name=column, axis="fit", concept=column, unit="", source=source, levels=levels
        )

    def behaviour(name, kind, measure, window=None):
        source = BehaviourSource(kind=kind, measure=measure, window=window)
        return Feature(name=name, axis="interest", concept=kind, unit="events", source=source)

    return FeatureSpec(
        features=(
            attribute("業種", "category", ("IT", "製造, 他", "Retail")),
            attribute("employees", "number"),
            attribute('Total "Time" [s]', "number"),
            behaviour("pricing: count, 30 days", "pricing", "count", 30),
            behaviour("pricing: days since", "pricing", "days_since"),
            behaviour("any activity: decayed", "any activity", "decayed"),
        )
    )


@pytest.fixture(scope="session")
def small_frame() -> pd.DataFrame:
    """Made-up leads under the names of ``small_spec``, with missing values."""
    rng = np.random.default_rng(7)
    visited = rng.random(LEADS) < 0.6
    return pd.DataFrame(
        {
            "業種": rng.choice(
                np.array(["IT", "製造, 他", "Retail", "Zoo", None], dtype=object), LEADS
            ),
            "employees": np.where(
                rng.random(LEADS) < 0.5, np.nan, rng.lognormal(4, 1, LEADS).round()
            ),
            'Total "Time" [s]': rng.gamma(2.0, 100.0, LEADS),
            "pricing: count, 30 days": visited * rng.poisson(3, LEADS).astype(float),
            "pricing: days since": np.where(visited, rng.integers(0, 90, LEADS), np.nan),
            "any activity: decayed": rng.gamma(1.0, 2.0, LEADS),
        }
    )


@pytest.fixture(scope="session")
def small_model(small_spec: FeatureSpec, small_frame: pd.DataFrame) -> PropensityModel:
    """A LightGBM model of 12 trees on ``small_frame``, every tree on one axis; do not change it."""
    import lightgbm as lgb

    matrix = encoded(small_spec, small_frame)
    truth = -2 + (matrix[:, 0] == 2) + 0.3 * matrix[:, 3] + 0.004 * matrix[:, 2]
    won = np.random.default_rng(8).random(LEADS) < 1 / (1 + np.exp(-truth))
    booster = lgb.train(
        {
            "objective": "binary",
            "max_depth": 3,
            "min_data_in_leaf": 10,
            "interaction_constraints": [
                small_spec.columns_on("fit"),
                small_spec.columns_on("interest"),
            ],
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        },
        lgb.Dataset(
            matrix,
            won.astype(int),
            feature_name=[f"f{i}" for i in range(6)],
            categorical_feature=small_spec.categories,
            params={"min_data_per_group": 10},
        ),
        num_boost_round=12,
    )
    return PropensityModel(
        config=config.parse(
            {
                "name": "small",
                "input": {"flat": {"path": "leads.csv", "columns": {"outcome": "won"}}},
                "columns": {"fit": ["業種", "employees", 'Total "Time" [s]']},
                "split": {"order": "random"},
            },
            base=Path("/data"),
        ),
        spec=small_spec,
        members=(Member(text=booster.model_to_string()),),
        calibration=Calibration(slope=1.1, intercept=0.1),
        offsets=np.array([0.1, 0.0, -0.2, 1 / 3, 0.0, 0.0]),
        reference=Reference(rows=LEADS, leads=LEADS, close_rate=float(won.mean())),
        metrics={"roc_auc": {"value": 0.81, "low": 0.77, "high": 0.84}, "lift": float("nan")},
        facts={"rows": LEADS, "fingerprint": "c0ffee"},
    )


@pytest.fixture(scope="session")
def migrated_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite registry; creating one takes seconds, so all workers copy this one."""
    from propensity.registry import Registry

    shared = tmp_path_factory.getbasetemp()
    path = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "template.db"
    with FileLock(path.with_suffix(".lock")):
        Registry(f"sqlite:///{path}", "template").create()
    return path


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, migrated_registry: Path) -> worlds.World:
    """A company with a champion."""
    from propensity.registry import Registry

    folder = tmp_path_factory.mktemp("company")
    world = worlds.company(folder)
    shutil.copy(migrated_registry, folder / "propensity.db")
    store = Registry.of(world.config)
    store.promote(store.register(world.model, run_name="test", params={}, metrics={"auc": 0.8}))
    return world


@pytest.fixture
def registry_uri(migrated_registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """URI of an empty registry of the test's own; the working folder is an empty one beside it."""
    folder, work = tmp_path / "registry", tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    monkeypatch.chdir(work)
    shutil.copy(migrated_registry, folder / "registry.db")
    assert os.listdir(work) == []
    return f"sqlite:///{folder / 'registry.db'}"
