"""Grades and cuts: figures by a second route, orders that are broken, and cuts where the planted
rates are.
"""

import itertools

import numpy as np
import pytest

from features.errors import ConfigError
from propensity.definition.schema import Axes, AxisCuts
from propensity.grading.centring import zero_of
from propensity.grading.grading import GRADES, Graded, graded
from training.definition.cuts import proposed_cuts
from training.definition.grades import GradeCell, by_grade, by_quadrant, disorders
from training.definition.write import check_new
from training.learn.recipe.axis_curves import POINTS, axis_curve

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

    cells = {cell.name: cell for cell in by_grade(on_axes, won, chance)}

    assert list(cells) == list(GRADES)
    b3 = (fit - 0.3 >= 0) & (fit - 0.3 < 0.7) & (interest + 0.2 >= -0.7) & (interest + 0.2 < 0)
    assert (cells["B3"].leads, cells["B3"].closed) == (b3.sum(), (b3 & won).sum())
    assert cells["B3"].expected == pytest.approx(chance[b3].sum())
    assert cells["B3"].low < cells["B3"].rate < cells["B3"].high
    assert sum(cell.leads for cell in cells.values()) == 5000
    quadrants = {cell.name: cell.leads for cell in by_quadrant(on_axes, won, chance)}
    assert quadrants["hot"] == sum(cells[name].leads for name in ("A1", "A2", "B1", "B2"))
    assert quadrants["keen"] == sum(cells[name].leads for name in ("C1", "C2", "D1", "D2"))


def test_a_value_on_a_boundary_belongs_to_the_better_side():
    edge = np.array([0.3 + cut for cut in CUTS])

    assert graded(AXES, edge, np.full(3, -0.2)).letter.tolist() == [0, 1, 2]


def test_a_handful_of_leads_has_no_rate():
    few = Graded(*np.zeros((2, 19)), *np.zeros((2, 19), dtype=np.int8))

    a1 = by_grade(few, np.ones(19, dtype=bool), np.full(19, 0.5))[0]

    assert (a1.leads, a1.closed) == (19, 19)
    assert np.isnan([a1.rate, a1.low, a1.high]).all()


@pytest.mark.parametrize(("closed", "beyond"), [(18, False), (2, True)])
def test_a_better_grade_that_closes_less_often_is_named(closed, beyond):
    cells = [GradeCell(name, 100, 1 / 16, 20, 20.0, 0.1, 0.3) for name in GRADES]
    cells[GRADES.index("A2")] = GradeCell("A2", 100, 1 / 16, closed, 20.0, 0.0, 0.1)

    found = {(d.better, d.worse): d.beyond_noise for d in disorders(cells)}

    assert found == {("A2", "B2"): beyond, ("A2", "A3"): beyond}


def test_cuts_lie_where_the_rate_is_twice_and_half_the_average():
    rng = np.random.default_rng(2)
    axis = rng.normal(0, 1.2, 60_000)
    won = rng.random(60_000) < sigmoid(-3 + 0.8 * axis)
    rate = sigmoid(-3 + 0.8 * axis).mean()
    logit = np.log(rate / (1 - rate))
    wanted = [(np.log(r / (1 - r)) - logit) / 0.8 for r in (2 * rate, rate / 2)]

    found = proposed_cuts(axis, won, np.arange(60_000), seed=0)

    assert (found.best, found.worst) == pytest.approx(tuple(wanted), abs=0.1)
    assert found.best_interval[0] < wanted[0] < found.best_interval[1]
    assert found.worst_interval[0] < wanted[1] < found.worst_interval[1]
    assert found.from_data


def test_an_axis_that_does_not_rise_has_no_cuts_of_its_own():
    rng = np.random.default_rng(3)
    axis = rng.normal(0, 1, 2000)

    found = proposed_cuts(axis, rng.random(2000) < sigmoid(-1 - axis), np.arange(2000), seed=0)

    assert not found.from_data
    assert found.boundaries == (0.69, 0.0, -0.69)


def test_the_zero_is_where_leads_close_at_the_average_rate():
    rng = np.random.default_rng(4)
    fit, interest = rng.normal(0, 1, (2, 50_000))
    chance = sigmoid(-2.5 + fit + interest)
    average = chance.mean()

    curve = axis_curve(fit, chance, np.ones(50_000))
    zero = zero_of(curve, average)

    near = np.abs(fit - zero) < 0.05
    assert chance[near].mean() == pytest.approx(average, rel=0.05)
    assert len(curve) == POINTS
    assert all(b[0] > a[0] and b[1] >= a[1] for a, b in itertools.pairwise(curve))
    assert zero > 0.2, "the mean of the axis lies below the average rate"


def test_an_axis_without_spread_has_a_curve_of_one_point():
    assert axis_curve(np.zeros(10), np.full(10, 0.2), np.ones(10)) == ((0.0, pytest.approx(0.2)),)


def test_what_could_not_be_written_is_refused_before_the_work(tmp_path):
    (tmp_path / "there.yaml").write_text("signed", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"there\.yaml exists already and stays as it is"):
        check_new(tmp_path / "there.yaml", "plain")
    with pytest.raises(
        ConfigError, match="expected one of plain, japan-finance, japan-demo, got 'france'"
    ):
        check_new(tmp_path / "new.yaml", "france")
    check_new(tmp_path / "new.yaml", "japan-demo")
