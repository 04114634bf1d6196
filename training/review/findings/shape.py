"""The shape of a concept: along its values, what the model expects beside what was observed, with
the leads behind.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, MISSING, Feature, FeatureSpec
from propensity.concepts.concepts import Concept
from propensity.concepts.value_columns import value_columns
from training.learn.metrics.clustered_intervals import design_effect, rate_interval

#: Leads below which no rate is told, and no level of a category is named.
FEWEST = 20
#: Groups of a number, at most, and levels of a category.
_MOST_BINS, _MOST_LEVELS = 6, 8
#: A step of the model's mean chance smaller than this share of its span is none.
_FLAT = 0.1

#: How the chance goes along a number: up, down, up to a peak, down to a bottom, or none of these;
#: ``levels`` for a category, which has no order.
Way = Literal["up", "down", "peak", "bottom", "mixed", "levels", "none"]


@dataclass(frozen=True)
class ShapePoint:
    """Leads with about the same value of a concept.

    Attributes:
        low: Smallest value of a number; None of a category, or where it is not known.
        high: Largest value.
        level: Level of a category; empty for a number. ``OTHER`` and ``MISSING`` codes have
            ``kind`` instead.
        kind: ``value``, ``other`` (levels that are rare or new) or ``missing``.
        leads: Number of leads in the group.
        won: Leads among these that reached the goal.
        expected: Mean chance of the model.
        change: Mean change of the chance that the concept itself brings, -1..1.
        interval: 95 % interval of the rate over leads (accounts); None of a handful.
        design: How many times more the rate varies than if every lead were an account of its own.
    """

    low: float | None
    high: float | None
    level: str
    kind: Literal["value", "other", "missing"]
    leads: int
    won: int
    expected: float
    change: float
    interval: tuple[float, float] | tuple[None, None]
    design: float

    @property
    def rate(self) -> float | None:
        """Share that reached the goal; None of a handful."""
        return self.won / self.leads if self.leads >= FEWEST else None


@dataclass(frozen=True)
class Shape:
    """A concept along its values.

    Attributes:
        feature: That it is drawn along: the one its value is told by.
        points: Points in the order of the values; levels by what they bring, the best first; what
            is missing last.
        way: How the chance goes.
        turn: Value at which it turns, for ``peak`` and ``bottom``, or from which on nothing more
            happens; None else.
    """

    feature: Feature
    points: tuple[ShapePoint, ...]
    way: Way
    turn: float | None = None


def shape(
    spec: FeatureSpec,
    concept: Concept,
    matrix: NDArray[np.float64],
    won: NDArray[np.bool_],
    cluster: NDArray[np.int64],
    chance: NDArray[np.float64],
    change: NDArray[np.float64],
) -> Shape:
    """Draw a concept along its values.

    Args:
        spec: What the columns of the matrix mean.
        concept: One of the spec's.
        matrix: (n, features).
        won: (n,) whether the goal was reached.
        cluster: (n,) number of the account, else of the lead.
        chance: (n,) by a model that had not seen the rows.
        change: (n,) what the concept adds to the chance.
    """
    column = value_columns(spec, concept).main
    feature, values = spec.features[column], matrix[:, column]

    def point(mask: NDArray[np.bool_], **named: object) -> ShapePoint:
        fields = {"low": None, "high": None, "level": "", "kind": "value", **named}
        own, accounts = won[mask], cluster[mask]
        told = len(own) >= FEWEST
        return ShapePoint(
            **fields,  # type: ignore[arg-type]
            leads=len(own),
            won=int(own.sum()),
            expected=float(chance[mask].mean()),
            change=float(change[mask].mean()),
            interval=rate_interval(own, accounts) if told else (None, None),
            design=design_effect(own, accounts),
        )

    if feature.is_category:
        codes = values.astype(np.int64)
        counts = np.bincount(codes, minlength=FIRST_LEVEL + len(feature.levels))
        named = [
            code
            for code in np.argsort(-counts, kind="stable")
            if code >= FIRST_LEVEL and counts[code] >= FEWEST
        ]
        shown = named[:_MOST_LEVELS]
        levels = [point(codes == code, level=feature.levels[code - FIRST_LEVEL]) for code in shown]
        levels.sort(key=lambda found: -found.change)
        rest = ~np.isin(codes, [*shown, MISSING])
        others = [point(rest, kind="other")] if rest.sum() >= FEWEST else []
        missing = codes == MISSING
        unknown = [point(missing, kind="missing")] if missing.sum() >= FEWEST else []
        return Shape(feature, (*levels, *others, *unknown), "levels" if levels else "none")
    known = ~np.isnan(values)
    bins = [
        point(mask, low=float(values[mask].min()), high=float(values[mask].max()))
        for mask in _bins(values, known)
    ]
    unknown = [point(~known, kind="missing")] if (~known).sum() >= FEWEST else []
    way, turn = _way(bins)
    return Shape(feature, (*bins, *unknown), way, turn)


def _bins(values: NDArray[np.float64], known: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Groups of about equally many leads; a value that many have is a group of its own."""
    own = values[known]
    if len(own) < FEWEST:
        return []
    edges = _edges(own, max(1, min(_MOST_BINS, len(own) // FEWEST)))
    place = np.where(known, np.searchsorted(edges, values, side="left"), -1)
    counts = np.bincount(place[known], minlength=len(edges) + 1)
    merged, group = np.zeros(len(counts), dtype=np.int64), 0
    filled = 0
    for number, count in enumerate(counts):
        merged[number] = group
        filled += count
        if filled >= FEWEST and counts[number + 1 :].sum() >= FEWEST:
            group, filled = group + 1, 0
    label = np.where(place >= 0, merged[np.maximum(place, 0)], -1)
    return [label == number for number in range(group + 1)]


def _edges(values: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    """Largest values of about so many groups, but for the last: quantiles, and the value before one
    that many have.
    """
    different, counts = np.unique(values, return_counts=True)
    if len(different) <= groups:
        return different[:-1]
    before = different[np.flatnonzero(counts[1:] >= len(values) / groups)]
    quantiles = np.quantile(values, np.arange(1, groups) / groups, method="inverted_cdf")
    return np.unique([*quantiles, *before])


def _way(points: list[ShapePoint]) -> tuple[Way, float | None]:
    """How the change of the chance goes along a number, and where it turns."""
    if len(points) < 2:
        return "none", None
    level = np.array([point.change for point in points])
    span = float(level.max() - level.min())
    if span <= 0:
        return "none", None
    step = np.where(np.abs(np.diff(level)) < _FLAT * span, 0, np.sign(np.diff(level))).astype(int)
    moves = [sign for sign in step.tolist() if sign]
    turns = sum(a != b for a, b in pairwise(moves))
    if not moves:
        return ("up" if level[-1] > level[0] else "down"), None
    if turns == 0:
        last = int(np.flatnonzero(step)[-1]) + 1
        return ("up" if moves[0] > 0 else "down"), (
            points[last].low if last < len(points) - 1 else None
        )
    if turns == 1:
        at = int(level.argmax() if moves[0] > 0 else level.argmin())
        return ("peak" if moves[0] > 0 else "bottom"), points[at].high
    return "mixed", None
