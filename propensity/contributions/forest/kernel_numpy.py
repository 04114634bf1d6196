"""The forest kernel in NumPy, for jobs that should not wait for a compiler; the same bits as
`kernel`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.forest.codes import FeatureCodes
from propensity.contributions.forest.plan import Encoding, Plan
from propensity.contributions.forest.tables import Tables

BLOCK = 4096  # rows


def expand_tables(
    first: int,
    last: int,
    plan: Plan,
    tables: Tables,
    games: NDArray[np.float64],
    game_start: NDArray[np.int64],
) -> None:
    """Add the leaves of groups `first` to `last` to their tables.

    Args:
        first: first group.
        last: the group after the last.
        plan: the forest's plan.
        tables: changed in place.
        games: Shapley values of these groups' leaves by set of satisfied features, flat.
        game_start: per leaf, counted from the first leaf of the first group, where its game begins.
    """
    first_leaf = plan.leaf_start[first]
    for group in range(first, last):
        slots = slice(plan.slot_start[group], plan.slot_start[group + 1])
        sizes = plan.slot_size[slots].tolist()
        terms = tables.slot_term[slots].tolist()
        n_terms = tables.term_start[group + 1] - tables.term_start[group]
        begin = tables.term_table[tables.term_start[group]]
        table = tables.values[begin : begin + n_terms * plan.cells[group]].reshape(n_terms, -1)
        for leaf in range(plan.leaf_start[group], plan.leaf_start[group + 1]):
            pairs = range(plan.pair_start[leaf], plan.pair_start[leaf + 1])
            entry = _satisfied_sets(plan, pairs, sizes) * len(pairs) + game_start[leaf - first_leaf]
            for j, pair in enumerate(pairs):
                table[terms[plan.pair_slot[pair]]] += games[entry + j]


def _satisfied_sets(plan: Plan, pairs: range, sizes: list[int]) -> NDArray[np.int64]:
    """Per cell of a group, the set of the leaf's features that are satisfied; the first slot counts
    fastest.
    """
    sets = np.zeros(sizes[::-1], np.int64)
    for j, pair in enumerate(pairs):
        slot, start = plan.pair_slot[pair], plan.pair_ok[pair]
        bits = plan.ok[start : start + sizes[slot]].astype(np.int64) << j
        sets += bits.reshape(-1, *[1] * int(slot))
    return sets.ravel()


def explain_rows(
    matrix: NDArray[np.float64],
    first: int,
    last: int,
    out: NDArray[np.float64],
    encoding: Encoding,
    plan: Plan,
    tables: Tables,
) -> None:
    """Write the contributions of the rows `first` to `last` of the matrix into the same rows of
    `out`.
    """
    for low in range(first, last, BLOCK):
        high = min(last, low + BLOCK)
        codes = _codes(matrix[low:high], encoding)
        total = np.zeros((out.shape[1], high - low))
        for group in range(len(plan.cells)):
            cell = _cells(codes, plan, group)
            for term in range(tables.term_start[group], tables.term_start[group + 1]):
                total[tables.term_column[term]] += tables.values[tables.term_table[term] + cell]
        out[low:high] = total.T


def _codes(matrix: NDArray[np.float64], encoding: Encoding) -> NDArray[np.uint16]:
    codes = np.empty((len(encoding.feature), len(matrix)), np.uint16)
    for number, feature in enumerate(encoding.feature):
        feature_codes = FeatureCodes(
            encoding.thresholds[
                encoding.threshold_start[number] : encoding.threshold_start[number + 1]
            ],
            encoding.category_codes[
                encoding.category_start[number] : encoding.category_start[number + 1]
            ],
            0,
            int(encoding.nan_code[number]),
            int(encoding.zero_code[number]),
        )
        codes[number] = feature_codes.encode(matrix[:, feature])
    return codes


def _cells(codes: NDArray[np.uint16], plan: Plan, group: int) -> NDArray[np.uint16]:
    cell = np.zeros(codes.shape[1], np.uint16)
    for step in range(plan.step_start[group], plan.step_start[group + 1]):
        cell += (codes[plan.step_feature[step]] >= plan.step_first[step]) * plan.step_delta[step]
    for pick in range(plan.pick_start[group], plan.pick_start[group + 1]):
        bucket = plan.buckets[plan.pick_table[pick] + codes[plan.pick_feature[pick]]]
        cell += bucket * plan.pick_stride[pick]
    return cell
