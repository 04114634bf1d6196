"""Served chances beside closes, against a plain join of the stored files and the outcomes."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.days import day_number
from features.errors import ConfigError
from features.resources import UNLIMITED
from propensity.ledger.ledger import LedgerFact, Night
from tests.training.monitor.conftest import FIRST, LOOK
from training.monitor import promised
from training.monitor.command import monitor
from training.monitor.first_crossings import newly_entered
from training.monitor.watched import watched

HORIZON = 30
ZONE = "Asia/Tokyo"


@pytest.fixture(scope="module")
def answered(company):
    with watched(company, as_of=LOOK, resources=UNLIMITED) as seen:
        yield promised.answer(seen)


def table(answer, key):
    figures = next(each for each in answer.figures if each.key == key)
    names = [column.key for column in figures.columns]
    return pd.DataFrame([dict(zip(names, row, strict=True)) for row in figures.rows])


def joined(company):
    """Every look: the stored scores of each night beside the first win of the raw outcomes."""
    folder = Path(company.nightly.folder)
    rows = pd.concat(pd.read_parquet(path) for path in sorted(folder.glob("*/scored.parquet")))
    raw = pd.read_csv(folder.parent / "outcomes.csv")
    won = raw[raw.won == "won"]
    day = pd.to_datetime(won.closed_at, format="ISO8601", utc=True).dt.tz_convert(ZONE).dt.date
    closed = rows.lead_id.map(dict(zip(won.lead_id, day, strict=True)))
    nights = pd.to_datetime(rows.as_of)
    after = (pd.to_datetime(closed) - nights).dt.days
    rows["won"] = (after >= 0) & (after < HORIZON) & (pd.to_datetime(closed) < pd.Timestamp(LOOK))
    rows["mature"] = nights + pd.Timedelta(days=HORIZON) <= pd.Timestamp(LOOK)
    leads = rows.groupby("as_of").lead_id.transform("size")
    rows["tenth"] = np.ceil(10 * rows["rank"] / leads).astype(int).astype(str)
    return rows


def counted_once(rows):
    """The first look at each lead, and each next one after a horizon, by a plain loop."""
    kept = []
    for _, of_lead in rows.sort_values("as_of").groupby(["lead_id", "episode"]):
        last = None
        for index, as_of in zip(of_lead["look"], of_lead.as_of, strict=True):
            if last is None or (as_of - last).days >= HORIZON:
                kept.append(index)
                last = as_of
    return rows[rows["look"].isin(kept)]


def test_each_weeks_list_equals_a_plain_join(company, answered):
    rows = joined(company)
    by_week = table(answered, "by_week").set_index("night")

    expected = rows.groupby("as_of").agg(
        looks=("lead_id", "size"), expected=("probability", "sum"), closed=("won", "sum")
    )
    mature = rows[rows.mature].as_of.unique()
    assert list(by_week.index) == list(expected.index)
    assert len(mature) == 10
    assert expected.closed.sum() > 50
    np.testing.assert_allclose(by_week.expected, expected.expected, rtol=1e-12)
    assert by_week.looks.tolist() == expected.looks.tolist()
    assert by_week.closed.tolist() == expected.closed.tolist()


@pytest.mark.parametrize("group", ["tenth", "grade"])
def test_groups_equal_a_plain_join_in_which_each_close_counts_once(company, answered, group):
    rows = joined(company)
    rows["look"] = range(len(rows))
    once = counted_once(rows)
    once = once[once.mature]
    expected = once.groupby(group).agg(
        looks=("lead_id", "size"), expected=("probability", "sum"), closed=("won", "sum")
    )
    found = table(answered, f"by_{group}").set_index(group)

    assert len(found) >= 5
    assert set(expected.index[expected.looks >= 60]) <= set(found.index)
    expected = expected.loc[found.index]
    np.testing.assert_allclose(found.expected, expected.expected, rtol=1e-9)
    assert found.looks.tolist() == expected.looks.tolist()
    assert found.closed.tolist() == expected.closed.tolist()


def test_wins_count_once(company):
    rows = joined(company)
    rows["look"] = range(len(rows))
    once = counted_once(rows)

    assert rows.groupby("lead_id").won.sum().max() > 1
    assert once.groupby("lead_id").won.sum().max() == 1


def test_new_mqls_equal_a_count_of_first_crossings_in_the_stored_files(company, answered):
    rows = joined(company).sort_values("as_of")
    over = rows[rows.is_mql].groupby("lead_id").as_of.min()
    asked = (
        rows[(rows.decided_by == "hand-raiser") & (rows.handed_over_on == rows.as_of)]
        .groupby("lead_id")
        .as_of.min()
    )
    new = [lead for lead, day in over.items() if day > FIRST and asked.get(lead, dt.date.max) > day]
    first = rows[rows.is_mql].drop_duplicates("lead_id").set_index("lead_id").loc[new]
    found = table(answered, "new_mqls")

    assert 5 < len(new) == found.crossed.sum()
    assert found.judged.sum() == first.mature.sum()
    assert found.closed.sum() == (first.won & first.mature).sum()
    assert found.expected.sum() == pytest.approx(first[first.mature].probability.sum(), rel=1e-12)


def test_an_earlier_look_knows_only_what_was_known_then(company):
    early = FIRST + dt.timedelta(days=15)
    answer = monitor(company, as_of=early).answers[0]

    assert answer.verdict == "too early"
    assert (FIRST + dt.timedelta(days=HORIZON)).isoformat() in answer.sentence
    assert table(answer, "by_week").night.tolist() == [
        FIRST + dt.timedelta(days=7 * n) for n in range(3)
    ]


def test_scores_that_were_changed_after_they_were_served_are_left_out(company, tmp_path):
    night = FIRST + dt.timedelta(days=14)
    path = Path(company.nightly.folder) / night.isoformat() / "scored.parquet"
    kept = path.read_bytes()
    frame = pd.read_parquet(path)
    try:
        frame.assign(probability=0.9).to_parquet(path)
        with watched(company, as_of=LOOK, resources=UNLIMITED) as seen:
            answer = promised.answer(seen)
            assert seen.missing == (night,)
    finally:
        path.write_bytes(kept)

    assert night not in table(answer, "by_week").night.tolist()
    (told,) = (alarm for alarm in answer.alarms if alarm.code == "nights-missing")
    assert f"propensity nightly CONFIG --as-of {night}" in told.sentence
    assert answer.matters


def test_a_night_whose_folder_is_gone_is_named(company, tmp_path):
    first, away = Path(company.nightly.folder) / FIRST.isoformat(), tmp_path / "away"
    first.rename(away)
    try:
        look = monitor(company, as_of=LOOK, log=False)
    finally:
        away.rename(first)

    answers = {answer.key: answer for answer in look.answers}
    (told,) = (a for a in answers["promised"].alarms if a.code == "nights-missing")
    assert f": {FIRST}." in told.sentence
    assert answers["moved"].verdict != "fine"
    assert monitor(company, as_of=LOOK, log=False).answers[0].alarms != (told,)


def test_tables_that_end_before_a_horizon_are_named(company):
    with watched(company, as_of=LOOK, resources=UNLIMITED) as seen:
        seen.store.observed_day = day_number(FIRST) + HORIZON - 1
        answer = promised.answer(seen)
    end = FIRST + dt.timedelta(days=HORIZON - 1)

    assert answer.verdict == "too early"
    assert f"your tables end on {end}" in answer.sentence
    assert f"Your tables end on {end}" in " ".join(answer.figures[0].notes)


def fact(kind, night, lead="a", **more):
    at = dt.datetime.combine(night, dt.time())
    return LedgerFact(lead, 1, kind, night, at, **more)


def test_a_crossing_is_new_once_and_not_of_who_was_over_already_or_asked():
    days = [FIRST + dt.timedelta(days=n) for n in range(6)]
    nights = [Night(day, "1" if day < days[4] else "2", "1", "", 1, 0) for day in days]
    facts = [
        fact("entered", days[1], "new"),
        fact("left", days[2], "new"),
        fact("entered", days[3], "new"),
        fact("entered", days[0], "over already"),
        fact("entered", days[4], "by another pair"),
        fact("handed over", days[1], "asked", handed_over_as="hand-raiser"),
        fact("entered", days[2], "asked"),
        fact("entered", days[2], "asks later"),
        fact("handed over", days[3], "asks later", handed_over_as="hand-raiser"),
    ]

    found = [(each.lead_id, each.as_of) for each in newly_entered(facts, nights)]

    assert found == [("new", days[1]), ("asks later", days[2])]


def test_days_are_numbers_of_the_same_days():
    assert day_number(LOOK) - day_number(FIRST) == (LOOK - FIRST).days


def stored_study(company, *, line, per_week, precision):
    """What `propensity threshold --json` would have stored of a line's promise."""
    promise = {
        "line": line,
        "weeks": 13,
        "precision": {"expected": precision, "low": 0.9 * precision, "high": 1.1 * precision},
        "per_week": {"expected": per_week, "low": 0.8 * per_week, "high": 1.2 * per_week},
        "judged": 400,
        "won": round(400 * precision),
    }
    return {
        "goal": company.goal.stage,
        "replay": {"horizon_days": company.goal.horizon_days},
        "focus": {"promise": promise},
    }


