"""Where the zeros of the axes lie, by standardisation, and how far another draw of leads would move
them.

Every lead of the reference population is given the same fit and keeps its own interest; the mean of
the chances is the close rate that goes with this fit (the g-formula: Robins 1986; Hernán and Robins
2020, chapter 13). So no group means are formed and nothing is smoothed, and the rate rises with the
fit without a jump.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from propensity.model.model import PropensityModel
from propensity.model.model_parts import BOTH_AXES, AxisCurve, AxisNoise, Reference
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.metrics import sigmoid
from training.learn.metrics.recalibration import shift_to
from training.learn.recipe.learn_evidence import HeldOutModel

#: Points of a curve around the zero of the population's own average: close together there (.02),
#: six log-odds away at the ends, where a rate is 400 times the odds.
GRID = 0.5 * np.sinh(np.linspace(-3.2, 3.2, 161))
#: Groups of equally many rows that tell how leads are spread along an axis, and the fewest leads of
#: one.
GROUPS, FEWEST_LEADS = 200, 20
#: Range of an axis below which it tells no lead from another.
_FLAT = 1e-9
#: Width of the steps in which what all other features add is counted.
_STEP = 0.01


def with_curves(
    model: PropensityModel, seen: LearnerRows, folds: Sequence[HeldOutModel] = ()
) -> Reference:
    """The reference population with the axes there are, and the curve and the noise of both.

    Args:
        model: Fitted on the rows.
        seen: The rows, with the population's weights.
        folds: Models with the rows that each had not seen; without two of them no noise is known.
    """
    reference, sums, rate = model.reference, model.sums(seen.matrix), _rate(seen.label, seen.weight)
    noises = [AxisSpread(seen), AxisSpread(seen)]
    for fold, held_out in folds:
        other = fold.sums(seen.matrix)
        for noise, axis in zip(noises, (other.fit, other.interest), strict=True):
            noise.add(axis, other.log_odds, held_out)
    found: dict[str, object] = {"axes": model.spec.axes or BOTH_AXES}
    groups = max(min(reference.leads // FEWEST_LEADS, GROUPS), 1)
    for name, axis, noise in zip(BOTH_AXES, (sums.fit, sums.interest), noises, strict=True):
        curve = axis_curve(axis, sums.log_odds, rate, seen.weight)
        found[f"{name}_curve"] = curve
        if len(folds) > 1 and len(curve) > 1:
            found[f"{name}_noise"] = noise.told(axis, groups)
    return reference.model_copy(update=found)


def axis_curve(
    axis: NDArray[np.float64],
    log_odds: NDArray[np.float64],
    rate: float,
    weight: NDArray[np.float64],
) -> AxisCurve:
    """The close rate of a population, were every row to stand at the same place of an axis.

    Chances are moved together until their mean is the observed rate, so that the zero of a
    population's own average lies among its rows.

    Args:
        axis: (n,) log-odds of the axis.
        log_odds: (n,) log-odds of each row: base and both axes.
        rate: Observed close rate of the rows; 0..1.
        weight: (n,) rows of the population that each stands for.

    Returns:
        Points (log-odds of the axis, rate), both ascending; a single one, the mean and the rate,
        where the axis does not vary.
    """
    if np.ptp(axis) <= _FLAT:
        return ((float(np.average(axis, weights=weight)), rate),)
    zero, rest, share = _standardised(axis, log_odds, rate, weight)
    at = zero + GRID
    # a matrix product depends on threads
    rates = (sigmoid(at[:, None] + rest) * share).sum(axis=1)
    return tuple(zip(at.tolist(), np.maximum.accumulate(rates).tolist(), strict=True))


class AxisSpread:
    """The zero of an axis, and the rows' distances from it, by models that each did without a group
    of leads.

    Their spread is what another draw of as many leads would do (the delete-a-group jackknife: Kott
    2001): to the population, to its close rate and to what the learner makes of it. The slope of
    the calibration is taken as known.

    Args:
        seen: All rows, with the population's weights.
    """

    def __init__(self, seen: LearnerRows) -> None:
        self.seen, self.rate = seen, _rate(seen.label, seen.weight)
        self._zeros: list[tuple[float, float]] = []
        self._sum, self._squares = np.zeros((2, len(seen.label)))

    def add(
        self,
        axis: NDArray[np.float64],
        log_odds: NDArray[np.float64],
        held_out: NDArray[np.intp],
    ) -> None:
        """One of the models: what it makes of all rows, and the positions of those it did
        without.
        """
        kept = np.ones(len(axis), dtype=np.bool_)
        kept[held_out] = False
        weight = self.seen.weight[kept]
        rate = _rate(self.seen.label[kept], weight)
        zero, rest, share = _standardised(axis[kept], log_odds[kept], rate, weight)
        self._zeros.append((zero, _solved(self.rate, rest, share)))
        self._sum += axis - zero
        self._squares += (axis - zero) ** 2

    def told(self, axis: NDArray[np.float64], groups: int) -> AxisNoise:
        """The noise of the axis.

        Args:
            axis: (n,) log-odds of the axis by the model that is served.
            groups: Number of groups of equally many rows.
        """
        n = len(self._zeros)
        own, fixed = np.sqrt((n - 1) * np.var(self._zeros, axis=0)).tolist()
        variance = (n - 1) * np.maximum(self._squares / n - (self._sum / n) ** 2, 0.0)
        order = np.argsort(axis, kind="stable")
        weight = self.seen.weight[order]
        share = (np.cumsum(weight) - weight / 2) / weight.sum()
        group = np.unique((share * groups).astype(np.int64), return_inverse=True)[1]
        weights = np.bincount(group, weights=weight)
        at = np.bincount(group, weights=weight * axis[order]) / weights
        error = np.sqrt(np.bincount(group, weights=weight * variance[order]) / weights)
        return AxisNoise(
            own_rate=own,
            fixed_rate=fixed,
            leads=tuple(zip(at.tolist(), error.tolist(), strict=True)),
        )


def _standardised(
    axis: NDArray[np.float64],
    log_odds: NDArray[np.float64],
    rate: float,
    weight: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The zero at the population's own average, and what everything but the axis adds, as values
    and their shares.
    """
    shift = _solved(rate, log_odds, weight)
    rest = log_odds - axis + shift
    step = np.floor((rest - rest.min()) / _STEP).astype(np.int64)
    step = np.unique(step, return_inverse=True)[1]
    share = np.bincount(step, weights=weight)
    rest = np.bincount(step, weights=weight * rest) / share
    share = share / share.sum()
    return _solved(rate, rest, share), rest, share


def _solved(rate: float, log_odds: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """What is added to all log-odds for the mean chance to be a rate; nothing where no row, or
    every row, is a win.
    """
    return shift_to(rate, log_odds, weight) if 0 < rate < 1 else 0.0


def _rate(label: NDArray[np.int8], weight: NDArray[np.float64]) -> float:
    return float((weight * label).sum() / weight.sum())
