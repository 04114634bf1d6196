"""What the company itself named, roles and promises among them, in the reader's language."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from propensity.config.config import load
from propensity.definition.load import load_definition
from training.review.findings.proposals import proposals
from training.review.sections.case_names import promised_to, role_name, segment_name
from training.review.words import words_of

CONFIGS = Path(__file__).resolve().parents[4] / "configs"


@pytest.fixture(scope="module")
def sample():
    """The sample company's configuration and definition."""
    return load(CONFIGS / "quickstart.yaml"), load_definition(
        CONFIGS / "quickstart-definition.yaml"
    )


def test_every_name_of_the_sample_company_has_a_japanese_label(sample):
    config, definition = sample
    labels = config.labels_in("ja")
    names = [
        *definition.roles.values(),
        *(group.name for group in (*config.review.channels, *config.review.personas)),
        *(
            rule.name
            for rule in (
                *definition.qualifiers,
                *definition.disqualifiers,
                *definition.always_hand_over,
            )
        ),
        *(promise.segment for promise in definition.promises if promise.rule),
        "opportunity",
    ]
    assert [name for name in names if name not in labels] == []
    assert [name for name in names if labels[name].isascii()] == []


def test_roles_and_segments_are_called_by_their_labels(sample):
    config, definition = sample
    ja = words_of("minute", "ja", labels=config.labels_in("ja"))
    en = words_of("minute", "en", labels=config.labels_in("en"))

    assert role_name("inside_sales", definition, ja) == "インサイドセールス"
    assert role_name("inside_sales", definition, en) == "Inside sales"
    assert role_name("nobody's", definition, en) == "nobody's"
    assert segment_name("channel", "Events", ja) == "展示会・ウェビナー"
    assert segment_name("source", "partner", ja) == "パートナー"


def test_a_promise_without_a_rule_is_for_all_others_where_one_has_a_rule(sample):
    config, definition = sample
    words = words_of("minute", "en", labels=config.labels_in("en"))
    large, rest = definition.promises

    assert promised_to(large, definition, words) == "large"
    assert promised_to(rest, definition, words) == "all others"
    alone = definition.model_copy(update={"promises": (rest,)})
    assert promised_to(rest, alone, words) == "all leads"


@pytest.mark.parametrize(("own", "everybody", "now"), [(None, 1.0, 1.0), (3.0, 1.0, 4.0)])
def test_the_promise_put_up_counts_what_others_have_already(under_review, own, everybody, now):
    """The first promise that holds counts, so one for all is for all others."""
    material = under_review.material
    both = [
        *([{"segment": "big", "rule": "employees >= 500", "mqls_per_week": own}] if own else []),
        {"segment": "all", "mqls_per_week": everybody},
    ]
    raw = yaml.safe_dump([{**each, "because": "x"} for each in both])
    definition = material.definition.model_validate(
        {**material.definition.model_dump(mode="json"), "promises": yaml.safe_load(raw)}
    )
    agreed = replace(material.reviewed.agreed, definition=definition)
    told = replace(material, reviewed=replace(material.reviewed, agreed=agreed))

    (found,) = [each for each in proposals(told) if each.kind == "promise"]

    assert found.figures["now"] == now
    assert found.to == int(found.figures["low"]) - (own or 0)
