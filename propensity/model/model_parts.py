"""What a model consists of: data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import FiniteFloat

from features.settings import Axis, StrictModel
from features.spec import FeatureSpec
from propensity.config.config import Config
from propensity.contributions.terms import Terms


class Member(StrictModel):
    """One LightGBM model of the sum.

    Attributes:
        text: LightGBM's text model; features are called ``f0``, ``f1`` … in the order of the spec.
        weight: Its share in the raw score.
    """

    text: str
    weight: float = 1.0


class Calibration(StrictModel):
    """Platt scaling (Platt 1999): log-odds = intercept + slope x raw score."""

    slope: float = 1.0
    intercept: float = 0.0


#: Points (log-odds of an axis, close rate of the reference population were all its rows to stand
#: there), both ascending: aggregates. In models stored before, the mean chance of the rows there.
AxisCurve = tuple[tuple[FiniteFloat, FiniteFloat], ...]


BOTH_AXES: tuple[Axis, ...] = ("fit", "interest")


class AxisNoise(StrictModel):
    """How far another draw of as many leads would move an axis, in log-odds: the draw, its close
    rate and what is learned from it.

    Attributes:
        own_rate: Standard error of the zero at the close rate of the population itself, which moves
            with the draw.
        fixed_rate: Standard error of the zero at a rate that was frozen before.
        leads: Points (log-odds of the axis, standard error of the distance from the zero there), a
            point per group of equally many rows, the first ascending.
    """

    own_rate: FiniteFloat
    fixed_rate: FiniteFloat
    leads: tuple[tuple[FiniteFloat, FiniteFloat], ...]


class Reference(StrictModel):
    """The reference population: the leads the model was fitted on, unsampled.

    Attributes:
        rows: Snapshot rows (flat data: leads).
        leads: Different leads.
        close_rate: Observed share of rows that reached the goal within the horizon; 0..1.
        fit_curve: How the chance rises with the sum of fit: see ``AxisCurve``; empty in models
            stored without.
        interest_curve: The same for the sum of interest.
        fit_noise: How far another draw of leads would move fit; None where it does not vary, and in
            models stored without.
        interest_noise: The same for interest.
        axes: The axes on which the model has features, so that leads can differ there.
    """

    rows: int
    leads: int
    close_rate: float
    fit_curve: AxisCurve = ()
    interest_curve: AxisCurve = ()
    fit_noise: AxisNoise | None = None
    interest_noise: AxisNoise | None = None

    axes: tuple[Axis, ...] = BOTH_AXES

    def curve(self, axis: Axis) -> AxisCurve:
        """The curve of an axis."""
        return self.fit_curve if axis == "fit" else self.interest_curve

    def noise(self, axis: Axis) -> AxisNoise | None:
        """The noise of an axis."""
        return self.fit_noise if axis == "fit" else self.interest_noise

    def stored(self) -> dict[str, Any]:
        """JSON-ready; both axes and unknown noise are not written down, as in models stored before
        there was anything to say of them.
        """
        told = self.model_dump(mode="json", exclude_none=True)
        return told if self.axes != BOTH_AXES else {k: v for k, v in told.items() if k != "axes"}


@dataclass(frozen=True)
class ModelParts:
    """A trained model as data.

    Attributes:
        config: Everything the training run was told.
        spec: The features.
        members: LightGBM models and additive terms, whose weighted sum is the raw score.
        calibration: Calibration from raw score to log-odds.
        offsets: (features,) added to each feature's scaled SHAP value; non-zero only where training
            sampled its rows, so that contributions are centred on the unsampled reference
            population.
        reference: The reference population.
        metrics: The recipe's figures on the test part, JSON-ready.
        facts: Data fingerprint, period, library versions; JSON-ready, nothing about a single
            person.
        distributions: How the reference population is spread: a row per feature and bin or level
            (``feature``, ``level``, ``low``, ``high``, ``share``); aggregates only.
        evidence: What became of leads alike, and what was expected from everything else about them;
            aggregates only.
    """

    config: Config
    spec: FeatureSpec
    members: tuple[Member | Terms, ...]
    calibration: Calibration
    offsets: NDArray[np.float64]
    reference: Reference
    metrics: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    distributions: pa.Table | None = None
    evidence: pa.Table | None = None
