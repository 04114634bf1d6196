"""A difference of losses between two ways to see the past, beside the noise of leads and of
quarters.

What moves all leads of a quarter alike (a campaign, a price, a holiday) is no noise of leads: a
close rate that jumps about by quarter and never stays makes a short memory look good over leads,
however many there are. How much it jumps is told by the whole history: half the mean square of
successive differences (von Neumann 1941) counts jumps, and a level that moved for good but once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.metrics.metrics import log_losses, sigmoid
from training.learn.rows.snapshots import LabelledRows
from training.learn.tournament.judged_rows import Floats, JudgedRows

#: One-sided confidence with which a gain has to be above 0.
_CONFIDENCE = 0.95
#: Quarters with wins and losses that tell how much the level jumps.
_FEWEST = 3


@dataclass(frozen=True)
class QuarterGap:
    """A mean difference of losses on the same rows, and its standard errors.

    Attributes:
        mean: How far the usual way lies above the other; in nats.
        over_leads: Standard error over leads (accounts).
        over_levels: Standard error by jumps of the level of the judged quarters.
        over_quarters: Standard error by jackknife over quarters (Tukey 1958), which sees all that a
            quarter may change, and sees it badly where they are few; infinite where there is one.
    """

    mean: float
    over_leads: float
    over_levels: float
    over_quarters: float

    @property
    def is_noise(self) -> bool:
        """Whether leads drawn anew, or other quarters, may as well have shown nothing.

        The one-sided 95 % point over leads and levels together, and one standard error over
        quarters.
        """
        both = float(np.hypot(self.over_leads, self.over_levels))
        reach = float(stats.norm.ppf(_CONFIDENCE)) * both
        return not self.mean > max(reach, self.over_quarters)


def quarter_gap(
    later: JudgedRows, quarter: NDArray[np.int64], usual: Floats, other: Floats, *, jumps: float
) -> QuarterGap:
    """How far the losses of the usual way lie above those of another.

    Args:
        later: The judged rows.
        quarter: (n,) number of the quarter that each is in.
        usual: (n,) log-odds by the usual way.
        other: (n,) log-odds by the other.
        jumps: Standard deviation of the level between quarters; see ``level_jumps``.
    """
    label, weight = later.label.astype(np.float64), later.weight
    losses = [np.asarray(log_losses(label, said)) for said in (usual, other)]
    gap = later.gap(losses[0], losses[1])
    place = np.unique(quarter, return_inverse=True)[1]
    chance = sigmoid(usual)
    pull = np.bincount(place, weight * (other - usual) * chance * (1 - chance)) / weight.sum()
    levels = jumps * float(np.sqrt(np.sum(pull**2))) if jumps else 0.0
    each, total = np.bincount(place, weight), np.bincount(place, weight * (losses[0] - losses[1]))
    k, over_quarters = len(each), float("inf")
    if k > 1:
        without = (total.sum() - total) / (each.sum() - each)
        over_quarters = float(np.sqrt((k - 1) / k * np.sum((without - without.mean()) ** 2)))
    return QuarterGap(gap.mean, gap.error, levels, over_quarters)


def level_jumps(rows: LabelledRows, quarter: NDArray[np.int64]) -> float:
    """Standard deviation of the level between quarters, in log-odds, beyond what leads explain.

    Args:
        rows: All rows, judged or not.
        quarter: (n,) number of the quarter that each is in.

    Returns:
        Infinite where fewer than three quarters have wins and losses.
    """
    levels, errors = [], []
    for number in np.unique(quarter):
        own = rows.take(quarter == number)
        rate = own.close_rate
        if not 0 < rate < 1:
            continue
        place = np.unique(own.cluster, return_inverse=True)[1]
        surplus = np.bincount(place, own.weight * (own.label - rate))
        scale = float(own.weight.sum()) * rate * (1 - rate)
        levels.append(np.log(rate) - np.log1p(-rate))
        errors.append(float(np.sum(surplus**2)) / scale**2)
    if len(levels) < _FEWEST:
        return float("inf")
    chance = np.array(errors)
    both = chance[1:] + chance[:-1]
    # a first quarter that is hardly there has hardly a say
    steps = np.average((np.diff(levels) ** 2 - both) / 2, weights=1 / both)
    return float(np.sqrt(max(0.0, float(steps))))
