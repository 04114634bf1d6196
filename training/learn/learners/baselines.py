"""What every model must beat: the base rate, lead age alone, plain logistic regression and a points
table.

A baseline is an object with ``fit(matrix, label, weight)``, which returns something with
``log_odds(matrix)``:

* ``matrix``: one row per snapshot, one column per feature, shape ``(n, k)``, NaN where unknown. A
  categorical column holds codes: 0 other, 1 missing, 2 and up the values. * ``label``: 1 for a win,
  0 for none, shape ``(n,)``. * ``weight``: how many rows of the reference population the row stands
  for, zero or more, shape ``(n,)``.

``fit`` raises ``ValueError`` when the shapes differ, a label is not 0 or 1, a weight is negative,
wins or losses are missing altogether, or a column number is outside the matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from features.spec import FeatureSpec
from training.learn.learners import points_regression
from training.learn.learners.logistic_regression import logistic_regression
from training.learn.learners.points_regression import PointsRows
from training.learn.learners.points_table import PointsRow, total
from training.learn.metrics.metrics import Floats, Labels, check_labels, check_weights, logit, mean
from training.learn.metrics.recalibration import logistic_line

AGE_BINS = 20
PRIOR_ROWS = 2.0  # Laplace's two extra rows, at the average close rate instead of one half


class FittedBaseline(Protocol):
    """A baseline that has seen its training rows."""

    def log_odds(self, matrix: Floats) -> NDArray[np.float64]:
        """Return the log-odds of each row, finite, shape ``(n,)``."""
        ...


class Baseline(Protocol):
    """A way to predict that needs no more than a spreadsheet, or one call of a library."""

    def fit(self, matrix: Floats, label: Labels, weight: Floats) -> FittedBaseline:
        """Learn from the training rows."""
        ...


@dataclass(frozen=True)
class BaseRateBaseline:
    """Every lead closes at the average rate."""

    def fit(self, matrix: Floats, label: Labels, weight: Floats) -> "FittedBaseRate":
        """Learn the weighted close rate."""
        _check(matrix, label, weight)
        return FittedBaseRate(mean(label, weight))


@dataclass(frozen=True)
class FittedBaseRate:
    """One close rate, above 0 and below 1."""

    rate: float

    def log_odds(self, matrix: Floats) -> NDArray[np.float64]:
        """Return the same log-odds for every row."""
        return np.full(len(matrix), logit(self.rate))


@dataclass(frozen=True)
class LeadAgeBaseline:
    """The close rate of leads of the same age: quantile bins of one column, in any shape, with a
    bin for NaN.

    Attributes:
        column: number of the column.
        bins: quantile bins to form; fewer where many leads share an age.
    """

    column: int
    bins: int = AGE_BINS

    def fit(self, matrix: Floats, label: Labels, weight: Floats) -> "FittedLeadAge":
        """Learn bins and their close rates, each with two extra rows at the average rate.

        The m-estimate (Cestnik 1990), which is Laplace's rule of succession with the average in
        place of one half: a bin that nobody was in gets the average.
        """
        _check(matrix, label, weight, columns=[self.column])
        age = matrix[:, self.column]
        edges = _quantiles(age, weight, self.bins)
        place = _bin_of(age, edges)
        rows = np.bincount(place, weights=weight, minlength=edges.size + 2)
        wins = np.bincount(place, weights=weight * label, minlength=edges.size + 2)
        rates = (wins + PRIOR_ROWS * mean(label, weight)) / (rows + PRIOR_ROWS)
        return FittedLeadAge(self.column, edges, rates)


@dataclass(frozen=True)
class FittedLeadAge:
    """Close rate per bin.

    Attributes:
        column: number of the column.
        edges: the greatest value of each bin but the last, increasing, shape ``(b - 1,)``.
        rates: close rates of the ``b`` bins and, last, of NaN; above 0 and below 1.
    """

    column: int
    edges: NDArray[np.float64]
    rates: NDArray[np.float64]

    def log_odds(self, matrix: Floats) -> NDArray[np.float64]:
        """Return the log-odds of each row's bin."""
        return np.asarray(logit(self.rates)[_bin_of(matrix[:, self.column], self.edges)])


@dataclass(frozen=True)
class Logistic:
    """Logistic regression as anyone would run it first: scikit-learn's, with its default penalty
    (L2, C = 1).

    Numbers: median for missing, a column that says so, then mean 0 and variance 1 (medians and
    scales count rows, not
    weights: plain is what it should be). Categories: one column per value; values unseen in
    training count for nothing.

    Attributes:
        categorical: numbers of the columns that hold category codes.
    """

    categorical: Sequence[int] = ()

    def fit(self, matrix: Floats, label: Labels, weight: Floats) -> "FittedLogistic":
        """Learn the coefficients by maximum penalised likelihood (Newton); the same bits on any
        number of threads.
        """
        _check(matrix, label, weight, columns=self.categorical)
        pipeline = _logistic_pipeline(self.categorical, matrix.shape[1])
        with threadpool_limits(limits=1):
            return FittedLogistic(
                pipeline.fit(matrix, label, logisticregression__sample_weight=weight)
            )


@dataclass(frozen=True)
class FittedLogistic:
    """A fitted scikit-learn pipeline."""

    pipeline: Pipeline

    def log_odds(self, matrix: Floats) -> NDArray[np.float64]:
        """Return the linear predictor of each row."""
        with threadpool_limits(limits=1):
            return np.asarray(self.pipeline.decision_function(matrix), dtype=np.float64)


