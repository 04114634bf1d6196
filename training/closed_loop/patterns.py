"""From how many times on the close rate rises most, and whether it jumps there.

Among the rows whose lead did something at least once, a logistic regression holds what needs no
jump: the round, the age of the lead, and a parabola in the logarithm of the number of times. For
every number n the score test (Rao) asks whether "n times or more" adds to it, with a cluster-robust
variance; the best n is a change-point. Its significance is that of the largest of all n, and Holm's
correction counts every action and window that was tried. A rise is proposed on the earlier
snapshots, and stands only if the same n adds to the curve on the later ones, where nothing was
chosen.

What beats a parabola need not be a jump: an S is a rise that bends twice. It is told as a jump only
where, on the later snapshots, the step also adds to a natural spline of four degrees of freedom in
the logarithm of the number of times, by at least ``LEAST_HEIGHT``; else the range is told in which
the close rate rises most.

One rise casts shadows: who viewed fifteen pages in a month has also viewed many of every kind. So
the clearest is kept first, and the others have to show beside it; then the clearest of these,
and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from propensity.model.model import probability
from training.closed_loop.actions import FEWEST_LEADS, ActionCounts
from training.closed_loop.strata import Strata
from training.learn.learners import newton_logistic
from training.learn.metrics.clustered_intervals import cluster_covariance
from training.learn.rows.snapshots import LabelledRows

Floats = NDArray[np.float64]

#: Of all rises together, proposed and confirmed, and of all jumps among them.
SIGNIFICANCE = 0.05
#: Log-odds that a jump has beyond the smooth curve: odds a third higher. Less is of no use to a
#: rule.
LEAST_HEIGHT = 0.3
#: Degrees of freedom of the spline beside a jump: knots less one; a parabola bends beyond its ends.
_SMOOTH = 4
#: Share of the rows with the highest counts that lie beyond the last knot.
_BEYOND_KNOTS = 0.01
#: Share of what a step says that has to be no curve, for it to be told from one.
_LEAST_APART = 0.001
#: Counts up to so many times the number stand for those at the jump.
_AT_JUMP = 1.25
#: Share of the rows, the earliest, on which jumps are proposed.
_EARLIER = 0.5
#: Every number up to here is tried, larger ones in steps of a twentieth.
_EACH_UNTIL = 40
_DRAWS = 20_000
#: Wins on either side of a number that is tried.
_FEWEST_WINS = 10
#: Half of it is how far the log-likelihood of a 95 % set of change-points may lie below the best.
_LIKELY = float(stats.chi2.ppf(0.95, 1))
#: Extra rows at the average rate, in the level of a round.
_PRIOR_ROWS = 20.0


@dataclass(frozen=True)
class Jump:
    """A number of times around which the close rate rises more than every further time brings.

    Attributes:
        concept: Kind of behaviour, event type, or lead column that holds a counter.
        window: Days before the as-of that are counted; None for ever.
        whole: Whether it is an event type as a whole, of which groups name parts.
        is_column: Whether it is a lead column, which may hold amounts as well as times.
        at: The number.
        low: Smallest number that the earlier snapshots cannot tell from it.
        high: Largest such number.
        log_odds: Height of a jump beyond a parabola on the earlier snapshots.
        significance: Corrected for every number, action and window tried; of the earlier snapshots.
        confirmed: Whether the later snapshots show it too.
        later_significance: One-sided, corrected for the jumps proposed; NaN where it could not be
            tried.
        leads: Leads that reached the number on the later snapshots.
        sharp: Whether it is a jump: the later snapshots show it beside a smooth curve, too.
        height: Log-odds of the jump beside the smooth curve, on the later snapshots; NaN where the
            two cannot be told apart.
        rate_below: Close rate on the later snapshots. Of a jump: of those just above it, had there
            been none. Else: of those below ``low`` that did it at least once. NaN without any.
        rate_above: The same of a jump as it is; else of those from ``high`` on.
    """

    concept: str
    window: int | None
    whole: bool
    is_column: bool
    at: int
    low: int
    high: int
    log_odds: float
    significance: float
    confirmed: bool
    later_significance: float
    leads: int
    sharp: bool
    height: float
    rate_below: float
    rate_above: float

    @property
    def told(self) -> str:
        """Key of the sentence about it."""
        what = "no jump" if not self.confirmed else "jump" if self.sharp else "rise"
        return f"{what} amount" if self.is_column else what


@dataclass(frozen=True)
class Patterns:
    """Rises and jumps that were looked for.

    Attributes:
        jumps: Proposed on the earlier snapshots, confirmed ones first, the highest first.
        tried: Actions and windows that were looked at.
    """

    jumps: tuple[Jump, ...]
    tried: int


@dataclass(frozen=True)
class _ComparedRows:
    """Rows of one part, with what is needed to compare them."""

    rows: LabelledRows
    band: NDArray[np.intp]
    level: Floats  # (n,) log-odds of the row's round


@dataclass(frozen=True)
class _Found:
    """The best number of one action on one part."""

    counted: ActionCounts
    at: int
    low: int
    high: int
    log_odds: float
    standard: float
    significance: float
    corrected: float = 1.0


def patterns(
    rows: LabelledRows,
    strata: Strata,
    counted: Sequence[ActionCounts],
    *,
    horizon_days: int,
    seed: int = 0,
) -> Patterns:
    """Look for a rise in every action and window, on the earlier rows; confirm on the later, and
    ask there whether it is a jump.
    """
    earlier, later = _halves(rows, horizon_days, seed)
    if not (earlier.any() and later.any()):
        return Patterns((), 0)
    before, after = _part(rows, strata, earlier), _part(rows, strata, later)
    of_earlier, of_later = (
        [_of(each, earlier) for each in counted],
        {_key(each): _of(each, later) for each in counted},
    )
    tried = [found for each in of_earlier if (found := _best(before, each, (), seed)) is not None]
    proposed = _beside_each_other(before, tried, seed)
    again = [of_later[_key(found.counted)] for found in proposed]
    steps = [_step(each, found.at) for each, found in zip(again, proposed, strict=True)]
    others = [steps[:place] + steps[place + 1 :] for place in range(len(steps))]
    tried_again = list(zip(again, proposed, others, strict=True))
    later_p = _corrected([_again(after, each, found.at, rest) for each, found, rest in tried_again])
    confirmed = [p < SIGNIFICANCE for p in later_p]
    beside = [
        _beside_curve(after, each, found.at, rest) if stands else None
        for (each, found, rest), stands in zip(tried_again, confirmed, strict=True)
    ]
    sharp_p = _corrected([each.significance if each else float("nan") for each in beside])
    jumps = [
        _jump(after, each, found, p, step, sharp)
        for (each, found, _), p, step, sharp in zip(
            tried_again, later_p, beside, sharp_p, strict=True
        )
    ]
    return Patterns(
        tuple(sorted(jumps, key=lambda j: (not j.confirmed, -j.log_odds, j.concept))), len(tried)
    )


def _beside_each_other(part: _ComparedRows, tried: Sequence[_Found], seed: int) -> list[_Found]:
    """The jumps that show beside all clearer ones, the clearest first."""
    left = _significant(tried, len(tried))
    kept: list[_Found] = []
    while left:
        clearest = max(left, key=lambda found: found.standard)
        kept.append(clearest)
        steps = [_step(found.counted, found.at) for found in kept]
        again = [_best(part, found.counted, steps, seed) for found in left if found is not clearest]
        left = _significant([found for found in again if found is not None], len(tried))
    return kept


def _significant(found: Sequence[_Found], tried: int) -> list[_Found]:
    """The jumps that stay significant after a correction for all that was tried, by Holm as if the
    others had shown nothing.
    """
    corrected = holm([each.significance for each in found] + [1.0] * (tried - len(found)))
    return [
        replace(each, corrected=p)
        for each, p in zip(found, corrected[: len(found)], strict=True)
        if p < SIGNIFICANCE
    ]


def _corrected(significances: Sequence[float]) -> list[float]:
    """By Holm, of those that could be formed; NaN stays."""
    corrected = iter(holm([p for p in significances if not np.isnan(p)]))
    return [p if np.isnan(p) else next(corrected) for p in significances]


def _step(counted: ActionCounts, at: int) -> Floats:
    """(n,) 1 where something was done so many times or more, else 0."""
    return (counted.count >= at).astype(np.float64)


def holm(significances: Sequence[float]) -> list[float]:
    """Significances corrected for how many there are (Holm 1979), in the order given.

    >>> holm([0.01, 0.04, 0.02])
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(significances, kind="stable")
    corrected = np.empty(len(significances))
    largest = 0.0
    for place, number in enumerate(order):
        largest = max(largest, min(1.0, significances[number] * (len(significances) - place)))
        corrected[number] = largest
    return [float(p) for p in corrected]


