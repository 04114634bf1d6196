"""Visits of the website and what they cost, by month and channel, as far as they are known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from features.intake.monthly import Monthly
from propensity.concepts.wording import plain
from propensity.config.personas import Channel
from training.review.funnel.cohorts import Cohorts, Mask

#: A month from January 1970, and the place of a channel among the configured ones; -1 for none.
Cell = tuple[int, int]
#: What the traffic table tells.
SpendingFigure = Literal["visits", "cost"]
FIGURES: tuple[SpendingFigure, ...] = ("visits", "cost")
_CHANNELS = 1 << 16  # more than there are places


@dataclass(frozen=True)
class Spent:
    """Visits or cost, and the months and channels that they are of.

    Attributes:
        total: Sum over the cells.
        cells: Month and channel of all that is known.
    """

    total: float
    cells: tuple[Cell, ...]

    def brought(self, leads: Cohorts) -> Mask:
        """(n,) whether a lead came in one of the cells: what the total may be divided by."""
        known = [month * _CHANNELS + channel for month, channel in self.cells]
        return np.isin(leads.month.astype(np.int64) * _CHANNELS + leads.channel.code, known)


@dataclass(frozen=True)
class Spending:
    """The traffic table.

    A channel's month is known where every name that the channel lists, and that the table holds at
    all, has a figure in it: what is known in part is not known.

    Attributes:
        visits: Cell to visits of the website.
        cost: Cell to what they cost.
        unlisted: Names that no channel lists; they are channel -1 together.
    """

    visits: Mapping[Cell, float] = field(default_factory=dict)
    cost: Mapping[Cell, float] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()

    def of(
        self, figure: SpendingFigure, months: Sequence[int], channel: int | None = None
    ) -> Spent | None:
        """What is known of some months and of one channel, or of all; None where nothing is."""
        known = self.visits if figure == "visits" else self.cost
        inside = set(months)
        cells = tuple(cell for cell in known if cell[0] in inside and channel in (None, cell[1]))
        return Spent(sum(known[cell] for cell in cells), cells) if cells else None


def spending(monthly: Monthly, channels: Iterable[Channel]) -> Spending:
    """The traffic table with the configured channels."""
    place = {name: number for number, channel in enumerate(channels) for name in channel.listed_as}
    rows = monthly.traffic.to_pylist()
    names = {row["channel"] for row in rows}
    listed: dict[int, set[str]] = defaultdict(set)
    for name in names:
        listed[place.get(name, -1)].add(name)

    def known(figure: SpendingFigure) -> dict[Cell, float]:
        found: dict[Cell, dict[str, float]] = defaultdict(dict)
        for row in rows:
            if row[figure] is not None:
                cell = (row["month"], place.get(row["channel"], -1))
                found[cell][row["channel"]] = row[figure]
        return {
            cell: sum(of.values())
            for cell, of in sorted(found.items())
            if of.keys() == listed[cell[1]]
        }

    unlisted = tuple(sorted({plain(name) for name in names if name not in place}))
    return Spending(known("visits"), known("cost"), unlisted)
