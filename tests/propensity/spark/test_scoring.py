"""Spark gives what this machine gives, to the bit: rows, files, summary and quarantine."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys

import pyarrow as pa
import pytest

from features.spec import COLLEAGUES
from propensity import api
from propensity.spark.engine import SparkEngine
from propensity.spark.scoring import score, scored
from propensity.spark.teams import teams_of
from tests.propensity import worlds
from tests.propensity.spark.conftest import ROOT

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"
)


def files_of(world, folder, **options):
    """What a scoring writes, as bytes by name, and its summary without paths."""
    shutil.rmtree(world.path.parent / "quarantine", ignore_errors=True)
    out = folder / "scored.parquet"
    summary = api.score(world.path, as_of=worlds.AS_OF, out=out, **options).summary
    quarantine = sorted((world.path.parent / "quarantine").glob("*.csv"))
    return {path.name: path.read_bytes() for path in (out, *quarantine)}, summary


@pytest.mark.parametrize("name", ["crowded", "alone", "flat"])
def test_spark_writes_the_files_and_the_summary_of_this_machine(name, companies, spark, tmp_path):
    world = companies[name]
    engine = SparkEngine(spark, tmp_path, leads_per_bucket=60, leads_per_part=90)
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()

    here, summary = files_of(world, tmp_path / "here")
    there, its_summary = files_of(world, tmp_path / "there", engine=engine)

    assert list(there) == list(here)
    assert there == here
    assert its_summary == summary
    assert summary.leads > 200
    assert name != "crowded" or {"events.csv"} < set(here)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "there"]


def test_people_who_ever_shared_an_account_are_scored_together(companies):
    world = companies["crowded"]
    assert any(getattr(f.source, "kind", "") == COLLEAGUES for f in world.model.spec.features)

    with world.store() as store:
        rows = worlds.open_rows(
            store, world.config.population, world.model.spec.events, [worlds.AS_OF_DAY]
        )
        team = dict(zip(*teams_of(store, rows, together=True).to_pydict().values(), strict=True))
        pairs = store.query(
            "SELECT lead, account FROM leads UNION SELECT lead, CAST(value AS INTEGER) FROM changes"
            " WHERE attribute < 0"
        ).to_pylist()
    by_account = {}
    for pair in pairs:
        if pair["lead"] in team and pair["account"] is not None:
            by_account.setdefault(pair["account"], set()).add(team[pair["lead"]])

    assert {len(teams) for teams in by_account.values()} == {1}
    assert len(set(team.values())) > 20
    assert set(rows["lead"].to_pylist()) <= set(team)


def test_tables_of_spark_give_the_rows_and_the_summary_of_their_files(companies, spark, tmp_path):
    from pyspark.sql import functions as sql

    world = companies["alone"]
    local = api.score(world.path, as_of=worlds.AS_OF)
    folder = world.path.parent
    events = spark.read.csv(str(folder / "events.csv"), header=True)
    typed = events.withColumn("occurred_at", sql.to_timestamp("occurred_at"))
    tables = {"events": typed.repartition(3), "leads": folder / "leads.csv"}

    found = scored(spark, tables, world.path, worlds.AS_OF, shared_folder=tmp_path)

    rows = found.frame.orderBy("lead_id").toArrow()
    assert rows.column_names == local.table.column_names
    assert rows.cast(local.table.schema).equals(local.table)
    summary = found.summary()
    assert summary.best == local.summary.best
    assert dataclasses.replace(summary, intake=local.summary.intake) == local.summary


def test_nobody_to_score_is_a_table_of_the_same_columns(companies, spark):
    world = companies["alone"]
    day = "2034-01-01"

    frame = score(spark, {}, world.path, day, accept_input="a test of the far future")

    here = api.score(world.path, as_of=day, accept_input="a test of the far future")
    assert frame.count() == 0
    assert frame.columns == here.table.column_names


def test_executors_load_no_registry_and_no_training_code(companies, spark):
    world = companies["alone"]

    def loaded(batches):
        names = {"mlflow", "sqlalchemy", "sklearn", "optuna", "training"} & set(sys.modules)
        yield pa.RecordBatch.from_pydict({"names": [sorted(names)]})

    assert score(spark, {}, world.path, worlds.AS_OF).count() > 100
    found = spark.range(4).repartition(4).mapInArrow(loaded, "names array<string>").toArrow()
    ours = spark.range(4).repartition(4).mapInArrow(imported, "names array<string>").toArrow()

    assert found["names"].to_pylist() == [[]] * 4
    assert ["propensity.scoring.scorer"] in ours["names"].to_pylist()


def imported(batches):
    """Whether a process of Spark has scored."""
    yield pa.RecordBatch.from_pydict(
        {"names": [sorted({"propensity.scoring.scorer"} & set(sys.modules))]}
    )


@pytest.mark.slow
def test_two_executors_in_processes_of_their_own_write_the_same_file(
    companies, needs_spark, executors_find_us, tmp_path
):
    world = companies["crowded"]
    here, _ = files_of(world, tmp_path)
    words = [sys.executable, "-m", "propensity.cli", "score", str(world.path)]
    options = ["--as-of", str(worlds.AS_OF), "--out", str(tmp_path / "there.parquet")]
    options += ["--json", str(tmp_path / "there.json")]
    spark = ["--engine", "spark", "--shared-folder", str(tmp_path)]
    master = "--master local-cluster[2,1,1024] --conf spark.ui.enabled=false pyspark-shell"

    ran = subprocess.run(
        [*words, *options, *spark],
        check=False,
        env={**os.environ, "PYSPARK_SUBMIT_ARGS": master},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert ran.returncode in (0, 10), ran.stderr
    assert "pandas" not in ran.stderr
    assert (tmp_path / "there.parquet").read_bytes() == here["scored.parquet"]
    assert json.loads((tmp_path / "there.json").read_text(encoding="utf-8"))["leads"] > 200
