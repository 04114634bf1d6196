"""Days and moments as people say them in the morning, in their own time."""

from datetime import date, datetime, timedelta

from features.zone import zone
from propensity.language import catalogue
from propensity.night.lists import Morning

_HOURS_OF_TWO_DAYS = 48


class LocalTimes:
    """Says days and moments.

    Args:
        morning: The morning from which they are looked at.
    """

    def __init__(self, morning: Morning) -> None:
        self.morning = morning
        self.words = catalogue("propensity.night.page", morning.language)
        self.zone = zone(morning.timezone)

    def day(self, day: date) -> str:
        """A day with its weekday: ``Fri 21 March``, in Japanese ``3月21日（金）``."""
        return self.words.say(
            "day",
            weekday=self.words["weekdays"].split()[day.weekday()],
            day=day.day,
            month=self.words["months"].split()[day.month - 1],
        )

    def full_day(self, day: date) -> str:
        """A day with its year."""
        return self.words.say("full day", day=self.day(day), year=day.year)

    def until(self, moment: datetime) -> str:
        """A deadline: ``today, 17:30``."""
        local = moment.astimezone(self.zone)
        if local.date() == self.morning.night:
            day = self.words["today"]
        elif local.date() == self.morning.night + timedelta(days=1):
            day = self.words["tomorrow"]
        else:
            day = self.day(local.date())
        return self.words.say("moment", day=day, time=f"{local:%H:%M}")

    def late_by(self, hours: float) -> str:
        """How long something is late: hours, from two days on days."""
        if hours < _HOURS_OF_TWO_DAYS:
            whole = max(int(hours), 1)
            return self.words.say("hour" if whole == 1 else "hours", n=whole)
        return self.words.say("days", n=int(hours // 24))
