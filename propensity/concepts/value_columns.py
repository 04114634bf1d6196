"""Which features of a concept its value is read from: all windows of one behaviour make one reason,
two are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.spec import (
    MISSING,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    Feature,
    FeatureSpec,
    OwnSource,
)
from propensity.concepts.concepts import Concept

#: Days a count is told for, where the model has it; else the nearest window.
WINDOW = 30

#: ``times`` and ``active days`` within a window, ``since`` the last one, ``measure`` any other
#: number of a behaviour.
How = Literal["level", "number", "age", "clock", "times", "active days", "since", "measure"]


@dataclass(frozen=True)
class ValueColumns:
    """What the value of a concept is read from.

    Attributes:
        how: It is told.
        main: Column of the matrix: a code, a number, a count within a window, or days.
        since: Column with the days since the behaviour was last seen, told beside a count; None
            where there is none.
    """

    how: How
    main: int
    since: int | None = None


def value_columns(spec: FeatureSpec, concept: Concept) -> ValueColumns:
    """What the value of one of the spec's concepts is read from."""
    features = [(column, spec.features[column]) for column in concept.columns]
    behaviour = [
        (column, f.source) for column, f in features if isinstance(f.source, BehaviourSource)
    ]
    if behaviour:
        return _behaviour(behaviour)
    column, feature = features[0]
    if isinstance(feature.source, ClockSource):
        return ValueColumns("clock", column)
    if feature.is_category:
        return ValueColumns("level", column)
    is_age = isinstance(feature.source, AttributeSource) and feature.source.reading == "age"
    return ValueColumns("age" if is_age else "number", column)


def known(
    spec: FeatureSpec, concepts: Sequence[Concept], matrix: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(n, concepts) whether anything is known: an attribute without a value is unknown, silence is
    behaviour.
    """
    found = np.ones((len(matrix), len(concepts)), dtype=np.bool_)
    for number, concept in enumerate(concepts):
        features = [spec.features[column] for column in concept.columns]
        if all(isinstance(feature.source, AttributeSource | OwnSource) for feature in features):
            missing = [
                _missing(f, matrix[:, column])
                for f, column in zip(features, concept.columns, strict=True)
            ]
            found[:, number] = ~np.logical_and.reduce(missing)
    return found


def _behaviour(sources: Sequence[tuple[int, BehaviourSource]]) -> ValueColumns:
    since = next((column for column, source in sources if source.measure == "days_since"), None)
    for measure, how in (("count", "times"), ("active_days", "active days")):
        counts = [
            (column, source.window) for column, source in sources if source.measure == measure
        ]
        if counts:
            column, _ = min(counts, key=lambda found: _distance(found[1]))
            return ValueColumns(how, column, since)  # type: ignore[arg-type]
    if since is not None:
        return ValueColumns("since", since)
    return ValueColumns("measure", sources[0][0])


def _distance(window: int | None) -> tuple[float, float]:
    return (float("inf"), 0.0) if window is None else (abs(window - WINDOW), window)


def _missing(feature: Feature, column: NDArray[np.float64]) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = column == MISSING if feature.is_category else np.isnan(column)
    return missing
