"""A booster of somebody's own says the same when it is rewritten for the spec."""

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from features.errors import RefusedError
from propensity.contributions.forest import CompiledForest
from propensity.model.data_frames import frame_of
from tests.training.learn.arenas import SPEC, made_up
from training.learn.learners.own_booster import (
    MOST_FEATURES,
    names_for_lightgbm,
    on_spec,
    read_booster,
)
from training.learn.learners.trees import raw_scores

TOLD = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_per_group": 5}
APART = {"interaction_constraints": [[0, 1], [2]], "max_cat_to_onehot": 1, "max_depth": 4}


def frame(seen):
    return frame_of(SPEC, seen.matrix)


def booster(table, label, **told):
    return lgb.train(TOLD | APART | told, lgb.Dataset(table, label), num_boost_round=15)


def text_of(table=None, label=None, **told):
    seen = made_up()
    return booster(
        frame(seen) if table is None else table, seen.label if label is None else label, **told
    ).model_to_string()


def odd_rows():
    """Missing values, levels that are not listed, zeros and infinities."""
    random = np.random.default_rng(5)
    matrix = random.normal(0, 2, (500, 3))
    matrix[:, 1] = random.integers(0, 4, 500)
    matrix[random.random((500, 3)) < 0.2] = np.nan
    matrix[np.isnan(matrix[:, 1]), 1] = 1
    matrix[:4, 0] = [np.inf, -np.inf, 0.0, -0.0]
    return matrix


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_the_rewritten_booster_says_what_the_booster_says(order):
    seen = made_up()
    table = frame(seen).iloc[:, order]
    apart = [[order.index(0), order.index(1)], [order.index(2)]]
    own = booster(table, seen.label, interaction_constraints=apart)

    read, text = on_spec(read_booster(own.model_to_string()), SPEC, axes="apart")

    assert read.spec.names == SPEC.names
    for matrix in (seen.matrix, odd_rows()):
        said = own.predict(frame_of(SPEC, matrix).iloc[:, order], raw_score=True)
        assert np.array_equal(raw_scores(text, matrix), said)
        forest = CompiledForest.compile([(text, 1.0)])
        total = forest.base + forest.contributions(matrix).sum(axis=1)
        assert total == pytest.approx(said, abs=1e-9)
        expected = own.predict(frame_of(SPEC, matrix).iloc[:, order], pred_contrib=True)
        assert forest.contributions(matrix)[:, order] == pytest.approx(expected[:, :-1], abs=1e-9)


def test_levels_in_another_order_are_found_by_what_they_say():
    seen = made_up()
    table = frame(seen)
    table["trade"] = table["trade"].cat.reorder_categories(["metal", "(other)", "IT"])
    own = booster(table, seen.label)

    _, text = on_spec(read_booster(own.model_to_string()), SPEC, axes="apart")

    said = own.predict(frame_of(SPEC, odd_rows()), raw_score=True)
    assert np.array_equal(raw_scores(text, odd_rows()), said)


def test_what_it_does_not_read_is_no_feature_of_the_model():
    seen = made_up()
    own = booster(frame(seen)[["visits", "size"]], seen.label, interaction_constraints=[[0], [1]])

    read, text = on_spec(read_booster(own.model_to_string()), SPEC, axes="apart")

    assert read.spec.names == ["size", "visits"]
    assert [each.column for each in read.spec.unusable] == ["trade"]
    said = own.predict(frame(seen)[["visits", "size"]], raw_score=True)
    assert np.array_equal(raw_scores(text, read.matrix(seen.matrix)), said)


def test_nothing_of_the_machine_or_of_levels_is_kept():
    text = text_of()

    _, kept = on_spec(read_booster(text), SPEC, axes="apart")

    assert "metal" in text
    assert "metal" not in kept
    assert kept.partition("\nparameters:\n")[2].startswith("end of parameters")


