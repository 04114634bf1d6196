"""Where leads differ on one axis only, every command works, and none speaks of quadrants."""

from functools import partial

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from propensity.definition.load import load_definition
from training.cli import main

pytestmark = pytest.mark.slow

CONFIG = {
    "name": "one",
    "input": {
        "flat": {"path": "leads.csv", "columns": {"lead_id": "lead_id", "outcome": "bought"}}
    },
    "split": {"order": "rows"},
    "business_hours": {"hours": ["09:00-18:00"]},
    "learner": {"contestants": ["lightgbm"], "trials": 0, "max_trees": 60, "min_leaf_rows": 20},
}
READ = {"fit": ["size", "industry"], "interest": ["visits", "clicks"]}
GRADES = {"fit": set("ABCD"), "interest": set("1234")}


def leads(n=1500):
    random = np.random.default_rng(5)
    size, visits = random.integers(1, 500, n), random.integers(0, 30, n)
    score = (size - 250) / 150 + (visits - 15) / 8
    return pd.DataFrame(
        {
            "lead_id": [f"L{number:04d}" for number in range(n)],
            "size": size,
            "industry": random.choice(["bank", "shop", "farm"], n),
            "visits": visits,
            "clicks": random.integers(0, 9, n),
            "bought": (random.random(n) < 1 / (1 + np.exp(1.2 - score))).astype(int),
        }
    )


@pytest.fixture(scope="module", params=["fit", "interest"])
def trained(request, tmp_path_factory):
    """A registered model of one axis: the axis, its configuration, and what `train` printed."""
    axis, folder = request.param, tmp_path_factory.mktemp(request.param)
    leads().to_csv(folder / "leads.csv", index=False)
    other = "interest" if axis == "fit" else "fit"
    columns = {axis: READ[axis], "ignore": READ[other]}
    path = folder / "one.yaml"
    path.write_text(yaml.safe_dump({**CONFIG, "columns": columns}))
    return axis, path


@pytest.fixture
def run(typed):
    """Run a command line: exit code, and what it printed on stdout and stderr."""
    return partial(typed, main)


def test_every_command_works_on_one_axis_and_none_draws_quadrants(trained, run):
    axis, path = trained
    _, told, _ = run("train", path, "--accept-audit", "made up")
    said = " ".join(told.split())

    assert said.count("there are no quadrants") == 1
    assert f"leads differ by {axis} alone" in said
    assert "price of keeping the axes apart" not in said
    assert "shared" not in said

    definition = path.parent / "definition.yaml"
    run("definition", "write", path, "--out", definition)
    written = load_definition(definition)
    assert written.axes.names == (axis,)
    assert "high" in written.instructions
    assert not {"hot", "nurture", "keen"} & set(written.instructions)

    path.write_text(path.read_text() + f"definition: {definition.name}\n")
    run("definition", "show", path)
    signed = ("--signed-by", "sales: A", "--signed-by", "marketing: B")
    run("promote", "1", path, "--override", "made up", *signed)

    scored = path.parent / "scored.parquet"
    _, told, _ = run("score", path, "--decided", "--out", scored)
    assert f"by {axis} alone, so there are no quadrants" in " ".join(told.split())
    table = pq.read_table(scored)
    assert table["quadrant"].null_count == table.num_rows
    assert set(table["grade"].to_pylist()) <= GRADES[axis]
    assert set(table["decided_by"].to_pylist()) == {"MQL", "random slice", "high", "low"}

    _, told, _ = run("explain", "L0003", path)
    assert f"\n{axis} (" in told
    assert all(name not in told for name in ("hot", "nurture", "keen"))

    pack = path.parent / "review"
    run("review", path, "--out", pack)
    page = (pack / "review.html").read_text()
    assert "There is one axis only" in page
    assert "nurture" not in page
    assert axis in (pack / "definition.html").read_text()

    _, told, _ = run("train", path, "--accept-audit", "made up again")
    assert "another half: " in told
