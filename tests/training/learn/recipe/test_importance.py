"""What matters: mean absolute effects per concept, added up within a lead before the absolute value
is taken.
"""

import numpy as np
import pytest

from tests.training.learn.learners.test_trees import QUICK, SPEC, N, made_up, served
from training.learn.learners.trees import train
from training.learn.recipe.importance import importance


@pytest.fixture(scope="module")
def model():
    rows = made_up()
    return served(train(rows, SPEC, QUICK, trees=30), rows)


def test_effects_are_the_weighted_mean_size_of_contributions(model):
    rows, weight = made_up(), np.random.default_rng(0).uniform(1, 4, N)
    contributions = model.sums(rows.matrix).contributions

    found = {item.concept: item for item in importance(model, rows.matrix, weight)}

    for i, feature in enumerate(SPEC.features):
        assert found[feature.concept].mean_effect == pytest.approx(
            np.average(np.abs(contributions[:, i]), weights=weight)
        )
        assert found[feature.concept].axis == feature.axis


def test_shares_add_up_and_the_largest_comes_first(model):
    found = importance(model, made_up().matrix, np.ones(N))

    assert sum(item.share for item in found) == pytest.approx(1)
    assert [item.mean_effect for item in found] == sorted(
        (item.mean_effect for item in found), reverse=True
    )


def test_features_of_one_concept_are_added_before_their_size_is_taken(model):
    features = list(SPEC.features)
    features[2] = features[2].model_copy(update={"concept": "visits"})
    one = served(
        model.members[0].text, made_up(), spec=SPEC.model_copy(update={"features": tuple(features)})
    )
    contributions = one.sums(made_up().matrix).contributions

    found = {
        item.concept: item.mean_effect for item in importance(one, made_up().matrix, np.ones(N))
    }

    assert len(found) == 4
    assert found["visits"] == pytest.approx(
        np.abs(contributions[:, 2] + contributions[:, 3]).mean()
    )


def test_a_name_on_both_axes_is_two_concepts(model):
    features = list(SPEC.features)
    features[2] = features[2].model_copy(update={"concept": "size"})
    one = served(
        model.members[0].text, made_up(), spec=SPEC.model_copy(update={"features": tuple(features)})
    )

    found = [(item.concept, item.axis) for item in importance(one, made_up().matrix, np.ones(N))]

    assert ("size", "fit") in found
    assert ("size", "interest") in found


def test_a_model_that_says_nothing_has_effects_of_zero():
    rows = made_up(30)
    silent = served(
        train(rows, SPEC, QUICK.model_copy(update={"min_leaf_rows": 1000}), trees=1), rows
    )

    assert {item.share for item in importance(silent, rows.matrix, rows.weight)} == {0.0}
