"""The feature table: one float matrix with its keys, readable through its spec."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.build.filling import MIDDLE, as_missing, fill
from features.levels import codes_of
from features.spec import MISSING, AttributeSource, Feature, FeatureSpec, Texts


@dataclass(frozen=True)
class FeatureTable:
    """Features of rows (a lead's episode at an as-of).

    Attributes:
        spec: What the columns mean.
        keys: One row per matrix row: ``lead`` (store's number), ``lead_id``, ``episode``,
            ``as_of_day``.
        matrix: (rows, features) float64 in Fortran order; missing numbers are NaN, categories their
            codes.
        drawn: Per column whose missing values are drawn, (rows,) whether this row's value is:
            nobody may be told it.
    """

    spec: FeatureSpec
    keys: pa.Table
    matrix: NDArray[np.float64]
    drawn: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def as_known(self) -> NDArray[np.float64]:
        """The matrix with what was drawn as missing: what may be told of a lead."""
        return as_missing(self.spec, self.matrix, self.drawn)

    def slice(self, first: int, rows: int) -> "FeatureTable":
        """At most so many rows from one on."""
        here = slice(first, first + rows)
        drawn = {i: mask[here] for i, mask in self.drawn.items()}
        matrix = np.asfortranarray(self.matrix[here])
        return FeatureTable(self.spec, self.keys.slice(first, rows), matrix, drawn)

    def __len__(self) -> int:
        return int(self.matrix.shape[0])


def encoded(spec: FeatureSpec, frame: pd.DataFrame) -> NDArray[np.float64]:
    """The matrix of a frame that holds features under their names, as pandas reads them from a CSV.

    Columns that are absent count as missing. Numbers that cannot be read count as missing too.

    Returns:
        (rows, features) float64 in Fortran order.
    """
    matrix = np.empty((len(frame), len(spec.features)), order="F")
    for i, feature in enumerate(spec.features):
        if feature.name not in frame.columns:
            matrix[:, i] = MISSING if feature.is_category else np.nan
            continue
        if feature.is_category:
            matrix[:, i] = level_codes(
                feature, frame[feature.name], spec.missing_values, spec.texts
            )
        else:
            numbers = pd.to_numeric(frame[feature.name], errors="coerce").to_numpy(
                "float64", na_value=np.nan
            )
            matrix[:, i] = np.where(np.isfinite(numbers), numbers, np.nan)
        if isinstance(feature.source, AttributeSource) and feature.source.is_drawn(teaching=False):
            matrix[:, i] = fill(feature, matrix[:, i], MIDDLE)
    return matrix


def level_codes(
    feature: Feature,
    values: pd.Series,
    missing_values: tuple[str, ...],
    texts: Texts = "as written",
) -> NDArray[np.float64]:
    """Codes of a category's values: 0 other, 1 missing, 2… the listed levels."""
    unique, inverse = np.unique(
        values.astype("string").fillna("").str.strip().to_numpy(object), return_inverse=True
    )
    missing = {"", *missing_values}
    of_unique = codes_of(feature, [None if text in missing else text for text in unique], texts)
    return of_unique[inverse] if len(of_unique) else np.empty(0)
