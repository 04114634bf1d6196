"""Is the level right: what was promised in all beside what closed in all, in points of chance.

Two tests that see what Spiegelhalter's and a slope do not. The total: promised less observed, over
its standard error, in which the rows of a lead (account) count together. The sides: of ten tenths
by chance each lies above or below what was observed; all ten on one side is no accident, even where
no single one is beyond noise. How likely a tenth lies below by chance follows from its expected
wins, counted in leads: where few wins are expected, most draws lie below the mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Floats, sigmoid
from training.learn.metrics.reliability import Bin

#: Standard errors that a test at 5 % needs to see an effect four times out of five: 1.96 + 0.84.
_SEEN = 2.80
#: A p-value below which a test speaks up.
LEVEL = 0.05
#: Tenths below which their sides say nothing.
_FEWEST_TENTHS = 5


@dataclass(frozen=True)
class LevelTest:
    """Promised beside observed, in all.

    Attributes:
        promised: Mean chance, 0..1.
        observed: Close rate, 0..1.
        error: Standard error of their difference over leads (accounts), were the chances right.
        tenths: Tenths by chance.
        above: Tenths among these that promise more than was observed.
        sides_p: Two-sided p-value of so many tenths on one side; NaN where there are too few.
    """

    promised: float
    observed: float
    error: float
    tenths: int
    above: int
    sides_p: float

    @property
    def points(self) -> float:
        """Promised less observed, in points of chance: 2.1 where 7.4 % were promised and 5.3 %
        closed.
        """
        return 100 * (self.promised - self.observed)

    @property
    def z(self) -> float:
        """The difference in standard errors; NaN without any."""
        return (self.promised - self.observed) / self.error if self.error > 0 else float("nan")

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the total."""
        return float(2 * stats.norm.sf(abs(self.z)))

    @property
    def detectable(self) -> float:
        """Points of chance that the total's test would see four times out of five."""
        return 100 * _SEEN * self.error

    @property
    def on_one_side(self) -> bool:
        """Whether all tenths promise too much, or all too little."""
        return self.tenths >= _FEWEST_TENTHS and self.above in (0, self.tenths)

    @property
    def beyond_noise(self) -> bool:
        """Whether the total or the sides are beyond noise."""
        return self.p_value < LEVEL or self.sides_p < LEVEL


def level_test(log_odds: Floats, holdout: Holdout, bins: Sequence[Bin]) -> LevelTest | None:
    """Test the level; None without two leads (accounts).

    Args:
        log_odds: (n,) served log-odds.
        holdout: The rows.
        bins: Its bins by chance; see ``training.learn.metrics.reliability``.
    """
    mass = float(holdout.weight.sum())
    cluster = np.unique(holdout.cluster, return_inverse=True)[1]
    if not mass > 0 or not len(cluster) or cluster.max() < 1:
        return None
    chance = sigmoid(log_odds)
    off = np.bincount(cluster, weights=holdout.weight * (chance - holdout.label)) / mass
    return LevelTest(
        promised=float((holdout.weight * chance).sum() / mass),
        observed=float((holdout.weight * holdout.label).sum() / mass),
        error=float(np.sqrt(np.sum(off**2))),
        tenths=len(bins),
        above=sum(each.promised > each.observed for each in bins),
        sides_p=_sides(bins),
    )


def _sides(bins: Sequence[Bin]) -> float:
    """Two-sided p-value of the number of bins that promise more than was observed."""
    if len(bins) < _FEWEST_TENTHS:
        return float("nan")
    expected = np.array([each.promised * each.leads for each in bins])
    chances = stats.poisson.cdf(np.ceil(expected) - 1, expected)
    ways = np.ones(1)
    for chance in chances:
        ways = np.convolve(ways, [1 - chance, chance])
    above = sum(each.promised > each.observed for each in bins)
    return float(min(1.0, 2 * min(ways[above:].sum(), ways[: above + 1].sum())))
