"""The line in words: planted rules are found, and every rule's text says of leads what the search
saw.
"""

from pathlib import Path

import numpy as np
import pytest
import yaml

from features.build.build import build, prepare
from features.intake import open_store
from features.population import open_rows
from features.rules import evaluate, parse, prepare_rules
from features.selection import Selection, learn
from features.spec import EventReading
from propensity.config import config as configuration
from training.definition.line_as_rules import MOST_CONDITIONS, MOST_RULES, in_words
from training.simulate.command import Company, simulate, write

QUICKSTART = Path(__file__).parents[3] / "configs" / "quickstart.yaml"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Features of a simulated company's open leads, and the store they came from."""
    folder = tmp_path_factory.mktemp("words")
    write(simulate(Company(n_leads=3000, seed=4, rounds=8, mess=False)), folder / "data")
    raw = yaml.safe_load(QUICKSTART.read_text(encoding="utf-8"))
    raw.pop("definition")
    config = configuration.parse(raw, base=folder)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        reading = EventReading(**config.behaviour.model_dump(include={"actors", "groups", "sends"}))
        day = store.observed_day
        rows = open_rows(
            store, config.population, reading, [day - 60, day - 30, day], goal_stage="won"
        )
        changes = config.input.attribute_changes
        spec, _ = learn(
            store, rows, Selection(config.behaviour, config.features, history=changes.attributes)
        )
        prepare(store, spec, rows)
        yield store, rows.combine_chunks(), spec, build(store, rows, spec).matrix


def truth(store, rows, spec, texts):
    rules = [parse(text) for text in texts]
    prepare_rules(store, rules, spec.events)
    return evaluate(store, rows, rules) == 1


PLANTED = [
    'employees >= 100 and did "pricing page" at least 2 times in 30 days',
    'did "webinar_attended" in 90 days',
]


def test_planted_rules_are_found(company):
    store, rows, spec, matrix = company
    wanted = truth(store, rows, spec, PLANTED).any(axis=1)
    assert 50 < wanted.sum() < len(wanted) / 2

    found = in_words(spec, matrix, wanted, np.zeros(len(wanted), dtype=bool), seed=0)

    assert found.covered > 0.9
    assert found.rules_only < 0.1 * wanted.sum()
    assert len(found.rules) <= MOST_RULES
    assert any("webinar_attended" in rule.rule for rule in found.rules)
    assert any("employees" in rule.rule and "pricing page" in rule.rule for rule in found.rules)


def test_every_figure_is_what_the_rules_text_says_of_the_leads(company):
    store, rows, spec, matrix = company
    rng = np.random.default_rng(1)
    (pricing,) = (
        i for i, f in enumerate(spec.features) if f.name == "pricing page: count, 30 days"
    )
    wanted = matrix[:, pricing] + rng.normal(0, 1, len(matrix)) > 2
    won = rng.random(len(matrix)) < 0.1

    found = in_words(spec, matrix, wanted, won, seed=0)

    assert found.rules
    holds = truth(store, rows, spec, [rule.rule for rule in found.rules])
    for rule, mask in zip(found.rules, holds.T, strict=True):
        assert rule.rule.count(" and ") < MOST_CONDITIONS
        assert (rule.leads, rule.closed) == (mask.sum(), (mask & won).sum())
        assert rule.share_mql == pytest.approx(wanted[mask].mean())
        assert rule.covered == pytest.approx(mask[wanted].mean())
    together = holds.any(axis=1)
    assert (found.both, found.rules_only) == ((together & wanted).sum(), (together & ~wanted).sum())
    assert found.line_only == (wanted & ~together).sum()
    assert found.mqls == found.both + found.line_only


def test_without_mqls_there_are_no_rules(company):
    _, _, spec, matrix = company
    nobody = np.zeros(len(matrix), dtype=bool)

    found = in_words(spec, matrix, nobody, nobody, seed=0)

    assert (found.rules, found.mqls, found.covered) == ((), 0, 0.0)
