"""The door through which MLflow loads a registered model.

``mlflow.pyfunc.load_model("models:/NAME@champion")``.

MLflow calls ``_load_pyfunc`` of this installed module with the folder of the bundle; the artifact
brings no code.
"""

import pandas as pd

from propensity.model.model import PropensityModel


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
            frame: Features under the names of the model's spec, as pandas reads them from a CSV.
                Values may be missing, columns may not; one the model does not know is ignored.
            params: Not used.

        Returns:
            ``probability``, ``log_odds``, ``base``, ``fit`` and ``interest``, with the index of
            ``frame``.

        Raises:
            DataError: No table, features that are absent (they are named) or there twice, or
                values that are neither number nor text. The message names columns, never a value.
        """
        return self.model.score(frame)


def _load_pyfunc(data_path: str) -> ServedModel:
    """MLflow's entry.

    Raises:
        ArtifactError: The bundle is damaged or of another format.
    """
    return ServedModel(PropensityModel.load(data_path))
