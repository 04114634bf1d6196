"""A row that nobody is: the most usual value of each feature."""

from typing import Any

import pandas as pd

from propensity.model.model import PropensityModel


def usual_row(model: PropensityModel) -> pd.DataFrame | None:
    """One row of features: of each the level, or the border of the tenth, that most leads of the
    reference population have; missing where most have none.

    Made of aggregates; no lead of the training need be like it.

    Args:
        model: The model; one without distributions gives None.
    """
    if model.distributions is None:
        return None
    most: dict[str, dict[str, Any]] = {}
    for row in model.distributions.to_pylist():
        if row["feature"] not in most or row["share"] > most[row["feature"]]["share"]:
            most[row["feature"]] = row
    usual: dict[str, str | float | None] = {}
    for feature in model.spec.features:
        row = most[feature.name]
        if feature.is_category:
            usual[feature.name] = row["level"] if row["level"] in feature.levels else None
        else:
            usual[feature.name] = row["low"] if row["high"] is None else row["high"]
    # None instead of NaN, for which JSON has no word
    return pd.DataFrame({name: pd.Series([value], dtype="object") for name, value in usual.items()})
