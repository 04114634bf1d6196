"""Has the world moved: nights against a recount, and faults planted into the sources of a copy."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import ConfigError
from features.resources import UNLIMITED
from propensity import input_check
from propensity.config.config import load
from propensity.language import LANGUAGES, catalogue
from propensity.registry.champion import load_champion
from tests.training.monitor.conftest import FIRST, LOOK, NIGHTS
from training.monitor import moved
from training.monitor.moved_figures import moved_figures
from training.monitor.source_levels import ColumnLevels, column_levels, vanished_levels
from training.monitor.watched import watched

#: The day of the newest night.
NEWEST = FIRST + pd.Timedelta(days=7 * (NIGHTS - 1)).to_pytimedelta()


@pytest.fixture
def copy(company, tmp_path):
    """A copy whose sources may be changed."""
    home = Path(company.nightly.folder).parent
    shutil.copytree(home, tmp_path / "copy")
    return load(tmp_path / "copy" / "config.yaml")


def answered(config, day=NEWEST):
    with watched(config, as_of=day, resources=UNLIMITED) as seen:
        return moved.answer(seen)


def codes(answer):
    return {alarm.code for alarm in answer.alarms}


def test_the_scores_of_a_night_are_those_that_were_stored(company):
    with watched(company, as_of=NEWEST, resources=UNLIMITED) as seen:
        found = moved_figures(seen)
    stored = [
        pd.read_parquet(path, columns=["probability"]).probability
        for path in sorted(Path(company.nightly.folder).glob("*/scored.parquet"))
    ]
    assert [week.leads for week in found.weeks] == [len(rows) for rows in stored]
    assert [week.chance for week in found.weeks] == pytest.approx([r.mean() for r in stored])
    assert found.weeks[0].index == 0
    assert not found.scores_moved


def test_new_leads_by_level_are_those_of_the_leads_table(company):
    with watched(company, as_of=NEWEST, resources=UNLIMITED) as seen:
        source = next(each for each in column_levels(seen) if each.column == "source")
    leads = pd.read_csv(Path(company.nightly.folder).parent / "leads.csv")
    at = pd.to_datetime(leads.created_at, format="ISO8601", utc=True).dt.tz_convert("Asia/Tokyo")
    ago = (pd.Timestamp(NEWEST, tz="Asia/Tokyo") - at.dt.normalize()).dt.days - 1
    known = leads.assign(ago=ago // 7)[ago >= 0]
    counted = known.groupby("source").size()
    assert dict(zip(source.levels, source.weekly.sum(axis=1), strict=True)) == {
        level: counted[level] for level in source.levels
    }
    newest = known[known.ago == 0].source.value_counts()
    assert source.weekly[:, -1].tolist() == [newest.get(level, 0) for level in source.levels]


def test_nothing_has_moved_in_the_company(company):
    answer = answered(company)
    assert codes(answer) <= {"drift", "volume"}, [alarm.sentence for alarm in answer.alarms]
    assert "nights-stopped" in codes(answered(company, LOOK))


def test_an_event_type_that_stops_is_told_with_its_name(copy):
    path = Path(copy.nightly.folder).parent / "events.csv"
    events, kind = pd.read_csv(path), load_champion(copy).model.spec.kinds[0]
    gone = (events.event_type == kind) & (events.occurred_at > "2025-02-01")
    events[~gone].to_csv(path, index=False)
    answer = answered(copy)
    assert "events-stopped" in codes(answer)
    told = next(alarm for alarm in answer.alarms if alarm.code == "events-stopped")
    assert kind in told.sentence
    assert "events-stopped" in codes(answered(copy.model_copy(update={"language": "ja"})))


def test_levels_of_a_column_whose_levels_come_and_go_are_not_missed():
    weekly = np.random.default_rng(1).poisson([[12.0], [6.0], [4.0]], (3, 90)).astype(float)
    weekly[1, -8:] = 0
    channels = ColumnLevels("source", ("fair", "web", "mail"), weekly, {}, 100)
    (found,) = vanished_levels((channels,))
    assert (found.column, found.level, found.found.observed) == ("source", "web", 0)
    ended = weekly.copy()
    ended[2, -40:] = 0
    campaigns = ColumnLevels("campaign", ("a", "b", "c"), ended, {}, 100)
    assert campaigns.comes_and_goes
    assert vanished_levels((campaigns,)) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_difference_that_a_night_can_tell_has_a_sentence(language):
    words = catalogue("training.monitor", language, "moved")
    folder = Path(input_check.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    codes = set(re.findall(r'InputDifference\(\s*f?"([^"]+)"', source))
    assert len(codes) > 8
    for code in codes:
        table = code.replace("{name}", "table").replace("-", " ")
        assert f"alarm: {code}" in words or f"alarm: {table}" in words, code


def test_damaged_figures_of_a_night_are_one_clear_error(copy):
    (Path(copy.nightly.folder) / FIRST.isoformat() / "input.json").write_text("{")
    with pytest.raises(ConfigError, match=r"input\.json: expected"):
        answered(copy)
