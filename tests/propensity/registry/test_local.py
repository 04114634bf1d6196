"""The short way into a local registry: the same answer as MLflow's, or none."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from propensity.registry import Registry, RegistryError
from propensity.registry.artifact import MANIFEST_HASH
from propensity.registry.local import stored_version


@pytest.fixture
def file(registry_uri, small_model):
    """A registry with two versions of ``small``; the first is the champion."""
    registry = Registry(registry_uri, "small")
    for _ in range(2):
        registry.register(
            small_model, run_name="test", params={}, metrics={"auc": 0.8}, tags={"team": "営業"}
        )
    registry.promote(1)
    return Path(registry_uri.removeprefix("sqlite:///"))


def changed(file, *statements):
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return file


@pytest.mark.parametrize("asked", ["champion", "challenger", "1", "2"])
def test_the_short_way_finds_what_mlflow_finds(file, asked):
    from mlflow import MlflowClient

    uri = f"sqlite:///{file}"
    number = Registry(uri, "small").resolve(asked)
    known = MlflowClient(tracking_uri=uri, registry_uri=uri).get_model_version("small", str(number))

    found = stored_version(file, "small", asked)

    assert (found.number, found.run_id, found.tags) == (number, known.run_id, known.tags)
    assert found.tags["team"] == "営業"
    assert len(found.tags[MANIFEST_HASH]) == 64


@pytest.mark.parametrize(
    ("model", "asked"), [("small", "3"), ("small", "v1"), ("small", ""), ("other", "champion")]
)
def test_what_is_not_there_is_left_to_mlflow(file, model, asked):
    assert stored_version(file, model, asked) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE model_versions SET current_stage = 'Deleted_Internal'",
        "UPDATE model_versions SET status = 'PENDING_REGISTRATION'",
        "UPDATE model_versions SET run_id = '../../elsewhere'",
        "UPDATE model_versions SET run_id = NULL",
        "INSERT INTO registered_models (name, workspace) VALUES ('small', 'another team')",
        "ALTER TABLE registered_model_aliases RENAME TO aliases_of_a_later_layout",
        "ALTER TABLE model_version_tags RENAME COLUMN value TO content",
    ],
)
def test_what_is_not_plain_is_left_to_mlflow(file, statement):
    assert stored_version(changed(file, statement), "small", "champion") is None


def test_a_deleted_version_is_not_found_by_either_way(file):
    from mlflow import MlflowClient

    MlflowClient(
        tracking_uri=f"sqlite:///{file}", registry_uri=f"sqlite:///{file}"
    ).delete_model_version("small", "2")

    assert stored_version(file, "small", "2") is None
    with pytest.raises(RegistryError, match="got '2'"):
        Registry(f"sqlite:///{file}", "small").load(2)


def test_a_locked_or_foreign_file_is_left_to_mlflow(file, tmp_path):
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert stored_version(file, "small", "champion") is None
    (tmp_path / "no.db").write_text("not a database" * 100)
    assert stored_version(tmp_path / "no.db", "small", "champion") is None


def test_looking_changes_nothing_and_creates_nothing(file, tmp_path):
    before = file.read_bytes()
    beside = sorted(file.parent.iterdir())

    assert stored_version(file, "small", "champion")
    assert stored_version(tmp_path / "none.db", "small", "champion") is None

    assert file.read_bytes() == before
    assert sorted(file.parent.iterdir()) == beside
    assert not (tmp_path / "none.db").exists()
