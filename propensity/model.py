"""The model in use: a calibrated sum, log-odds = base + fit + interest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.settings import Axis, Section
from features.spec import FeatureSpec
from propensity.config import Config
from propensity.forest import CompiledForest


class Member(Section):
    """One LightGBM model of the sum.

    Attributes:
        text: LightGBM's text model; features are called ``f0``, ``f1`` … in the order of the spec.
        weight: Its share in the raw score.
    """

    text: str
    weight: float = 1.0


class Calibration(Section):
    """Platt scaling (Platt 1999): log-odds = intercept + slope x raw score."""

    slope: float = 1.0
    intercept: float = 0.0


class Reference(Section):
    """The reference population: the leads the model was fitted on, unsampled.

    Attributes:
        rows: Snapshot rows (flat data: leads).
        leads: Different leads.
        close_rate: Observed share of rows that reached the goal within the horizon; 0..1.
    """

    rows: int
    leads: int
    close_rate: float


@dataclass(frozen=True)
class Concept:
    """What a salesperson would name: features of one axis that make one reason.

    Attributes:
        name: As the features call it.
        axis: fit or interest.
        columns: Column numbers of its features.
    """

    name: str
    axis: Axis
    columns: tuple[int, ...]


def concepts_of(spec: FeatureSpec) -> tuple[Concept, ...]:
    """The concepts of a spec, in order of first appearance; a name used on both axes makes two."""
    columns: dict[tuple[str, Axis], list[int]] = {}
    for column, feature in enumerate(spec.features):
        columns.setdefault((feature.concept, feature.axis), []).append(column)
    return tuple(Concept(name, axis, tuple(found)) for (name, axis), found in columns.items())


@dataclass(frozen=True)
class Sums:
    """The one sum, for n rows.

    Attributes:
        base: Log-odds before anything is known of the lead.
        fit: (n,) sum of the contributions of attributes.
        interest: (n,) sum of the contributions of behaviours.
        log_odds: (n,) base + fit + interest.
        contributions: (n, groups) per feature, or per concept, as asked for.
    """

    base: float
    fit: NDArray[np.float64]
    interest: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    contributions: NDArray[np.float64]

    @property
    def probability(self) -> NDArray[np.float64]:
        """(n,) chance of reaching the goal within the horizon, 0..1."""
        return probability(self.log_odds)


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-log_odds)), without overflow."""
    small = np.exp(-np.abs(log_odds))
    chance: NDArray[np.float64] = np.where(log_odds >= 0, 1.0, small) / (1.0 + small)
    return chance


@dataclass(frozen=True)
class PropensityModel:
    """A trained model: data only.

    Attributes:
        config: Everything the training run was told.
        spec: The features.
        members: LightGBM models whose weighted sum is the raw score.
        calibration: From raw score to log-odds.
        offsets: (features,) added to each feature's scaled SHAP value; non-zero only where training sampled its rows,
            so that contributions are centred on the unsampled reference population.
        reference: The reference population.
        metrics: The recipe's figures on the untouched test part, JSON-ready.
        facts: Data fingerprint, period, library versions; JSON-ready, nothing about a single person.
        distributions: How the reference population is spread: a row per feature and bin or level (``feature``,
            ``level``, ``low``, ``high``, ``share``); aggregates only.
    """

    config: Config
    spec: FeatureSpec
    members: tuple[Member, ...]
    calibration: Calibration
    offsets: NDArray[np.float64]
    reference: Reference
    metrics: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    distributions: pa.Table | None = None

    @cached_property
    def forest(self) -> CompiledForest:
        """The members, compiled into look-up tables."""
        return CompiledForest.compile([(member.text, member.weight) for member in self.members])

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """The columns of ``concept_sums``."""
        return concepts_of(self.spec)

    @property
    def base(self) -> float:
        """Log-odds before anything is known of the lead."""
        raw = self.calibration.intercept + self.calibration.slope * self.forest.base
        return float(raw - self.offsets.sum())

    def sums(self, matrix: NDArray[np.float64], *, threads: int | None = None) -> Sums:
        """The one sum per row, with a contribution per feature.

        Args:
            matrix: (n, features) as built by the spec.
            threads: At most; default all.
        """
        shap = self.forest.contributions(matrix, threads=threads)
        contributions = self.calibration.slope * shap + self.offsets
        fit = _added(contributions, self.spec.columns_on("fit"))
        interest = _added(contributions, self.spec.columns_on("interest"))
        return Sums(self.base, fit, interest, self.base + fit + interest, contributions)

    def concept_sums(self, matrix: NDArray[np.float64], *, threads: int | None = None) -> Sums:
        """The one sum per row, with a contribution per concept: what is served.

        The concepts are added up while the features are looked up, so this is faster than ``sums`` and may differ
        from it in the last bit.

        Args:
            matrix: (n, features) as built by the spec.
            threads: At most; default all.
        """
        group = np.empty(len(self.spec.features), dtype=np.int32)
        offsets = np.zeros(len(self.concepts))
        for number, concept in enumerate(self.concepts):
            group[list(concept.columns)] = number
            offsets[number] = sum(self.offsets[column] for column in concept.columns)
        shap = self.forest.contributions(matrix, groups=group, n_groups=len(offsets), threads=threads)
        contributions = self.calibration.slope * shap + offsets
        fit = _added(contributions, [i for i, concept in enumerate(self.concepts) if concept.axis == "fit"])
        interest = _added(contributions, [i for i, concept in enumerate(self.concepts) if concept.axis == "interest"])
        return Sums(self.base, fit, interest, self.base + fit + interest, contributions)


def _added(contributions: NDArray[np.float64], columns: list[int]) -> NDArray[np.float64]:
    """Row sums in column order: NumPy's own sum adds in an order that depends on the shape of the batch."""
    total = np.zeros(len(contributions))
    for column in columns:
        total += contributions[:, column]
    return total
