"""A share of kept promises, week after week: does it lie below what was asked for, has it fallen,
and is a count behind its promise. Pure functions of weekly counts.

Each alarm is false in at most 5 of 100 quarters of weekly looks, where weeks differ by themselves
as much as they did so far.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.metrics.clustered_intervals import CONFIDENCE
from training.monitor.level import growing_tail, moving_tail
from training.threshold.ranges import QUARTER

Counts = NDArray[np.int64]

#: On one side: only what lies below is an alarm.
_ONE_SIDED = 1 - CONFIDENCE
#: Judged hand-overs, and weeks, from which a fall can be told.
_FEWEST, _FEWEST_WEEKS = 20, 4

#: Dispersion of ordinary weeks (a judgement), and how many weeks it counts for.
_ORDINARY, _PRIOR_WEEKS = 1.5, 4

ShareAlarm = Literal["", "low", "fell"]


@dataclass(frozen=True)
class ShareWeek:
    """The share that was kept, at the end of a week.

    Attributes:
        kept: Kept in the newest 13 weeks.
        judged: Judged in them.
        alarm: ``low``: less than was asked for; ``fell``: the week lies below those before it.
    """

    kept: int
    judged: int
    alarm: ShareAlarm


def share_by_week(kept: Counts, judged: Counts, *, least: float) -> tuple[ShareWeek, ...]:
    """Judge a share after each week.

    Args:
        kept: (w,) promises kept in each week, the oldest first.
        judged: (w,) promises judged in each; a week without any says nothing.
        least: Share that is asked for, 0..1.
    """
    found = []
    for week in range(len(kept)):
        newest = slice(max(0, week - QUARTER + 1), week + 1)
        held, asked = kept[newest], judged[newest]
        spread = week_dispersion(held, asked)
        alarm: ShareAlarm = ""
        if judged[week] and _is_low(held, asked, spread, least, week + 1):
            alarm = "low"
        elif judged[week] and _fell(held, asked):
            alarm = "fell"
        found.append(ShareWeek(int(held.sum()), int(asked.sum()), alarm))
    return tuple(found)


def is_behind(counts: Counts, promised: float, *, weeks: int) -> bool:
    """Whether a count lies behind what was promised, more than weeks explain.

    Args:
        counts: (w,) counts of the whole weeks of a quarter so far; 1 to 13.
        promised: Promised per week.
        weeks: Weeks of the quarter.
    """
    expected = promised * len(counts)
    if not len(counts) or not expected > 0:
        return False
    steps = np.diff(counts) ** 2 / (2 * max(float(counts.mean()), 0.5))
    spread = _spread(steps)
    tail = growing_tail(expected / spread, len(counts) * QUARTER / max(weeks, 1), 0.0)
    return bool(stats.poisson.cdf(np.ceil(counts.sum() / spread), expected / spread) < tail)


def week_dispersion(kept: Counts, judged: Counts) -> float:
    """How many times more weekly shares vary than by chance alone; at least 1.

    Read off the differences of neighbouring weeks (von Neumann 1941), which a slow rise or fall
    does not touch.
    """
    some = judged > 0
    held, asked = kept[some], judged[some]
    share = held.sum() / max(asked.sum(), 1)
    if not 0 < share < 1:
        return _spread(np.zeros(0))
    due = share * (1 - share) * (1 / asked[1:] + 1 / asked[:-1])
    return _spread(np.diff(held / asked) ** 2 / due)


def _spread(steps: NDArray[np.float64]) -> float:
    """The dispersion that squared steps between weeks show, drawn towards that of ordinary weeks
    while there are few.
    """
    total = float(steps.sum()) + _PRIOR_WEEKS * _ORDINARY
    return max(1.0, total / (len(steps) + _PRIOR_WEEKS))


def _is_low(kept: Counts, judged: Counts, spread: float, least: float, weeks: int) -> bool:
    asked = judged.sum() / spread
    if judged.sum() < _FEWEST:
        return False
    information = asked * least * (1 - least)
    tail = growing_tail(information, weeks, 0.0) if weeks < QUARTER else moving_tail(0.0)
    return bool(stats.binom.cdf(np.ceil(kept.sum() / spread), round(asked), least) < tail)


def _fell(kept: Counts, judged: Counts) -> bool:
    """The newest week against those before it: beta-binomial, the looks of a quarter together by
    Bonferroni's inequality.
    """
    before, asked = kept[:-1], judged[:-1]
    if (asked > 0).sum() < _FEWEST_WEEKS or asked.sum() < _FEWEST:
        return False
    spread = week_dispersion(before, asked)
    wins, others = before.sum() / spread + 0.5, (asked - before).sum() / spread + 0.5
    later, now = max(1, round(judged[-1] / spread)), np.ceil(kept[-1] / spread)
    by_chance = float(stats.betabinom.cdf(now, later, wins, others))
    # how much weeks differ is itself known from few of them; angles vary alike at every share
    turn = np.arcsin(np.sqrt(kept[-1] / judged[-1])) - np.arcsin(np.sqrt(wins / (wins + others)))
    error = np.sqrt(spread * (1 / judged[-1] + 1 / asked.sum())) / 2
    by_weeks = float(stats.t.cdf(turn / error, (asked > 0).sum() + 1))
    return max(by_chance, by_weeks) < _ONE_SIDED / QUARTER
