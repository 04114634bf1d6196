"""The two moments that a query may ask for."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from features.databases.statement import asked_of
from features.days import date_of
from features.zone import zone

#: Where nothing is said of the beginning or the end.
_FIRST, _LAST = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class QueryMoments:
    """What ``:as_of`` and ``:since`` in a query stand for: starts of local days.

    Attributes:
        as_of: The day at whose start leads are looked at; long after everything where a command
            looks at no one day, as in training.
        since: The day ``input.since``; long before everything without it.
        timezone: IANA name of the days' zone.
    """

    as_of: date = _LAST
    since: date = _FIRST
    timezone: str = "UTC"

    @classmethod
    def of(cls, as_of_day: int | None, since: date | None, timezone: str) -> "QueryMoments":
        """The moments of an as-of day, by its number, and of the first day that is asked for."""
        as_of = _LAST if as_of_day is None else date_of(as_of_day)
        return cls(as_of, since or _FIRST, timezone)

    @property
    def is_open(self) -> bool:
        """Whether no day is looked at, so that everything is asked for."""
        return self.as_of == _LAST

    def asked_in(self, query: str, *, with_zone: bool) -> dict[str, datetime]:
        """Those that a query names, as local times, with their zone where the database knows it."""
        days = {"as_of": self.as_of, "since": self.since}
        here: tzinfo | None = zone(self.timezone) if with_zone else None
        start = datetime.min.time()
        return {name: datetime.combine(days[name], start, here) for name in asked_of(query)}
