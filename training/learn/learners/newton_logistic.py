"""A logistic regression of few columns on many rows, and the scores of columns that are not in
it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.model.model import probability

Floats = NDArray[np.float64]

_STEPS = 50
_ENOUGH = 1e-8
#: Keeps columns that say the same from making the information singular; nothing beside one row.
_RIDGE = 1e-6


@dataclass(frozen=True)
class Fit:
    """A fitted regression.

    Attributes:
        design: (n, k) its columns.
        coefficient: (k,) log-odds per unit.
        probability: (n,) fitted.
        information: (k, k) information matrix of the coefficients, penalty included.
        weight: (n,) weight of each row.
    """

    design: Floats
    coefficient: Floats
    probability: Floats
    information: Floats
    weight: Floats

    @property
    def curvature(self) -> Floats:
        """(n,) weight * p * (1 - p)."""
        return self.weight * self.probability * (1 - self.probability)

    def beyond(self, columns: Floats) -> Floats:
        """(n, m) what columns hold that a linear combination of the design's does not, in the fit's
        own metric.
        """
        known = np.linalg.solve(
            self.information, self.design.T @ (self.curvature[:, None] * columns)
        )
        return columns - self.design @ known


def fit(
    design: Floats,
    label: NDArray[np.int8],
    weight: Floats,
    *,
    offset: Floats | None = None,
    penalty: float = _RIDGE,
) -> Fit:
    """Fit by Newton's method with halved steps, with a ridge penalty on every coefficient but the
    first.

    Args:
        design: (n, k); the first column is the constant.
        label: (n,) 0 or 1.
        weight: (n,) 0 or more.
        offset: (n,) log-odds that are given.
        penalty: Penalty on half the square of a coefficient.
    """
    given = np.zeros(len(label)) if offset is None else offset
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = min(penalty, _RIDGE)
    at = np.zeros(design.shape[1])

    def loss(coefficient: Floats) -> float:
        log_odds = given + design @ coefficient
        fitting = np.logaddexp(0, log_odds) - label * log_odds
        return float((weight * fitting).sum() + (ridge * coefficient**2).sum() / 2)

    now = loss(at)
    for _ in range(_STEPS):
        chance = probability(given + design @ at)
        information = _information(design, weight * chance * (1 - chance), ridge)
        step = np.linalg.solve(information, design.T @ (weight * (label - chance)) - ridge * at)
        size = 1.0
        while size > _ENOUGH and loss(at + size * step) > now:
            size /= 2
        before, at = now, at + size * step
        now = loss(at)
        if before - now <= _ENOUGH * max(abs(before), 1.0):
            break
    chance = probability(given + design @ at)
    return Fit(
        design, at, chance, _information(design, weight * chance * (1 - chance), ridge), weight
    )


def _information(design: Floats, curvature: Floats, ridge: Floats) -> Floats:
    found: Floats = design.T @ (curvature[:, None] * design) + np.diag(ridge + _RIDGE)
    return found
