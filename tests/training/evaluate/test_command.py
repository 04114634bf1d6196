"""A registered model on leads that came after it: by hand the same figures, and refused where it
learned from them.
"""

import copy

import pandas as pd
import pytest
import yaml
from sklearn.metrics import log_loss

import propensity
from features.errors import RefusedError
from propensity.registry import Registry
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from training.cli import main

ACCEPTED = "a test on a small company"
KNOWN_UNTIL = "2024-05-15"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The configuration of a company whose model was trained two months ago."""
    folder = tmp_path_factory.mktemp("evaluate")
    write_company(folder)
    settings = copy.deepcopy(SETTINGS)
    path = folder / "propensity.yaml"
    settings["input"]["observed_until"] = KNOWN_UNTIL
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    trained = propensity.train(path, accept_audit=ACCEPTED)
    Registry.of(trained.model.config).promote(trained.version)
    settings["input"]["observed_until"] = SETTINGS["input"]["observed_until"]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path, trained


def test_the_figures_are_those_of_the_later_leads(company):
    path, trained = company

    found = propensity.evaluate(path)

    rows = propensity.features(path)
    later = (rows.keys["as_of"] >= pd.Timestamp(KNOWN_UNTIL)).to_numpy()
    chances = trained.model.score(rows.X[later])["probability"]
    by_hand = log_loss(rows.y[later], chances, sample_weight=rows.weight[later])
    assert found.figures.figures["log_loss"].value == pytest.approx(by_hand, rel=1e-9)
    assert found.figures.n_rows == later.sum()
    assert str(found.first) == str(rows.keys["as_of"][later].min().date())
    assert str(found.last) == str(rows.keys["as_of"][later].max().date())
    told = found.to_pandas().set_index("figure")
    assert told.loc["roc_auc", "in_training"] == (trained.judgement.recipe.figures["roc_auc"].value)


def test_the_command_prints_them_beside_those_of_the_training(company, typed):
    path, _ = company

    code, out, _ = typed(main, "evaluate", path)

    assert code in (0, 10)
    found = propensity.evaluate(path)
    assert f"{found.figures.n_rows:,} rows of" in " ".join(out.split())
    assert f"{found.figures.figures['roc_auc'].value:.3f}" in out
    assert "in training" in out
    assert "calibration" in out
    assert max(map(len, out.splitlines())) <= 100


def test_leads_that_a_model_learned_from_do_not_judge_it(company):
    path, _ = company
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["input"]["observed_until"] = KNOWN_UNTIL
    earlier = path.with_name("earlier.yaml")
    earlier.write_text(yaml.safe_dump(settings), encoding="utf-8")

    with pytest.raises(RefusedError, match=r"0 rows have come to an end, 0 of them wins"):
        propensity.evaluate(earlier)


def test_a_flat_table_is_judged_on_other_rows(tmp_path):
    write_company(tmp_path)
    flat = pd.read_csv(tmp_path / "leads.csv").merge(pd.read_csv(tmp_path / "outcomes.csv"))
    half = len(flat) // 2
    flat.iloc[:half].to_csv(tmp_path / "first.csv", index=False)
    flat.iloc[half:].to_csv(tmp_path / "second.csv", index=False)
    settings = {
        "name": "flat",
        "input": {"flat": {"path": "first.csv", "columns": {"outcome": "won"}}},
        "columns": {"fit": ["size"], "interest": ["visits so far"]},
        "split": {"order": "rows"},
        "learner": SETTINGS["learner"],
    }
    settings["columns"]["ignore"] = ["lead_id", "created_at", "closed_at"]
    path = tmp_path / "flat.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    trained = propensity.train(path, accept_audit=ACCEPTED)

    with pytest.raises(RefusedError, match="learned from these rows"):
        propensity.evaluate(path, version=trained.version)
    found = propensity.evaluate(path, version=trained.version, input=tmp_path / "second.csv")

    assert found.figures.n_rows == len(flat) - half
    assert found.first is None
