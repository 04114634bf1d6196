"""A brute-force oracle of path-dependent Shapley values, after the definition and nothing else.

It walks the trees of `booster.dump_model()`, takes every subset of the features of a tree as a
coalition, and gives each feature its weighted mean of marginal contributions.  A decision on a
feature outside the coalition is not made: both ways are followed, weighted by the training rows
that went them.  It shares no code with LightGBM's own `pred_contrib`, with shap, or with the
engine.
"""

import math
from itertools import combinations
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Node = dict[str, Any]


def shapley_values(
    booster: lgb.Booster, rows: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return (base, contributions of shape (n, n_features)) of the raw score."""
    trees = [info["tree_structure"] for info in booster.dump_model()["tree_info"]]
    values = np.zeros(rows.shape)
    for tree in trees:
        features = sorted(features_of(tree))
        for row, value in zip(rows, values, strict=True):
            game = {
                frozenset(known): expected(tree, row, frozenset(known))
                for size in range(len(features) + 1)
                for known in combinations(features, size)
            }
            for feature in features:
                value[feature] += shapley_value(game, feature, len(features))
    return sum(expected(tree, rows[0], frozenset()) for tree in trees), values


def shapley_value(game: dict[frozenset[int], float], player: int, n_players: int) -> float:
    """The player's mean marginal contribution over all orders of joining."""
    total = 0.0
    for coalition, worth in game.items():
        if player not in coalition:
            size = len(coalition)
            weight = (
                math.factorial(size)
                * math.factorial(n_players - size - 1)
                / math.factorial(n_players)
            )
            total += weight * (game[coalition | {player}] - worth)
    return total


def features_of(node: Node) -> set[int]:
    """All features that the tree asks for."""
    if "split_feature" not in node:
        return set()
    return (
        {node["split_feature"]} | features_of(node["left_child"]) | features_of(node["right_child"])
    )


def expected(node: Node, row: NDArray[np.float64], known: frozenset[int]) -> float:
    """The tree's value if only the known features of the row are looked at."""
    if "split_feature" not in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return expected(left if goes_left(node, row[node["split_feature"]]) else right, row, known)
    left_rows, right_rows = (
        child.get("internal_count", child.get("leaf_count")) for child in (left, right)
    )
    weighted = left_rows * expected(left, row, known) + right_rows * expected(right, row, known)
    return float(weighted / (left_rows + right_rows))


def goes_left(node: Node, value: float) -> bool:
    """LightGBM's documented rules for missing values, zeros and categories."""
    if node["decision_type"] == "==":
        chosen = {int(category) for category in node["threshold"].split("||")}
        return not math.isnan(value) and abs(value) < 2**31 and math.trunc(value) in chosen
    is_missing = math.isnan(value)
    if node["missing_type"] != "NaN" and is_missing:
        value, is_missing = 0.0, False
    if abs(value) <= np.float32(1e-35):
        value, is_missing = 0.0, node["missing_type"] == "Zero"
    # JSON knows no infinity: dump_model writes 1e300 for it.
    threshold = math.inf if node["threshold"] >= 1e300 else node["threshold"]
    return bool(node["default_left"]) if is_missing else value <= threshold
