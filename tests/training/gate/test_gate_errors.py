"""The simulation behind the gate's figures, on a tiny case: who meets whom on which days."""

import numpy as np
import pytest

from benchmarks.gate import World
from benchmarks.gate_errors import HISTORY, QUARTER, Models, company, meeting


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.mark.parametrize("horizon", [14, 28, 45, 90, 180])
def test_a_retrain_meets_somebody_at_every_horizon_and_no_judged_day_was_known(world, horizon):
    models = Models(company(world, leads=3, moves=False, seed=1), horizon, (0.9, 0.9, 1.1), seed=1)

    met = meeting(models, 0)

    days = models.rows.time[met.rows.cluster - models.rows.cluster[0]]
    first = int(days[met.newest].min())
    assert met.same_recipe
    assert met.newest.sum() > 50
    assert days[~met.newest].max() < first
    assert days[met.newest].max() == HISTORY - horizon
    itself = horizon < QUARTER - 30
    assert (first >= HISTORY - QUARTER) == itself
    assert not np.array_equal(met.challenger, met.rivals["champion"])
