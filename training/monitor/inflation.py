"""Whether leads are made to pass the line: more of the open ones pass it, and of those fewer close.

Either alone is no inflation: a good campaign brings more leads over the line, and in a bad quarter
fewer close. Both together are. Each half is asked as strictly as an alarm of its own, so that both
speak at once as rarely even where one of them is true (an intersection-union test, Berger 1982).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.monitor.counts import CountCheck, check_count, tail_of_a_look

#: Newest weeks that are held against those before, at most, and weeks that either side needs.
RECENT, FEWEST_WEEKS = 13, 6
#: The week of what did not happen.
NEVER = -1


@dataclass(frozen=True)
class Inflation:
    """The newest weeks beside those before.

    Attributes:
        weeks: Newest weeks.
        passing: Leads that passed the line in them, and those expected of as many open leads.
        closing: Wins of these leads so far, and those expected of as many leads of that age.
    """

    weeks: int
    passing: CountCheck
    closing: CountCheck

    @property
    def is_inflated(self) -> bool:
        """Whether more pass, and fewer of them close."""
        return self.passing.is_above and self.closing.is_below


def inflation(
    open_leads: NDArray[np.float64],
    entered: NDArray[np.int64],
    won: NDArray[np.int64],
    *,
    now: int | None = None,
    horizon: int,
    volume_spread: float,
    level_spread: float,
    dispersion: float = 1.0,
) -> Inflation | None:
    """Hold the newest weeks against those before.

    What is expected to close follows from the leads that passed before, at the same age: the share
    of those still followed that is won in each week after the line, whether others were lost or
    not.

    Args:
        open_leads: (W,) open leads of each week, the oldest first.
        entered: (n,) week in which each lead first passed the line, 0..W-1.
        won: (n,) week in which it was won, or ``NEVER``.
        now: Whole weeks since the first in which closes are known, W or more; by default W.
        horizon: Weeks after the line in which a win counts.
        volume_spread: How far the number of leads that pass moves by itself, as a share.
        level_spread: How far the share that closes moves by itself, as a share.
        dispersion: How many times more the weekly counts vary than by chance alone.

    Returns:
        None where there are too few weeks.
    """
    weeks = len(open_leads)
    recent = min(RECENT, weeks // 2)
    if recent < FEWEST_WEEKS:
        return None
    first = weeks - recent
    tail = tail_of_a_look(window=recent)
    is_new = entered >= first
    before = float((~is_new).sum())
    rate = before / max(float(open_leads[:first].sum()), 1.0)
    passing = check_count(
        float(is_new.sum()),
        rate * float(open_leads[first:].sum()),
        before=before,
        spread=volume_spread,
        dispersion=dispersion,
        tail=tail,
    )
    age = np.where(won == NEVER, np.iinfo(np.int64).max, won - entered)
    followed = np.minimum(
        (weeks if now is None else now) - entered, horizon
    )  # weeks of each lead that are over
    share, wins = _share_won(age[~is_new], followed[~is_new], horizon)
    expected = float(share[followed[is_new]].sum())
    closing = check_count(
        float((age[is_new] < followed[is_new]).sum()),
        expected,
        before=wins,
        spread=level_spread,
        tail=tail,
    )
    return Inflation(recent, passing, closing)


def _share_won(
    age: NDArray[np.int64], followed: NDArray[np.int64], horizon: int
) -> tuple[NDArray[np.float64], float]:
    """(horizon + 1,) share of leads that is won within 0, 1, … weeks, and the wins it is read off.

    Kaplan and Meier's estimate; a lead that was lost stays among those that could be won.
    """
    weeks = np.arange(horizon)
    is_won = age < followed
    at = np.bincount(age[is_won], minlength=horizon)[:horizon]
    left = (followed[None, :] > weeks[:, None]) & (age[None, :] >= weeks[:, None])
    hazard = at / np.maximum(left.sum(axis=1), 1)
    share = 1 - np.concatenate([[1.0], np.cumprod(1 - hazard)])
    return share, float(is_won.sum())
