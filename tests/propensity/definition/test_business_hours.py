"""Deadlines run in business time, through breaks, weekends, holidays and changes of the clock."""

import copy
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from features.errors import ConfigError
from propensity.definition.business_hours import BusinessHours, Deadlines, parse_span

TOKYO = ZoneInfo("Asia/Tokyo")
OFFICE = BusinessHours(
    hours=("09:00-12:00", "13:00-18:00"), holidays="JP", closed=(date(2026, 12, 29),)
)


def due(text, start, hours=OFFICE, zone="Asia/Tokyo"):
    local = start.replace(tzinfo=ZoneInfo(zone))
    return (
        Deadlines(hours, zone)
        .due(local, parse_span(text))
        .astimezone(ZoneInfo(zone))
        .replace(tzinfo=None)
    )


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("30 minutes", datetime(2026, 11, 24), datetime(2026, 11, 24, 9, 30)),
        # through the lunch break
        ("4 hours", datetime(2026, 11, 24), datetime(2026, 11, 24, 14, 0)),
        ("3 hours", datetime(2026, 11, 24), datetime(2026, 11, 24, 12, 0)),
        ("8 hours", datetime(2026, 11, 24, 15, 0), datetime(2026, 11, 25, 15, 0)),
        ("1 day", datetime(2026, 11, 24), datetime(2026, 11, 24, 18, 0)),
        ("1 day", datetime(2026, 11, 24, 18, 0), datetime(2026, 11, 25, 18, 0)),
        # a weekend and Labour Thanksgiving Day
        ("2 days", datetime(2026, 11, 20), datetime(2026, 11, 24, 18, 0)),
        ("30 minutes", datetime(2026, 11, 21), datetime(2026, 11, 24, 9, 30)),
        # the company's own holiday
        ("1 day", datetime(2026, 12, 29), datetime(2026, 12, 30, 18, 0)),
        ("1 minute", datetime(2026, 12, 31, 17, 59), datetime(2026, 12, 31, 18, 0)),
    ],
)
def test_a_deadline_is_in_business_time(text, start, expected):
    assert due(text, start) == expected


def test_hours_are_real_hours_when_the_clock_changes():
    nights = BusinessHours(days=("sun",), hours=("00:00-24:00",))
    start = datetime(2026, 3, 29)  # in Berlin this Sunday has 23 hours
    assert due("23 hours", start, nights, "Europe/Berlin") == datetime(2026, 3, 30)
    assert due("24 hours", start, nights, "Europe/Berlin") == datetime(2026, 4, 5, 1)


@settings(deadline=None)
@given(
    minutes=st.integers(1, 5000),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
)
def test_the_open_minutes_before_the_deadline_are_the_span(minutes, start):
    """Second route: count open minutes one by one."""
    hours = BusinessHours(days=("mon", "tue", "sat"), hours=("08:10-08:40", "22:00-24:00"))
    start = start.replace(second=0, microsecond=0, tzinfo=TOKYO)
    until = (
        Deadlines(hours, "Asia/Tokyo")
        .due(start, parse_span(f"{minutes} minutes"))
        .astimezone(TOKYO)
    )
    at, counted = start, 0
    while at < until:
        minute = at.hour * 60 + at.minute
        counted += at.weekday() in (0, 1, 5) and (490 <= minute < 520 or minute >= 1320)
        at += timedelta(minutes=1)
    assert counted == minutes


@pytest.mark.parametrize(
    "text", ["", "0 days", "two days", "1 week", "-1 hours", "1hour", "99999 days", "1 day\x00"]
)
def test_a_span_that_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match="expected business time such as"):
        parse_span(text)


@pytest.mark.parametrize(
    "hours", [("9-17",), ("10:00-09:00",), ("13:00-18:00", "09:00-12:00"), ("25:00-26:00",), ()]
)
def test_hours_that_cannot_be_are_refused(hours):
    with pytest.raises(ValidationError):
        BusinessHours(hours=hours)


def test_an_unknown_country_is_refused():
    with pytest.raises(ValidationError, match="expected a country code such as 'JP'"):
        BusinessHours(hours=("09:00-17:00",), holidays="Atlantis")


def test_an_office_that_never_opens_is_an_error():
    always = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(4000))
    deadlines = Deadlines(BusinessHours(hours=("09:00-17:00",), closed=always), "UTC")
    with pytest.raises(ConfigError, match="expected the office to open again"):
        deadlines.due(datetime(2026, 1, 5, tzinfo=UTC), parse_span("1 day"))


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ("12-29", datetime(2026, 12, 30, 18)),
        ("12-29 to 01-03", datetime(2027, 1, 4, 18)),
        ("02-29", datetime(2026, 12, 29, 18)),
    ],
)
def test_a_closing_without_a_year_comes_every_year(closed, expected):
    office = BusinessHours(hours=("09:00-18:00",), closed=(closed,))
    start = datetime(2026, 12, 29, 8)
    assert due("1 day", start, office) == expected
    later = due("1 day", start.replace(year=2027), office)  # another weekday, the same rule
    assert (later > datetime(2027, 12, 29, 18)) == (closed != "02-29")


@pytest.mark.parametrize("closed", ["29.12.", "13-01", "02-30", "12-29 01-03"])
def test_a_closing_that_is_no_day_is_refused(closed):
    with pytest.raises(ValidationError, match="12-29 to 01-03"):
        BusinessHours(hours=("09:00-18:00",), closed=(closed,))


def test_a_copy_in_another_process_has_the_same_deadlines():
    deadlines = Deadlines(OFFICE, "Asia/Tokyo")
    start = datetime(2026, 4, 28, 9, tzinfo=UTC)

    copied = copy.deepcopy(deadlines)  # as Spark copies it: by what it is made of

    assert copied is not deadlines
    assert copied.due(start, parse_span("2 days")) == deadlines.due(start, parse_span("2 days"))
