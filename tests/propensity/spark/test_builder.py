"""Features that Spark builds are those of this machine, to the bit, and so is the trained model."""

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
import yaml

from features.build.build import built
from features.errors import ConfigError
from features.population import flat_rows, open_rows
from features.selection import Selection, learn
from features.spec import COLLEAGUES, EventReading, Feature, FeatureSpec, OwnSource
from propensity.config import config
from propensity.failures import sentence_of
from propensity.registry import Registry
from propensity.spark.builder import SparkBuilder
from propensity.spark.dealing import refuse_own_code
from propensity.spark.engine import bundle_of
from tests.propensity import worlds
from tests.propensity.spark.conftest import ROOT
from tests.training.learn.recipe.test_judgement import SETTINGS
from tests.training.learn.recipe.test_recipe import frame
from tests.training.train.test_command import ACCEPTED, company, flat
from training.cli import main
from training.train.command import train

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"
)
DAYS = [worlds.AS_OF_DAY - 28, worlds.AS_OF_DAY - 14, worlds.AS_OF_DAY]


def rows_of(world, store):
    if store.is_flat:
        return flat_rows(store)
    reading = EventReading(actors=world.config.behaviour.actors)
    return open_rows(store, world.config.population, reading, DAYS).combine_chunks()


def assert_equal(one, other):
    assert one.spec == other.spec
    assert one.matrix.tobytes("F") == other.matrix.tobytes("F")
    assert one.matrix.flags.f_contiguous
    assert one.keys.combine_chunks() == other.keys.combine_chunks()
    assert one.drawn.keys() == other.drawn.keys()
    for column, mask in one.drawn.items():
        assert np.array_equal(mask, other.drawn[column])


@pytest.mark.parametrize("name", ["crowded", "alone", "flat"])
def test_spark_learns_and_builds_the_features_of_this_machine(name, companies, spark, tmp_path):
    world = companies[name]
    drawn = Selection(
        world.config.behaviour,
        world.config.features,
        imputed=("業種",),
        history=("業種",) if name == "crowded" else (),
    )

    with (
        world.store() as store,
        SparkBuilder(spark, tmp_path, leads_per_bucket=60, rows_per_piece=50) as builder,
    ):
        rows = rows_of(world, store)
        rows = rows.take(pa.array(np.random.default_rng(2).permutation(rows.num_rows)))
        spec, there = learn(store, rows, drawn, build=builder)
        its_spec, here = learn(store, rows, drawn)
        assert spec == its_spec
        assert_equal(there, here)
        assert there.drawn[[f.name for f in spec.features].index("業種")].any()
        assert_equal(builder(store, rows, spec), built(store, rows, spec))
        kinds = {getattr(feature.source, "kind", "") for feature in spec.features}
        assert (COLLEAGUES in kinds) == (name == "crowded")
        (folder,) = tmp_path.iterdir()

    assert not folder.exists()


def test_leads_that_went_out_are_kept_until_others_are_asked_for(companies, spark, tmp_path):
    world = companies["alone"]

    with world.store() as store, SparkBuilder(spark, tmp_path) as builder:
        rows = rows_of(world, store)
        half = rows.num_rows // 2
        asked = [rows.slice(0, half), rows.slice(10, 20), rows.slice(half), rows]
        found, folders = [], []
        for part in asked:
            found.append(builder(store, part, world.model.spec))
            (folder,) = tmp_path.iterdir()
            folders.append(folder)
        assert folders[0] == folders[1] != folders[2] == folders[3]
        for part, table in zip(asked, found, strict=True):
            assert_equal(table, built(store, part, world.model.spec))


def test_no_row_needs_no_spark(companies):
    world = companies["alone"]

    with world.store() as store:
        table = SparkBuilder(None)(store, rows_of(world, store).slice(0, 0), world.model.spec)

    assert table.matrix.shape == (0, len(world.model.spec.features))


def test_a_shared_folder_that_is_none_is_said(companies, spark, tmp_path):
    world = companies["alone"]

    with (
        world.store() as store,
        SparkBuilder(spark, tmp_path / "none") as builder,
        pytest.raises(ConfigError, match="--shared-folder: expected a folder that can be written"),
    ):
        builder(store, rows_of(world, store), world.model.spec)


