"""The recipe's figures: computed again from the model's own scores, beside what it has to beat."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from features.build.build import build, prepare
from features.intake import open_store
from features.spec import FeatureSpec
from propensity.config import config
from tests.training.plain_learner import PLAIN
from training.closed_loop.compare import POINTS, compare
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe import recipe
from training.learn.recipe.judgement import RECIPE, Judgement, judge
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.tournament.choose import TournamentChoice

N = 500
DAY = pd.Timestamp("2024-01-01", tz="UTC")
SETTINGS = {
    "name": "three",
    "input": {
        "timezone": "UTC",
        "observed_until": "2024-07-19",
        "leads": {"path": "leads.csv"},
        "events": {"path": "events.csv"},
        "outcomes": {"path": "outcomes.csv"},
    },
    "columns": {"fit": ["size"], "interest": ["visits so far"]},
    "behaviour": {"actors": {"mail": "marketing", "*": "lead"}, "sends": ["mail"]},
    "population": {"until": "closed", "stale_after_days": 300},
    "goal": {"horizon_days": 20},
    "snapshots": {"every_days": 10},
    "learner": PLAIN | {"max_trees": 15, "depth": 3},
}


def write_company(folder, seed=0):
    """Half a year of leads: big ones that look at prices close, three weeks later."""
    random = np.random.default_rng(seed)
    ids = [f"L{i:04}" for i in range(N)]
    created = random.integers(0, 150, N)
    big, demo = random.random(N) < 0.5, random.random(N) < 0.4
    leads = pd.DataFrame(
        {
            "lead_id": ids,
            "created_at": DAY + pd.to_timedelta(created, "D"),
            "size": np.where(big, 100, 10) + random.integers(0, 9, N),
            "visits so far": random.poisson(3, N),
        }
    )
    leads.to_csv(folder / "leads.csv", index=False)
    who = np.concatenate([np.flatnonzero(demo), random.integers(0, N, 3 * N)])
    kinds = np.concatenate(
        [np.full(demo.sum(), "demo"), random.choice(["visit", "visit", "mail"], 3 * N)]
    )
    when = (
        DAY
        + pd.to_timedelta(created[who] + random.integers(0, 30, len(who)), "D")
        + pd.Timedelta("9h")
    )
    events = pd.DataFrame({"lead_id": np.array(ids)[who], "occurred_at": when, "event_type": kinds})
    events.drop_duplicates().to_csv(folder / "events.csv", index=False)
    won = random.random(N) < 0.1 + 0.3 * big + 0.4 * demo
    closed = DAY + pd.to_timedelta(created + random.integers(20, 60, N), "D") + pd.Timedelta("12h")
    pd.DataFrame({"lead_id": ids, "closed_at": closed, "won": won.astype(int)}).to_csv(
        folder / "outcomes.csv", index=False
    )


def choice_of(settings):
    chosen = RecipeChoices.plain(settings.learner, trees=15)
    return TournamentChoice(
        chosen, chosen.model_copy(update={"axes": "shared"}) if chosen.axes == "apart" else None
    )


@cache
def judged(axes="apart") -> tuple[Judgement, FeatureSpec, float]:
    """A judgement, the features, and ROC AUC of the recipe by scikit-learn."""
    with TemporaryDirectory() as name:
        write_company(Path(name))
        learner = SETTINGS["learner"] | {"axes": axes}
        settings = config.parse(SETTINGS | {"learner": learner}, base=Path(name))
        with open_store(
            settings.input, settings.columns, purpose="train", quarantine=None
        ) as store:
            past = history(Run(settings, store))
            older, test = past.rows.take(past.older), past.rows.take(past.test)
            spec, seen = recipe.see(Run(settings, store), older)
            fitted = recipe.fit(settings, older, spec, seen, chosen=choice_of(settings).chosen)
            found = judge(Run(settings, store), fitted, older, test, choice=choice_of(settings))
            prepare(store, spec, test.rows)
            scores = fitted.log_odds(build(store, test.rows, spec).matrix)
    return found, spec, by_hand(scores, test)


def by_hand(scores, test):
    """Mean over the rounds, weighted by their wins."""
    days = [test.round == day for day in np.unique(test.round)]
    days = [day for day in days if 0 < test.label[day].sum() < day.sum()]
    return np.average(
        [roc_auc_score(test.label[day], scores[day]) for day in days],
        weights=[test.label[day].sum() for day in days],
    )


def test_the_figures_are_those_of_the_recipe_on_the_test_part():
    found, _, roc_auc = judged()

    assert found.recipe.model == RECIPE
    assert found.recipe.figures["roc_auc"].value == pytest.approx(roc_auc)
    assert roc_auc > 0.6


def test_it_stands_beside_everything_it_has_to_beat():
    found, _, _ = judged()

    assert list(found.baselines) == ["base_rate", "lead_age", "logistic", "points_table"]
    for name, baseline in found.baselines.items():
        gap = found.recipe.figures["roc_auc"].value - baseline.figures["roc_auc"].value
        assert found.gains[name].value == pytest.approx(gap)
        assert found.gains[name].low <= gap <= found.gains[name].high
    assert found.gains["base_rate"].low > 0


def test_the_points_table_to_beat_is_that_of_the_closed_loop():
    found, _, _ = judged()
    with TemporaryDirectory() as folder:
        write_company(Path(folder))
        settings = config.parse(SETTINGS, base=Path(folder))
        with open_store(
            settings.input, settings.columns, purpose="train", quarantine=None
        ) as store:
            beside = compare(Run(settings, store)).evaluations[POINTS]

    assert 0.5 < beside.figures["roc_auc"].value < 1
    for name in beside.figures:
        assert found.baselines["points_table"].figures[name] == beside.figures[name], name


def test_leads_seen_in_training_and_new_ones_are_told_apart():
    found, _, _ = judged()

    assert set(found.seen_and_new) == {"seen", "new"}
    assert sum(part.n_rows for part in found.seen_and_new.values()) == found.recipe.n_rows
    assert sum(part.n_leads for part in found.seen_and_new.values()) == found.recipe.n_leads


def test_the_price_of_keeping_the_axes_apart_is_what_mixing_would_have_added():
    found, _, _ = judged()
    mixed, _, _ = judged("shared")

    gap = mixed.recipe.figures["roc_auc"].value - found.recipe.figures["roc_auc"].value
    assert found.price_of_axes.value == pytest.approx(gap, abs=1e-9)
    assert mixed.price_of_axes is None


def test_the_stored_figures_are_json_and_hold_no_lead():
    found, _, _ = judged()

    stored = found.to_dict()

    text = json.dumps(stored, allow_nan=False)
    assert json.loads(text) == stored
    assert "L0" not in text
    assert set(stored) == {
        "recipe",
        "baselines",
        "roc_auc_above",
        "seen_and_new",
        "price_of_axes",
        "chosen",
        "contestants",
        "calibration",
        "days",
        "newest_level",
    }
