"""A rule is put up to be loosened where it holds back leads that close more often than those handed
over, beyond chance; never one that keeps a lead's own wish.
"""

import pytest
import yaml

from propensity.definition.schema import Criterion, Definition
from tests.training.review.reviewed_company import DEFINITION
from training.review.findings.loosened import keeps_a_wish, to_loosen
from training.threshold.removed import Removal


def definition(**rules):
    return Definition.model_validate(yaml.safe_load(DEFINITION.replace("ENTER", "0.1")) | rules)


def names(removals, **rules):
    return [each.name for each in to_loosen(removals, definition(**rules), judged=1177, won=147)]


def removal(name, kind, judged, won):
    return Removal(name, kind, 100, 2 * judged, judged, won)


def test_six_of_44_against_12_in_100_is_chance():
    assert names([removal("in Japan", "qualifier", 44, 6)]) == []


def test_twice_the_closes_of_many_leads_are_more_than_chance():
    assert names([removal("in Japan", "qualifier", 400, 100)]) == ["in Japan"]


def test_all_rules_are_looked_at_together():
    """44 leads of which 10 close: p = 0.04, which is enough for one rule and not for three."""
    found = removal("in Japan", "qualifier", 44, 10)
    others = [removal(name, "missing information", 100, 1) for name in ("job title", "company")]

    assert names([found]) == ["in Japan"]
    assert names([found, *others]) == []


def test_whoever_unsubscribed_stays_so_however_often_they_close():
    assert names([removal("unsubscribed", "disqualifier", 400, 300)]) == []


@pytest.mark.parametrize(("wish", "proposed"), [(True, []), (False, ["in Japan"])])
def test_the_definition_says_whether_a_rule_keeps_a_wish(wish, proposed):
    rule = {"name": "in Japan", "rule": 'country = "日本"', "because": "x", "wish": wish}

    found = names([removal("in Japan", "qualifier", 400, 300)], qualifiers=[rule])

    assert found == proposed


@pytest.mark.parametrize(
    ("name", "rule", "keeps"),
    [
        ("unsubscribed", 'did "x"', True),
        ("quiet", 'did "Opt-Out"', True),
        ("quiet", '"Do Not Call" = "yes"', True),
        ("メール", 'did "配信停止"', True),
        ("consent", 'not "marketing_consent" = "yes"', True),
        ("students", '"job title" = "Student"', False),
        ("competitor", 'account_type = "competitor"', False),
    ],
)
def test_a_wish_is_known_by_what_the_rule_asks(name, rule, keeps):
    assert keeps_a_wish(Criterion(name=name, rule=rule, because="x")) is keeps
