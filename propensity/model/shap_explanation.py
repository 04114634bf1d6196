"""The exact contributions as an object of shap."""

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.spec import FeatureSpec
from propensity.model.data_frames import frame_of

if TYPE_CHECKING:
    import shap


def explanation(
    spec: FeatureSpec, matrix: NDArray[np.float64], values: NDArray[np.float64], base: float
) -> "shap.Explanation":
    """Contributions with what they belong to.

    Args:
        spec: The features.
        matrix: (n, features) as built by the spec.
        values: (n, features) contributions in log-odds.
        base: Log-odds before anything is known of a lead.

    Raises:
        ImportError: shap is not installed.
    """
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
    return shap.Explanation(
        values=values,
        base_values=np.full(len(matrix), base),
        data=matrix,
        display_data=frame_of(spec, matrix).to_numpy(dtype=object),
        feature_names=spec.names,
    )
