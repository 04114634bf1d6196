"""Two groups of leads that a draw parted, and the difference in how many of them closed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.metrics.clustered_intervals import design_effect
from training.learn.metrics.evaluation import Estimate
from training.monitor.counts import tail_of_a_look

#: Leads of each group, and closes of both together, below which nothing is claimed.
FEWEST_LEADS, FEWEST_CLOSES = 50, 10
#: Leads of a group below which a quadrant has no figure.
FEWEST_OF_A_PART = 20
_TAIL = 0.025
#: A difference may be claimed upwards and downwards.
_WAYS = 2


@dataclass(frozen=True)
class TwoArms:
    """Leads that a draw handed over, or left out, beside those it treated the other way.

    Attributes:
        handed: Leads handed over.
        handed_won: Leads among these that reached the goal within the horizon.
        others: Leads that were not.
        others_won: Leads among these that reached the goal within the horizon.
        difference: Share of the first that won less share of the others, with the 95 % interval;
            None where a group is too small.
        claimed: The same, with the wider interval by which something may be claimed, though
            somebody looks every week.
    """

    handed: int
    handed_won: int
    others: int
    others_won: int
    difference: Estimate | None
    claimed: Estimate | None

    @property
    def tells(self) -> bool:
        """Whether there are enough leads and closes to claim anything."""
        enough = min(self.handed, self.others) >= FEWEST_LEADS
        return enough and self.handed_won + self.others_won >= FEWEST_CLOSES

    @property
    def is_shown(self) -> bool:
        """Whether the hand-over made a difference beyond chance."""
        at = self.claimed
        return self.tells and at is not None and not at.low <= 0 <= at.high


def compare(
    handed: NDArray[np.bool_], won: NDArray[np.bool_], cluster: NDArray[np.int64]
) -> TwoArms:
    """What the hand-over changed, of leads that a draw parted.

    Args:
        handed: (n,) whether the draw handed the lead over; each lead once.
        won: (n,) whether it reached the goal within the horizon after the draw.
        cluster: (n,) number of the account, else of the lead.
    """
    arms = [(won[arm], cluster[arm]) for arm in (handed, ~handed)]
    counts = [(len(hits), int(hits.sum())) for hits, _ in arms]
    enough = min(len(hits) for hits, _ in arms) >= FEWEST_OF_A_PART
    return TwoArms(
        *counts[0],
        *counts[1],
        difference=share_difference(*arms, tail=_TAIL) if enough else None,
        claimed=share_difference(*arms, tail=tail_of_a_look(_WAYS, window=13)) if enough else None,
    )


def share_difference(
    first: tuple[NDArray[np.bool_], NDArray[np.int64]],
    second: tuple[NDArray[np.bool_], NDArray[np.int64]],
    *,
    tail: float,
) -> Estimate:
    """The difference of two shares with Newcombe's hybrid score interval (1998, method 10): each
    end is as far away as both Wilson intervals together.

    Each share counts as many leads as its clusters are worth (Korn and Graubard 1998). Accounts
    with leads in both groups make the interval wider than it need be, never narrower.

    Args:
        first: (n,) whether each lead won, and (n,) its cluster; one lead or more.
        second: The same of the others.
        tail: Chance beyond the interval, on either side.

    >>> one, other = np.arange(70) < 56, np.arange(80) < 48
    >>> found = share_difference((one, np.arange(70)), (other, np.arange(80)), tail=0.025)
    >>> round(found.value, 3), round(found.low, 2), round(found.high, 2)
    (0.2, 0.05, 0.34)
    """
    (p, low_p, high_p), (q, low_q, high_q) = (
        _share(won, cluster, tail) for won, cluster in (first, second)
    )
    below = np.hypot(p - low_p, high_q - q)
    above = np.hypot(high_p - p, q - low_q)
    return Estimate(p - q, float(p - q - below), float(p - q + above))


def _share(
    won: NDArray[np.bool_], cluster: NDArray[np.int64], tail: float
) -> tuple[float, float, float]:
    """A share with Wilson's interval on the leads that its clusters are worth."""
    p, z = float(won.mean()), float(stats.norm.isf(tail))
    few = float(stats.t.isf(tail, max(len(np.unique(cluster)) - 1, 1)))
    n = len(won) / design_effect(won, cluster) * (z / few) ** 2
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return p, float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0))
