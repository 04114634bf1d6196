"""When a simulated company's office is open, for many moments at once."""

from __future__ import annotations

import datetime as dt

import numpy as np

from propensity.definition.business_hours import BusinessHours, Deadlines
from training.simulate.company import Calendar, Ints, Moments
from training.simulate.sales_team import SalesTeam

MINUTE = 60_000
_AFTERWARDS = 30  # days beyond the calendar that deadlines may reach


class Office:
    """Open hours of the calendar's days. Moments are milliseconds since 1970, UTC.

    Attributes:
        opens: (h,) ascending.
        closes: (h,) the end of each.
        days: (d,) local days (places in the calendar) on which the office opens at all.
    """

    def __init__(self, calendar: Calendar, team: SalesTeam) -> None:
        hours = BusinessHours.model_validate({"hours": team.hours, "holidays": team.holidays})
        first, last = (
            dt.datetime.fromtimestamp(int(calendar.midnights[place]) / 1000, dt.UTC)
            for place in (0, -1)
        )
        opens, closes, days = [], [], []
        for number, day in enumerate(Deadlines(hours, calendar.company.timezone).openings(first)):
            if day[0][0] > last + dt.timedelta(days=_AFTERWARDS):
                break
            opens += [_milliseconds(start) for start, _ in day]
            closes += [_milliseconds(end) for _, end in day]
            days += [number] * len(day)
        self.opens, self.closes, self._number = (
            np.array(values, np.int64) for values in (opens, closes, days)
        )
        self._open_before = np.concatenate([[0], np.cumsum(self.closes - self.opens)])
        self.days = len(np.unique(self._number))

    def number(self, moments: Moments) -> Ints:
        """(n,) the business day on which work on what comes at each moment can begin."""
        return np.asarray(self._number[np.searchsorted(self.closes, moments, side="right")])

    def first(self, moments: Moments) -> Moments:
        """(n,) each moment, or the next at which the office is open."""
        return np.maximum(moments, self.opens[np.searchsorted(self.closes, moments, side="right")])

    def opening(self, number: Ints) -> Moments:
        """(n,) when the office opens on business days."""
        return np.asarray(self.opens[np.searchsorted(self._number, number)])

    def closing(self, number: Ints) -> Moments:
        """(n,) when it closes for the day."""
        return np.asarray(self.closes[np.searchsorted(self._number, number, side="right") - 1])

    def later(self, moments: Moments, milliseconds: Ints) -> Moments:
        """(n,) the moment at which so much open time has gone by."""
        start = self.first(moments)
        place = np.searchsorted(self.closes, start, side="right")
        target = self._open_before[place] + start - self.opens[place] + milliseconds
        ends = np.searchsorted(self._open_before[1:], target, side="left")
        return np.asarray(self.opens[ends] + target - self._open_before[ends])

    def slots(self, number: int, count: int) -> Moments:
        """(count,) moments of a business day, evenly spread over its open hours."""
        here = np.flatnonzero(self._number == number)
        before = np.concatenate([[0], np.cumsum(self.closes[here] - self.opens[here])])
        at = ((np.arange(count) + 0.5) / count * before[-1]).astype(np.int64)
        place = np.searchsorted(before[1:], at, side="right")
        return np.asarray(self.opens[here][place] + at - before[place])


def _milliseconds(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1000)
