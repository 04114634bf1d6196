"""The terms as an engine: contributions of every lead, by looking its values up on the curves."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.engine import check_matrix, output_columns, share_out
from propensity.contributions.terms import kernel_numpy
from propensity.contributions.terms.curves import curves_of
from propensity.contributions.terms.parts import Terms

# look-ups: about what NumPy does while numba and its cached machine code are being loaded
SMALL_JOB = 10_000_000


class CompiledTerms:
    """Additive members with weights, merged into one curve per feature.

    Attributes:
        n_features: number of columns of the matrix.
        base: log-odds without any contribution: the weighted sum of the intercepts.
    """

    def __init__(self, members: Sequence[Terms], n_features: int) -> None:
        """Compile.

        Raises:
            ValueError: A term stands on a column beyond the matrix, or members disagree on what is
                a category.
        """
        self.n_features = n_features
        self._curves = curves_of(members)
        if self._curves.feature.max(initial=-1) >= n_features:
            raise ValueError(
                f"Terms to serve: expected features below {n_features}, got"
                f" {self._curves.feature.max()}."
            )
        self.base = float(sum(member.weight * member.intercept for member in members))

    def contributions(
        self,
        matrix: NDArray[np.float64],
        *,
        groups: NDArray[np.int32] | None = None,
        n_groups: int | None = None,
        threads: int | None = None,
        unseen: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return what each feature (or group of features) adds to each lead's log-odds; see
        ``Engine``.
        """
        check_matrix(matrix, self.n_features)
        column_of, width = output_columns(groups, n_groups, self.n_features)
        out = np.empty((len(matrix), width))
        columns = column_of[self._curves.feature]
        if unseen is not None:
            share_out(
                lambda low, high: kernel_numpy.explain_rows(
                    matrix, low, high, out, columns, self._curves, unseen
                ),
                len(matrix),
                threads,
            )
            return out
        kernel = self._kernel(len(matrix))
        share_out(
            lambda low, high: kernel.explain_rows(matrix, low, high, out, columns, self._curves),
            len(matrix),
            threads,
        )
        return out

    def _kernel(self, n_rows: int) -> ModuleType:
        small = n_rows * len(self._curves.feature) <= SMALL_JOB
        if small and "propensity.contributions.terms.kernel" not in sys.modules:
            return kernel_numpy
        import propensity.contributions.terms.kernel as numba_kernel  # noqa: PLC0415 (importing it imports numba)

        return numba_kernel


def terms_scores(terms: Terms, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) raw scores of one additive model: its intercept and the sum of its terms, whatever its
    weight.

    Args:
        terms: The model.
        matrix: (n, features) as built by the spec it was fitted for.
    """
    alone = CompiledTerms([terms.model_copy(update={"weight": 1.0})], matrix.shape[1])
    together = np.zeros(matrix.shape[1], np.int32)
    return alone.base + alone.contributions(matrix, groups=together, n_groups=1, threads=1)[:, 0]
