"""A tiny case of the benchmark by phase and weekday.

`python -m benchmarks.phases` is the full one.
"""

import numpy as np
import pytest

from benchmarks.phases import ACTIONS, WAYS, measure, simulated


@pytest.mark.slow
def test_one_day_of_a_company_that_decides_together_flatters_what_was_learned_on_it(tmp_path):
    config = simulated("rounds", 1500, tmp_path)

    found = measure("rounds", config, every=28, step=14, trees=40)

    assert found.rows["own days"] == pytest.approx(found.rows["one day"], rel=0.05)
    assert [each.days for each in found.figures[:2]] == ["phase 0", "phase 1"]
    assert len(found.figures) == 28 + 7 + 1
    first, others = found.figures[0], found.figures[1:28]
    flattered = {
        way: first.roc_auc[way] - np.mean([each.roc_auc[way] for each in others]) for way in WAYS
    }
    assert flattered["one day"] > flattered["own days"] + 0.005
    assert {(lift.action, lift.back) for lift in found.lifts} >= {(ACTIONS[0], 0), (ACTIONS[0], 14)}
