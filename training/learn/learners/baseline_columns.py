"""The columns that baselines read, and numbers they can square without overflow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.spec import ClockSource, FeatureSpec


def squarable(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix without numbers so large that a baseline's variance would overflow."""
    return np.clip(matrix, -1e100, 1e100)


def baseline_columns(spec: FeatureSpec) -> dict[str, Any]:
    """Which columns the baselines read."""
    ages = [
        place
        for place, feature in enumerate(spec.features)
        if isinstance(feature.source, ClockSource) and feature.source.clock == "lead_age"
    ]
    return {"categorical": spec.categories, "age": ages[0] if ages else None}
