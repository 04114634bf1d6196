"""Zeros from one model to the next: what the gate previews and what the promotion makes is one
function.
"""

from dataclasses import replace

import pytest

from propensity.grading.centring import zero_of
from propensity.promotion.successor import KnownDefinitions, successor
from tests.propensity.grading.test_centring import RISING, in_use, reference

OWN = zero_of(RISING, 0.14)
NEAR, FAR = OWN + 0.15, OWN + 0.25


@pytest.fixture
def model(small_model):
    return replace(small_model, reference=reference())


def zeros(known, model):
    axes = successor(known, model, 3).axes
    return axes.fit.zero, axes.interest.zero


def test_a_new_model_keeps_the_zeros_that_are_within_noise_and_moves_the_others(model):
    before = in_use(NEAR, FAR)
    assert zeros(KnownDefinitions(None, in_use=before, champion=before), model) == (NEAR, OWN)


def test_the_zeros_that_grade_today_count_and_not_those_of_the_file_an_earlier_model_wrote(model):
    file, champion = in_use(FAR, NEAR), in_use(NEAR, FAR)
    known = KnownDefinitions(file, in_use=champion, champion=champion)
    assert zeros(known, model) == (NEAR, OWN)


def test_a_file_with_another_average_has_zeros_of_its_own(model):
    file, champion = in_use(FAR, FAR, rate=0.3), in_use(NEAR, NEAR)
    own = zero_of(RISING, 0.3)
    assert zeros(KnownDefinitions(file, in_use=champion, champion=champion), model) == (own, own)
