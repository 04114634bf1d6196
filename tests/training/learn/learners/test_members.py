"""The members of the sum: what is served, and what each row's held-out score comes from."""

import numpy as np
import pytest

from tests.training.learn.learners.test_trees import QUICK, SPEC, made_up
from training.learn.learners.chosen import Trees
from training.learn.learners.members import fit_members, held_out_scores, scores
from training.learn.learners.trees import raw_scores, train, written

TASK = written(SPEC, QUICK)
ONE = (Trees.of(QUICK, trees=10),)
HALVES = [(np.arange(300), np.arange(300, 600)), (np.arange(300, 600), np.arange(300))]


def test_a_row_is_scored_by_a_model_that_has_not_seen_it():
    rows = made_up(600)

    _, models = fit_members(ONE, rows, TASK, HALVES)
    found = held_out_scores(models, SPEC, rows.matrix)

    first = train(rows.take(np.arange(300)), SPEC, QUICK, trees=10)
    assert (found[300:] == raw_scores(first, rows.matrix[300:])).all()
    assert not np.isnan(found).any()


def test_rows_that_no_fold_holds_out_have_no_score():
    rows = made_up(300)

    _, models = fit_members(ONE, rows, TASK, [(np.arange(200), np.arange(200, 300))])
    found = held_out_scores(models, SPEC, rows.matrix)

    assert np.isnan(found[:200]).all()
    assert not np.isnan(found[200:]).any()


def test_a_fold_that_learns_from_losses_alone_has_no_say_in_the_calibration():
    rows = made_up(300)
    losses = np.flatnonzero(rows.label == 0)
    rest = np.setdiff1d(np.arange(300), losses[:100])

    served, models = fit_members(ONE, rows, TASK, [(losses[:100], rest)])

    assert len(served) == 1
    assert models == ()


def test_a_bag_is_the_mean_of_the_models_of_its_folds():
    rows = made_up(600)
    bag = (Trees.of(QUICK, trees=10, bags=2),)

    served, models = fit_members(bag, rows, TASK, HALVES)

    assert [member.weight for member in served] == [0.25] * 4
    assert len({member.text for member in served}) == 4
    mean = np.mean([scores(model.members, rows.matrix) for model in models], axis=0)
    assert scores(served, rows.matrix) == pytest.approx(mean, abs=1e-12)


def test_parts_add_up_by_their_weights():
    rows = made_up(600)
    plain, bag = (
        Trees.of(QUICK, trees=10, weight=0.25),
        Trees.of(QUICK, trees=5, bags=1, weight=0.75),
    )

    together, _ = fit_members((plain, bag), rows, TASK, HALVES)
    alone, _ = fit_members((plain.weighing(1.0),), rows, TASK, HALVES)
    bagged, _ = fit_members((bag.weighing(1.0),), rows, TASK, HALVES)

    expected = 0.25 * scores(alone, rows.matrix) + 0.75 * scores(bagged, rows.matrix)
    assert scores(together, rows.matrix) == pytest.approx(expected, abs=1e-12)
