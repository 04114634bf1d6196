"""The six example configurations, run on invented exports with the columns of their systems.

The same company in canonical shape has to be the same to the reader, which proves the reading: same
leads, events, deals and histories give the same features, model and scores to the bit.
"""

from functools import cache, partial
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
import yaml

from benchmarks.exports.canonical import Canonical
from benchmarks.exports.company import Invented, invent
from benchmarks.exports.systems import CONFIGS, SYSTEMS
from features.source_settings import JoinRule
from features.table_settings import (
    EventsTable,
    JoinedTable,
    LeadsTable,
    OutcomesTable,
    StageHistoryTable,
)
from propensity.config.config import parse
from training.cli import main
from training.init.command import propose
from training.learn.rows.sources import open_sources

#: Seconds instead of minutes.
QUICK = {
    "learner": {"contestants": ["linear"], "trials": 0, "recency": "all", "clocks": "keep"},
    "features": {"windows": [30]},
}
AS_OF = "2025-04-01"


@cache
def company() -> Invented:
    return invent(leads=700, seed=4)


def example(name: str) -> dict[str, Any]:
    text = (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def of_canonical(raw: dict[str, Any], tables: Canonical, folder: Path) -> dict[str, Any]:
    """The configuration for the same company in canonical shape."""
    lists = {
        role: [name for name in names if name in tables.leads]
        for role, names in raw["columns"].items()
        if role != "ignore"
    }
    lists["fit"] += list(tables.made)
    return {**raw, "input": tables.write(folder), "columns": lists}


def content(raw: dict[str, Any], folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the canonical tables that everything else is made of."""
    with open_sources(parse(raw, base=folder)) as store:
        found = {"leads": store.connection.execute("SELECT * FROM leads ORDER BY lead").fetchall()}
        for table in ("events", "episodes", "changes"):
            sql = f"SELECT * FROM {table} ORDER BY ALL"
            found[table] = store.connection.execute(sql).fetchall()
        assert store.report.files == ()  # nothing is quarantined
        return found


@pytest.mark.parametrize("name", SYSTEMS)
def test_an_export_is_read_as_the_same_company_in_canonical_shape(name, tmp_path):
    raw = example(name)
    tables = SYSTEMS[name](company(), tmp_path)
    canonical = of_canonical(raw, tables, tmp_path / "canonical")

    assert content(raw, tmp_path) == content(canonical, tmp_path / "canonical")


def keys_of(value: Any) -> set[str]:
    match value:
        case dict():
            return set(value) | {key for inner in value.values() for key in keys_of(inner)}
        case list():
            return {key for inner in value for key in keys_of(inner)}
        case _:
            return set()


def test_the_examples_show_every_key_that_shapes_a_table():
    sections = (LeadsTable, JoinedTable, EventsTable, OutcomesTable, StageHistoryTable)
    plain = {"path", "columns", "sheet", "constant", "where"}
    # what is found by content, and what goes with a database, needs no example of a system
    found = {"encoding", "delimiter", "quote", "skip_lines", "format", "decimal", "thousands"}
    found |= {"formats", "database", "query", "delay_days"}
    found |= {"table", "timeout_seconds", "incremental"}
    wanted = {name for section in sections for name in section.model_fields} - found
    shown = {key for name in SYSTEMS for key in keys_of(example(name)["input"])}

    assert plain < wanted
    assert wanted - shown == set()


def test_the_examples_show_every_rule_that_joins():
    texts = [(CONFIGS / f"{name}.yaml").read_text(encoding="utf-8") for name in SYSTEMS]
    rules = set(get_args(JoinRule)) - {"exact"}

    assert {rule for rule in rules if not any(f" {rule}" in text for text in texts)} == set()


#: Export to its leads, their key, and the table and column that say how they ended.
FOUND = {
    "salesforce": ("Lead.csv", "Id", "Opportunity.csv", "IsWon"),
    "hubspot": ("contacts.csv", "Record ID", "deals.csv", "Deal Stage"),
    "marketo": ("leads.csv", "id", "leads.csv", "leadStatus"),
}


@pytest.mark.parametrize("name", FOUND)
def test_init_finds_the_key_of_an_export_and_how_its_leads_ended(name, tmp_path):
    SYSTEMS[name](company(), tmp_path)
    files = sorted(path for path in tmp_path.iterdir() if "activities" not in path.name)
    files += [tmp_path / "activities_*.csv"] if name == "marketo" else []
    found = yaml.safe_load(propose(files, folder=tmp_path))["input"]
    leads, ends = found["leads"], found["outcomes"]

    told = (leads["path"], leads["columns"]["lead_id"], ends["path"], ends["columns"]["won"])
    assert told == FOUND[name]
    assert "attribute_changes" not in found


class Example:
    """An example that is run in a folder of its own."""

    def __init__(self, name: str, folder: Path, run: Any) -> None:
        raw = {**example(name), **QUICK}
        self.tables = SYSTEMS[name](company(), folder)
        self.config = self.write(raw, folder / f"{name}.yaml")
        canonical = of_canonical(raw, self.tables, folder / "canonical")
        self.canonical = self.write(canonical, folder / "canonical" / "canonical.yaml")
        self.run = run

    def write(self, raw: dict[str, Any], path: Path) -> Path:
        path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
        return path

    def score(self, config: Path) -> pd.DataFrame:
        """Type the commands of docs/exports.md; return the scored file."""
        out = config.with_suffix(".parquet")
        for words in (
            ("train", config),
            ("promote", "challenger", config, "--override", "an invented company is small"),
            ("score", config, "--as-of", AS_OF, "--out", out),
        ):
            code, _, err = self.run(*words)
            assert code in (0, 10), err
        return pd.read_parquet(out)


@pytest.fixture
def run(typed):
    return partial(typed, main)


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_an_example_leads_from_its_export_to_a_scored_file(name, tmp_path, run):
    example = Example(name, tmp_path, run)
    scored = example.score(example.config)

    deals = company().deals
    under_way = set(deals.loc[deals["closed"].isna(), "lead"])
    ids = example.tables.leads["lead_id"].astype(str)
    ended = ids[sorted(set(deals["lead"]) - under_way)]
    assert len(scored) > 200
    assert set(scored["lead_id"]) <= set(ids) - set(ended)
    assert set(ids[sorted(under_way)]) & set(scored["lead_id"])  # planned closes are open
    assert scored["probability"].between(0, 1).all()


@pytest.mark.slow
def test_the_audit_is_amber_until_the_columns_are_dated_and_the_review_is_written(tmp_path, run):
    example = Example("salesforce", tmp_path, run)
    code, out, err = run("audit", example.config)
    example.score(example.config)

    assert (code, "Not seen" in out) == (10, True), err
    for language in ("en", "ja"):
        code, _, err = run("review", example.config, "--language", language)
        assert code == 0, err
        assert list((tmp_path / "review").rglob("*.html"))


@pytest.mark.slow
def test_the_scores_are_those_of_the_canonical_shape(tmp_path, run):
    example = Example("japan-sfa-ma", tmp_path, run)
    scored, expected = example.score(example.config), example.score(example.canonical)

    same = ["lead_id", "probability", "log_odds", "fit", "interest", "grade", "rank"]
    pd.testing.assert_frame_equal(scored[same], expected[same], check_exact=True)
