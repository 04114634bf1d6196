"""The states of values: a value that is missing, or a level outside the list, is no value but a
state, and tells something only where training saw leads in that state.
"""

import numpy as np
from numpy.typing import NDArray

from features.spec import MISSING, OTHER, Feature, FeatureSpec, State

#: The states that values can have; ``other`` is one of categories alone.
STATES: tuple[State, ...] = ("missing", "other")


def in_state(feature: Feature, column: NDArray[np.float64], state: State) -> NDArray[np.bool_]:
    """(n,) whether values of a feature are in a state.

    Args:
        feature: Feature that the column holds.
        column: (n,) a column of the matrix.
        state: State to look for; no number is in the state ``other``.
    """
    if feature.is_category:
        return np.asarray(column == (MISSING if state == "missing" else OTHER))
    return np.isnan(column) if state == "missing" else np.zeros(len(column), dtype=np.bool_)


def with_unseen_states(spec: FeatureSpec, matrix: NDArray[np.float64]) -> FeatureSpec:
    """The spec that records which states no training row showed.

    Args:
        spec: The features.
        matrix: (n, features) the rows that a model learns from.
    """
    features = tuple(
        feature.model_copy(update={"unseen": _unseen(feature, matrix[:, i])})
        for i, feature in enumerate(spec.features)
    )
    return spec.model_copy(update={"features": features})


def _unseen(feature: Feature, column: NDArray[np.float64]) -> tuple[State, ...]:
    possible = STATES if feature.is_category else STATES[:1]
    return tuple(state for state in possible if not in_state(feature, column, state).any())
