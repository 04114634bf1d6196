import contextlib
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propensity.contributions.forest.model_text import ModelTextError, parse_model_text

TEXT = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=visits industry
feature_infos=[0:9] 1:2:40
tree_sizes=0 0

Tree=0
num_leaves=3
num_cat=1
split_feature=1 0
threshold=0 2.5
decision_type=1 10
left_child=1 -1
right_child=-3 -2
leaf_value=0.5 -0.25 1
leaf_count=5 3 2
internal_count=10 8
cat_boundaries=0 2
cat_threshold=6 256
is_linear=0
shrinkage=1


Tree=1
num_leaves=1
num_cat=0
split_feature=
threshold=
decision_type=
left_child=
right_child=
leaf_value=0.125
leaf_count=10
internal_count=
is_linear=0
shrinkage=0.1


end of trees

parameters:
[num_leaves: 3]
"""


def sized(text: str) -> str:
    """The text with `tree_sizes` as LightGBM would write it."""
    blocks = re.findall(r"Tree=\d+\n.*?(?=Tree=|end of trees)", text, flags=re.DOTALL)
    return re.sub(
        "tree_sizes=.*", f"tree_sizes={' '.join(str(len(block)) for block in blocks)}", text
    )


def test_a_text_becomes_plain_arrays():
    model = parse_model_text(sized(TEXT))
    first, stump = model.trees
    assert (model.n_features, model.feature_names) == (2, ("visits", "industry"))
    assert first.split_feature.tolist() == [1, 0]
    assert first.threshold.tolist() == [0.0, 2.5]
    assert first.category_sets == ((1, 2, 40),)
    assert first.leaf_value.tolist() == [0.5, -0.25, 1.0]
    assert first.internal_count.tolist() == [10.0, 8.0]
    assert stump.leaf_value.tolist() == [0.125]


def test_an_infinite_threshold_is_a_threshold():
    model = parse_model_text(sized(TEXT.replace("threshold=0 2.5", "threshold=0 inf")))
    assert np.isinf(model.trees[0].threshold[1])


def test_a_model_of_some_trees_keeps_them_as_they_are():
    model = parse_model_text(sized(TEXT))
    part = parse_model_text(model.only_trees([1]))
    assert [tree.leaf_value.tolist() for tree in part.trees] == [[0.125]]
    assert parse_model_text(model.only_trees([0, 1])).only_trees([0, 1]) == model.only_trees([0, 1])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tree\nversion", "forest\nversion", "first line is 'tree'"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=3", "multiclass is not served"),
        ("label_index=0", "average_output", "averages them and is not served"),
        (
            "binary sigmoid:1",
            "binary sigmoid:2",
            "an objective of binary sigmoid:1, regression, custom",
        ),
        ("binary sigmoid:1", "poisson", "got 'poisson'"),
        ("is_linear=0", "is_linear=1", "linear_tree is not served"),
        ("names=visits industry", "names=visits", "2 feature names, got '1'"),
        ("max_feature_idx=1", "max_feature_idx=-1", "0 feature names"),
        ("split_feature=1 0", "split_feature=1 2", "split_feature in 0 ... 1, got '2'"),
        ("split_feature=1 0", "split_feature=1", "split_feature of 2 numbers, got '1'"),
        ("split_feature=1 0", "split_feature=1 x", "split_feature of whole numbers"),
        ("leaf_value=0.5 -0.25 1", "leaf_value=0.5 nan 1", "leaf_value of numbers"),
        ("leaf_value=0.5 -0.25 1", "leaf_value=0.5 inf 1", "finite leaf_value, got 'inf'"),
        ("left_child=1 -1", "left_child=0 -1", "as the child of one decision"),
        ("left_child=1 -1", "left_child=1 -2", "as the child of one decision"),
        (
            "decision_type=1 10",
            "decision_type=1 14",
            "a missing type of none, zero or NaN, got '14'",
        ),
        ("threshold=0 2.5", "threshold=1 2.5", "the number of one of 1 category sets"),
        ("threshold=0 2.5", "threshold=0 nan", "threshold of numbers"),
        ("cat_boundaries=0 2", "cat_boundaries=0 3", "cat_boundaries ascending from 0 to 2"),
        ("cat_threshold=6 256", "cat_threshold=6 -1", "cat_threshold of 32 bits"),
        ("internal_count=10 8", "internal_count=10 0", "internal_count above 0"),
        ("internal_count=10 8\n", "", "a line 'internal_count', got 'none"),
        ("num_cat=1", "num_cat=1\nnum_cat=1", "one line 'num_cat', got 'two'"),
        ("end of trees", "end", "expected 'end of trees', got 'end"),
    ],
)
def test_what_is_damaged_or_not_served_is_refused_in_words(old, new, words):
    text = sized(TEXT)
    with pytest.raises(ModelTextError, match=re.escape(words)):
        parse_model_text(
            sized(text.replace(old, new, 1)) if "end of" not in old else text.replace(old, new, 1)
        )


def test_a_tree_of_another_length_than_announced_is_refused():
    with pytest.raises(ModelTextError, match="after the last tree: expected 'end of trees'"):
        parse_model_text(sized(TEXT).replace("0.125", "0.1250"))
    with pytest.raises(ModelTextError, match="expected 'Tree=1'"):
        parse_model_text(sized(TEXT).replace("-0.25", "-0.250"))


@given(st.integers(0, len(TEXT)))
def test_a_text_cut_short_is_refused(length):
    text = sized(TEXT)
    if length <= text.index("end of trees"):
        with pytest.raises(ModelTextError, match="expected"):
            parse_model_text(text[:length])


@settings(max_examples=300)
@given(st.integers(0, len(TEXT)), st.integers(0, 30), st.text(max_size=5))
def test_a_damaged_text_is_refused_or_harmless_but_never_a_crash(place, length, instead):
    text = sized(TEXT)
    damaged = text[:place] + instead + text[place + length :]
    for candidate in (damaged, sized(damaged) if "tree_sizes=" in damaged else damaged):
        with contextlib.suppress(ModelTextError):
            parse_model_text(candidate)
