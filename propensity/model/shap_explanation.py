"""The exact contributions as an object of shap."""

import warnings
from typing import TYPE_CHECKING

import numpy as np

from propensity.model.data_frames import frame_of, matrix_of

if TYPE_CHECKING:
    import pandas as pd
    import shap

    from propensity.model.model import PropensityModel


def explanation(model: "PropensityModel", frame: "pd.DataFrame") -> "shap.Explanation":
    """See ``PropensityModel.explanation``."""
    try:
        with warnings.catch_warnings():
            # it builds its colours in a way that matplotlib will give up one day
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            import shap  # noqa: PLC0415 — 2 s that only its plots need
    except ImportError as error:
        raise ImportError(
            "model.explanation needs shap: pip install 'lead-propensity[shap]'. model.shap_values"
            " gives the same figures without it."
        ) from error
    matrix = matrix_of(model.spec, frame)
    return shap.Explanation(
        values=model.shap_values(frame),
        base_values=np.full(len(matrix), model.base),
        data=matrix,
        display_data=frame_of(model.spec, matrix).to_numpy(dtype=object),
        feature_names=model.spec.names,
    )
