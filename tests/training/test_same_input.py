"""A model counts days in one time zone: every command that reads with it refuses another one."""

from datetime import timedelta

import pytest

from features.errors import ConfigError, RefusedError
from propensity import api
from propensity.config.config import Config, load
from propensity.model.same_input import why_other_input
from propensity.registry import Registry
from tests.propensity import worlds
from training.definition.command import show_definition, write_definition
from training.gate.command import compare
from training.review.findings.gather import gather
from training.review.walkthrough import walkthrough
from training.threshold.command import threshold

LEAD = "L00001"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A company whose champion counts days in Tokyo, and whose configuration now says Berlin."""
    world = worlds.company(tmp_path_factory.mktemp("company"))
    registry = Registry.of(world.config)
    registry.create()
    version = registry.register(world.model, run_name="test", params={}, metrics={})
    registry.promote(version)
    registry.register(world.model, run_name="later", params={}, metrics={})
    text = world.path.read_text(encoding="utf-8").replace("Asia/Tokyo", "Europe/Berlin")
    world.path.write_text(text, encoding="utf-8")
    return load(world.path)


COMMANDS = {
    "score": lambda config, folder: api.score(config, as_of=worlds.AS_OF),
    "explain": lambda config, folder: api.explain(config, LEAD, as_of=worlds.AS_OF),
    "moved": lambda config, folder: api.moved(
        config, LEAD, since=worlds.AS_OF - timedelta(7), as_of=worlds.AS_OF
    ),
    "definition write": lambda config, folder: write_definition(
        config, path=folder / "new.yaml", today=worlds.AS_OF
    ),
    "definition show": lambda config, folder: show_definition(config),
    "threshold": lambda config, folder: threshold(config),
    "review": lambda config, folder: gather(config),
    "review --walkthrough": lambda config, folder: walkthrough(
        config, folder / "w.csv", pack=folder / "pack"
    ),
    "compare": lambda config, folder: compare(config, version=2),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_another_time_zone_is_refused_before_anything_is_read(elsewhere: Config, tmp_path, command):
    with pytest.raises((ConfigError, RefusedError)) as refused:
        COMMANDS[command](elsewhere, tmp_path)
    told = str(refused.value)
    assert "expected 'Asia/Tokyo', in which the model counts days, got 'Europe/Berlin'" in told


def test_the_same_input_is_none_to_refuse(tmp_path):
    world = worlds.company(tmp_path)
    assert why_other_input(world.config, world.model) is None
