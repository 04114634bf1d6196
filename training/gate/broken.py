"""What may be broken beyond noise: the order of the tenths, calibration, and a segment that fares
worse.

Each of the three looks at many figures at once. It speaks up with a chance of ``alarm`` at most
where nothing is
broken: the limit of each figure is that of a normal (Student) test at its share of ``alarm``
(Bonferroni), which a bootstrap of a thousand draws could not reach. Variances are those of leads
(accounts), not of rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.gate.alike import places
from training.learn.metrics import metrics, recalibration
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.scores_compared import ScoreComparison, told_levels

#: Wins, and losses, that a segment needs to be judged.
_FEWEST = 5


@dataclass(frozen=True)
class Tenths:
    """A worse tenth that closed more often than a better one.

    Attributes:
        better: Its number, 1 for the best scores.
        worse: The other's number.
        rates: Their close rates.
    """

    better: int
    worse: int
    rates: tuple[float, float]


@dataclass(frozen=True)
class Calibrated:
    """How promises and outcomes agree.

    Attributes:
        level: Shift that the log-odds need so that expected wins equal observed ones; perfect is 0.
        slope: Slope of the recalibration; perfect is 1. NaN where it has no answer.
        level_error: Standard error.
        slope_error: Standard error.
    """

    level: float
    slope: float
    level_error: float
    slope_error: float


@dataclass(frozen=True)
class WorseSegment:
    """A segment in which the challenger is worse than the champion.

    Attributes:
        column: Lead column.
        level: Value.
        gain: Log-loss gain there, below 0.
    """

    column: str
    level: str
    gain: float


def disordered(rows: Holdout, score: NDArray[np.float64], *, alarm: float) -> list[Tenths]:
    """Pairs of tenths whose order is broken beyond noise, the widest gap first."""
    tenth = tenths(rows, score)
    mass = np.bincount(tenth, weights=rows.weight, minlength=10).astype(np.float64)
    wins = np.bincount(tenth, weights=rows.weight * rows.label, minlength=10).astype(np.float64)
    rate = wins / np.where(mass > 0, mass, 1.0)
    pull = rows.weight * (rows.label - rate[tenth]) / np.where(mass > 0, mass, 1.0)[tenth]
    clusters, of_row = np.unique(rows.cluster, return_inverse=True)
    by_cluster = (
        np.bincount(of_row * 10 + tenth, weights=pull, minlength=10 * clusters.size)
        .astype(np.float64)
        .reshape(-1, 10)
    )
    limit = float(stats.norm.isf(alarm / 45))
    found = []
    for better, worse in combinations(np.flatnonzero(mass > 0).tolist(), 2):
        gap = rate[worse] - rate[better]
        if gap > limit * _error_of_gap(by_cluster, mass, wins, better, worse):
            found.append(
                (gap, Tenths(better + 1, worse + 1, (float(rate[better]), float(rate[worse]))))
            )
    return [pair for _, pair in sorted(found, key=lambda item: -item[0])]


def tenths(rows: Holdout, score: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) the tenth of its as-of that each row is in, 0 for the best; rows of one score are
    together.
    """
    return np.clip((10 * places(rows, score)).astype(np.int64), 0, 9)


def calibrated(rows: Holdout, score: NDArray[np.float64]) -> Calibrated:
    """Level and slope of a model with their standard errors over leads (accounts): the sandwich of
    White (1982).
    """
    target, weight = rows.label.astype(np.float64), rows.weight
    _, of_row = np.unique(rows.cluster, return_inverse=True)
    level = recalibration.calibration_in_the_large(rows.label, score, weight)
    slope, intercept = recalibration.logistic_line(target, score, weight, start=(1.0, 0.0))
    nan = float("nan")
    level_error = slope_error = nan
    if np.isfinite(level):
        chance = metrics.sigmoid(score + level)
        pull = np.bincount(of_row, weights=weight * (target - chance))
        level_error = float(np.sqrt((pull**2).sum()) / (weight * chance * (1 - chance)).sum())
    if np.isfinite(slope):
        chance = metrics.sigmoid(intercept + slope * score)
        information = weight * chance * (1 - chance)
        centred = score - metrics.mean(score, information)
        pull = np.bincount(of_row, weights=weight * (target - chance) * centred)
        slope_error = float(np.sqrt((pull**2).sum()) / (information * centred**2).sum())
    return Calibrated(level, slope, level_error, slope_error)


def miscalibrated(found: Calibrated, *, alarm: float, tolerance: float) -> dict[str, float]:
    """Which of level and slope are off by more than the tolerance beyond noise, and by how much."""
    limit = float(stats.norm.isf(alarm / 4))  # two figures, two sides
    gaps = {
        "level": (found.level, found.level_error),
        "slope": (found.slope - 1, found.slope_error),
    }
    return {
        name: gap for name, (gap, error) in gaps.items() if abs(gap) - limit * error > tolerance
    }


def worse_segments(
    contest: ScoreComparison, champion: NDArray[np.float64], *, alarm: float
) -> list[WorseSegment]:
    """Segments in which the challenger's log loss is above the champion's beyond noise, the worst
    first.
    """
    looked = list(_judged(contest))
    found = []
    rows, target = contest.rows, contest.rows.label.astype(np.float64)
    gain = metrics.log_losses(target, champion) - metrics.log_losses(target, contest.challenger)
    for column, level, inside in looked:
        weight, mine = rows.weight[inside], gain[inside]
        mean = metrics.mean(mine, weight)
        _, of_row = np.unique(rows.cluster[inside], return_inverse=True)
        pull = np.bincount(of_row, weights=weight * (mine - mean)) / weight.sum()
        limit = float(stats.t.isf(alarm / len(looked), max(pull.size - 1, 1)))
        if mean < -limit * float(np.sqrt((pull**2).sum())) < 0:
            found.append(WorseSegment(column, level, mean))
    return sorted(found, key=lambda worse: worse.gain)


def _judged(contest: ScoreComparison) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Column, value and rows of each segment with enough leads, wins and losses."""
    for segment in contest.segments:
        for place in told_levels(segment, contest.rows.cluster):
            inside = segment.code == place
            part = contest.rows.part(inside)
            if min(part.wins, part.others) >= _FEWEST:
                yield segment.column, segment.levels[place], inside


def _error_of_gap(
    by_cluster: NDArray[np.float64],
    mass: NDArray[np.float64],
    wins: NDArray[np.float64],
    better: int,
    worse: int,
) -> float:
    """Standard error of the gap of two rates; no smaller than that of independent rows of one
    rate.
    """
    robust = float(((by_cluster[:, worse] - by_cluster[:, better]) ** 2).sum())
    pooled = (wins[better] + wins[worse]) / (mass[better] + mass[worse])
    return float(np.sqrt(max(robust, pooled * (1 - pooled) * (1 / mass[better] + 1 / mass[worse]))))
