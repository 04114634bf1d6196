"""The forest kernel in machine code (numba); `kernel_numpy` gives the same bits without numba.

Importing this module imports numba.  The machine code is cached on disk.  There is no parallel loop
in here: the functions release the interpreter lock and the caller's threads share out the rows, so
nothing depends on numba's threading layers and no global state is touched.
"""

from __future__ import annotations

import numpy as np
from numba import typeof, types
from numpy.typing import NDArray

from propensity.contributions.forest.codes import ZERO_THRESHOLD
from propensity.contributions.forest.plan import Encoding, Plan, encoding_of, plan_of
from propensity.contributions.forest.tables import Tables, empty_tables
from propensity.contributions.machine_code import ANY_MATRIX, compiled

# rows: amortises reading a group's tables; their codes and cells stay in the second-level cache
BLOCK = 4096
# else all columns of a row fall on the same cache set, and writing rows takes three times as long
PADDING = 8


#: The types of the records, read off the forest without a tree: its arrays are empty, and of the
#: same kinds.
NO_FOREST = plan_of((), {})
PLAN, ENCODING = typeof(NO_FOREST), typeof(encoding_of({}))
TABLES = typeof(empty_tables(NO_FOREST, np.zeros(0, np.int64)))


@compiled(types.void(types.int64, types.int64, PLAN, TABLES, types.float64[::1], types.int64[::1]))
def expand_tables(
    first: int,
    last: int,
    plan: Plan,
    tables: Tables,
    games: NDArray[np.float64],
    game_start: NDArray[np.int64],
) -> None:
    """Add the leaves of groups `first` to `last` to their tables; see
    `kernel_numpy.expand_tables`.
    """
    first_leaf = plan.leaf_start[first]
    for group in range(first, last):
        cells, slot = plan.cells[group], plan.slot_start[group]
        begin = tables.term_table[tables.term_start[group]]
        entry = np.empty(cells, np.int64)
        stride = np.ones(plan.slot_start[group + 1] - slot, np.int64)
        for k in range(1, len(stride)):
            stride[k] = stride[k - 1] * plan.slot_size[slot + k - 1]
        for leaf in range(plan.leaf_start[group], plan.leaf_start[group + 1]):
            pair, players = plan.pair_start[leaf], plan.pair_start[leaf + 1] - plan.pair_start[leaf]
            entry[:] = game_start[leaf - first_leaf]
            for j in range(players):
                at = plan.pair_slot[pair + j]
                step, size = stride[at], plan.slot_size[slot + at]
                for high in range(0, cells, step * size):
                    for bucket in range(size):
                        if plan.ok[plan.pair_ok[pair + j] + bucket]:
                            low = high + bucket * step
                            entry[low : low + step] += players << j
            for j in range(players):
                table = begin + tables.slot_term[slot + plan.pair_slot[pair + j]] * cells
                for cell in range(cells):
                    tables.values[table + cell] += games[entry[cell] + j]


@compiled()
def _encode(
    matrix: NDArray[np.float64], low: int, n: int, codes: NDArray[np.uint16], encoding: Encoding
) -> None:
    values = np.empty(BLOCK)
    place = np.empty(BLOCK, np.int32)
    for number in range(len(encoding.feature)):
        feature, code = encoding.feature[number], codes[number]
        for i in range(n):
            values[i] = matrix[low + i, feature]
        category = encoding.category_codes[
            encoding.category_start[number] : encoding.category_start[number + 1]
        ]
        last = len(category) - 1
        if last >= 0:
            for i in range(n):
                code[i] = (
                    category[np.int64(values[i])] if -1.0 < values[i] < last else category[last]
                )
            continue
        thresholds = encoding.thresholds[
            encoding.threshold_start[number] : encoding.threshold_start[number + 1]
        ]
        _find_places(values, n, thresholds, place)
        nan_code, zero_code = encoding.nan_code[number], encoding.zero_code[number]
        for i in range(n):
            known = zero_code if abs(values[i]) <= ZERO_THRESHOLD else np.uint16(place[i])
            code[i] = nan_code if np.isnan(values[i]) else known


@compiled()
def _find_places(
    values: NDArray[np.float64], n: int, thresholds: NDArray[np.float64], place: NDArray[np.int32]
) -> None:
    """Count the thresholds below each value: a binary search, one round for all values, so nothing
    is mispredicted.
    """
    place[:n] = 0
    length = len(thresholds)
    while length > 0:
        half = max(1, length // 2)
        for i in range(n):
            place[i] += (
                np.int32(half) if thresholds[place[i] + half - 1] < values[i] else np.int32(0)
            )
        length = length - half if length > 1 else 0


@compiled()
def _find_cells(
    codes: NDArray[np.uint16], n: int, plan: Plan, group: int, cell: NDArray[np.uint16]
) -> None:
    cell[:n] = 0
    for step in range(plan.step_start[group], plan.step_start[group + 1]):
        code, first, delta = (
            codes[plan.step_feature[step]],
            plan.step_first[step],
            plan.step_delta[step],
        )
        for i in range(n):
            cell[i] += delta if code[i] >= first else np.uint16(0)
    for pick in range(plan.pick_start[group], plan.pick_start[group + 1]):
        code, table, stride = (
            codes[plan.pick_feature[pick]],
            plan.pick_table[pick],
            plan.pick_stride[pick],
        )
        for i in range(n):
            cell[i] += plan.buckets[table + code[i]] * stride


@compiled()
def _add_terms(
    tables: Tables,
    group: int,
    cells: int,
    cell: NDArray[np.uint16],
    n: int,
    total: NDArray[np.float64],
) -> None:
    """Add the group's terms to the columns, two at a time: they share the reading of the cells."""
    term, end = tables.term_start[group], tables.term_start[group + 1]
    while term < end:
        column = total[tables.term_column[term]]
        table = tables.values[tables.term_table[term] : tables.term_table[term] + cells]
        if term + 1 < end:
            other_column = total[tables.term_column[term + 1]]
            other_table = tables.values[
                tables.term_table[term + 1] : tables.term_table[term + 1] + cells
            ]
            for i in range(n):
                at = cell[i]
                column[i] += table[at]
                other_column[i] += other_table[at]
        else:
            for i in range(n):
                column[i] += table[cell[i]]
        term += 2


@compiled(
    types.void(ANY_MATRIX, types.int64, types.int64, types.float64[:, ::1], ENCODING, PLAN, TABLES)
)
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
    codes = np.empty((len(encoding.feature), BLOCK), np.uint16)
    cell = np.empty(BLOCK, np.uint16)
    total = np.empty((out.shape[1], BLOCK + PADDING))
    for low in range(first, last, BLOCK):
        n = min(BLOCK, last - low)
        _encode(matrix, low, n, codes, encoding)
        total[:] = 0.0
        for group in range(len(plan.cells)):
            _find_cells(codes, n, plan, group, cell)
            _add_terms(tables, group, plan.cells[group], cell, n, total)
        for i in range(n):
            for k in range(out.shape[1]):
                out[low + i, k] = total[k, i]
