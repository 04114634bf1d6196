"""Learns how far the true chance may lie from the one that is served;
`propensity.scoring.chance_interval` applies it.

The log-odds that are served miss the true ones by an error with three parts, whose variances are
added:

1. *Disagreement*, by where a lead scores. The K models of the cross-fit differ by the leads that
   each did not see. With s² the variance of their log-odds for one lead, the variance of the model
   of all leads is (K - 1)² / K * s²: the delete-a-group jackknife (Shao and Tu 1995, section 2.3).
   A lead is looked at by the models that saw it alike: the one it was held out from is left out. A
   shift and a stretch that all leads share are taken out before, as calibration takes them out.
2. *The line*: the covariance of the intercept and the slope of the calibration, by the sandwich
   estimator summed over leads (accounts); White 1982, Liang and Zeger 1986.
3. *What so many outcomes leave open.* Models that learn too little agree with each other, so
   disagreement is blind to what none of them found. Were the true log-odds a sum of the features
   with normal effects, whose variance is S in all, the part of it that outcomes with the
   information W leave unknown would be the sum of s l / (1 + W s l) over the eigenvalues l of the
   features' covariance, with s = S / sum(l): a Bayesian linear regression (Rasmussen and Williams
   2006, section 2.1). W is one over the variance of the level, rows of one lead sharing their fate.
   S is 1, and more where the model itself tells leads apart by more. It is the one thing here that
   no outcome told.

The sum is multiplied by `_INTERACTIONS`, for what pairs of features hold and no single one does. It
was found on worlds with the seeds 100 to 109 of `benchmarks.intervals`, which judges on others.
Given what is served, true log-odds are taken for normal, with a mean that makes the mean of their
chances the chance that is served (calibration): in log-odds the interval reaches further to the
side of the commoner outcome.
"""

from collections.abc import Iterator, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from features.spec import FeatureSpec
from propensity.model.model import PropensityModel, probability
from propensity.scoring.chance_interval import COVERAGE, ChanceInterval
from training.learn.recipe.learn_evidence import HeldOutModel
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import place_of

Floats = NDArray[np.float64]

#: What the variance is multiplied by for what pairs of features hold.
_INTERACTIONS = 1.3
#: Variance of the log-odds of leads that a model is taken to have to find, at least.
_SIGNAL = 1.0
#: Standard errors on both sides that hold so many of a normal distribution.
_REACH = NormalDist().inv_cdf((1 + COVERAGE) / 2)
#: Most of the standard error, in log-odds.
_WIDEST = 2.0
#: Rows looked at, at most: more change no figure that is shown.
_MOST_ROWS = 20_000
#: Rows whose features are correlated, at most.
_MOST_CORRELATED = 5_000
#: Entries of the table, with about as many rows each, and two more for the ends that hold so
#: small a share of the rows.
_ENTRIES, _END = 10, 0.02
#: Pieces of the broken line of a number.
_PIECES = 3
#: Rows that make a level count, and leads that an entry of the table is made of.
_LEAST_ROWS, _LEAST_LEADS = 20, 20
#: Points and steps of the mean of a normal log-odds' chance.
_POINTS, _STEPS = 21, 60
#: Decimals that are stored: below, threads may show.
_DECIMALS = 6


def learn_interval(
    model: PropensityModel,
    folds: Sequence[HeldOutModel],
    matrix: Floats,
    rows: LabelledRows,
    counts: Floats,
) -> ChanceInterval | None:
    """How far intervals reach, by log-odds; None where no row was held out from a model.

    Args:
        model: Fitted on the rows; the close rate is that observed.
        folds: Models that saw all rows but some, with the positions of those.
        matrix: (n, features) the rows as the model reads them.
        rows: The rows.
        counts: (n,) how much each row counted when the model learned, 0 to 1.
    """
    at = _looked_at(rows, folds, seed=model.config.learner.seed)
    if not len(at):
        return None
    seen, seed = np.asfortranarray(matrix[at]), model.config.learner.seed
    part = rows.take(at)
    weight = part.weight * counts[at]
    log_odds = model.sums(seen).log_odds
    with threadpool_limits(limits=1, user_api="blas"):
        unseen_by = _unseen_by(at, folds, len(rows))
        others = np.column_stack([fold.sums(seen).log_odds for fold, _ in folds])
        own = others[np.arange(len(at)), unseen_by]
        share = len(at) / sum(len(out) for _, out in folds)
        line, level = errors_of_line(own, log_odds, part, weight)
        error = share * line + disagreement(others, unseen_by, log_odds, weight)
        error += left_open(
            _columns(model.spec, seen[_even(len(at), _MOST_CORRELATED, seed)]),
            signal=max(_SIGNAL, _variance(log_odds, weight)),
            information=1 / (share * level),
        )
    return _table(log_odds, _INTERACTIONS * error, part)


