"""The registry: versions with figures and aliases, data-only artifacts, quiet, and movable."""

import json
import logging
import os
import pickletools
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.build.table import encoded
from features.errors import ArtifactError, ConfigError
from propensity.model import bundle
from propensity.model.model_parts import Calibration
from propensity.registry import Registry, RegistryError
from propensity.registry.connection import Connection

PNG = b"\x89PNG\r\n\x1a\n"
ARTIFACTS = [
    "config.json",
    "model/MLmodel",
    "model/conda.yaml",
    "model/data/bundle/config.json",
    "model/data/bundle/facts.json",
    "model/data/bundle/features.json",
    "model/data/bundle/manifest.json",
    "model/data/bundle/members/00.txt",
    "model/data/bundle/metrics.json",
    "model/data/bundle/model.json",
    "model/python_env.yaml",
    "model/requirements.txt",
    "plots/lift.png",
]


def registered(uri: str, model, **options) -> int:
    return Registry(uri, "small").register(
        model,
        run_name="the first quarter",
        params={"learner.depth": 3, "columns[0]": "業種"},
        metrics={"roc_auc": 0.8125, "lift at 10 %": 1 / 3},
        plots={"lift.png": PNG},
        **options,
    )


def artifacts(uri: str) -> Path:
    (run,) = (
        Path(uri.removeprefix("sqlite:///")).parent / "registry_artifacts" / "small"
    ).iterdir()
    return run / "artifacts"


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_registered_model_comes_back_with_the_same_sums(registry_uri, small_model, small_frame):
    assert registered(registry_uri, small_model) == 1
    model, version = Registry(registry_uri, "small").load("challenger")
    matrix = encoded(small_model.spec, small_frame)
    assert version == 1
    np.testing.assert_array_equal(model.sums(matrix).log_odds, small_model.sums(matrix).log_odds)


def test_the_artifact_holds_exactly_these_files(registry_uri, small_model):
    registered(registry_uri, small_model)
    folder = artifacts(registry_uri)
    assert [path.relative_to(folder).as_posix() for path in files_below(folder)] == ARTIFACTS
    assert (folder / "config.json").read_bytes() == (
        folder / "model/data/bundle/config.json"
    ).read_bytes()


def test_nothing_in_the_artifact_is_a_pickle_or_code(registry_uri, small_model):
    registered(registry_uri, small_model)
    for path in files_below(artifacts(registry_uri)):
        assert path.suffix in {".json", ".txt", ".yaml", ".png", ""}, path
        assert not is_pickle(path.read_bytes()), path
    assert "pickle" not in (artifacts(registry_uri) / "model/MLmodel").read_text()


def is_pickle(content: bytes) -> bool:
    """Whether any pickle protocol's machine would run the bytes to a STOP."""
    if content[:1] == b"\x80" and content[1:2] <= b"\x05":
        return True
    try:
        return len(list(pickletools.genops(content))) > 1
    except ValueError:
        return False


def test_the_pickle_scan_would_find_one():
    import pickle

    assert all(is_pickle(pickle.dumps({"a": 1}, protocol)) for protocol in range(6))


def test_no_path_of_this_machine_is_in_what_mlflow_writes(registry_uri, small_model, tmp_path):
    registered(registry_uri, small_model)
    for name in ("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"):
        text = (artifacts(registry_uri) / "model" / name).read_text()
        assert not re.search(rf"{tmp_path}|{Path.home()}|/tmp|file:|://", text), name
    requirements = (artifacts(registry_uri) / "model/requirements.txt").read_text().split()
    assert all("==" in requirement for requirement in requirements)
    assert {"mlflow-skinny", "lead-propensity"} <= {
        requirement.split("==")[0] for requirement in requirements
    }


def test_a_project_in_the_working_folder_does_not_leak_into_the_artifact(registry_uri, small_model):
    Path("uv.lock").write_text("version = 1\n")
    Path("pyproject.toml").write_text('[project]\nname = "secret"\n')
    registered(registry_uri, small_model)
    assert len(files_below(artifacts(registry_uri))) == len(ARTIFACTS)


