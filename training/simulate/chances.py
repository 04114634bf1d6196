"""The truth on any day: how likely each lead was to be won from then on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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
        called: Place of a lead to the day from whose start on a call has its effect.
        effect: What a call adds, in log-odds.
    """

    calendar: Calendar
    exposure: Exposure
    decided: tuple[Decided, ...]
    called: Mapping[int, int] = field(default_factory=dict)
    effect: float = 0.0

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
        for place in np.flatnonzero(np.isin(lead, list(self.called))).tolist():
            more = self._more(int(lead[place]), int(day[place]), int(end[place]))
            chance[place] = -np.expm1(np.log1p(-chance[place]) - more)
        return chance

    def won_on(self, lead: int, called: int, patience: float) -> int | None:
        """The day on which a lead is won that is called, or None.

        Args:
            lead: Its place.
            called: The day from whose start on the call has its effect.
            patience: How many closings it lives through before it is won.
        """
        group, column = self._group_of(lead)
        left = patience - float(self._lived(group, np.array([column]), np.array([called]))[0])
        for start, end, rate in self._stretches(lead, called, self.calendar.end_day):
            faster = _hastened(rate, self.effect)
            lived = faster * self._between(lead, start, end)
            if lived >= left and faster > 0:
                closed_by = self.exposure.closed_by
                target = closed_by[start] + max(left, 0.0) / faster * self.exposure.round_days
                day = int(np.searchsorted(closed_by, target)) - 1
                return min(max(day, start), end - 1)
            left -= lived
        return None

    def _more(self, lead: int, start: int, end: int) -> float:
        """Closings that a called lead lives through more than it would have, from day to day."""
        return sum(
            (_hastened(rate, self.effect) - rate) * self._between(lead, first, last)
            for first, last, rate in self._stretches(lead, max(start, self.called[lead]), end)
        )

    def _stretches(self, lead: int, start: int, end: int) -> Iterator[tuple[int, int, float]]:
        """First day, end and rate of each stretch for which a lead has decided."""
        group, column = self._group_of(lead)
        ends = np.append(group.days[1:], self.calendar.end_day)
        for day, until, rate in zip(group.days, ends, group.rate[:, column], strict=True):
            first, last = max(int(day), start), min(int(until), end)
            if first < last:
                yield first, last, float(rate)

    def _between(self, lead: int, start: int, end: int) -> float:
        return float(self.exposure.between(np.array([lead]), start, end)[0])

    def _group_of(self, lead: int) -> tuple[Decided, int]:
        for group in self.decided:
            column = int(np.searchsorted(group.leads, lead))
            if column < len(group.leads) and group.leads[column] == lead:
                return group, column
        raise LookupError(f"lead {lead}")

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


def _hastened(rate: float, effect: float) -> float:
    """A rate with so much more in log-odds; the rate is log(1 + odds)."""
    return float(np.log1p(np.expm1(rate) * np.exp(effect)))
