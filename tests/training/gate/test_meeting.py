"""Who meets whom: recipes on the test part, models on leads newer than both; and what a run leaves
of it.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.build.build import build, prepare
from features.days import date_of
from features.errors import RefusedError
from features.intake import open_store
from propensity.config import config
from propensity.config.sections import GoalSettings
from propensity.model.model_parts import Calibration
from propensity.promotion.gate_verdict import GateVerdict
from propensity.registry import Registry
from propensity.registry.champion import Champion
from propensity.registry.entries import GATE, GATE_AGAINST, GATE_FAILED, MIGRATION
from tests.training.learn.recipe.test_judgement import SETTINGS, N, write_company
from training.gate.ask import ask
from training.gate.champion_recipe import is_same_recipe, known_until, score_of
from training.gate.command import compare
from training.gate.meeting import meet_models, meet_recipes
from training.gate.past_quarters import PastFits, past_meetings
from training.gate.tags import gate_tags
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics import metrics
from training.learn.recipe import recipe
from training.learn.rows.history import history
from training.learn.rows.known import recorded
from training.learn.rows.run import Run
from training.train.card import as_html, as_markdown, card
from training.train.command import train
from training.train.publish import _documents

HOSTILE = "<script>alert(1)</script>|[x](http://evil)\x1b[31m"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A company, its settings, and a first model of it; the store and its history stay open."""
    folder = tmp_path_factory.mktemp("meeting")
    write_company(folder)
    leads = folder / "leads.csv"
    lines = leads.read_text().splitlines()
    names = [HOSTILE if k % 2 else "quiet" for k in range(N)]
    rows = [",".join([line, f'"{name}"']) for line, name in zip(lines[1:], names, strict=True)]
    leads.write_text("\n".join([f"{lines[0]},team", *rows]) + "\n")
    raw = SETTINGS | {"audit": {"segments": ["team"]}}
    raw["columns"] = SETTINGS["columns"] | {"carry": ["team"]}
    settings = config.parse(raw, base=folder)
    trained = train(settings, accept_audit="a test")
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        yield settings, store, history(Run(settings, store)), trained


def with_columns(model, **columns):
    theirs = model.config.columns.model_copy(
        update={name: tuple(listed) for name, listed in columns.items()}
    )
    return replace(model, config=model.config.model_copy(update={"columns": theirs}))


def asked(world, champion):
    settings, store, past, trained = world
    return ask(
        Run(settings, store),
        past,
        trained.judgement.met,
        chosen=trained.judgement.choice.chosen,
        challenger=trained.model,
        champion=champion,
        light="green",
        accepted=False,
    )


def test_the_first_model_meets_chance_age_and_points(world):
    found = world[3].asked

    assert found.gated.against is None
    assert found.gated.mode == "baselines"
    assert set(found.gated.checks[0].figures) == {"base_rate", "lead_age", "points_table"}
    assert found.migration is None


def test_a_retrained_recipe_meets_the_one_kept_for_a_quarter(world):
    """The champion's labels reach to the end: what it was a quarter ago stands for it."""
    settings, store, past, trained = world
    chosen = trained.judgement.choice.chosen
    quarter = settings.backtest.model_copy(update={"every_days": 40})
    shorter = settings.model_copy(update={"backtest": quarter})

    met = meet_recipes(Run(shorter, store), past, trained.judgement.met, trained.model, chosen)

    newest = met.newest
    first = int(past.rows.time[past.test].min())
    np.testing.assert_array_equal(met.challenger[newest], trained.judgement.met.challenger)
    known = past.rows.take(past.rows.time + 20 <= first - 40)
    spec, seen = recipe.see(Run(shorter, store), known)
    fitted = recipe.fit(shorter, known, spec, seen, chosen=chosen)
    test = past.rows.take(past.test)
    prepare(store, spec, test.rows)
    kept = fitted.log_odds(build(store, test.rows, spec).matrix)
    np.testing.assert_array_equal(met.rivals["champion"][newest], kept)
    assert met.mode == "retrained and kept"
    assert met.same_recipe
    assert met.days == (first, int(test.time.max()) + 20)
    told = " ".join(met.notes)
    assert f"knows closes until {date_of(first - 40)}, 40 days before the first judged day" in told
    knew = int(past.rows.time[past.older].max()) + 20
    assert f"The challenger's recipe knows closes until {date_of(knew)}" in told


def test_past_quarters_stand_beside_the_newest_days(world):
    settings, store, past, trained = world
    quarter = settings.backtest.model_copy(update={"every_days": 40})
    shorter = settings.model_copy(update={"backtest": quarter})
    run, chosen = Run(shorter, store), trained.judgement.choice.chosen
    first = int(past.rows.time[past.test].min())
    fits = PastFits(run, past.rows, recorded(run, past.rows))

    found = past_meetings(fits, first, 40, (chosen, chosen), most=2)

    assert [one.first for one in found] == [first - 40, first - 80][: len(found)]
    for one in found:
        days = past.rows.time[one.at]
        assert one.first <= days.min() <= days.max() < one.first + 40
        assert (one.ours.until, one.theirs.until) == (one.first, one.first - 40)
        label = past.rows.label[one.at]
        losses = [metrics.log_loss(label, score) for score in (one.champion, one.challenger)]
        assert one.gain(past.rows) == pytest.approx(losses[0] - losses[1])
    assert found
    met = meet_recipes(run, past, trained.judgement.met, trained.model, chosen)
    assert len(met.rows) == int(past.test.sum()) + sum(len(one.at) for one in found)
    assert f"Beside them {len(found)} past quarter" in " ".join(met.notes)


