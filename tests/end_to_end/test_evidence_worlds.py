"""Worlds whose truth is known: what is true of a group, and what is summed up."""

import numpy as np
import pytest

from benchmarks.evidence_worlds import KINDS, Kind, groups, learned, world, worth


def test_the_true_chances_are_those_that_the_outcomes_were_drawn_with():
    one = world(Kind(leads=60_000, shared=0.8), seed=1)
    won = one.leads["won"]

    assert won.mean() == pytest.approx(one.chance().mean(), rel=0.02)
    above = one.leads["level"] == "a"
    assert won[above].mean() == pytest.approx(one.chance()[above].mean(), rel=0.06)
    assert one.chance("idle 1") == pytest.approx(one.chance())
    assert one.chance("level")[above].mean() < one.chance()[above].mean()


def test_a_model_of_a_world_is_judged_group_by_group(tmp_path):
    one = world(KINDS["few leads"], seed=1)

    found = groups(one, *learned(one, tmp_path))
    summed = worth("few leads", found)

    real, _, leads, closed, _, low, high, _, ratio = found.T
    assert set(real) == {0.0, 1.0}
    assert ratio[real == 0] == pytest.approx(1.0)
    assert (leads >= 50).all()
    assert (closed <= leads).all()
    assert (low < high).all()
    assert summed.idle <= summed.idle_before
    assert np.isfinite(summed.covers)
