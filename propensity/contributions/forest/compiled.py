"""The compiled forest: exact SHAP contributions of every lead by table look-up, faster than
LightGBM predicts.

For the leaves of a tree that share a few decisions, the Shapley values are a function of which
bucket each feature
falls into: a small integer, the cell.  The values for every cell are computed once, when the model
is loaded.
Explaining a lead is then: encode its features, find its cell in each group of leaves, add up one
table row per group. The sum of the contributions and the base is the score itself.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.engine import check_matrix, output_columns, share_out, usable_cores
from propensity.contributions.forest.codes import DecisionCodes
from propensity.contributions.forest.components import components_of
from propensity.contributions.forest.leaves import Leaf, leaves_of
from propensity.contributions.forest.limited_plan import limited_plan
from propensity.contributions.forest.model_text import ModelText, ModelTextError, parse_model_text
from propensity.contributions.forest.plan import Plan, encoding_of
from propensity.contributions.forest.tables import Tables, tables_of
from propensity.contributions.forest.unseen import UnseenForest

MAX_FEATURES_ON_PATH = 14  # a leaf with d features has a table of 2**d cells by d columns: 1.8 MB
MAX_TABLE_VALUES = 1 << 27  # 1 GiB of float64
# look-ups: about what NumPy does while numba and its cached machine code are being loaded
SMALL_JOB = 200_000_000
FALLBACK_ROWS = 65_536  # rows per call of LightGBM's pred_contrib

log = logging.getLogger(__name__)


class CompiledForest:
    """LightGBM models with weights, merged into one forest and compiled into tables.

    Attributes:
        n_features: number of columns that every member reads.
        base: log-odds without any contribution: the weighted sum over the trees of each tree's
            expected value under the training rows' shares (covers), as in LightGBM's
            `pred_contrib`.
    """

    def __init__(self, models: Sequence[ModelText], weights: Sequence[float]) -> None:
        self.n_features = models[0].n_features
        self._models, self._weights = models, weights
        self._trees = [
            (tree, weight)
            for model, weight in zip(models, weights, strict=True)
            for tree in model.trees
        ]
        self._codes = DecisionCodes([tree for tree, _ in self._trees])
        self._encoding = encoding_of(self._codes.features)

        def grown() -> Iterator[list[Leaf]]:
            self.base = 0.0
            for number, (tree, weight) in enumerate(self._trees):
                leaves = list(leaves_of(tree, number, weight, self._codes))
                self.base += sum(leaf.expected for leaf in leaves)
                yield leaves

        self._plan, self._left_out = limited_plan(
            grown,
            self._codes.features,
            most_players=MAX_FEATURES_ON_PATH,
            most_values=MAX_TABLE_VALUES,
        )
        self._fallback = self._fallback_texts()
        self._tables: dict[bytes, Tables] = {}
        self._unseen_tables: dict[bytes, Tables] = {}
        self._lock = threading.Lock()

    @property
    def without_tables(self) -> int:
        """Number of trees that tables cannot hold, which LightGBM explains instead."""
        return len(self._left_out)

    @classmethod
    def compile(cls, members: Sequence[tuple[str, float]]) -> CompiledForest:
        """Compile LightGBM text models into one forest; the score is the weighted sum of the
        members' raw scores.

        Args:
            members: (model text, weight) pairs; all models read the same columns.

        Raises:
            ModelTextError: A text is damaged or of a kind that is not served, or the members do not
                fit together.
        """
        if not members:
            raise ModelTextError("Compiling a forest: expected at least one model, got none.")
        models = [parse_model_text(text) for text, _ in members]
        weights = [float(weight) for _, weight in members]
        columns = {model.n_features for model in models}
        if len(columns) > 1:
            raise ModelTextError(
                f"Models to merge: expected the same number of columns, got {sorted(columns)}."
            )
        if not np.isfinite(weights).all():
            raise ModelTextError(f"Models to merge: expected finite weights, got {weights}.")
        return cls(models, weights)

    def contributions(
        self,
        matrix: NDArray[np.float64],
        *,
        groups: NDArray[np.int32] | None = None,
        n_groups: int | None = None,
        threads: int | None = None,
        unseen: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return exact path-dependent SHAP values, in log-odds; see ``Engine`` and ``unseen``."""
        check_matrix(matrix, self.n_features)
        column_of, width = output_columns(groups, n_groups, self.n_features)
        out = self._explained(matrix, column_of, width, threads)
        if unseen is not None:
            without = self._without_unseen(matrix, unseen, column_of, width, threads)
            out = np.where(self._touched(unseen, column_of, width), without, out)
        return out

    def _explained(
        self,
        matrix: NDArray[np.float64],
        column_of: NDArray[np.int64],
        width: int,
        threads: int | None,
    ) -> NDArray[np.float64]:
        out = np.empty((len(matrix), width))
        kernel = self._kernel(len(matrix))
        tables = self._tables_for(column_of, kernel)
        share_out(
            lambda low, high: kernel.explain_rows(
                matrix, low, high, out, self._encoding, self._plan, tables
            ),
            len(matrix),
            threads,
        )
        self._add_fallback(matrix, column_of, out, threads or usable_cores())
        return out

    def raw_score(
        self, matrix: NDArray[np.float64], *, threads: int | None = None
    ) -> NDArray[np.float64]:
        """Return the log-odds of each lead, shape (n,): `base` plus the sum of its
        contributions.
        """
        together = np.zeros(self.n_features, np.int32)
        return (
            self.base
            + self.contributions(matrix, groups=together, n_groups=1, threads=threads)[:, 0]
        )

    def _kernel(self, n_rows: int) -> ModuleType:
        return _kernel_for(self._plan, n_rows)

    @cached_property
    def _unseen(self) -> UnseenForest:
        return UnseenForest(
            self._trees,
            self._codes,
            most_players=MAX_FEATURES_ON_PATH,
            most_values=MAX_TABLE_VALUES,
        )

    def _without_unseen(
        self,
        matrix: NDArray[np.float64],
        unseen: NDArray[np.bool_],
        column_of: NDArray[np.int64],
        width: int,
        threads: int | None,
    ) -> NDArray[np.float64]:
        out = np.empty((len(matrix), width))
        with self._lock:
            forest, key = self._unseen, column_of.tobytes()
            kernel = _kernel_for(forest.plan, len(matrix))
            if key not in self._unseen_tables:
                self._unseen_tables[key] = forest.tables(column_of, kernel)
            tables = self._unseen_tables[key]

        def explain(low: int, high: int) -> None:
            here = slice(low, high)
            forest.explain(matrix[here], unseen[here], out[here], column_of, tables, kernel)

        share_out(explain, len(matrix), threads)
        return out

    def _touched(
        self, unseen: NDArray[np.bool_], column_of: NDArray[np.int64], width: int
    ) -> NDArray[np.bool_]:
        """(n, columns) whether an unseen feature shares a tree with one of the column, at one or
        more removes; all other columns keep their bits.
        """
        touched = np.zeros((len(unseen), width), dtype=np.bool_)
        for together in components_of(tree.split_feature for tree, _ in self._trees):
            columns = np.unique(column_of[together])
            touched[:, columns] |= np.any(unseen[:, together], axis=1, keepdims=True)
        return touched

    def _tables_for(self, column_of: NDArray[np.int64], kernel: ModuleType) -> Tables:
        key = column_of.tobytes()
        with self._lock:
            if key not in self._tables:
                self._tables[key] = tables_of(self._plan, column_of, kernel)
            return self._tables[key]

    def _fallback_texts(self) -> list[tuple[str, float]]:
        """Per member with trees that have no tables: the text of a model with these trees, and the
        weight.
        """
        texts, first = [], 0
        for model, weight in zip(self._models, self._weights, strict=True):
            numbers = [i for i in range(len(model.trees)) if first + i in self._left_out]
            first += len(model.trees)
            if numbers:
                texts.append((model.only_trees(numbers), weight))
        if texts:
            log.warning(
                "%d of %d trees are too deep for tables; LightGBM's pred_contrib explains them,"
                " which is slower.",
                len(self._left_out),
                first,
            )
        return texts

    def _add_fallback(
        self,
        matrix: NDArray[np.float64],
        column_of: NDArray[np.int64],
        out: NDArray[np.float64],
        threads: int,
    ) -> None:
        if not self._fallback or not len(matrix):
            return
        import lightgbm  # noqa: PLC0415 (slow to import and rarely needed)

        for text, weight in self._fallback:
            booster = lightgbm.Booster(model_str=text)
            for low in range(0, len(matrix), FALLBACK_ROWS):
                rows = np.ascontiguousarray(matrix[low : low + FALLBACK_ROWS])
                found = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=threads))
                for feature, column in enumerate(column_of):
                    out[low : low + FALLBACK_ROWS, column] += weight * found[:, feature]


def _kernel_for(plan: Plan, n_rows: int) -> ModuleType:
    look_ups = len(plan.step_first) + len(plan.pick_table) + len(plan.slot_size)
    table_building = 2 * int(plan.cells.sum())
    small = n_rows * look_ups + table_building <= SMALL_JOB
    if small and "propensity.contributions.forest.kernel" not in sys.modules:
        import propensity.contributions.forest.kernel_numpy as numpy_kernel  # noqa: PLC0415 (one of the two is loaded)

        return numpy_kernel
    import propensity.contributions.forest.kernel as numba_kernel  # noqa: PLC0415 (importing it imports numba)

    return numba_kernel
