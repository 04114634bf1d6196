"""How uncertain a count of closed leads is beside a count of expected ones: leads of one account
are no independent evidence, and what is expected is itself estimated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from propensity.model.model import PropensityModel, probability

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AccountCorrelation:
    """How far leads of one account close together, beyond what is known of each: an exchangeable
    correlation of their residuals, one for all accounts (Liang and Zeger 1986).

    Attributes:
        correlation: 0..1.
    """

    correlation: float

    @classmethod
    def learned(
        cls,
        lead: NDArray[np.int64],
        cluster: NDArray[np.int64],
        label: NDArray[np.int8],
        chance: Floats,
    ) -> Self:
        """By the method of moments over all pairs of leads of one account, each lead with its first
        row.

        Args:
            lead: (n,) numbers of the leads.
            cluster: (n,) number of the account, else of the lead.
            label: (n,) 1 where the goal was reached.
            chance: (n,) chance of reaching it, by a model that had not seen the lead; 0..1.
        """
        first = np.unique(lead, return_index=True)[1]
        chance, cluster = chance[first], cluster[first]
        pairs = _pairs(np.sqrt(chance * (1 - chance)), cluster)
        together = _pairs(label[first] - chance, cluster)
        return cls(min(max(together / pairs, 0.0), 1.0) if pairs > 0 else 0.0)

    def dispersion(self, expected: Floats, cluster: NDArray[np.int64]) -> float:
        """Variance of the closes of some leads, by that of a binomial with the same mean.

        Args:
            expected: (n,) chance of each lead, 0..1.
            cluster: (n,) number of the account, else of the lead.
        """
        each = expected * (1 - expected)
        mean = float(expected.mean())
        shared = self.correlation * _pairs(np.sqrt(each), cluster) if self.correlation else 0.0
        return (float(each.sum()) + shared) / (len(expected) * mean * (1 - mean))


def _pairs(values: Floats, cluster: NDArray[np.int64]) -> float:
    """Sum of the products of all ordered pairs of different rows of one cluster."""
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    sums = np.add.reduceat(values[order], starts)
    return float((sums * sums).sum() - (values * values).sum())


def expected_errors(
    matrix: Floats,
    models: Sequence[PropensityModel],
    groups: Sequence[tuple[int, NDArray[np.int32]]],
) -> Floats:
    """(groups,) standard error of what is expected of each group: a jackknife that leaves out a
    part of the accounts, for every fold's model was learned without one (Kott 2001).

    Args:
        matrix: (n, features) matrix of the rows.
        models: The folds' models.
        groups: Number of the concept, and rows of the leads.
    """
    expected = np.empty((len(models), len(groups)))
    for number, model in enumerate(models):
        sums = model.concept_sums(matrix)
        for place, (concept, rows) in enumerate(groups):
            without = probability(sums.log_odds[rows] - sums.contributions[rows, concept])
            expected[number, place] = without.sum()
    if len(models) < 2:
        return np.zeros(len(groups))
    share = (len(models) - 1) / len(models)
    errors: Floats = np.sqrt(share * ((expected - expected.mean(axis=0)) ** 2).sum(axis=0))
    return errors
