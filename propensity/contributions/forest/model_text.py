"""LightGBM's text model, read by our own parser: a string in, plain arrays per tree out.

A damaged model text can end the process inside LightGBM's own reader, without a Python exception.
So the text is
read and checked here first, and only what the engine serves passes: one tree per iteration, sums of
trees (no random forest averages), constant leaves (no linear trees), and objectives whose raw score
is a plain sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

CATEGORICAL_BIT = 1
DEFAULT_LEFT_BIT = 2
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2
SERVED_OBJECTIVES = ("binary sigmoid:1", "regression", "custom")
LARGEST = 2**53
MAX_SHOWN = 40  # characters of a wrong value that an error repeats


class ModelTextError(ValueError):
    """The text is no LightGBM model that can be served; the message says what was expected and what
    came.
    """


@dataclass(frozen=True)
class Tree:
    """One tree: `n` decisions (internal nodes, 0 is the root) and `n + 1` leaves; all values as the
    text holds them.

    Attributes:
        split_feature: (n,) number of the feature that the decision asks for.
        threshold: (n,) numeric: left if value <= threshold; categorical: number of the category
            set.
        decision_type: (n,) LightGBM's bits: 1 categorical, 2 missing goes left, then two bits of
            missing type.
        left_child: (n,) number of the child decision, or `~leaf` (a negative number).
        right_child: (n,) the same for the other side.
        internal_count: (n,) training rows that reached the decision.
        leaf_value: (n + 1,) log-odds that the leaf adds, shrinkage applied.
        leaf_count: (n + 1,) training rows in the leaf.
        category_sets: per category set, the ascending codes of the categories that go left.
    """

    split_feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    decision_type: NDArray[np.int64]
    left_child: NDArray[np.int64]
    right_child: NDArray[np.int64]
    internal_count: NDArray[np.float64]
    leaf_value: NDArray[np.float64]
    leaf_count: NDArray[np.float64]
    category_sets: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ModelText:
    """A parsed LightGBM model.

    Attributes:
        n_features: number of columns the model reads.
        feature_names: their names, in order.
        trees: the trees, in order.
        header: the text before the first tree.
        blocks: the text of each tree.
    """

    n_features: int
    feature_names: tuple[str, ...]
    trees: tuple[Tree, ...]
    header: str
    blocks: tuple[str, ...]
    _tail: str

    def only_trees(self, numbers: Sequence[int]) -> str:
        """Return the text of a model that holds only the trees of these numbers, in the order
        given.
        """
        blocks = [
            f"Tree={new}\n" + self.blocks[old].split("\n", 1)[1] for new, old in enumerate(numbers)
        ]
        lines = [line for line in self.header.split("\n") if not line.startswith("tree_sizes=")]
        sizes = " ".join(str(len(block)) for block in blocks)
        return (
            "\n".join(lines).rstrip("\n")
            + f"\ntree_sizes={sizes}\n\n"
            + "".join(blocks)
            + self._tail
        )


def parse_model_text(text: str) -> ModelText:
    """Parse and check a LightGBM text model (`Booster.model_to_string()`).

    What follows the line "end of trees" (importances, parameters) is neither needed nor checked.

    Raises:
        ModelTextError: The text is damaged, cut short, or of a kind that is not served.
    """
    header, start = _header(text)
    fields = _fields(header, where="the header")
    _refuse_unserved(header, fields)
    n_features = _integer(fields, "max_feature_idx", where="the header") + 1
    names = tuple(fields.get("feature_names", "").split(" "))
    _expect(
        n_features >= 1 and len(names) == n_features,
        f"{n_features} feature names",
        f"{len(names)}",
        "the header",
    )
    blocks, end = _tree_blocks(
        text, start, _integers(fields, "tree_sizes", None, where="the header")
    )
    trees = tuple(_tree(block, n_features, f"tree {i}") for i, block in enumerate(blocks))
    return ModelText(n_features, names, trees, header, blocks, text[end:])


def _error(expected: str, came: object, where: str) -> ModelTextError:
    shown = str(came)
    shown = shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + " ..."
    return ModelTextError(f"LightGBM model text, {where}: expected {expected}, got {shown!r}.")


def _expect(condition: bool, expected: str, came: object, where: str) -> None:
    if not condition:
        raise _error(expected, came, where)


def _header(text: str) -> tuple[str, int]:
    _expect(text.startswith("tree\n"), "a text whose first line is 'tree'", text, "line 1")
    sizes = text.find("\ntree_sizes=")
    end = text.find("\n\n", sizes) if sizes >= 0 else -1
    _expect(
        end >= 0,
        "a line 'tree_sizes=' and an empty line after it",
        "a text without them (cut short?)",
        "the header",
    )
    return text[:end], end + 2


def _fields(block: str, where: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            _expect(key not in fields, f"one line {key!r}", "two", where)
            fields[key] = value
    return fields


def _refuse_unserved(header: str, fields: dict[str, str]) -> None:
    where = "the header"
    per_iteration = fields.get("num_tree_per_iteration", "nothing")
    _expect(
        per_iteration == "1",
        "num_tree_per_iteration=1 (multiclass is not served)",
        per_iteration,
        where,
    )
    average = "average_output" in header.split("\n")
    _expect(
        not average,
        "a sum of trees (boosting=rf averages them and is not served)",
        "average_output",
        where,
    )
    objective = fields.get("objective", "custom").strip()
    _expect(
        objective in SERVED_OBJECTIVES,
        f"an objective of {', '.join(SERVED_OBJECTIVES)}",
        objective,
        where,
    )


def _tree_blocks(text: str, start: int, sizes: Sequence[int]) -> tuple[tuple[str, ...], int]:
    blocks = []
    for number, size in enumerate(sizes):
        block = text[start : start + size]
        begins = block.startswith(f"Tree={number}\n")
        _expect(
            begins and len(block) == size,
            f"'Tree={number}' and {size} characters",
            block,
            f"tree {number}",
        )
        blocks.append(block)
        start += size
    _expect(
        text.startswith("end of trees", start),
        "'end of trees'",
        text[start : start + 20],
        "after the last tree",
    )
    return tuple(blocks), start


def _tree(block: str, n_features: int, where: str) -> Tree:
    fields = _fields(block, where)
    _expect(
        fields.get("is_linear", "0") == "0",
        "constant leaves (linear_tree is not served)",
        "is_linear=1",
        where,
    )
    n_leaves = _integer(fields, "num_leaves", where)
    _expect(n_leaves >= 1, "num_leaves of at least 1", n_leaves, where)
    n = n_leaves - 1
    tree = Tree(
        split_feature=np.array(_integers(fields, "split_feature", n, where), np.int64),
        threshold=np.array(_floats(fields, "threshold", n, where), np.float64),
        decision_type=np.array(_integers(fields, "decision_type", n, where), np.int64),
        left_child=np.array(_integers(fields, "left_child", n, where), np.int64),
        right_child=np.array(_integers(fields, "right_child", n, where), np.int64),
        internal_count=np.array(_floats(fields, "internal_count", n, where), np.float64),
        leaf_value=np.array(_floats(fields, "leaf_value", n_leaves, where), np.float64),
        leaf_count=np.array(
            _floats(fields, "leaf_count", n_leaves, where) if n else [1.0], np.float64
        ),
        category_sets=_category_sets(fields, where),
    )
    _expect_all(np.isfinite(tree.leaf_value), "finite leaf_value", tree.leaf_value, where)
    if n:
        _check_decisions(tree, n_features, where)
        _check_shape(tree, where)
    return tree


def _check_decisions(tree: Tree, n_features: int, where: str) -> None:
    feature, kind = tree.split_feature, tree.decision_type
    _expect_all(
        (feature >= 0) & (feature < n_features),
        f"split_feature in 0 ... {n_features - 1}",
        feature,
        where,
    )
    known = (kind >= 0) & (kind < 16) & (kind >> 2 <= MISSING_NAN)
    _expect_all(known, "decision_type with a missing type of none, zero or NaN", kind, where)
    sets = len(tree.category_sets)
    is_set = np.isin(tree.threshold, np.arange(sets))
    _expect_all(
        is_set | (kind & CATEGORICAL_BIT == 0),
        f"the number of one of {sets} category sets",
        tree.threshold,
        where,
    )
    covers, leaf_covers = tree.internal_count, tree.leaf_count
    _expect_all((covers > 0) & np.isfinite(covers), "internal_count above 0", covers, where)
    _expect_all(
        (leaf_covers >= 0) & np.isfinite(leaf_covers),
        "leaf_count of at least 0",
        leaf_covers,
        where,
    )


def _check_shape(tree: Tree, where: str) -> None:
    n = len(tree.split_feature)
    children = np.concatenate([tree.left_child, tree.right_child])
    every = np.arange(-n - 1, n)
    complete = np.array_equal(np.sort(children), every[every != 0])
    _expect(
        complete,
        "every decision and every leaf as the child of one decision",
        "another tree",
        where,
    )
    parents = np.tile(np.arange(n), 2)
    _expect_all(
        (children < 0) | (children > parents), "a child numbered after its parent", children, where
    )


def _expect_all(
    good: NDArray[np.bool_], expected: str, values: NDArray[np.generic], where: str
) -> None:
    if not good.all():
        raise _error(expected, values[~good][0], where)


def _category_sets(fields: dict[str, str], where: str) -> tuple[tuple[int, ...], ...]:
    n_sets = _integer(fields, "num_cat", where)
    if n_sets == 0:
        return ()
    _expect(n_sets > 0, "num_cat of at least 0", n_sets, where)
    bounds = _integers(fields, "cat_boundaries", n_sets + 1, where)
    words = _integers(fields, "cat_threshold", None, where)
    ascending = bounds[0] == 0 and bounds[-1] == len(words) and bounds == sorted(bounds)
    _expect(ascending, f"cat_boundaries ascending from 0 to {len(words)}", bounds, where)
    _expect(
        min(words, default=0) >= 0 and max(words, default=0) < 2**32,
        "cat_threshold of 32 bits",
        words,
        where,
    )
    return tuple(_members_of(words[low:high]) for low, high in pairwise(bounds))


def _members_of(words: list[int]) -> tuple[int, ...]:
    return tuple(
        32 * i + bit for i, word in enumerate(words) if word for bit in range(32) if word >> bit & 1
    )


def _integer(fields: dict[str, str], key: str, where: str) -> int:
    return _integers(fields, key, 1, where)[0]


def _integers(fields: dict[str, str], key: str, length: int | None, where: str) -> list[int]:
    words = _words(fields, key, length, where)
    try:
        values = [int(word) for word in words]
    except ValueError:
        raise _error(f"{key} of whole numbers", fields[key], where) from None
    fits = min(values, default=0) >= -LARGEST and max(values, default=0) <= LARGEST
    _expect(fits, f"{key} of at most {LARGEST}", fields[key], where)
    return values


def _floats(fields: dict[str, str], key: str, length: int, where: str) -> list[float]:
    words = _words(fields, key, length, where)
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise _error(f"{key} of numbers", fields[key], where) from None
    # A threshold may be infinite (all numbers go left, only NaN may go right), so infinities are
    # checked elsewhere.
    _expect(not any(map(math.isnan, values)), f"{key} of numbers", fields[key], where)
    return values


def _words(fields: dict[str, str], key: str, length: int | None, where: str) -> list[str]:
    _expect(key in fields, f"a line {key!r}", "none (cut short?)", where)
    words = fields[key].split()
    _expect(
        length is None or len(words) == length, f"{key} of {length} numbers", f"{len(words)}", where
    )
    return words
