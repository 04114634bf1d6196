"""What the engines share: they turn rows of features into exact contributions, on any number of
threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ROWS_PER_TASK = 8192


class Engine(Protocol):
    """Members of one kind, compiled.

    Attributes:
        base: log-odds without any contribution.
    """

    base: float

    def contributions(
        self,
        matrix: NDArray[np.float64],
        *,
        groups: NDArray[np.int32] | None = None,
        n_groups: int | None = None,
        threads: int | None = None,
        unseen: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return what each feature (or group of features) adds to each lead's log-odds.

        A row's result depends on nothing but the row: not on the threads, the other rows or their
        order, to the bit.

        Args:
            matrix: (n, features); missing is NaN, categories are their integer codes.
            groups: (features,) output column of every feature; contributions with the same number
                are added up.
            n_groups: number of output columns; by default the largest number in `groups` plus one.
            threads: at most so many threads; by default as many as the process may use cores.
            unseen: (n, features) where a value's state, such as missing, is one that no training
                row showed: there the feature adds nothing, and the others add what they add on
                average over its values. By default nowhere.

        Returns:
            (n, features) or (n, n_groups); `base` plus their sum over a row is the raw score.

        Raises:
            ValueError: The matrix or the groups have the wrong shape, type or range.
        """


def check_matrix(matrix: NDArray[np.float64], n_features: int) -> None:
    """Refuse a matrix of another shape or type (ValueError)."""
    came = (getattr(matrix, "dtype", type(matrix).__name__), *getattr(matrix, "shape", ()))
    if len(came) != 3 or came[0] != np.float64 or came[2] != n_features:
        raise ValueError(
            f"Leads to explain: expected float64 of shape (n, {n_features}), got {came}."
        )


def output_columns(
    groups: NDArray[np.int32] | None, n_groups: int | None, n_features: int
) -> tuple[NDArray[np.int64], int]:
    """The output column of each feature, and how many columns there are.

    ValueError where they do not fit.
    """
    if groups is None:
        return np.arange(n_features), n_features
    column_of = np.asarray(groups)
    if column_of.shape != (n_features,) or column_of.dtype.kind not in "iu":
        came = f"{column_of.dtype} {column_of.shape}"
        raise ValueError(f"Groups of features: expected {n_features} whole numbers, got {came}.")
    width = int(column_of.max()) + 1 if n_groups is None else n_groups
    if column_of.min() < 0 or column_of.max() >= width:
        came = f"{column_of.min()} ... {column_of.max()}"
        raise ValueError(f"Groups of features: expected numbers in 0 ... {width - 1}, got {came}.")
    return column_of.astype(np.int64), width


def share_out(task: Callable[[int, int], None], n_rows: int, threads: int | None) -> None:
    """Run the task on ranges of rows, on at most so many threads; by default one per usable
    core.
    """
    ranges = [(low, min(low + ROWS_PER_TASK, n_rows)) for low in range(0, n_rows, ROWS_PER_TASK)]
    threads = threads or usable_cores()
    if threads == 1 or len(ranges) <= 1:
        for low, high in ranges:
            task(low, high)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="engine") as pool:
        for done in [pool.submit(task, low, high) for low, high in ranges]:
            done.result()


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
