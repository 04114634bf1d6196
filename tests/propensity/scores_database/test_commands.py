"""`score` and `nightly` write what they write to the file into the database too."""

import datetime as dt
import shutil

import pandas as pd
import pytest
import sqlalchemy
import yaml

from propensity.api import nightly, score
from propensity.cli import main
from propensity.config.config import load
from propensity.ledger.ledger import ledger_of
from tests.propensity.night.test_run import company, signed  # noqa: F401 — fixtures

FIRST = dt.date(2025, 3, 20)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    """A database for all of it."""
    if request.param == "sqlite":
        return "sqlite:///warehouse.db"  # beside the configuration
    return request.getfixturevalue("postgresql")()


@pytest.fixture
def config(company, url, tmp_path):  # noqa: F811
    """A company whose ledger and scores are in one database."""
    path = tmp_path / "company" / "config.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw["ledger"] = {"url": url}
    raw["output"] = {**raw.get("output", {}), "database": {"url": url, "table": "scores"}}
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def read(config, query="SELECT * FROM scores ORDER BY as_of, lead_id, episode"):
    engine = sqlalchemy.create_engine(load(config).output.database.url)
    with engine.connect() as connection:
        found = pd.DataFrame(connection.execute(sqlalchemy.text(query)).mappings().all())
    engine.dispose()
    return found


def alike(frame, file):
    """The columns that any database hands out alike."""
    expected = pd.read_parquet(file).sort_values(["lead_id", "episode"]).reset_index(drop=True)
    columns = ["lead_id", "episode", "probability", "rank", "log_odds", "grade", "owner"]
    pd.testing.assert_frame_equal(
        frame[columns].reset_index(drop=True),
        expected[columns],
        check_dtype=False,
        check_exact=True,
    )
    return len(expected)


def test_nights_are_in_the_table_each_once_beside_their_ledger(config):
    settings, days = load(config), [FIRST + dt.timedelta(days=n) for n in range(3)]
    runs = [nightly(config, as_of=day) for day in days]
    nightly(config, as_of=days[1])  # once more
    found = read(config)
    for day, run in zip(days, runs, strict=True):
        here = found[found.as_of.astype(str) == day.isoformat()]
        assert alike(here, run.folder / "scored.parquet") == run.delivered.rows > 50
    newest = read(config, "SELECT DISTINCT as_of FROM scores_newest")
    assert newest.as_of.astype(str).tolist() == [days[-1].isoformat()]
    with ledger_of(settings) as ledger:
        assert [each.as_of for each in ledger.nights()] == days


def test_score_writes_the_champion_and_no_trial(config, tmp_path):
    done = score(config, as_of=FIRST, out=tmp_path / "one.csv")
    assert done.delivered.rows == done.summary.leads == len(read(config)) > 50
    assert "scores at" in done.delivered.place
    for trial in ({"version": 1}, {"database": False}, {"definition": config.parent / "try.yaml"}):
        shutil.copy(config.parent / "definition.yaml", config.parent / "try.yaml")
        day = FIRST + dt.timedelta(days=5)
        assert score(config, as_of=day, out=tmp_path / "two.parquet", **trial).delivered is None
    assert score(config, as_of=FIRST).delivered is None  # nothing is written anywhere
    assert len(read(config)) == done.summary.leads


def test_the_command_says_where_and_a_broken_database_is_one_sentence(config, typed):
    code, out, _ = typed(main, "score", config, "--as-of", FIRST)
    assert code == 0
    assert "rows to the table scores at" in " ".join(out.split())
    raw = yaml.safe_load(config.read_text(encoding="utf-8"))
    raw["output"]["database"]["url"] = "postgresql+pg8000://u:hunter2@127.0.0.1:1/none"
    config.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    code, out, err = typed(main, "score", config, "--as-of", FIRST, "--force")
    assert code == 1
    assert "the scores were not written to the table scores" in " ".join(err.split())
    assert "hunter2" not in out + err
    assert typed(main, "score", config, "--as-of", FIRST, "--no-database", "--force")[0] == 0
