"""A figure of a training run is the same in the terminal, on the model card, in the gate and in
`models`.
"""

import io
import json
import re
from collections import defaultdict

import pytest
from rich.console import Console

from propensity.promotion.show import versions
from propensity.registry import Registry
from tests.training.train.test_command import company
from training.gate.show import show as show_gate
from training.train.command import train
from training.train.publish import publish
from training.train.show import show

pytestmark = pytest.mark.slow

#: What the terminal calls a way to choose, and what the card calls it.
WAYS = {
    "this model": "this recipe",
    "base rate": "base rate",
    "lead age alone": "lead age alone",
    "plain logistic": "plain logistic regression",
    "points table": "points table",
}
_NUMBER = r"([-+]?\d[\d,]*(?:\.\d+)?(?:\s?%)?)"


def printed(parts):
    out = io.StringIO()
    console = Console(file=out, width=300, highlight=False)
    for part in parts:
        console.print(part)
    return out.getvalue()


def number(text):
    """A figure as it is written, and half of its last digit."""
    bare = text.replace(",", "").replace(" ", "")
    scale = 0.01 if bare.endswith("%") else 1.0
    bare = bare.rstrip("%")
    digits = len(bare.partition(".")[2])
    return scale * float(bare), scale * 0.5 * 10.0**-digits


def all_alike(written):
    """Whether figures that are rounded differently can be one and the same."""
    read = [number(text) for text in written]
    return max(v - half for v, half in read) <= min(v + half for v, half in read) + 1e-12


class Told:
    """Figures by name, as each place writes them."""

    def __init__(self, trained, registry):
        self.found = defaultdict(dict)
        version = publish(trained, registry)
        out = io.StringIO()
        show(trained, Console(file=out, width=300, highlight=False))
        self.terminal(out.getvalue())
        self.says("gate, printed", printed(show_gate(trained.asked)))
        with registry.fetched(version, "") as (folder, _, _):
            self.card((folder / "model-card.md").read_text(encoding="utf-8").replace("\\", ""))
            self.gate(json.loads((folder / "gate.json").read_text(encoding="utf-8")))
        self.listed(printed(versions("told", registry.versions())))

    def add(self, figure, place, value):
        self.found[figure][place] = value

    def says(self, place, text):
        """What is told in sentences."""
        for figure, sentence in {
            "looks": rf"{_NUMBER} (?:looks at|rows, from whose outcomes)",
            "slope": rf"(?:calibration: slope|, slope) {_NUMBER}",
            "leads that won": rf"{_NUMBER} of [\d,]+ (?:leads|accounts)(?: \(accounts\))? won",
            "price of the axes": rf"(?:axes apart, in AUC:|interest apart costs) {_NUMBER}",
            "level promised": rf"\({_NUMBER} promised",
            "p of the test over leads": rf"test over leads: p = {_NUMBER}",
        }.items():
            for value in re.findall(sentence, text)[:1]:
                self.add(figure, place, value)

    def terminal(self, text):
        self.says("terminal", text)
        for way in WAYS:
            row = re.search(rf"^ *{way} +(.*)$", text, re.MULTILINE)
            auc, low, high, precision, loss, _, top = re.findall(_NUMBER, row[1].replace("-", " "))
            for figure, value in {
                "ROC AUC": auc,
                "its low end": low,
                "its high end": high,
                "average precision": precision,
                "log loss": loss,
                "wins in top 20 %": top,
            }.items():
                self.add(f"{way}: {figure}", "terminal", value)

    def card(self, text):
        self.says("card", text)
        for way, name in WAYS.items():
            cells = re.search(rf"^\| {name} \| (.*) \|$", text, re.MULTILINE)[1].split(" | ")
            auc, low, high = re.findall(_NUMBER, cells[0])
            self.add(f"{way}: ROC AUC", "card", auc)
            self.add(f"{way}: its low end", "card", low)
            self.add(f"{way}: its high end", "card", high)
            for figure, cell in zip(
                ("average precision", "log loss", "wins in top 20 %"), cells[1:4], strict=True
            ):
                self.add(f"{way}: {figure}", "card", re.findall(_NUMBER, cell)[0])
            if way == "this model":
                self.add("slope", "card", re.findall(_NUMBER, cells[4])[0])

    def gate(self, document):
        self.add("looks", "gate", str(document["rows"]))
        figures = {check["name"]: check.get("figures", {}) for check in document["checks"]}
        for rival, way in (("lead_age", "lead age alone"), ("points_table", "points table")):
            captured = figures["captured wins"][rival]
            self.add(f"{way}: wins in top 20 %", "gate", f"{captured['rival']:.6f}")
            self.add("this model: wins in top 20 %", "gate", f"{captured['challenger']:.6f}")

    def listed(self, text):
        for key, figure in {
            "roc_auc": "this model: ROC AUC",
            "average_precision": "this model: average precision",
            "log_loss": "this model: log loss",
            "captured_in_top_20": "this model: wins in top 20 %",
            "calibration_slope": "slope",
        }.items():
            self.add(figure, "models", re.search(rf"\b{key} {_NUMBER}", text)[1])


def test_a_figure_of_a_training_run_is_the_same_wherever_it_is_told(tmp_path):
    told = Told(train(company(tmp_path)), Registry(f"sqlite:///{tmp_path / 'registry.db'}", "told"))
    different = {name: at for name, at in told.found.items() if not all_alike(at.values())}
    assert different == {}
    assert [name for name, at in told.found.items() if len(at) < 2] == []
    assert len(told.found) == 36
