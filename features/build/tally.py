"""Counting: what a row's events amount to, in integers, so that no sum depends on the order of the
events.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.spec import Measure

Ints = NDArray[np.int64]

#: The decayed count is held in this fixed point: an event of today counts 2^20.
DECAY_UNIT = 1 << 20
#: Values are held in millionths.
MILLION = 1e6
#: Days of the momentum: last week against the three before.
WEEK, FOUR_WEEKS = 7, 28
#: Stands for the moment of an event without a value.
NO_MOMENT = -(1 << 62)
#: Bits for an age in days (717 years) in a sort key.
_AGE_BITS = 18
#: Values are summed in two halves of this many bits: their sum may need more than 64.
_LOW_BITS = 32


@dataclass(frozen=True)
class Hits:
    """Events that count for rows; all arrays have shape (n,), in any order.

    Attributes:
        row: Number of the row; 0 or more.
        kind: Code of the kind of behaviour; 0 or more.
        age: Whole days before the row's as-of; 1 or more.
        value: Value in millionths; 0 where there is none. None when no event has one.
        moment: Microseconds since 1970, or ``NO_MOMENT`` where the event has no value. None when no
            event has one.
    """

    row: Ints
    kind: Ints
    age: Ints
    value: Ints | None = None
    moment: Ints | None = None

    def take(self, chosen: NDArray[np.bool_]) -> "Hits":
        """The chosen events."""
        value, moment = (
            None if array is None else array[chosen] for array in (self.value, self.moment)
        )
        return Hits(self.row[chosen], self.kind[chosen], self.age[chosen], value, moment)


class Tally:
    """Events gathered into groups of one row and one kind.

    Attributes:
        row: (groups,) number of the row.
        kind: (groups,) code of the kind.
    """

    def __init__(self, hits: Hits, *, half_life_days: float) -> None:
        """Sort the events by row, kind and age."""
        self._hits, self._half_life = hits, half_life_days
        self._kinds = int(hits.kind.max(initial=0)) + 1
        key = np.sort(((hits.row * self._kinds + hits.kind) << _AGE_BITS) | hits.age)
        self._age = key & ((1 << _AGE_BITS) - 1)
        group = key >> _AGE_BITS
        self._starts = np.flatnonzero(_changes(group))
        self._new_day = _changes(key)
        self._group = group[self._starts]
        self.row, self.kind = self._group // self._kinds, self._group % self._kinds

    def measured(self, measure: Measure, window: int | None) -> NDArray[np.float64]:
        """(groups,) one measure over the events of the last ``window`` days.

        NaN where there is nothing to measure.
        """
        match measure:
            case "count":
                values = self._summed(self._inside(window))
            case "active_days":
                values = self._summed(self._inside(window) & self._new_day)
            case "days_since":
                values = self._age[self._starts].astype(np.float64)
            case "decayed":
                ages = np.arange(self._age.max(initial=0) + 1)
                weights = np.rint(DECAY_UNIT * 0.5 ** (ages / self._half_life)).astype(np.int64)
                values = self._summed(weights[self._age]) / DECAY_UNIT
            case "momentum":
                week, four_weeks = (
                    self._summed(self._inside(WEEK)),
                    self._summed(self._inside(FOUR_WEEKS)),
                )
                values = (4 * week - four_weeks) / 3
            case "sum":
                values = self._total_value(window)
            case "latest":
                values = self._latest_value
        return values

    @cached_property
    def of_kind(self) -> dict[int, NDArray[np.intp]]:
        """Positions of the groups of each kind."""
        by_kind = np.argsort(self.kind, kind="stable")
        kinds, starts = np.unique(self.kind[by_kind], return_index=True)
        return (
            dict(zip(kinds.tolist(), np.split(by_kind, starts[1:]), strict=True))
            if len(kinds)
            else {}
        )

    def first(self) -> NDArray[np.float64]:
        """(groups,) age in days of the oldest event."""
        oldest: NDArray[np.float64] = self._age[
            np.append(self._starts, len(self._age))[1:] - 1
        ].astype(np.float64)
        return oldest

    def _inside(self, window: int | None) -> NDArray[np.bool_]:
        return np.ones(len(self._age), dtype=bool) if window is None else self._age <= window

    def _summed(self, integers: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        if not len(self._starts):
            return np.empty(0)
        total: NDArray[np.float64] = np.add.reduceat(integers, self._starts, dtype=np.int64).astype(
            np.float64
        )
        return total

    @cached_property
    def _valued(self) -> tuple[Hits, Ints]:
        """The events with a value, and the position of each one's group."""
        hits = self._hits
        if hits.value is None or hits.moment is None:
            nothing = np.empty(0, dtype=np.int64)
            return Hits(nothing, nothing, nothing, nothing, nothing), nothing
        valued = hits.take(hits.moment != NO_MOMENT)
        return valued, np.searchsorted(self._group, valued.row * self._kinds + valued.kind).astype(
            np.int64
        )

    def _total_value(self, window: int | None) -> NDArray[np.float64]:
        valued, group = self._valued
        high, low = (
            np.zeros(len(self._group), dtype=np.int64),
            np.zeros(len(self._group), dtype=np.int64),
        )
        if valued.value is not None:
            inside = np.ones(len(group), dtype=bool) if window is None else valued.age <= window
            np.add.at(high, group[inside], valued.value[inside] >> _LOW_BITS)
            np.add.at(low, group[inside], valued.value[inside] & ((1 << _LOW_BITS) - 1))
        return (high.astype(np.float64) * float(1 << _LOW_BITS) + low) / MILLION

    @cached_property
    def _latest_value(self) -> NDArray[np.float64]:
        """Value of the latest event that has one; of events at the same moment, the larger."""
        valued, group = self._valued
        newest = np.full(len(self._group), NO_MOMENT, dtype=np.int64)
        largest = np.full(len(self._group), np.iinfo(np.int64).min)
        if valued.value is not None and valued.moment is not None:
            np.maximum.at(newest, group, valued.moment)
            is_newest = valued.moment == newest[group]
            np.maximum.at(largest, group[is_newest], valued.value[is_newest])
        return np.where(newest == NO_MOMENT, np.nan, largest / MILLION)


def _changes(ascending: Ints) -> NDArray[np.bool_]:
    """Whether each number differs from the one before it; the first does."""
    found = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=found[1:])
    return found
