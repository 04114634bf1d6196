"""What every candidate line would have led to: counted at first crossings, one lead once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from propensity.grading.grading import AREAS
from propensity.model.model import probability
from training.learn.metrics.clustered_intervals import design_effect
from training.learn.metrics.recalibration import logistic_line
from training.threshold.crossings import Crossings
from training.threshold.nightly_replay import NightlyReplay
from training.threshold.outcomes import NEVER

_QUARTILES = (0.25, 0.5, 0.75)
_FEWEST_FOR_A_CURVE = 5


@dataclass(frozen=True)
class LineFigures:
    """Consequences of L candidate lines.

    Attributes:
        lines: (L,) chances, ascending.
        weekly: (L, weeks) leads that newly crossed, by week, the oldest first.
        backlog: (L,) leads over the line at the newest as-of: what waits on day one.
        judged: (L,) first crossings whose horizon is over.
        won: (L,) leads among these that reached the goal within the horizon after crossing.
        design: (L,) how many times more the share of these varies than it would if accounts had one
            lead each.
        captured: (L,) leads that crossed on a day before the one on which they reached the goal.
        wins: Leads that reached the goal during the replay, whether or not they crossed anything.
        rows: (L,) rows on the line or above whose horizon is over: a lead counts once for every
            day.
        row_wins: (L,) rows among these whose lead reached the goal within the horizon.
    """

    lines: NDArray[np.float64]
    weekly: NDArray[np.float64]
    backlog: NDArray[np.int64]
    judged: NDArray[np.int64]
    won: NDArray[np.int64]
    design: NDArray[np.float64]
    captured: NDArray[np.int64]
    wins: int
    rows: NDArray[np.int64]
    row_wins: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def per_week(self) -> NDArray[np.float64]:
        """(L,) leads that newly cross per week."""
        mean: NDArray[np.float64] = self.weekly.mean(axis=1)
        return mean

    @property
    def precision(self) -> NDArray[np.float64]:
        """(L,) share of first crossings that reached the goal; NaN where there is none."""
        return _share(self.won, self.judged)

    @cached_property
    def even_precision(self) -> NDArray[np.float64]:
        """(L,) the precision on a smooth curve through all lines, logit(precision) = a + b
        logit(line).

        For choosing between lines: neighbouring lines win about as often, and of their raw shares
        the luckiest would be chosen, and be missed later. The raw share where too few lines can be
        judged, or none is better than others.
        """
        known = self.judged > 0
        if known.sum() < _FEWEST_FOR_A_CURVE:
            return np.nan_to_num(self.precision)
        logit = np.log(self.lines) - np.log1p(-self.lines)
        weight = self.judged[known].astype(np.float64)
        slope, level = logistic_line(self.precision[known], logit[known], weight)
        if not slope > 0:
            return np.nan_to_num(self.precision)
        return probability(level + slope * logit)

    @property
    def row_precision(self) -> NDArray[np.float64]:
        """(L,) the same over rows: what a pooled count would promise."""
        return _share(self.row_wins, self.rows)

    @property
    def share_captured(self) -> NDArray[np.float64]:
        """(L,) share of wins whose lead crossed before; NaN where nobody won."""
        return _share(self.captured, np.full(len(self), self.wins))

    def nearest(self, per_week: float) -> int:
        """The line with about so many new leads per week."""
        return int(np.argmin(np.abs(self.per_week - per_week)))


@dataclass(frozen=True)
class CrossingGroup:
    """First crossings of one area or segment, or of all.

    Attributes:
        name: Name of the group.
        crossed: Leads that newly crossed in the replay.
        judged: Leads among these whose horizon is over.
        won: Leads among these that reached the goal within it.
    """

    name: str
    crossed: int
    judged: int
    won: int


@dataclass(frozen=True)
class Detail:
    """More about one line.

    Attributes:
        areas: First crossings by quadrant; of one axis by half.
        segments: First crossings by segment of the promises; none where there are no segments.
        days_to_stage: Quartiles of the days from crossing to the stage before the close, of the
            leads that reached it within the horizon; None where there is no stage or nobody did.
        at_stage: Share of judged crossings that had reached that stage before they crossed; None
            without a stage.
        days_to_goal: Quartiles of the days from crossing to the goal, of the leads that reached it
            in the horizon.
    """

    areas: tuple[CrossingGroup, ...]
    segments: tuple[CrossingGroup, ...]
    days_to_stage: tuple[float, float, float] | None
    at_stage: float | None
    days_to_goal: tuple[float, float, float] | None


def figures(replay: NightlyReplay, chance: NDArray[np.float64], found: Crossings) -> LineFigures:
    """Count the consequences of every line.

    Args:
        replay: The rows.
        chance: (rows,) what was compared with the lines.
        found: Their crossings.
    """
    won, judged = replay.won, replay.is_judged
    taught = judged[found.row] & found.is_new
    own = ~replay.raised & (replay.at >= replay.frame.run_in)
    captured, wins = _captured(replay, found)
    return LineFigures(
        lines=found.lines,
        weekly=weekly(replay, found, np.ones(len(found), dtype=np.bool_)),
        backlog=_at_or_above(
            found.lines, chance[own & (replay.at == len(replay.frame.as_of_days) - 1)]
        ),
        judged=_whole(found.total(taught)),
        won=_whole(found.total(taught & won[found.row])),
        design=np.array(
            [
                design_effect(won[rows], replay.fates.cluster[replay.episode[rows]])
                for rows in _judged_at(found, judged)
            ]
        ),
        captured=captured,
        wins=wins,
        rows=_at_or_above(found.lines, chance[judged & own]),
        row_wins=_at_or_above(found.lines, chance[judged & own & won]),
    )


def detail(replay: NightlyReplay, rows: NDArray[np.intp]) -> Detail:
    """Look closer at the first crossings of one line.

    Args:
        replay: The rows.
        rows: Rows of the replay at which leads newly crossed; see ``Crossings.at``.
    """
    judged = rows[replay.is_judged[rows]]
    episode, day = replay.episode[judged], replay.day[judged].astype(np.int64)
    stage, goal = (
        days[episode].astype(np.int64) for days in (replay.fates.stage_day, replay.fates.goal_day)
    )
    has_stage = bool((replay.fates.stage_day < NEVER).any())
    return Detail(
        areas=_groups(replay, rows, replay.area, AREAS),
        segments=_groups(replay, rows, replay.segment, replay.rules.segments),
        days_to_stage=_quartiles(stage - day, replay.frame.horizon_days) if has_stage else None,
        at_stage=float((stage < day).mean()) if has_stage and len(judged) else None,
        days_to_goal=_quartiles(goal - day, replay.frame.horizon_days),
    )


def period_days(replay: NightlyReplay) -> int:
    """Days that one count of new leads spans: a week, or the time between two as-ofs where that is
    longer.
    """
    return max(7, replay.frame.every_days)


def weekly(
    replay: NightlyReplay, found: Crossings, inside: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(L, weeks) leads that newly crossed, counted back from the newest as-of; the days before the
    first whole week are left out.

    Args:
        replay: The rows.
        found: Their crossings.
        inside: (n,) the records that count.
    """
    first, last = replay.frame.first_day, replay.frame.as_of_days[-1]
    # a replay shorter than a week is one stretch of its own
    length = min(period_days(replay), max(last - first, 1))
    ago = (last - replay.day[found.row]) // length
    weeks = (last - first) // length
    columns = [found.total((ago == week) & inside) * 7 / length for week in reversed(range(weeks))]
    return np.stack(columns, axis=1) if columns else np.zeros((len(found.lines), 1))


