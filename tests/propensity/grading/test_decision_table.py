"""One lead, one instruction: the table against a reading of it lead by lead."""

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from propensity.definition.schema import CASES, Definition
from propensity.grading.decision_table import OBSTACLES, RuleResults, decide
from propensity.grading.grading import QUADRANTS, Graded


def definition(**line):
    return Definition.model_validate(
        {
            "review_by": dt.date(2027, 1, 31),
            "roles": {"marketing": "Marketing", "sales": "Sales"},
            "must_sign": ["marketing", "sales"],
            "mql": {"enter": 0.2, "because": "two in ten close", **line},
        }
    )


def ruled(n, **columns):
    none = np.full(n, -1, dtype=np.int16)
    no = np.zeros(n, dtype=np.bool_)
    absent = {
        **dict.fromkeys(
            ("disqualifier", "hand_raiser", "missing", "qualifier", "stage", "segment"), none
        ),
        **dict.fromkeys(("qualifier_unknown", "in_line"), no),
    }
    return RuleResults(**{**absent, **columns})


def on_axes(quadrant):
    """Leads of these quadrants, by place."""
    quadrant = np.asarray(quadrant)
    letter, digit = np.where(quadrant >= 2, 3, 0), np.where(quadrant % 2 == 1, 3, 0)
    return Graded(
        np.zeros(len(quadrant)),
        np.zeros(len(quadrant)),
        letter.astype(np.int8),
        digit.astype(np.int8),
    )


def first_match(disqualified, raised, missing, unqualified, over, drawn, held, quadrant):
    """The table as one would read it aloud."""
    if disqualified:
        return "disqualified"
    if raised and not missing:
        return "hand-raiser"
    if raised or (over and unqualified == "unknown") or (over and not unqualified and missing):
        return "incomplete"
    if over and not unqualified:
        return "hold-out" if held else "MQL"
    if drawn and not unqualified and not missing:
        return "random slice"
    return QUADRANTS[quadrant]


def test_every_combination_has_exactly_one_instruction():
    both = (False, True)
    combinations = list(
        itertools.product(both, both, both, ("", "false", "unknown"), both, both, both, range(4))
    )
    disqualified, raised, missing, told, over, drawn, held, quadrant = map(
        np.array, zip(*combinations, strict=True)
    )
    unqualified = told != ""
    rules = ruled(
        len(combinations),
        disqualifier=np.where(disqualified, 0, -1).astype(np.int16),
        hand_raiser=np.where(raised, 2, -1).astype(np.int16),
        missing=np.where(missing, 1, -1).astype(np.int16),
        qualifier=np.where(unqualified, 0, -1).astype(np.int16),
        qualifier_unknown=told == "unknown",
    )
    slice_ = {"share": 0.1, "because": "the model must not eat its own tail"}

    found = decide(
        definition(random_slice=slice_),
        on_axes(quadrant),
        np.where(over, 0.2, 0.1999),
        rules,
        lot=np.where(drawn, 0.0999, 0.1),
        held=held,
    )

    assert [CASES[code] for code in found.case] == [first_match(*row) for row in combinations]
    eligible = ~disqualified & ~missing & ~unqualified
    np.testing.assert_array_equal(found.is_mql, eligible & over)
    np.testing.assert_array_equal(rules.eligible, eligible)
    handed_over = ~disqualified & ~missing & (raised | (over & ~unqualified & ~held))
    np.testing.assert_array_equal(found.handed_over, handed_over)
    obstacle = np.array(OBSTACLES, dtype=object)[found.obstacle]
    assert set(obstacle[handed_over]) == {""}
    assert set(obstacle[disqualified]) == {"disqualifier"}
    assert set(obstacle[~handed_over & ~disqualified & raised]) == {"missing information"}
    assert set(obstacle[eligible & ~raised & ~over]) == {"threshold"}
    assert set(obstacle[eligible & ~raised & over & held]) == {"hold-out"}
    assert set(obstacle[~disqualified & ~raised & (told == "false")]) == {"qualifier"}
    asked = ~disqualified & ~raised & (told == "unknown") & over
    assert set(obstacle[asked & missing]) == {"missing information"}
    assert set(obstacle[asked & ~missing]) == {"qualifier"}


@given(st.floats(0.0001, 0.9999))
def test_a_hand_raiser_is_handed_over_at_any_score_and_an_unsubscribed_one_never(chance):
    rules = ruled(
        2, hand_raiser=np.array([0, 0], np.int16), disqualifier=np.array([-1, 0], np.int16)
    )

    found = decide(definition(), on_axes([3, 0]), np.full(2, chance), rules)

    assert found.handed_over.tolist() == [True, False]


def test_an_mql_stays_one_down_to_the_leave_line_and_no_other_lead_enters_there():
    chance = np.array([0.2, 0.15, 0.15, 0.1, 0.0999])
    was = np.array([False, False, True, True, True])

    found = decide(definition(leave=0.1), on_axes([0] * 5), chance, ruled(5), was_mql=was)

    assert found.is_mql.tolist() == [True, False, True, True, False]


def test_where_rules_are_the_line_the_chance_decides_nothing():
    rules = ruled(2, in_line=np.array([True, False]))

    found = decide(
        definition(by="rules", rule="employees >= 100", enter=None),
        on_axes([3, 0]),
        np.array([0.01, 0.99]),
        rules,
    )

    assert found.is_mql.tolist() == [True, False]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"leave": 0.3}, "expected `leave` at or below `enter`"),
        ({"enter": None}, "expected `enter`"),
        ({"by": "rules"}, "expected `rule`"),
        ({"enter": 1.2}, "less than 1"),
        ({"by": "rules", "rule": "__import__('os')"}, "rule"),
    ],
)
def test_a_line_that_cannot_be_is_refused(line, message):
    with pytest.raises(ValidationError, match=message):
        definition(**line)
