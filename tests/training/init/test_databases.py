"""A database is proposed from like files: its tables are the tables."""

import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlalchemy
import yaml

from features.errors import ConfigError, DataError
from propensity.config.config import load
from propensity.scores_database.view import newest
from tests.propensity import worlds
from training.cli import main
from training.init.command import propose, write

TABLES = ("leads", "events", "outcomes")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The tables of a company, as files."""
    folder = tmp_path_factory.mktemp("files")
    worlds.company(folder, leads=200)
    return [next(folder.glob(f"{name}.*")) for name in TABLES]


def frames(files):
    found = {}
    for path in files:
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        for name in frame.columns:
            if name.endswith("_at"):
                frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        found[path.stem] = frame
    return found


@pytest.fixture(params=["duckdb", "postgresql"])
def url(request, files, tmp_path):
    """A database that holds the tables, and some of our own."""
    if request.param == "duckdb":
        with duckdb.connect(str(tmp_path / "crm.duckdb")) as connection:
            for name, frame in frames(files).items():
                connection.register("given", frame)
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            connection.execute("CREATE TABLE propensity_scores AS SELECT 1 AS lead_id")
        return f"duckdb:///{tmp_path / 'crm.duckdb'}"
    url = request.getfixturevalue("postgresql")()
    engine = sqlalchemy.create_engine(url)
    for name, frame in frames(files).items():
        frame.to_sql(name, engine, index=False)
    pd.DataFrame({"lead_id": [1]}).to_sql(newest("propensity_scores"), engine, index=False)
    engine.dispose()
    return url


def said(text):
    """A proposal as data, but for where its tables are and what is said of how they are written."""
    raw = yaml.safe_load(text)
    for table in raw["input"].values():
        if isinstance(table, dict):
            for key in ("path", "database", "table", "formats"):
                table.pop(key, None)
    raw.pop("name")
    return raw


def test_a_database_is_read_like_its_files(url, files, tmp_path):
    of_tables, of_files = propose([url], folder=tmp_path), propose(files, folder=tmp_path)
    first, second = said(of_tables), said(of_files)
    assert set(first) == set(second)
    assert set(first["input"]) >= set(TABLES)
    for name in TABLES:
        assert first["input"][name] == second["input"][name], name
    assert first["columns"] == second["columns"]
    assert "propensity_scores" not in of_tables


def test_what_is_written_loads_and_reads_the_database(url, tmp_path):
    written = tmp_path / "propensity.yaml"
    write([url], written)
    answered = "\n".join(
        line.replace("timezone:", "timezone: UTC", 1) if "timezone:" in line else line
        for line in written.read_text(encoding="utf-8").splitlines()
    )
    raw = yaml.safe_load(answered)
    assert {raw["input"][name]["table"] for name in TABLES} == set(TABLES)
    path = tmp_path / "answered.yaml"
    asked = {
        "goal": {"horizon_days": 20},
        "population": {"until": "closed", "stale_after_days": 90},
    }
    asked |= {"snapshots": {"every_days": 10}, "columns": {}, "name": "x"}
    asked["input"] = raw["input"] | {"timezone": "UTC"}
    path.write_text(yaml.safe_dump(asked), encoding="utf-8")
    assert load(path).input.leads.table == "leads"
    if url.startswith("duckdb"):
        assert raw["input"]["leads"]["database"] == "duckdb:///crm.duckdb"
        assert load(path).input.leads.database == url


def test_one_table_may_be_named(files, tmp_path, typed):
    database = tmp_path / "crm.db"
    with sqlite3.connect(database) as connection:
        for name, frame in frames(files).items():
            frame.to_sql(name, connection, index=False)
        for number in range(12):
            connection.execute(f"CREATE TABLE other_{number} (x)")
    connection.close()
    url = f"sqlite:///{database}"
    with pytest.raises(ConfigError, match="15 tables, which are too many"):
        propose([url])
    named = [f"{url}#{name}" for name in TABLES]
    assert set(said(propose(named))["input"]) >= set(TABLES)
    code, out, _ = typed(
        main, "init", named[0], "--events", named[1], "--outcomes", named[2], "--out",
        tmp_path / "new.yaml",
    )  # fmt: skip
    assert code == 0
    assert "Wrote" in out


def test_a_password_never_comes_into_the_file(tmp_path):
    with pytest.raises(ConfigError, match="holds a password") as caught:
        write(["postgresql://reader:hunter2@host/crm"], tmp_path / "propensity.yaml")
    assert "hunter2" not in str(caught.value)
    assert not Path(tmp_path / "propensity.yaml").exists()


def test_a_database_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be listed"):
        propose(["postgresql+pg8000://reader@127.0.0.1:1/crm"], folder=tmp_path)
