"""The truth on any day: how likely each lead was to be won from then on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.days import day_number
from training.simulate.company import Calendar, Floats, Ints
from training.simulate.people import People


class Exposure:
    """How full of closings the days are, for leads until they are given up."""

    def __init__(self, calendar: Calendar, people: People) -> None:
        self.round_days = calendar.company.round_days
        #: Closings by the start of each day, in days of average fullness.
        self.closed_by = np.append(0.0, np.cumsum(calendar.closing))
        self.lost_day = np.searchsorted(calendar.midnights, people.lost, side="right") - 1

    def between(self, leads: Ints, start: int | Ints, end: int | Ints) -> Floats:
        """(n,) closings from one day to the start of another for leads open on the first, in rounds
        of average fullness: none from the day on which a lead is given up.
        """
        given_up = self.lost_day[leads]
        until = np.where((given_up >= start) & (given_up < end), given_up, end)
        return np.asarray((self.closed_by[until] - self.closed_by[start]) / self.round_days)


@dataclass(frozen=True)
class Decided:
    """What leads that make up their minds on the same days decided.

    Attributes:
        leads: (n,) their places, ascending.
        days: (k,) these days, ascending.
        rate: (k, n) closings a round from each day on, by the lead's own inclination; 0 where it is
            not open.
    """

    leads: Ints
    days: Ints
    rate: NDArray[np.float32]


@dataclass(frozen=True)
class Chances:
    """The chance of every lead on every day.

    Attributes:
        calendar: The local days.
        exposure: How full of closings they are.
        decided: Every lead once.
    """

    calendar: Calendar
    exposure: Exposure
    decided: tuple[Decided, ...]

    def at(self, lead_ids: Sequence[str], days: NDArray[np.int64]) -> Floats:
        """(n,) chance to be won within a round of days, 0..1, for leads not won before.

        It knows the lead's hidden inclination and what the lead does in these days: on average over
        leads that are alike on the day, it is what anybody could know.

        Args:
            lead_ids: As in the tables.
            days: (n,) local days since 1970-01-01, at whose start each is looked at.
        """
        lead = np.array([int(name[1:]) for name in lead_ids], dtype=np.int64)
        day = np.asarray(days, dtype=np.int64) - day_number(self.calendar.dates[0])
        end = np.minimum(day + self.calendar.company.round_days, self.calendar.end_day)
        chance = np.zeros(len(lead))
        for group in self.decided:
            column = np.searchsorted(group.leads, lead)
            mine = np.flatnonzero(group.leads[np.minimum(column, len(group.leads) - 1)] == lead)
            lived = [self._lived(group, column[mine], to[mine]) for to in (day, end)]
            chance[mine] = -np.expm1(lived[0] - lived[1])
        return chance

    def _lived(self, group: Decided, column: Ints, day: Ints) -> Floats:
        """(n,) closings that leads have lived through by a day."""
        ends = np.append(group.days[1:], self.calendar.end_day)
        whole = np.zeros((len(group.days) + 1, len(group.leads)))
        for place, (start, end) in enumerate(zip(group.days, ends, strict=True)):
            whole[place + 1] = whole[place] + group.rate[place] * self.exposure.between(
                group.leads, int(start), int(end)
            )
        latest = np.searchsorted(group.days, day, side="right") - 1
        decision = np.maximum(latest, 0)
        part = group.rate[decision, column] * self.exposure.between(
            group.leads[column], group.days[decision], np.maximum(day, group.days[decision])
        )
        return np.asarray(np.where(latest >= 0, whole[decision, column] + part, 0.0))
