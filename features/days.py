"""Local calendar days as numbers: an as-of is the local midnight that starts a day."""

from datetime import UTC, date, datetime, timedelta

from features.zone import zone

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return (day - _EPOCH).days


def date_of(number: int) -> date:
    """The calendar day of a day number.

    >>> date_of(1)
    datetime.date(1970, 1, 2)
    """
    return _EPOCH + timedelta(days=number)


def midnight_utc(number: int, timezone: str) -> datetime:
    """The moment a local day starts, in UTC (with ``tzinfo``).

    >>> midnight_utc(day_number(date(2026, 4, 1)), "Asia/Tokyo").isoformat()
    '2026-03-31T15:00:00+00:00'
    """
    return datetime.combine(date_of(number), datetime.min.time(), zone(timezone)).astimezone(UTC)


def local_day(moment: datetime, timezone: str) -> int:
    """Number of the local day that a moment with ``tzinfo`` falls in.

    >>> in_tokyo = local_day(datetime(2026, 3, 31, 15, tzinfo=UTC), "Asia/Tokyo")
    >>> in_tokyo == day_number(date(2026, 4, 1))
    True
    """
    return day_number(moment.astimezone(zone(timezone)).date())
