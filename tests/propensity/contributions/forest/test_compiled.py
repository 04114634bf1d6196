import logging
import os
import re
import subprocess
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import propensity.contributions.forest.groups as groups_module
from propensity.contributions.forest import CompiledForest, kernel, kernel_numpy
from propensity.contributions.forest import compiled as compiled_module
from propensity.contributions.forest.leaves import leaf_games
from propensity.contributions.forest.model_text import ModelTextError
from tests.propensity.contributions.oracle import shapley_values

N_FEATURES, CATEGORICAL = 7, [0, 1]
STRANGE = [
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    -0.0,
    1e300,
    -1e300,
    1e-36,
    -1e-36,
    1e-35,
    -1e-35,
    1.0000000180025095e-35,
]
STRANGE += [
    -1.0,
    -0.5,
    1.7,
    3.999,
    39.0,
    40.0,
    1e6,
    2147483647.0,
    2147483648.0,
    -2147483649.0,
    5e-324,
]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def table(seed, n=400, missing=0.1):
    """Two categorical columns (one of forty levels), counts with many zeros, and numbers around
    zero.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, N_FEATURES))
    X[:, 0], X[:, 1] = rng.integers(0, 40, n), rng.integers(0, 4, n)
    X[:, 2] = rng.poisson(0.7, n)
    X[rng.random(X.shape) < missing] = np.nan
    X[rng.random(n) < 0.2, 3] = 0.0
    signal = np.nan_to_num(X) @ [0.05, 0.4, 0.5, 1.0, -1.0, 0.5, 0.0] + (
        np.nan_to_num(X)[:, 0] % 3 == 0
    )
    return X, (rng.random(n) < 1 / (1 + np.exp(1 - signal))).astype(float)


def trained(X, y, rounds=8, **parameters):
    chosen = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 1,
        "min_data_in_leaf": 3,
        "min_data_per_group": 3,
    }
    chosen |= {"learning_rate": 0.3, "max_cat_to_onehot": 2, "cat_smooth": 1.0, **parameters}
    data = lgb.Dataset(
        X, y, categorical_feature=CATEGORICAL, params={"verbose": -1, "min_data_in_bin": 1}
    )
    return lgb.train(chosen, data, rounds)


def strange_rows(seed, n=150):
    rng = np.random.default_rng(seed + 1)
    rows = table(seed, n)[0]
    strange = rng.random(rows.shape) < 0.3
    rows[strange] = rng.choice(STRANGE, strange.sum())
    return rows


def assert_equals_lightgbm(forest, members, rows):
    found = forest.contributions(rows)
    wanted = sum(weight * member.predict(rows, pred_contrib=True) for member, weight in members)
    raw = sum(weight * member.predict(rows, raw_score=True) for member, weight in members)
    np.testing.assert_allclose(found, wanted[:, :-1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(forest.base, wanted[0, -1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(forest.base + found.sum(axis=1), raw, rtol=0, atol=1e-9)


def compiled(*members):
    return CompiledForest.compile(
        [(member.model_to_string(), weight) for member, weight in members]
    )


parameters_drawn = st.fixed_dictionaries(
    {
        "num_leaves": st.integers(2, 40),
        "max_depth": st.sampled_from([-1, 1, 2, 4, 6]),
        "use_missing": st.booleans(),
        "zero_as_missing": st.booleans(),
        "extra_trees": st.booleans(),
        "max_cat_to_onehot": st.sampled_from([1, 4, 64]),
        "bagging_fraction": st.sampled_from([0.5, 1.0]),
        "bagging_freq": st.just(1),
        "feature_fraction": st.sampled_from([0.5, 1.0]),
        "min_data_in_leaf": st.sampled_from([1, 10, 150]),
        "max_bin": st.sampled_from([4, 255]),
        "interaction_constraints": st.sampled_from(["", [[0, 2, 4], [1, 3, 5, 6]]]),
        "objective": st.sampled_from(["binary", "regression"]),
    }
)


@FEW
@given(parameters_drawn, st.integers(0, 99), st.sampled_from([0.0, 0.2]))
def test_any_model_on_any_row_is_explained_as_lightgbm_does(parameters, seed, missing):
    X, y = table(seed, missing=missing)
    model = trained(X, y, **parameters)
    assert_equals_lightgbm(compiled((model, 1.0)), [(model, 1.0)], strange_rows(seed))


@FEW
@given(
    st.lists(st.tuples(parameters_drawn, st.floats(-2, 2)), min_size=2, max_size=4),
    st.integers(0, 99),
)
def test_weighted_bags_become_one_forest(drawn, seed):
    members = [
        (trained(*table(seed + bag, missing=bag % 2 * 0.2), **parameters, rounds=4), weight)
        for bag, (parameters, weight) in enumerate(drawn)
    ]
    assert_equals_lightgbm(compiled(*members), members, strange_rows(seed))


@settings(max_examples=25, deadline=None)
@given(parameters_drawn, st.integers(0, 99))
def test_contributions_are_shapley_values_by_brute_force(parameters, seed):
    model = trained(*table(seed), **parameters, rounds=2)
    rows = strange_rows(seed, 12)
    base, wanted = shapley_values(model, rows)
    forest = compiled((model, 1.0))
    np.testing.assert_allclose(forest.contributions(rows), wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(forest.base, base, rtol=0, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(parameters_drawn, st.integers(0, 99), st.sampled_from([2, 16, 256, 4096]))
def test_numba_and_numpy_give_the_same_bits(parameters, seed, max_cells):
    model = trained(*table(seed), **parameters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups_module, "MAX_CELLS", max_cells)
        patch.setattr(CompiledForest, "_kernel", lambda self, n: kernel_numpy)
        slow = compiled((model, 1.0)).contributions(strange_rows(seed))
        patch.setattr(CompiledForest, "_kernel", lambda self, n: kernel)
        fast = compiled((model, 1.0)).contributions(strange_rows(seed))
    np.testing.assert_array_equal(slow, fast)


@pytest.fixture(scope="module")
def model():
    return trained(*table(3), num_leaves=12, rounds=20)


@pytest.fixture(scope="module")
def forest(model):
    return compiled((model, 1.0))


def test_threads_batches_order_and_layout_do_not_change_a_bit(forest):
    rows = np.tile(strange_rows(3), (200, 1))
    whole = forest.contributions(rows, threads=1)
    np.testing.assert_array_equal(forest.contributions(rows, threads=2), whole)
    np.testing.assert_array_equal(forest.contributions(rows[::-1])[::-1], whole)
    np.testing.assert_array_equal(forest.contributions(np.asfortranarray(rows), threads=3), whole)
    np.testing.assert_array_equal(
        np.vstack([forest.contributions(rows[i : i + 7]) for i in range(0, 140, 7)]), whole[:140]
    )


def test_rows_may_be_read_only_or_none(forest):
    rows = strange_rows(3)
    rows.flags.writeable = False
    assert forest.contributions(rows).shape == (150, N_FEATURES)
    assert forest.contributions(rows[:0]).shape == (0, N_FEATURES)


def test_groups_of_features_are_sums_of_their_features(forest):
    rows, groups = strange_rows(3), np.array([0, 2, 0, 1, 2, 2, 0], np.int32)
    single, grouped = (
        forest.contributions(rows),
        forest.contributions(rows, groups=groups, n_groups=4),
    )
    wanted = np.stack([single[:, groups == group].sum(axis=1) for group in range(4)], axis=1)
    np.testing.assert_allclose(grouped, wanted, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        forest.raw_score(rows), forest.base + single.sum(axis=1), rtol=0, atol=1e-12
    )


def test_concurrent_calls_do_not_disturb_each_other(forest):
    from concurrent.futures import ThreadPoolExecutor

    rows = np.tile(strange_rows(3), (100, 1))
    alone = forest.contributions(rows)
    with ThreadPoolExecutor(4) as pool:
        for together in pool.map(lambda _: forest.contributions(rows, threads=2), range(8)):
            np.testing.assert_array_equal(together, alone)


def test_trees_without_a_split_only_move_the_base():
    X, y = table(1)
    stump = trained(X, y, rounds=3, min_data_in_leaf=399)
    forest = compiled((stump, 0.5))
    assert forest.base == pytest.approx(0.5 * stump.predict(X[:1], raw_score=True)[0], abs=1e-12)
    assert not forest.contributions(X).any()


def deep_model():
    """Forty features and one long path: every split cuts one row off."""
    rng = np.random.default_rng(0)
    X = rng.random((2000, 40)).round(2)
    y = (np.cumsum(X > 0.9, axis=1) * np.arange(40)).sum(axis=1).astype(float)
    parameters = {
        "objective": "regression",
        "num_leaves": 60,
        "min_data_in_leaf": 1,
        "feature_fraction_bynode": 0.2,
    }
    return lgb.train({**parameters, "verbose": -1, "extra_trees": True}, lgb.Dataset(X, y), 15), X[
        :300
    ]


@pytest.mark.parametrize("limit", [("MAX_FEATURES_ON_PATH", 11), ("MAX_TABLE_VALUES", 1_000_000)])
def test_trees_too_large_for_tables_fall_back_with_equal_results(monkeypatch, caplog, limit):
    model, rows = deep_model()
    monkeypatch.setattr(compiled_module, *limit)
    with caplog.at_level(logging.WARNING):
        forest = compiled((model, 1.0), (model, -0.5))
    assert re.search(r"\b[12]\d of 30 trees are too deep for tables", caplog.text)
    assert_equals_lightgbm(forest, [(model, 1.0), (model, -0.5)], rows)
    groups = (np.arange(40) % 3).astype(np.int32)
    by_group = forest.contributions(rows, groups=groups)
    np.testing.assert_allclose(
        by_group.sum(axis=1) + forest.base, 0.5 * model.predict(rows), rtol=0, atol=1e-8
    )


def test_a_long_chain_of_decisions_on_one_feature_needs_no_fallback(caplog):
    X = np.linspace(0, 1, 3000)[:, None] ** 8
    parameters = {
        "objective": "regression",
        "num_leaves": 200,
        "min_data_in_leaf": 1,
        "verbose": -1,
    }
    model = lgb.train(parameters, lgb.Dataset(X, np.exp(9 * X[:, 0])), 5)
    assert_equals_lightgbm(compiled((model, 1.0)), [(model, 1.0)], X)
    assert not caplog.text


def test_the_game_of_one_leaf_is_the_textbook_one():
    games = leaf_games(np.array([12.0]), np.array([[0.5, 0.25]]))[0]
    assert games[0b11].tolist() == pytest.approx(
        [12 * 0.5 * (0.25 + 1) / 2, 12 * 0.75 * (0.5 + 1) / 2]
    )
    assert games.sum(axis=1).tolist() == pytest.approx([-1.5, -1.5, -1.5, 12 - 1.5])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda forest: forest.contributions(np.zeros((2, 3))),
            r"expected float64 of shape \(n, 7\)",
        ),
        (lambda forest: forest.contributions(np.zeros((2, 7), np.float32)), "float32"),
        (
            lambda forest: forest.contributions(np.zeros((1, 7)), groups=np.zeros(3, np.int32)),
            "expected 7 whole",
        ),
        (
            lambda forest: forest.contributions(np.zeros((1, 7)), groups=np.arange(7), n_groups=6),
            r"in 0 \.\.\. 5",
        ),
    ],
)
def test_wrong_input_is_refused_in_words(forest, call, words):
    with pytest.raises(ValueError, match=words):
        call(forest)


def test_members_that_do_not_fit_together_are_refused(model):
    other = lgb.train(
        {"verbose": -1}, lgb.Dataset(np.random.default_rng(0).random((50, 2)), np.arange(50.0)), 1
    )
    with pytest.raises(ModelTextError, match=r"the same number of columns, got \[2, 7\]"):
        compiled((model, 1.0), (other, 1.0))
    with pytest.raises(ModelTextError, match="at least one model"):
        CompiledForest.compile([])


def test_a_feature_that_is_a_category_in_one_member_only_is_refused():
    X, y = table(0, missing=0.0)
    numeric = lgb.train({"verbose": -1}, lgb.Dataset(X, y, params={"verbose": -1}), 3)
    with pytest.raises(ModelTextError, match="numeric in all or categorical in all"):
        compiled((trained(X, y), 1.0), (numeric, 1.0))


def test_a_few_hundred_leads_are_explained_without_numba_or_lightgbm(tmp_path, model):
    (tmp_path / "model.txt").write_text(model.model_to_string())
    program = """
import sys, pathlib, numpy
from propensity.contributions.forest import CompiledForest
forest = CompiledForest.compile([(pathlib.Path(sys.argv[1]).read_text(), 1.0)])
forest.contributions(numpy.zeros((200, 7)))
print(sorted({"numba", "lightgbm", "pandas"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "model.txt")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
