"""The top reasons of every lead, chosen and put into words a column at a time."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.messages import CATALOGUES, filled
from propensity.model import PropensityModel, Sums, probability
from propensity.numerals import chances
from propensity.told import known
from propensity.wording import Wording, label

Direction = Literal["for", "against"]

#: Log-odds below which a contribution is no reason.
SMALLEST = 1e-3

#: A reason. ``evidence`` is null until a definition supplies it.
REASON = pa.struct(
    [
        pa.field("concept", pa.string()),
        pa.field("contribution", pa.float64()),
        pa.field("chance_without", pa.float64()),
        pa.field("value", pa.string()),
        pa.field("evidence", pa.string()),
        pa.field("sentence", pa.string()),
    ]
)
REASONS = pa.list_(REASON)


@dataclass(frozen=True)
class Pairs:
    """Chosen (row, concept) pairs, row by row, the strongest first.

    Attributes:
        rows: (m,) row numbers, ascending.
        concepts: (m,) concept numbers.
        counts: (n,) pairs of each row.
    """

    rows: NDArray[np.intp]
    concepts: NDArray[np.intp]
    counts: NDArray[np.intp]


def reasons(
    model: PropensityModel, matrix: NDArray[np.float64], sums: Sums, *, language: str, at_most: int
) -> tuple[pa.ListArray, pa.ListArray]:
    """Reasons for and reasons against each lead, the strongest first; ties in the order of the concepts.

    Args:
        model: That made the sums.
        matrix: (n, features) as built by the model's spec.
        sums: Of the matrix, by concept.
        language: Of values and sentences.
        at_most: Reasons in each direction.

    Returns:
        Two (n,) arrays of type ``REASONS``.
    """
    visible = np.where(known(model.spec, model.concepts, matrix), sums.contributions, 0.0)
    found: tuple[Direction, Direction] = ("for", "against")
    strongest = [top(visible if direction == "for" else -visible, at_most) for direction in found]
    told = _Telling(model, matrix, sums, language)
    in_favour, opposed = (told.listed(pairs, way) for pairs, way in zip(strongest, found, strict=True))
    return in_favour, opposed


def top(strength: NDArray[np.float64], at_most: int) -> Pairs:
    """The strongest concepts of each row; equal ones in column order.

    Args:
        strength: (n, concepts); what is below ``SMALLEST`` is left out.
        at_most: Concepts per row.
    """
    n, width = strength.shape
    left = np.where(strength >= SMALLEST, strength, 0.0)
    places = min(at_most, width)
    picked = np.empty((n, places), dtype=np.intp)
    is_reason = np.empty((n, places), dtype=np.bool_)
    every = np.arange(n)
    for place in range(places):
        picked[:, place] = left.argmax(axis=1) if width else 0
        is_reason[:, place] = left[every, picked[:, place]] > 0
        left[every, picked[:, place]] = 0.0
    rows, at = np.nonzero(is_reason)
    return Pairs(rows, picked[rows, at], is_reason.sum(axis=1))


class _Telling:
    """Turns pairs of one batch into lists of reasons."""

    def __init__(self, model: PropensityModel, matrix: NDArray[np.float64], sums: Sums, language: str) -> None:
        self.model, self.matrix, self.sums = model, matrix, sums
        self.words = CATALOGUES[language]
        self.wording = Wording(model.spec, language)
        self.names = pa.array([concept.name for concept in model.concepts], pa.string())
        self.labels = pa.array([label(concept.name, language) for concept in model.concepts], pa.string())
        self.after = sums.probability

    def listed(self, pairs: Pairs, direction: Direction) -> pa.ListArray:
        contribution = self.sums.contributions[pairs.rows, pairs.concepts]
        without = probability(self.sums.log_odds[pairs.rows] - contribution)
        value = self._values(pairs)
        codes = pa.array(pairs.concepts)
        columns = {
            "concept": self.names.take(codes),
            "contribution": pa.array(contribution),
            "chance_without": pa.array(without),
            "value": value,
            "evidence": pa.nulls(len(codes), pa.string()),
            "sentence": self._sentences(direction, self.labels.take(codes), value, without, self.after[pairs.rows]),
        }
        items = pa.StructArray.from_arrays(list(columns.values()), fields=list(REASON))
        offsets = np.concatenate([[0], np.cumsum(pairs.counts)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), items)

    def _values(self, pairs: Pairs) -> pa.StringArray:
        """The value of each pair, worded concept by concept and put back into the order of the pairs."""
        order = np.argsort(pairs.concepts, kind="stable")
        starts = np.searchsorted(pairs.concepts[order], np.arange(len(self.model.concepts) + 1))
        texts = [
            self._of_concept(number, pairs.rows[order[starts[number] : starts[number + 1]]])
            for number in range(len(self.model.concepts))
        ]
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays([*texts, pa.array([], pa.string())]).take(pa.array(back))

    def _of_concept(self, number: int, rows: NDArray[np.intp]) -> pa.StringArray:
        concept = self.model.concepts[number]
        if len(rows) == 0:
            return pa.array([], pa.string())
        return self.wording.values(concept, self.matrix, rows)

    def _sentences(
        self,
        direction: Direction,
        labels: pa.StringArray,
        value: pa.StringArray,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
    ) -> pa.StringArray:
        was, now = chances(before, after)
        pieces = {"label": labels, "value": value, "before": was, "after": now}
        slight = pc.equal(was, now)
        moved = filled(self.words[f"reason {direction}"], **pieces)
        if not pc.any(slight).as_py():
            return moved
        return pc.if_else(slight, filled(self.words[f"slight reason {direction}"], **pieces), moved)
