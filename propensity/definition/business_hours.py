"""Deadlines in business time: a promise to call within four hours does not run over the weekend."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from features.errors import ConfigError
from features.settings import StrictModel
from features.zone import zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)")
_YEARLY = re.compile(r"(\d\d)-(\d\d)(?: to (\d\d)-(\d\d))?")
#: A leap year: February 29 is a day to close on.
_ANY_YEAR = 2000
_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day)s?")
#: Days after which a deadline that never comes is a mistake in the calendar.
_FARTHEST = 3660


@dataclass(frozen=True)
class Span:
    """Business time: so many open minutes, or the close of so many business days.

    Attributes:
        minutes: Open minutes; 0 where days count.
        days: Business days, the one on which the clock starts included; 0 where minutes count.
    """

    minutes: int = 0
    days: int = 0


def parse_span(text: str) -> Span:
    """Read a span of business time.

    Raises:
        ValueError: Expected something like ``30 minutes``, ``4 hours`` or ``1 day``.

    >>> parse_span("4 hours"), parse_span("1 day")
    (Span(minutes=240, days=0), Span(minutes=0, days=1))
    """
    found = _SPAN.fullmatch(text.strip())
    if not found or int(found[1]) == 0:
        raise ValueError(
            f"expected business time such as '30 minutes', '4 hours' or '1 day', got {text!r:.60}"
        )
    number, unit = int(found[1]), found[2]
    return (
        Span(days=number) if unit == "day" else Span(minutes=number * (60 if unit == "hour" else 1))
    )


def _readable_span(text: str) -> str:
    parse_span(text)
    return text


def _readable_hours(text: str) -> str:
    _opening(text)
    return text


def _opening(text: str) -> tuple[int, int]:
    """Minutes of the day from and to which is open."""
    found = _HOURS.fullmatch(text)
    if found:
        start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if start < end <= 24 * 60:
            return start, end
    raise ValueError(f"expected hours of one day such as '09:00-17:30', got {text!r:.60}")


def _yearly(text: str) -> tuple[date, date]:
    """First and last day of a closing that comes every year, both in ``_ANY_YEAR``."""
    wrong = (
        "expected a date such as 2026-12-29, or a day or days of every year such as '12-29' or"
        f" '12-29 to 01-03', got {text!r:.40}"
    )
    found = _YEARLY.fullmatch(text.strip())
    if not found:
        raise ValueError(wrong)
    try:
        first = date(_ANY_YEAR, int(found[1]), int(found[2]))
        return first, date(_ANY_YEAR, int(found[3]), int(found[4])) if found[3] else first
    except ValueError:
        raise ValueError(wrong) from None


def _readable_closing(text: str) -> str:
    _yearly(text)
    return text


def _known_country(code: str) -> str:
    import holidays  # noqa: PLC0415 — half a second that only a calendar with holidays needs

    if code not in holidays.list_supported_countries():
        raise ValueError(f"expected a country code such as 'JP' or 'DE', got {code!r:.40}")
    return code


#: Days that are closed every year, as month and day.
YearlyClosing = Annotated[str, AfterValidator(_readable_closing)]

#: Text of a span of business time.
SpanText = Annotated[str, AfterValidator(_readable_span)]


class BusinessHours(StrictModel):
    """When somebody answers; in the time zone of the input.

    Attributes:
        days: Days of the week.
        hours: Hours of a day, ``HH:MM-HH:MM``, in order; a break is the gap between two.
        holidays: Country whose public holidays are closed (ISO 3166, such as ``JP``).
        closed: Further closed days, the company's own holidays: a date, or without a year a day or
            days of every year (``12-29``, ``12-29 to 01-03``).
    """

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    hours: Annotated[
        tuple[Annotated[str, AfterValidator(_readable_hours)], ...], Field(min_length=1)
    ]
    holidays: Annotated[str, AfterValidator(_known_country)] | None = None
    closed: tuple[date | YearlyClosing, ...] = ()

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        edges = [edge for hours in self.hours for edge in _opening(hours)]
        if edges != sorted(edges):
            raise ValueError(f"expected hours in order and apart, got {list(self.hours)}")
        return self


class Deadlines:
    """Deadlines by a calendar.

    Args:
        hours: When somebody answers.
        timezone: IANA name in which the hours are meant.
    """

    def __init__(self, hours: BusinessHours, timezone: str) -> None:
        self._made_of = (hours, timezone)
        self._zone = zone(timezone)
        self._openings = [_opening(text) for text in hours.hours]
        self._weekdays = {WEEKDAYS.index(day) for day in hours.days}
        self._closed = {day for day in hours.closed if isinstance(day, date)}
        self._yearly = [_yearly(text) for text in hours.closed if isinstance(text, str)]
        self._holidays: Container[date] = _holidays_of(hours.holidays) if hours.holidays else ()
        self._known: dict[tuple[datetime, Span], datetime] = {}

    def __reduce__(self) -> tuple[type["Deadlines"], tuple[BusinessHours, str]]:
        """To other processes goes what it was made of: rules of time zones do not travel."""
        return Deadlines, self._made_of

    def due(self, start: datetime, span: Span) -> datetime:
        """The moment, in UTC, at which a span of business time that starts at a moment is over.

        Raises:
            ConfigError: The calendar never opens long enough.
        """
        if (start, span) not in self._known:
            self._known[start, span] = self._due(start, span).astimezone(UTC)
        return self._known[start, span]

    def openings(self, start: datetime) -> Iterator[list[tuple[datetime, datetime]]]:
        """Open hours from a moment on, a list of (from, to) in UTC per business day, for ten
        years.
        """
        return self._open_days(start)

    def _due(self, start: datetime, span: Span) -> datetime:
        left = timedelta(minutes=span.minutes)
        days = 0
        for openings in self._open_days(start):
            days += 1
            if span.days:
                if days == span.days:
                    return openings[-1][1]
                continue
            for opens, closes in openings:
                if left <= closes - opens:
                    return opens + left
                left -= closes - opens
        raise ConfigError(
            f"business_hours: expected the office to open again within {_FARTHEST // 366} years of"
            f" {start.date()}, got no such day; check days, hours and closed dates."
        )

    def _open_days(self, start: datetime) -> Iterator[list[tuple[datetime, datetime]]]:
        """Openings from a moment on, a list per business day, in UTC so that differences count real
        minutes.
        """
        first = start.astimezone(self._zone).date()
        for offset in range(_FARTHEST):
            day = first + timedelta(days=offset)
            if day.weekday() not in self._weekdays or self._is_closed(day):
                continue
            openings = [
                (max(self._at(day, a), start.astimezone(UTC)), self._at(day, b))
                for a, b in self._openings
            ]
            still = [(opens, closes) for opens, closes in openings if opens < closes]
            if still:
                yield still

    def _is_closed(self, day: date) -> bool:
        if day in self._closed or day in self._holidays:
            return True
        yearly = day.replace(year=_ANY_YEAR)
        return any(
            first <= yearly <= last if first <= last else yearly >= first or yearly <= last
            for first, last in self._yearly
        )

    def _at(self, day: date, minute: int) -> datetime:
        midnight = datetime.combine(
            day + timedelta(days=minute // 1440), time(minute // 60 % 24, minute % 60)
        )
        return midnight.replace(tzinfo=self._zone).astimezone(UTC)


def _holidays_of(country: str) -> Container[date]:
    import holidays  # noqa: PLC0415 — see above

    return holidays.country_holidays(country)
