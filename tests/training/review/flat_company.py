"""A flat table under review, with hostile names: no time, no definition."""

from pathlib import Path

import numpy as np
import pandas as pd

from propensity.config import config as configuration
from propensity.config.config import Config
from propensity.registry import Registry
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources

FLAT = """
name: flat
input: {flat: {path: flat.csv, columns: {lead_id: id, outcome: converted}}}
columns: {fit: [industry, size], interest: [visits]}
split: {order: random}
learner: {trials: 0, contestants: [lightgbm], max_trees: 20}
review: {resamplings: 2}
"""


def flat_company(folder: Path) -> Config:
    """The file, its configuration, and a model that was registered for it."""
    rng = np.random.default_rng(0)
    n = 900
    industry = rng.choice(["<script>alert(1)</script>", "=1+1", "\u202eright", "plain"], n)
    visits = rng.poisson(3, n)
    won = rng.random(n) < 1 / (1 + np.exp(2.5 - 0.5 * visits - (industry == "plain")))
    pd.DataFrame(
        {
            "id": range(n),
            "industry": industry,
            "size": rng.integers(1, 500, n),
            "visits": visits,
            "converted": won.astype(int),
        }
    ).to_csv(folder / "flat.csv", index=False)
    (folder / "config.yaml").write_text(FLAT, encoding="utf-8")
    config = configuration.load(folder / "config.yaml")
    with open_sources(config) as store:
        model, _ = ship(
            Run(config, store),
            history(Run(config, store)),
            chosen=RecipeChoices.plain(config.learner, trees=20),
        )
    Registry.of(config).register(model, run_name="test", params={}, metrics={})
    return config
