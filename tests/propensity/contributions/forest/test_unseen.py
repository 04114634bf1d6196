"""What a value adds whose state no training row showed: nothing."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propensity.contributions.forest import compiled as compiled_module
from propensity.contributions.forest import kernel, kernel_numpy
from tests.propensity.contributions.forest.test_compiled import (
    N_FEATURES,
    compiled,
    parameters_drawn,
    strange_rows,
    table,
    trained,
)
from tests.propensity.contributions.oracle import expected, features_of, shapley_value


def without_unseen(booster, row, unseen):
    """Contributions of one row after the definition: a game in which only the features that were
    seen take part, and every decision on another one is followed both ways, by cover.
    """
    values = np.zeros(N_FEATURES)
    for info in booster.dump_model()["tree_info"]:
        tree = info["tree_structure"]
        players = sorted(features_of(tree) - set(np.flatnonzero(unseen)))
        game = {
            frozenset(known): expected(tree, row, frozenset(known))
            for size in range(len(players) + 1)
            for known in combinations(players, size)
        }
        for player in players:
            values[player] += shapley_value(game, player, len(players))
    return values


def averaged(booster, row, unseen):
    """The raw score with every decision on an unseen feature followed both ways."""
    seen = frozenset(range(N_FEATURES)) - set(np.flatnonzero(unseen).tolist())
    trees = booster.dump_model()["tree_info"]
    return sum(expected(info["tree_structure"], row, seen) for info in trees)


def some_unseen(seed, n):
    """Which values were not seen: none, some or all of a row."""
    random = np.random.default_rng(seed + 7)
    return random.random((n, N_FEATURES)) < random.choice([0.0, 0.2, 0.5, 1.0], (n, 1))


@settings(max_examples=25, deadline=None)
@given(parameters_drawn, st.integers(0, 99), st.sampled_from([14, 4, 0]))
def test_the_log_odds_are_the_mean_by_cover_over_what_was_not_seen(parameters, seed, most_players):
    model = trained(*table(seed, missing=0.0), **parameters, rounds=2)
    rows, unseen = strange_rows(seed, 12), some_unseen(seed, 12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_module, "MAX_FEATURES_ON_PATH", most_players)
        forest = compiled((model, 1.0))
        found = forest.contributions(rows, unseen=unseen)

    wanted = [without_unseen(model, row, gone) for row, gone in zip(rows, unseen, strict=True)]
    raw = [averaged(model, row, gone) for row, gone in zip(rows, unseen, strict=True)]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(forest.base + found.sum(axis=1), raw, rtol=0, atol=1e-9)
    assert (found[unseen] == 0).all()


@settings(max_examples=25, deadline=None)
@given(parameters_drawn, st.integers(0, 99))
def test_where_everything_was_seen_the_contributions_are_the_ordinary_ones(parameters, seed):
    model = trained(*table(seed), **parameters)
    rows, forest = strange_rows(seed), compiled((model, 1.0))
    nothing = np.zeros(rows.shape, dtype=np.bool_)

    found = forest.contributions(rows, unseen=nothing)

    np.testing.assert_array_equal(found, forest.contributions(rows))


@settings(max_examples=10, deadline=None)
@given(parameters_drawn, st.integers(0, 99))
def test_numba_and_numpy_give_the_same_bits(parameters, seed):
    model = trained(*table(seed), **parameters)
    rows, unseen, found = strange_rows(seed), some_unseen(seed, 150), []
    for chosen in (kernel, kernel_numpy):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled_module, "_kernel_for", lambda *_, chosen=chosen: chosen)
            found.append(compiled((model, 1.0)).contributions(rows, unseen=unseen))
    np.testing.assert_array_equal(*found)


def test_batches_order_threads_and_layout_do_not_change_a_bit():
    forest = compiled((trained(*table(3), num_leaves=12, rounds=20), 1.0))
    rows, unseen = strange_rows(1, 20_000), some_unseen(1, 20_000)
    whole = forest.contributions(rows, unseen=unseen)
    order = np.random.default_rng(0).permutation(len(rows))

    shuffled = forest.contributions(np.asfortranarray(rows[order]), unseen=unseen[order], threads=2)
    alone = forest.contributions(rows[77:78], unseen=unseen[77:78])

    np.testing.assert_array_equal(shuffled, whole[order])
    np.testing.assert_array_equal(alone[0], whole[77])


def test_ordinary_rows_keep_their_bits_once_others_have_come():
    model = trained(*table(3), num_leaves=12, rounds=20)
    rows, untouched = strange_rows(1), compiled((model, 1.0)).contributions(strange_rows(1))
    forest = compiled((model, 1.0))
    forest.contributions(rows, unseen=some_unseen(1, len(rows)))

    np.testing.assert_array_equal(forest.contributions(rows), untouched)


def test_groups_of_features_are_sums_of_their_features():
    forest = compiled((trained(*table(3), num_leaves=12, rounds=20), 1.0))
    rows, unseen = strange_rows(1), some_unseen(1, 150)
    groups = np.array([0, 1, 0, 2, 1, 0, 2], np.int32)

    found = forest.contributions(rows, unseen=unseen, groups=groups)

    single = forest.contributions(rows, unseen=unseen)
    wanted = np.stack([single[:, groups == group].sum(axis=1) for group in range(3)], axis=1)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)


def test_a_tree_on_one_axis_keeps_its_bits_when_a_value_of_the_other_was_not_seen():
    X, y = table(5)
    model = trained(X, y, interaction_constraints=[[0, 2, 4], [1, 3, 5, 6]], max_depth=4, rounds=20)
    forest, rows = compiled((model, 1.0)), strange_rows(1)
    unseen = np.zeros(rows.shape, dtype=np.bool_)
    unseen[:, [1, 5]] = True

    found = forest.contributions(rows, unseen=unseen)

    ordinary = forest.contributions(rows)
    np.testing.assert_array_equal(found[:, [0, 2, 4]], ordinary[:, [0, 2, 4]])
    assert (found[:, [3, 6]] != ordinary[:, [3, 6]]).any()