def test_a_version_tells_its_figures_hashes_and_aliases(registry_uri, small_model):
    registered(registry_uri, small_model, tags={"data": "c0ffee"})
    (version,) = Registry(registry_uri, "small").versions()
    assert (version.number, version.aliases) == (1, ("challenger",))
    assert version.metrics == {"roc_auc": 0.8125, "lift at 10 _": 1 / 3}
    assert version.model_hash == bundle.model_hash(small_model)
    assert version.tags["data"] == "c0ffee"


def test_the_run_holds_parameters_and_figures(registry_uri, small_model):
    registered(registry_uri, small_model)
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)
    run = client.get_run(Registry(registry_uri, "small").versions()[0].run_id)
    assert run.data.params == {"learner.depth": "3", "columns_0_": "業種"}
    assert run.data.metrics == {"roc_auc": 0.8125, "lift at 10 _": 1 / 3}
    assert run.data.tags == {"mlflow.runName": "the first quarter"}
    assert run.info.status == "FINISHED"


def test_more_parameters_and_figures_than_one_call_takes_are_stored(registry_uri, small_model):
    params, metrics = {f"p{i}": i for i in range(230)}, {f"m{i}": float(i) for i in range(1100)}
    registry = Registry(registry_uri, "small")
    registry.register(small_model, run_name="many", params=params, metrics=metrics)
    assert len(registry.versions()[0].metrics) == 1100


def test_the_newest_version_is_the_challenger_and_nothing_is_champion_by_itself(
    registry_uri, small_model
):
    registry = Registry(registry_uri, "small")
    assert [registered(registry_uri, small_model) for _ in range(2)] == [1, 2]
    assert [version.aliases for version in registry.versions()] == [(), ("challenger",)]
    assert registry.champion() is None
    assert (
        registry.resolve("challenger")
        == registry.resolve("@challenger")
        == registry.resolve("2")
        == 2
    )


def test_promoting_makes_the_champion_and_is_logged(registry_uri, small_model):
    registry = Registry(registry_uri, "small")
    for _ in range(2):
        registered(registry_uri, small_model)
    registry.promote(1)
    registry.promote("challenger")
    assert [version.aliases for version in registry.versions()] == [(), ("champion",)]
    assert registry.champion().number == 2
    assert [(entry.version, entry.previous) for entry in registry.promotions()] == [
        (1, None),
        (2, 1),
    ]
    assert registry.load()[1] == 2


def test_an_unknown_version_or_alias_lists_what_exists(registry_uri, small_model):
    registered(registry_uri, small_model)
    for asked in (7, "champion", "v1"):
        with pytest.raises(
            RegistryError, match=rf"expected a version .* \(1 challenger\), got '{asked}'"
        ):
            Registry(registry_uri, "small").load(asked)


def test_a_model_that_was_never_registered_says_so(registry_uri):
    with pytest.raises(
        RegistryError, match="holds no version of the model 'small' yet; `propensity train`"
    ):
        Registry(registry_uri, "small").load()
    assert Registry(registry_uri, "small").versions() == []
    assert Registry(registry_uri, "small").promotions() == []


def test_asking_a_registry_that_does_not_exist_creates_nothing(tmp_path):
    registry = Registry(f"sqlite:///{tmp_path / 'none' / 'r.db'}", "small")
    assert registry.versions() == []
    with pytest.raises(RegistryError, match="expected a registry, got no such file"):
        registry.promotions()
    assert list(tmp_path.iterdir()) == []


def test_moving_file_and_artifacts_together_keeps_every_model(registry_uri, small_model, tmp_path):
    registered(registry_uri, small_model)
    shutil.move(tmp_path / "registry", tmp_path / "moved #1 %20 業種")
    registry = Registry(f"sqlite:///{tmp_path / 'moved #1 %20 業種' / 'registry.db'}", "small")
    assert registry.load(1)[0].spec == small_model.spec
    assert registry.register(small_model, run_name="after", params={}, metrics={}) == 2
    assert registry.load(2)[0].spec == small_model.spec
    assert not (tmp_path / "registry").exists()


