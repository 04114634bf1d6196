"""Bin codes: every value of a feature becomes a small integer that decides all decisions of the
forest on it.

A number's code is how many of the forest's thresholds on its feature lie below it; missing values
and, where a model was trained with `zero_as_missing`, zeros have codes of their own.  A category's
code is its place among the categories that any decision names; all others (unseen, negative,
missing) share the last code.  How values are read follows LightGBM (`Tree::NumericalDecision`,
`Tree::CategoricalDecision` in include/LightGBM/tree.h, and the row reader of src/c_api.cpp, which
drops every value whose size is at most 1e-35).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.forest.model_text import (
    CATEGORICAL_BIT,
    DEFAULT_LEFT_BIT,
    MISSING_NAN,
    MISSING_ZERO,
    ModelTextError,
    Tree,
)

MAX_THRESHOLDS = 65_000  # codes are 16 bits wide
ZERO_THRESHOLD = float(np.float32(1e-35))  # LightGBM's kZeroThreshold: smaller sizes count as zero


@dataclass(frozen=True)
class FeatureCodes:
    """How one feature's values become codes.

    Attributes:
        thresholds: numeric: the distinct thresholds, ascending; categorical: empty.
        category_codes: categorical: code by category number, the last entry stands for all others;
            numeric: empty.
        n_codes: codes run from 0 to `n_codes - 1`.
        nan_code: the code of NaN.
        zero_code: numeric: the code of zero.
    """

    thresholds: NDArray[np.float64]
    category_codes: NDArray[np.uint16]
    n_codes: int
    nan_code: int
    zero_code: int

    @property
    def is_categorical(self) -> bool:
        """Whether the values are category numbers."""
        return len(self.category_codes) > 0

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.uint16]:
        """Return the code of each value, shape (n,) as `values`."""
        if self.is_categorical:
            last = len(self.category_codes) - 1
            # NaN is not; the cut is towards zero, so -0.5 is category 0
            named = (values > -1.0) & (values < last)
            return self.category_codes[np.where(named, values, last).astype(np.int64)]
        codes = np.searchsorted(self.thresholds, values, side="left").astype(np.uint16)
        codes[np.abs(values) <= ZERO_THRESHOLD] = self.zero_code
        codes[np.isnan(values)] = self.nan_code
        return codes


class DecisionCodes:
    """The codes of all features of a forest, and for each decision the set of codes that goes left.

    A set of codes is a Python integer whose bit c says whether code c is in it.
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        features = np.concatenate([tree.split_feature for tree in trees] or [np.zeros(0, np.int64)])
        thresholds = np.concatenate([tree.threshold for tree in trees] or [np.zeros(0)])
        kinds = np.concatenate([tree.decision_type for tree in trees] or [np.zeros(0, np.int64)])
        self._left: dict[tuple[object, ...], int] = {}
        self.features: dict[int, FeatureCodes] = {}
        for feature in np.unique(features).tolist():
            here = features == feature
            if len(np.unique(thresholds[here])) > MAX_THRESHOLDS:
                raise ModelTextError(
                    f"LightGBM models to merge: expected at most {MAX_THRESHOLDS} different"
                    f" decisions on a feature, got more on feature {feature}; train with a smaller"
                    " max_bin or fewer members."
                )
            categorical = (kinds[here] & CATEGORICAL_BIT).astype(bool)
            if categorical.all():
                self.features[feature] = _category_codes(trees, feature)
            elif categorical.any():
                raise ModelTextError(
                    f"LightGBM models to merge: expected feature {feature} to be numeric in all or"
                    " categorical in all, got both."
                )
            else:
                self.features[feature] = _number_codes(thresholds[here], kinds[here])

    def left_sets(self, tree: Tree) -> list[int]:
        """Return per decision of the tree the set of codes that goes left."""
        known, sets = self._left, []
        columns = (
            tree.split_feature.tolist(),
            tree.threshold.tolist(),
            tree.decision_type.tolist(),
        )
        for feature, threshold, kind in zip(*columns, strict=True):
            categorical = kind & CATEGORICAL_BIT
            key = (feature, tree.category_sets[int(threshold)] if categorical else threshold, kind)
            if key not in known:
                known[key] = self._left_set(*key)
            sets.append(known[key])
        return sets

    def _left_set(self, feature: int, threshold: float | tuple[int, ...], kind: int) -> int:
        codes = self.features[feature]
        if isinstance(threshold, tuple):
            return sum(1 << int(codes.category_codes[category]) for category in threshold)
        place = int(np.searchsorted(codes.thresholds, threshold))
        default_left = bool(kind & DEFAULT_LEFT_BIT)
        missing = kind >> 2
        zero_left = default_left if missing == MISSING_ZERO else threshold >= 0.0
        left = (1 << place + 1) - 1
        n_plain = len(codes.thresholds) + 1
        if codes.zero_code >= n_plain:
            left |= zero_left << codes.zero_code
        if codes.nan_code > max(codes.zero_code, n_plain - 1):
            left |= (default_left if missing == MISSING_NAN else zero_left) << codes.nan_code
        return left


def _number_codes(thresholds: NDArray[np.float64], kinds: NDArray[np.int64]) -> FeatureCodes:
    distinct = np.unique(thresholds)
    missing = kinds >> 2
    n_codes = len(distinct) + 1
    zero_code = nan_code = int(np.searchsorted(distinct, 0.0))
    if (missing == MISSING_ZERO).any():
        zero_code = nan_code = n_codes
        n_codes += 1
    if (missing == MISSING_NAN).any():
        nan_code = n_codes
        n_codes += 1
    return FeatureCodes(distinct, np.zeros(0, np.uint16), n_codes, nan_code, zero_code)


def _category_codes(trees: Sequence[Tree], feature: int) -> FeatureCodes:
    named: set[int] = set()
    for tree in trees:
        for number in tree.threshold[tree.split_feature == feature].tolist():
            named.update(tree.category_sets[int(number)])
    categories = np.array(sorted(named), np.int64)
    codes = np.full(categories.max(initial=-1) + 2, len(categories), np.uint16)
    codes[categories] = np.arange(len(categories))
    return FeatureCodes(np.zeros(0), codes, len(categories) + 1, len(categories), 0)
