"""The file to be filled in: a row per proposal of any kind, which `propensity decide` reads as it
is.
"""

from datetime import date
from types import SimpleNamespace

import pytest
import yaml

from propensity.config import config
from propensity.config.decisions import Decision, Decisions
from propensity.definition.load import parse_definition
from tests.training.decide.test_command import DEFINITION
from tests.training.learn.recipe.test_judgement import SETTINGS
from tests.training.review.made_up import HOSTILE
from training.decide.form_row import read
from training.review.findings.proposals import Proposal
from training.review.sections import form
from training.review.words import words_of

RULE = {"rate": 0.3, "handed": 0.2, "kind": "qualifier", "held": 3.2, "judged": 40.0}
PROPOSALS = (
    Proposal("line", "", 0.35, {"per_week": 12.0}),
    Proposal("owner", "keen", "sales", {"keen": 0.3, "nurture": 0.2}),
    Proposal("leave", "", 0.3, {"returns": 0.04, "returns_now": 0.2}),
    Proposal("promise", "all", 12.0, {"low": 12.0, "high": 30.0}),
    Proposal("cut", "fit best", 0.9, {"now": 0.7}),
    Proposal("cut", "interest worst", -0.4, {"now": -0.7}),
    Proposal("order", "B2", None, {"worse": "C2"}),
    Proposal(
        "rule",
        "big enough",
        None,
        {"rate": 0.3, "handed": 0.2, "kind": "qualifier", "held": 3.2, "judged": 40.0},
    ),
    Proposal("keep out", "visits so far", "drop", {"what": "column"}),
    Proposal("keep out", "mail", "delay", {"what": "event type"}),
    Proposal("direction", "size", "up", {"points": 0.01, "concept": "size"}),
    Proposal("direction", "visit", "up", {"points": 0.01, "concept": "visit"}),
    Proposal("drop", "size", "drop", {"points": 0.0001}),
    Proposal("rename", "visit"),
)


@pytest.fixture
def material(tmp_path):
    settings = SETTINGS | {"input": SETTINGS["input"]}
    delay = Decision(
        event_type="mail",
        action="delay",
        days=3,
        because="suspect",
        by="audit",
        at=date(2025, 3, 1),
    )
    made = config.parse(settings, base=tmp_path)
    return SimpleNamespace(
        config=made.model_copy(update={"decisions": Decisions(entries=(delay,))}),
        definition=parse_definition(yaml.safe_load(DEFINITION)),
        reviewed=SimpleNamespace(version=SimpleNamespace(number=7)),
        goal="won",
    )


def written(material, proposals, language, folder, monkeypatch):
    monkeypatch.setattr(form, "proposals", lambda _: proposals)
    path = folder / form.FILE
    path.write_text(form.form(material, words_of("form", language)), encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_proposal_is_a_row_that_can_be_read_and_decides_nothing(
    material, language, tmp_path, monkeypatch
):
    path = written(material, PROPOSALS, language, tmp_path, monkeypatch)

    filled = read(path)

    assert (filled.model, filled.version) == ("three", 7)
    assert [row.decision for row in filled.proposals] == [None] * len(PROPOSALS)
    assert [
        (row.do, row.column or row.event_type or row.between or row.name, row.to)
        for row in filled.proposals
    ] == [
        ("line", None, 0.35),
        ("owner", "keen", "sales"),
        ("leave", None, 0.3),
        ("promise", "all", 12.0),
        ("cut", "A|B", 0.9),
        ("cut", "3|4", -0.4),
        ("cut", "B|C", None),
        ("rule", "big enough", None),
        ("drop", "visits so far", None),
        ("delay", "mail", 3.0),
        ("monotone", "size", "up"),
        ("monotone", "visit", "up"),
        ("drop", "size", None),
        ("label", "visit", None),
    ]
    text = path.read_text(encoding="utf-8")
    for comment in ("採用した場合" if language == "ja" else "What it does", "size >= 5"):
        assert comment in text


def test_filled_in_the_rows_are_whole(material, tmp_path, monkeypatch):
    path = written(material, PROPOSALS[:4], "en", tmp_path, monkeypatch)
    text = path.read_text(encoding="utf-8")
    for key, value in (
        ("decision:", "decision: keep"),
        ("who:", "who: S. Abe"),
        ("because:", "because: agreed"),
    ):
        text = text.replace(f"    {key}\n", f"    {value}\n")
    path.write_text(text, encoding="utf-8")

    assert [(row.decision, row.who, row.value) for row in read(path).proposals] == [
        ("keep", "S. Abe", 0.35),
        ("keep", "S. Abe", "sales"),
        ("keep", "S. Abe", 0.3),
        ("keep", "S. Abe", 12.0),
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_own_proposals_need_only_their_sign_taken_away(material, language, tmp_path, monkeypatch):
    path = written(material, (), language, tmp_path, monkeypatch)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("#  - {", "  - {"), encoding="utf-8")

    found = read(path).proposals

    assert [row.do for row in found] == [
        "drop",
        "monotone",
        "delay",
        "label",
        "cut",
        "line",
        "leave",
        "owner",
        "promise",
        "rule",
    ]


@pytest.mark.parametrize("name", [name for name in HOSTILE if "\ud800" not in name])
def test_hostile_names_come_back_as_they_were(material, name, tmp_path, monkeypatch):
    path = written(
        material,
        (
            Proposal("drop", name, "drop", {"points": 0.0}),
            Proposal(
                "rule",
                name,
                None,
                {"rate": 0.3, "handed": 0.2, "kind": "qualifier", "held": 3.2, "judged": 40.0},
            ),
        ),
        "en",
        tmp_path,
        monkeypatch,
    )

    column, rule = read(path).proposals

    assert (column.column, rule.name) == (name, name)
    assert all(
        len(line) < 500
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.lstrip()[:1] == "#"
    )


def test_what_people_filled_in_goes_into_the_next_pack(material, tmp_path, monkeypatch):
    path = written(material, PROPOSALS, "en", tmp_path, monkeypatch)
    assert form.filled_before(tmp_path) == {}
    assert form.filled_before(tmp_path / "absent") == {}
    filled = (
        path.read_text(encoding="utf-8")
        .replace("    decision:\n", "    decision: reject\n", 1)
        .encode()
    )

    path.write_bytes(filled)
    (tmp_path / "decisions-2024-01-01.yaml").write_bytes(b"older")
    kept = form.filled_before(tmp_path)

    assert sorted(kept.values()) == sorted([b"older", filled])
    assert form.FILE not in kept
    path.write_bytes(b"{half written")
    assert b"{half written" in form.filled_before(tmp_path).values()