def test_a_short_history_lets_one_recipe_meet_its_own_choices(world):
    settings, store, past, trained = world
    quarter = settings.backtest.model_copy(update={"every_days": 200})
    longer = settings.model_copy(update={"backtest": quarter})

    found = asked((longer, store, past, trained), Champion(trained.model, "three", "7"))

    assert found.gated.checks[0].passed  # no worse: the same scores
    assert found.gated.against == 7
    assert "too short to see what a model loses" in found.gated.notes[0]
    assert "look number 1" in found.gated.notes[-1]
    assert found.migration.instruction_changed == 0
    assert found.migration.change.version == 7


def test_another_seed_is_no_other_recipe(world):
    config = world[0]
    other = config.model_copy(update={"learner": config.learner.model_copy(update={"seed": 77})})
    deeper = config.model_copy(update={"learner": config.learner.model_copy(update={"depth": 2})})

    assert is_same_recipe(config, other)
    assert not is_same_recipe(config, deeper)


def test_the_champions_recipe_is_carried_out_with_its_own_columns_and_choices(world):
    settings, store, past, trained = world
    champion = with_columns(trained.model, fit=[])
    older, test = past.rows.take(past.older), past.rows.take(past.test)

    met = meet_recipes(
        Run(settings, store), past, trained.judgement.met, champion, trained.judgement.choice.chosen
    )

    columns = champion.config.columns.model_copy(update={"ignore": ("size",)})
    with open_store(settings.input, columns, purpose="train", quarantine=None) as other:
        spec, seen = recipe.see(Run(champion.config, other), older)
        fitted = recipe.fit(
            champion.config, older, spec, seen, chosen=RecipeChoices.stored_in(champion.facts)
        )
        prepare(other, spec, test.rows)
        expected = fitted.log_odds(build(other, test.rows, spec).matrix)
    assert "size" not in spec.names
    np.testing.assert_array_equal(met.rivals["champion"], expected)
    np.testing.assert_array_equal(met.challenger, trained.judgement.met.challenger)
    assert met.mode == "recipes"


def test_a_champion_whose_columns_are_gone_cannot_be_met_and_nobody_passes(world):
    gone = with_columns(world[3].model, fit=["a column of last year"])

    found = asked(world, Champion(gone, "three", "1"))

    assert not found.gated.passed
    assert [check.name for check in found.gated.checks] == ["meeting"]
    assert "a column of last year" in found.gated.checks[0].sentence


def test_an_old_champion_of_the_same_recipe_meets_it_on_what_came_later(world):
    """The challenger is fitted on all that was known before the first judged day, as the champion
    could have been on that day."""
    settings, store, past, trained = world
    facts = {
        **trained.model.facts,
        "period": {**trained.model.facts["period"], "observed_until": "2024-06-05"},
    }
    champion = replace(trained.model, facts=facts)
    chosen = trained.judgement.choice.chosen
    test = past.rows.take(past.test)

    met = meet_recipes(Run(settings, store), past, trained.judgement.met, champion, chosen)

    later = test.take(test.time >= known_until(champion))
    first = int(later.time.min())
    assert 0 < len(later) < len(test)
    assert met.same_recipe
    prepare(store, champion.spec, later.rows)
    expected = champion.concept_sums(build(store, later.rows, champion.spec).matrix).log_odds
    np.testing.assert_array_equal(met.rivals["champion"][met.newest], expected)
    known = past.rows.take(past.rows.time + 20 <= first)
    assert len(known) > int(past.older.sum())
    spec, seen = recipe.see(Run(settings, store), known)
    fitted = recipe.fit(settings, known, spec, seen, chosen=chosen)
    prepare(store, spec, later.rows)
    ours = fitted.log_odds(build(store, later.rows, spec).matrix)
    np.testing.assert_array_equal(met.challenger[met.newest], ours)
    assert len(met.segments[0].code) == len(met.challenger)
    before = first - known_until(champion)
    told = " ".join(met.notes)
    assert "The champion itself knows closes until 2024-06-05" in told
    assert before == 0 or f"{before} days before the first judged day" in told


@pytest.mark.parametrize(
    ("changed", "mode"),
    [({}, "champion and recipe"), ({"goal": GoalSettings(horizon_days=7)}, "recipes")],
)
def test_an_old_champion_of_another_recipe_comes_itself_if_it_judges_the_same_goal(
    world, changed, mode
):
    settings, store, past, trained = world
    model = with_columns(trained.model, fit=[])
    facts = {**model.facts, "period": {**model.facts["period"], "observed_until": "2024-01-01"}}
    champion = replace(model, facts=facts, config=model.config.model_copy(update=changed))
    test = past.rows.take(past.test)

    met = meet_recipes(
        Run(settings, store), past, trained.judgement.met, champion, trained.judgement.choice.chosen
    )

    itself = score_of(Run(settings, store), test, champion)
    assert met.mode == mode
    assert np.array_equal(met.rivals["champion"], itself) == (mode == "champion and recipe")


