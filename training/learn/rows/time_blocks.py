"""Blocks on which choices are made: rows that teach, and later rows of other leads that judge.

A lead that lives long has rows on both sides of every moment. To leave such leads out of the
earlier rows would leave those that closed early, and a model of them ranks old and young leads the
wrong way round. So the leads are cut into thirds, and each third is judged by a model of the
others.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.learn.rows.snapshots import LabelledRows, sampled
from training.learn.rows.split import crossfit_folds

Positions = NDArray[np.intp]

#: Parts into which leads are cut, to be judged by models of the other parts.
_THIRDS = 3
#: Shares of the rows after which a model is tried on what came next: two, since each is tried by
#: thirds of the leads.
_CUTS = (0.4, 0.7)
#: The same where each lead stands on one side only.
_CUTS_OF_NEW_LEADS = (0.55, 0.70, 0.85)
#: Wins and other episodes that a block needs to learn from, and to judge.
_FEWEST = 5
#: Share of the rows that wins may be, where rows are drawn: of more wins, leads are drawn.
_MOST_WINS = 1 / 3


@dataclass(frozen=True)
class TimeBlock:
    """Rows that teach, and later rows of other leads that judge.

    Attributes:
        cut: Number of the moment that parts earlier from later rows; blocks of one cut judge
            different leads.
        earlier: Positions of the rows to learn from.
        later: Positions of the rows to judge on.
    """

    cut: int
    earlier: Positions
    later: Positions


def blocks_of(
    rows: LabelledRows, *, seed: int, at: tuple[float, ...] | None = None
) -> tuple[TimeBlock, ...]:
    """The blocks on which the recipe chooses, the oldest first; each row judges at most once.

    Where there is no time, the earlier rows are those of other leads. Blocks without enough wins
    and losses to learn from and to judge are left out.

    Args:
        rows: Rows to cut.
        seed: Seed by which leads are put into thirds.
        at: Shares of the rows after which models are tried on what came next; default two, or three
            where each lead stands on one side only.
    """
    everything = np.arange(len(rows))
    if rows.time.min() < rows.time.max():
        ends = list(cuts(rows, everything, at=at or _CUTS_OF_NEW_LEADS))
        if any(_share_leads(rows, *cut) for cut in ends):
            ends = list(cuts(rows, everything, at=at or _CUTS))
        found = [
            block
            for number, cut in enumerate(ends)
            for block in leads_apart(rows, number, *cut, seed=seed)
        ]
    else:
        thirds = crossfit_folds(rows, n_folds=_THIRDS, seed=seed)
        found = [TimeBlock(number, others, third) for number, (others, third) in enumerate(thirds)]
    return usable(rows, found)


def cuts(
    rows: LabelledRows, older: Positions, *, at: tuple[float, ...] = _CUTS
) -> Iterator[tuple[Positions, Positions]]:
    """Earlier rows, and those up to the next cut, of rows that have a time; rounds stay whole."""
    time = rows.round[older]
    ranks = np.sort(time)
    before_newest = ranks[ranks < ranks[-1]][-1]  # of few rounds, the newest is still judged
    ends = dict.fromkeys(min(ranks[int(share * (len(time) - 1))], before_newest) for share in at)
    for start, end in itertools.pairwise([*ends, ranks[-1]]):
        yield older[time <= start], older[(time > start) & (time <= end)]


def leads_apart(
    rows: LabelledRows, cut: int, earlier: Positions, later: Positions, *, seed: int
) -> Iterator[TimeBlock]:
    """The cut itself where no lead stands on both sides; else one block for each third of the
    leads.

    In such a block the third is judged, and the others teach.
    """
    if not _share_leads(rows, earlier, later):
        yield TimeBlock(cut, earlier, later)
        return
    for others, third in crossfit_folds(rows, n_folds=_THIRDS, seed=seed):
        yield TimeBlock(cut, np.intersect1d(earlier, others), np.intersect1d(later, third))


def usable(rows: LabelledRows, blocks: list[TimeBlock]) -> tuple[TimeBlock, ...]:
    """The blocks with enough wins and losses on both sides."""
    return tuple(b for b in blocks if all(_is_enough(rows.take(at)) for at in (b.earlier, b.later)))


def sample_leads(rows: LabelledRows, most_rows: int, *, seed: int) -> LabelledRows:
    """At most so many rows: of leads drawn at random, all wins, and as many of the rest as fit,
    with weights.
    """
    won = int(rows.label.sum())
    if len(rows) <= most_rows:
        return rows
    share = min(1.0, most_rows * _MOST_WINS / max(won, 1))
    clusters, number = np.unique(rows.cluster, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(len(clusters)) < share * len(clusters)
    kept = rows.take(drawn[number])
    kept = replace(kept, weight=kept.weight / share)
    return sampled(kept, most_rows, seed=seed)


def key(rows: LabelledRows) -> NDArray[np.int64]:
    """(n,) a number for each lead, episode and as-of."""
    episode, day = (
        rows.rows["episode"].to_numpy().astype(np.int64),
        rows.rows["as_of_day"].to_numpy().astype(np.int64),
    )
    numbers: NDArray[np.int64] = (rows.lead << 32) + (episode << 24) + day
    return numbers


def _share_leads(rows: LabelledRows, earlier: Positions, later: Positions) -> bool:
    return bool(np.isin(rows.cluster[earlier], rows.cluster[later]).any())


def _is_enough(rows: LabelledRows) -> bool:
    return min(rows.wins, rows.others) >= _FEWEST
