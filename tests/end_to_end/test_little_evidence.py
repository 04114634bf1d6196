"""Little evidence on real leads: who is marked among leads nobody moved, among leads moved far out,
and rightly so.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.evidence import shipped
from features.build.build import build, prepare
from features.intake import open_store
from propensity.config import config
from propensity.model.model import PropensityModel, probability
from propensity.scoring.little_evidence import FACT, little_evidence
from training.learn.metrics.metrics import log_losses
from training.learn.recipe import recipe
from training.learn.recipe.learn_rarity import learn_rarity
from training.learn.rows.history import history
from training.learn.rows.run import Run

pytestmark = pytest.mark.slow
CONFIGS = Path(__file__).parents[1] / "configs"


def fitted(name, data):
    """A model of the older part, and matrix and label of the test part."""
    settings = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    source = settings["input"]["flat"]
    source["path"] = str(data / "splits" / source["path"])
    settings = config.parse(settings, base=data)
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        older, test = past.rows.take(past.older), past.rows.take(past.test)
        spec, seen = recipe.see(Run(settings, store), older)
        found = recipe.fit(
            settings, older, spec, seen, chosen=recipe.plain(settings, older, spec, seen)
        )
        model = PropensityModel(
            settings,
            spec,
            found.members,
            found.calibration,
            np.zeros(len(spec.features)),
            past.reference,
        )
        rarity = learn_rarity(model, seen.matrix, seen.weight, older.lead)
        prepare(store, spec, test.rows)
        matrix = build(store, test.rows, spec).matrix
    return replace(model, facts={FACT: rarity.model_dump(mode="json")}), matrix, test.label


@pytest.mark.parametrize("name", ["x_education", "bank_random", "online_shoppers"])
def test_leads_moved_far_out_are_marked_and_the_others_are_one_in_a_thousand(shared_data, name):
    model, matrix = shipped(name)
    numbers = [i for i, feature in enumerate(model.spec.features) if not feature.is_category]
    levels = model.spec.categories
    far, moved = matrix.copy(), np.zeros(len(matrix), dtype=int)
    for column in numbers:
        moved += np.nan_to_num(matrix[:, column]) != 0
        far[:, column] *= 100
    far[:, levels] = 0

    assert little_evidence(model, matrix).mean() <= 0.003
    assert little_evidence(model, far[moved >= 1]).mean() > 0.99
    one = matrix.copy()
    one[:, numbers[0]] *= 100
    # a single strange value is told by itself, or not at all
    assert little_evidence(model, one).mean() < 0.05


def test_marked_leads_of_a_world_that_changed_are_predicted_worse(shared_data):
    model, matrix, label = fitted("bank_marketing", shared_data)
    marked = little_evidence(model, matrix)
    log_odds = model.sums(matrix).log_odds
    chance = probability(log_odds)
    # loss if the chances were right
    expected = -chance * np.log(chance) - (1 - chance) * np.log(1 - chance)
    excess = log_losses(label, log_odds) - expected

    assert 50 <= marked.sum() < 0.1 * len(marked)
    assert excess[marked].mean() > 2 * excess[~marked].mean() > 0
    assert abs(label[marked].mean() - chance[marked].mean()) > 2 * abs(
        label[~marked].mean() - chance[~marked].mean()
    )
