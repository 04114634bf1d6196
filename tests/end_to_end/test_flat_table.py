"""The example of one flat table in docs/input.md, from the file to the scored file."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import propensity
from features.errors import ConfigError
from training.cli import main

DOCS = (Path(__file__).parents[2] / "docs" / "input.md").read_text(encoding="utf-8")
QUICK = "learner: {contestants: [lightgbm], trials: 0, max_trees: 60, min_leaf_rows: 20}\n"


@pytest.fixture
def run(typed):
    """Run a command line: exit code, and what it printed on stdout and stderr."""
    return partial(typed, main)


def leads(n=1200):
    random = np.random.default_rng(3)
    size, visits = random.integers(1, 500, n), random.integers(0, 30, n)
    won = random.random(n) < 1 / (1 + np.exp(2 - size / 200 - visits / 15))
    status = np.where(won, "won", "lost").astype(object)
    status[-40:-20], status[-20:] = "in talks", None
    ids = [f"L{number:04d}" for number in range(n)]
    return pd.DataFrame({"id": ids, "size": size, "visits": visits, "status": status})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the configuration of the documentation and leads of its columns."""
    folder = tmp_path_factory.mktemp("flat")
    text = re.search(r"```yaml\n# flat.yaml\n(.*?)```", DOCS, re.DOTALL)[1]
    (folder / "flat.yaml").write_text(text + QUICK)
    leads().to_csv(folder / "leads.csv", index=False)
    leads().drop(columns="status").iloc[:30].to_csv(folder / "new.csv", index=False)
    return folder


@pytest.mark.slow
def test_the_commands_of_the_documentation_go_from_the_file_to_the_scored_file(folder, run):
    path = folder / "flat.yaml"
    code, told, err = run("train", path, "--accept-audit", "made up")
    assert code in (0, 10), err
    assert "reference population: 1,160 rows" in told
    run("promote", "1", path, "--override", "made up")

    code, told, err = run("score", path, "--out", folder / "scored.csv")
    assert code == 0, err
    assert "says of 1,160 of 1,200 rows that they are won or lost" in " ".join(told.split())
    assert set(pd.read_csv(folder / "scored.csv").lead_id) == set(leads().id[-40:])

    code, _, err = run(
        "score", path, "--input", folder / "new.csv", "--out", folder / "tonight.csv"
    )
    assert code == 0, err
    assert list(pd.read_csv(folder / "tonight.csv").lead_id) == list(leads().id[:30])

    run("score", path, "--decided", "--out", folder / "all.csv")
    assert len(pd.read_csv(folder / "all.csv")) == 1200

    table = propensity.score(path, input=folder / "new.csv").table
    assert table.num_rows == 30
    assert propensity.score(path, input={"flat": folder / "new.csv"}).table.equals(table)
    assert propensity.score(path, decided=True).table.num_rows == 1200

    leads().iloc[:50].to_csv(folder / "closed.csv", index=False)
    assert propensity.score(path, input=folder / "closed.csv").table.num_rows == 50
    with pytest.raises(ConfigError, match=r"expected flat=FILE.*got 'events'"):
        propensity.score(path, input={"events": folder / "new.csv"})
