"""A flat table has no time: its undecided rows are found and compared, and nothing is said of
steps or nights.
"""

import json
import re

import numpy as np
import pandas as pd
import pytest

from features.errors import RefusedError
from propensity import api
from propensity.config import config as configuration
from propensity.registry import Registry
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.walkthrough import walkthrough

CONFIG = """
name: flat
input: {flat: {path: flat.csv, columns: {lead_id: id, outcome: converted}}}
columns: {fit: [industry, size], interest: [visits], carry: [company]}
split: {order: random}
learner: {trials: 0, contestants: [lightgbm], max_trees: 20}
audit: {segments: [industry]}
"""


def company(folder, *, undecided):
    """A flat table of 900 rows, some of which nobody has decided, and a registered version."""
    rng = np.random.default_rng(3)
    size, visits = rng.integers(1, 500, 900), rng.poisson(3, 900)
    won = (rng.random(900) < 0.1 + 0.1 * (size > 250) + 0.05 * visits).astype(object)
    won = won.astype(int).astype(object)
    won[:undecided] = ""
    rows = pd.DataFrame(
        {
            "id": [f"r{n:03}" for n in range(900)],
            "industry": rng.choice(["steel", "food", "<b>"], 900),
            "size": size,
            "visits": visits,
            "company": [f"株式会社 {n} <b>" for n in range(900)],
            "converted": won,
        }
    )
    rows.to_csv(folder / "flat.csv", index=False)
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    config = configuration.load(folder / "config.yaml")
    with open_sources(config) as store:
        run = Run(config, store)
        chosen = RecipeChoices.plain(config.learner, trees=15)
        model, _ = ship(run, history(run), chosen=chosen)
    Registry.of(config).register(model, run_name="test", params={}, metrics={}, tags={})
    Registry.of(config).promote(1, because="a test")
    return config


def test_undecided_rows_are_found_with_their_sums(tmp_path, opened):
    config = company(tmp_path, undecided=60)
    path = tmp_path / "leads.html"

    n = walkthrough(config, path, pack=tmp_path / "pack")

    html = path.read_text(encoding="utf-8")
    data = json.loads(re.search(r'application/json" id="data">(.*?)</script>', html)[1])
    assert n == len(data["leads"]) == 60
    assert {lead[0] for lead in data["leads"]} == {f"r{n:03}" for n in range(60)}
    found = api.explain(config, data["leads"][0][0])
    assert data["sides"][0]["chances"][0] == pytest.approx(found.probability, abs=1e-6)
    assert sum(each["leads"] for each in data["segments"][1:]) == data["segments"][0]["leads"]
    shown = opened(html, width=390)
    shown.page.locator("#find input").fill("株式会社 7 ")
    shown.page.locator("#find .found button").first.click()
    told = shown.page.locator("#find .shown").inner_text()
    assert "A flat table has no actions" in told
    assert "株式会社 7 <b>" in told
    assert shown.complaints == []


def test_without_an_undecided_row_there_is_no_page(tmp_path):
    config = company(tmp_path, undecided=0)

    with pytest.raises(RefusedError, match="No lead is open"):
        walkthrough(config, tmp_path / "leads.html", pack=tmp_path / "pack")

    assert not (tmp_path / "leads.html").exists()
