"""What is rare among the leads that taught, counted again by hand, and what is marked far from
them.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from features.spec import AttributeSource, Feature, FeatureSpec
from propensity.model.model_parts import Calibration, ModelParts, Reference
from propensity.scoring.little_evidence import FACT, little_evidence, sums
from tests.training.learn.recipe.test_recipe import frame
from tests.training.train.test_command import flat
from training.learn.recipe.learn_rarity import learn_rarity
from training.train.command import train

N = 5000


def spec_of(levels=("a", "b", "c")):
    def feature(name, reading, levels=()):
        source = AttributeSource(column=name, reading=reading)
        return Feature(
            name=name, axis="fit", concept=name.split()[0], unit="", source=source, levels=levels
        )

    numbers = [feature(name, "number") for name in ("size", "size again", "count", "seldom")]
    return FeatureSpec(features=(feature("kind", "category", levels), *numbers))


def model_of(matrix, lead, weight=None):
    reference = Reference(rows=len(lead), leads=len(np.unique(lead)), close_rate=0.1)
    model = ModelParts(None, spec_of(), (), Calibration(), np.zeros(5), reference)  # type: ignore[arg-type]
    rarity = learn_rarity(model, matrix, np.ones(len(lead)) if weight is None else weight, lead)
    return replace(model, facts={FACT: rarity.model_dump(mode="json")}), rarity


def world(n=N, seed=0):
    random = np.random.default_rng(seed)
    size = random.lognormal(3, 1, n)
    matrix = np.column_stack(
        [
            random.choice([1.0, 2, 3, 4], n, p=[0.1, 0.6, 0.28, 0.02]),
            size,
            size * random.lognormal(0, 0.1, n),
            random.poisson(0.3, n),
            np.where(np.arange(n) < 5, 1.0, 0.0),
        ]
    )
    matrix[random.random(n) < 0.3, 1] = np.nan
    return np.asfortranarray(matrix), np.arange(n)


def test_a_level_surprises_by_the_share_of_leads_as_rare_or_rarer():
    matrix, lead = world()

    _, rarity = model_of(matrix, lead)

    share = {code: (matrix[:, 0] == code).mean() for code in (1, 2, 3, 4)}
    by_hand = [
        np.log(N + 1),
        *(-np.log(sum(s for s in share.values() if s <= share[code])) for code in (1, 2, 3, 4)),
    ]
    np.testing.assert_allclose(rarity.features[0].surprise, by_hand, atol=1e-12)


def test_every_bin_of_a_number_holds_enough_leads_or_counts_as_never_seen():
    matrix, lead = world()

    _, rarity = model_of(matrix, lead)

    for column in range(1, 5):
        found, values = rarity.features[column], matrix[:, column]
        ends = [-np.inf, *found.edges, np.inf]
        inside = [((values > low) & (values <= high)).sum() for low, high in pairwise(ends)]
        assert sum(inside) == (~np.isnan(values)).sum()
        for leads, surprise in zip(inside, found.surprise, strict=True):
            assert leads >= 20 or surprise == pytest.approx(np.log(N + 1))


def test_the_rows_of_one_lead_are_one_lead():
    matrix, _ = world()
    of_few = np.arange(N) // 1000  # five leads in all

    _, rarity = model_of(matrix, of_few)

    assert rarity.features[4].edges == (np.nextafter(0, -1), 0.0)
    assert set(rarity.features[0].surprise) == {np.log(6)}  # no level has twenty leads


def test_one_training_row_in_a_thousand_is_beyond_the_limit_and_as_many_new_ones():
    matrix, lead = world(20_000)

    model, rarity = model_of(matrix, lead)

    assert little_evidence(model, matrix).mean() <= 0.001
    assert (sums(rarity, model, matrix) >= rarity.limit).mean() >= 0.001
    assert little_evidence(model, world(20_000, seed=1)[0]).mean() < 0.003


def test_leads_moved_far_out_are_marked_whichever_way():
    matrix, lead = world(20_000)
    model, _ = model_of(matrix, lead)

    for factor in (100, -100):
        far = matrix.copy()
        far[:, [1, 2, 3]] *= factor
        far[:, 0] = 0
        moved = (matrix[:, 3] > 0) & ~np.isnan(matrix[:, 1])
        assert little_evidence(model, far[moved]).mean() > 0.99


def test_weights_count_as_rows():
    matrix, lead = world(4000)
    weight = np.where(np.arange(4000) % 2, 3.0, 1.0)
    again = np.repeat(np.arange(4000), weight.astype(int))

    _, weighted = model_of(matrix, lead, weight)
    _, repeated = model_of(matrix[again], lead[again])

    assert weighted.features[0] == repeated.features[0]
    assert weighted.limit == pytest.approx(repeated.limit, abs=1e-9)


def test_a_trained_model_carries_it(tmp_path):
    model = train(flat(tmp_path, frame())).model

    far = np.array([[1e9, 1e9], [20.0, 3.0]])
    assert little_evidence(model, np.asfortranarray(far)).tolist() == [True, False]
