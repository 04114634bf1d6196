"""What a random slice below the line can show."""

import math

import numpy as np
import pytest
from scipy import stats

from training.definition.slice_power import detectable


@pytest.mark.parametrize(("leads", "rate"), [(2000, 0.05), (400, 0.1), (150, 0.3)])
def test_a_detectable_rate_is_found_in_about_eighty_of_a_hundred_slices(leads, rate):
    """By a second route: the exact binomial."""
    higher = rate * detectable(leads, rate)
    limit = rate + stats.norm.isf(0.025) * np.sqrt(rate * (1 - rate) / leads)

    found = stats.binom.sf(np.floor(limit * leads), leads, higher)

    assert found == pytest.approx(0.8, abs=0.04)


def test_too_few_leads_show_nothing():
    assert detectable(0.1, 0.05) == math.inf
    assert detectable(100, 0.0) == math.inf
    assert detectable(4000, 0.05) < detectable(400, 0.05) < detectable(40, 0.05)
