"""Event types beside those of training: what stopped, what appeared, and what was renamed."""

from dataclasses import replace

import pandas as pd
import pytest

from propensity.config.sections import InputCheckSettings
from propensity.input_check.event_types import compared_event_types
from tests.propensity import worlds

LIMITS = InputCheckSettings()
KIND = "download"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return worlds.company(tmp_path_factory.mktemp("company"), leads=600)


def told(world, folder, change, *, skill=0.5, limits=LIMITS):
    """Code, severity and sentence of what is told of events that were changed."""
    events = pd.read_csv(world.path.parent / "events.csv")
    at = pd.to_datetime(events["occurred_at"], format="ISO8601")
    path = folder / "events.csv"
    change(events, at).to_csv(path, index=False)
    (given,) = world.config.input.events
    moved = given.model_copy(update={"path": str(path)})
    input = world.config.input.model_copy(update={"events": (moved,)})
    changed = replace(world, config=world.config.model_copy(update={"input": input}))
    shares = dict.fromkeys(world.model.spec.kinds, skill)
    with changed.store() as store:
        found = compared_event_types(world.model, store, limits, worlds.AS_OF_DAY, skill=shares)
        return [(f.code, f.severity, f.sentence) for f in found]


def late(at):
    return at >= pd.Timestamp("2025-04-01", tz="Asia/Tokyo")


def test_the_events_of_the_training_differ_in_nothing(world, tmp_path):
    assert told(world, tmp_path, lambda events, at: events) == []


def test_a_kind_that_stopped_a_month_ago_is_told_and_stops_where_it_carries_the_model(
    world, tmp_path
):
    def stop(events, at):
        return events[~((events["event_type"] == KIND) & late(at))]

    ((code, severity, sentence),) = told(world, tmp_path, stop)
    assert (code, severity) == ("events-stopped", "stop")
    assert "since 2025-03-31" in sentence
    ((code, severity, _),) = told(world, tmp_path, stop, skill=0.01)
    assert (code, severity) == ("events-stopped", "look")


def test_a_renamed_kind_is_told_with_both_names(world, tmp_path):
    def rename(events, at):
        chosen = (events["event_type"] == KIND) & late(at)
        return events.assign(event_type=events["event_type"].mask(chosen, "page"))

    found = told(world, tmp_path, rename)
    assert [code for code, _, _ in found] == ["events-stopped", "events-appeared"]
    assert "'page'" in found[1][2]
    assert "is it what was called 'download'?" in found[1][2]


def test_a_new_kind_is_told_beyond_its_limit_alone(world, tmp_path):
    def appear(events, at):
        return pd.concat([events, events[late(at)].assign(event_type="webinar")])

    assert [code for code, _, _ in told(world, tmp_path, appear)] == ["events-appeared"]
    wide = LIMITS.model_copy(update={"appeared": 1.0})
    assert told(world, tmp_path, appear, limits=wide) == []


def test_an_event_type_of_nobody_is_told_as_one_without_actor(world, tmp_path):
    spec = world.model.spec
    actors = {name: actor for name, actor in spec.events.actors.items() if name != "*"}
    named = spec.events.model_copy(
        update={"actors": {**actors, **dict.fromkeys(worlds.EVENT_TYPES, "lead")}}
    )
    model = replace(world.model, spec=spec.model_copy(update={"events": named}))

    def appear(events, at):
        return pd.concat([events, events[late(at)].assign(event_type="webinar")])

    ((code, _, sentence),) = told(replace(world, model=model), tmp_path, appear)
    assert code == "events-appeared"
    assert "no actor" in sentence


def test_two_quiet_weeks_of_a_kind_that_comes_now_and_then_are_no_news(world, tmp_path):
    def seldom(events, at):
        monday = at.dt.day_of_week == 0
        keep = (events["event_type"] != KIND) | (monday & (at < pd.Timestamp("2025-04-16T00:00Z")))
        return events[keep]

    assert told(world, tmp_path, seldom) == []
