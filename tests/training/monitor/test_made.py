"""Is the number made or found: a company's nights against a recount of stored scores by pandas."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.resources import UNLIMITED
from tests.training.monitor.conftest import FIRST, LOOK, NIGHTS
from training.monitor import made
from training.monitor.made_figures import made_figures, passed, whole_weeks
from training.monitor.triggers import first_hand_overs, triggers
from training.monitor.watched import watched

HORIZON = 30


@pytest.fixture(scope="module")
def seen(company):
    with watched(company, as_of=LOOK, resources=UNLIMITED) as found:
        yield found


@pytest.fixture(scope="module")
def scored(company):
    """All scored rows of all nights."""
    paths = sorted(Path(company.nightly.folder).glob("*/scored.parquet"))
    assert len(paths) == NIGHTS
    return pd.concat(pd.read_parquet(path).assign(week=n) for n, path in enumerate(paths))


@pytest.fixture(scope="module")
def won(company):
    """Lead to the local day on which it was won."""
    outcomes = pd.read_csv(Path(company.nightly.folder).parent / "outcomes.csv")
    closed = pd.to_datetime(outcomes.closed_at, format="ISO8601", utc=True)
    day = closed.dt.tz_convert("Asia/Tokyo").dt.tz_localize(None).dt.normalize()
    is_won = outcomes.won == "won"
    return day[is_won].set_axis(outcomes.lead_id[is_won])


def test_who_passed_and_closed_is_what_the_stored_scores_say(seen, scored, won):
    first = scored[scored.is_mql].groupby("lead_id").week.min()
    asked = scored[scored.decided_by == "hand-raiser"].groupby("lead_id").week.min()
    asked = asked.reindex(first.index).fillna(99)
    new = first[(first > 0) & (asked > first)]
    found = passed(seen, whole_weeks(seen))
    assert len(found.open_leads) == NIGHTS
    assert found.weekly.tolist() == new.value_counts().reindex(range(NIGHTS), fill_value=0).tolist()
    assert found.open_leads.tolist() == scored.groupby("week").size().tolist()
    start = pd.to_datetime(FIRST) + pd.to_timedelta(7 * new, "D")
    days = (won.reindex(new.index) - start).dt.days
    closed = int(((days >= 0) & (days < HORIZON)).sum())
    assert found.closing() == (len(new), closed)


def test_the_slice_is_held_against_the_chances_it_was_served_with(seen, scored, won):
    tonight = pd.to_datetime(scored.handed_over_on) == pd.to_datetime(scored.as_of)
    drawn = scored[(scored.decided_by == "random slice") & tonight]
    first = drawn.sort_values("week").drop_duplicates("lead_id").set_index("lead_id")
    days = (won.reindex(first.index) - pd.to_datetime(first.handed_over_on)).dt.days
    found = made_figures(seen).below
    assert found.leads == len(first) > 5
    assert found.check.expected == pytest.approx(first.probability.sum())
    assert found.check.observed == ((days >= 0) & (days < HORIZON)).sum()


def test_hand_overs_rest_on_what_leads_did_last(seen, company):
    handed = first_hand_overs(seen.facts, seen.since)
    events = pd.read_csv(Path(company.nightly.folder).parent / "events.csv")
    at = pd.to_datetime(events.occurred_at, format="ISO8601", utc=True)
    own = events.assign(local=at.dt.tz_convert("Asia/Tokyo").dt.tz_localize(None))
    own = own[own.event_type != "called"]  # the only type of sales
    rested = []
    for fact in handed:
        asked = pd.Timestamp(fact.requested_on or fact.as_of) + pd.Timedelta(days=1)
        before = min(asked, pd.Timestamp(fact.as_of))
        done = own[(own.lead_id == fact.lead_id) & (own.local < before)]
        newest = done[done.local == done.local.max()].event_type
        rested.append(newest.max() if len(newest) else None)
    counted = pd.Series(rested).value_counts()
    found = triggers(seen, whole_weeks(seen))
    named = counted[counted >= 20]
    assert len(named) > 1
    assert dict(zip(found.actions, found.weekly.sum(axis=1), strict=True)) == {
        **named.to_dict(),
        "": len(handed) - named.sum(),
    }
    week = np.array([(fact.as_of - FIRST).days // 7 for fact in handed])
    assert found.weekly.sum(axis=0).tolist() == np.bincount(week, minlength=NIGHTS).tolist()


def test_a_young_pair_is_told_to_be_too_young(seen):
    answer = made.answer(seen)
    assert (answer.key, answer.verdict) == ("made", "too early")
    assert "twelve whole weeks" in answer.sentence
    assert [figures.key for figures in answer.figures] == ["passing", "slice"]


def test_japanese_says_the_same(company):
    with watched(
        company.model_copy(update={"language": "ja"}), as_of=LOOK, resources=UNLIMITED
    ) as found:
        answer = made.answer(found)
    assert "12週間" in answer.sentence
    assert answer.figures[0].title == "MQLラインの通過と受注（4週ごと）"