@dataclass(frozen=True)
class PointsTable:
    """The points table of the closed loop, as a company would type it into its marketing tool.

    Points become a probability by Platt's (1999) one-variable fit, so that they can be compared on
    every figure; this does not change who ranks above whom.

    Attributes:
        spec: What the columns of the matrix mean.
        lead: (n,) whose look each training row is.
        seed: The same seed draws the same rows of a large history.
    """

    spec: FeatureSpec
    lead: NDArray[np.integer]
    seed: int = 0

    def fit(self, matrix: Floats, label: Labels, weight: Floats) -> "FittedPointsTable":
        """Learn the points, then the line from points to log-odds."""
        _check(matrix, label, weight)
        rows = PointsRows(self.lead, np.asarray(label, np.int8), np.asarray(weight, np.float64))
        known = np.asarray(matrix, np.float64)
        lines = points_regression.learn(self.spec, known, rows, seed=self.seed)
        return FittedPointsTable(lines, *_platt(total(matrix, lines), label, weight))


@dataclass(frozen=True)
class FittedPointsTable:
    """Points, and what they mean.

    Attributes:
        lines: What earns points, the most first.
        slope: Log-odds per point.
        intercept: Log-odds of a lead without points.
    """

    lines: tuple[PointsRow, ...]
    slope: float
    intercept: float

    def points(self, matrix: Floats) -> NDArray[np.int64]:
        """Return the sum of each row's points, shape ``(n,)``."""
        return total(matrix, self.lines)

    def log_odds(self, matrix: Floats) -> NDArray[np.float64]:
        """Return the log-odds of each row's points."""
        return np.asarray(self.intercept + self.slope * self.points(matrix))


def fit_baselines(
    matrix: Floats,
    label: Labels,
    weight: Floats,
    *,
    age: int | None = None,
    categorical: Sequence[int] = (),
    points: PointsTable | None = None,
) -> dict[str, FittedBaseline]:
    """Fit every baseline on the same training rows.

    Args:
        matrix: features, shape ``(n, k)``.
        label: 1 for a win, 0 for none, shape ``(n,)``.
        weight: rows each row stands for, shape ``(n,)``.
        age: column of the lead's age in days; ``None`` where the data have none, then there is no
            ``lead_age``.
        categorical: columns that hold category codes.
        points: the points table; ``None`` leaves it out.

    Returns:
        The fitted baselines by name: ``base_rate``, ``lead_age``, ``logistic``, ``points_table``.

    Raises:
        ValueError: as the module says.
    """
    baselines: dict[str, Baseline] = {"base_rate": BaseRateBaseline()}
    if age is not None:
        baselines["lead_age"] = LeadAgeBaseline(age)
    baselines["logistic"] = Logistic(categorical)
    if points is not None:
        baselines["points_table"] = points
    return {name: baseline.fit(matrix, label, weight) for name, baseline in baselines.items()}


def _quantiles(value: Floats, weight: Floats, bins: int) -> NDArray[np.float64]:
    """Different inner borders of ``bins`` bins of equal weight, each one of the known values; never
    the greatest.
    """
    known = ~np.isnan(value) & (weight > 0)
    if not known.any():
        return np.empty(0)
    shares = np.arange(1, bins) / bins
    edges = np.unique(
        np.quantile(value[known], shares, weights=weight[known], method="inverted_cdf")
    )
    return np.asarray(edges[edges < value[known].max()])


def _bin_of(value: Floats, edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number of each value's bin, 0 to b - 1; b for NaN."""
    return np.where(np.isnan(value), edges.size + 1, np.searchsorted(edges, value, side="left"))


def _logistic_pipeline(categorical: Sequence[int], n_columns: int) -> Pipeline:
    numeric = [column for column in range(n_columns) if column not in set(categorical)]
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    values = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((numbers, numeric), (values, list(categorical)))
    return make_pipeline(columns, logistic_regression())


def _platt(points: NDArray[np.int64], label: Labels, weight: Floats) -> tuple[float, float]:
    """Slope and intercept on Platt's softened targets, finite even where points part wins from
    losses.
    """
    wins = float(np.sum(weight * label))
    losses = float(np.sum(weight)) - wins
    target = np.where(label == 1, (wins + 1) / (wins + 2), 1 / (losses + 2))
    if points.min() == points.max():  # nothing earned points
        return 0.0, float(logit(mean(label, weight)))
    return logistic_line(target, points.astype(np.float64), weight)


def _check(matrix: Floats, label: Labels, weight: Floats, columns: Sequence[int] = ()) -> None:
    if matrix.ndim != 2 or not matrix.shape[:1] == label.shape == weight.shape:
        raise ValueError(
            f"expected a matrix (n, k), labels (n,) and weights (n,), got {matrix.shape},"
            f" {label.shape} and {weight.shape}: pass one row, label and weight per snapshot"
        )
    check_labels(label)
    check_weights(weight)
    outside = [column for column in columns if not 0 <= column < matrix.shape[1]]
    if outside:
        raise ValueError(
            f"expected columns 0 to {matrix.shape[1] - 1}, got {outside}: number them from 0"
        )
    wins, rows = np.count_nonzero((label == 1) & (weight > 0)), np.count_nonzero(weight > 0)
    if not 0 < wins < rows:
        raise ValueError(
            f"expected wins and losses among the training rows, got {wins} rows of wins among"
            f" {rows}: take a longer history"
        )
