"""Overridden and recycled leads, held against a count by hand."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.settings import InputSettings
from propensity.language import catalogue
from tests.features.inputs import opened
from training.monitor.exceptions import told
from training.monitor.looks import NEVER
from training.monitor.overridden import OverriddenLeads, judged_overrides
from training.monitor.recycled import judged_recycled, won_after

HORIZON, UNTIL = 30, 1000


def words(language):
    return catalogue("training.monitor", language, "exceptions").of_goal(None)


def test_overridden_leads_are_judged_when_their_time_is_over():
    is_hold = np.array([False, False, False, True, True])
    chance = np.array([0.5, 0.25, 0.9, 0.4, 0.2])
    won = np.array([True, False, True, False, True])
    is_mature = np.array([True, True, False, True, True])

    found = judged_overrides(is_hold, chance, won, is_mature)

    assert found == (
        OverriddenLeads("hand over", 3, 2, 1, 0.75),
        OverriddenLeads("hold", 2, 2, 1, pytest.approx(0.6)),
    )
    assert judged_overrides(*np.zeros((4, 0)).astype(bool)) == ()


def world(*, effect, leads=4000, seed=1, share=0.5):
    rng = np.random.default_rng(seed)
    is_listed = rng.random(leads) >= share
    due = rng.integers(0, UNTIL + 10, leads)
    wins = rng.random(leads) < np.where(is_listed, 0.05 + effect, 0.05)
    won_day = np.where(wins, due + rng.integers(0, 2 * HORIZON, leads), NEVER)
    return is_listed, due, won_day


def judged(is_listed, due, won_day):
    cluster = np.arange(len(due))
    return judged_recycled(
        is_listed, due, won_day, cluster, horizon=HORIZON, until=UNTIL, least_wins=40
    )


def test_recycled_leads_are_compared_with_those_left_alone():
    is_listed, due, won_day = world(effect=0.1)
    found = judged(is_listed, due, won_day)

    over = due + HORIZON <= UNTIL
    won = (won_day - due >= 0) & (won_day - due < HORIZON)
    assert found.arms.handed == (is_listed & over).sum()
    assert found.arms.handed_won == (is_listed & over & won).sum()
    assert found.arms.others_won == (~is_listed & over & won).sum()
    assert found.waiting == (~over).sum()
    assert found.arms.is_shown
    assert found.arms.difference.low < 0.05 < found.arms.difference.high
    assert found.carry_a_model
    few = judged(*(values[:300] for values in (is_listed, due, won_day)))
    assert not few.carry_a_model


def test_nothing_is_claimed_where_approaching_changes_nothing():
    shown = [judged(*world(effect=0.0, seed=seed)).arms.is_shown for seed in range(40)]

    assert sum(shown) <= 4


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_state_is_said(language):
    one = OverriddenLeads("hand over", 41, 30, 5, 3.0)
    young = OverriddenLeads("hold", 4, 0, 0, 0.0)
    none = told((), None, words(language))
    alone = judged(np.ones(200, dtype=bool), np.zeros(200, dtype=int), np.full(200, NEVER))
    answers = [
        told((one, young), None, words(language)),
        told((), judged(*world(effect=0.1)), words(language)),
        told((), judged(*world(effect=0.0)), words(language)),
        told((), judged(*(values[:40] for values in world(effect=0.0))), words(language)),
        told((), alone, words(language)),
    ]

    assert none.verdict == "unknown"
    assert [answer.verdict for answer in answers][:3] == ["fine", "fine", "fine"]
    assert len({answer.sentence for answer in answers}) == len(answers)
    if language == "en":
        assert answers[0].sentence.startswith(
            "Handed over by decision: 41 leads; 30 have had their time, and 5 of them closed,"
            " where the model had expected 3.00. Held by decision: 4 leads, none of which"
        )
        assert "approaching them brings" in answers[1].sentence
        assert "which chance may explain" in answers[2].sentence
        assert "nobody knows: no lead that was due was left alone" in answers[4].sentence


def test_a_win_counts_in_a_later_episode_and_once_it_is_known(tmp_path: Path):
    outcomes = (
        "lead_id,closed_at,won,reopened_at\n"
        "a,2024-02-01T09:00Z,0,2024-05-01T09:00Z\na,2024-06-01T09:00Z,1,\n"
        "b,2024-02-02T09:00Z,0,2024-05-01T09:00Z\nc,2024-02-03T09:00Z,1,\n"
    )
    for name, text in (
        ("outcomes", outcomes),
        (
            "leads",
            "lead_id,created_at,size\n" + "".join(f"{k},2024-01-01T09:00Z,1\n" for k in "abc"),
        ),
        ("events", "lead_id,occurred_at,event_type\na,2024-01-05T09:00Z,visit\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    tables = {name: {"path": str(tmp_path / f"{name}.csv")} for name in ("leads", "events")}
    tables["outcomes"] = {
        "path": str(tmp_path / "outcomes.csv"),
        "columns": {"reopened_at": "reopened_at"},
    }
    losses = pa.table(
        {
            "lead_id": ["b", "a", "x"],
            "episode": pa.array([1, 1, 1], pa.int32()),
        }
    )
    with opened(InputSettings.model_validate({**tables, "timezone": "UTC"})) as store:
        first = int(store.value("SELECT min(episode) FROM episodes"))
        losses = losses.set_column(1, "episode", pa.array([first] * 3, pa.int32()))
        day = (np.datetime64("2024-06-01") - np.datetime64("1970-01-01")).astype(int)
        won, cluster = won_after(store, losses, "won", until=int(day) + 1)
        assert won.tolist() == [NEVER, day, NEVER]
        assert cluster[2] == -1
        early, _ = won_after(store, losses, "won", until=int(day))
        assert early.tolist() == [NEVER] * 3
