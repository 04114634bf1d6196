"""As if it were today: what a model of the past is taught is what a person could have known
then.
"""

import numpy as np
import pandas as pd
import pytest

from features.build.build import build, prepare
from features.errors import RefusedError
from features.intake import open_store
from propensity.config import config
from tests.training.learn.recipe.test_judgement import DAY, SETTINGS, write_company
from training.backtest.command import backtest
from training.backtest.quarters_replayed import replay
from training.learn.recipe import recipe
from training.learn.rows.history import history
from training.learn.rows.known import NEVER, known_at, recorded
from training.learn.rows.run import Run

LEARNER = {"max_trees": 15, "depth": 3, "trials": 0, "contestants": ["lightgbm"]}
#: The newest as-of is 29 June; 40 days before it, on 20 May, the quarter begins, and the newest
#: as-of of files of that day lies 20 days earlier, 60 days or 6 rounds before the newest: on that
#: day too every lead is looked at on the days on which it is today.
QUARTER = 41


def company(folder, *, observed_until="2024-07-19", delay=3, **backtest_):
    """The small company, whose outcomes are recorded some days late, as its files were at
    ``observed_until``.
    """
    end = pd.Timestamp(observed_until, tz="UTC")
    write_company(folder)
    leads, events, outcomes = (
        pd.read_csv(folder / f"{name}.csv") for name in ("leads", "events", "outcomes")
    )
    outcomes["recorded_at"] = pd.to_datetime(outcomes["closed_at"]) + pd.Timedelta(days=delay)
    leads = leads[pd.to_datetime(leads["created_at"]) < end]
    events = events[pd.to_datetime(events["occurred_at"]) < end]
    outcomes = outcomes[
        (outcomes["recorded_at"] < end) & outcomes["lead_id"].isin(leads["lead_id"])
    ]
    for name, table in (("leads", leads), ("events", events), ("outcomes", outcomes)):
        table.to_csv(folder / f"{name}.csv", index=False)
    told = {"path": "outcomes.csv", "columns": {"recorded_at": "recorded_at"}}
    inputs = SETTINGS["input"] | {"observed_until": observed_until, "outcomes": told}
    changes = {
        "input": inputs,
        "learner": LEARNER,
        "backtest": {"every_days": QUARTER, **backtest_},
    }
    return config.parse(SETTINGS | changes, base=folder)


def opened(settings):
    return open_store(settings.input, settings.columns, purpose="train", quarantine=None)


def test_a_win_counts_once_it_is_mature_and_recorded(tmp_path):
    settings = company(tmp_path, delay=15)
    with opened(settings) as store:
        rows = history(Run(settings, store)).rows
        won = recorded(Run(settings, store), rows)
        leads = (
            store.query("SELECT lead, lead_id FROM leads").to_pandas().set_index("lead")["lead_id"]
        )
    outcomes = pd.read_csv(tmp_path / "outcomes.csv").set_index("lead_id")
    day = (
        pd.to_datetime(outcomes["recorded_at"]).dt.floor("D") - pd.Timestamp(0, tz="UTC")
    ).dt.days
    by_hand = np.where(
        rows.label == 1, day.reindex(leads.loc[rows.lead]).fillna(-1).to_numpy(), NEVER
    )
    moment = (DAY - pd.Timestamp(0, tz="UTC")).days + 120

    at, taught = known_at(rows, won, moment, horizon_days=20)

    assert np.array_equal(won, by_hand)
    assert np.array_equal(at, np.flatnonzero(rows.time <= moment - 20))
    assert np.array_equal(taught.label == 1, (rows.label[at] == 1) & (by_hand[at] < moment))
    assert taught.label.sum() < rows.label[at].sum()  # some were recorded later


def test_the_model_of_a_quarter_is_the_one_that_the_files_of_that_day_give(tmp_path):
    (tmp_path / "today").mkdir()
    (tmp_path / "then").mkdir()
    today, then = (
        company(tmp_path / "today"),
        company(tmp_path / "then", observed_until="2024-05-20"),
    )

    with opened(today) as store:
        past = history(Run(today, store))
        found = replay(Run(today, store), past, quick=False, on_step=lambda *_: None)
        newest = past.rows.take(found.quarters[-1].of(past.rows))
        born = found.born[-1]
        with opened(then) as store_then:
            known = history(Run(then, store_then)).rows
            spec, seen = recipe.see(Run(then, store_then), known)
            chosen = recipe.choose(then, known, spec, seen).chosen
            fitted = recipe.fit(then, known, spec, seen, chosen=chosen)
        prepare(store, spec, newest.rows)
        scores = fitted.log_odds(build(store, newest.rows, spec).matrix)

    assert found.quarters[-1].name == "2024-05-20"
    assert (born.rows, born.wins) == (len(known), known.wins)
    assert born.chosen == chosen
    assert np.array_equal(born.scores[born.number], scores)


def test_quarters_with_too_few_wins_are_listed_with_the_reason(tmp_path):
    found = backtest(company(tmp_path, every_days=30, least_wins=40), quick=True)

    assert found.quarters
    assert not set(found.left_out) & {result.quarter for result in found.quarters}
    assert any(why.endswith("(40 are needed) to judge on") for why in found.left_out.values())
    assert any(
        why.endswith("(40 are needed) to learn from by then") for why in found.left_out.values()
    )


def test_nothing_to_judge_is_refused_with_every_reason(tmp_path):
    with pytest.raises(
        RefusedError, match=r"No past quarter can be judged\.\n  2024-\d\d-\d\d: \d+ wins"
    ):
        backtest(company(tmp_path, every_days=20, least_wins=1000))


def test_choices_made_once_are_those_of_the_first_quarter(tmp_path):
    settings = company(tmp_path)
    with opened(settings) as store:
        past = history(Run(settings, store))
        once = replay(Run(settings, store), past, quick=True, on_step=lambda *_: None)
        first, won = once.born[0].number, recorded(Run(settings, store), past.rows)
        _, known = known_at(past.rows, won, once.quarters[first].start, horizon_days=20)
        chosen = recipe.choose(settings, known, *recipe.see(Run(settings, store), known)).chosen

    assert len(once.born) > 1
    assert all(model.chosen == chosen for model in once.born)
