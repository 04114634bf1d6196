"""Learn the evidence: closed against expected, by models that had not seen the leads they speak
of, and how uncertain both are.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, BehaviourSource, ClockSource, FeatureSpec
from propensity.concepts.concepts import Concept
from propensity.concepts.evidence import Partition
from propensity.concepts.evidence_ranges import ENOUGH_LEADS
from propensity.concepts.evidence_words import NEVER
from propensity.concepts.value_columns import value_columns
from propensity.model.bundle import EVIDENCE_COLUMNS
from propensity.model.model import PropensityModel, probability
from training.learn.recipe.evidence_errors import AccountCorrelation, expected_errors
from training.learn.rows.snapshots import LabelledRows

#: Leads below which a group is left out: nobody is to be recognised in it.
_FEWEST_LEADS = 20
#: Bins of a number, of about equal share; one in which the concept turns from against to for is cut
#: where it turns. (Of deciles, fifths and twentieths, with and without such cuts, fifths with cuts
#: argued least with the reasons of three real sets: ``python -m benchmarks.evidence`` measures what
#: was chosen.)
_BINS = 5
#: Shares of the rows between which a turn is looked for.
_FINE_BINS = 40
#: How often a behaviour was seen: never, once, twice, 3-4, 5-9 times and so on.
_COUNTS = np.array([0.0, 1, 2, 4, 9, 19, 49])
#: How many days ago it was last seen; cut between where the concept turns, like any number.
_SINCE = np.array([7.0, 30, 90, 365])
#: Clocks that count; the others measure days.
_COUNTING = ("earlier_losses", "unanswered")

#: A model and the positions of rows it has not seen.
HeldOutModel = tuple[PropensityModel, NDArray[np.intp]]

_Bounds = dict[str, object]


def evidence(
    spec: FeatureSpec,
    concepts: Sequence[Concept],
    rows: LabelledRows,
    matrix: NDArray[np.float64],
    folds: Sequence[HeldOutModel],
    *,
    seed: int,
) -> pa.Table:
    """Observed against expected per concept and group of values.

    Leads are counted, not rows: of each lead the first row that is in the group. Where training
    sampled its rows, wins are thinned out like the rest before, so that which row is a lead's first
    does not depend on its outcome; the figures then speak of the leads that are left, and
    ``drawn`` says how many that are.

    Args:
        spec: The features.
        concepts: Concepts of the spec.
        rows: Sorted by lead, episode and as-of.
        matrix: (n, features) matrix of the rows.
        folds: Models with the rows that each had not seen; rows of no fold are left out.
        seed: Seed of the thinning.

    Returns:
        The columns of ``EVIDENCE_COLUMNS``, explained in ``propensity.concepts.evidence.Evidence``.
        No group has fewer than 20 leads.
    """
    log_odds, contributions = _out_of_fold(matrix, len(concepts), folds)
    kept = np.flatnonzero(_evenly_sampled(rows.weight, seed=seed) & ~np.isnan(log_odds))
    lead, label, cluster = rows.lead[kept], rows.label[kept], rows.cluster[kept]
    together = AccountCorrelation.learned(lead, cluster, label, probability(log_odds[kept]))
    groups: list[_Bounds] = []
    places: list[tuple[int, NDArray[np.int32]]] = []
    for number, concept in enumerate(concepts):
        contribution = contributions[kept, number]
        expected = probability(log_odds[kept] - contribution)
        partition = partition_of(spec, concept, matrix, kept, contribution)
        for bounds, members in _groups(spec, partition, partition.cells(matrix, kept), lead):
            counts = {
                "leads": len(members),
                "closed": int(label[members].sum()),
                "expected": float(expected[members].sum()),
                "contribution": float(contribution[members].mean()),
                "dispersion": together.dispersion(expected[members], cluster[members]),
                "drawn": 1 / float(rows.weight.max()),
            }
            feature = spec.features[partition.told.main].name
            groups.append(
                {"concept": concept.name, "axis": concept.axis, "feature": feature}
                | bounds
                | counts
            )
            rows_of: NDArray[np.int32] = kept[members].astype(np.int32)
            places.append((number, rows_of))
    errors = expected_errors(matrix, [model for model, _ in folds], places)
    found = [
        group | {"expected_error": float(error)}
        for group, error in zip(groups, errors, strict=True)
    ]
    return pa.Table.from_pylist(found, schema=EVIDENCE_COLUMNS)


def partition_of(
    spec: FeatureSpec,
    concept: Concept,
    matrix: NDArray[np.float64],
    rows: NDArray[np.intp],
    contribution: NDArray[np.float64],
) -> Partition:
    """How a concept's values are cut: counts and days at round figures, other numbers by their
    share of the rows.

    Args:
        spec: The features.
        concept: Concept of the spec.
        matrix: (n, features).
        rows: (m,) positions of the rows of the matrix that count.
        contribution: (m,) contribution of the concept, out of fold: outcomes have no say in where
            the cuts are.
    """
    told_of = value_columns(spec, concept)
    source = spec.features[told_of.main].source
    match told_of.how:
        case "level":
            return Partition(told_of, np.empty(0))
        case "times" | "active days":
            beside = told_of.since if told_of.since is not None else _decayed(spec, concept)
            if beside is None:
                return Partition(told_of, _COUNTS)
            values = matrix[rows, beside]
            fixed = _SINCE if beside == told_of.since else _quantiles(values, _BINS)
            return Partition(
                told_of, _COUNTS, beside, np.union1d(fixed, _turns(values, contribution))
            )
        case "since":
            return Partition(
                told_of, np.union1d(_SINCE, _turns(matrix[rows, told_of.main], contribution))
            )
        case "clock" if isinstance(source, ClockSource) and source.clock in _COUNTING:
            return Partition(told_of, _COUNTS)
        case _:
            values = matrix[rows, told_of.main]
            return Partition(
                told_of, np.union1d(_quantiles(values, _BINS), _turns(values, contribution))
            )


def _decayed(spec: FeatureSpec, concept: Concept) -> int | None:
    """The column that says how lately, where no days since are told: nearly all did it once, but
    not at one time.
    """
    sources = [(column, spec.features[column].source) for column in concept.columns]
    return next(
        (
            c
            for c, source in sources
            if isinstance(source, BehaviourSource) and source.measure == "decayed"
        ),
        None,
    )


def _out_of_fold(
    matrix: NDArray[np.float64], concepts: int, folds: Sequence[HeldOutModel]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) log-odds and (n, concepts) contributions, each row's by the model that had not seen it.

    NaN without one.
    """
    log_odds, contributions = np.full(len(matrix), np.nan), np.full((len(matrix), concepts), np.nan)
    for model, held_out in folds:
        sums = model.concept_sums(np.asfortranarray(matrix[held_out]))
        log_odds[held_out], contributions[held_out] = sums.log_odds, sums.contributions
    return log_odds, contributions


