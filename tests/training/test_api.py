"""The quarter as calls of Python, on tables in memory: what the same calls give on files."""

import copy

import pandas as pd
import pytest

import propensity
from propensity.model import bundle
from propensity.registry import Registry, RegistryError
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company

pytestmark = pytest.mark.slow

TABLES = ("leads", "events", "outcomes")
ACCEPTED = "a test on a small company"
SIGNED = ("sales: B. Sato", "marketing: A. Ito")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The folder of a company, its configuration without files, and its tables."""
    folder = tmp_path_factory.mktemp("company")
    write_company(folder)
    settings = copy.deepcopy(SETTINGS)
    settings["registry"] = {"uri": f"sqlite:///{folder / 'propensity.db'}"}
    settings["business_hours"] = {"hours": ["09:00-18:00"], "holidays": "JP"}
    settings["output"] = {"quarantine": str(folder / "quarantine")}
    files = copy.deepcopy(settings)
    for name in TABLES:
        files["input"][name]["path"] = str(folder / settings["input"][name]["path"])
        del settings["input"][name]["path"]
    return folder, settings, files, {name: pd.read_csv(folder / f"{name}.csv") for name in TABLES}


@pytest.fixture(scope="module")
def trained(company):
    _, settings, _, tables = company
    return propensity.train(settings, accept_audit=ACCEPTED, **tables)


def test_a_model_learned_from_tables_in_memory_is_that_of_the_files(company, trained):
    _, _, files, _ = company

    of_files = propensity.train(files, accept_audit=ACCEPTED, register=False)

    assert of_files.version is None
    assert bundle.model_hash(trained.model) == bundle.model_hash(of_files.model)


def test_a_model_is_loaded_by_the_configuration_that_it_was_trained_with(company, trained):
    _, settings, _, _ = company

    loaded = propensity.load(settings, version=trained.version)

    assert bundle.model_hash(loaded) == bundle.model_hash(trained.model)
    with pytest.raises(RegistryError, match="champion"):
        propensity.rollback(settings)


def test_a_training_is_registered_unless_it_shall_not_be(company, trained):
    _, settings, _, _ = company
    registry = Registry(settings["registry"]["uri"], settings["name"])

    assert trained.version == 1
    assert [version.number for version in registry.versions()] == [1]


def test_the_rest_of_the_quarter_runs_on_tables_in_memory(company, trained, tmp_path):
    folder, settings, _, tables = company
    on_files = {"input": {name: folder / f"{name}.csv" for name in TABLES}}

    audit = propensity.audit(settings, **tables)
    assert audit == propensity.audit(settings, **on_files)
    loop = propensity.closed_loop(settings, **tables)
    assert loop.to_dict() == propensity.closed_loop(settings, **on_files).to_dict()
    propensity.write_definition(settings, tmp_path / "definition.yaml", **tables)
    agreed = {**settings, "definition": str(tmp_path / "definition.yaml")}
    report = propensity.show_definition(agreed, **tables)
    assert repr(report) == repr(propensity.show_definition(agreed, **on_files))  # NaN is not NaN
    policy = {"capacity_per_week": 3}
    study = propensity.threshold(agreed, asked=policy, **tables)
    assert repr(vars(study)) == repr(vars(propensity.threshold(agreed, asked=policy, **on_files)))
    pack = propensity.review(agreed, tmp_path / "review", **tables)
    assert pack[0].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    promoted = propensity.promote(agreed, signed_by=SIGNED, override="a test", **tables)
    assert not promoted.waits
    asked = {"as_of": "2024-07-19", "accept_input": "the events end early"}
    scored = propensity.score(agreed, **asked, **tables)
    assert scored.table.equals(propensity.score(agreed, **asked, **on_files).table)
    past = propensity.backtest(settings, quick=True, **tables)
    assert past.to_dict()
    lead = propensity.explain(
        agreed, scored.table["lead_id"][0].as_py(), as_of="2024-07-19", **tables
    )
    for result in (trained, trained.asked, audit, loop, study, past, lead):
        frame = result.to_pandas()
        assert len(frame) > 0
        assert result._repr_html_().count("<tr") == min(len(frame), 61) + 1
    sums = lead.to_pandas().groupby("axis")["contribution"].sum()
    assert sums["fit"] + sums["interest"] + lead.base == pytest.approx(lead.log_odds, abs=1e-9)
    figures = trained.to_pandas().set_index("model")
    assert figures.loc["Propensity", "roc_auc"] == (
        trained.judgement.recipe.figures["roc_auc"].value
    )
    assert study.to_pandas()["line"].is_monotonic_increasing


def test_the_features_of_a_day_are_those_that_are_scored(company, trained):
    _, settings, _, tables = company

    found = propensity.features(settings, as_of="2024-07-19", version=1, **tables)

    asked = {"as_of": "2024-07-19", "version": 1, "accept_input": "the events end early"}
    scored = propensity.score(settings, **asked, **tables).table.to_pandas()
    again = trained.model.score(found.X)
    assert found.keys["lead_id"].tolist() == scored["lead_id"].tolist()
    assert (found.keys["as_of"] == pd.Timestamp("2024-07-19")).all()
    assert found.y is None
    assert again["log_odds"].tolist() == scored["log_odds"].tolist()
    assert found.axes == {each.name: each.axis for each in trained.model.spec.features}


def test_the_features_of_a_training_are_those_that_it_learned_from(company, trained):
    _, settings, _, tables = company

    found = propensity.features(settings, **tables)

    reference = trained.model.reference
    assert len(found) == reference.rows == len(found.y) == len(found.weight)
    assert found.keys["lead_id"].nunique() == reference.leads
    assert (found.y * found.weight).sum() / found.weight.sum() == reference.close_rate
    assert [*found.X] == found.spec.names
    assert set(trained.model.spec.names) <= set(found.spec.names)
    assert found.horizon_days == 20
    last = found.keys["as_of"].max()
    assert str(last.date()) == trained.model.facts["period"]["last_as_of"]
