"""What a new model would change: counts by a second route, nothing of fewer than five leads, and
what moved them.
"""

import collections
import io

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from propensity.concepts.concepts import Concept
from propensity.grading.grading import GRADES, QUADRANTS
from propensity.scoring.placements import Placements
from training.gate.ask import GateAnswer
from training.gate.gate import refused
from training.gate.migration import FEWEST, _weekly, compare_placements
from training.gate.show import show

CONCEPTS = (
    Concept("業種", "fit", (0,)),
    Concept("pricing", "interest", (1,)),
    Concept("visits", "interest", (2,)),
)


def placing(n=1000, seed=0, *, concepts=CONCEPTS, mql=True):
    rng = np.random.default_rng(seed)
    letter, digit = rng.integers(0, 4, (2, n))
    quadrant = (2 * (letter >= 2) + (digit >= 2)).astype(np.int8)
    case = np.where(rng.random(n) < 0.1, 3, 5 + quadrant).astype(np.int8)
    return Placements(
        grade=(4 * letter + digit).astype(np.int8),
        area=quadrant,
        axes=("fit", "interest"),
        case=case if mql else None,
        is_mql=case == 3 if mql else None,
        probability=rng.random(n),
        concepts=concepts,
        contributions=rng.normal(0, 1, (n, len(concepts))).astype(np.float32),
    )


def test_the_counts_are_those_of_a_plain_count():
    before, after = placing(seed=1), placing(seed=2)

    found = compare_placements(before, after, against=4, definition=2)

    pairs = collections.Counter(zip(before.grade.tolist(), after.grade.tolist(), strict=True))
    for old in range(16):
        for new in range(16):
            told, count = found.grades[old][new], pairs[old, new]
            assert told == count or (told is None and 0 < count < FEWEST)
    moved = collections.Counter(
        f"{QUADRANTS[a]} → {QUADRANTS[b]}"
        for a, b in zip(before.area, after.area, strict=True)
        if a != b
    )
    assert found.quadrants == moved
    assert found.quadrant_changed == sum(moved.values())
    assert found.instruction_changed == (before.case != after.case).sum()
    assert found.mql_before == before.is_mql.sum()
    assert found.mql_enter == (after.is_mql & ~before.is_mql).sum()
    assert found.mql_leave == (before.is_mql & ~after.is_mql).sum()
    assert found.change.instructions == pytest.approx((before.case != after.case).mean())


def test_a_handful_of_leads_is_told_as_fewer_than_five_and_cannot_be_found_by_subtraction():
    before = placing(seed=1, mql=False)
    after = Placements(**{**vars(before), "grade": before.grade.copy(), "area": before.area.copy()})
    after.grade[:2] = (before.grade[0] + 4) % 16
    after.area[:2] = 3 - before.area[:2]

    found = compare_placements(before, after, against=1, definition=None)

    assert found.quadrant_changed is None
    assert set(found.quadrants.values()) == {None}
    assert found.instruction_share == FEWEST / 1000
    assert sum(cell is None for row in found.grades for cell in row) >= 2
    assert found.movers == ()
    assert found.mql_before is None


def test_nothing_changes_where_both_models_say_the_same():
    found = compare_placements(placing(), placing(), against=1, definition=1)

    assert (
        found.quadrant_changed,
        found.instruction_changed,
        found.mql_enter,
        found.mql_leave,
    ) == (0, 0, 0, 0)
    assert found.quadrants == {}
    assert (found.movers, found.ranks) == ((), ())
    assert all(found.grades[i][j] in (0, None) for i in range(16) for j in range(16) if i != j)


def test_the_largest_mover_is_the_concept_whose_contribution_changed_most():
    before = placing(seed=3)
    after = placing(seed=4)
    shift = np.array([0.0, 3.0, 0.1], dtype=np.float32)
    after = Placements(**{**vars(after), "contributions": before.contributions + shift})

    found = compare_placements(before, after, against=1, definition=1)

    assert [mover.concept for mover in found.movers] == ["pricing", "visits", "業種"]
    assert found.movers[0].shift == pytest.approx(3.0, rel=1e-5)
    moved = (before.area != after.area) | (before.case != after.case)
    assert found.movers[0].leads == moved.sum()


def test_a_concept_that_one_model_does_not_know_has_no_rank_there():
    old, new = placing(concepts=CONCEPTS[:2]), placing(concepts=CONCEPTS[1:])

    ranks = {
        rank.concept: (rank.before, rank.after)
        for rank in compare_placements(old, new, against=1, definition=1).ranks
    }

    assert ranks["業種"][1] is None
    assert ranks["visits"][0] is None


def test_new_mqls_per_week_are_those_that_were_none_the_week_before():
    def rows(*leads):
        return pa.table(
            {"lead": pa.array(leads, pa.int32()), "episode": pa.array([1] * len(leads), pa.int32())}
        )

    tables = {0: rows(*range(20)), 7: rows(*range(30)), 14: rows(*range(5, 30))}
    flags = {0: np.arange(20) < 2, 7: np.arange(30) < 10, 14: np.arange(5, 30) < 12}

    assert _weekly(tables, flags, [0, 7, 14]) == pytest.approx((8 + 2) / 2)
    # one lead
    assert (
        _weekly(tables, {0: flags[0], 7: np.arange(30) < 3, 14: np.zeros(25, bool)}, [0, 7, 14])
        is None
    )


def test_what_is_printed_fits_eighty_columns_and_obeys_no_terminal():
    concepts = (Concept("業種\x1b[31m" * 20, "fit", (0,)), *CONCEPTS[1:])
    moved = compare_placements(
        placing(20_000, 1, concepts=concepts),
        placing(20_000, 2, concepts=concepts),
        against=1,
        definition=1,
    )
    console = Console(width=80, record=True, file=io.StringIO())

    for part in show(GateAnswer(refused("it\x1b[31m cannot", against=1), moved)):
        console.print(part)

    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert all(grade in text for grade in GRADES)
