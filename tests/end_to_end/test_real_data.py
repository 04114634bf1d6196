"""Real leads from the raw files to scores, through the command line as a person would use it."""

import re
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.metrics import roc_auc_score

from features.intake import open_store
from propensity.config import config as configuration
from tests.training.plain_learner import PLAIN
from training.cli import main
from training.learn.recipe import recipe
from training.learn.recipe.judgement import judge
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.tournament.choose import TournamentChoice

pytestmark = pytest.mark.slow
CONFIGS = Path(__file__).parents[1] / "configs"


@pytest.fixture
def run(typed):
    """Run a command line: exit code, and what it printed on stdout and stderr."""
    return partial(typed, main)


def config(folder, name, data, **changes):
    """The configuration of a data set in a folder of the test, with the files' places filled in."""
    settings = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    for table in ("leads", "events", "outcomes", "flat"):
        if table in settings["input"]:
            settings["input"][table]["path"] = str(data / settings["input"][table]["path"])
    for section, value in changes.items():
        settings[section] = settings.get(section, {}) | value
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def auc(printed, model="this model"):
    """ROC AUC of a line of the table of figures."""
    return float(re.search(rf"^ {model} +([\d.]+) \(", printed, re.MULTILINE)[1])


def log_loss(printed, model="this model"):
    """Log loss of a line of the table of figures."""
    return float(
        re.search(rf"^ {model} +[\d.]+ \(\S+\) +[\d.]+ +([\d.]+)", printed, re.MULTILINE)[1]
    )


