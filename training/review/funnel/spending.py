"""Visits of the website and what they cost, by month and channel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.intake.monthly import Monthly
from propensity.concepts.wording import plain
from propensity.config.personas import Channel


@dataclass(frozen=True)
class Spending:
    """Rows of the traffic table.

    Attributes:
        month: (k,) months from January 1970.
        channel: (k,) place among the configured channels; -1 where none lists the row's name.
        visits: (k,) visits of the website.
        cost: (k,) NaN where it is not known.
        unlisted: Names that no channel lists.
    """

    month: NDArray[np.int32]
    channel: NDArray[np.int16]
    visits: NDArray[np.float64]
    cost: NDArray[np.float64]
    unlisted: tuple[str, ...] = ()

    def of(
        self, months: Sequence[int], channel: int | None = None
    ) -> tuple[float | None, float | None]:
        """Visits and cost of some months and one channel, or all.

        None where nothing is known of a month.
        """
        if not months or not set(months) <= set(self.month.tolist()):
            return None, None
        inside = np.isin(self.month, list(months))
        if channel is not None:
            inside &= self.channel == channel
        if not inside.any():
            return None, None
        cost = self.cost[inside]
        known = cost[np.isfinite(cost)]
        return float(self.visits[inside].sum()), float(known.sum()) if len(known) == len(
            cost
        ) else None


def spending(monthly: Monthly, channels: Iterable[Channel]) -> Spending:
    """The traffic table with the configured channels."""
    place = {name: number for number, channel in enumerate(channels) for name in channel.listed_as}
    names = monthly.traffic["channel"].to_pylist()
    return Spending(
        month=monthly.traffic["month"].to_numpy(),
        channel=np.array([place.get(name, -1) for name in names], dtype=np.int16),
        visits=monthly.traffic["visits"].to_numpy(),
        cost=monthly.traffic["cost"].fill_null(float("nan")).to_numpy(),
        unlisted=tuple(sorted({plain(name) for name in names if name not in place})),
    )
