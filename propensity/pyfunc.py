"""The door through which MLflow loads a registered model: ``mlflow.pyfunc.load_model("models:/NAME@champion")``.

MLflow calls ``_load_pyfunc`` of this installed module with the folder of the bundle; the artifact brings no code.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import DataError
from features.spec import Feature, FeatureSpec
from features.table import encoded
from propensity import bundle
from propensity.model import PropensityModel

COLUMNS = ("probability", "log_odds", "base", "fit", "interest")


class ServedModel:
    """What ``mlflow.pyfunc.load_model`` serves.

    Attributes:
        model: The model as loaded, checked against its manifest.
    """

    def __init__(self, model: PropensityModel) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame, params: object = None) -> pd.DataFrame:  # noqa: ARG002 — MLflow's call
        """The sum of each row.

        Args:
            frame: Features under the names of the model's spec, as pandas reads them from a CSV. A column that is
                absent counts as missing, one the model does not know is ignored.
            params: Not used.

        Returns:
            ``probability``, ``log_odds``, ``base``, ``fit`` and ``interest``, with the index of ``frame``.

        Raises:
            DataError: No table, a feature twice, no feature at all, or values that are neither number nor text. The
                message names columns, never a value.
        """
        _check(self.model.spec, frame)
        sums = self.model.sums(_matrix(self.model.spec, frame))
        columns = (sums.probability, sums.log_odds, np.full(len(frame), sums.base), sums.fit, sums.interest)
        return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), index=frame.index)


def _load_pyfunc(data_path: str) -> ServedModel:
    """MLflow's entry.

    Raises:
        ArtifactError: The bundle is damaged or of another format.
    """
    return ServedModel(bundle.load(Path(data_path)))


def _check(spec: FeatureSpec, frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise DataError([f"expected a pandas DataFrame with a column per feature, got {type(frame).__name__}"])
    twice = [name for name in spec.names if (frame.columns == name).sum() > 1]
    if twice:
        raise DataError([f"expected each feature once, got several columns named {twice[:5]}"])
    if not set(spec.names) & set(frame.columns):
        raise DataError(
            [
                f"expected columns named after the model's features, such as {spec.names[:3]}; got none of the "
                f"{len(spec.names)}; build them with the model's own feature spec"
            ]
        )


def _matrix(spec: FeatureSpec, frame: pd.DataFrame) -> NDArray[np.float64]:
    """Column by column, so that an error can name the column and need not repeat pandas, whose errors hold values."""
    matrix = np.empty((len(frame), len(spec.features)), order="F")
    problems = []
    for i, feature in enumerate(spec.features):
        alone = spec.model_copy(update={"features": (feature,)})
        try:
            matrix[:, i] = encoded(alone, _as_in_the_file(feature, frame))[:, 0]
        except (TypeError, ValueError, ArithmeticError, NotImplementedError):
            kind = "text" if feature.is_category else "numbers"
            problems.append(f"{feature.name}: expected {kind}, got a column of {frame[feature.name].dtype}")
    if problems:
        raise DataError(problems)
    return matrix


def _as_in_the_file(feature: Feature, frame: pd.DataFrame) -> pd.DataFrame:
    """The feature's column, with what pandas made of the file's text undone where it would change the value."""
    if feature.name not in frame.columns:
        return frame[[]]
    column = frame[feature.name]
    if feature.is_category and not isinstance(column.dtype, pd.StringDtype):
        column = column.astype("string").replace(_respelled(feature.levels))
    elif not feature.is_category and column.dtype.kind in "Mmc":  # dates, durations, complex: no number to read
        column = pd.Series(np.nan, index=frame.index)
    return column.to_frame(feature.name)


def _respelled(levels: tuple[str, ...]) -> dict[str, str]:
    """How pandas spells a level that it took for a number or a truth value, to how the level is spelled.

    With one value missing, a column of ``1`` and ``2`` is read as ``1.0`` and ``2.0``; ``01`` is read as ``1``, and
    ``TRUE`` as ``True``.
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
