"""A race: who is behind beyond noise is given up early, whoever is not is judged as if alone."""

import numpy as np
import pytest

from tests.training.learn.arenas import SPEC, labelled, made_up, settings
from training.learn.learners.chosen import Trees
from training.learn.learners.trees import Task
from training.learn.rows.time_blocks import blocks_of
from training.learn.tournament import growing
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.contest import Contest
from training.learn.tournament.contestants import try_trees
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.race import raced


@pytest.fixture(scope="module")
def arena():
    seen, config = made_up(), settings(trials=2)
    rows = labelled(seen.label)
    blocks = blocks_of(rows, seed=0)
    later = JudgedRows.of(rows, blocks, by_moment=False)
    return Arena(config, rows, seen, blocks, later, Task(SPEC))


@pytest.fixture(scope="module")
def written(arena):
    return Trees.of(arena.learner)


@pytest.fixture(scope="module")
def best(arena, written):
    return try_trees(arena, "lightgbm", written)


def looked_at(monkeypatch):
    blocks = []
    grown = growing.grow_staged

    def noted(earlier, later, *others, **options):
        blocks.append(len(later.label))
        return grown(earlier, later, *others, **options)

    monkeypatch.setattr(growing, "grow_staged", noted)
    return blocks


def test_a_hopeless_proposal_is_given_up_after_the_first_block(arena, written, best, monkeypatch):
    hopeless = written.trying({"min_leaf_rows": 10_000})
    blocks = looked_at(monkeypatch)

    (finish,) = raced(arena, "lightgbm", [hopeless], best)

    assert finish.tried is None
    assert finish.log_loss > arena.later.mean(best.losses)
    assert len(arena.blocks) > 1
    assert len(blocks) == 1


def test_whoever_keeps_up_is_judged_as_if_it_were_alone(arena, written, best):
    other = written.trying({"depth": 3})

    hopeless = written.trying({"min_leaf_rows": 10_000})
    _, finish = raced(arena, "lightgbm", [hopeless, other], best, beyond=1e9)

    alone = try_trees(arena, "lightgbm", other)
    assert finish.tried.trees == alone.trees
    assert np.array_equal(finish.tried.losses, alone.losses)
    assert finish.log_loss == arena.later.mean(alone.losses)


def test_one_that_is_ahead_on_every_block_is_never_given_up(arena, written, best):
    weak = try_trees(arena, "lightgbm", written.trying({"min_leaf_rows": 10_000}))

    (finish,) = raced(arena, "lightgbm", [written], weak, beyond=0.0)

    assert np.array_equal(finish.tried.losses, best.losses)


def test_a_bag_that_is_given_up_is_told_with_how_far_it_was_behind(arena, written):
    contest = Contest(
        arena, written.trying({"min_leaf_rows": 10_000}), Budget(None), lambda *_: None
    )

    tried = contest.tried(("linear", "bag"))

    assert [each.name for each in tried] == ["linear"]
    assert contest.given_up["bag"] > 0


def test_rows_judged_first_are_the_first_rows(arena):
    first = arena.later.first(7)

    assert len(first.label) == 7
    assert np.array_equal(first.cut, arena.later.cut[:7])
    assert arena.later.first(len(arena.later.label)) is arena.later


def test_losses_on_the_way_are_those_of_each_look_alone(arena):
    random = np.random.default_rng(0)
    steps = np.cumsum(random.normal(0.0, 0.3, (5, len(arena.later.label))), axis=0)
    steps += 0.5 * arena.later.label

    told = arena.later.losses_on_the_way(steps)

    assert told == pytest.approx(np.array([arena.later.losses(each) for each in steps]), abs=1e-9)
