"""Rules that cannot do what they are for are told every night, and others are not."""

import shutil
from dataclasses import replace

import pytest
import yaml

from propensity.api import score
from propensity.config.config import load
from propensity.definition.load import load_definition, parse_definition
from propensity.registry import Registry
from propensity.scoring.asked_rules import asked_rules
from tests.propensity import worlds
from tests.propensity.grading.test_instructions import DEFINITION


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return worlds.company(tmp_path_factory.mktemp("asked"))


def asked(company, **changes):
    definition = parse_definition({**DEFINITION, **changes})
    with company.store() as store:
        return asked_rules(definition, company.model, store, worlds.AS_OF_DAY)


def rule(text, name="x"):
    return [{"name": name, "rule": text, "because": "a test"}]


def test_a_definition_that_fits_raises_no_doubt(company):
    assert asked(company) == ()


def test_a_rule_that_held_for_somebody_on_an_earlier_day_is_no_doubt(company):
    assert asked(company, disqualifiers=rule('did "visit" at least 2 times in 2 days')) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"disqualifiers": rule('did "visits"')}, 'no event of leads is like `"visits"`'),
        ({"qualifiers": rule("lead age > 30000 days")}, "qualifier x: it holds for no lead"),
        ({"always_hand_over": rule('source = "shop"')}, "hand-raiser x: it holds for no lead"),
        ({"mql": {"by": "rules", "rule": 'source = "shop"', "because": "x"}}, "the line: it holds"),
        ({"disqualifiers": rule("lead age >= 0 days")}, "it holds for every open lead"),
    ],
)
def test_a_rule_that_cannot_work_is_grave(company, changes, said):
    (doubt,) = asked(company, **changes)

    assert said in str(doubt)
    assert doubt.is_grave


def test_of_several_names_one_is_enough(company):
    assert asked(company, disqualifiers=rule('did ("visit", "visits")')) == ()


def test_an_empty_segment_only_tells_less(company):
    (doubt,) = asked(
        company, promises=[{"segment": "shop", "rule": 'source = "shop"', "because": "x"}]
    )

    assert not doubt.is_grave


def test_a_scoring_warns_of_a_rule_that_can_never_hold(company, tmp_path, migrated_registry):
    folder = tmp_path / "company"
    shutil.copytree(company.path.parent, folder)
    shutil.copy(migrated_registry, folder / "propensity.db")
    config = load(folder / company.path.name)
    registry = Registry.of(config)
    registry.promote(registry.register(company.model, run_name="t", params={}, metrics={}))
    file = folder / "definition.yaml"
    changed = {**DEFINITION, "disqualifiers": rule('did "unsubscribed"'), "instructions": {}}
    file.write_text(yaml.safe_dump({**changed, "promises": []}, allow_unicode=True))
    assert load_definition(file)

    summary = score(config, as_of=worlds.AS_OF, definition=file).summary

    assert ["unsubscribed" in text for text in summary.doubts] == [True]
    assert replace(summary, definition="", differences=()).matters
