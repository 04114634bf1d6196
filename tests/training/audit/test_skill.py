"""Skill is only what is left above chance, lead age and points, on leads the model has not seen."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from features.intake import open_store
from propensity.config import config as configuration
from tests.training.audit.ledgers import found, signal_config
from training.audit.skill import Skill, _verdict, compared, measure, skill
from training.audit.trial import coarser, sample_leads, trial
from training.learn.metrics.bootstrap_auc import Ranking
from training.learn.metrics.evaluate import evaluate
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.resamples import Resamples
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

CONFIGS = Path(__file__).parents[2] / "configs"
MAVEN_LEAKS = [
    "account",
    "sector",
    "year_established",
    "revenue",
    "employees",
    "office_location",
    "subsidiary_of",
]


def judged(config, *, shuffle=None):
    """The findings; with ``shuffle`` the outcomes are dealt out anew."""
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        if shuffle is not None:
            dealt = np.random.default_rng(shuffle).permutation(past.rows.label)
            past = replace(past, rows=replace(past.rows, label=dealt))
        return skill(Run(config, store), past)


def test_a_column_that_tells_something_is_skill(tmp_path):
    says = judged(signal_config(tmp_path, signal=1.5))

    assert [finding.light for finding in says] in (["green"], ["amber"])
    assert says[0].evidence["above"]["base_rate"]["low"] > 0.1


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_none_and_that_is_the_headline(tmp_path, seed):
    says = judged(signal_config(tmp_path, signal=0.0, seed=seed))

    assert found(says, "no skill").light == "red"
    assert found(says, "no skill").sentence.startswith("No skill: the model ranks no better than")
    assert found(says, "not warranted").light == "red"


ABOVE, ALIKE, BELOW, OPEN = (
    Estimate(0.1, 0.05, 0.15),
    Estimate(0.01, -0.02, 0.04),
    Estimate(-0.1, -0.2, -0.05),
    Estimate(0.1, -0.1, 0.3),
)
UNKNOWN = Estimate(0.1, np.nan, np.nan)


@pytest.mark.parametrize(
    ("chance", "age", "points", "light", "says"),
    [
        (ABOVE, ABOVE, ABOVE, "green", "above chance, lead age alone, the points table"),
        (ABOVE, ABOVE, ALIKE, "amber", "ranks no better than the points table"),
        (ABOVE, ABOVE, BELOW, "amber", "ranks no better than the points table"),
        (ABOVE, ABOVE, OPEN, "amber", "has not been shown yet to rank better than the points"),
        (ABOVE, ALIKE, ABOVE, "red", "ranks no better than lead age alone"),
        (ALIKE, ALIKE, ALIKE, "red", "ranks no better than chance or lead age alone"),
        (BELOW, ABOVE, ABOVE, "red", "ranks no better than chance"),
        (ALIKE, OPEN, ABOVE, "red", "ranks no better than chance, on"),
        (ABOVE, OPEN, ABOVE, "amber", "may rank better than lead age alone, or no better"),
        # too few wins for an interval
        (UNKNOWN, ABOVE, ABOVE, "amber", "may rank better than chance, or no better"),
    ],
)
def test_no_gain_over_age_or_chance_is_red_and_one_not_shown_yet_is_amber(
    chance, age, points, light, says
):
    measured = Skill(
        Estimate(0.7, 0.65, 0.75),
        {"base_rate": chance, "lead_age": age, "points_table": points},
        900,
        90,
        useful=0.05,
        closes=400,
    )

    verdict = _verdict(measured)

    assert (verdict.light, verdict.area) == (light, "skill")
    assert says in verdict.sentence


def test_the_closes_that_would_tell_narrow_the_interval_to_the_gain():
    """Half the interval is .2, the gain .1: four times the closes halve it twice over."""
    measured = Skill(Estimate(0.7, 0.6, 0.8), {"base_rate": OPEN}, 900, 90, useful=0.05, closes=400)

    assert measured.more_closes(["base_rate"]) == 1200
    assert "about 1,200 more closes would tell" in _verdict(measured).advice


@pytest.mark.parametrize("wins", [40, 80, 150])
def test_a_real_gain_of_few_winners_is_not_called_none(wins):
    """AUC .70 against .60 of age, many companies: none only by chance."""
    random = np.random.default_rng(0)
    label = (np.arange(600) < wins).astype(np.int8)
    rows = Holdout(label, np.zeros(600, np.int32), np.arange(600), np.ones(600))
    answers = []
    for _ in range(12):
        scores = {
            name: random.normal(size=600) + label * np.sqrt(2) * norm.ppf(auc)
            for name, auc in (("recipe", 0.7), ("base_rate", 0.5), ("lead_age", 0.6))
        }
        found = compared(scores, rows, useful=0.05, closes=wins)
        answers.append(found.answer("lead_age"))

    assert answers.count("none") <= 1


def test_where_nothing_predicts_the_room_reads_so_in_its_language(tmp_path):
    config = signal_config(tmp_path, signal=0.0).model_copy(update={"language": "ja"})

    assert found(judged(config), "not warranted").sentence == (
        "スコアリングはまだ必要ありません。予測に使える傾向が見つかりません。"
    )


def test_each_judged_lead_taught_its_model_nothing_and_came_later(tmp_path, shared_data):
    config = real("maven_crm", shared_data)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        tried = trial(Run(config, store), past)

    rows = tried.rows
    for block in tried.blocks:
        assert not np.isin(rows.cluster[block.earlier], rows.cluster[block.later]).any()
        assert rows.time[block.earlier].max() < rows.time[block.later].min()
    for cut in {block.cut for block in tried.blocks}:
        later = np.concatenate([block.later for block in tried.blocks if block.cut == cut])
        assert len(np.unique(later)) == len(later)


def test_more_rows_than_an_audit_has_time_for_are_sampled_and_the_skill_stays(tmp_path):
    config = signal_config(tmp_path, signal=1.0)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        tried = trial(Run(config, store), past, most_rows=800)
        whole = trial(Run(config, store), past)

    assert len(tried.rows) == 800
    assert tried.rows.weight.sum() == pytest.approx(len(whole.rows), rel=0.1)
    few, all_ = (measure(each, useful=0.05).roc_auc.value for each in (tried, whole))
    assert few == pytest.approx(all_, abs=0.05)


def test_the_trials_learner_takes_half_the_trees_at_twice_the_rate():
    config = configuration.parse(
        {
            "name": "x",
            "input": {"flat": {"path": "f.csv", "columns": {"outcome": "won"}}},
            "split": {"order": "rows"},
            "learner": {"learning_rate": 0.7, "max_trees": 101},
        },
        base=Path(),
    )

    assert (coarser(config.learner).learning_rate, coarser(config.learner).max_trees) == (1.0, 50)


def test_the_stored_figures_are_json(tmp_path):
    says = judged(signal_config(tmp_path, signal=1.0))

    for finding in says:
        assert json.loads(json.dumps(dict(finding.evidence), allow_nan=False)) == finding.evidence


def real(name, shared_data, columns=None):
    """The configuration of a real data set."""
    settings = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    folder = shared_data / ("splits" if name == "x_education" else name)
    for table in ("leads", "outcomes", "flat"):
        if table in settings["input"]:
            settings["input"][table]["path"] = str(folder / settings["input"][table]["path"])
    settings["columns"] = columns or settings["columns"]
    return configuration.parse(settings, base=CONFIGS)


@pytest.mark.slow
def test_maven_crm_without_its_leaks_is_no_more_than_lead_age(shared_data):
    ignored = [*MAVEN_LEAKS, "sales_agent", "manager", "regional_office"]
    columns = {"fit": ["product", "series", "sales_price"], "ignore": ignored}

    says = found(judged(real("maven_crm", shared_data, columns)), "no skill")

    assert says.light == "red"
    assert "ranks no better than lead age alone" in says.sentence
    assert says.evidence["above"]["lead_age"]["value"] < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_x_education_with_shuffled_labels_has_none(shared_data, seed):
    assert found(judged(real("x_education", shared_data), shuffle=seed), "no skill").light == "red"


@pytest.mark.slow
def test_x_education_as_it_is_has(shared_data):
    says = found(judged(real("x_education", shared_data)), "skill")

    assert says.light == "green"
    assert says.evidence["roc_auc"]["value"] == pytest.approx(0.875, abs=0.01)


@st.composite
def holdouts(draw):
    """Rows of a few days, with ties, and weights among them zeros."""
    n = draw(st.integers(1, 40))
    whole = st.integers(0, 3)
    columns = [np.array(draw(st.lists(whole, min_size=n, max_size=n))) for _ in range(5)]
    label, as_of, cluster, weight, score = columns
    return score.astype(float), Holdout(
        (label > 1).astype(np.int8),
        as_of.astype(np.int32),
        cluster.astype(np.int64),
        weight.astype(float),
    )


@given(holdouts())
def test_the_quick_auc_is_that_of_the_evaluation(drawn):
    score, holdout = drawn

    quick = Ranking(score, holdout).auc(holdout.weight)

    slow = (
        evaluate("x", score, holdout, figures=["roc_auc"], n_bootstrap=0).figures["roc_auc"].value
    )
    assert quick == pytest.approx(slow, nan_ok=True)


def test_a_resample_draws_leads_with_all_their_rows():
    random = np.random.default_rng(0)
    cluster = np.repeat(np.arange(50), 3)
    label = (random.random(150) < 0.3).astype(np.int8)
    holdout = Holdout(label, np.zeros(150, np.int32), cluster, np.full(150, 2.0))

    drawn = list(Resamples(holdout.cluster, 200, 1).weights(holdout.weight))

    for weight in drawn:
        by_lead = weight.reshape(50, 3)
        assert (by_lead == by_lead[:, :1]).all()
        assert weight.sum() == pytest.approx(300)
    score = random.normal(size=150) + label
    again = np.repeat(np.arange(150), (drawn[0] / 2).astype(int))
    assert Ranking(score, holdout).auc(drawn[0]) == pytest.approx(
        roc_auc_score(label[again], score[again])
    )


def test_of_too_many_wins_leads_are_drawn_and_the_weights_still_count_all():
    rows = LabelledRows(
        rows=pa.table({"lead": np.arange(3000, dtype=np.int32)}),
        label=(np.arange(3000) % 2).astype(np.int8),
        weight=np.ones(3000),
        time=np.arange(3000),
        cluster=np.arange(3000) // 3,
    )

    few = sample_leads(rows, 300, seed=0)

    assert len(few) <= 300
    assert few.label.sum() == pytest.approx(100, abs=10)
    assert few.weight.sum() == pytest.approx(3000, rel=0.1)
    assert few.close_rate == pytest.approx(0.5, abs=0.05)