def test_artifacts_left_behind_are_asked_for(registry_uri, small_model, tmp_path):
    registered(registry_uri, small_model)
    shutil.rmtree(tmp_path / "registry" / "registry_artifacts")
    with pytest.raises(RegistryError, match="could not fetch version 1"):
        Registry(registry_uri, "small").load(1)


def test_a_damaged_artifact_is_refused(registry_uri, small_model):
    registered(registry_uri, small_model)
    text = artifacts(registry_uri) / "model/data/bundle/members/00.txt"
    text.write_bytes(text.read_bytes()[:-100])
    with pytest.raises(
        ArtifactError, match=r"members/00\.txt: expected \d+ bytes, got \d+: truncated or changed"
    ):
        Registry(registry_uri, "small").load(1)


def test_an_artifact_replaced_by_another_intact_one_is_refused(registry_uri, small_model):
    registered(registry_uri, small_model)
    place = artifacts(registry_uri) / "model/data/bundle"
    shutil.rmtree(place)
    bundle.save(replace(small_model, calibration=Calibration(slope=-1.0)), place)
    with pytest.raises(
        ArtifactError,
        match=r"expected the registered manifest \w{12}…, got \w{12}… .* replaced after",
    ):
        Registry(registry_uri, "small").load(1)


def test_a_version_of_another_origin_is_refused(registry_uri, small_model):
    registered(registry_uri, small_model)
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)
    client.delete_model_version_tag("small", "1", "propensity.manifest_sha256")
    with pytest.raises(ArtifactError, match="expected a model registered by Propensity"):
        Registry(registry_uri, "small").load(1)


def test_a_model_that_cannot_be_stored_makes_no_version(registry_uri, small_model):
    with pytest.raises(ArtifactError, match="expected finite numbers"):
        registered(registry_uri, replace(small_model, calibration=Calibration(slope=float("nan"))))
    assert Registry(registry_uri, "small").versions() == []


def test_a_plot_must_be_a_picture(registry_uri, small_model):
    with pytest.raises(ValueError, match=r"called NAME\.png or NAME\.svg, got '\.\./lift\.html'"):
        Registry(registry_uri, "small").register(
            small_model, run_name="", params={}, metrics={}, plots={"../lift.html": b""}
        )


def test_a_model_name_must_be_plain():
    with pytest.raises(RegistryError, match="expected a model name of letters, digits"):
        Registry("sqlite:///r.db", "small' OR '1")


def test_a_registry_in_memory_is_refused():
    with pytest.raises(RegistryError, match="expected an SQLite registry in a file"):
        Registry("sqlite://", "small")


def test_the_address_may_come_from_the_environment(registry_uri, small_model, monkeypatch):
    with pytest.raises(ConfigError, match="PLACE is not set"):
        Registry("sqlite:///${PLACE}/registry.db", "small")
    monkeypatch.setenv("PLACE", str(Path(registry_uri.removeprefix("sqlite:///")).parent))
    assert registered("sqlite:///${PLACE}/registry.db", small_model) == 1


def test_a_refused_connection_is_told_within_seconds_and_without_the_password():
    started = time.monotonic()
    with pytest.raises(
        RegistryError, match=r"could not open the registry: .*Check that the address"
    ) as caught:
        Registry("http://me:s3cret@127.0.0.1:9", "small").versions()
    assert time.monotonic() - started < 5
    assert "s3cret" not in str(caught.value)


