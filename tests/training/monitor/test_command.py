"""The command: exit code, page and JSON; the registry holds aggregates, once."""

import json
import re

import pytest
from mlflow import MlflowClient

from features.errors import RefusedError
from tests.training.monitor.conftest import FIRST, LOOK
from training.cli import main
from training.monitor.command import monitor


@pytest.fixture
def config_path(company):
    return re.sub(r"nights$", "config.yaml", company.nightly.folder)


def runs(company):
    client = MlflowClient(tracking_uri=company.registry.uri)
    place = client.get_experiment_by_name(company.model_name)
    found = client.search_runs([place.experiment_id])
    return [run for run in found if run.info.run_name.startswith(f"monitor {LOOK}")]


def test_a_look_prints_writes_and_ends_with_10(typed, config_path, company, tmp_path):
    page, told = tmp_path / "page.html", tmp_path / "look.json"

    code, out, _ = typed(
        main, "monitor", config_path, "--as-of", LOOK, "--html", page, "--json", told
    )

    look, html = json.loads(told.read_text()), page.read_text(encoding="utf-8")
    assert code == 10
    assert look["result"] == "look"
    questions = [answer["question"] for answer in look["answers"]]
    assert questions[:5] == ["promised", "kept", "made", "moved", "retrain"]
    assert not [line for line in out.splitlines() if len(line) > 100 and "Wrote" not in line]
    assert "fair &lt;b&gt;" in html
    assert page.stat().st_mode & 0o777 == company.output.mode == 0o600
    assert not re.search(r"<tbody>\s*</tbody>", html)
    assert "<b>" not in html
    assert "<script" not in html
    assert not re.search(r"(src|href)=|https?://", html)
    assert html.count("<polyline") >= 2
    _nobody_is_named(company, out + html + told.read_text())
    _registry_holds_aggregates_once(company)


def _nobody_is_named(company, text):
    assert not re.search(r"\bL\d{5}\b", text)
    assert "株式会社" not in text


def _registry_holds_aggregates_once(company):
    (first,) = runs(company)
    assert {"promised.closed", "kept.mqls"} <= set(first.data.metrics)
    assert first.data.tags["propensity.answer.kept"] == "look"

    monitor(company, as_of=LOOK)

    assert [run.info.run_id for run in runs(company)] == [first.info.run_id]


def test_the_page_is_japanese_where_the_configuration_is(company):
    from training.monitor.page import page

    look = monitor(company.model_copy(update={"language": "ja"}), as_of=LOOK, log=False)
    html = page(look, language="ja")

    assert '<html lang="ja">' in html
    assert "予測どおりに受注していますか。" in html
    own = [each for each in look.answers if each.key in ("promised", "kept", "retrain")]
    told = [text for each in own for text in (each.sentence, *(t.title for t in each.figures))]
    assert len(told) > 10
    assert not [text for text in told if re.search(r"\b(leads|weeks|promised|closed)\b", text)]


def test_before_the_first_night_there_is_nothing_to_watch(company):
    with pytest.raises(RefusedError, match="No night was run up to"):
        monitor(company, as_of=FIRST.replace(day=1), log=False)
