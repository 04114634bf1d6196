"""How the reference population is spread over each feature: aggregates, to notice later that leads
have changed.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, FeatureSpec
from propensity.model.bundle import DISTRIBUTION_COLUMNS
from propensity.model.silent_states import NAMED

#: Bins of a number, of about equal share.
_BINS = 10
#: Names of what is no listed level.
OTHER_LEVEL, MISSING_LEVEL = NAMED["other"], NAMED["missing"]


def distributions(
    spec: FeatureSpec, matrix: NDArray[np.float64], weight: NDArray[np.float64]
) -> pa.Table:
    """A row per feature and level, or bin.

    Args:
        spec: The features.
        matrix: (n, features) rows of the reference population.
        weight: (n,) rows of the population each row stands for.

    Returns:
        ``feature``; ``level`` (of a category, or ``(missing)``); ``low`` and ``high`` of a number's
        bin (low < value <= high; null at the open ends, whose extremes would be single leads);
        ``share`` of the rows, 0..1, adding up to 1 per feature.
    """
    rows = [
        {"feature": feature.name, **row}
        for i, feature in enumerate(spec.features)
        for row in (
            _levels(feature.levels, matrix[:, i], weight)
            if feature.is_category
            else _bins(matrix[:, i], weight)
        )
    ]
    return pa.Table.from_pylist(rows, schema=DISTRIBUTION_COLUMNS)


def _levels(
    levels: tuple[str, ...], codes: NDArray[np.float64], weight: NDArray[np.float64]
) -> Iterator[dict[str, object]]:
    names = (OTHER_LEVEL, MISSING_LEVEL, *levels)
    mass = np.bincount(codes.astype(np.intp), weight, minlength=FIRST_LEVEL + len(levels))
    for name, share in zip(names, mass / weight.sum(), strict=True):
        yield {"level": name, "low": None, "high": None, "share": float(share)}


def _bins(values: NDArray[np.float64], weight: NDArray[np.float64]) -> Iterator[dict[str, object]]:
    missing = np.isnan(values)
    yield {
        "level": MISSING_LEVEL,
        "low": None,
        "high": None,
        "share": float(weight[missing].sum() / weight.sum()),
    }
    known, mass = values[~missing], weight[~missing]
    if not len(known):
        return
    edges = np.unique(
        np.quantile(known, np.arange(1, _BINS) / _BINS, weights=mass, method="inverted_cdf")
    )
    shares = (
        np.bincount(np.searchsorted(edges, known, side="left"), mass, minlength=len(edges) + 1)
        / weight.sum()
    )
    ends = [None, *(float(edge) for edge in edges), None]
    for low, high, share in zip(ends, ends[1:], shares, strict=False):
        yield {"level": None, "low": low, "high": high, "share": float(share)}
