"""What the wins are worth: amounts of won deals, by the quadrant a lead was in (of one axis, the
half) where there are enough of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.definition.schema import Policy
from propensity.grading.grading import AREAS
from training.threshold.crossings import Crossings
from training.threshold.figures import LineFigures
from training.threshold.nightly_replay import NightlyReplay
from training.threshold.outcomes import NEVER

#: Amounts from which an area has a mean of its own.
_ENOUGH = 20


@dataclass(frozen=True)
class Deals:
    """Amounts of the deals won by the leads of a replay.

    Attributes:
        mean: Mean amount of all deals; NaN where no amount is known.
        of_area: Mean by area, in the order of ``AREAS``; that of all where an area has few.
        known: Won deals with an amount.
        unknown: Won deals without one.
    """

    mean: float
    of_area: tuple[float, ...]
    known: int
    unknown: int


@dataclass(frozen=True)
class WeeklyWorth:
    """What the leads over each of L lines are worth per week.

    Attributes:
        wins: (L,) expected goals reached, of the leads that newly cross in a week; see
            ``LineFigures.even_precision``.
        value: (L,) the same in the currency of the amounts, less the cost of working all of them;
            NaN where no amount is known.
    """

    wins: NDArray[np.float64]
    value: NDArray[np.float64]

    @property
    def has_value(self) -> bool:
        """Whether any amount is known."""
        return not bool(np.isnan(self.value).all())


def deals(replay: NightlyReplay) -> Deals:
    """Amounts by the area in which a lead was last seen."""
    last = np.flatnonzero(np.diff(replay.episode, append=-1) != 0)
    episode = replay.episode[last]
    amount, won = replay.fates.amount[episode], replay.fates.close_day[episode] < NEVER
    known = won & np.isfinite(amount)
    mean = float(amount[known].mean()) if known.any() else float("nan")
    means = []
    for code in range(len(AREAS)):
        own = known & (replay.area[last] == code)
        means.append(float(amount[own].mean()) if own.sum() >= _ENOUGH else mean)
    return Deals(mean, tuple(means), int(known.sum()), int((won & ~known).sum()))


def worth(
    replay: NightlyReplay, found: Crossings, counted: LineFigures, amounts: Deals, policy: Policy
) -> WeeklyWorth:
    """Expected wins and value per week of every line.

    Args:
        replay: The rows.
        found: Their crossings.
        counted: Their figures.
        amounts: Amounts of won deals.
        policy: Policy with the cost of a contact; none counts as 0.
    """
    wins = counted.per_week * counted.even_precision
    won = found.is_new & replay.is_judged[found.row] & replay.won[found.row]
    amount = np.array(amounts.of_area)[replay.area[found.row]]
    earned = found.total(np.where(won, amount, 0.0))
    per_win = np.divide(
        earned, counted.won, out=np.full(len(counted), amounts.mean), where=counted.won > 0
    )
    return WeeklyWorth(wins, wins * per_win - counted.per_week * (policy.cost_per_contact or 0.0))