def score_of_test_part(run, folder, name, data):
    """AUC of the promoted model on the data set's own test file, by its outcome column."""
    assert (
        run("promote", "challenger", folder / f"{name}.yaml", "--override", "to see how it scores")[
            0
        ]
        == 0
    )
    settings = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    source = settings["input"]["flat"]
    source["path"] = source["path"].replace("_train", "_test")
    (folder / "new.yaml").write_text(
        yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    code, _, err = run(
        "score", folder / "new.yaml", "--decided", "--out", folder / "scored.parquet"
    )
    assert code in (0, 10), err
    scored = pq.read_table(folder / "scored.parquet").to_pandas().set_index("lead_id")
    truth = pd.read_csv(source["path"], dtype={"lead_id": str}).set_index("lead_id")[
        source["columns"]["outcome"]
    ]
    assert sorted(scored.index) == sorted(truth.index)  # rows in are rows out
    return roc_auc_score(truth, scored.loc[truth.index, "probability"])


def test_x_education_reaches_88_with_the_axes_apart(run, tmp_path, shared_data):
    """With one model; what the tournament adds is measured by ``python -m benchmarks.quality``."""
    path = config(tmp_path, "x_education", shared_data / "splits", learner=PLAIN)

    code, printed, err = run("train", path, "--accept-audit", "as the set is, to compare")

    assert code == 10, err  # the audit is amber, or was red
    assert auc(printed) > auc(printed, "plain logistic")
    assert "price of keeping the axes apart" in printed
    assert score_of_test_part(run, tmp_path, "x_education", shared_data) >= 0.88


def test_bpic2012_day_by_day_far_above_age_and_amount(run, tmp_path, shared_data):
    learner = PLAIN | {"max_trees": 60, "learning_rate": 0.2}
    path = config(tmp_path, "bpic2012", shared_data / "bpic2012", learner=learner)

    code, printed, err = run("train", path, "--accept-audit", "as the set is, to compare")

    assert code == 10, err  # the audit is amber, or was red
    assert auc(printed) >= 0.77
    assert auc(printed) >= auc(printed, "lead age alone") + 0.15
    assert auc(printed) >= amount_alone(shared_data / "bpic2012", 14) + 0.15
    assert "leads looked at every day, from 2011-10-02 to 2012-02-29: 124 days teach" in printed


@pytest.mark.parametrize(("horizon", "least"), [(7, 0.83), (30, 0.73)])
def test_bpic2012_is_as_far_above_them_over_a_week_and_over_a_month(
    tmp_path, shared_data, horizon, least
):
    path = config(
        tmp_path,
        "bpic2012",
        shared_data / "bpic2012",
        goal={"horizon_days": horizon},
        learner=PLAIN | {"max_trees": 200},
    )
    settings = configuration.load(path)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        older, test = past.rows.take(past.older), past.rows.take(past.test)
        spec, seen = recipe.see(Run(settings, store), older)
        chosen = recipe.plain(settings, older, spec, seen)
        fitted = recipe.fit(settings, older, spec, seen, chosen=chosen)
        judged = judge(
            Run(settings, store), fitted, older, test, choice=TournamentChoice(chosen, None)
        )

    reached = judged.recipe.figures["roc_auc"].value
    assert reached >= least
    assert reached >= judged.baselines["lead_age"].figures["roc_auc"].value + 0.15
    assert reached >= amount_alone(shared_data / "bpic2012", horizon) + 0.15


def amount_alone(folder, horizon):
    """ROC AUC of the amount on the newest 14 mature days, counted from the files alone."""
    days = pd.date_range("2012-03-14", periods=14 + horizon, freq="-1D", tz="Europe/Amsterdam")[
        horizon:
    ]
    leads = pd.read_parquet(folder / "leads.parquet").merge(
        pd.read_parquet(folder / "outcomes.parquet"), on="lead_id"
    )
    local = {
        name: leads[name].dt.tz_localize("UTC") if leads[name].dt.tz is None else leads[name]
        for name in ("created_at", "closed_at")
    }
    rates, wins = [], []
    for day in days:
        is_open = (local["created_at"] < day) & ~(local["closed_at"] < day)
        won = (leads["won"] == 1) & (local["closed_at"] < day + pd.Timedelta(days=horizon))
        auc_then = roc_auc_score(won[is_open], leads.loc[is_open, "amount_requested"])
        rates.append(max(auc_then, 1 - auc_then) * won[is_open].sum())
        wins.append(won[is_open].sum())
    return sum(rates) / sum(wins)


def test_bpic2012_refuses_45_days_with_the_sums(run, tmp_path, shared_data):
    path = config(tmp_path, "bpic2012", shared_data / "bpic2012", goal={"horizon_days": 45})

    code, printed, err = run("train", path, "--accept-audit", "as the set is, to compare")

    assert code == 20
    assert printed == ""
    numbers = [int(number) for number in re.findall(r"^ +(-?\d+) days", err, re.MULTILINE)]
    assert numbers == [165, -45, -14, -45, 61]
    assert sum(numbers[:-1]) == numbers[-1] < 90
    assert "at most 37 days" in err


def test_maven_crm_shows_that_its_skill_is_knowing_leads_again(run, tmp_path, shared_data):
    """Won against lost holds no signal; what there is comes from age and from columns empty for
    open leads.
    """
    learner = PLAIN | {"max_trees": 150, "learning_rate": 0.2}
    path = config(tmp_path, "maven_crm", shared_data / "maven_crm", learner=learner)

    code, printed, err = run("train", path, "--accept-audit", "as the set is, to compare")

    assert code == 10, err  # the audit is amber, or was red
    assert "quarantined: 500 rows: no created_at" in printed
    seen, new = (
        float(re.search(rf"^AUC on {who}: ([\d.]+)", printed, re.MULTILINE)[1])
        for who in ("leads seen in training", "new leads")
    )
    assert new < seen - 0.15
    assert "much of this skill is knowing leads again" in printed
    assert new < auc(printed, "lead age alone")
    assert log_loss(printed) < log_loss(printed, "lead age alone")


def test_bank_marketing_is_served_by_a_line_because_the_world_changed(run, tmp_path, shared_data):
    path = config(tmp_path, "bank_marketing", shared_data / "splits")

    code, printed, err = run("train", path, "--accept-audit", "as the set is, to compare")

    assert code == 10, err
    assert "served: linear, axes apart" in printed
    against = re.search(r"^AUC above plain logistic: .*$", printed, re.MULTILINE)
    assert against
    assert "this model is worse" not in against[0]
    assert score_of_test_part(run, tmp_path, "bank_marketing", shared_data) > 0.65
