"""The base rate over time: whether leads close as often now as over the whole time that taught."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.metrics.clustered_intervals import CONFIDENCE, proportion
from training.learn.metrics.wilson import NORMAL_95
from training.learn.rows.quarters import Quarter
from training.learn.rows.snapshots import LabelledRows

#: Wins, and others, that the newest quarter and the rest need to be compared.
_LEAST = 5


@dataclass(frozen=True)
class QuarterRate:
    """The close rate of a quarter.

    Attributes:
        quarter: Its name.
        rows: Number of rows of the reference population.
        wins: Weighted wins among them.
        close_rate: 0..1.
        low: Lower end of the 95 % interval over leads.
        high: Upper end of the same interval.
    """

    quarter: str
    rows: float
    wins: float
    close_rate: float
    low: float
    high: float


@dataclass(frozen=True)
class BaseRate:
    """Close rates of the quarters of as-of against the whole time that taught.

    Attributes:
        whole: Close rate of all mature rows.
        quarters: The oldest first, those that have rows.
        difference: Close rate of the newest quarter minus that of all before; NaN where they cannot
            be compared.
        low: Lower end of its 95 % interval over leads.
        high: Upper end of the same interval.
    """

    whole: float
    quarters: tuple[QuarterRate, ...]
    difference: float
    low: float
    high: float

    @property
    def moved(self) -> bool:
        """Whether the newest quarter closes at another rate, beyond noise."""
        return bool(self.low > 0 or self.high < 0)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only."""
        newest = self.quarters[-1] if self.quarters else None
        return {
            "whole": self.whole,
            "newest": None if newest is None else vars(newest),
            "difference": None
            if np.isnan(self.difference)
            else [self.difference, self.low, self.high],
            "moved": self.moved,
        }


def base_rate(rows: LabelledRows, quarters: tuple[Quarter, ...]) -> BaseRate:
    """Compare the quarters' close rates.

    Args:
        rows: All mature rows, before or after sampling: weights count.
        quarters: The quarters of these rows, the oldest first.
    """
    cluster = np.unique(rows.cluster, return_inverse=True)[1]
    parts = [mask for mask in (quarter.of(rows) for quarter in quarters) if mask.any()]
    names = [quarter.name for quarter in quarters if quarter.of(rows).any()]
    rates = tuple(_rate(name, rows, cluster, mask) for name, mask in zip(names, parts, strict=True))
    return BaseRate(rows.close_rate, rates, *_newest_against_rest(rows, cluster, parts))


def _rate(
    name: str, rows: LabelledRows, cluster: NDArray[np.intp], mask: NDArray[np.bool_]
) -> QuarterRate:
    mass, wins = float(rows.weight[mask].sum()), float((rows.weight * rows.label)[mask].sum())
    rate = wins / mass
    error = _errors(rows, cluster, mask)
    leads = len(np.unique(cluster[mask]))
    variance = float(np.sum(error**2)) * leads / max(leads - 1, 1)
    interval = proportion(rate, variance, max(leads, 2), NORMAL_95)
    return QuarterRate(name, mass, wins, rate, interval.low, interval.high)


def _newest_against_rest(
    rows: LabelledRows, cluster: NDArray[np.intp], parts: list[NDArray[np.bool_]]
) -> tuple[float, float, float]:
    """Difference with its interval; a lead with rows on both sides counts on both in one error."""
    unknown = (float("nan"), float("nan"), float("nan"))
    if len(parts) < 2:
        return unknown
    newest, rest = parts[-1], ~parts[-1]
    for part in (rows.take(newest), rows.take(rest)):
        if min(part.wins, part.others) < _LEAST:
            return unknown
    rates = [
        float(np.average(rows.label[mask], weights=rows.weight[mask])) for mask in (newest, rest)
    ]
    error = _errors(rows, cluster, newest) - _errors(rows, cluster, rest)
    leads = len(error)
    deviation = float(np.sqrt(np.sum(error**2) * leads / max(leads - 1, 1)))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, max(leads - 1, 1))) * deviation
    difference = rates[0] - rates[1]
    return difference, difference - half, difference + half


def _errors(
    rows: LabelledRows, cluster: NDArray[np.intp], mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(clusters,) what each lead (account) adds to the error of the close rate of some rows."""
    weight = np.where(mask, rows.weight, 0.0)
    rate = float((weight * rows.label).sum() / weight.sum())
    found: NDArray[np.float64] = (
        np.bincount(cluster, weights=weight * (rows.label - rate)) / weight.sum()
    )
    return found
