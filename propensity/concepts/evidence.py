"""Evidence: of the leads that were alike in one thing, how many closed, and how many would have
from everything else.

Leads are alike in a concept when its value reads alike: the same level, a number in the same bin, a
behaviour seen about as often and about as long ago. The table is learned in training; here a row
finds its group in it.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, Feature, FeatureSpec
from propensity.concepts.concepts import Concept
from propensity.concepts.evidence_ranges import ENOUGH_LEADS, EvidenceRanges, evidence_ranges
from propensity.concepts.evidence_words import FEW_LEADS, NEVER, EvidenceGoal, EvidenceWords
from propensity.concepts.value_columns import ValueColumns, value_columns

#: What evidence says of a reason: clearly the same, the same, as much as chance would, the
#: opposite; or too few leads were alike.
Verdict = Literal["clearly supports", "supports", "no difference", "contradicts", "few leads"]
VERDICTS: tuple[Verdict, ...] = (
    "clearly supports",
    "supports",
    "no difference",
    "contradicts",
    "few leads",
)


@dataclass(frozen=True)
class Partition:
    """A concept's values, cut into cells.

    Attributes:
        told: What the value is read from.
        edges: (k,) edges of the main feature, ascending; bin i holds edges[i - 1] < value <=
            edges[i]. Of levels: none.
        beside: Column that is cut beside the main one: how long ago a behaviour was seen, or how
            lately on the whole.
        beside_edges: The same for that column.
    """

    told: ValueColumns
    edges: NDArray[np.float64]
    beside: int | None = None
    beside_edges: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def bins(self) -> int:
        """Number of bins of the main feature, the one of missing values included."""
        return len(self.edges) + 2

    @property
    def beside_bins(self) -> int:
        """Number of bins of the column beside, the one of missing values ("never") included; 1
        where there is none.
        """
        return len(self.beside_edges) + 2 if self.beside is not None else 1

    def cells(
        self, matrix: NDArray[np.float64], rows: NDArray[np.intp] | slice = slice(None)
    ) -> NDArray[np.int64]:
        """(rows,) number of each row's cell: the code of a level, else bin x beside_bins + bin
        beside.
        """
        main = matrix[rows, self.told.main]
        if self.told.how == "level":
            return main.astype(np.int64)
        cells = _binned(self.edges, main)
        if self.beside is not None:
            cells = cells * self.beside_bins + _binned(self.beside_edges, matrix[rows, self.beside])
        return cells


@dataclass(frozen=True)
class ConceptEvidence:
    """The groups of one concept.

    Attributes:
        partition: How its values are divided into cells.
        group: (cells,) place of each cell's group in the evidence table; -1 where there is none.
    """

    partition: Partition
    group: NDArray[np.int64]

    def of(self, matrix: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """(rows,) places in the evidence table; -1 where nothing is known of leads alike."""
        found: NDArray[np.int64] = self.group[
            np.minimum(self.partition.cells(matrix, rows), len(self.group) - 1)
        ]
        return found


@dataclass(frozen=True)
class Evidence:
    """An evidence table that a model's rows can be looked up in.

    Attributes:
        spec: Feature spec of the model.
        concepts: Concepts of the model.
        table: See ``bundle.EVIDENCE_COLUMNS``: a row per concept and group. ``low`` < value <=
            ``high`` of the ``feature``, the same of the feature ``beside`` it, null where open;
            ``leads`` in the group, ``closed`` of them, ``expected`` to close from everything but
            this concept, and the concept's mean ``contribution`` to the log-odds of these leads.
            ``dispersion``: variance of the closes by that of a binomial with the same mean;
            ``expected_error``: standard error of ``expected``; ``drawn``: share of the rows that
            was counted, 0..1. These three are null in models stored before they were learned: the
            ranges are those of a binomial then.
        goal: What counts as closed.
    """

    spec: FeatureSpec
    concepts: tuple[Concept, ...]
    table: pa.Table
    goal: EvidenceGoal = field(default_factory=EvidenceGoal)

    @cached_property
    def by_concept(self) -> tuple[ConceptEvidence | None, ...]:
        """Per concept of the model.

        None where the table says nothing of it, or of another feature than is told.
        """
        places: dict[tuple[str, str], list[tuple[int, _Group]]] = {}
        for place, row in enumerate(self.table.to_pylist()):
            group = _Group(**{name: row[name] for name in _Group.__dataclass_fields__})
            places.setdefault((row["concept"], row["axis"]), []).append((place, group))
        return tuple(
            self._of(concept, places.get((concept.name, concept.axis), []))
            for concept in self.concepts
        )

    @cached_property
    def leads(self) -> NDArray[np.int64]:
        """(groups,) leads of each group."""
        return self._numbers("leads").astype(np.int64)

    @cached_property
    def closed(self) -> NDArray[np.int64]:
        """(groups,) of these, how many closed."""
        return self._numbers("closed").astype(np.int64)

    @cached_property
    def expected(self) -> NDArray[np.float64]:
        """(groups,) how many would have closed from everything else about them."""
        return self._numbers("expected")

    @cached_property
    def contribution(self) -> NDArray[np.float64]:
        """(groups,) mean contribution of the concept, in log-odds."""
        return self._numbers("contribution")

    @cached_property
    def ranges(self) -> EvidenceRanges:
        """What can be said of the groups."""
        return evidence_ranges(
            self._numbers("leads"),
            self._numbers("closed"),
            self.expected,
            self._numbers("dispersion", absent=1.0),
            self._numbers("expected_error", absent=0.0),
        )

    def verdict(self, sign: Literal[-1, 1]) -> NDArray[np.int8]:
        """(groups + 1,) what a group says of a reason for (1) or against (-1): a place in
        ``VERDICTS``.

        The last place is for what has no group: too few leads.
        """
        # by size: none, the reason's way, clearly so; and from the end: clearly and not the other
        found = np.array([2, 1, 0, 3, 3], dtype=np.int8)[sign * self.ranges.size]
        found[self.leads < ENOUGH_LEADS] = 4
        return np.append(found, np.int8(4))

    def sentences(self, language: str, sign: Literal[-1, 1]) -> pa.StringArray:
        """(groups + 1,) what is said of each group beside a reason for (1) or against (-1).

        The last place is for what has no group.
        """
        if (language, sign) not in self._told:
            self._told[language, sign] = self._sentences(language, sign)
        return self._told[language, sign]

    @cached_property
    def _told(self) -> dict[tuple[str, int], pa.StringArray]:
        return {}

    def _sentences(self, language: str, sign: Literal[-1, 1]) -> pa.StringArray:
        words = EvidenceWords(self.spec, self.concepts, self.goal, language)
        ranges, few = self.ranges, words[FEW_LEADS]
        verdicts = [VERDICTS[place] for place in self.verdict(sign)]
        found = [
            few
            if verdict == "few leads"
            else words.sentence(
                row,
                (low, high),
                size=size,
                leans=leans,
                contradicts=verdict == "contradicts",
            )
            for row, verdict, low, high, size, leans in zip(
                self.table.to_pylist(),
                verdicts[:-1],
                ranges.low.tolist(),
                ranges.high.tolist(),
                ranges.size.tolist(),
                ranges.leans.tolist(),
                strict=True,
            )
        ]
        return pa.array([*found, few], pa.string())

    def _numbers(self, name: str, *, absent: float = np.nan) -> NDArray[np.float64]:
        numbers: NDArray[np.float64] = self.table[name].to_numpy().astype(np.float64)
        return np.where(np.isnan(numbers), absent, numbers)

    def _of(self, concept: Concept, groups: "list[tuple[int, _Group]]") -> ConceptEvidence | None:
        told_of = value_columns(self.spec, concept)
        feature = self.spec.features[told_of.main]
        groups = [(place, group) for place, group in groups if group.feature == feature.name]
        if not groups:
            return None
        if told_of.how == "level":
            return ConceptEvidence(Partition(told_of, np.empty(0)), _level_groups(feature, groups))
        columns = {self.spec.features[column].name: column for column in concept.columns}
        beside = {columns.get(group.beside) for _, group in groups if group.beside is not None}
        if len(beside) > 1 or None in beside:
            return None
        edges = _edges([edge for _, group in groups for edge in (group.low, group.high)])
        beside_edges = _edges(
            [edge for _, group in groups for edge in (group.beside_low, group.beside_high)]
        )
        partition = Partition(told_of, edges, beside.pop() if beside else None, beside_edges)
        return ConceptEvidence(partition, _cell_groups(partition, groups))


@dataclass(frozen=True)
class _Group:
    """Where a group lies."""

    feature: str
    level: str | None
    low: float | None
    high: float | None
    beside: str | None
    beside_low: float | None
    beside_high: float | None


def _binned(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) bins; a missing value has the last one."""
    bins: NDArray[np.int64] = np.searchsorted(edges, values, side="left").astype(np.int64)
    bins[np.isnan(values)] = len(edges) + 1
    return bins