def looked(company, path, study):
    path.write_text(study if isinstance(study, str) else json.dumps(study), encoding="utf-8")
    asked = company.model_copy(
        update={"monitor": company.monitor.model_copy(update={"threshold": str(path)})}
    )
    with watched(asked, as_of=LOOK, resources=UNLIMITED) as seen:
        return promised.answer(seen)


def test_the_lines_promise_is_held_against_the_leads_that_newly_crossed(
    company, answered, tmp_path
):
    quarter = table(answered, "new_mqls").iloc[0]
    weekly = quarter.crossed / ((LOOK - FIRST).days / 7)
    real = quarter.closed / quarter.judged
    line = 0.3  # of the signed definition

    kept = looked(
        company,
        tmp_path / "kept.json",
        stored_study(company, line=line, per_week=weekly, precision=real),
    )
    broken = looked(
        company,
        tmp_path / "broken.json",
        stored_study(company, line=line, per_week=8 * weekly, precision=real),
    )
    other = looked(
        company,
        tmp_path / "other.json",
        stored_study(company, line=0.31, per_week=8 * weekly, precision=real),
    )

    assert "line" not in [alarm.code for alarm in kept.alarms]
    assert "line" in [alarm.code for alarm in broken.alarms]
    assert broken.verdict == "look"
    assert "line" not in [alarm.code for alarm in other.alarms]  # nothing promised for this line
    told = {
        name: next(each for each in answer.figures if each.key == "new_mqls").notes
        for name, answer in (("kept", kept), ("other", other))
    }
    assert len(told["other"]) == len(told["kept"]) + 1
    with pytest.raises(ConfigError, match=r"monitor\.threshold.*Write it anew"):
        looked(company, tmp_path / "wrong.json", "[1]")
