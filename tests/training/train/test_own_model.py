"""A model of one's own goes from file to champion, and says what it said before."""

import copy
import json
import shutil
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import propensity
from features.errors import ConfigError, RefusedError
from propensity.model.model_parts import Member
from propensity.registry import Registry
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from tests.training.test_cli import command
from training.learn.learners.chosen import RecipeChoices
from training.train.card import card

pytestmark = pytest.mark.slow

TABLES = ("leads", "events", "outcomes")
UNTIL = "2024-05-21"
GIVEN = {"accept_audit": "a test on a small company"}
TRADES = np.array(["製造業", "IT, 通信", '<script>"x"</script>', None], dtype=object)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A configuration without files, its tables, and the features of its rows."""
    folder = tmp_path_factory.mktemp("company")
    write_company(folder)
    settings = copy.deepcopy(SETTINGS)
    settings["columns"]["fit"] = ["size", "trade"]
    settings["registry"] = {"uri": f"sqlite:///{folder / 'propensity.db'}"}
    settings["business_hours"] = {"hours": ["09:00-18:00"], "holidays": "JP"}
    settings["output"] = {"quarantine": str(folder / "quarantine")}
    leads = pd.read_csv(folder / "leads.csv")
    leads["trade"] = np.random.default_rng(1).choice(TRADES, len(leads))
    leads.to_csv(folder / "leads.csv", index=False)
    (folder / "propensity.yaml").write_text(json.dumps(settings), encoding="utf-8")
    for name in TABLES:
        del settings["input"][name]["path"]
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in TABLES}
    return settings, tables, propensity.features(settings, **tables)


def booster_of(found, **changed):
    """Plain LightGBM, trained on the older rows of the frame."""
    rows = found.older
    told = {"objective": "binary", "max_depth": 3, "num_leaves": 7, "min_data_in_leaf": 5}
    told |= {"interaction_constraints": found.interaction_constraints, "verbosity": -1}
    told |= {"min_data_per_group": 5, "max_cat_to_onehot": 1, "num_threads": 1} | changed
    data = lgb.Dataset(found.X_for_lightgbm[rows], found.y[rows], weight=found.weight[rows])
    return lgb.train(told, data, num_boost_round=25)


@pytest.fixture(scope="module")
def registered(company, tmp_path_factory):
    """The booster, and what came of its file."""
    settings, tables, found = company
    booster, path = booster_of(found), tmp_path_factory.mktemp("own") / "booster.txt"
    booster.save_model(path)
    own = propensity.OwnModel(path, trained_until=UNTIL)
    return booster, propensity.train(settings, own_model=own, **GIVEN, **tables)


@pytest.fixture(scope="module")
def promoted(company, registered):
    """What the promotion of its version says."""
    settings, tables, _ = company
    _, trained = registered
    return propensity.promote(settings, trained.version, override="a test", **tables)


def test_a_booster_goes_from_file_to_champion(company, registered, promoted):
    settings, tables, found = company
    booster, trained = registered

    assert trained.version == 1
    asked = {"as_of": "2024-07-19", "accept_input": "the events end early"}
    scored = propensity.score(settings, **asked, **tables).table.to_pandas()
    one = propensity.explain(settings, scored["lead_id"][0], as_of="2024-07-19", **tables)

    assert not promoted.waits
    model, _ = Registry(settings["registry"]["uri"], settings["name"]).load("champion")
    tonight = propensity.features(settings, as_of="2024-07-19", **tables)
    raw = booster.predict(tonight.X_for_lightgbm, raw_score=True)
    expected = model.calibration.intercept + model.calibration.slope * raw
    assert scored["log_odds"].to_numpy() == pytest.approx(expected, abs=1e-9)
    assert (scored["base"] + scored["fit"] + scored["interest"]).to_numpy() == pytest.approx(
        expected, abs=1e-9
    )
    assert one is not None
    again = model.explanation(found.X)
    total = again.base_values + again.values.sum(axis=1)
    raw = booster.predict(found.X_for_lightgbm, raw_score=True)
    assert (total - model.calibration.intercept) / model.calibration.slope == pytest.approx(
        raw, abs=1e-9
    )


def test_it_is_judged_on_leads_looked_at_since(company, registered):
    _, _, found = company
    booster, trained = registered

    own = RecipeChoices.stored_in(trained.model.facts).fitted_elsewhere
    assert found.test_from == own.trained_until
    known = found.keys["as_of"][found.older] + pd.Timedelta(found.horizon_days, "D")
    assert known.max() <= pd.Timestamp(UNTIL)
    assert str(own.trained_until) == UNTIL
    assert own.trees == booster.num_trees()
    judged = trained.judgement.met.rows
    assert len(judged.label) == (found.keys["as_of"] >= pd.Timestamp(UNTIL)).sum()
    assert trained.judgement.recipe.figures["roc_auc"].value > 0.6
    text = next(m.text for m in trained.model.members if isinstance(m, Member))
    assert "pandas_categorical:null" in text
    assert "製造業" not in text


def test_the_quarter_goes_on_with_it(company, registered, tmp_path):
    settings, tables, _ = company
    _, trained = registered
    propensity.write_definition(settings, tmp_path / "definition.yaml", version=1, **tables)
    agreed = {**settings, "definition": str(tmp_path / "definition.yaml")}

    report = propensity.show_definition(agreed, version=1, **tables)
    study = propensity.threshold(agreed, asked={"capacity_per_week": 3}, **tables)
    pack = propensity.review(agreed, tmp_path / "review", version=1, **tables)

    assert report is not None
    assert study is not None
    assert pack[0].exists()
    assert trained.judgement.to_dict()["chosen"]["contestant"] == "own model"


def test_the_command_takes_a_file_and_the_night_runs_on_it(company, registered, tmp_path, capfd):
    settings, _, _ = company
    folder = Path(settings["registry"]["uri"].removeprefix("sqlite:///")).parent
    for name in (*(f"{table}.csv" for table in TABLES), "propensity.yaml"):
        shutil.copy(folder / name, tmp_path / name)
    path, booster = tmp_path / "propensity.yaml", tmp_path / "booster.txt"
    own = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(own | {"registry": {}}), encoding="utf-8")
    registered[0].save_model(booster)
    train = ("train", path, "--accept-audit", "a test")

    def run(*words):
        code = command(*words)
        told = capfd.readouterr()
        return code, " ".join((told.out + told.err).split())

    code, told = run(*train, "--own-model", booster)
    assert (code, "needs trained_until" in told) == (1, True)
    code, told = run(*train, "--trained-until", UNTIL)
    assert (code, "it goes with --own-model" in told) == (2, True)
    code, told = run(*train, "--own-model", booster, "--trained-until", UNTIL)
    assert code in (0, 10)
    assert f"saw outcomes until {UNTIL}" in told
    assert "Registered as version 1" in told
    propensity.write_definition(path, tmp_path / "definition.yaml", version=1)
    path.write_text(json.dumps(own | {"registry": {}, "definition": "definition.yaml"}))
    signed = ("--signed-by", "sales: B. Sato", "--signed-by", "marketing: A. Ito")
    assert run("promote", 1, path, *signed, "--override", "a test")[0] == 0
    ends = "the events end early"
    code, told = run("nightly", path, "--as-of", "2024-07-19", "--accept-input", ends)
    assert code in (0, 10)
    assert (tmp_path / "nights" / "2024-07-19").is_dir()


def test_a_challenger_meets_a_champion_that_cannot_be_fitted_again(company, promoted):
    settings, tables, _ = company
    assert not promoted.waits

    trained = propensity.train(settings, register=False, **GIVEN, **tables)

    notes = " ".join(trained.asked.gated.notes)
    assert trained.asked.gated.against == 1
    assert "The champion was fitted elsewhere and came itself" in notes
    assert not trained.judgement.met.same_recipe


def test_the_champion_beside_itself_gains_nothing(company, registered, promoted):
    settings, tables, _ = company
    assert not promoted.waits
    own = propensity.OwnModel(registered[0], trained_until=UNTIL)

    trained = propensity.train(settings, own_model=own, register=False, **GIVEN, **tables)

    (check,) = (each for each in trained.asked.gated.checks if each.name == "log loss")
    assert "+0.0000" in check.sentence
    assert "so did the challenger" in " ".join(trained.asked.gated.notes)


def told(trained):
    """What the card says of the choices."""
    (part,) = (part for part in card(trained).parts if part.title == "What was chosen")
    return part.body[0]


def linear():
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["size"]),
            ("levels", OneHotEncoder(handle_unknown="ignore"), ["trade"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression(C=0.5))


def test_an_estimator_learns_here_is_judged_and_learns_again_from_all(company, promoted):
    settings, tables, found = company

    trained = propensity.train(
        settings, own_model=propensity.OwnModel(linear()), register=False, **GIVEN, **tables
    )

    model = trained.model
    raw = linear().fit(found.X, found.y).decision_function(found.X)
    scored = model.score(found.X)
    expected = model.calibration.intercept + model.calibration.slope * raw
    assert scored["log_odds"].to_numpy() == pytest.approx(expected, abs=1e-9)
    total = scored["base"] + scored["fit"] + scored["interest"]
    assert total.to_numpy() == pytest.approx(expected, abs=1e-9)
    assert not promoted.waits
    assert trained.asked.gated.against == 1
    (line,) = (point for point in told(trained) if point.startswith("Made of"))
    assert line.startswith("Made of Pipeline, ColumnTransformer, Pipeline, SimpleImputer")


def test_lightgbms_classifier_becomes_our_trees_with_its_parameters(company):
    settings, tables, _ = company
    own = lgb.LGBMClassifier(
        n_estimators=20, max_depth=3, num_leaves=7, min_child_samples=5, reg_alpha=0.5
    )

    trained = propensity.train(
        settings, own_model=propensity.OwnModel(own), register=False, **GIVEN, **tables
    )

    (member,) = trained.model.members
    for told in ("[lambda_l1: 0.5]", "[num_leaves: 7]", "[cat_smooth: 10]", "[max_depth: 3]"):
        assert f"\n{told}\n" in member.text
    assert member.text.count("\nTree=") == 20
    assert trained.judgement.price_of_axes is not None


def test_a_fitted_linear_model_is_served_as_it_is(company):
    settings, tables, found = company
    rows = found.older
    fitted = linear().fit(found.X[rows], found.y[rows])
    own = propensity.OwnModel(fitted, trained_until=UNTIL)

    trained = propensity.train(settings, own_model=own, register=False, **GIVEN, **tables)

    model = trained.model
    expected = model.calibration.intercept + model.calibration.slope * fitted.decision_function(
        found.X
    )
    assert model.score(found.X)["log_odds"].to_numpy() == pytest.approx(expected, abs=1e-9)


def written(folder, content):
    (folder / "own.txt").write_bytes(content)
    return folder / "own.txt"


@pytest.mark.parametrize(
    ("own", "error", "words"),
    [
        (lambda b, p: (b, None), ConfigError, "needs trained_until"),
        (lambda b, p: (b, "June"), ConfigError, "expected a day such as 2025-04-01"),
        (lambda b, p: (b, "2024-06-29"), RefusedError, "saw outcomes until 2024-06-29.* Keep"),
        (lambda b, p: (p / "none.txt", UNTIL), ConfigError, "no readable file"),
        (lambda b, p: (written(p, b"name,mail\nA,a@b"), UNTIL), RefusedError, "booster.save_model"),
        (lambda b, p: (written(p, b"\x80\x05\x95"), UNTIL), ConfigError, "A pickle is never read"),
        (lambda b, p: (lgb.LGBMClassifier(), UNTIL), ConfigError, "expected a fitted LGBMC"),
        (lambda b, p: (linear(), UNTIL), ConfigError, "expected a fitted Pipeline"),
        (lambda b, p: (lgb.LGBMClassifier(), None), ConfigError, "max_depth: .* tables of exact"),
        (
            lambda b, p: (lgb.LGBMClassifier(max_depth=3, boosting_type="dart"), None),
            ConfigError,
            "dart weighs earlier",
        ),
        (
            lambda b, p: (lgb.LGBMClassifier(max_depth=3, random_state=1), None),
            ConfigError,
            r"learner\.seed",
        ),
        (lambda b, p: (object(), None), ConfigError, "expected a LightGBM model .* got object"),
        (lambda b, p: (LogisticRegression(), None), RefusedError, "SimpleImputer before numbers"),
    ],
)
def test_what_is_no_own_model_is_refused_with_what_to_do(
    company, registered, tmp_path, own, error, words
):
    settings, tables, _ = company
    model, until = own(registered[0], tmp_path)

    with pytest.raises(error, match=words) as refused:
        propensity.train(
            settings,
            own_model=propensity.OwnModel(model, trained_until=until),
            register=False,
            **GIVEN,
            **tables,
        )

    assert "a@b" not in str(refused.value)


def test_a_flat_table_has_no_day_until_which(company, registered):
    flat = {
        "name": "flat",
        "input": {"flat": {"columns": {"outcome": "won"}}},
        "columns": {"fit": ["size"]},
        "split": {"order": "random"},
    }
    table = pd.DataFrame({"size": range(200), "won": [0, 1] * 100})

    with pytest.raises(RefusedError, match="rows of a flat table have no such day"):
        propensity.train(
            flat,
            own_model=propensity.OwnModel(registered[0], trained_until=UNTIL),
            input={"flat": table},
            register=False,
        )
