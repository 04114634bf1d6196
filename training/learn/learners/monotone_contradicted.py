"""Decided ways held against the data: where leads close the other way round, beyond noise."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from features.spec import BehaviourSource, Feature, FeatureSpec
from propensity.config.decisions import Decision, Decisions
from training.learn.learners.trees import LearnerRows
from training.learn.rows.monotone import constraints

#: Bins of a number, about.
_BINS = 5
#: Measures of behaviour that are looked at.
_PLAIN = ("count", "days_since")
#: Leads and wins below which a bin says nothing.
_FEWEST_LEADS, _FEWEST_WINS = 20, 5
#: Chance, over all pairs of bins of a decision, that noise alone contradicts it.
_LEVEL = 0.01


def contradictions(
    decisions: Decisions, spec: FeatureSpec, rows: LearnerRows, cluster: NDArray[np.int64]
) -> Iterator[str]:
    """Where close rates by bins of a feature go the other way beyond noise, one sentence per
    decision.

    Rates are of single features (of an event type its counts and the days since), with nothing else
    held equal: a contradiction is a reason to ask, not a proof. Noise is judged by lead (or
    account), one-sided, at 1 % over all pairs of bins of a decision.

    Args:
        decisions: Decisions with the ways.
        spec: The features.
        rows: Rows as the learner saw them.
        cluster: (n,) lead or account of each row.
    """
    number = np.unique(cluster, return_inverse=True)[1]
    for entry in decisions.directions:
        ways = constraints(spec, decisions.model_copy(update={"entries": (entry,)}))
        asked = {column: way for column, way in ways.items() if _is_plain(spec.features[column])}
        if not ways:
            yield (
                f"decided: {_what(entry)}, but the model has no such feature to hold to"
                f" it{_why(entry, spec)}"
            )
            continue
        steps = [
            step for column, way in asked.items() for step in _steps(column, way, rows, number)
        ]
        worst = max(steps, key=lambda step: step.z, default=None)
        if worst is not None and worst.z > stats.norm.isf(_LEVEL / len(steps)):
            yield (
                f"decided: {_what(entry)}; the model obeys, but the data say otherwise:"
                f" {worst.told(spec)}"
            )


def _is_plain(feature: Feature) -> bool:
    """Whether people read its values; a recent count says little that counts do not."""
    return not isinstance(feature.source, BehaviourSource) or feature.source.measure in _PLAIN


def _what(entry: Decision) -> str:
    kind, name = entry.about
    return (
        f"more of {kind} {name!r} never {'lowers' if entry.direction == 'up' else 'raises'} the"
        " chance"
    )


def _why(entry: Decision, spec: FeatureSpec) -> str:
    reasons = [unusable.reason for unusable in spec.unusable if unusable.column == entry.about[1]]
    return f" ({reasons[0]})" if reasons else ""


@dataclass(frozen=True)
class _Bin:
    """Rows whose values are alike.

    Attributes:
        values: Values of these rows in words; no lead's own where leads differ.
        leads: Different clusters.
        wins: Different leads (accounts) that won.
        rate: Share won of the population.
        pull: (clusters,) each one's part in the error of the rate.
    """

    values: str
    leads: int
    wins: int
    rate: float
    pull: NDArray[np.float64]


@dataclass(frozen=True)
class _Step:
    """Two bins of a feature.

    Attributes:
        column: The feature.
        low: Bin of the smaller values.
        high: Bin of the greater ones.
        z: By how many standard errors the rates differ the wrong way round; below 0 the right way.
    """

    column: int
    low: _Bin
    high: _Bin
    z: float

    def told(self, spec: FeatureSpec) -> str:
        """Both rates."""
        low, high = (
            f"{part.rate:.1%} of {part.leads:,} leads {part.values}"
            for part in (self.low, self.high)
        )
        return f"by {spec.features[self.column].name!r} alone, {low} closed, and {high}"


def _steps(column: int, way: int, rows: LearnerRows, cluster: NDArray[np.intp]) -> Iterator[_Step]:
    for low, high in combinations(_bins(rows.matrix[:, column], rows, cluster), 2):
        error = float(np.sqrt(np.square(low.pull - high.pull).sum()))
        enough = error > 0 and max(low.wins, high.wins) >= _FEWEST_WINS
        yield _Step(column, low, high, (low.rate - high.rate) * way / error if enough else 0.0)


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Greatest value of each bin but the last: of few values each, else the least one alone where
    it is frequent.
    """
    present = values[np.isfinite(values)]
    distinct = np.unique(present)
    if len(distinct) <= _BINS:
        return distinct[:-1]
    alone = distinct[:1] if (present == distinct[0]).mean() >= 1 / _BINS else distinct[:0]
    rest = present[present > alone[-1]] if len(alone) else present
    cuts = np.quantile(rest, np.linspace(0, 1, _BINS + 1 - len(alone))[1:-1], method="lower")
    return np.unique(np.append(alone, cuts[cuts < distinct[-1]]))


def _bins(
    values: NDArray[np.float64], rows: LearnerRows, cluster: NDArray[np.intp]
) -> Iterator[_Bin]:
    """Ascending bins of enough leads; missing is in none."""
    present, edges = ~np.isnan(values), _edges(values)
    number = np.searchsorted(edges, values, side="left")
    for which in range(len(edges) + 1):
        at = np.flatnonzero(present & (number == which))
        leads = len(np.unique(cluster[at]))
        if leads >= _FEWEST_LEADS:
            weight, label = rows.weight[at], rows.label[at]
            rate = float(weight @ label / weight.sum())
            pull = (
                np.bincount(cluster[at], weight * (label - rate), int(cluster.max()) + 1)
                / weight.sum()
            )
            winners = len(np.unique(cluster[at][label == 1]))
            yield _Bin(_told(edges, which, values[at]), leads, winners, rate, pull)


def _told(edges: NDArray[np.float64], which: int, values: NDArray[np.float64]) -> str:
    if (values == values[0]).all():
        return f"at {values[0]:,.6g}"
    if which == 0:
        return f"up to {edges[0]:,.6g}"
    above = f"above {edges[which - 1]:,.6g}"
    return above if which == len(edges) else f"{above}, up to {edges[which]:,.6g}"
