"""Tables of features as pandas holds them: into the model's matrix, and its sums back into a
table.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.build.table import encoded
from features.errors import DataError
from features.spec import FIRST_LEVEL, MISSING, OTHER, Feature, FeatureSpec

#: Columns of a scored table.
SCORED = ("probability", "log_odds", "base", "fit", "interest")
#: Stands for a level that is not listed.
_OTHER = "(other)"
#: So many absent features are named in an error.
_NAMED = 20


def table(
    names: Sequence[str], columns: Sequence[NDArray[np.float64]], like: pd.DataFrame
) -> pd.DataFrame:
    """Columns under their names, with the index of another table."""
    frame = pd.DataFrame(
        np.stack(columns, axis=1) if len(like) else np.empty((0, len(names))), index=like.index
    )
    frame.columns = pd.Index(names)
    return frame


def frame_of(spec: FeatureSpec, matrix: NDArray[np.float64]) -> pd.DataFrame:
    """A matrix as a table of features, which ``matrix_of`` reads back to the bit.

    Args:
        spec: The features.
        matrix: (n, features) as built by the spec.

    Returns:
        Numbers as float64; categories as such, with their levels in the order of the spec, a last
        one for the values that are not listed, and nothing where the value is missing.
    """
    columns = {}
    for feature, values in zip(spec.features, matrix.T, strict=True):
        if not feature.is_category:
            columns[feature.name] = pd.Series(values)
            continue
        other = other_level(feature)
        codes = values.astype(np.int64)
        place = np.where(codes == OTHER, len(feature.levels), codes - FIRST_LEVEL)
        place[codes == MISSING] = -1
        levels = pd.Index([*feature.levels, other], dtype="object")
        columns[feature.name] = pd.Series(pd.Categorical.from_codes(place, levels))
    return pd.DataFrame(columns, index=pd.RangeIndex(len(matrix)))


def other_level(feature: Feature) -> str:
    """What stands in a table of features for the values of a category that are not listed."""
    other = _OTHER
    while other in feature.levels:
        other = f"({other})"
    return other


def _check(spec: FeatureSpec, frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            [f"expected a pandas DataFrame with a column per feature, got {type(frame).__name__}"]
        )
    twice = [name for name in spec.names if (frame.columns == name).sum() > 1]
    if twice:
        raise DataError([f"expected each feature once, got several columns named {twice[:5]}"])
    absent = [name for name in spec.names if name not in frame.columns]
    if absent:
        more = len(absent) - len(absent[:_NAMED])
        named = f"{', '.join(map(repr, absent[:_NAMED]))}{f' and {more} more' if more else ''}"
        raise DataError(
            [
                f"expected a column for each of the model's {len(spec.names)} features, got"
                f" {len(spec.names) - len(absent)} of them; a value may be missing, a column may"
                f" not. Absent: {named}. A table of leads holds no features: `propensity score`"
                " builds them from leads and events"
            ]
        )


def matrix_of(spec: FeatureSpec, frame: pd.DataFrame) -> NDArray[np.float64]:
    """The matrix of a frame of features, as pandas reads them from a CSV.

    Column by column, so that an error can name the column and need not repeat pandas, whose errors
    hold values.

    Raises:
        DataError: No table, a feature that is absent or there twice, or values that are neither
            number nor text.
    """
    _check(spec, frame)
    matrix = np.empty((len(frame), len(spec.features)), order="F")
    problems = []
    for i, feature in enumerate(spec.features):
        alone = spec.model_copy(update={"features": (feature,)})
        try:
            matrix[:, i] = encoded(alone, _as_in_the_file(feature, frame))[:, 0]
        except (TypeError, ValueError, ArithmeticError, NotImplementedError):
            kind = "text" if feature.is_category else "numbers"
            problems.append(
                f"{feature.name}: expected {kind}, got a column of {frame[feature.name].dtype}"
            )
    if problems:
        raise DataError(problems)
    return matrix


def _as_in_the_file(feature: Feature, frame: pd.DataFrame) -> pd.DataFrame:
    """The feature's column, with what pandas made of the file's text undone where it would change
    the value.
    """
    if feature.name not in frame.columns:
        return frame[[]]
    column = frame[feature.name]
    if feature.is_category and not isinstance(column.dtype, pd.StringDtype):
        column = column.astype("string").replace(_respelled(feature.levels))
    elif (
        not feature.is_category and column.dtype.kind in "Mmc"
    ):  # dates, durations, complex: no number to read
        column = pd.Series(np.nan, index=frame.index)
    return column.to_frame(feature.name)


def _respelled(levels: tuple[str, ...]) -> dict[str, str]:
    """How pandas spells a level that it took for a number or a truth value, to how the level is
    spelled.

    With one value missing, a column of ``1`` and ``2`` is read as ``1.0`` and ``2.0``; ``01`` is
    read as ``1``, and ``TRUE`` as ``True``.
    """
    spelled = {text: level for level in reversed(levels) for text in _pandas_spellings(level)}
    return {text: level for text, level in spelled.items() if text not in levels}


def _pandas_spellings(level: str) -> list[str]:
    if level.casefold() in ("true", "false"):
        return [level.capitalize()]
    try:
        number = float(level)
    except ValueError:
        return []
    return [str(number), *([str(int(number))] if number.is_integer() else [])]