def test_a_silent_server_is_told_within_seconds(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as server:
        started = time.monotonic()
        with pytest.raises(RegistryError, match="could not open the registry"):
            Registry(f"http://127.0.0.1:{server.getsockname()[1]}", "small").versions()
        assert time.monotonic() - started < 15


def test_a_database_that_does_not_answer_is_told_within_seconds():
    started = time.monotonic()
    with pytest.raises(
        RegistryError, match=r"could not open the registry: .*[Cc]onnection refused"
    ):
        Registry("postgresql://me:s3cret@127.0.0.1:9/x", "small").versions()
    assert time.monotonic() - started < 5


def test_a_full_disk_is_told_in_one_sentence(registry_uri, capfd):
    def fail():
        logging.getLogger("mlflow.store.db.utils").error("a long story", exc_info=True)
        raise sqlite3.OperationalError("database or disk is full [SQL: INSERT INTO tags ('A')]")

    with pytest.raises(RegistryError) as caught, Connection(registry_uri, "x").asking("promote"):
        fail()

    assert str(caught.value).endswith(
        "could not promote: no space is left on the disk; nothing is half written. Make room and"
        " run it again."
    )
    assert "A" not in str(caught.value).partition("could not")[2]
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_no_database_is_told_within_seconds(tmp_path):
    (tmp_path / "r.db").write_text("lead_id,created_at\n" * 100)
    with pytest.raises(RegistryError, match="could not open the registry: file is not a database"):
        Registry(f"sqlite:///{tmp_path / 'r.db'}", "small").versions()


REGISTER = """
import pickle, sys, time
from pathlib import Path
from propensity.model import bundle
from propensity.registry import Registry
model = bundle.load(Path(sys.argv[1]))
registry = Registry(sys.argv[2], "small")
number = registry.register(
    model, run_name="r", params={"a": 1}, metrics={"auc": 0.5}, plots={"lift.png": b""}
)
registry.promote(number)
registry.load("champion")
"""


def in_a_new_home(tmp_path: Path) -> dict[str, str]:
    for name in ("home", "cwd"):
        (tmp_path / name).mkdir(exist_ok=True)
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("MLFLOW", "XDG", "PYTEST", "DO_NOT"))
    }
    return {**kept, "HOME": str(tmp_path / "home"), "NUMBA_CACHE_DIR": str(tmp_path / "numba")}


def started(
    script: str, *arguments: object, tmp_path: Path, **environment: str
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path / "cwd",
        env={**in_a_new_home(tmp_path), **environment},
    )


def test_two_processes_may_register_at_once_in_a_new_registry_silently(small_model, tmp_path):
    bundle.save(small_model, tmp_path / "b")
    in_a_new_home(tmp_path)
    uri = f"sqlite:///{tmp_path / 'new' / 'registry.db'}"
    both = [started(REGISTER, tmp_path / "b", uri, tmp_path=tmp_path) for _ in range(2)]
    assert [process.communicate() for process in both] == [("", "")] * 2
    assert [process.returncode for process in both] == [0, 0]
    assert [version.number for version in Registry(uri, "small").versions()] == [1, 2]
    assert list((tmp_path / "home").iterdir()) == list((tmp_path / "cwd").iterdir()) == []


def test_a_relative_registry_lies_in_the_working_folder_with_nothing_else(
    registry_uri, small_model, migrated_registry
):
    shutil.copy(migrated_registry, "r.db")
    registry = Registry("sqlite:///r.db", "small")
    registry.register(small_model, run_name="r", params={}, metrics={})
    assert sorted(os.listdir()) == ["r.db", "r.db.lock", "r_artifacts"]


def test_what_is_logged_to_others_stays_as_it_was(registry_uri, small_model):
    import logging

    loggers = [logging.getLogger(name) for name in ("", "mlflow", "alembic")]
    registered(registry_uri, small_model)
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    registered(registry_uri, small_model)
    assert [(logger.level, list(logger.handlers)) for logger in loggers] == before


def test_the_metadata_describes_the_features(registry_uri, small_model):
    registered(registry_uri, small_model)
    import yaml

    card = yaml.safe_load((artifacts(registry_uri) / "model/MLmodel").read_text())
    assert card["metadata"]["features"][0] == {"name": "業種", "type": "string", "axis": "fit"}
    assert card["signature"]["inputs"] is None
    assert json.loads(card["signature"]["outputs"])[0]["name"] == "probability"
