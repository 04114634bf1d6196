"""Weights of a blend: planted ones are found, none is negative, and no row has a say in those it is
judged with.
"""

import numpy as np
import pytest

from propensity.model.model import probability
from tests.training.learn.arenas import labelled
from training.learn.rows.time_blocks import TimeBlock
from training.learn.tournament.blend import blended, crossfitted, weights
from training.learn.tournament.judged_rows import JudgedRows


def three(n=20_000, seed=0):
    """Scores of which the first two add up to the truth, 3 to 1, and the third is nothing."""
    random = np.random.default_rng(seed)
    scores = [random.normal(0, 1, n), random.normal(0, 1, n), random.normal(0, 1, n)]
    rows = labelled(random.random(n) < probability(0.9 * scores[0] + 0.3 * scores[1] - 1))
    return scores, JudgedRows.of(
        rows, [TimeBlock(0, np.empty(0, np.intp), np.arange(n))], by_moment=False
    )


def test_planted_shares_are_found_and_noise_gets_none():
    scores, later = three()

    assert weights(scores, later) == pytest.approx([0.75, 0.25, 0.0], abs=0.03)


def test_no_weight_is_negative():
    scores, later = three()

    found = weights([scores[0], -scores[1]], later)

    assert found.tolist() == [1.0, 0.0]


def test_scores_of_no_use_share_alike():
    random = np.random.default_rng(1)
    scores, later = three(500)
    backwards = [-scores[0] - 0.3 * scores[1] + 0.01 * random.normal(0, 1, 500) for _ in range(2)]

    assert weights(backwards, later).tolist() == [0.5, 0.5]


def test_the_shares_are_no_worse_than_any_on_a_grid():
    scores, later = three(3000)
    chosen = later.mean(later.losses(blended(scores, weights(scores, later))))

    grid = [
        np.array([a, b, 1 - a - b])
        for a in np.arange(0, 1.01, 0.1)
        for b in np.arange(0, 1.01 - a, 0.1)
    ]

    assert (
        chosen <= min(later.mean(later.losses(blended(scores, shares))) for shares in grid) + 1e-5
    )


def test_a_blend_is_judged_with_weights_of_other_leads():
    scores, later = three(300)
    # knows one lead's outcome by heart
    told = [later.label * 9.0 * (later.cluster % 300 == 7), scores[0]]

    found = crossfitted(told, later, seed=0)

    alone = weights([told[0], scores[0]], later)[0]
    assert abs(found[7]) <= max(abs(scores[0][7]), 9.0 * alone)
