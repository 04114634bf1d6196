"""`propensity audit` and what training does with it: exit codes, files, decisions, and a red audit
that is accepted.
"""

import json
from functools import partial

import pandas as pd
import pytest
import yaml

from propensity.registry import Registry
from tests.training.learn.recipe.test_judgement import SETTINGS, write_company
from training.audit.command import audit
from training.cli import main

REASON = "a trial run, agreed with B. Ito"


@pytest.fixture
def run(tmp_path, monkeypatch, typed):
    """Run a command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    return partial(typed, main)


def company(folder, *, edit=None, **changes):
    """Half a year of 500 leads; ``edit`` is a table's name and what to do to it."""
    write_company(folder)
    if edit is not None:
        name, change = edit
        change(pd.read_csv(folder / f"{name}.csv")).to_csv(folder / f"{name}.csv", index=False)
    settings = {**SETTINGS, **changes}
    (folder / "config.yaml").write_text(
        yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8"
    )


def without_signal(folder):
    """Leads of which nothing is known but their age."""
    sources = {key: source for key, source in SETTINGS["input"].items() if key != "events"}
    bare = ("leads", lambda leads: leads[["lead_id", "created_at"]])
    company(folder, edit=bare, input=sources, columns={})


def test_an_amber_audit_ends_with_10_and_leaves_a_page_and_proposals(run, tmp_path):
    company(tmp_path)
    before = (tmp_path / "config.yaml").read_bytes()

    code, out, err = run("audit", "config.yaml", "--json", "found.json")

    assert code == 10, err
    assert out.startswith("Audit of the data: amber\n")
    assert "Wrote audit.html and found.json." in out
    assert "<svg" in (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["light"] == "amber"
    proposed = yaml.safe_load((tmp_path / "decisions.yaml").read_text(encoding="utf-8"))
    assert [(entry["column"], entry["action"], entry["by"]) for entry in proposed] == [
        ("visits so far", "keep", "audit")
    ]
    assert (tmp_path / "config.yaml").read_bytes() == before

    code, out, _ = run("audit", "config.yaml", "--verbose", "--html", "again.html")

    assert code == 10
    assert yaml.safe_load((tmp_path / "decisions.yaml").read_text(encoding="utf-8")) == proposed
    assert "Evidence: " in out
    assert (tmp_path / "again.html").exists()
    assert "L0" not in (tmp_path / "found.json").read_text(encoding="utf-8")  # no lead is named


def test_a_red_audit_ends_with_20_and_training_refuses_it_unless_somebody_says_why(run, tmp_path):
    without_signal(tmp_path)

    code, out, _ = run("audit", "config.yaml")
    assert code == 20
    assert "No skill: the model ranks no better than" in out

    code, out, err = run("train", "config.yaml")
    assert code == 20
    assert "The audit is red, so nothing was trained" in err
    assert "No skill: the model ranks no better than" in err
    assert "--accept-audit REASON" in err
    assert not (tmp_path / "propensity.db").exists()

    code, out, err = run("train", "config.yaml", "--accept-audit", REASON)
    assert code in (0, 10), err
    assert f"red, accepted: {REASON}" in out
    assert "red, accepted: a" in run("models", "config.yaml")[1]  # the rest is folded
    registry = Registry(f"sqlite:///{tmp_path / 'propensity.db'}", "three")
    assert registry.versions()[0].tags["propensity.audit_accepted"] == REASON
    model, _ = registry.load("challenger")
    assert model.facts["audit"]["accepted"] == REASON
    assert model.facts["audit"]["light"] == "red"
    assert "no skill" in [finding["name"] for finding in model.facts["audit"]["findings"]]


def test_a_reason_that_says_nothing_is_none(run, tmp_path):
    company(tmp_path)

    code, _, err = run("train", "config.yaml", "--accept-audit", " ")

    assert code == 1
    assert "expected a reason of 1 to 500 characters" in err


def test_a_history_that_training_refuses_is_audited_all_the_same(run, tmp_path):
    few = ("outcomes", lambda outcomes: outcomes.assign(won=(outcomes.index < 12).astype(int)))
    company(tmp_path, edit=few)

    code, out, err = run("audit", "config.yaml")

    assert code == 20, err
    assert "Training would refuse. The default older part holds" in out
    assert "too few to judge a model by (at least 40)" in " ".join(out.split())


def test_an_undecided_leak_is_red_where_nothing_may_be_proposed(tmp_path):
    from propensity.config.config import load

    def closed_reason(leads):
        outcomes = pd.read_csv(tmp_path / "outcomes.csv").set_index("lead_id")["won"]
        return leads.assign(size=leads["lead_id"].map(outcomes).map({1: 7.0, 0: 3.0}))

    company(tmp_path, edit=("leads", closed_reason))

    found = audit(load(tmp_path / "config.yaml"))

    assert next(column for column in found.columns if column.name == "size").verdict == "leak"
    assert found.light == "red"
    assert "undecided: leak" in [
        finding.name for finding in found.findings if finding.light == "red"
    ]
    assert not (tmp_path / "decisions.yaml").exists()


def test_progress_goes_from_nothing_to_the_whole(tmp_path):
    from propensity.config.config import load

    company(tmp_path)
    told = []

    audit(load(tmp_path / "config.yaml"), on_step=lambda what, share: told.append((what, share)))

    shares = [share for _, share in told]
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)
