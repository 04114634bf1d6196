"""The exact contributions as an object of shap."""

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.spec import FeatureSpec
from propensity.model.data_frames import frame_of

if TYPE_CHECKING:
    import pandas as pd
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
    return _shap().Explanation(
        values=values,
        base_values=np.full(len(matrix), base),
        data=matrix,
        display_data=frame_of(spec, matrix).to_numpy(dtype=object),
        feature_names=spec.names,
    )


def explainer(
    explain: Callable[["pd.DataFrame"], "shap.Explanation"], base: float, names: Sequence[str]
) -> "shap.Explainer":
    """What explains a frame, as shap's own explainers do.

    Args:
        explain: From a frame to its explanation.
        base: Log-odds before anything is known of a lead.
        names: Features in column order.

    Raises:
        ImportError: shap is not installed.
    """
    base_class: type = _shap().Explainer

    class ExactExplainer(base_class):  # type: ignore[misc]
        """The exact tables of a model in the form of shap: nothing is sampled or approximated."""

        def __init__(self) -> None:
            super().__init__(explain, masker=None, algorithm="exact", feature_names=list(names))
            self.expected_value = base

        def __call__(self, frame: "pd.DataFrame", **_: object) -> "shap.Explanation":
            """The explanation of a frame; options of other explainers change nothing."""
            return explain(frame)

        def shap_values(self, frame: "pd.DataFrame", **_: object) -> NDArray[np.float64]:
            """(n, features) contributions in log-odds."""
            values: NDArray[np.float64] = explain(frame).values
            return values

    return ExactExplainer()


def _shap() -> Any:  # noqa: ANN401 — a module without types
    """The package shap.

    Raises:
        ImportError: It is not installed.
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
    return shap