def _looked_at(rows: LabelledRows, folds: Sequence[HeldOutModel], *, seed: int) -> NDArray[np.intp]:
    """Positions of rows that were held out; of many, those of leads or accounts drawn at random."""
    if not folds:
        return np.empty(0, dtype=np.intp)
    held_out: NDArray[np.intp] = np.unique(np.concatenate([out for _, out in folds]))
    if len(held_out) <= _MOST_ROWS:
        return held_out
    place = place_of(rows.cluster[held_out], seed=seed)
    return held_out[place < _MOST_ROWS / len(held_out)]


def _even(n: int, most: int, seed: int) -> NDArray[np.intp]:
    """Positions of at most so many of n rows, drawn at random."""
    chosen = np.random.default_rng(seed).permutation(n)[:most]
    return np.sort(chosen)


def _unseen_by(at: NDArray[np.intp], folds: Sequence[HeldOutModel], n: int) -> NDArray[np.intp]:
    """(m,) the number of the model that each row was held out from."""
    number = np.zeros(n, dtype=np.intp)
    for place, (_, out) in enumerate(folds):
        number[out] = place
    return number[at]


def errors_of_line(
    own: Floats, log_odds: Floats, rows: LabelledRows, weight: Floats
) -> tuple[Floats, float]:
    """(n,) variance that the calibration line has at the served log-odds, and the variance of the
    level alone.

    Args:
        own: (n,) log-odds of each row by the model that had not seen it.
        log_odds: (n,) as served.
        rows: The rows.
        weight: (n,) rows that each stood for when the line was fitted.
    """
    chance = probability(own)
    curvature = weight * chance * (1 - chance)
    centre = float(np.average(own, weights=curvature))
    design = np.column_stack([np.ones(len(own)), own - centre])
    information = design.T @ (curvature[:, None] * design)
    pull = design * (weight * (rows.label - chance))[:, None]
    place = np.unique(rows.cluster, return_inverse=True)[1]
    summed = np.column_stack([np.bincount(place, pull[:, k]) for k in (0, 1)])
    bread = np.linalg.pinv(information)
    covariance = bread @ (summed.T @ summed) @ bread
    there = np.column_stack([np.ones(len(log_odds)), log_odds - centre])
    level = float((summed[:, 0] ** 2).sum() / information[0, 0] ** 2)
    return np.einsum("ij,jk,ik->i", there, covariance, there), level


def disagreement(
    others: Floats, unseen_by: NDArray[np.intp], log_odds: Floats, weight: Floats
) -> Floats:
    """(n,) variance of the model of all rows, by the delete-a-group jackknife; 0 of fewer than
    three models.
    """
    models = others.shape[1]
    if models < 3:
        return np.zeros(len(others))
    chance = probability(log_odds)
    metric = (weight * chance * (1 - chance))[:, None]
    design = np.column_stack([np.ones(len(log_odds)), log_odds])
    shared = np.linalg.pinv(design.T @ (metric * design)) @ (design.T @ (metric * others))
    apart = others - design @ shared
    apart[np.arange(len(apart)), unseen_by] = np.nan
    found: Floats = (models - 1) ** 2 / models * np.nanvar(apart, axis=1, ddof=1)
    return found