def _evenly_sampled(weight: NDArray[np.float64], *, seed: int) -> NDArray[np.bool_]:
    """(n,) rows that are as if drawn with equal chances, whatever their outcome: rejection by
    weight.
    """
    if (weight == weight[:1]).all():
        return np.ones(len(weight), dtype=np.bool_)
    drawn: NDArray[np.bool_] = (
        np.random.default_rng(seed).random(len(weight)) * weight.max() < weight
    )
    return drawn


def _turns(values: NDArray[np.float64], contribution: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges at which the mean contribution turns from against to for, or back."""
    known = ~np.isnan(values)
    values, contribution = values[known], contribution[known]
    fine = _quantiles(values, _FINE_BINS)
    bins = np.searchsorted(fine, values, side="left")
    rows = np.bincount(bins, minlength=len(fine) + 1)
    mean = np.bincount(bins, contribution, minlength=len(fine) + 1) / np.maximum(rows, 1)
    turns: NDArray[np.float64] = fine[(mean[:-1] > 0) != (mean[1:] > 0)]
    return turns


def _quantiles(values: NDArray[np.float64], parts: int) -> NDArray[np.float64]:
    known = values[~np.isnan(values)]
    if not len(known):
        return np.empty(0)
    return np.unique(np.quantile(known, np.arange(1, parts) / parts, method="inverted_cdf"))


def _groups(
    spec: FeatureSpec, partition: Partition, cells: NDArray[np.int64], lead: NDArray[np.int64]
) -> Iterator[tuple[_Bounds, NDArray[np.intp]]]:
    """Where each group lies, and the positions of its leads' first rows."""
    members = _Members(cells, lead)
    pieces = (
        _levels(spec, partition)
        if partition.told.how == "level"
        else _rectangles(spec, partition, members)
    )
    for bounds, of_group in pieces:
        first_rows = members.first_rows(of_group)
        if len(first_rows) >= _FEWEST_LEADS:
            yield bounds, first_rows


class _Members:
    """Positions of the rows of each cell."""

    def __init__(self, cells: NDArray[np.int64], lead: NDArray[np.int64]) -> None:
        order = np.argsort(cells, kind="stable")
        numbers, starts = np.unique(cells[order], return_index=True)
        self._lead = lead
        self._of_cell = (
            dict(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True))
            if len(cells)
            else {}
        )

    def first_rows(self, cells: Iterable[int]) -> NDArray[np.intp]:
        """The first row of each lead that is in one of the cells."""
        found = [self._of_cell[cell] for cell in cells if cell in self._of_cell]
        rows = np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.intp)
        return rows[np.unique(self._lead[rows], return_index=True)[1]]


