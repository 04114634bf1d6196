"""Levels of a column that leads come with no more, such as a channel that vanished."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.monitor.counts import check_count, tail_of_a_look

#: Newest weeks that are looked at: a large channel is missed soon, a small one later.
WINDOWS = (2, 4, 8)
#: Weeks before them that say what is usual.
USUAL = 52
#: Weeks that are needed to say it.
FEWEST_WEEKS = 13
#: Share of the usual that is as good as nothing: a late row, or a wrong one.
_NOTHING = 0.1


@dataclass(frozen=True)
class Vanished:
    """A level that hardly any new lead has.

    Attributes:
        level: Place of the level.
        weeks: Newest weeks in which it is missed.
        observed: New leads with it in these weeks.
        expected: Leads expected, of as many new ones.
    """

    level: int
    weeks: int
    observed: float
    expected: float


def vanished(weekly: NDArray[np.float64], *, compared: int | None = None) -> tuple[Vanished, ...]:
    """Levels that new leads should have, and do not.

    What is expected is the level's usual share of the leads that came: when fewer come altogether,
    no level has vanished. A level that comes by fits and starts, or whose share wanders from month
    to month, is given as many more weeks, and one that was as silent in the year before is not
    missed.

    Args:
        weekly: (levels, W) new leads by level and week of their creation, the oldest first.
        compared: Levels that are looked at in all, of all columns; by default those given.

    Returns:
        Each level at most once, with the window that misses it most.
    """
    levels, weeks = weekly.shape
    alarms = (compared or levels) * len(WINDOWS)
    found: dict[int, Vanished] = {}
    for window in WINDOWS:
        usual = weekly[:, max(weeks - window - USUAL, 0) : weeks - window]
        if usual.shape[1] < FEWEST_WEEKS:
            continue
        total, newest = usual.sum(), weekly[:, -window:]
        for level in range(levels):
            before, came = float(usual[level].sum()), float(newest[level].sum())
            expected = before / max(total, 1.0) * float(newest.sum())
            silent_before = _rolling(usual[level], window) <= came
            if came > _NOTHING * expected or silent_before.any():
                continue
            check = check_count(
                came,
                expected,
                before=before,
                dispersion=max(
                    burstiness(usual[level], usual.sum(axis=0), blocks)
                    for blocks in {window, WINDOWS[-1]}
                ),
                tail=tail_of_a_look(alarms, window=window),
            )
            if check.is_below:
                found[level] = Vanished(level, window, came, expected)
    return tuple(found.values())


def _rolling(part: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Sums of all ``window`` weeks in a row."""
    total = np.concatenate([[0.0], np.cumsum(part)])
    sums: NDArray[np.float64] = total[window:] - total[:-window]
    return sums


def burstiness(part: NDArray[np.float64], whole: NDArray[np.float64], window: int) -> float:
    """How many times more the counts of ``window`` weeks vary than by chance, given how many leads
    came: Pearson's chi-squared over its degrees of freedom, at least 1.

    Args:
        part: (W,) counts of weeks.
        whole: (W,) all that came.
        window: Weeks that are taken together.
    """
    blocks = len(part) // window
    if blocks < 3 or not part.sum():
        return 1.0
    n = blocks * window
    counted, all_ = (x[-n:].reshape(blocks, window).sum(axis=1) for x in (part, whole))
    mean = counted.sum() / max(all_.sum(), 1.0) * all_
    used = mean > 0
    chi = float(((counted[used] - mean[used]) ** 2 / mean[used]).sum())
    return max(1.0, chi / max(int(used.sum()) - 1, 1))
