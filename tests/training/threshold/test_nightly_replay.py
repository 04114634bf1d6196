"""A replay of a small company, beside the scorer, the rules' oracle and queries of its files."""

import datetime as dt
import io
import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

from features.errors import ConfigError, RefusedError
from features.intake import open_store
from propensity.config.config import parse
from propensity.definition.load import parse_definition
from propensity.definition.schema import Policy
from propensity.scoring.scorer import Telling, score, telling_of
from tests.training.plain_learner import PLAIN
from tests.training.test_cli import QUICKSTART, command
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.held_out_model import recipe_model
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.simulate.command import Company, simulate, write
from training.threshold.activity import swing, weekly_activity
from training.threshold.crossings import crossings
from training.threshold.figures import figures
from training.threshold.flapping import stays
from training.threshold.frame import Frame, frame_of, rules_of, steps
from training.threshold.nightly_replay import replay
from training.threshold.promise import PromiseOutcome, check_promise, outlook
from training.threshold.quarter_levels import NO_QUARTERS
from training.threshold.show import show
from training.threshold.study import past_levels, study, study_of_replay

COMPANY = Company(n_leads=1500, seed=5, rounds=11, mess=False)
LINE = 0.12
RULE = "did 'page_view' detail '/pricing*' at least 3 times in 30 days"
DEFINITION = {
    "review_by": "2025-07-01",
    "roles": {"marketing": "Marketing", "sales": "Sales"},
    "must_sign": ["marketing", "sales"],
    "disqualifiers": [
        {"name": "left the list", "rule": "did 'unsubscribed'", "because": "They said so."}
    ],
    "qualifiers": [
        {"name": "not a student", "rule": "not 'job title' = 'Student'", "because": "No budget."}
    ],
    "always_hand_over": [
        {"name": "a demo", "rule": "did 'demo_request' in 30 days", "because": "They asked."}
    ],
    "required_info": [{"column": "employees", "because": "The team depends on it."}],
    "mql": {
        "enter": LINE,
        "leave": 0.05,
        "rule": RULE,
        "policy": {"capacity_per_week": 12},
        "because": "A test.",
        "random_slice": {"share": 0.05, "because": "To learn."},
        "hold_out": {"share": 0.1, "because": "To see what a call changes."},
    },
    "promises": [
        {"segment": "Tokyo", "rule": "region = '東京都'", "because": "Home."},
        {"segment": "all", "because": "Everybody else."},
    ],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the company's files and a configuration."""
    folder = tmp_path_factory.mktemp("company")
    write(simulate(COMPANY), folder / "data")
    settings = yaml.safe_load(QUICKSTART.read_text(encoding="utf-8"))
    settings["learner"] = PLAIN | {"max_trees": 30, "learning_rate": 0.2, "depth": 3}
    settings["features"] = {"windows": [30]}
    settings.pop("definition", None)
    settings["input"]["observed_until"] = COMPANY.observed_until
    (folder / "propensity.yaml").write_text(
        yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8"
    )
    return folder


def config_of(place, **changes):
    settings = yaml.safe_load((place / "propensity.yaml").read_text(encoding="utf-8"))
    settings["input"] |= changes
    return parse(settings, base=place)


@pytest.fixture(scope="module")
def replayed(place):
    """Configuration, store, recipe model and replay."""
    config = config_of(place)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        model = recipe_model(
            Run(config, store), past, chosen=RecipeChoices.plain(config.learner, trees=30)
        )
        definition = parse_definition(DEFINITION)
        rules = rules_of(store, model, definition, None)
        frame = frame_of(Run(config, store), past)
        yield (
            config,
            store,
            model,
            past,
            replay(store, model, config.population, frame, rules=rules, stage="opportunity"),
        )


def test_the_replay_begins_where_training_labels_end(replayed):
    _, store, _, past, rows = replayed

    assert rows.frame.first_day == past.plan.older[-1] + 28
    assert rows.frame.as_of_days[0] == past.plan.older[-1]
    assert rows.frame.as_of_days[-1] == store.observed_day
    assert rows.frame.every_days == 1


def test_every_night_says_what_the_scorer_says(replayed):
    _, store, model, _, rows = replayed

    for place in (0, 40, len(rows.frame.as_of_days) - 1):
        day = rows.frame.as_of_days[place]
        scored = pa.concat_tables(list(score(model, store, day, telling=Telling("m", "1"))))
        chances = np.sort(scored["probability"].to_numpy())
        kept_rows = np.sort(rows.chance[rows.at == place])
        assert rows.open_leads[place] == scored.num_rows
        np.testing.assert_array_equal(kept_rows[-50:], chances[-50:])
        assert rows.open_leads[-1] == (rows.at == len(rows.frame.as_of_days) - 1).sum()


def test_a_list_renamed_as_a_whole_is_muted_as_the_scorer_mutes_it(place, replayed, tmp_path):
    config, _, model, _, rows = replayed
    leads = pd.read_csv(place / "data" / "leads.csv", dtype=str)
    leads.assign(**{"region": "new " + leads["region"]}).to_csv(tmp_path / "leads.csv", index=False)
    table = config.input.leads.model_copy(update={"path": str(tmp_path / "leads.csv")})
    renamed = config.input.model_copy(update={"leads": table})
    frame = replace(rows.frame, as_of_days=rows.frame.as_of_days[-3:], run_in=0)
    with open_store(
        renamed,
        config.columns,
        kinds=model.spec.column_kinds,
        purpose="score",
        quarantine=None,
    ) as store:
        day = frame.as_of_days[-1]
        found = replay(store, model, config.population, frame)
        telling = telling_of(model, store, Telling("m", "1"), day)
        scored = pa.concat_tables(list(score(model, store, day, telling=telling)))

    assert telling.muted == {"region": ("other",)}
    night = np.sort(found.chance[found.at == 2])
    np.testing.assert_array_equal(night, np.sort(scored["probability"].to_numpy()))


def test_wins_and_first_crossings_are_those_of_the_files(place, replayed):
    """Counted again with pandas from the exported tables and the replay's chances alone."""
    _, store, _, _, rows = replayed
    chance = rows.eligible_chance
    found = figures(rows, chance, crossings(rows, chance, np.array([LINE])))
    outcomes = pd.read_csv(place / "data" / "outcomes.csv")
    won = outcomes[outcomes["won"].astype(str).isin(["True", "true", "1"])]
    day = (pd.to_datetime(won["closed_at"]).dt.normalize() - pd.Timestamp("1970-01-01")).dt.days
    first, last = rows.frame.first_day, rows.frame.as_of_days[-1]

    assert found.wins == int(((day >= first) & (day <= last)).sum())
    frame = pd.DataFrame(
        {
            "episode": rows.episode,
            "at": rows.at - rows.frame.run_in,
            "day": rows.day,
            "chance": chance,
            "raised": rows.raised,
        }
    )
    up = frame[(frame["chance"] >= LINE) | frame["raised"]].groupby("episode").first()
    new = up[(up["at"] > 0) & ~up["raised"]]
    goal = rows.fates.goal_day[new.index.to_numpy()].astype(np.int64)
    judged = new["day"].to_numpy() + 28 <= store.observed_day
    within = (goal >= new["day"]) & (goal < new["day"] + 28)
    assert (found.judged[0], found.won[0]) == (judged.sum(), (judged & within).sum())
    assert found.weekly[0].sum() == (new["day"] > last - 7 * found.weekly.shape[1]).sum()


def test_rules_keep_back_whom_the_events_say(place, replayed):
    _, store, model, _, rows = replayed
    newest = pa.concat_tables(
        list(score(model, store, rows.frame.as_of_days[-1], telling=Telling("m", "1")))
    )
    events = pq.read_table(place / "data" / "events.parquet").to_pandas()
    left = set(events.loc[events["event_type"] == "unsubscribed", "lead_id"])
    last = rows.at == len(rows.frame.as_of_days) - 1

    assert (rows.obstacle[last] == 0).sum() == len(left & set(newest["lead_id"].to_pylist())) > 0
    assert (np.bincount(rows.obstacle[rows.obstacle >= 0], minlength=3) > 0).all()
    assert rows.raised.any()
    assert not (rows.raised & (rows.obstacle == 0)).any()
    assert set(np.unique(rows.segment)) == {0, 1}


def studied_by(replayed, changes):
    """The study of the replay with another line in the definition."""
    _, store, _, past, rows = replayed
    definition = parse_definition(DEFINITION | {"mql": DEFINITION["mql"] | changes})
    return study_of_replay(
        rows,
        weekly_activity(store),
        definition.mql.policy,
        definition=definition,
        goal="won",
        stage="opportunity",
        least=past.reference.close_rate / 2,
        trees=30,
        levels=NO_QUARTERS,
    )


def test_a_study_chooses_a_line_under_the_capacity_and_looks_closer_at_it(replayed):
    found = studied_by(replayed, {})

    assert found.choice.is_met
    per_week = found.lines.figures.per_week[found.choice.line]
    assert 0 < per_week + found.hand_raisers.crossed / found.weeks <= 12
    assert found.lines.figures.lines[found.signed] == LINE
    assert [removal.name for removal in found.focus.removals] == [
        "left the list",
        "employees",
        "not a student",
    ]
    assert found.focus.leave <= found.lines.figures.lines[found.focus.place]
    assert [group.name for group in found.focus.detail.segments] == ["Tokyo", "all"]
    assert sum(group.crossed for group in found.focus.detail.segments) == sum(
        group.crossed for group in found.focus.detail.areas
    )
    assert found.focus.random_slice.share == 0.05
    held, place = found.focus.hold_out, found.focus.place
    figures = found.lines.figures
    assert held.per_week == pytest.approx(0.1 * figures.per_week[place])
    expected = held.per_week * figures.won[place] / figures.judged[place]
    assert held.wins == pytest.approx(expected)


def test_a_rule_as_the_line_stands_beside_the_chance_at_the_same_volume(replayed):
    found = studied_by(replayed, {"by": "rules"})

    by_rule, like = found.rule.figures.per_week[0], found.lines.figures.per_week[found.rule_like]
    assert by_rule > 0
    assert like == pytest.approx(by_rule, rel=0.3)
    assert found.focus.leave is None


@pytest.mark.parametrize("by", ["model", "rules"])
@pytest.mark.parametrize(
    ("language", "words"), [("en", "leads newly become MQLs"), ("ja", "件が新たにMQLになります")]
)
def test_a_page_of_80_columns_says_it_in_words_and_cuts_nothing(replayed, language, words, by):
    console = Console(width=80, file=io.StringIO(), markup=False, highlight=False)
    for part in show(studied_by(replayed, {"by": by}), language=language):
        console.print(part)

    printed = console.file.getvalue()
    assert words in printed.replace("\n", "")
    assert "nan" not in printed
    assert "{" not in printed
    assert "…" not in printed


def test_a_time_in_which_nobody_was_open_is_refused(replayed):
    config, store, model, _, _ = replayed
    long_ago = Frame((100, 101, 102), 102, 28, 1)

    with pytest.raises(RefusedError, match="No lead was open from 1970-04-11 to 1970-04-13"):
        replay(store, model, config.population, long_ago)


def test_a_flat_table_has_no_time_to_cross_a_line(tmp_path):
    (tmp_path / "flat.csv").write_text("id,won,size\n1,1,2\n", encoding="utf-8")
    flat = {
        "name": "flat",
        "input": {"flat": {"path": "flat.csv", "columns": {"lead_id": "id", "outcome": "won"}}},
        "columns": {"fit": ["size"]},
        "split": {"order": "random"},
    }

    with pytest.raises(ConfigError, match="no time in which a lead could cross a line"):
        study(parse(flat, base=tmp_path))


@pytest.mark.parametrize(
    ("rows", "days", "step"), [(10_000, 90, 1), (100_000, 90, 7), (1_000_000, 90, 7)]
)
def test_a_large_company_is_replayed_week_by_week(rows, days, step):
    assert steps(rows, 0, days) == step


def test_the_command_prints_at_most_100_columns_and_stores_no_lead(place, capfd):
    code = command(
        "threshold", place / "propensity.yaml", "--capacity", "12", "--json", place / "lines.json"
    )

    printed, stored = capfd.readouterr().out, (place / "lines.json").read_text(encoding="utf-8")
    assert code == 0
    assert "There is no definition yet" in printed
    assert max(map(len, printed.splitlines())) <= 100
    assert json.loads(stored)["choice"]["is_met"]
    assert "L0" not in stored


@pytest.mark.slow
def test_a_year_scored_nightly_stays_in_the_forecast_and_nobody_flaps(tmp_path):
    """Known for 18 rounds; the shipped model then scores 364 nights by the two lines that were
    proposed.
    """
    company = Company(n_leads=3500, seed=11, rounds=32, mess=False, seasonality=1.0)
    write(simulate(company), tmp_path / "data")
    settings = yaml.safe_load(QUICKSTART.read_text(encoding="utf-8"))
    settings["input"]["observed_until"] = company.observed_until - dt.timedelta(days=14 * 28)
    settings["learner"] = PLAIN | {"max_trees": 60, "learning_rate": 0.2}
    settings["features"] = {"windows": [30]}
    settings.pop("definition", None)
    config = parse(settings, base=tmp_path)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        model = recipe_model(Run(config, store), past)
        known = store.observed_day
        seen = replay(store, model, config.population, frame_of(Run(config, store), past))
        before = study_of_replay(
            seen,
            weekly_activity(store),
            Policy(capacity_per_week=20),
            definition=None,
            goal="won",
            stage=None,
            least=0.02,
            trees=60,
            levels=past_levels(Run(config, store), past, model),
        )
        enter, leave = before.lines.figures.lines[before.focus.place], before.focus.leave
        change = swing(weekly_activity(store), 12, 52)
        shipped, _ = ship(Run(config, store), past, chosen=RecipeChoices.stored_in(model.facts))
        store.observed_day = known + 13 * 28 + 28
        year = replay(
            store,
            shipped,
            config.population,
            Frame(tuple(range(known - 28, known + 364 + 1)), store.observed_day, 28, 1, 28),
        )
    line = np.array([enter])
    came = figures(year, year.chance, crossings(year, year.chance, line))
    past_line = figures(seen, seen.chance, crossings(seen, seen.chance, line))

    promise = outlook(past_line, change, weeks=52).promise(past_line, 0)
    happened = PromiseOutcome(52, int(came.weekly[0].sum()), int(came.judged[0]), int(came.won[0]))
    assert check_promise(promise, happened).is_kept, (promise, happened)

    single = outlook(past_line, change, weeks=1).per_week[0]
    assert np.mean((came.weekly[0] >= single[1]) & (came.weekly[0] <= single[2])) >= 0.9

    # a pooled count of rows would promise more than comes
    assert came.row_precision[0] > 1.05 * came.precision[0]
    promised = promise.precision.expected
    assert abs(came.precision[0] - promised) < abs(came.row_precision[0] - promised)

    nights = pd.DataFrame({"episode": year.episode, "at": year.at, "chance": year.chance})
    entered = stays(year, year.chance, enter, leave).entered
    for _, rows in nights.iloc[entered].groupby("episode"):
        for first, second in itertools.pairwise(rows["at"]):
            between = nights[
                (nights["episode"] == rows["episode"].iloc[0])
                & nights["at"].between(first, second - 1)
            ]
            # else the lead was not open, or far below every line
            scored = len(between) == second - first
            assert not scored or (between["chance"] < leave).any()
