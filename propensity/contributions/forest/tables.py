"""The tables of a forest: per group of leaves and column of the output, what each cell
contributes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.forest.leaves import leaf_games
from propensity.contributions.forest.plan import Plan

GAME_ENTRIES = 1 << 18  # leaf games are computed in batches of about 2 MB, which stay in the cache


class Tables(NamedTuple):
    """What is added up: a *term* is one table of one group, `cells` long, that goes into one
    column.
    """

    term_start: NDArray[np.int64]  # (groups + 1,)
    term_column: NDArray[np.int32]
    term_table: NDArray[np.int64]  # offset in `values`
    slot_term: NDArray[np.int32]  # per slot of the plan: its term, within the group
    values: NDArray[np.float64]


#: From leaf values and the shares of their pairs to their Shapley values; see `leaves.leaf_games`.
Games = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def tables_of(
    plan: Plan, column_of: NDArray[np.int64], kernel: ModuleType, games: Games = leaf_games
) -> Tables:
    """Build the tables.

    Args:
        plan: the forest's plan.
        column_of: (n_features,) output column of every feature; features of one column are added in
            the table.
        kernel: the module whose `expand_tables` fills them: both give the same bits.
        games: what the leaves of the plan pay.
    """
    empty = empty_tables(plan, column_of)
    for first, last in _batches(plan):
        kernel.expand_tables(
            first,
            last,
            plan,
            empty,
            *_games_of(plan, plan.leaf_start[first], plan.leaf_start[last], games),
        )
    return empty


def empty_tables(plan: Plan, column_of: NDArray[np.int64]) -> Tables:
    """Lay out the tables of a plan: which term goes where, all values still zero."""
    groups = np.repeat(np.arange(len(plan.cells)), np.diff(plan.slot_start))
    columns = column_of[plan.slot_feature]
    width = int(column_of.max(initial=0)) + 1
    terms, term_of_slot = np.unique(groups * width + columns, return_inverse=True)
    term_group = terms // width
    term_start = np.searchsorted(term_group, np.arange(len(plan.cells) + 1))
    ends = np.cumsum(plan.cells[term_group], dtype=np.int64)
    return Tables(
        term_start=term_start.astype(np.int64),
        term_column=(terms % width).astype(np.int32),
        term_table=ends - plan.cells[term_group],
        slot_term=(term_of_slot - term_start[groups]).astype(np.int32),
        values=np.zeros(int(ends[-1]) if len(ends) else 0),
    )


def _batches(plan: Plan) -> list[tuple[int, int]]:
    """Ranges of groups whose leaf games together have about `GAME_ENTRIES` entries."""
    sizes = np.diff(plan.pair_start)
    before = np.concatenate([[0], np.cumsum(sizes << sizes)])[plan.leaf_start]
    cuts = np.flatnonzero(np.diff(before // GAME_ENTRIES))
    bounds = np.unique(np.concatenate([[0], cuts, [len(plan.cells)]])).tolist()
    return list(pairwise(bounds))


def _games_of(
    plan: Plan, first: int, last: int, games_of: Games
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The games of leaves `first` to `last`, flat, and where each leaf's game begins."""
    sizes = np.diff(plan.pair_start[first : last + 1])
    ends = np.cumsum(sizes << sizes)
    starts = ends - (sizes << sizes)
    games = np.empty(int(ends[-1]) if len(ends) else 0)
    for size in np.unique(sizes).tolist():
        members = np.flatnonzero(sizes == size)
        pairs = plan.pair_start[first + members][:, None] + np.arange(size)
        some = games_of(plan.leaf_value[first + members], plan.pair_share[pairs])
        games[starts[members][:, None] + np.arange(size << size)] = some.reshape(len(members), -1)
    return games, starts
