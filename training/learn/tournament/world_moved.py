"""How old history counts, and whether columns that tell the time are left out: both ask whether the
world moved.

Candidates are tried as they would be served: a quick model learns from the earlier rows as they
count, its level is that of these rows, and only the slope is the one that fits the later rows best.
So a shorter history that knows today's close rate gets the credit for it. All history stays unless
another way is better beyond noise of leads and of quarters (see
``training.learn.tournament.quarter_gap``): a close rate that jumps about by quarter is no reason to
forget. Then what keeps the most is taken among those that bring half of the
best one's gain: at the earlier cuts a change was younger than it is now, so the best of them
forgets too fast.

Only half-lives are tried. A window may hold a time in which a column never moved, and what a model
makes of such a column means nothing once it does. (On the campaign ordered by time of ``python -m
benchmarks.quality``, a window of a quarter of the older part took the AUC from .745 to .477, and
the half-life of that length takes it to .748.)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.learners.chosen import EVERYTHING, HistoryWeighting, Trees
from training.learn.metrics.explained_order import explained_order
from training.learn.metrics.metrics import log_losses
from training.learn.metrics.recalibration import calibration_in_the_large
from training.learn.rows.quarters import quarters_of
from training.learn.rows.time_blocks import TimeBlock
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.judged_rows import Floats
from training.learn.tournament.quarter_gap import level_jumps, quarter_gap
from training.learn.tournament.recency import unit_length, unit_of
from training.learn.tournament.staged import grow_staged, step_of

#: Shares of the history that half-lives are tried at, the longest first.
_SHARES = (0.5, 0.25, 0.125)
#: A column is a clock if its value explains this share of the variance of the order in time.
_CLOCK = 0.5
#: Standard errors over leads by which later leads have to be judged better without the clocks. Of
#: the quarters nothing is asked: to believe that a level stays is the very fault of a clock.
_CLOCK_GAIN = 2.0
#: Bins of a number that may be a clock.
_BINS = 20
#: The quick model has so many times the learning rate, and so many times fewer trees.
_QUICKER = 2


@dataclass(frozen=True)
class WorldDrift:
    """What was found.

    Attributes:
        past: How old history counts.
        dropped: Names of the features left out.
    """

    past: HistoryWeighting = EVERYTHING
    dropped: tuple[str, ...] = ()


def world_drift(
    arena: Arena, *, pasts: list[HistoryWeighting], clocks: tuple[str, ...], budget: Budget
) -> WorldDrift:
    """The way to see the past that does best on later rows.

    Args:
        arena: The arena with all history and all features.
        pasts: Ways in which history may count, the one that keeps the most first; the first is the
            usual one.
        clocks: Features that may be left out together.
        budget: How much time may be spent.
    """
    usual = WorldDrift(pasts[0])
    tried = {usual: served_log_odds(arena.knowing(usual.past))}
    for past in pasts[1:]:
        if not budget.is_over():
            tried[WorldDrift(past)] = served_log_odds(arena.knowing(past))
    best = _keeps_most(arena, tried)
    if not clocks or budget.is_over():
        return best
    without = {
        each: served_log_odds(arena.without(clocks).knowing(each.past))
        for each in (WorldDrift(past, clocks) for past in dict.fromkeys([pasts[0], best.past]))
    }
    label, later = arena.later.label.astype(np.float64), arena.later
    losses = {each: np.asarray(log_losses(label, said)) for each, said in without.items()}
    rest = min(losses, key=lambda each: later.mean(losses[each]))
    gap = later.gap(np.asarray(log_losses(label, tried[best])), losses[rest])
    return rest if gap.mean > _CLOCK_GAIN * gap.error else best


def _keeps_most(arena: Arena, tried: Mapping[WorldDrift, Floats]) -> WorldDrift:
    """The first, unless the best is better beyond noise; then the first that brings half of its
    gain.
    """
    later = arena.later
    judged = np.concatenate([block.later for block in arena.blocks])
    quarter = quarters(arena, arena.rows.time[judged])
    label = later.label.astype(np.float64)
    said = list(tried.values())
    losses = [np.asarray(log_losses(label, log_odds)) for log_odds in said]
    means = [later.mean(own) for own in losses]
    best = int(np.argmin(means))
    jumps = level_jumps(arena.rows, quarters(arena, arena.rows.time))
    if quarter_gap(later, quarter, said[0], said[best], jumps=jumps).is_noise:
        return next(iter(tried))
    half = (means[0] + means[best]) / 2
    return next(way for way, mean in zip(tried, means, strict=True) if mean <= half)


def quarters(arena: Arena, time: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) number of the quarter that each time lies in."""
    found = quarters_of(arena.rows, arena.config.backtest, flat=arena.config.input.is_flat)
    starts = np.array([quarter.start for quarter in found], dtype=np.int64)
    number: NDArray[np.int64] = np.searchsorted(starts, time, side="right").astype(np.int64)
    return number


def candidates(arena: Arena) -> Iterator[HistoryWeighting]:
    """All history, and half-lives of shares of it, the longest first."""
    yield HistoryWeighting()
    span = (arena.rows.time.max() - arena.rows.time.min()) / unit_length(arena.config)
    for share in _SHARES:
        yield HistoryWeighting(
            how="half_life",
            length=max(1.0, float(np.round(share * span))),
            unit=unit_of(arena.config),
        )


def clocks_of(arena: Arena) -> tuple[str, ...]:
    """Names of the features whose values tell when a row was: at most all but one."""
    time, spec = arena.rows.time, arena.task.spec
    if time.min() == time.max():
        return ()
    found = [
        feature.name
        for column, feature in enumerate(spec.features)
        if explained_order(
            _codes(arena.seen.matrix[:, column], is_category=feature.is_category), time
        )
        >= _CLOCK
    ]
    return tuple(found) if len(found) < len(spec.features) else ()


def _codes(values: Floats, *, is_category: bool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A number per value: codes of a category, bins of about equal share of a number; missing by
    itself.
    """
    known = ~np.isnan(values)
    if is_category or len(np.unique(values[known])) <= _BINS:
        return np.unique(np.where(known, values, -1.0), return_inverse=True)[1].astype(np.int64)
    edges = np.unique(np.quantile(values[known], np.arange(1, _BINS) / _BINS))
    codes = np.searchsorted(edges, values, side="left")
    return np.where(known, codes, len(edges) + 1).astype(np.int64)


def served_log_odds(arena: Arena) -> Floats:
    """(n,) log-odds of the judged rows as served: the level is that of the earlier rows as they
    count.
    """
    written = Trees.of(arena.learner)
    quick = written.model_copy(
        update={
            "learning_rate": min(1.0, _QUICKER * written.learning_rate),
            "trees": max(2, arena.learner.max_trees // _QUICKER),
        }
    )
    return np.concatenate([_served(arena, block, quick) for block in arena.blocks])


def _served(arena: Arena, block: TimeBlock, trees: Trees) -> Floats:
    """(n,) the same of a block's later rows, by the number of trees that does best there."""
    earlier, later = arena.earlier(block), arena.judged(block)
    found = grow_staged(earlier, later, arena.task, trees, step=step_of(trees.trees))
    place, slope = found.best
    own = found.booster.predict(
        earlier.matrix, raw_score=True, num_iteration=int(found.counts[place])
    )
    level = calibration_in_the_large(earlier.label, slope * own, earlier.weight)
    said: Floats = slope * found.scores[place] + level
    return said
