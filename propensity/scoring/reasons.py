"""The top reasons of every lead, chosen and put into words a column at a time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.concepts.evidence import AGREES, NO_EVIDENCE
from propensity.concepts.value_columns import known
from propensity.concepts.wording import Wording, label
from propensity.language import CATALOGUES
from propensity.language.audience import Audience
from propensity.language.numerals import chances
from propensity.model.model import PropensityModel, Sums, probability

Direction = Literal["for", "against"]

#: Log-odds below which a contribution is no reason: 50.0 % would become 50.5 %.
SMALLEST = 0.02

#: A reason. The evidence and its figures are null where ``no_evidence`` says why, or the model was
#: stored without.
REASON = pa.struct(
    [
        pa.field("concept", pa.string()),
        pa.field("contribution", pa.float64()),
        pa.field("chance_without", pa.float64()),
        pa.field("value", pa.string()),
        pa.field("evidence", pa.string()),
        pa.field("evidence_leads", pa.int64()),
        pa.field("evidence_closed", pa.int64()),
        pa.field("evidence_expected", pa.float64()),
        pa.field("no_evidence", pa.string()),
        pa.field("sentence", pa.string()),
    ]
)
REASONS = pa.list_(REASON)
_OF_EVIDENCE = ("evidence", "evidence_leads", "evidence_closed", "evidence_expected", "no_evidence")


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
    concepts.

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
    """How many reasons of scored rows have evidence (``shown``), and why the others stand
    without.
    """
    found: Counter[str] = Counter()
    for column in ("reasons_for", "reasons_against"):
        told = pc.list_flatten(table[column])
        found["shown"] += int(pc.sum(pc.is_valid(pc.struct_field(told, "evidence"))).as_py() or 0)
        why = pc.value_counts(pc.drop_null(pc.struct_field(told, "no_evidence")))
        found.update({each["values"]: each["counts"] for each in why.to_pylist()})
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
        self.words = CATALOGUES[audience.language]
        self.wording = Wording(model.spec, audience)
        self.names = pa.array([concept.name for concept in model.concepts], pa.string())
        self.labels = pa.array(
            [label(concept.name, audience) for concept in model.concepts], pa.string()
        )
        self.after = sums.probability
        self.proof = model.proof
        self.proofs = self.proof.sentences(audience.language) if self.proof else None

    def listed(self, pairs: Pairs, direction: Direction) -> pa.ListArray:
        contribution = self.sums.contributions[pairs.rows, pairs.concepts]
        without = probability(self.sums.log_odds[pairs.rows] - contribution)
        value, group = self._by_concept(pairs)
        codes = pa.array(pairs.concepts)
        columns = {
            "concept": self.names.take(codes),
            "contribution": pa.array(contribution),
            "chance_without": pa.array(without),
            "value": value,
            **self._evidence(group, direction),
            "sentence": self._sentences(
                direction, self.labels.take(codes), value, without, self.after[pairs.rows]
            ),
        }
        items = pa.StructArray.from_arrays(
            [columns[field.name] for field in REASON], fields=list(REASON)
        )
        offsets = np.concatenate([[0], np.cumsum(pairs.counts)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), items)

    def _by_concept(self, pairs: Pairs) -> tuple[pa.StringArray, NDArray[np.int64]]:
        """Value and evidence group of each pair, found concept by concept and put back into the
        order of the pairs.
        """
        order = np.argsort(pairs.concepts, kind="stable")
        starts = np.searchsorted(pairs.concepts[order], np.arange(len(self.model.concepts) + 1))
        group = np.full(len(order), -1, dtype=np.int64)
        texts = [pa.array([], pa.string())]
        for number, concept in enumerate(self.model.concepts):
            here = order[starts[number] : starts[number + 1]]
            if len(here) == 0:
                continue
            texts.append(self.wording.values(concept, self.matrix, pairs.rows[here]))
            groups = self.proof.by_concept[number] if self.proof else None
            if groups is not None:
                group[here] = groups.of(self.matrix, pairs.rows[here])
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays(texts).take(pa.array(back)), group

    def _evidence(self, group: NDArray[np.int64], direction: Direction) -> dict[str, pa.Array]:
        """The evidence of each pair where it speaks the way the reason does."""
        if self.proof is None or self.proofs is None:
            return {name: pa.nulls(len(group), REASON.field(name).type) for name in _OF_EVIDENCE}
        verdict = self.proof.verdict(1 if direction == "for" else -1)[group]
        shown = verdict == AGREES
        at = pa.array(group, mask=~shown)
        return {
            "evidence": self.proofs.take(at),
            "evidence_leads": pa.array(self.proof.leads).take(at),
            "evidence_closed": pa.array(self.proof.closed).take(at),
            "evidence_expected": pa.array(self.proof.expected).take(at),
            "no_evidence": pa.array(NO_EVIDENCE, pa.string()).take(pa.array(verdict, mask=shown)),
        }

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
        moved = self.words.column(f"reason {direction}", **pieces)
        if not pc.any(slight).as_py():
            return moved
        return pc.if_else(slight, self.words.column(f"slight reason {direction}", **pieces), moved)
