"""What moved a lead: the parts add up, and each is what a scoring of accordingly cut tables
says.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from features.build.build import build, prepare
from features.days import date_of
from features.errors import LeadNotFoundError, RefusedError
from features.population import ROWS, open_rows
from propensity.config import config
from propensity.explanation.change import MOVERS, Scoring, score_change
from propensity.scoring.scorer import Telling
from tests.propensity import worlds

TELLING = Telling("company", "1")
THEN, NOW = worlds.AS_OF_DAY - 14, worlds.AS_OF_DAY


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A company that keeps the history of its prices, and a model learned from it."""
    folder = tmp_path_factory.mktemp("moving")
    worlds.company(folder)
    leads = pd.read_csv(folder / "leads.csv")
    rng = np.random.default_rng(3)
    pd.DataFrame(
        {
            "lead_id": leads.lead_id,
            "changed_at": [
                f"{date_of(NOW - int(day))}T12:00:00+09:00"
                for day in rng.integers(1, 40, len(leads))
            ],
            "attribute": "price [JPY]",
            "value": rng.lognormal(12, 2, len(leads)).round(),
        }
    ).to_csv(folder / "changes.csv", index=False)
    raw = yaml.safe_load(worlds.CONFIG)
    raw["input"]["attribute_changes"] = {"path": "changes.csv", "attributes": ["price [JPY]"]}
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    return worlds.of_folder(folder, text, [NOW - 28, NOW - 14, NOW])


@pytest.fixture(scope="module")
def newer(company):
    """Another model of the same spec's kind."""
    calibration = company.model.calibration.model_copy(update={"slope": 0.8, "intercept": -0.3})
    return replace(company.model, calibration=calibration)


@pytest.fixture(scope="module")
def leads(company):
    """Leads that are open at both as-ofs."""
    with company.store() as store:
        rows = open_rows(
            store,
            company.config.population,
            company.model.spec.events,
            [THEN, NOW],
            goal_stage="won",
        )
        both = rows.to_pandas().groupby("lead").as_of_day.nunique()
        names = store.query("SELECT lead, lead_id FROM leads").to_pandas().set_index("lead").lead_id
    return [names[lead] for lead in both[both == 2].index]


def split(company, lead, then, now):
    with company.store() as store:
        return score_change(
            store, lead, Scoring(then, TELLING, THEN), Scoring(now, TELLING, NOW), by_old=TELLING
        )


def log_odds_of(world, leads, day):
    """As a scoring of the tables in a folder says of leads, whoever is open."""
    with world.store() as store:
        number = dict(
            zip(*store.query("SELECT lead_id, lead FROM leads").to_pydict().values(), strict=True)
        )
        columns = {
            "lead": [number[lead] for lead in leads],
            "episode": [1] * len(leads),
            "as_of_day": [day] * len(leads),
        }
        rows = pa.table(columns, schema=ROWS)
        prepare(store, world.model.spec, rows)
        return world.model.concept_sums(build(store, rows, world.model.spec).matrix).log_odds


def cut(company, folder: Path, *tables):
    """The company with some tables as they were on the earlier day."""
    shutil.copytree(company.path.parent, folder)
    limit = pd.Timestamp(date_of(THEN), tz="Asia/Tokyo")
    for name, column in tables:
        table = pd.read_csv(folder / name)
        table[pd.to_datetime(table[column], utc=True) < limit].to_csv(folder / name, index=False)
    path = folder / company.path.name
    return replace(company, path=path, config=config.load(path))


@pytest.mark.parametrize("place", [0, 5, 11, 23])
def test_the_parts_add_up_to_the_change(company, newer, leads, place):
    found = split(company, leads[place], company.model, newer)

    assert [step.mover for step in found.steps] == list(MOVERS[1:])
    assert sum(step.change for step in found.steps) == pytest.approx(found.change, abs=1e-9)
    assert found.change == pytest.approx(found.after.log_odds - found.before.log_odds, abs=1e-9)
    for step in found.steps[:-1]:
        assert sum(change for _, change in step.concepts) == pytest.approx(step.change, abs=1e-9)


def test_each_part_is_what_cut_tables_say(company, newer, leads, tmp_path):
    as_known = cut(
        company, tmp_path / "then", ("events.csv", "occurred_at"), ("changes.csv", "changed_at")
    )
    old_prices = cut(company, tmp_path / "prices", ("changes.csv", "changed_at"))
    some = leads[:40]
    worlds_and_days = ((as_known, THEN), (as_known, NOW), (old_prices, NOW), (company, NOW))
    scored = zip(*(log_odds_of(world, some, day) for world, day in worlds_and_days), strict=True)
    then_by, now_by = Scoring(company.model, TELLING, THEN), Scoring(newer, TELLING, NOW)
    with company.store() as store:
        parts = [score_change(store, lead, then_by, now_by, by_old=TELLING) for lead in some]
    moving = dict.fromkeys(MOVERS, 0)
    for found, (at_first, aged, behaved, now) in zip(parts, scored, strict=True):
        step = {step.mover: step.change for step in found.steps}
        assert found.before.log_odds == pytest.approx(at_first, abs=1e-9)
        assert step["ageing"] == pytest.approx(aged - at_first, abs=1e-9)
        assert step["new behaviour"] == pytest.approx(behaved - aged, abs=1e-9)
        assert step["changed attributes"] == pytest.approx(now - behaved, abs=1e-9)
        assert step["new model"] == pytest.approx(found.after.log_odds - now, abs=1e-9)
        for mover, change in step.items():
            moving[mover] += abs(change) > 1e-6
    assert all(moving[mover] >= 3 for mover in MOVERS[1:]), moving


def test_what_was_overwritten_is_a_part_of_its_own(company, leads):
    with company.store() as store:
        then, now = Scoring(company.model, TELLING, THEN), Scoring(company.model, TELLING, NOW)
        found = score_change(store, leads[0], then, now, by_old=TELLING, recorded=-1.5)

    assert found.steps[0].mover == "not kept"
    assert found.steps[0].change == pytest.approx(found.before.log_odds + 1.5)
    assert sum(step.change for step in found.steps) == pytest.approx(
        found.after.log_odds + 1.5, abs=1e-9
    )
    assert found.without_history == ("業種", "Owner's size", "founded", "source")


def test_a_lead_has_to_be_open_at_both_times_and_the_earlier_one_earlier(company, leads):
    with company.store() as store:
        then, now = Scoring(company.model, TELLING, THEN), Scoring(company.model, TELLING, NOW)
        with pytest.raises(RefusedError, match="Expected an earlier day"):
            score_change(store, leads[0], now, then, by_old=TELLING)
        with pytest.raises(LeadNotFoundError, match="There is no lead 'nobody'"):
            score_change(store, "nobody", then, now, by_old=TELLING)


def test_a_flat_table_has_no_then(tmp_path):
    flat = worlds.flat(tmp_path)
    then = Scoring(flat.model, TELLING, 0)
    with flat.store() as store, pytest.raises(RefusedError, match="flat table knows one moment"):
        score_change(store, "1", then, then, by_old=TELLING)
