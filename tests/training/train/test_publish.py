"""What a run leaves in the registry: parameters, figures with their intervals, pictures, and
nothing infinite.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

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
    assert sorted(shelf.given["plots"]) == [
        "contributions.png",
        "gain.png",
        "importance.png",
        "reliability.png",
    ]
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


@pytest.fixture(scope="module")
def registered(trained):
    """The trained model in a registry, and what MLflow knows of it: client, run, children."""
    from mlflow import MlflowClient

    publish(trained, Registry.of(trained.model.config))
    client = MlflowClient(str(trained.model.config.registry.uri))
    place = client.get_experiment_by_name(trained.model.config.model_name)
    runs = client.search_runs([place.experiment_id])
    (run,) = (run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    return client, run, [each for each in runs if each is not run]


def test_who_took_part_and_what_was_tried_are_runs_below_the_run(trained, registered):
    client, run, children = registered
    choice = trained.judgement.choice

    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {run.info.run_id}
    assert {child.info.status for child in children} == {"FINISHED"}
    by_name = {child.info.run_name: child for child in children}
    assert len(by_name) == len(children) == len(choice.contestants) + len(choice.tuning)
    for each in choice.contestants:
        found = by_name[f"{each.name}, axes {each.axes}"]
        assert found.data.metrics["log_loss"] == each.log_loss
        assert found.data.tags["propensity.won"] == str(each.won).lower()
        by_cut = client.get_metric_history(found.info.run_id, "log_loss_by_cut")
        assert [metric.value for metric in by_cut] == list(each.log_loss_by_cut)
        assert min(each.log_loss_by_cut) <= each.log_loss <= max(each.log_loss_by_cut)
    written = by_name["parameters 0"].data.params
    assert written["learning_rate"] == str(trained.model.config.learner.learning_rate)


def test_the_data_set_is_told_without_a_row(trained, registered):
    _, run, _ = registered

    (logged,) = run.inputs.dataset_inputs

    rows = json.loads(logged.dataset.profile)["rows"]
    assert rows["leads"] == trained.model.facts["fingerprint"]["leads"]["rows"]
    columns = json.loads(logged.dataset.schema)["mlflow_colspec"]
    assert [column["name"] for column in columns] == list(trained.model.spec.names)
    assert len(logged.dataset.digest) == 36
    assert run.data.tags["mlflow.source.name"] == "propensity train"


def test_the_figures_are_a_table_beside_the_baselines(trained, registered):
    client, run, _ = registered
    path = client.download_artifacts(run.info.run_id, "evaluation.json")

    told = json.loads(Path(path).read_text(encoding="utf-8"))

    table = pd.DataFrame(told["data"], columns=told["columns"])
    ours = table[table["model"] == "Propensity"].set_index("figure")["value"]
    auc = trained.judgement.recipe.figures["roc_auc"].value
    assert ours["roc_auc"] == pytest.approx(auc, abs=1e-9)  # MLflow writes ten digits
    assert set(table["model"]) == {"Propensity", *trained.judgement.baselines}


def test_the_input_example_is_scored_and_is_made_of_aggregates(trained, registered):
    import mlflow.pyfunc

    client, run, _ = registered
    model = mlflow.pyfunc.load_model(client.download_artifacts(run.info.run_id, "model"))

    (probability,) = model.predict(model.input_example)["probability"]

    assert 0 < probability < 1
    told = trained.model.distributions.to_pydict()
    usual = set(model.input_example.iloc[0].dropna())
    assert usual <= {*told["low"], *told["high"], *told["level"]}


def test_a_version_carries_the_tags_that_somebody_gave(trained):
    config = trained.model.config
    tags = config.registry.model_copy(update={"tags": {"team": "growth"}})
    model = replace(trained.model, config=config.model_copy(update={"registry": tags}))
    shelf = Shelf()

    publish(replace(trained, model=model), shelf)

    assert shelf.given["tags"]["team"] == "growth"


@pytest.mark.parametrize("what", ["importance", "contributions", "calibration", "gain"])
def test_a_training_draws_on_axes_of_matplotlib(trained, what):
    figure = Figure()
    axes = figure.subplots()

    assert trained.plot(what, ax=axes) is axes

    assert axes.has_data()
    assert axes.get_xlabel()


def test_a_picture_that_is_none_is_said(trained):
    with pytest.raises(ValueError, match=r"expected one of importance, .*, gain, got 'migration'"):
        trained.plot("migration", ax=Figure().subplots())