def test_names_that_lightgbm_does_not_take_stay_apart():
    features = [
        SPEC.features[0].model_copy(update={"name": name})
        for name in ("visits: count, 30 days", "visits  count  30 days", "業種 [x]", "plain")
    ]
    spec = SPEC.model_copy(update={"features": tuple(features)})

    names = names_for_lightgbm(spec)

    assert len(set(names)) == 4
    assert names[2:] == ["業種__x_", "plain"]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 4)), columns=names)
    found = lgb.train(TOLD, lgb.Dataset(table, np.arange(100) % 2), 1)
    assert found.feature_name() == names


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda s: text_of(frame(s).rename(columns={"size": "Größe"})), "Größe.* not read: size"),
        (lambda s: text_of(s.matrix), "reads 3 columns that are no features .*Column_0"),
        (lambda s: text_of(interaction_constraints=""), "both axes.*interaction_constraints=found"),
        (lambda s: text_of(objective="regression"), "expected the objective `binary`"),
        (lambda s: text_of(objective="binary", sigmoid=2.0), "binary"),
        (lambda s: text_of(objective="multiclass", num_class=2), "multiclass is not served"),
        (lambda s: text_of(linear_tree=True, boosting="gbdt"), "constant leaves"),
        (lambda s: text_of(boosting="rf", bagging_fraction=0.5, bagging_freq=1), "boosting=rf"),
        (lambda s: text_of(frame(s).assign(trade=s.matrix[:, 1])), "trade in another way"),
        (
            lambda s: text_of(frame(s).assign(visits=pd.Categorical(s.matrix[:, 2].round()))),
            "visits in another way|levels of 1 categories, got those of 2",
        ),
        (lambda s: text_of()[:-3000], "Your own model cannot be served"),
        (lambda s: "tree\n", "Your own model cannot be served"),
        (lambda s: "name,mail", "booster.save_model"),
        (lambda s: text_of().replace("pandas_categorical:[[", "pandas_categorical:[{"), "damaged"),
    ],
)
def test_what_cannot_be_served_is_refused_with_what_to_do(made, words):
    with pytest.raises(RefusedError, match=f"(?s){words}"):
        on_spec(read_booster(made(made_up())), SPEC, axes="apart")


def test_axes_may_mix_where_they_are_shared():
    on_spec(read_booster(text_of(interaction_constraints="")), SPEC, axes="shared")


def test_values_that_are_no_levels_today_are_counted_and_not_named():
    table = frame(made_up())
    table["trade"] = table["trade"].cat.rename_categories({"metal": "Mr. Secret"})

    with pytest.raises(RefusedError, match="whether trade is one of 1 values") as refused:
        on_spec(read_booster(text_of(table)), SPEC, axes="apart")

    assert "Secret" not in str(refused.value)


def test_a_tree_that_asks_for_too_much_is_refused_with_the_limit():
    wide = MOST_FEATURES + 2
    features = [
        SPEC.features[0].model_copy(update={"name": f"c{number}"}) for number in range(wide)
    ]
    spec = SPEC.model_copy(update={"features": tuple(features)})
    random = np.random.default_rng(1)
    table = pd.DataFrame(random.normal(size=(3000, wide)), columns=spec.names)
    label = (table.sum(axis=1) + random.normal(size=3000) > 0).astype(int)
    told = {"interaction_constraints": "", "max_depth": -1, "num_leaves": 60}

    with pytest.raises(
        RefusedError, match=f"the tables of exact contributions hold {MOST_FEATURES}"
    ):
        on_spec(read_booster(text_of(table, label, **told)), spec, axes="apart")


def test_a_decided_way_has_to_have_been_kept():
    held = {"monotone_constraints": [0, 0, 1], "monotone_constraints_method": "intermediate"}

    on_spec(read_booster(text_of(**held)), SPEC, axes="apart", monotone={2: 1})
    with pytest.raises(RefusedError, match=r"monotone.*visits"):
        on_spec(read_booster(text_of(**held)), SPEC, axes="apart", monotone={2: -1})
    with pytest.raises(RefusedError, match=r"monotone.*visits"):
        on_spec(read_booster(text_of()), SPEC, axes="apart", monotone={2: 1})
