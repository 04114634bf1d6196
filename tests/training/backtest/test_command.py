"""The backtest as a command: tables that fit the screen, JSON, a picture; and what it refuses."""

import io
import json

import pandas as pd
import pytest
import yaml
from rich.console import Console
from sklearn.metrics import roc_auc_score

from features.errors import RefusedError
from features.intake import open_store
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from tests.training.learn.recipe.test_recipe import frame
from tests.training.learn.rows.test_known import LEARNER, company
from tests.training.test_cli import command
from tests.training.train.test_command import flat
from training.backtest.command import backtest, judged
from training.backtest.picture import picture
from training.backtest.quarters_replayed import replay
from training.backtest.show import show
from training.learn.rows.history import history
from training.learn.rows.run import Run


def printed(found):
    console = Console(width=100, record=True, file=io.StringIO())
    for part in show(found):
        console.print(part)
    return console.export_text()


def blocks(folder, **changes):
    """A flat table in the order of its rows, whose visits tell less and less."""
    data = pd.concat([frame(300, seed=seed) for seed in range(4)], ignore_index=True)
    data["id"] = [f"L{i:05}" for i in range(len(data))]
    settings = flat(folder, data, **changes)
    small = {
        "learner": settings.learner.model_copy(update={"contestants": ("lightgbm",), "trials": 0}),
        "backtest": settings.backtest.model_copy(update={"blocks": 4}),
    }
    return settings.model_copy(update=small)


def test_every_quarter_stands_with_the_figures_of_its_own_model(tmp_path):
    settings = company(tmp_path)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        again = replay(Run(settings, store), past, quick=True, on_step=lambda *_: None)
    found = judged(again, quick=True, flat=False)

    assert [result.quarter for result in found.quarters] == [
        again.quarters[model.number].name for model in again.born
    ]
    for result, model in zip(found.quarters, again.born, strict=True):
        rows, scores = again.judged[model.number], model.scores[model.number]
        days = [
            day for day in set(rows.as_of.tolist()) if 0 < rows.label[rows.as_of == day].mean() < 1
        ]
        wins = [rows.label[rows.as_of == day].sum() for day in days]
        auc = [
            roc_auc_score(rows.label[rows.as_of == day], scores[rows.as_of == day]) for day in days
        ]
        expected = sum(a * w for a, w in zip(auc, wins, strict=True)) / sum(wins)
        assert result.figures["roc_auc"].value == pytest.approx(expected)
        assert result.closed == pytest.approx(rows.label.mean())
    assert found.ageing.ages


@pytest.fixture(scope="module")
def of_blocks(tmp_path_factory):
    return backtest(blocks(tmp_path_factory.mktemp("blocks")))


def test_blocks_of_rows_stand_for_quarters_and_all_fits_100_columns(of_blocks):
    found = of_blocks

    text = printed(found)

    assert found.flat
    assert [result.taught for result in found.quarters] == [300, 600, 900]
    assert found.left_out == {"1-300": "0 wins (20 are needed) to learn from by then"}
    assert max(map(len, text.splitlines())) <= 100
    assert "…" not in text
    assert "901-1,200" in text
    stored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert stored["quarters"][0]["lead_age_auc"] is None
    assert (
        stored["quarters"][0]["figures"]["roc_auc"]["low"]
        < stored["quarters"][0]["figures"]["roc_auc"]["value"]
    )


def test_the_picture_is_the_same_bytes_and_holds_text_and_no_script(of_blocks):
    drawn = picture(of_blocks)

    assert drawn == picture(of_blocks)
    assert "model of that day" in drawn
    assert "<script" not in drawn
    assert "AUC lost" in drawn


def test_rows_without_time_are_refused_with_words(tmp_path):
    with pytest.raises(RefusedError, match=r"split\.order is 'random': the rows have no time"):
        backtest(blocks(tmp_path, order="random"))


def test_the_command_writes_picture_and_json(tmp_path, capfd):
    write_company(tmp_path)
    settings = SETTINGS | {"learner": LEARNER, "backtest": {"every_days": 60}}
    (tmp_path / "three.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")

    code = command(
        "backtest", tmp_path / "three.yaml", "--quick", "--json", tmp_path / "found.json"
    )

    out, err = capfd.readouterr()
    assert code == 0, err
    assert "Choices were made once" in out
    assert "Without retraining" in out
    assert (tmp_path / "backtest.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["quick"] is True
