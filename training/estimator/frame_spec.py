"""What the columns of somebody's table of features are."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.settings import Axis, FeatureSettings
from features.spec import AttributeSource, Feature, FeatureSpec

_AXES = ("fit", "interest")


def spec_of(frame: pd.DataFrame, axes: Mapping[str, Axis]) -> FeatureSpec:
    """Each column as a feature: texts, categories and truth values by level, all else as numbers.

    Args:
        frame: A column per feature.
        axes: Column to its axis; those that are not named are of fit.

    Raises:
        ValueError: A column that is no number and no text, a name twice, or an axis of no column.
    """
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"expected each column once, got several called {twice[:5]}")
    unknown = [name for name in axes if name not in names]
    wrong = {name: axis for name, axis in axes.items() if axis not in _AXES}
    if unknown or wrong:
        raise ValueError(
            f"axes: expected columns of the table, each on one of {_AXES}, got"
            f" {unknown[:5] or wrong}"
        )
    levels = FeatureSettings().max_levels
    columns = (frame.iloc[:, place] for place in range(len(names)))
    return FeatureSpec(
        features=tuple(
            _feature(name, values, axes.get(name, "fit"), levels)
            for name, values in zip(names, columns, strict=True)
        )
    )


def _feature(name: str, values: pd.Series, axis: Axis, most: int) -> Feature:
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype | pd.StringDtype) or kind.kind == "O":
        counts = values.astype("string").str.strip().value_counts()
        found = sorted(counts.index[:most])
        source = AttributeSource(column=name, reading="category")
        return Feature(
            name=name, axis=axis, concept=name, unit="level", levels=tuple(found), source=source
        )
    if not (pd.api.types.is_numeric_dtype(kind) and np.dtype("complex") != kind):
        raise ValueError(
            f"{name}: expected numbers, texts or categories, got {kind}; of a date take its age in"
            " days"
        )
    source = AttributeSource(column=name, reading="number")
    return Feature(name=name, axis=axis, concept=name, unit="as in the data", source=source)
