"""Facts that end too early, of one table or of all, and leads that do too little."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from propensity.config.sections import InputCheckSettings
from propensity.input_check.ends import Rhythm, compared_ends
from propensity.input_check.volume import compared_volume
from tests.propensity import worlds

LIMITS = InputCheckSettings()
TIME = {"leads": "created_at", "events": "occurred_at", "outcomes": "closed_at"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A company with something new every day, up to the as-of and beyond."""
    return worlds.company(tmp_path_factory.mktemp("company"), leads=900)


def told(world, folder, cut, *, as_of_day=worlds.AS_OF_DAY, observed_until=None):
    """Code and severity of what is told of tables without their rows since a moment."""
    tables = {}
    for name, since in cut.items():
        frame = pd.read_csv(world.path.parent / f"{name}.csv", dtype=str, keep_default_na=False)
        at = pd.to_datetime(frame[TIME[name]], format="ISO8601", errors="coerce", utc=True)
        path = folder / f"{name}.csv"
        frame[~(at >= pd.Timestamp(since, tz="UTC"))].to_csv(path, index=False)
        given = getattr(world.config.input, name)
        is_list = isinstance(given, tuple)
        moved = (given[0] if is_list else given).model_copy(update={"path": str(path)})
        tables[name] = (moved,) if is_list else moved
    input = world.config.input.model_copy(update={**tables, "observed_until": observed_until})
    changed = replace(world, config=world.config.model_copy(update={"input": input}))
    with changed.store() as store:
        found = compared_ends(world.model.spec, store, LIMITS, as_of_day)
        return [(each.code, each.severity) for each in found]


def test_an_input_that_goes_on_ends_nowhere(world, tmp_path):
    day = worlds.AS_OF_DAY - 25  # leads come until April 11
    assert told(world, tmp_path, {}, as_of_day=day) == []


def test_events_that_end_a_month_before_the_other_tables_stop(world, tmp_path):
    day = worlds.AS_OF_DAY - 25
    cut = {"events": "2025-03-08"}
    assert told(world, tmp_path, cut, as_of_day=day) == [("events-stopped", "stop")]


def test_a_table_of_leads_that_ends_before_the_others_is_looked_at(world, tmp_path):
    # nobody comes any more after April 11, and events go on
    assert told(world, tmp_path, {}) == [("leads-stopped", "look")]


def test_an_old_extract_is_told_whatever_the_configuration_says(world, tmp_path):
    day = worlds.AS_OF_DAY - 25
    cut = dict.fromkeys(TIME, "2025-03-08")
    for until in (None, worlds.AS_OF):
        assert told(world, tmp_path, cut, as_of_day=day, observed_until=until) == [
            ("stale", "look")
        ]


def test_a_week_off_is_no_news_of_what_comes_on_working_days():
    assert not Rhythm(newest=0, active=64).is_broken_by(9)
    assert Rhythm(newest=0, active=64).is_broken_by(12)
    assert not Rhythm(newest=0, active=3).is_broken_by(90)


# --- volume


@pytest.fixture(scope="module")
def spread(small_model, small_spec, small_frame):
    from features.build.table import encoded
    from training.learn.recipe.distributions import distributions

    matrix = encoded(small_spec, small_frame)
    shares = distributions(small_spec, matrix, np.ones(len(matrix)))
    return replace(small_model, distributions=shares), matrix


@pytest.mark.parametrize(("times", "codes"), [(1.0, []), (0.4, ["volume"]), (3.0, ["volume"])])
def test_far_fewer_or_more_events_than_in_training_are_told(spread, times, codes):
    model, matrix = spread
    changed = matrix.copy()
    changed[:, 3] = np.floor(matrix[:, 3] * times)
    assert [found.code for found in compared_volume(model, changed, LIMITS)] == codes


def test_a_dozen_leads_are_too_few_to_tell(spread):
    model, matrix = spread
    few = matrix[:12].copy()
    few[:, 3] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1]
    assert list(compared_volume(model, few, LIMITS)) == []
