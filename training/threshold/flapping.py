"""Leads that come and go: with one line, a lead whose chance wavers around it enters again and
again.

So a lead enters at one line and leaves at a lower one. Where the lower one has to lie is read off a
replay: as high as possible, so that the set holds no leads that are long past, but low enough that
those who left seldom come back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.threshold.nightly_replay import NightlyReplay

#: Share of those who left that may come back within a horizon.
RETURNS = 0.05
#: The lower line lies between this share of the upper one and the upper one itself.
LOWEST_SHARE = 0.3
#: Candidate lower lines.
_STEPS = 15


@dataclass(frozen=True)
class Stays:
    """Who came into the MQL set and left it, as rows of a replay.

    Attributes:
        entered: Rows at which a lead came in; those in it when counting began are not among them.
        again: (len(entered),) whether it had been in the set before.
        left: How often a lead left, early enough that a whole horizon of the replay follows.
        returned: How often such a lead was back within a horizon.
    """

    entered: NDArray[np.intp]
    again: NDArray[np.bool_]
    left: int
    returned: int

    @property
    def return_rate(self) -> float:
        """Share of those who left that were back within a horizon."""
        return self.returned / self.left if self.left else 0.0


def stays(replay: NightlyReplay, chance: NDArray[np.float64], enter: float, leave: float) -> Stays:
    """Live through a replay with an upper and a lower line.

    A lead is in the set from the as-of at which its chance is on the upper line or above until the
    first at which it is below the lower one, or at which the lead is not open any more.

    Args:
        replay: The rows.
        chance: (rows,) what is compared with the lines; 0 where something keeps the lead back.
        enter: The upper line.
        leave: The lower line; at most ``enter``.
    """
    inside = is_in(replay, chance, enter, leave)
    follows = _follows(replay)
    was_inside = np.concatenate([[False], inside[:-1]]) & follows
    entered = np.flatnonzero(inside & ~was_inside & (replay.at > replay.frame.run_in))
    first_of = np.full(len(replay.fates), len(replay), dtype=np.intp)
    np.minimum.at(first_of, replay.episode[inside], np.flatnonzero(inside))
    left, returned = _left(replay, inside)
    return Stays(entered, first_of[replay.episode[entered]] < entered, left, returned)


def is_in(
    replay: NightlyReplay, chance: NDArray[np.float64], enter: float, leave: float
) -> NDArray[np.bool_]:
    """(rows,) whether a lead is in the set at each row."""
    comes, goes = chance >= enter, chance < leave
    starts = ~_follows(replay)
    marks = comes | goes | starts
    last_mark = np.maximum.accumulate(np.where(marks, np.arange(len(marks)), 0))
    inside: NDArray[np.bool_] = comes[last_mark]
    return inside


def lower_line(replay: NightlyReplay, chance: NDArray[np.float64], enter: float) -> float:
    """The highest lower line at which few of those who left are back within a horizon.

    Where none keeps them away, the lowest.
    """
    high = np.flatnonzero(np.bincount(replay.episode[chance >= enter], minlength=len(replay.fates)))
    concerned = np.isin(replay.episode, high)
    few, own = _only(replay, concerned), chance[concerned]
    leaves = [float(f"{share * enter:.2g}") for share in np.linspace(1.0, LOWEST_SHARE, _STEPS)]
    for leave in leaves:
        if stays(few, own, enter, min(leave, enter)).return_rate <= RETURNS:
            return min(leave, enter)
    return leaves[-1]


def _only(replay: NightlyReplay, rows: NDArray[np.bool_]) -> NightlyReplay:
    columns = ("episode", "at", "chance", "obstacle", "raised", "in_line", "area", "segment")
    return NightlyReplay(
        **{**vars(replay), **{name: getattr(replay, name)[rows] for name in columns}}
    )


def _follows(replay: NightlyReplay) -> NDArray[np.bool_]:
    """(rows,) whether the row before is the same episode at the as-of before."""
    same = np.diff(replay.episode, prepend=-1) == 0
    follows: NDArray[np.bool_] = same & (np.diff(replay.at.astype(np.int32), prepend=-2) == 1)
    return follows


def _left(replay: NightlyReplay, inside: NDArray[np.bool_]) -> tuple[int, int]:
    """How often somebody left while a horizon of the replay still followed, and how often they came
    back in it.
    """
    horizon = replay.frame.horizon_days
    day, last = replay.day.astype(np.int64), replay.frame.as_of_days[-1]
    at = np.flatnonzero(inside)
    episode, then = replay.episode[at], day[at]
    step = replay.frame.every_days
    same = np.append(episode[1:] == episode[:-1], False) if len(at) else np.zeros(0, dtype=np.bool_)
    gap = np.append(then[1:] - then[:-1], 0) if len(at) else np.zeros(0, dtype=np.int64)
    gone = ~(same & (gap <= step)) & (then + step + horizon <= last)
    gone &= then >= replay.frame.first_day
    closed = replay.fates.goal_day[episode] <= then + step  # a lead that won has not left
    back = gone & same & (gap <= step + horizon)
    return int((gone & ~closed).sum()), int((back & ~closed).sum())
