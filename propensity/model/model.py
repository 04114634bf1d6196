"""The model in use: a calibrated sum, log-odds = base + fit + interest."""

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from propensity.concepts.concepts import Concept, concepts_of
from propensity.concepts.evidence import Evidence
from propensity.concepts.evidence_words import EvidenceGoal
from propensity.concepts.wording import plain
from propensity.contributions.engine import Engine
from propensity.model import bundle
from propensity.model.engines import engines_of
from propensity.model.model_parts import ModelParts
from propensity.model.silent_states import (
    Silent,
    SilentByName,
    counted,
    in_silence,
    silent_in_input,
    silent_in_training,
)

if TYPE_CHECKING:
    import pandas as pd
    import shap


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
class PropensityModel(ModelParts):
    """A trained model: its parts, and what can be asked of them.

    Attributes:
        muted: States that are silent in the input at hand, beyond those of training, by the name of
            the feature; no part of what is stored. See ``silencing``.
    """

    muted: SilentByName = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a model that ``save`` wrote; ``propensity.load`` fetches a registered one.

        Raises:
            ArtifactError: No model there, or a damaged one.
        """
        return cls(**vars(bundle.load(Path(folder))))

    def save(self, folder: Path | str) -> None:
        """Write the model as a folder of data files, whole or not at all.

        Raises:
            ArtifactError: The folder holds something already.
        """
        bundle.save(self, Path(folder))

    def score(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """The sum of each row of a table of features.

        Args:
            frame: Features under the names of the spec, as pandas reads them from a CSV. Values may
                be missing, columns may not; one the model does not know is ignored. To score leads
                and events, use ``propensity.score``.

        Returns:
            ``probability``, ``log_odds``, ``base``, ``fit`` and ``interest``, with the index of
            ``frame``.

        Raises:
            DataError: A feature is absent or there twice, or values are neither number nor text.
                The message names columns, never a value.
        """
        from propensity.model.data_frames import SCORED, matrix_of, table  # noqa: PLC0415 — pandas waits until it is needed

        sums = self._of_frame(matrix_of(self.spec, frame))
        base = np.full(len(frame), sums.base)
        columns = (sums.probability, sums.log_odds, base, sums.fit, sums.interest)
        return table(SCORED, columns, frame)

    def explain(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """The contributions of each row of a table of features, in log-odds.

        Args:
            frame: See ``score``.

        Returns:
            A column ``base`` and one per concept, with the index of ``frame``; a row's sum is its
            log-odds.

        Raises:
            DataError: See ``score``.
        """
        from propensity.model.data_frames import matrix_of, table  # noqa: PLC0415 — pandas waits until it is needed

        sums = self._of_frame(matrix_of(self.spec, frame))
        names = [
            concept.name if concept.name != "base" else "base (concept)"
            for concept in self.concepts
        ]
        return table(
            ["base", *names], [np.full(len(frame), sums.base), *sums.contributions.T], frame
        )

    def shap_values(self, frame: "pd.DataFrame") -> NDArray[np.float64]:
        """The contribution of each feature of each row, in log-odds.

        Args:
            frame: See ``score``.

        Returns:
            (n, features) in the order of the spec. With ``base`` a row adds up to its log-odds.

        Raises:
            DataError: See ``score``.
        """
        return self._contributions(frame)[1]

    def explanation(self, frame: "pd.DataFrame") -> "shap.Explanation":
        """The same as an object of shap, for its plots.

        Args:
            frame: See ``score``.

        Returns:
            ``values`` (n, features) in log-odds, ``base_values`` (n,), ``data`` (n, features) with
            the codes of categories, ``display_data`` with their levels, and the features' names.

        Raises:
            ImportError: shap is not installed: it is the extra ``shap``.
            DataError: See ``score``.
        """
        from propensity.model.shap_explanation import explanation  # noqa: PLC0415 — shap and pandas wait too

        return explanation(self.spec, *self._contributions(frame), self.base)

    def explainer(self) -> "shap.Explainer":
        """The same for whatever takes an explainer of shap.

        Returns:
            ``explainer(frame)`` is ``explanation(frame)``, ``shap_values`` and ``expected_value``
            as shap's explainers have them.

        Raises:
            ImportError: shap is not installed: it is the extra ``shap``.
        """
        from propensity.model.shap_explanation import explainer  # noqa: PLC0415 — shap waits

        return explainer(self.explanation, self.base, self.spec.names)

    def _contributions(
        self, frame: "pd.DataFrame"
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, features) the matrix of a frame, and the contribution of each feature."""
        from propensity.model.data_frames import matrix_of  # noqa: PLC0415 — pandas waits until it is needed

        matrix = matrix_of(self.spec, frame)
        return matrix, self._for_input(matrix).sums(matrix).contributions

    @cached_property
    def engines(self) -> tuple[Engine, ...]:
        """The members, compiled."""
        return engines_of(self.members, len(self.spec.features))

    @cached_property
    def silent(self) -> Silent:
        """Per feature the states that tell nothing: those training did not see, and those muted."""
        return tuple(
            states.union(self.muted.get(feature.name, ()))
            for states, feature in zip(self.unseen, self.spec.features, strict=True)
        )

    @cached_property
    def unseen(self) -> Silent:
        """Per feature the states that training did not see."""
        return silent_in_training(self)

    def silencing(self, muted: SilentByName) -> "PropensityModel":
        """The same model for an input in which more states are silent.

        Args:
            muted: See ``propensity.model.silent_states.silent_in_input``.
        """
        if muted == self.muted:
            return self
        model = replace(self, muted=muted)
        # compiled once: what is silent does not change the members
        vars(model)["engines"] = self.engines
        return model

    def in_silence(self, matrix: NDArray[np.float64]) -> NDArray[np.bool_] | None:
        """(n, features) whether a value is in a silent state, and adds nothing; None where none is.

        Args:
            matrix: (n, features) as built by the spec.
        """
        return in_silence(self.spec, self.silent, matrix)

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """The columns of ``concept_sums``."""
        return concepts_of(self.spec)

    @cached_property
    def proof(self) -> Evidence | None:
        """The evidence, to look rows up in; None where the model was stored without."""
        if self.evidence is None:
            return None
        goal = self.config.goal
        counts = EvidenceGoal(
            days=goal.horizon_days if goal else None,
            stage=plain(goal.stage) if goal and goal.stage != "won" else None,
        )
        return Evidence(self.spec, self.concepts, self.evidence, counts)

    @property
    def base(self) -> float:
        """Log-odds before anything is known of the lead."""
        raw = self.calibration.intercept + self.calibration.slope * sum(
            engine.base for engine in self.engines
        )
        return float(raw - self.offsets.sum())

    def sums(self, matrix: NDArray[np.float64], *, threads: int | None = None) -> Sums:
        """The one sum per row, with a contribution per feature.

        Args:
            matrix: (n, features) as built by the spec.
            threads: Number of threads at most; default all.
        """
        unseen = self.in_silence(matrix)
        shap = self._shap(matrix, unseen, threads=threads)
        contributions = self.calibration.slope * shap + self.offsets
        if unseen is not None:
            contributions[unseen] = 0.0
        fit = _added(contributions, self.spec.columns_on("fit"))
        interest = _added(contributions, self.spec.columns_on("interest"))
        return Sums(self.base, fit, interest, self.base + fit + interest, contributions)

    def concept_sums(self, matrix: NDArray[np.float64], *, threads: int | None = None) -> Sums:
        """The one sum per row, with a contribution per concept: what is served.

        The concepts are added up while the features are looked up, so this is faster than ``sums``
        and may differ from it in the last bit.

        Args:
            matrix: (n, features) as built by the spec.
            threads: Number of threads at most; default all.
        """
        group = np.empty(len(self.spec.features), dtype=np.int32)
        offsets = np.zeros(len(self.concepts))
        for number, concept in enumerate(self.concepts):
            group[list(concept.columns)] = number
            offsets[number] = sum(self.offsets[column] for column in concept.columns)
        unseen = self.in_silence(matrix)
        shap = self._shap(matrix, unseen, groups=group, n_groups=len(offsets), threads=threads)
        contributions = self.calibration.slope * shap + offsets
        if unseen is not None:
            for column in np.flatnonzero(self.offsets * unseen.any(axis=0)):
                contributions[unseen[:, column], group[column]] -= self.offsets[column]
        fit = _added(
            contributions, [i for i, concept in enumerate(self.concepts) if concept.axis == "fit"]
        )
        interest = _added(
            contributions,
            [i for i, concept in enumerate(self.concepts) if concept.axis == "interest"],
        )
        return Sums(self.base, fit, interest, self.base + fit + interest, contributions)

    def _of_frame(self, matrix: NDArray[np.float64]) -> Sums:
        """The sums of a frame's rows, which are an input of their own."""
        return self._for_input(matrix).concept_sums(matrix)

    def _for_input(self, matrix: NDArray[np.float64]) -> "PropensityModel":
        """The model for rows that are an input of their own."""
        muted = silent_in_input(self, counted(self.spec, matrix), len(matrix))
        return self.silencing({**self.muted, **muted})

    def _shap(
        self,
        matrix: NDArray[np.float64],
        unseen: NDArray[np.bool_] | None,
        *,
        groups: NDArray[np.int32] | None = None,
        n_groups: int | None = None,
        threads: int | None = None,
    ) -> NDArray[np.float64]:
        """The engines' contributions to the raw score, added up."""
        added = partial(self._engines_added, groups=groups, n_groups=n_groups, threads=threads)
        if unseen is None:
            return added(matrix)
        special = unseen.any(axis=1)
        if special.all():
            return added(matrix, unseen=unseen)
        total = added(matrix)
        total[special] = added(matrix[special], unseen=unseen[special])
        return total

    def _engines_added(self, matrix: NDArray[np.float64], **asked: Any) -> NDArray[np.float64]:  # noqa: ANN401 — handed on
        first, *others = self.engines
        total = first.contributions(matrix, **asked)
        for engine in others:
            total += engine.contributions(matrix, **asked)
        return total


def _added(contributions: NDArray[np.float64], columns: list[int]) -> NDArray[np.float64]:
    """Row sums in column order.

    NumPy's own sum adds in an order that depends on the shape of the batch.
    """
    total = np.zeros(len(contributions))
    for column in columns:
        total += contributions[:, column]
    return total