def _captured(replay: NightlyReplay, found: Crossings) -> tuple[NDArray[np.int64], int]:
    """(L,) wins during the replay whose lead was over the line before, and all such wins.

    Over the line at the midnight with which the day of the win begins is not before: nobody could
    have worked the lead by then.
    """
    goal = replay.fates.goal_day
    start, end = replay.frame.first_day, replay.frame.as_of_days[-1]
    counts = (goal >= start) & (goal <= end)
    unseen = replay.fates.unseen_wins
    wins = int(counts.sum()) + int(((unseen >= start) & (unseen <= end)).sum())
    episode = replay.episode[found.row]
    in_time = counts[episode] & (replay.day[found.row] < goal[episode])
    return _whole(found.total(in_time, stock=True)), wins


def _judged_at(found: Crossings, judged: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    """The judged rows at which leads first cross each line."""
    for line in range(len(found.lines)):
        rows = found.at(line)
        yield rows[judged[rows]]


def _groups(
    replay: NightlyReplay,
    rows: NDArray[np.intp],
    codes: NDArray[np.integer],
    names: tuple[str, ...],
) -> tuple[CrossingGroup, ...]:
    code, judged = codes[rows], replay.is_judged[rows]
    won = judged & replay.won[rows]
    return tuple(
        CrossingGroup(
            name,
            *(int((mask & (code == place)).sum()) for mask in (np.ones_like(judged), judged, won)),
        )
        for place, name in enumerate(names)
    )


def _quartiles(days: NDArray[np.int64], horizon: int) -> tuple[float, float, float] | None:
    reached = days[(days >= 0) & (days < horizon)]
    if not len(reached):
        return None
    low, middle, high = np.quantile(reached, _QUARTILES).tolist()
    return low, middle, high


def _at_or_above(lines: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.int64]:
    """(L,) how many chances lie on each line or above."""
    below = np.searchsorted(np.sort(chance), lines, side="left")
    counts: NDArray[np.int64] = len(chance) - below.astype(np.int64)
    return counts


def _whole(counts: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(counts).astype(np.int64)


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = np.divide(
        part, whole, out=np.full(len(part), np.nan), where=whole > 0
    )
    return share
