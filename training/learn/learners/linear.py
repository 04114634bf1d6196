"""The linear learner: plain logistic regression, written as additive terms that go on beyond what
was seen.

It is the baseline that every model has to beat, and so it stands in the tournament itself: where
the world moves, a straight line is often the best guess of what comes next, while trees and splines
stay at the last value they saw.
"""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from features.spec import FIRST_LEVEL, FeatureSpec
from propensity.contributions.terms import CategoryTerm, NumberTerm, Term, Terms
from training.learn.learners.logistic_regression import logistic_regression
from training.learn.learners.trees import FREE, LearnerRows, Monotone

#: A line goes on for so many times the range that was seen, on either side; beyond, it stays where
#: it is.
_BEYOND = 1.0
#: Values further out would overflow when squared.
_LARGEST = 1e100

Floats = NDArray[np.float64]


def fit_linear(rows: LearnerRows, spec: FeatureSpec, *, monotone: Monotone = FREE) -> Terms:
    """Fit a logistic regression with scikit-learn's default ridge (C = 1) on scaled numbers and
    one-hot categories.

    Numbers: median for missing, which has a coefficient of its own, then mean 0 and variance 1 over
    the weighted rows. A number that would go against its decided way has no slope.

    Args:
        rows: What to learn from; both outcomes present.
        spec: The features.
        monotone: Column of a number to +1 (its term never falls) or -1 (never rises).

    Returns:
        Terms of weight 1, each with the mean 0 over the weighted rows; none for a feature that is
        the same in all rows. They depend on nothing but the arguments: not on the number of
        threads.
    """
    columns = [_column(rows, spec, feature) for feature in range(len(spec.features))]
    flat: set[int] = set()
    with threadpool_limits(limits=1):
        while True:
            fitted = _fitted(
                rows,
                [
                    column.without_slope() if column.feature in flat else column
                    for column in columns
                ],
            )
            wrong = {
                column.feature
                for column, own in zip(columns, fitted[1], strict=True)
                if not column.is_category and own[0] * monotone.get(column.feature, 0) < 0
            }
            if not wrong - flat:
                break
            flat |= wrong
    intercept, terms = fitted[0], []
    for column, own in zip(columns, fitted[1], strict=True):
        if column.varies:
            term, mean = column.term(own, rows.weight)
            terms.append(term)
            intercept += mean
    return Terms(intercept=intercept, terms=tuple(terms))


class _Column:
    """A feature as columns of the regression: a scaled number and its missing mark, or a mark per
    code.
    """

    def __init__(
        self,
        feature: int,
        design: Floats,
        values: Floats,
        *,
        codes: int,
        centre: float,
        scale: float,
    ) -> None:
        self.feature, self.design, self.codes = feature, design, codes
        self._values, self._centre, self._scale = values, centre, scale

    @property
    def is_category(self) -> bool:
        return self.codes > 0

    @property
    def varies(self) -> bool:
        return bool((self.design != self.design[0]).any())

    def without_slope(self) -> "_Column":
        design = self.design.copy()
        design[:, 0] = 0.0
        return _Column(
            self.feature, design, self._values, codes=0, centre=self._centre, scale=self._scale
        )

    def term(self, own: Floats, weight: Floats) -> tuple[Term, float]:
        """The term centred on the rows, and what the intercept gains by that."""
        mean = float(np.sum(weight * np.sum(self.design * own, axis=1)) / np.sum(weight))
        if self.is_category:
            return CategoryTerm(feature=self.feature, levels=tuple((own - mean).tolist())), mean
        gone = np.isnan(self._values)
        known = self._values[~gone]
        missing = float(own[0] * self.design[gone, 0][0] + own[1]) - mean if gone.any() else 0.0
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        reach = _BEYOND * (high - low)
        knots = (low - reach, high + reach) if reach > 0 else (low,)
        values = tuple(float(own[0] * (knot - self._centre) / self._scale - mean) for knot in knots)
        return NumberTerm(feature=self.feature, knots=knots, values=values, missing=missing), mean


def _column(rows: LearnerRows, spec: FeatureSpec, feature: int) -> _Column:
    values = rows.matrix[:, feature]
    if spec.features[feature].is_category:
        codes = FIRST_LEVEL + len(spec.features[feature].levels)
        known = np.where((values >= 0) & (values < codes), values, 0).astype(np.int64)
        return _Column(feature, np.eye(codes)[known], values, codes=codes, centre=0.0, scale=1.0)
    values = np.clip(values, -_LARGEST, _LARGEST)
    gone = np.isnan(values)
    filled = np.where(gone, np.median(values[~gone]) if not gone.all() else 0.0, values)
    centre = float(np.average(filled, weights=rows.weight))
    scale = float(np.sqrt(np.average((filled - centre) ** 2, weights=rows.weight))) or 1.0
    design = np.column_stack([(filled - centre) / scale, gone.astype(np.float64)])
    return _Column(feature, design, values, codes=0, centre=centre, scale=scale)


def _fitted(rows: LearnerRows, columns: list[_Column]) -> tuple[float, list[Floats]]:
    """The intercept, and the coefficients of each feature's columns."""
    design = np.column_stack([column.design for column in columns])
    model = logistic_regression()
    model.fit(design, rows.label, sample_weight=rows.weight)
    ends = np.cumsum([column.design.shape[1] for column in columns])
    return float(model.intercept_[0]), np.split(model.coef_[0].astype(np.float64), ends[:-1])
