"""The draws for the random slice and the hold-out: by lead and seed alone, each by itself."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from propensity.definition.schema import Definition
from propensity.grading.draws import held_out, lots

LEADS = pa.array([f"L{n}" for n in range(40_000)])


def definition(**line):
    drawn = {name: {"because": "a test", **given} for name, given in line.items()}
    return Definition.model_validate(
        {
            "review_by": dt.date(2027, 1, 31),
            "roles": {"sales": "Sales"},
            "must_sign": ["sales"],
            "mql": {"enter": 0.2, "because": "two in ten close", **drawn},
        }
    )


def test_a_share_of_the_leads_is_held_out_the_same_in_every_order():
    agreed = definition(hold_out={"share": 0.15, "seed": 7})
    order = np.random.default_rng(1).permutation(len(LEADS))

    held = held_out(agreed, LEADS)

    assert held.mean() == pytest.approx(0.15, abs=0.007)
    np.testing.assert_array_equal(held_out(agreed, LEADS.take(pa.array(order))), held[order])
    other = held_out(definition(hold_out={"share": 0.15, "seed": 8}), LEADS)
    assert (other & held).mean() == pytest.approx(0.15**2, abs=0.004)


def test_who_is_held_out_says_nothing_of_who_is_in_the_slice():
    agreed = definition(hold_out={"share": 0.2, "seed": 3}, random_slice={"share": 0.2, "seed": 3})

    held, sliced = held_out(agreed, LEADS), lots(agreed, LEADS) < 0.2

    assert sliced[held].mean() == pytest.approx(sliced[~held].mean(), abs=0.015)


def test_who_was_handed_over_before_is_not_held_out():
    agreed = definition(hold_out={"share": 0.2})
    was = np.arange(len(LEADS)) % 2 == 0

    held = held_out(agreed, LEADS, was)

    assert not held[was].any()
    np.testing.assert_array_equal(held[~was], held_out(agreed, LEADS)[~was])


def test_nobody_is_held_out_unless_the_definition_says_so():
    assert held_out(definition(), LEADS) is None
    with pytest.raises(ValidationError, match=r"hold_out\.share"):
        definition(hold_out={"share": 0.3})
