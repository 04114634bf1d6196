"""Grades and cuts: figures by a second route, orders that are broken, and cuts where the planted
rates are.
"""

import numpy as np
import pytest

from propensity.definition.schema import Axes, AxisCuts
from propensity.grading.grading import GRADES, Graded, graded
from training.definition.grades import by_area, by_grade, disorders

CUTS = (0.7, 0.0, -0.7)
AXES = Axes(fit=AxisCuts(zero=0.3, cuts=CUTS), interest=AxisCuts(zero=-0.2, cuts=CUTS))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_cells_count_what_is_in_them():
    rng = np.random.default_rng(0)
    fit, interest = rng.normal(0, 1, (2, 5000))
    chance = sigmoid(-2 + fit + interest)
    won = rng.random(5000) < chance
    on_axes = graded(AXES, fit, interest)

    cells = {cell.name: cell for cell in by_grade(on_axes, won, chance, np.arange(len(won)))}

    assert list(cells) == list(GRADES[:16])
    b3 = (fit - 0.3 >= 0) & (fit - 0.3 < 0.7) & (interest + 0.2 >= -0.7) & (interest + 0.2 < 0)
    assert (cells["B3"].leads, cells["B3"].closed) == (b3.sum(), (b3 & won).sum())
    assert cells["B3"].expected == pytest.approx(chance[b3].sum())
    assert cells["B3"].low < cells["B3"].rate < cells["B3"].high
    assert sum(cell.leads for cell in cells.values()) == 5000
    quadrants = {
        cell.name: cell.leads for cell in by_area(on_axes, won, chance, np.arange(len(won)))
    }
    assert quadrants["hot"] == sum(cells[name].leads for name in ("A1", "A2", "B1", "B2"))
    assert quadrants["keen"] == sum(cells[name].leads for name in ("C1", "C2", "D1", "D2"))


@pytest.mark.parametrize(
    ("axes", "grades"),
    [(Axes(fit=AXES.fit), "ABCD"), (Axes(interest=AXES.interest), "1234")],
)
def test_of_one_axis_there_are_four_grades_and_two_halves_and_no_quadrant(axes, grades):
    rng = np.random.default_rng(0)
    on_axes = graded(axes, *rng.normal(0, 1, (2, 500)))
    won, chance = np.zeros(500, dtype=bool), np.full(500, 0.1)

    cells = by_grade(on_axes, won, chance, np.arange(len(won)))
    halves = {cell.name: cell.leads for cell in by_area(on_axes, won, chance, np.arange(len(won)))}

    assert [cell.name for cell in cells] == list(grades)
    assert on_axes.quadrants.null_count == 500
    assert list(halves) == ["high", "low"]
    assert halves["high"] == cells[0].leads + cells[1].leads
    assert sum(halves.values()) == 500


def test_a_value_on_a_boundary_belongs_to_the_better_side():
    edge = np.array([0.3 + cut for cut in CUTS])

    assert graded(AXES, edge, np.full(3, -0.2)).letter.tolist() == [0, 1, 2]


def test_a_handful_of_leads_has_no_rate():
    few = Graded(*np.zeros((2, 19)), *np.zeros((2, 19), dtype=np.int8))

    a1 = by_grade(few, np.ones(19, dtype=bool), np.full(19, 0.5), np.arange(19))[0]

    assert (a1.leads, a1.closed) == (19, 19)
    assert np.isnan([a1.rate, a1.low, a1.high]).all()


def of_grades(grades):
    """Leads of the given places among the sixteen grades."""
    grades = np.asarray(grades)
    return Graded(
        *np.zeros((2, len(grades))), (grades // 4).astype(np.int8), (grades % 4).astype(np.int8)
    )


@pytest.mark.parametrize(("closed", "beyond"), [(18, False), (2, True)])
def test_a_better_grade_that_closes_less_often_is_named(closed, beyond):
    leads = np.repeat(np.arange(16), 100)
    won = np.tile(np.arange(100) < 20, 16)
    won[100:200] = np.arange(100) < closed

    found = disorders(of_grades(leads), won, np.arange(1600))

    assert {(d.better, d.worse): d.beyond_noise for d in found} == {
        ("A2", "B2"): beyond,
        ("A2", "A3"): beyond,
    }


def test_leads_of_one_account_are_one_piece_of_evidence():
    """The same counts; in the second case ten accounts of ten leads each closed or did not."""
    leads, cluster = np.repeat([0, 1], 100), np.arange(200)
    won = np.concatenate([np.arange(100) < 10, np.arange(100) < 30])
    apart, together = (
        list(disorders(of_grades(leads), won, accounts)) for accounts in (cluster, cluster // 10)
    )
    one, ten = (
        by_grade(of_grades(leads), won, np.full(200, 0.2), accounts)[1]
        for accounts in (cluster, cluster // 10)
    )

    assert [found.beyond_noise for found in apart] == [True]
    assert [found.beyond_noise for found in together] == [False]
    assert ten.high - ten.low > 2 * (one.high - one.low)


def test_grades_that_close_alike_are_seldom_called_out_of_order():
    """24 pairs of neighbours, accounts of three leads: any beyond noise in at most 5 of 100."""
    rng, worlds, called = np.random.default_rng(0), 200, 0
    account = np.arange(1600) // 3
    for _ in range(worlds):
        level = rng.normal(-1.5, 1.0, account.max() + 1)[account]
        won = rng.random(1600) < sigmoid(level)
        found = disorders(of_grades(rng.permutation(np.repeat(np.arange(16), 100))), won, account)
        called += any(each.beyond_noise for each in found)

    assert called <= 0.05 * worlds + 2 * np.sqrt(0.05 * 0.95 * worlds)
