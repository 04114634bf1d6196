"""The columns that baselines read, and numbers they can square without overflow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.spec import COLLEAGUES, AttributeSource, BehaviourSource, ClockSource, FeatureSpec


def squarable(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix without numbers so large that a baseline's variance would overflow."""
    return np.clip(matrix, -1e100, 1e100)


def baseline_columns(spec: FeatureSpec) -> dict[str, Any]:
    """Which columns the baselines read; of each kind of behaviour the count over the longest
    window.
    """
    sources = list(enumerate(feature.source for feature in spec.features))
    ages = [
        i for i, source in sources if isinstance(source, ClockSource) and source.clock == "lead_age"
    ]
    # of one kind the first feature, the count over the longest window, is written last
    sources.reverse()
    counts = {
        source.kind: i
        for i, source in sources
        if isinstance(source, BehaviourSource)
        and source.measure == "count"
        and source.kind != COLLEAGUES
    }
    totals = [
        i
        for i, source in sources
        if isinstance(source, AttributeSource)
        and source.reading == "number"
        and spec.features[i].axis == "interest"
    ]
    return {
        "categorical": spec.categories,
        "age": ages[0] if ages else None,
        "actions": [*counts.values(), *totals],
        "levels": spec.categories,
    }
