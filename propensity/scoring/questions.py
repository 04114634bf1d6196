"""What to ask: of all that is unknown about a lead, the one answer that could move its fit most."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import AttributeSource
from propensity.concepts.evidence import Evidence
from propensity.concepts.value_columns import known
from propensity.concepts.wording import label
from propensity.definition.schema import Axes
from propensity.grading.grading import LETTERS, letters_of
from propensity.language import CATALOGUES
from propensity.language.audience import Audience
from propensity.model.model import PropensityModel, Sums

#: Answers beyond these shares of the leads are not what one would expect to hear.
_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Questions:
    """What is worth asking of n leads.

    Attributes:
        concept: (n,) place in the model's concepts; -1 where nothing is unknown that could be
            asked.
        low: (n,) fit after an answer that speaks against the lead; its fit of now where there is no
            question.
        high: (n,) fit after an answer that speaks for it.
    """

    concept: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class QuestionFinder:
    """Finds the question for each lead of a model.

    Attributes:
        model: Model with its evidence; without it there are no questions.
    """

    model: PropensityModel

    @cached_property
    def ranges(self) -> NDArray[np.float64]:
        """(concepts, 2) plausible contributions of a known value: the 10 % and 90 % quantile over
        the leads.

        NaN for what cannot be asked: behaviour, and attributes of which there is no evidence.
        """
        found = np.full((len(self.model.concepts), 2), np.nan)
        proof = self.model.proof
        if proof is None:
            return found
        for number, concept in enumerate(self.model.concepts):
            is_attribute = all(
                isinstance(self.model.spec.features[c].source, AttributeSource)
                for c in concept.columns
            )
            if concept.axis == "fit" and is_attribute:
                found[number] = _quantiles(proof, number)
        return found

    def questions(self, matrix: NDArray[np.float64], sums: Sums) -> Questions:
        """The unknown attribute with the widest range of plausible contributions; ties in the order
        of the concepts.

        Args:
            matrix: (n, features) as built by the model's spec.
            sums: Sums of the matrix, by concept.
        """
        width = self.ranges[:, 1] - self.ranges[:, 0]
        askable = np.flatnonzero(width > 0)
        nothing = Questions(np.full(len(matrix), -1, dtype=np.intp), sums.fit, sums.fit)
        if not len(askable):
            return nothing
        askable = askable[np.argsort(-width[askable], kind="stable")]
        unknown = ~known(
            self.model.spec, [self.model.concepts[number] for number in askable], matrix
        )
        is_asked = unknown.any(axis=1)
        concept = np.where(is_asked, askable[unknown.argmax(axis=1)], -1)
        rest = sums.fit - sums.contributions[np.arange(len(matrix)), concept]
        low, high = (
            np.where(is_asked, rest + self.ranges[concept, end], sums.fit) for end in (0, 1)
        )
        return Questions(concept, low, high)

    def sentences(
        self,
        matrix: NDArray[np.float64],
        sums: Sums,
        axes: Axes,
        audience: Audience,
    ) -> pa.StringArray:
        """(n,) the question in words; null where no answer would change the letter.

        Args:
            matrix: (n, features) as built by the model's spec.
            sums: Sums of the matrix, by concept.
            axes: Cuts of the letters.
            audience: Whom it is told.
        """
        if axes.fit is None:
            return pa.nulls(len(matrix), pa.string())
        asked = self.questions(matrix, sums)
        now, low, high = (
            letters_of(axes.fit, fit - axes.fit.zero) for fit in (sums.fit, asked.low, asked.high)
        )
        best, worst = np.minimum(now, high), np.maximum(now, low)
        says = (asked.concept >= 0) & (best < worst)
        letters = pa.array(list(LETTERS), pa.string())
        names = pa.array(
            [label(concept.name, audience) for concept in self.model.concepts], pa.string()
        )
        return CATALOGUES[audience.language].column(
            "question",
            label=names.take(pa.array(asked.concept, mask=~says)),
            best=letters.take(pa.array(best)),
            worst=letters.take(pa.array(worst)),
        )


def _quantiles(proof: Evidence, concept: int) -> tuple[float, float]:
    groups = proof.by_concept[concept]
    places = np.unique(groups.group[groups.group >= 0]) if groups else np.empty(0, dtype=np.int64)
    if not len(places):
        return np.nan, np.nan
    places = places[np.argsort(proof.contribution[places], kind="stable")]
    share = np.cumsum(proof.leads[places]) / proof.leads[places].sum()
    low, high = (
        proof.contribution[places[int(np.searchsorted(share, at - 1e-12))]] for at in (_LOW, _HIGH)
    )
    return float(low), float(high)
