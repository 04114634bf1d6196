"""How much of a model hangs on a feature: the mean size of its contributions."""

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, MISSING, OTHER, Feature
from propensity.model.model import PropensityModel
from propensity.model.silent_states import NAMED

#: Names that the reference distributions give to what is no listed level.
OTHER_LEVEL, MISSING_LEVEL = NAMED["other"], NAMED["missing"]
_ROWS, _SEED = 2_000, 7


def skill_shares(model: PropensityModel) -> NDArray[np.float64]:
    """(features,) share of each feature in the mean absolute contributions; they add up to 1.

    The rows are drawn from the model's stored distributions, each feature by itself: the model
    holds no rows of its training. Zeros where it holds no distributions either.
    """
    matrix = _drawn(model)
    if matrix is None:
        return np.zeros(len(model.spec.features))
    contributions = model.sums(matrix).contributions
    size = np.abs(contributions - contributions.mean(axis=0)).mean(axis=0)
    shares: NDArray[np.float64] = size / max(size.sum(), np.finfo(float).tiny)
    return shares


def _drawn(model: PropensityModel) -> NDArray[np.float64] | None:
    if model.distributions is None:
        return None
    random = np.random.default_rng(_SEED)
    matrix = np.full((_ROWS, len(model.spec.features)), np.nan, order="F")
    for number, feature in enumerate(model.spec.features):
        rows = model.distributions.filter(pc.field("feature") == feature.name).to_pylist()
        values = np.array([_value(feature, row) for row in rows], dtype=np.float64)
        share = np.array([row["share"] for row in rows], dtype=np.float64)
        if share.sum() > 0:
            matrix[:, number] = random.choice(values, size=_ROWS, p=share / share.sum())
    return matrix


def _value(feature: Feature, row: dict[str, float | str | None]) -> float:
    """A value of a level or bin, as features hold it."""
    level, low, high = row["level"], row["low"], row["high"]
    if feature.is_category:
        coded = {OTHER_LEVEL: OTHER, MISSING_LEVEL: MISSING}
        places = {name: FIRST_LEVEL + i for i, name in enumerate(feature.levels)}
        return float(coded.get(str(level), places.get(str(level), OTHER)))
    if level is not None:
        return float("nan")
    ends = [float(end) for end in (low, high) if end is not None]
    if len(ends) == 2:
        return ends[1]
    return ends[0] + (1.0 if high is None else 0.0) if ends else 0.0
