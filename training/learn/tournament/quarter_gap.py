"""A difference of losses between two ways to see the past, beside the noise of leads and of
quarters.

What moves all leads of a quarter alike (a campaign, a price, a holiday) is no noise of leads: a
close rate that jumps about by quarter and never stays makes a short memory look good over leads,
however many there are. So a gain is asked of the quarters too.

What is left of it when every quarter has its own level tells who closes, and no jump of the level
can feign it. There, quarters have less of a say: a world that moved within the judged time shows
its gain in the later ones alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.tournament.judged_rows import Floats, JudgedRows

#: One-sided confidence with which a gain has to be above 0, over leads and over quarters.
_CONFIDENCE = 0.95
#: Standard errors over quarters that are asked at most. Of two or three quarters the point of t
#: lies so far out that nothing would ever be found, and this many keep to the confidence all the
#: same in worlds whose level jumps (``python -m benchmarks.choosing --only history``).
_MOST_ERRORS = 2.5
#: The same where every quarter has its own level: standard errors over leads, and over quarters.
_OF_RANKING, _RANKING_QUARTERS = 3.0, 1.0


@dataclass(frozen=True)
class QuarterGap:
    """A mean difference of losses on the same rows, and its standard errors.

    Attributes:
        mean: How far the usual way lies above the other; in nats.
        over_leads: Standard error over leads (accounts).
        over_quarters: Standard error by jackknife over quarters (Tukey 1958), as in
            ``training.backtest.ageing``; infinite where there is one.
        quarters: Quarters that were judged.
    """

    mean: float
    over_leads: float
    over_quarters: float
    quarters: int

    @property
    def is_noise(self) -> bool:
        """Whether leads drawn anew, or other quarters, may as well have shown nothing.

        The one-sided 95 % point of the normal distribution over leads, and of t over quarters, but
        2.5 standard errors there at most. One quarter alone cannot tell.
        """
        if self.quarters < 2:
            return True
        errors = min(_MOST_ERRORS, float(stats.t.ppf(_CONFIDENCE, self.quarters - 1)))
        reach = float(stats.norm.ppf(_CONFIDENCE)) * self.over_leads
        return not self.mean > max(reach, errors * self.over_quarters)

    @property
    def is_noise_of_ranking(self) -> bool:
        """The same of losses in which every quarter has its own level: three standard errors over
        leads, and one over quarters.
        """
        return not self.mean > max(
            _OF_RANKING * self.over_leads, _RANKING_QUARTERS * self.over_quarters
        )


def quarter_gap(
    later: JudgedRows, quarter: NDArray[np.int64], losses: Floats, other: Floats
) -> QuarterGap:
    """How far losses lie above others.

    Args:
        later: The judged rows.
        quarter: (n,) number of the quarter that each is in.
        losses: (n,) losses of the usual way.
        other: (n,) losses of the other.
    """
    gap = later.gap(losses, other)
    place = np.unique(quarter, return_inverse=True)[1]
    weight = np.bincount(place, later.weight)
    total = np.bincount(place, later.weight * (losses - other))
    k = len(weight)
    if k < 2:
        return QuarterGap(gap.mean, gap.error, float("inf"), k)
    without = (total.sum() - total) / (weight.sum() - weight)
    error = float(np.sqrt((k - 1) / k * np.sum((without - without.mean()) ** 2)))
    return QuarterGap(gap.mean, gap.error, error, k)