def _levels(spec: FeatureSpec, partition: Partition) -> Iterator[tuple[_Bounds, list[int]]]:
    levels = spec.features[partition.told.main].levels
    return (({"level": level}, [code]) for code, level in enumerate(levels, start=FIRST_LEVEL))


def _rectangles(
    spec: FeatureSpec, partition: Partition, members: _Members
) -> Iterator[tuple[_Bounds, list[int]]]:
    """Bins of the main feature within bins of the one beside it; neighbours are joined until they
    hold enough leads.
    """
    width, last = partition.beside_bins, len(partition.edges)
    for beside in range(max(1, width - 1)):
        for low, high in _joined(partition, beside, members):
            bounds: _Bounds = {
                "low": _edge(partition.edges, low - 1),
                "high": _edge(partition.edges, high),
            }
            if partition.beside is not None:
                edges, name = partition.beside_edges, spec.features[partition.beside].name
                bounds |= {
                    "beside": name,
                    "beside_low": _edge(edges, beside - 1),
                    "beside_high": _edge(edges, beside),
                }
            yield bounds, [bin_ * width + beside for bin_ in range(low, high + 1)]
    if partition.beside is not None and partition.beside == partition.told.since:
        name = spec.features[partition.beside].name
        yield (
            {"level": NEVER, "beside": name},
            [bin_ * width + width - 1 for bin_ in range(last + 1)],
        )
    elif partition.told.how == "since":
        yield {"level": NEVER}, [last + 1]


def _joined(partition: Partition, beside: int, members: _Members) -> list[tuple[int, int]]:
    """First and last bin of each group; nothing at all stays by itself."""
    from_nothing = len(partition.edges) > 0 and partition.edges[0] == 0
    spans, low = ([(0, 0)], 1) if from_nothing else ([], 0)
    for bin_ in range(low, len(partition.edges) + 1):
        cells = [number * partition.beside_bins + beside for number in range(low, bin_ + 1)]
        if len(members.first_rows(cells)) >= ENOUGH_LEADS:
            spans.append((low, bin_))
            low = bin_ + 1
    if low <= len(partition.edges):
        start = spans.pop()[0] if len(spans) > from_nothing else low
        spans.append((start, len(partition.edges)))
    return spans


def _edge(edges: NDArray[np.float64], number: int) -> float | None:
    """An edge; None beyond the first and the last: the extremes would be single leads."""
    return float(edges[number]) if 0 <= number < len(edges) else None
