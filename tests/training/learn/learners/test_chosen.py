"""What was chosen survives its storage, and says how large the served model may become."""

import json

import pytest

from propensity.config.sections import FOLDS, LearnerSettings
from training.learn.learners.chosen import HistoryWeighting, RecipeChoices, Spline, Trees

BLEND = RecipeChoices(
    contestant="blend",
    parts=(
        Spline(weight=0.25, strength=4.0),
        Trees.of(LearnerSettings(), weight=0.75, bags=2, trees=50, kind="extra trees"),
    ),
    past=HistoryWeighting(how="half_life", length=90.0),
    dropped=("month",),
    trials=8,
)


def test_what_is_stored_is_json_and_read_back_equal():
    stored = json.loads(json.dumps(BLEND.stored(), allow_nan=False))

    assert RecipeChoices.stored_in({"recipe": stored}) == BLEND


@pytest.mark.parametrize(
    "facts", [{}, {"recipe": {"contestant": "oracle", "parts": []}}, {"recipe": {"trees": 90}}]
)
def test_facts_that_name_no_recipe_of_ours_say_nothing(facts):
    assert RecipeChoices.stored_in(facts) is None


def test_leaves_are_those_of_all_served_models_together():
    assert BLEND.trees == FOLDS * 2 * 50
    assert BLEND.most_leaves == FOLDS * 2 * 50 * 16
    assert RecipeChoices.plain(LearnerSettings(depth=3), trees=10).most_leaves == 10 * 8