def left_open(columns: Floats, *, signal: float, information: float) -> float:
    """What outcomes of so much information leave unknown of a signal spread over columns."""
    centred = columns - columns.mean(axis=0)
    size = np.clip(np.linalg.eigvalsh(centred.T @ centred / len(centred)), 0, None)
    if not size.sum() > 0:
        return signal
    each = signal / size.sum()
    return float((each * size / (1 + information * each * size)).sum())


def _columns(spec: FeatureSpec, matrix: Floats) -> Floats:
    """(n, columns) of each feature what a curve can be made of: its levels, or a broken line; all
    features with the same variance.
    """
    found = [np.zeros((len(matrix), 1))]
    for number, feature in enumerate(spec.features):
        pieces = list(
            _levels(matrix[:, number]) if feature.is_category else _broken(matrix[:, number])
        )
        columns = np.column_stack(pieces) if pieces else np.zeros((len(matrix), 1))
        size = float(columns.var(axis=0).sum())
        if size > 0:
            found.append(columns / np.sqrt(size))
    return np.column_stack(found)


def _levels(codes: Floats) -> Iterator[Floats]:
    for code in np.unique(codes):
        if np.sum(codes == code) >= _LEAST_ROWS:
            yield (codes == code).astype(np.float64)


def _broken(values: Floats) -> Iterator[Floats]:
    known = ~np.isnan(values)
    if known.any():
        shares = np.linspace(0, 1, _PIECES + 1)
        knots = np.unique(np.quantile(values[known], shares, method="inverted_cdf"))
        for number in range(1, len(knots)):
            hat = np.zeros(len(values))
            hat[known] = np.interp(values[known], knots, np.arange(len(knots)) == number)
            yield hat
    if np.sum(~known) >= _LEAST_ROWS:
        yield (~known).astype(np.float64)


def _variance(values: Floats, weight: Floats) -> float:
    mean = np.average(values, weights=weight)
    return float(np.average((values - mean) ** 2, weights=weight))


def _table(log_odds: Floats, variance: Floats, rows: LabelledRows) -> ChanceInterval:
    """The mean error of leads that score alike, as reach below and above."""
    leads, weight = len(np.unique(rows.lead)), rows.weight
    entries = int(np.clip(leads // _LEAST_LEADS, 1, _ENTRIES))
    shares = np.arange(1, entries) / entries
    if leads * _END >= _LEAST_LEADS:
        shares = np.array([_END, *shares, 1 - _END])
    edges = np.quantile(log_odds, shares, weights=weight, method="inverted_cdf")
    group = np.searchsorted(np.unique(edges), log_odds, side="left")
    total = np.bincount(group, weight)
    keep = total > 0
    where = np.bincount(group, weight * log_odds)[keep] / total[keep]
    error = np.sqrt(np.bincount(group, weight * variance)[keep] / total[keep])
    error = np.minimum(error, _WIDEST)
    middle = centres(where, error)
    where = np.round(where, _DECIMALS)
    ascending = np.concatenate([[True], np.diff(where) > 0])
    below = np.maximum(where - (middle - _REACH * error), 0)
    above = np.maximum(middle + _REACH * error - where, 0)
    return ChanceInterval(
        log_odds=tuple(where[ascending].tolist()),
        below=tuple(np.round(below, _DECIMALS)[ascending].tolist()),
        above=tuple(np.round(above, _DECIMALS)[ascending].tolist()),
    )


def centres(log_odds: Floats, error: Floats) -> Floats:
    """(n,) means of normal log-odds whose mean chance is the chance of ``log_odds``.

    By Gauss-Hermite quadrature and Newton's method.

    Args:
        log_odds: (n,) log-odds of the mean chance.
        error: (n,) standard deviation of the normal log-odds.
    """
    points, weights = np.polynomial.hermite_e.hermegauss(_POINTS)
    weights = weights / weights.sum()
    wanted, found = probability(log_odds), log_odds.copy()
    for _ in range(_STEPS):
        chance = probability(found[:, None] + error[:, None] * points)
        gap = chance @ weights - wanted
        slope = (chance * (1 - chance)) @ weights
        found -= np.clip(gap / slope, -1.0, 1.0)
    return found
