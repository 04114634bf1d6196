"""What file an SQLite address names, to whoever asks: the guard, the registry, the stored model."""

from pathlib import Path

import pytest

from features.intake.read_paths import read_paths
from features.settings import InputSettings
from features.sqlite_address import sqlite_address
from propensity.registry.client import local_store


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("sqlite:////data/crm.db", "/data/crm.db"),
        ("sqlite+pysqlite:///crm.db", "crm.db"),
        ("sqlite:////data/crm.db?mode=ro", "/data/crm.db"),
        ("sqlite:///file:/data/crm.db?mode=ro&uri=true", "/data/crm.db"),
        ("sqlite:///:memory:", None),
        ("postgresql://host/crm", None),
    ],
)
def test_the_file_is_told_whatever_options_follow(address, file):
    found = sqlite_address(address)
    given = InputSettings.model_validate(
        {
            "timezone": "UTC",
            "leads": {"database": address, "query": "SELECT 1", "columns": {}},
            "outcomes": {"path": "outcomes.csv", "columns": {}},
        }
    )
    read = dict(read_paths(given)).get("input.leads.database")

    assert (str(found.file) if found else None) == file
    assert read == (Path(file) if file else None)


def test_a_registry_is_a_file_without_options_only():
    assert local_store("sqlite:////data/registry.db").file == Path("/data/registry.db")
    assert local_store("sqlite:////data/registry.db?mode=ro") is None


def test_another_file_keeps_the_options():
    assert sqlite_address("sqlite:////home/a/crm.db?mode=ro").at("crm.db") == (
        "sqlite:///crm.db?mode=ro"
    )
