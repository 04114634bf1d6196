"""The classic points table: small whole numbers, caps, expiry, and points that are lost.

One logistic regression weighs all lines against each other, so that two lines that say the same do
not count twice; its coefficients become whole points. Every line is something that a
marketing-automation tool can be told: so many points each time somebody does something, at most so
many times, lapsing after so many days; points for a value; points lost by silence.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    FIRST_LEVEL,
    OTHER_KIND,
    AttributeSource,
    BehaviourSource,
    Feature,
    FeatureSpec,
)
from training.learn.learners import newton_logistic
from training.learn.learners.points_table import PointsRow

Floats = NDArray[np.float64]

#: Fewer leads than this, of whom a line speaks, earn no points.
FEWEST_LEADS = 20
#: Points that double the odds: a point is then 0.14 in log-odds, as fine as such a table is read.
DOUBLING = 5
MOST_POINTS = 20
#: Lines that somebody can be asked to type in.
MOST_LINES = 30
_CAPS = (1, 2, 3, 5, 10)
_SILENT_DAYS = (14, 30, 60, 90)
#: Bands of a number, by rows.
_BANDS = 4
#: Penalty on half the square of a coefficient per point of a line: a line of twenty leads is not
#: believed.
_PENALTY = 2.0
_ROUNDS = 4
#: Rows the points are learned on, at most: of larger histories a random part.
_MOST_ROWS = 200_000


@dataclass(frozen=True)
class PointsRows:
    """What became of the leads that a table is learned from.

    Attributes:
        lead: (n,) whose look each row is.
        label: (n,) 1 for a win, 0 for none.
        weight: (n,) how many rows each stands for.
    """

    lead: NDArray[np.integer]
    label: NDArray[np.int8]
    weight: Floats

    def __len__(self) -> int:
        return len(self.label)


def learn(
    spec: FeatureSpec, matrix: Floats, rows: PointsRows, *, seed: int = 0
) -> tuple[PointsRow, ...]:
    """The lines of a points table, the most points first.

    Args:
        spec: What the columns of the matrix mean.
        matrix: (n, features) matrix of the rows, as built by the spec.
        rows: Their outcomes; wins and others among them.
        seed: The same seed draws the same rows of a large history.
    """
    if len(rows) > _MOST_ROWS:
        draw = np.random.default_rng(seed)
        some = np.sort(draw.choice(len(rows), size=_MOST_ROWS, replace=False))
        matrix = matrix[some]
        rows = PointsRows(rows.lead[some], rows.label[some], rows.weight[some])
    lines = [
        line
        for column in range(len(spec.features))
        for line in _attributes(spec, matrix, rows, column)
    ]
    lines += _actions(spec, matrix, rows)
    lines += _silence(spec, matrix, rows)
    for _ in range(_ROUNDS):
        if not lines:
            return ()
        design = np.column_stack([np.ones(len(rows)), *(line.times(matrix) for line in lines)])
        fitted = newton_logistic.fit(design, rows.label, rows.weight, penalty=_PENALTY)
        weights = fitted.coefficient[1:]
        before = len(lines)
        lines = _agreeing(lines, weights, design[:, 1:], rows)
        if len(lines) == before:
            break
    return tuple(
        sorted(lines, key=lambda line: (-line.points * line.cap, line.column, line.code or 0))
    )


def _agreeing(
    lines: Sequence[PointsRow], weights: Floats, times: Floats, rows: PointsRows
) -> list[PointsRow]:
    """Lines worth a point, at most 30; none that loses points for what winners do more often."""
    points = np.clip(np.rint(weights * DOUBLING / np.log(2)), -MOST_POINTS, MOST_POINTS).astype(
        np.int64
    )
    towards = np.array([_association(times[:, i], rows) for i in range(len(lines))])
    speaks = (points != 0) & (np.sign(points) == np.sign(towards))
    matters = np.abs(weights) * np.array([_deviation(times[:, i], rows) for i in range(len(lines))])
    kept = [i for i in np.argsort(-matters, kind="stable") if speaks[i]][:MOST_LINES]
    return [_with_points(lines[i], int(points[i])) for i in sorted(kept)]


def _with_points(line: PointsRow, points: int) -> PointsRow:
    return PointsRow(line.column, points, line.cap, line.code, line.low, line.high)


# --- lines that could be --------------------------------------------------------------------------


def _attributes(
    spec: FeatureSpec, matrix: Floats, rows: PointsRows, column: int
) -> Iterator[PointsRow]:
    """A line for every value of a category and every band of a number."""
    feature, values = spec.features[column], matrix[:, column]
    if not isinstance(feature.source, AttributeSource) or feature.source.reading == "age":
        return  # no tool can be told of days since a date
    if feature.is_category:
        for code in range(FIRST_LEVEL, FIRST_LEVEL + len(feature.levels)):
            if _leads(rows, values == code) >= FEWEST_LEADS:
                yield PointsRow(column, 0, code=code)
        return
    edges = _edges(values, rows.weight)
    for low, high in itertools.zip_longest(edges, edges[1:]):
        inside = (values >= low) & (values < (np.inf if high is None else high))
        if _leads(rows, inside) >= FEWEST_LEADS:
            yield PointsRow(column, 0, low=low, high=high)


def _edges(values: Floats, weight: Floats) -> list[float]:
    """Lower bounds of bands above the lowest, each one of the values."""
    there = ~np.isnan(values) & (weight > 0)
    known = values[there]
    if not len(known):
        return []
    shares = np.arange(1, _BANDS) / _BANDS
    found = np.unique(np.quantile(known, shares, weights=weight[there], method="inverted_cdf"))
    return [float(edge) for edge in found if edge > known.min()]


def _actions(spec: FeatureSpec, matrix: Floats, rows: PointsRows) -> Iterator[PointsRow]:
    """For every kind of behaviour the window and the cap that go together best with winning."""
    best: dict[str, tuple[float, PointsRow]] = {}
    for column, feature in enumerate(spec.features):
        kind = _counted_kind(feature)
        if kind is None or _leads(rows, matrix[:, column] > 0) < FEWEST_LEADS:
            continue
        for cap in _CAPS:
            line = PointsRow(column, 0, cap=cap)
            towards = _association(line.times(matrix).astype(np.float64), rows)
            # what speaks against a lead does so once
            strength = towards if cap > 1 else abs(towards)
            if strength > best.get(kind, (0.0, line))[0]:
                best[kind] = strength, line
    yield from (line for _, line in best.values())


def _counted_kind(feature: Feature) -> str | None:
    source = feature.source
    if not isinstance(source, BehaviourSource) or source.measure != "count":
        return None
    return None if source.kind in (COLLEAGUES, ANY_KIND, OTHER_KIND) else source.kind


def _silence(spec: FeatureSpec, matrix: Floats, rows: PointsRows) -> list[PointsRow]:
    """Points lost after so many days without any activity: the days that part best."""
    column = next(
        (
            i
            for i, f in enumerate(spec.features)
            if isinstance(f.source, BehaviourSource)
            and f.source.kind == ANY_KIND
            and f.source.measure == "days_since"
        ),
        None,
    )
    if column is None:
        return []
    lines = [PointsRow(column, 0, low=float(days)) for days in _SILENT_DAYS]
    lines = [line for line in lines if _leads(rows, line.times(matrix) > 0) >= FEWEST_LEADS]
    return (
        [max(lines, key=lambda line: -_association(line.times(matrix).astype(np.float64), rows))]
        if lines
        else []
    )


def _leads(rows: PointsRows, chosen: NDArray[np.bool_]) -> int:
    return int(np.unique(rows.lead[chosen & (rows.weight > 0)]).size)


def _association(times: Floats, rows: PointsRows) -> float:
    """Weighted correlation with winning, -1..1; 0 where all are alike."""
    weight = rows.weight / rows.weight.sum()
    deviation = times - (weight * times).sum()
    label = rows.label - (weight * rows.label).sum()
    size = float(np.sqrt((weight * deviation**2).sum() * (weight * label**2).sum()))
    return float((weight * deviation * label).sum() / size) if size > 0 else 0.0


def _deviation(times: Floats, rows: PointsRows) -> float:
    weight = rows.weight / rows.weight.sum()
    return float(np.sqrt((weight * (times - (weight * times).sum()) ** 2).sum()))