def accounts(folder):
    """A company whose people share accounts."""
    owner = np.random.default_rng(5).integers(0, 170, 500)
    edit = ("leads", lambda leads: leads.assign(account=owner))
    return company(folder, edit, input__leads__columns={"account_id": "account"})


@pytest.mark.parametrize(
    "settings_in",
    [
        pytest.param(accounts, marks=pytest.mark.slow, id="accounts"),
        pytest.param(lambda folder: flat(folder, frame()), id="flat"),
    ],
)
def test_the_trained_model_is_that_of_this_machine(settings_in, spark, tmp_path):
    (tmp_path / "shared").mkdir()
    settings = settings_in(tmp_path)

    here = train(settings, accept_audit=ACCEPTED)
    with SparkBuilder(spark, tmp_path / "shared", leads_per_bucket=60) as build:
        there = train(settings, accept_audit=ACCEPTED, build=build)

    assert bundle_of(there.model, tmp_path / "model") == bundle_of(here.model, tmp_path / "model")
    assert there.judgement.to_dict() == here.judgement.to_dict()
    assert (there.intake, there.audit) == (here.intake, here.audit)
    colleagues = [f for f in here.model.spec.features if f.concept == COLLEAGUES]
    assert bool(colleagues) == (not settings.input.is_flat)


@pytest.mark.slow
def test_the_command_registers_the_model_of_this_machine_beside_a_champion(
    spark, registry_uri, tmp_path, typed
):
    company(tmp_path)
    path = tmp_path / "propensity.yaml"
    asked = SETTINGS | {"registry": {"uri": registry_uri}}
    path.write_text(yaml.safe_dump(asked, allow_unicode=True), encoding="utf-8")
    registry = Registry.of(config.load(path))
    words = (main, "train", path, "--accept-audit", ACCEPTED)
    typed(*words)
    registry.promote(1)

    here, there = typed(*words), typed(*words, "--engine", "spark", "--shared-folder", tmp_path)

    assert there[0] == here[0]
    assert "Registered as version 3" in there[1]
    bundles = [bundle_of(registry.load(number)[0], tmp_path / "model") for number in (2, 3)]
    assert bundles[0] == bundles[1]


ABSENT = "import sys; sys.modules['pyspark'] = None; from training.cli import main; main()"


@pytest.mark.parametrize(
    ("code", "home", "said"),
    [
        (ABSENT, "", "--engine spark: expected PySpark, got none. Install lead-propensity[spark]."),
        (
            "from training.cli import main; main()",
            "/no/java",
            "--engine spark: expected Java 17 or later, got none in JAVA_HOME (/no/java).",
        ),
    ],
)
def test_what_spark_needs_and_is_not_there_is_named(code, home, said, needs_spark, tmp_path):
    company(tmp_path)
    path = tmp_path / "propensity.yaml"
    path.write_text(yaml.safe_dump(SETTINGS, allow_unicode=True), encoding="utf-8")

    ran = subprocess.run(
        [sys.executable, "-c", code, "train", str(path), "--engine", "spark"],
        check=False,
        env={**os.environ, "JAVA_HOME": home, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert ran.returncode == 1
    assert said in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


def test_a_shared_folder_without_spark_is_a_wrong_call(tmp_path, typed):
    path = tmp_path / "propensity.yaml"
    company(tmp_path)
    path.write_text(yaml.safe_dump(SETTINGS, allow_unicode=True), encoding="utf-8")

    code, _, err = typed(main, "train", path, "--shared-folder", tmp_path)

    assert code == 2
    assert "it is of use with --engine spark" in " ".join(err.split())


def test_when_java_is_gone_a_sentence_says_so():
    protocol = pytest.importorskip("py4j.protocol", reason="needs PySpark: make spark")

    class GoneError(protocol.Py4JJavaError):
        def __str__(self):
            raise ConnectionRefusedError(111, "Connection refused")

    GoneError.__module__ = "py4j.protocol"
    error = GoneError.__new__(GoneError)

    assert "spark.driver.memory" in sentence_of(error)


def test_own_code_does_not_go_to_a_cluster():
    source = OwnSource(code="mine:f", sha256="0" * 64)
    own = Feature(name="n", axis="fit", concept="n", unit="", source=source)

    with pytest.raises(ConfigError, match=r"expected no features\.own, got mine:f"):
        refuse_own_code(FeatureSpec(features=(own,)))
