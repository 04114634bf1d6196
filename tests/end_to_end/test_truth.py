"""A small run of the benchmark against simulated truth.

`python -m benchmarks.truth` is the full one.
"""

import pytest

from benchmarks.truth import nearness
from tests.training.plain_learner import PLAIN


@pytest.mark.slow
def test_the_shipped_model_comes_near_the_truth_of_a_small_company():
    near = nearness(seed=2, leads=8_000, **PLAIN)
    assert near.true_auc > 0.8
    assert near.true_auc - near.auc < 0.03
    assert near.slope == pytest.approx(1.0, abs=0.15)
    assert abs(near.intercept) < 0.3
    assert near.deciles >= 3  # of some 250 leads each, who do as they like until then