def test_two_models_meet_on_leads_later_than_both_and_not_before(world):
    settings, store, past, trained = world
    model = trained.model
    old, older = (
        replace(
            model, facts={**model.facts, "period": {**model.facts["period"], "observed_until": day}}
        )
        for day in ("2024-06-01", "2024-05-01")
    )

    met = meet_models(Run(settings, store), past, old, older)

    assert met.mode == "models"
    assert met.rows.as_of.min() >= known_until(old) > known_until(older)
    with pytest.raises(
        RefusedError,
        match=r"until 2024-07-19\. Of leads looked at later, 0 rows have come to an end",
    ):
        meet_models(Run(settings, store), past, model, old)
    with pytest.raises(RefusedError, match="rows of a flat table have no such day"):
        meet_models(Run(settings, store), past, replace(model, facts={}), old)


def test_a_champion_of_another_shape_of_input_cannot_be_met(world):
    flat = config.parse(
        {
            "name": "flat",
            "input": {"flat": {"path": "f.csv", "columns": {"outcome": "won"}}},
            "columns": {"fit": ["size"]},
            "split": {"order": "random"},
        },
        base=Path("/data"),
    )

    found = asked(world, Champion(replace(world[3].model, config=flat), "three", "1"))

    assert [check.name for check in found.gated.checks] == ["meeting"]


def test_compare_lets_registered_models_meet_and_writes_the_new_word(world, tmp_path):
    settings, _, _, trained = world
    uri = f"sqlite:///{tmp_path / 'registry.db'}"
    settings = settings.model_copy(
        update={"registry": settings.registry.model_copy(update={"uri": uri})}
    )
    registry = Registry(uri, "three")
    period = {**trained.model.facts["period"], "observed_until": "2024-05-01"}
    old = replace(trained.model, facts={**trained.model.facts, "period": period})
    never = GateVerdict(passed=False, against=9, failed=("meeting: long ago",)).tags()
    for model in (old, replace(old, calibration=Calibration(slope=-1.0)), trained.model):
        registry.register(
            model,
            run_name="test",
            params={},
            metrics={},
            tags={**never, "propensity.audit": "green"},
        )
    registry.promote(2)

    found = compare(settings, version=1)

    assert found.gated.mode == "models"
    assert found.gated.passed  # the champion ranks the wrong way round
    tags = registry.versions()[0].tags
    assert (tags[GATE], tags[GATE_AGAINST]) == ("passed", "2")
    assert GATE_FAILED not in tags
    with pytest.raises(RefusedError, match="Version 2 of three is the champion itself"):
        compare(settings, version=2)
    with pytest.raises(RefusedError, match="0 rows have come to an end"):
        compare(settings, version=3)


def test_what_a_run_leaves_is_aggregates_and_tells_no_lead(world):
    trained = replace(world[3], asked=asked(world, Champion(world[3].model, "three", "1")))

    files, tags = _documents(trained), gate_tags(trained.asked)

    assert sorted(files) == ["gate.json", "migration.json", "model-card.html", "model-card.md"]
    for name, content in files.items():
        assert not re.search(r"L\d{4}", content.decode()), name
    assert not re.search(r"L\d{4}", str(tags))
    assert json.loads(files["gate.json"])["against"] == 1
    assert json.loads(files["migration.json"])["leads"] > 0
    assert (tags[GATE], tags[GATE_AGAINST]) == ("passed", "1")
    assert json.loads(tags[MIGRATION])["version"] == 1
    assert all(len(text) < 5000 for text in tags.values())


def test_the_card_says_what_the_model_is_and_hostile_values_stay_text(world):
    trained = world[3]
    told = card(trained)

    page, text = as_html(told), as_markdown(told)

    for title in (
        "Purpose",
        "What it must not be used for",
        "Data",
        "What is learned",
        "Segments",
        "Limits",
    ):
        assert f"<h2>{title}</h2>" in page
        assert f"## {title}" in text
    auc = trained.judgement.recipe.figures["roc_auc"]
    assert f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})" in text
    assert "team = " in text
    assert "<script" not in page + text
    assert "\x1b" not in page + text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "http://" not in re.sub(r"\\://", "", text)
    assert "Content-Security-Policy" in page


def test_the_card_breaks_down_by_segment_as_counted_by_hand(world):
    met = world[3].judgement.met
    quiet = met.segments[0].levels.index("quiet")
    inside = met.segments[0].code == quiet

    line = next(
        line
        for line in as_markdown(card(world[3])).splitlines()
        if line.startswith("| team = quiet")
    )

    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1] == f"{np.unique(met.rows.cluster[inside]).size:,}"
    assert cells[4] == f"{met.rows.label[inside].mean():.1%}"
    assert cells[5] == f"{(1 / (1 + np.exp(-met.challenger[inside]))).mean():.1%}"
