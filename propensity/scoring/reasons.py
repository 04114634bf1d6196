"""The top reasons of every lead, chosen and put into words a column at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.concepts.evidence import VERDICTS
from propensity.concepts.value_columns import known
from propensity.concepts.wording import Wording, label
from propensity.language import CATALOGUES
from propensity.language.audience import Audience
from propensity.language.coded import Coded, alike, together
from propensity.language.numerals import chances
from propensity.model.model import PropensityModel, Sums, probability

Direction = Literal["for", "against"]

#: Log-odds below which a contribution is no reason: 50.0 % would become 50.5 %.
SMALLEST = 0.02

#: A reason. The evidence is null where the model was stored without; its figures also where too few
#: leads were alike.
REASON = pa.struct(
    [
        pa.field("concept", pa.string()),
        pa.field("contribution", pa.float64()),
        pa.field("chance_if_average", pa.float64()),
        pa.field("value", pa.string()),
        pa.field("evidence", pa.string()),
        pa.field("evidence_leads", pa.int64()),
        pa.field("evidence_closed", pa.int64()),
        pa.field("evidence_expected", pa.float64()),
        pa.field("evidence_low", pa.float64()),
        pa.field("evidence_high", pa.float64()),
        pa.field("evidence_verdict", pa.string()),
        pa.field("sentence", pa.string()),
    ]
)
REASONS = pa.list_(REASON)
_OF_EVIDENCE = [field.name for field in REASON if field.name.startswith("evidence")]
_CONTRADICTS = VERDICTS.index("contradicts")
_FEW_LEADS = VERDICTS.index("few leads")


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
    model: PropensityModel,
    matrix: NDArray[np.float64],
    sums: Sums,
    audience: Audience,
    *,
    at_most: int,
) -> tuple[pa.ListArray, pa.ListArray]:
    """Reasons for and reasons against each lead, the strongest first; ties in the order of the
    concepts. What the evidence contradicts stands behind the others.

    Args:
        model: That made the sums.
        matrix: (n, features) as built by the model's spec.
        sums: Sums of the matrix, by concept.
        audience: Whom they are told.
        at_most: Reasons in each direction.

    Returns:
        Two (n,) arrays of type ``REASONS``.
    """
    visible = np.where(known(model.spec, model.concepts, matrix), sums.contributions, 0.0)
    found: tuple[Direction, Direction] = ("for", "against")
    strongest = [top(visible if direction == "for" else -visible, at_most) for direction in found]
    told = _ReasonTexts(model, matrix, sums, audience)
    in_favour, opposed = (
        told.listed(pairs, way) for pairs, way in zip(strongest, found, strict=True)
    )
    return in_favour, opposed


def spoken(reason: Mapping[str, str | None], language: str) -> str:
    """A reason as one would say it: its sentence, and its evidence where there is any."""
    return CATALOGUES[language]["between sentences"].join(
        part for part in (reason["sentence"], reason["evidence"]) if part
    )


def tallied(table: pa.Table) -> dict[str, int]:
    """How many reasons of scored rows have which verdict of their evidence."""
    found: Counter[str] = Counter()
    for column in ("reasons_for", "reasons_against"):
        told = pc.list_flatten(table[column])
        verdicts = pc.value_counts(pc.drop_null(pc.struct_field(told, "evidence_verdict")))
        found.update({each["values"]: each["counts"] for each in verdicts.to_pylist()})
    return dict(found)


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


class _ReasonTexts:
    """Turns pairs of one batch into lists of reasons."""

    def __init__(
        self,
        model: PropensityModel,
        matrix: NDArray[np.float64],
        sums: Sums,
        audience: Audience,
    ) -> None:
        self.model, self.matrix, self.sums = model, matrix, sums
        self.language = audience.language
        self.words = CATALOGUES[audience.language]
        self.wording = Wording(model.spec, audience)
        self.names = pa.array([concept.name for concept in model.concepts], pa.string())
        self.labels = pa.array(
            [label(concept.name, audience) for concept in model.concepts], pa.string()
        )
        self.after = sums.probability
        self.proof = model.proof

    def listed(self, pairs: Pairs, direction: Direction) -> pa.ListArray:
        group = self._groups(pairs)
        verdict = None
        if self.proof is not None:
            verdict = self.proof.verdict(1 if direction == "for" else -1)[group]
            order = np.argsort(2 * pairs.rows + (verdict == _CONTRADICTS), kind="stable")
            pairs = Pairs(pairs.rows, pairs.concepts[order], pairs.counts)
            group, verdict = group[order], verdict[order]
        contribution = self.sums.contributions[pairs.rows, pairs.concepts]
        average = probability(self.sums.log_odds[pairs.rows] - contribution)
        value, told = self._values(pairs)
        columns = {
            "concept": self.names.take(pa.array(pairs.concepts)),
            "contribution": pa.array(contribution),
            "chance_if_average": pa.array(average),
            "value": value.column,
            **self._evidence(group, verdict, direction),
            "sentence": self._sentences(direction, told, value, average, self.after[pairs.rows]),
        }
        items = pa.StructArray.from_arrays(
            [columns[field.name] for field in REASON], fields=list(REASON)
        )
        offsets = np.concatenate([[0], np.cumsum(pairs.counts)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), items)

    def _groups(self, pairs: Pairs) -> NDArray[np.int64]:
        """(m,) evidence group of each pair; -1 where there is none."""
        group = np.full(len(pairs.rows), -1, dtype=np.int64)
        for number, here in _by_concept(pairs, len(self.model.concepts)):
            groups = self.proof.by_concept[number] if self.proof else None
            if groups is not None:
                group[here] = groups.of(self.matrix, pairs.rows[here])
        return group

    def _values(self, pairs: Pairs) -> tuple[Coded, Coded]:
        """(m,) value and label of each pair; each different value is put into words once."""
        codes = np.empty(len(pairs.rows), dtype=np.int64)
        texts, concepts = [pa.array([], pa.string())], [np.empty(0, dtype=np.int64)]
        for number, here in _by_concept(pairs, len(self.model.concepts)):
            concept, rows = self.model.concepts[number], pairs.rows[here]
            columns = self.wording.columns(concept)
            first, kind = alike(self.matrix[rows, column] for column in columns)
            codes[here] = kind + sum(map(len, texts))
            texts.append(self.wording.values(concept, self.matrix, rows[first]))
            concepts.append(np.full(len(first), number))
        labels = self.labels.take(pa.array(np.concatenate(concepts)))
        return Coded(pa.concat_arrays(texts), codes), Coded(labels, codes)

    def _evidence(
        self, group: NDArray[np.int64], verdict: NDArray[np.int8] | None, direction: Direction
    ) -> dict[str, pa.Array]:
        """The evidence of each pair, whatever it says."""
        if self.proof is None or verdict is None:
            return {name: pa.nulls(len(group), REASON.field(name).type) for name in _OF_EVIDENCE}
        told = self.proof.sentences(self.language, 1 if direction == "for" else -1)
        at = pa.array(group, mask=verdict == _FEW_LEADS)
        return {
            "evidence": told.take(pa.array(np.where(group < 0, len(told) - 1, group))),
            "evidence_leads": pa.array(self.proof.leads).take(at),
            "evidence_closed": pa.array(self.proof.closed).take(at),
            "evidence_expected": pa.array(self.proof.expected).take(at),
            "evidence_low": pa.array(self.proof.ranges.low).take(at),
            "evidence_high": pa.array(self.proof.ranges.high).take(at),
            "evidence_verdict": pa.array(VERDICTS, pa.string()).take(pa.array(verdict)),
        }

    def _sentences(
        self,
        direction: Direction,
        label: Coded,
        value: Coded,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
    ) -> pa.StringArray:
        was, now = chances(before, after)
        names = ("label", "value", "before", "after")
        pieces = [label, value, was, now]
        moved = self.words.coded(f"reason {direction}", **dict(zip(names, pieces, strict=True)))
        slight = pc.equal(was.texts, now.texts).to_numpy(zero_copy_only=False)[now.codes]
        if not slight.any():
            return moved
        pieces = together(pieces, slight)
        texts = self.words.coded(
            f"slight reason {direction}", **dict(zip(names, pieces, strict=True))
        )
        return pc.replace_with_mask(moved, pa.array(slight), texts)


def _by_concept(pairs: Pairs, concepts: int) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Number of each concept that is among the pairs, and the positions of its pairs."""
    order = np.argsort(pairs.concepts.astype(np.int16), kind="stable")  # 16 bits: by radix
    starts = np.searchsorted(pairs.concepts[order], np.arange(concepts + 1))
    for number in range(concepts):
        here = order[starts[number] : starts[number + 1]]
        if len(here):
            yield number, here
