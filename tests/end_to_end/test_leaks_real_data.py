"""The leakage firewall on real exports: the leaks their READMEs name, and what is left of the model
without them.
"""

import csv
import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.metrics import roc_auc_score

from features.intake import open_store
from propensity.config import config
from training.audit.decisions import propose
from training.audit.leaks.firewall import verdicts
from training.learn.learners import trees as learner
from training.learn.recipe import recipe
from training.learn.rows.history import history
from training.learn.rows.run import Run

pytestmark = pytest.mark.slow
CONFIGS = Path(__file__).parents[1] / "configs"
TODAY = dt.date(2026, 4, 1)
#: Verdicts against a column; one that nobody dated is not seen, and never fine.
SPOKEN = ("suspect", "leak")

#: Columns that the README of x_education says are written after the call, or whose emptiness is.
NOTED = {
    "Tags",
    "Lead Quality",
    "Lead Profile",
    "Last Notable Activity",
    "Last Activity",
    "TotalVisits",
    "Total Time Spent on Website",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
    "What is your current occupation",
    "What matters most to you in choosing a course",
    "Specialization",
    "City",
    "How did you hear about X Education",
}


def judged(settings):
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        return {
            found.name: found
            for found in verdicts(Run(settings, store), history(Run(settings, store)))
        }


def flat(folder, path, outcome, *, order, names, ignore=()):
    """The configuration of a flat table with every column offered, beside no decisions yet."""
    return config.parse(
        {
            "name": "offered",
            "input": {"flat": {"path": str(path), "columns": {"outcome": outcome}}},
            "columns": {
                "fit": [n for n in names if n != outcome and n not in ignore],
                "ignore": list(ignore),
            },
            "split": {"order": order},
        },
        base=folder,
    )


def x_education(folder, data, *, order):
    path = data / "x_education" / "Leads.csv"
    with path.open(encoding="utf-8") as file:
        names = [name for name in next(csv.reader(file)) if name]
    return flat(folder, path, "Converted", order=order, names=names, ignore=("Prospect ID",))


def three_tables(folder, data, name):
    raw = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    for table in ("leads", "events", "outcomes"):
        if table in raw["input"]:
            raw["input"][table]["path"] = str(data / name / raw["input"][table]["path"])
    return config.parse(raw, base=folder)


def test_x_education_with_every_column_offered(tmp_path, shared_data):
    found = judged(x_education(tmp_path, shared_data, order="random"))

    leaks = {name for name, verdict in found.items() if verdict.verdict == "leak"}
    assert {"Tags", "Lead Quality", "Lead Profile"} <= leaks
    assert len(leaks - NOTED) <= 2
    for name in (
        "City",
        "Specialization",
        "What is your current occupation",
        "How did you hear about X Education",
    ):
        assert found[name].hits[0].rule == "missingness"
        assert found[name].hits[0].verdict == "leak"
    assert found["Last Notable Activity"].verdict == "suspect"
    assert {name for name in found if name.startswith("Asymmetrique")} & leaks == set()


@pytest.mark.parametrize("order", ["random", "rows_newest_first"])
def test_the_audited_model_of_x_education_is_honest(tmp_path, shared_data, order):
    """AUC .98 with every column; what is left once training obeys what the audit proposed.

    Some of it is too much still: the last activities are states at the export and only suspect, the
    Asymmetrique columns are scores of later that no rule sees; without these five the AUC is .88
    and .84.
    """
    offered = x_education(tmp_path, shared_data, order=order)
    with open_store(offered.input, offered.columns, purpose="train", quarantine=None) as store:
        past = history(Run(offered, store))
        audited, _ = propose(offered, verdicts(Run(offered, store), past), at=TODAY)
        auc = {}
        for name, settings in (("offered", offered), ("audited", audited)):
            spec, seen = recipe.see(Run(settings, store), past.rows)
            older, test = seen.take(past.older.nonzero()[0]), seen.take(past.test.nonzero()[0])
            text = learner.train(older, spec, settings.learner, trees=200)
            auc[name] = roc_auc_score(test.label, learner.raw_scores(text, test.matrix))

    assert auc["offered"] > 0.95
    assert 0.82 <= auc["audited"] <= 0.92


def test_bank_marketing_finds_the_duration_of_the_call_and_the_calendar(tmp_path, shared_data):
    path = shared_data / "bank_marketing" / "bank_additional.parquet"

    found = judged(flat(tmp_path, path, "y", order="rows", names=pq.read_schema(path).names))

    assert found["duration"].verdict in SPOKEN
    assert "too good" in {hit.rule for hit in found["duration"].hits}
    clocks = {
        name for name, verdict in found.items() if "clock" in {hit.rule for hit in verdict.hits}
    }
    assert {"row_order", "euribor3m", "nr.employed"} <= clocks
    assert not {"age", "job", "education", "marital"} & {
        name for name, v in found.items() if v.verdict in SPOKEN
    }


def test_online_shoppers_finds_page_values(tmp_path, shared_data):
    path = shared_data / "online_shoppers" / "sessions.parquet"
    names = pq.read_schema(path).names

    found = judged(
        flat(tmp_path, path, "Revenue", order="random", names=names, ignore=("row_order",))
    )

    assert [name for name, verdict in found.items() if verdict.verdict in SPOKEN] == ["PageValues"]


def test_bpic2012_finds_the_seven_event_types_that_are_the_outcome(tmp_path, shared_data):
    found = judged(three_tables(tmp_path, shared_data, "bpic2012"))

    assert {name for name, verdict in found.items() if verdict.verdict == "leak"} == {
        "A_APPROVED",
        "A_REGISTERED",
        "A_ACTIVATED",
        "A_DECLINED",
        "A_CANCELLED",
        "O_ACCEPTED",
        "O_DECLINED",
    }


def test_maven_crm_finds_that_closing_fills_in_the_account(tmp_path, shared_data):
    found = judged(three_tables(tmp_path, shared_data, "maven_crm"))

    for name in ("account", "sector"):
        assert found[name].verdict == "leak"
        assert found[name].action == "drop"  # emptied together with other columns of the account
        assert "closed against open: missingness" in {hit.rule for hit in found[name].hits}
    assert {found[name].verdict for name in ("product", "series", "sales_price")} == {"not seen"}
    # few leads have one, and open ones a third as often
    assert found["subsidiary_of"].verdict == "leak"
