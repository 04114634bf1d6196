"""Two models on the same leads: how much better one is, with an interval that resamples leads
(accounts) in pairs.

Both models see the same resamples, so that what makes a lead easy or hard for both cancels out. The
intervals are one-sided percentile bootstrap intervals (Efron and Tibshirani 1993); further out than
the resamples reach, those of a normal distribution with their standard deviation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.learn.metrics import metrics
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.resamples import Resamples

#: Steps of a ranking in a resample.
_STEPS = 2000
#: Resamples below the end of an interval that can be counted off.
_FEWEST_BELOW = 10


@dataclass(frozen=True)
class Difference:
    """What a challenger has more of than a rival.

    Attributes:
        value: Value on the rows as they are.
        low: Lower end of its one-sided interval; NaN where it cannot be formed.
        challenger: The challenger's own figure.
        rival: The rival's.
        high: Upper end of the interval that is one-sided the other way.
    """

    value: float
    low: float
    challenger: float
    rival: float
    high: float


def log_loss_gains(
    rows: Holdout,
    challenger: NDArray[np.float64],
    rivals: Sequence[NDArray[np.float64]],
    draws: Resamples,
    tail: float,
) -> list[Difference]:
    """Log loss of each rival minus that of the challenger, in nats per row: above 0, the challenger
    is better.
    """
    target = rows.label.astype(np.float64)
    losses = [metrics.log_losses(target, score) for score in (challenger, *rivals)]
    sums = [
        np.bincount(draws.of_row, weights=rows.weight * loss, minlength=draws.n_clusters)
        for loss in losses
    ]
    mass = np.bincount(draws.of_row, weights=rows.weight, minlength=draws.n_clusters)
    gains = np.stack([sums[0], *(rival - sums[0] for rival in sums[1:]), mass])
    drawn = np.array([(gains * times).sum(axis=1) for times in draws.times()])
    total = gains.sum(axis=1)
    own = float(total[0] / total[-1])
    return [
        Difference(
            value := float(total[place] / total[-1]),
            _low(drawn[:, place] / drawn[:, -1], tail, value),
            own,
            own + value,
            -_low(-drawn[:, place] / drawn[:, -1], tail, -value),
        )
        for place in range(1, len(rivals) + 1)
    ]


def captured_gains(
    rows: Holdout,
    challenger: NDArray[np.float64],
    rivals: Sequence[NDArray[np.float64]],
    draws: Resamples,
    tail: float,
    *,
    share: float,
) -> list[Difference]:
    """Share of all wins among the best leads of every as-of by the challenger, minus that by each
    rival.

    Args:
        rows: The rows.
        challenger: (n,) its scores.
        rivals: (n,) scores each.
        draws: The resamples.
        tail: Share of the resamples below the interval.
        share: Share of the leads of an as-of that are worked, 0..1.
    """
    models = [_Ranked(rows, score) for score in (challenger, *rivals)]
    values = [model.captured(rows.weight, share) for model in models]
    drawn = np.array(
        [
            [model.captured(weight, share, coarsely=True) for model in models]
            for weight in draws.weights(rows.weight)
        ]
    )
    return [
        Difference(
            gap := values[0] - value,
            _low(drawn[:, 0] - drawn[:, place], tail, gap),
            values[0],
            value,
            -_low(drawn[:, place] - drawn[:, 0], tail, -gap),
        )
        for place, value in enumerate(values[1:], start=1)
    ]


class _Ranked:
    """The rows of every as-of by one model's score, best first, sorted once."""

    def __init__(self, rows: Holdout, score: NDArray[np.float64]) -> None:
        score = metrics.ranked_alike(score)
        self.order = np.lexsort((-score, rows.as_of))
        as_of, ranked = rows.as_of[self.order], score[self.order]
        new_day = np.concatenate([[True], as_of[1:] != as_of[:-1]])[: as_of.size]
        new_score = np.concatenate([[True], ranked[1:] != ranked[:-1]])[: as_of.size]
        self.days = np.flatnonzero(new_day)
        self.steps = np.flatnonzero(new_score | new_day)
        self.coarse = np.union1d(self.steps[:: max(1, self.steps.size // _STEPS)], self.days)
        self.won = rows.label[self.order].astype(np.float64)

    def captured(
        self, weight: NDArray[np.float64], share: float, *, coarsely: bool = False
    ) -> float:
        """Share of the wins in the best ``share`` of every as-of; a score that many have is shared
        in proportion.

        Args:
            weight: (n,) weights of the rows.
            share: 0..1.
            coarsely: Whether neighbours in the ranking are taken together, as if they had one
                score: for an interval, which some thousand steps describe as well.
        """
        steps = self.coarse if coarsely else self.steps
        mass = weight[self.order]
        below, won = (
            _from_zero(np.add.reduceat(value, steps)) for value in (mass, mass * self.won)
        )
        days = np.searchsorted(steps, self.days)
        first = below[days]
        cuts = first + share * (np.append(first[1:], below[-1]) - first)
        total = float(won[-1])
        return (
            float((np.interp(cuts, below, won) - won[days]).sum()) / total
            if total > 0
            else float("nan")
        )


def _from_zero(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(steps)])


def _low(drawn: NDArray[np.float64], tail: float, value: float) -> float:
    """Order statistic at rank tail (B + 1), or that of a normal distribution where too few
    resamples lie below it; NaN where one resample in twenty has no figure.
    """
    formed = np.sort(drawn[~np.isnan(drawn)])
    if formed.size < 0.95 * drawn.size or not formed.size:
        return float("nan")
    if tail * (formed.size + 1) < _FEWEST_BELOW:
        return value - float(stats.norm.isf(tail)) * float(formed.std(ddof=1))
    return float(formed[int(tail * (formed.size + 1)) - 1])
