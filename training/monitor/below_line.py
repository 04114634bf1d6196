"""Whether there is gold below the line: the leads of the random slice, worked although nobody would
have handed them over.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.wilson import wilson
from training.monitor.counts import CountCheck, check_count

#: Leads of the slice, and closes expected of them, below which nothing is claimed.
FEWEST_LEADS, FEWEST_CLOSES = 20, 3.0


@dataclass(frozen=True)
class BelowLine:
    """The leads of the random slice whose horizon is over.

    Attributes:
        leads: How many.
        check: Wins among them, and wins that the chances as served let expect.
        low: Lower end of the 95 % interval of the share that was won.
        high: Upper end.
    """

    leads: int
    check: CountCheck
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share that was won."""
        return self.check.observed / self.leads

    @property
    def tells(self) -> bool:
        """Whether there are enough of them to claim anything."""
        enough = max(self.check.expected, self.check.observed) >= FEWEST_CLOSES
        return self.leads >= FEWEST_LEADS and enough


def below_line(
    chance: NDArray[np.float64], won: NDArray[np.bool_], *, level_spread: float
) -> BelowLine | None:
    """Hold the wins of the random slice against the chances as served.

    Args:
        chance: (n,) chance of each lead when it was handed over, 0..1; each lead once, its horizon
            over.
        won: (n,) whether it was won within the horizon.
        level_spread: How far the share that closes moves by itself, as a share.

    Returns:
        None without leads.
    """
    if not len(chance):
        return None
    low, high = wilson(float(won.sum()), float(len(won)))
    check = check_count(float(won.sum()), float(chance.sum()), spread=level_spread)
    return BelowLine(len(chance), check, float(low), float(high))
