"""What another seed changes: nothing where it is the same one, and counted by hand elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import ArtifactError
from tests.training.gate.test_migration import placing
from training.gate.ask import GateAnswer
from training.gate.gate import refused
from training.gate.same_recipe import disagreement
from training.gate.show import show
from training.gate.tags import gate_tags, same_recipe_of


def test_the_same_places_disagree_about_nothing():
    one = placing(500, 1)

    found = disagreement(one, one)

    assert (found.leads, found.grades, found.areas) == (500, 0.0, 0.0)
    assert found.mqls in (None, 0.0)


def test_shares_are_those_counted_by_hand():
    one, two = placing(500, 1), placing(500, 2)

    found = disagreement(one, two)

    assert found.grades == np.mean([a != b for a, b in zip(one.grade, two.grade, strict=True)])
    assert found.areas == np.mean([a != b for a, b in zip(one.area, two.area, strict=True)])


def test_without_a_definition_nothing_is_said_of_instructions():
    one = replace(placing(50, 1), case=None, is_mql=None)

    found = disagreement(one, one)

    assert (found.instructions, found.mqls) == (None, None)
    asked = GateAnswer(refused("x", against=1), same_recipe=found)
    told = " ".join(str(part) for part in show(asked))
    assert "although nothing changed (the same recipe, another seed), of 50 leads" in told
    assert "instruction" not in told


def test_it_is_read_back_from_the_tags_of_the_version():
    found = disagreement(placing(500, 1), placing(500, 2))

    tags = gate_tags(GateAnswer(refused("x", against=1), same_recipe=found))

    assert same_recipe_of(tags) == found
    assert same_recipe_of(gate_tags(GateAnswer(refused("x", against=1)))) is None
    with pytest.raises(ArtifactError, match=r"propensity\.same_recipe of the version cannot be"):
        same_recipe_of(dict.fromkeys(tags, "{"))
