"""What a run leaves in the registry: parameters, figures with their intervals, pictures, and
nothing infinite.
"""

from dataclasses import replace

import numpy as np
import pytest

from propensity.registry import Registry
from tests.training.train.test_command import company
from training.gate.same_recipe import SameRecipe
from training.learn.metrics.evaluation import Estimate
from training.train.command import train
from training.train.publish import publish


class Shelf(Registry):
    """A registry that keeps what it is given."""

    def __init__(self):
        super().__init__("sqlite:///unused.db", "three")

    def register(self, model, **given):
        self.model, self.given = model, given
        return 7


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(company(tmp_path_factory.mktemp("publish")))


def test_a_run_is_registered_with_what_describes_it(trained):
    shelf = Shelf()

    assert publish(trained, shelf) == 7

    assert shelf.model is trained.model
    assert shelf.given["run_name"] == "train 2024-06-29"
    assert sorted(shelf.given["plots"]) == ["importance.png", "reliability.png"]
    assert sorted(shelf.given["params"]) == [
        "axes",
        "bags",
        "budget_minutes",
        "clocks",
        "contestant",
        "contestants",
        "depth",
        "features",
        "goal",
        "horizon_days",
        "leads",
        "learning_rate",
        "leaves",
        "max_trees",
        "min_leaf_rows",
        "most_leaves",
        "recency",
        "rows",
        "seed",
        "selection",
        "trees",
        "trials",
    ]
    assert shelf.given["params"]["horizon_days"] == 20


def test_every_figure_comes_with_its_interval(trained):
    shelf = Shelf()

    publish(trained, shelf)

    metrics = shelf.given["metrics"]
    for name, figure in trained.judgement.recipe.figures.items():
        assert metrics[name] == figure.value
        # the calibration error has no interval, and a ratio to a tenth without wins no end
        assert metrics.get(f"{name}_low", np.nan) == pytest.approx(figure.low, nan_ok=True)
        assert metrics.get(f"{name}_high", np.inf) == figure.high or np.isnan(figure.high)
        assert (f"{name}_low" in metrics) == (name != "expected_calibration_error")


def test_figures_without_a_value_are_left_out(trained):
    nan, infinite = float("nan"), float("inf")
    odd = {"lift_at_10": Estimate(2.0, nan, infinite), "brier": Estimate(nan, nan, nan)}
    figures = trained.judgement.recipe.figures | odd
    recipe = replace(trained.judgement.recipe, figures=figures)
    shelf = Shelf()

    publish(replace(trained, judgement=replace(trained.judgement, recipe=recipe)), shelf)

    metrics = shelf.given["metrics"]
    assert metrics["lift_at_10"] == 2.0
    assert not {"lift_at_10_low", "lift_at_10_high", "brier", "brier_low"} & set(metrics)


def test_the_model_card_tells_which_grades_change_with_the_seed_alone(trained):
    shelf, found = Shelf(), SameRecipe(400, 0.125, 0.05, None, None)

    publish(replace(trained, asked=replace(trained.asked, same_recipe=found)), shelf)

    documents = shelf.given["documents"]
    assert b"of 400 leads: another grade 12.5%" in documents["model-card.md"]
    assert b'"grades": 0.125' in documents["same-recipe.json"]
    publish(trained, shelf)
    assert b"another seed" not in shelf.given["documents"]["model-card.md"]
