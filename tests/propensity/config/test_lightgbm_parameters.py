"""LightGBM's parameters by their own names: what is taken, and what is refused with its reason."""

from pathlib import Path

import pytest
from lightgbm.basic import _ConfigAliases

from features.errors import ConfigError
from propensity.config import config
from propensity.config.lightgbm_parameters import ALLOWED, REASONS, checked

SETTINGS = {
    "name": "made-up",
    "input": {"flat": {"path": "leads.csv", "columns": {"outcome": "won"}}},
    "columns": {"fit": ["size"]},
    "split": {"order": "random"},
}


def learner(**written):
    return config.parse(SETTINGS | {"learner": written}, base=Path("/data")).learner


def test_every_parameter_of_lightgbm_is_taken_or_has_its_own_reason():
    names = set(_ConfigAliases._get_all_param_aliases())

    assert names - ALLOWED.keys() - REASONS.keys() == set()
    assert not ALLOWED.keys() & REASONS.keys()


def test_an_alias_is_what_it_stands_for():
    assert checked({"max_leaves": 7, "reg_alpha": 1, "bagging": 0.5}) == {
        "num_leaves": 7,
        "lambda_l1": 1.0,
        "bagging_fraction": 0.5,
    }
    assert learner(params={"max_leaves": 7}).params == learner(params={"num_leaves": 7}).params


def test_what_is_stored_reads_back_alike_and_needs_no_lightgbm(monkeypatch):
    written = learner(params={"num_leaf": 7, "reg_alpha": 1}, leaves=7)
    monkeypatch.setattr(_ConfigAliases, "_get_all_param_aliases", None)

    assert type(written).model_validate_json(written.model_dump_json()) == written


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"num_leaves": 65}, "num_leaves: expected a whole number of at least 2 and at most 64"),
        ({"num_leaves": 7.5}, "num_leaves: expected a whole number .* got 7.5"),
        ({"max_depth": -1}, "max_depth: expected a whole number .* tables of exact contributions"),
        ({"eta": 0}, r"eta \(learning_rate\): expected a number above 0 and at most 1, got 0"),
        ({"lambda_l1": "1"}, "lambda_l1: expected a number of at least 0, got '1'"),
        ({"lambda_l1": float("inf")}, "lambda_l1: expected a number"),
        ({"lambda_l1": True}, "lambda_l1: expected a number"),
        ({"boost_from_average": 1}, "boost_from_average: expected true or false"),
        ({"lambda_l1": 1, "reg_alpha": 2}, r"reg_alpha \(lambda_l1\): the same as lambda_l1"),
        ({"lamda_l1": 1}, "no such parameter; did you mean `lambda_l1`"),
        ({"colsample": 1}, "no such parameter; did you mean `colsample_bytree`"),
        ({"objective": "cross_entropy"}, "objective: cannot be set: it is always binary"),
        ({"boosting_type": "dart"}, r"boosting_type \(boosting\): cannot be set: it is always gb"),
        ({"linear_tree": True}, "linear_tree: cannot be set: exact contributions are looked up"),
        ({"n_jobs": 4}, "n_jobs .*the same bits"),
        ({"device": "gpu"}, "device .*the same bits"),
        ({"pos_bagging": 0.1}, "pos_bagging .*bagging_fraction draws evenly"),
        ({"n_estimators": 100}, "n_estimators .*learner.max_trees"),
        ({"interaction_constraints": [[0], [1]]}, "axes: shared"),
        ({"num_leaves": 1, "metric": "auc"}, "num_leaves: .*; metric: "),
        (["num_leaves"], "expected LightGBM's parameters, such as"),
    ],
)
def test_what_would_break_a_promise_is_refused_with_the_reason(params, words):
    with pytest.raises(ConfigError, match=f"learner.params: .*{words}"):
        learner(params=params)


def test_a_parameter_at_the_wrong_place_is_told_the_right_one():
    with pytest.raises(ConfigError, match=r"learner: num_leaves: .* go under params:"):
        learner(num_leaves=7)
    with pytest.raises(ConfigError, match=r"learner\.leafs: unknown key; did you mean `leaves`"):
        learner(leafs=7)


def test_one_thing_is_not_said_twice():
    with pytest.raises(ConfigError, match=r"leaves: 20 and params: \{num_leaves: 7\} say the same"):
        learner(leaves=20, params={"num_leaves": 7})
    with pytest.raises(ConfigError, match="most_leaves of at least 320, 64 for every model"):
        learner(most_leaves=64, params={"num_leaves": 64})
