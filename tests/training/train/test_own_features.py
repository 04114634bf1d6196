"""Own features in a model: they win or lose on later leads, are explained like any other, and no
other code runs for them.
"""

import datetime
import shutil

import pandas as pd
import pytest
import yaml

import propensity
from features.errors import ConfigError, DataError
from propensity.pyfunc import ServedModel
from propensity.registry import Registry
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from training.learn.tournament.show import choice_lines
from training.train.card import as_markdown, card

AS_OF = "2024-06-20"
CODE = """
import zlib

def demos(events):
    asked = events[events["detail"] == "demo, please"]
    return asked.groupby("row").size().rename("demos").to_frame()

def noise(events):
    told = events["at"].astype("int64").mod(97).groupby(events["row"]).max()
    return told.rename("noise").to_frame()

def peek(events):
    newest = events["at"].max()
    return (newest - events["at"]).dt.days.groupby(events["row"]).min().rename("demos").to_frame()
"""
DEMOS = {
    "function": "mine:demos",
    "columns": {
        "demos": {"axis": "interest", "concept": "Demo wish", "unit": "wishes", "default": 0}
    },
}
NOISE = {"function": "mine:noise", "columns": {"noise": {"axis": "interest"}}}


def settings(*own):
    events = {"path": "events.csv", "columns": {"detail": "detail"}}
    return SETTINGS | {
        "input": SETTINGS["input"] | {"events": events},
        "features": {"own": list(own)},
        "audit": {},
        "registry": {"uri": "sqlite:///propensity.db"},
    }


def write(folder, *own):
    path = folder / "propensity.yaml"
    path.write_text(yaml.safe_dump(settings(*own)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A company whose demo requests only the detail of a visit tells."""
    place = tmp_path_factory.mktemp("own")
    write_company(place)
    events = pd.read_csv(place / "events.csv")
    wish = events["event_type"] == "demo"
    events["detail"] = wish.map({True: "demo, please", False: "/"})
    events["event_type"] = events["event_type"].where(~wish, "visit")
    events.to_csv(place / "events.csv", index=False)
    (place / "mine.py").write_text(CODE, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def trained(folder):
    """Trained with a feature that tells something, and one that does not; and its configuration."""
    path = write(folder, DEMOS, NOISE)
    result = propensity.train(path, accept_audit="a test of own features")
    Registry.of(result.model.config).promote(result.version)
    return result, path


def test_what_helps_on_later_leads_is_kept_and_what_does_not_is_left_out(trained):
    result, _ = trained
    by_code = {verdict.code: verdict for verdict in result.judgement.choice.own}

    assert by_code["mine:demos"].is_kept
    assert not by_code["mine:noise"].is_kept
    assert "noise" in result.model.facts["recipe"]["dropped"]
    told = " ".join(choice_lines(result.judgement.choice))
    assert "own features of mine:demos (demos): log loss -" in told
    assert "own features of mine:noise (noise): log loss " in told
    assert "left out, as that is not beyond noise" in told
    assert "tell the time" not in told  # that is another reason
    assert "tell the time" not in as_markdown(card(result))


def test_leads_are_scored_and_told_by_it(trained):
    _, path = trained

    rows = propensity.score(path, as_of=AS_OF).table.to_pylist()

    told = [
        reason["sentence"]
        for row in rows
        for reason in row["reasons_for"]
        if reason["concept"] == "Demo wish"
    ]
    assert any("1 wishes" in sentence for sentence in told)
    lead = propensity.explain(path, rows[0]["lead_id"], as_of=AS_OF)
    assert abs(lead.base + lead.fit + lead.interest - lead.log_odds) < 1e-9


def test_what_moved_a_lead_is_told_by_it(trained):
    _, path = trained
    lead = propensity.score(path, as_of=AS_OF).table["lead_id"][0].as_py()

    moved = propensity.moved(
        path, lead, since=datetime.date(2024, 6, 10), as_of=datetime.date(2024, 6, 20)
    )

    now = propensity.explain(path, lead, as_of=AS_OF)
    assert moved.after.log_odds == now.log_odds


def test_a_replay_of_the_training_gives_its_bits(trained):
    _, path = trained
    found = propensity.features(path)
    day = found.keys["as_of"].max()

    night = propensity.features(path, as_of=day)

    taught = found.X[found.keys["as_of"] == day].set_index(
        found.keys.loc[found.keys["as_of"] == day, "lead_id"]
    )["demos"]
    same = night.X.set_index(night.keys["lead_id"])["demos"].reindex(taught.index)
    assert same.tolist() == taught.tolist()


def test_code_that_looks_at_other_rows_is_refused_before_anything_is_learned(folder):
    peek = {"function": "mine:peek", "columns": {"demos": {"axis": "interest"}}}
    with pytest.raises(ConfigError, match="got others for 'demos' when the same rows"):
        propensity.train(write(folder, peek), register=False, accept_audit="a test")


def test_changed_code_scores_nobody(trained, tmp_path):
    _, path = trained
    place = tmp_path / "moved"
    shutil.copytree(path.parent, place)
    write(place, DEMOS, NOISE)
    mine = place / "mine.py"
    mine.write_text(mine.read_text().replace("demo, please", "/"), encoding="utf-8")

    with pytest.raises(ConfigError, match="not the code that the model was trained with"):
        propensity.score(place / "propensity.yaml", as_of=AS_OF)

    write(place)
    with pytest.raises(ConfigError, match="of mine:demos, which the configuration does not"):
        propensity.score(place / "propensity.yaml", as_of=AS_OF)


def test_a_served_model_runs_no_code(trained):
    result, path = trained
    raw = {name: pd.read_csv(path.parent / f"{name}.csv") for name in ("leads", "events")}

    with pytest.raises(DataError, match="expected a frame of features"):
        ServedModel(result.model).predict(raw, params={"as_of": AS_OF})
