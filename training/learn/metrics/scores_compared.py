"""The leads on which models meet: their outcomes, the scores of both, and the segments they are
in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.holdout import Holdout

#: Who met: the models themselves, on leads later than either one's last label; or their recipes,
#: both fitted on what was known before the first judged day; the champion itself and the
#: challenger's recipe; the recipe that both share, retrained and kept from a quarter before; or the
#: first model its baselines.
Mode = Literal["models", "recipes", "champion and recipe", "retrained and kept", "baselines"]

#: Leads (accounts) below which a value is neither judged nor named.
FEWEST_LEADS = 20


@dataclass(frozen=True)
class SegmentColumn:
    """A lead column by whose values figures are broken down.

    Attributes:
        column: Its name.
        levels: Its values.
        code: (n,) place of each row's value in ``levels``; -1 where it is missing.
    """

    column: str
    levels: tuple[str, ...]
    code: NDArray[np.int64]


@dataclass(frozen=True)
class ScoreComparison:
    """Models on the same rows, which none of them learned from.

    Attributes:
        rows: Their outcomes; leads (accounts) are the clusters.
        challenger: (n,) log-odds.
        rivals: What the challenger is compared with, by name: (n,) log-odds each. ``champion``, or
            baselines.
        segments: The values of the columns that figures are broken down by.
        mode: Who met.
        notes: What a reader should know about the meeting, a sentence each.
        same_recipe: Whether the challenger is the champion's own recipe, carried out anew.
        newest: (n,) whether a row is of the newest days, by which calibration is judged; None where
            all are.
        days: The first day of the newest rows, and the day before which their closes lie; None in a
            flat table.
    """

    rows: Holdout
    challenger: NDArray[np.float64]
    rivals: Mapping[str, NDArray[np.float64]]
    segments: tuple[SegmentColumn, ...] = ()
    mode: Mode = "recipes"
    notes: tuple[str, ...] = field(default=())
    same_recipe: bool = False
    newest: NDArray[np.bool_] | None = None
    days: tuple[int, int] | None = None

    @property
    def wins(self) -> int:
        """Different wins (episodes)."""
        return self.rows.wins

    @property
    def leads(self) -> int:
        """Different leads (accounts)."""
        return int(np.unique(self.rows.cluster).size)


def segments_of(values: Mapping[str, NDArray[np.object_]]) -> tuple[SegmentColumn, ...]:
    """Segments by column, from the (n,) values of the rows as text."""
    found = []
    for column, texts in values.items():
        levels, code = np.unique(texts.astype(str), return_inverse=True)
        found.append(SegmentColumn(column, tuple(levels.tolist()), code.astype(np.int64)))
    return tuple(found)


def told_levels(segment: SegmentColumn, cluster: NDArray[np.int64]) -> list[int]:
    """Places of the values that at least ``FEWEST_LEADS`` leads (accounts) have, in the order of
    the values.

    Args:
        segment: The column.
        cluster: (n,) number of each row's lead (account).
    """
    known = segment.code >= 0
    pairs = np.unique(np.stack([segment.code[known], cluster[known]]), axis=1)
    leads = np.bincount(pairs[0], minlength=len(segment.levels))
    return [place for place in range(len(segment.levels)) if leads[place] >= FEWEST_LEADS]
