"""One Spark for all tests of a process, on two cores of this machine, and three companies."""

import os
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from propensity.registry import Registry
from tests.propensity import worlds

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def needs_spark():
    """Skips where there is no PySpark or no Java."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark's own, of pandas 3 and of sockets
        pytest.importorskip("pyspark", reason="needs PySpark: make spark")
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").is_file() if home else shutil.which("java")):
        pytest.skip("needs Java 17 or later: apt-get install openjdk-17-jre-headless")


@pytest.fixture(scope="session")
def executors_find_us():
    """Python processes of Spark are this Python, and import the package from here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def spark(needs_spark, executors_find_us):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("tests")
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "America/New_York",  # of no meaning for us
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    yield session
    session.stop()


MOVES = "\n  attribute_changes: {path: changes.csv, attributes: [account, 業種]}"


def registered(world, registry):
    shutil.copy(registry, world.path.parent / "propensity.db")
    store = Registry.of(world.config)
    store.promote(store.register(world.model, run_name="test", params={}, metrics={"auc": 0.8}))
    return world


def damaged(folder):
    """A tenth of the events is of one account; leads move; some rows cannot be used."""
    rng = np.random.default_rng(3)
    leads = pd.read_csv(folder / "leads.csv", dtype=str, keep_default_na=False)
    events = pd.read_csv(folder / "events.csv", dtype=str, keep_default_na=False)
    crowd = leads.lead_id[leads.account == leads.account.mode()[0]].to_numpy()
    tenth = rng.random(len(events)) < 0.1
    events.loc[tenth, "lead_id"] = rng.choice(crowd, tenth.sum())
    events.loc[events.index % 97 == 0, "occurred_at"] = "soon"
    events.loc[events.index % 101 == 0, "lead_id"] = "nobody"
    pd.concat([events, events.head(9)]).to_csv(folder / "events.csv", index=False)
    movers = rng.choice(leads.lead_id.to_numpy(), 60, replace=False)
    pd.DataFrame(
        {
            "lead_id": movers,
            "changed_at": "2025-04-20T10:00:00+09:00",
            "attribute": np.where(np.arange(60) < 40, "account", "業種"),
            "value": rng.choice(leads.account.to_numpy(), 60),
        }
    ).to_csv(folder / "changes.csv", index=False)


@pytest.fixture(scope="session")
def companies(tmp_path_factory, migrated_registry):
    """Three companies with a champion: with accounts, one of them crowded; without; a flat one."""
    place = tmp_path_factory.mktemp("crowded")
    worlds.company(place)
    damaged(place)
    days = [worlds.AS_OF_DAY - 28, worlds.AS_OF_DAY - 14, worlds.AS_OF_DAY]
    outcomes = "\n  outcomes:"
    crowded = worlds.of_folder(place, worlds.CONFIG.replace(outcomes, f"{MOVES}{outcomes}"), days)
    place = tmp_path_factory.mktemp("alone")
    worlds.company(place, seed=1)
    config = worlds.CONFIG.replace(", columns: {account_id: account}", "")
    alone = worlds.of_folder(place, config.replace("[company,", "[account, company,"), days)
    flat = worlds.flat(tmp_path_factory.mktemp("flat"))
    found = {"crowded": crowded, "alone": alone, "flat": flat}
    return {name: registered(world, migrated_registry) for name, world in found.items()}