def _halves(
    rows: LabelledRows, horizon_days: int, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Earlier and later rows, a horizon apart: no outcome is in both.

    Random accounts where there is no time.
    """
    if not len(rows):
        return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
    if rows.time.min() == rows.time.max():
        clusters, of_row = np.unique(rows.cluster, return_inverse=True)
        place = np.random.default_rng(seed).permutation(len(clusters))[of_row] / len(clusters)
        return place < _EARLIER, place >= _EARLIER
    border = np.quantile(rows.time, _EARLIER, method="inverted_cdf")
    return rows.time <= border, rows.time >= border + max(horizon_days, 1)


def _part(rows: LabelledRows, strata: Strata, chosen: NDArray[np.bool_]) -> _ComparedRows:
    part = rows.take(chosen)
    _, place = np.unique(part.round, return_inverse=True)
    wins, all_rows = np.bincount(place, part.weight * part.label), np.bincount(place, part.weight)
    average = float(np.clip(part.close_rate, 1e-6, 1 - 1e-6))
    level = (wins + _PRIOR_ROWS * average) / (all_rows + _PRIOR_ROWS)
    return _ComparedRows(part, strata.age_band[chosen], np.log(level / (1 - level))[place])


def _key(counted: ActionCounts) -> tuple[str, int | None, bool, bool]:
    return counted.concept, counted.window, counted.whole, counted.is_column


def _of(counted: ActionCounts, chosen: NDArray[np.bool_]) -> ActionCounts:
    return replace(counted, count=counted.count[chosen])


def _best(
    part: _ComparedRows, counted: ActionCounts, beside: Sequence[Floats], seed: int
) -> _Found | None:
    """The number at which the rate jumps most, with its significance among all numbers.

    None where none can be.

    ``beside`` are (n,) columns of the part that the regression holds too.
    """
    did = counted.count >= 1
    rows, count = part.rows.take(did), counted.count[did]
    numbers = _numbers(rows, count)
    if not len(numbers):
        return None
    score, variance, information = _scores(part, did, rows, count, numbers, beside)
    known = (np.diagonal(variance) > 0) & (information > 0)
    if not (known & (score > 0)).any():
        return _Found(counted, int(numbers[0]), int(numbers[0]), int(numbers[-1]), 0.0, 0.0, 1.0)
    score, information, numbers = score[known], information[known], numbers[known]
    deviation = np.sqrt(np.diagonal(variance)[known])
    standard = score / deviation
    best = int(np.argmax(standard))
    correlation = variance[np.ix_(known, known)] / np.outer(deviation, deviation)
    likely = numbers[standard >= np.sqrt(max(standard[best] ** 2 - _LIKELY, 0.0))]
    return _Found(
        counted,
        at=int(numbers[best]),
        low=int(likely.min()),
        high=int(likely.max()),
        log_odds=float(score[best] / information[best]),
        standard=float(standard[best]),
        significance=_of_largest(float(standard[best]), correlation, seed),
    )


def _again(part: _ComparedRows, counted: ActionCounts, at: int, beside: Sequence[Floats]) -> float:
    """One-sided significance of a jump at a number that was chosen elsewhere.

    NaN where it cannot be tried.
    """
    did = counted.count >= 1
    rows, count = part.rows.take(did), counted.count[did]
    if at not in _numbers(rows, count, every=True):
        return float("nan")
    score, variance, _ = _scores(part, did, rows, count, np.array([at], dtype=np.float64), beside)
    return (
        float(stats.norm.sf(score[0] / np.sqrt(variance[0, 0])))
        if variance[0, 0] > 0
        else float("nan")
    )


def _numbers(rows: LabelledRows, count: Floats, *, every: bool = False) -> Floats:
    """Numbers from 2 on with enough leads and wins on either side; large ones in steps unless all
    are asked for.
    """
    candidates = np.unique(np.floor(count))
    candidates = candidates[candidates >= 2]
    if not every:
        coarse = np.floor(_EACH_UNTIL * 1.05 ** np.arange(1, 200))
        candidates = candidates[(candidates <= _EACH_UNTIL) | np.isin(candidates, coarse)]
    won = rows.label == 1
    enough = np.ones(len(candidates), dtype=bool)
    for number, times, fewest in (
        (rows.lead, count, FEWEST_LEADS),
        (rows.win[won], count[won], _FEWEST_WINS),
    ):
        least, most = _ends(number, times)
        enough &= (most[:, None] >= candidates).sum(axis=0) >= fewest
        enough &= (least[:, None] < candidates).sum(axis=0) >= fewest
    return candidates[enough]


def _ends(number: NDArray[np.int64], count: Floats) -> tuple[Floats, Floats]:
    """Least and greatest count of each lead, or win, by its number in the rows."""
    order = np.lexsort((count, number))
    first = np.flatnonzero(np.diff(number[order], prepend=-1))
    last = np.append(first[1:], len(order)) - 1
    return count[order][first], count[order][last[: len(first)]]


@dataclass(frozen=True)
class _BesideCurve:
    """A step beside a smooth curve, on rows where it was not chosen."""

    significance: float
    log_odds: float
    rate_without: float
    rate_with: float


def _beside_curve(
    part: _ComparedRows, counted: ActionCounts, at: int, beside: Sequence[Floats]
) -> _BesideCurve | None:
    """The step at a number beside a smooth curve; None where the two cannot be told apart."""
    did = counted.count >= 1
    rows, count = part.rows.take(did), counted.count[did]
    if at not in _numbers(rows, count, every=True):
        return None
    number = np.array([at], dtype=np.float64)
    score, variance, apart = _scores(part, did, rows, count, number, beside, smooth=True)
    step = (count >= at).astype(np.float64)
    design = np.column_stack([_design(part, did, count, beside, smooth=True), step])
    fitted = newton_logistic.fit(design, rows.label, rows.weight, offset=part.level[did])
    if not variance[0, 0] > 0 or apart[0] < _LEAST_APART * (fitted.curvature * step).sum():
        return None
    height, near = float(fitted.coefficient[-1]), (count >= at) & (count <= _AT_JUMP * at)
    chance, weight = fitted.probability[near], rows.weight[near]
    lower = probability(np.log(chance / (1 - chance)) - height)
    return _BesideCurve(
        float(stats.norm.sf(score[0] / np.sqrt(variance[0, 0]))),
        height,
        float(np.average(lower, weights=weight)) if weight.any() else float("nan"),
        float(np.average(chance, weights=weight)) if weight.any() else float("nan"),
    )


def _scores(
    part: _ComparedRows,
    did: NDArray[np.bool_],
    rows: LabelledRows,
    count: Floats,
    numbers: Floats,
    beside: Sequence[Floats],
    *,
    smooth: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """(m,) scores of "n times or more", their (m, m) cluster-robust covariance, and their (m,)
    information.
    """
    design = _design(part, did, count, beside, smooth=smooth)
    fitted = newton_logistic.fit(design, rows.label, rows.weight, offset=part.level[did])
    residual = rows.weight * (rows.label - fitted.probability)
    steps = (count[:, None] >= numbers[None, :]).astype(np.float64)
    beyond = fitted.beyond(steps)
    score = (residual[:, None] * beyond).sum(axis=0)
    information = (fitted.curvature[:, None] * beyond * steps).sum(axis=0)
    variance = cluster_covariance(
        rows.cluster, lambda at: residual[at, None] * beyond[at], len(numbers)
    )
    return score, variance, information


def _design(
    part: _ComparedRows,
    did: NDArray[np.bool_],
    count: Floats,
    beside: Sequence[Floats],
    *,
    smooth: bool,
) -> Floats:
    """(n, k) columns of what needs no jump."""
    band, times = part.band[did], np.log1p(count)
    middle = times.mean()
    curve = [times - middle, (times - middle) ** 2]
    curve += spline(times)[1:] if smooth else []
    columns = [np.ones(len(count)), *curve, *(column[did] for column in beside)]
    columns += [(band == number).astype(np.float64) for number in np.unique(band)[1:]]
    return np.column_stack(columns)


def spline(times: Floats) -> list[Floats]:
    """Columns of a natural cubic spline with knots at equal distances: 4 without the constant.

    The basis of Hastie, Tibshirani and Friedman (2009), 5.2.1.
    """
    low, high = float(times.min()), float(np.quantile(times, 1 - _BEYOND_KNOTS))
    at = (times - low) / max(high - low, 1e-9)
    knots = np.linspace(0, 1, _SMOOTH + 1)
    cubes = [np.maximum(at - knot, 0) ** 3 for knot in knots]
    bent = [(cube - cubes[-1]) / (1 - knot) for cube, knot in zip(cubes, knots[:-1], strict=False)]
    return [at, *(column - bent[-1] for column in bent[:-1])]


def _of_largest(standard: float, correlation: Floats, seed: int) -> float:
    """Chance that the largest of such scores is this large without any jump."""
    values, vectors = np.linalg.eigh(correlation)
    roots = vectors * np.sqrt(np.clip(values, 0, None))
    draws = np.random.default_rng(seed).standard_normal((_DRAWS, len(correlation))) @ roots.T
    return float((1 + np.count_nonzero(draws.max(axis=1) >= standard)) / (1 + _DRAWS))


def _jump(
    part: _ComparedRows,
    counted: ActionCounts,
    found: _Found,
    significance: float,
    step: _BesideCurve | None,
    sharp_significance: float,
) -> Jump:
    sharp = step is not None and sharp_significance < SIGNIFICANCE and step.log_odds >= LEAST_HEIGHT
    if step is not None and sharp:
        below, above = step.rate_without, step.rate_with
    else:
        below = _rate(part.rows, (counted.count >= 1) & (counted.count < found.low))
        above = _rate(part.rows, counted.count >= found.high)
    return Jump(
        concept=counted.concept,
        window=counted.window,
        whole=counted.whole,
        is_column=counted.is_column,
        at=found.at,
        low=found.low,
        high=found.high,
        log_odds=found.log_odds,
        significance=found.corrected,
        confirmed=bool(significance < SIGNIFICANCE),
        later_significance=significance,
        leads=int(np.unique(part.rows.lead[counted.count >= found.at]).size),
        sharp=sharp,
        height=step.log_odds if step is not None else float("nan"),
        rate_below=below,
        rate_above=above,
    )


def _rate(rows: LabelledRows, chosen: NDArray[np.bool_]) -> float:
    return rows.take(chosen).close_rate if chosen.any() else float("nan")