def _edges(found: "list[float | None]") -> NDArray[np.float64]:
    return np.unique(np.array([edge for edge in found if edge is not None], dtype=np.float64))


def _level_groups(feature: Feature, groups: "list[tuple[int, _Group]]") -> NDArray[np.int64]:
    codes = {level: code for code, level in enumerate(feature.levels, start=FIRST_LEVEL)}
    found = np.full(FIRST_LEVEL + len(feature.levels), -1, dtype=np.int64)
    for place, group in groups:
        if group.level in codes:
            found[codes[group.level]] = place
    return found


def _cell_groups(partition: Partition, groups: "list[tuple[int, _Group]]") -> NDArray[np.int64]:
    found = np.full((partition.bins, partition.beside_bins), -1, dtype=np.int64)
    for place, group in groups:
        bins, beside = _span(partition.edges, group.low, group.high), slice(None)
        if partition.beside is not None:
            beside = _span(partition.beside_edges, group.beside_low, group.beside_high)
        if group.level == NEVER and partition.beside is not None:
            beside = slice(partition.beside_bins - 1, None)
        elif group.level == NEVER:
            bins = slice(partition.bins - 1, None)
        found[bins, beside] = place
    return found.ravel()


def _span(edges: NDArray[np.float64], low: float | None, high: float | None) -> slice:
    """Bins between two edges, without the one of missing values."""
    first = 0 if low is None else int(np.searchsorted(edges, low, side="left")) + 1
    last = len(edges) if high is None else int(np.searchsorted(edges, high, side="left"))
    return slice(first, last + 1)
