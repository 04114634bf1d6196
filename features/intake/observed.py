"""The moment up to which the sources are complete: as configured, or found in the facts.

A meeting booked for next month, or one event of the year 2099, is no sign that the sources are
complete until then. The newest facts count only where they are as many as facts usually are.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from features.days import date_of
from features.intake.state import Intake
from features.settings import InputSettings
from features.store import ObservedFrom
from features.zone import zone

#: Fewer facts than this say nothing about what is usual: then the newest one counts.
_FEW_FACTS = 50
#: Days of the window in which facts are compared with what is usual: all weekdays are in it.
_WINDOW = 7
#: Share of the usual activity that shows that the sources were still being filled.
_ALIVE, _ALIVE_DAY = 0.25, 0.1
#: A tail with a larger share of all facts than this is a slow end, not a handful of planned dates.
_LONELY = 0.05
#: Where there are too few facts to tell, the newest close alone is doubted beyond this.
_LONG_GAP = timedelta(days=31)
_EVENT = "'event '"
_TABLE_OF: Mapping[str, ObservedFrom] = {"outcomes": "outcomes", "leads": "leads", "flat": "flat"}


@dataclass(frozen=True)
class Facts:
    """How many facts of one kind fall on each day.

    Attributes:
        day: (k,) local days on which there are any, ascending.
        count: (k,) facts of each.
        newest: (k,) newest moment of each day, microseconds since 1970, UTC.
    """

    day: NDArray[np.int64]
    count: NDArray[np.int64]
    newest: NDArray[np.int64]

    def between(self, first: int, last: int) -> int:
        """Facts of the days from ``first`` to ``last``, both included."""
        start, end = np.searchsorted(self.day, [first, last + 1])
        return int(self.count[start:end].sum())


def last_usual_day(facts: Mapping[str, Facts]) -> int:
    """The newest day up to which facts come in as they usually do.

    A kind of fact counts at most with what is usual for it, so that one kind (meetings, planned
    closes) cannot carry the date alone where others have stopped.

    Args:
        facts: Kind of fact to its days; none of them empty. Closes are called ``outcomes``.

    Returns:
        The day; the newest of all where the facts are few, end slowly, or end within a week of it.
    """
    newest = max(int(found.day[-1]) for found in facts.values())
    total = sum(int(found.count.sum()) for found in facts.values())
    if total < _FEW_FACTS:
        return newest
    first, last = _middle(facts)
    usual = {name: found.between(first, last) / (last - first + 1) for name, found in facts.items()}

    def activity(day: int, days: int) -> float:
        seen = (
            min(found.between(day - days + 1, day), usual[name] * days)
            for name, found in facts.items()
        )
        return sum(seen) / (sum(usual.values()) * days)

    ends = np.unique(np.concatenate([found.day for found in facts.values()]))[::-1]
    alive = next((int(day) for day in ends if activity(int(day), _WINDOW) >= _ALIVE), newest)
    found = next((int(d) for d in ends if d <= alive and activity(int(d), 1) >= _ALIVE_DAY), alive)
    closes = facts.get("outcomes")
    if closes is not None and len(facts) > 1 and closes.count.sum() >= _FEW_FACTS:
        # closes go on where visits have stopped: they carry the date where they do so as usual
        found = max(found, last_usual_day({"outcomes": closes}))
    tail = sum(kind.between(found + 1, newest) for kind in facts.values())
    is_lonely = newest - found > _WINDOW and tail <= _LONELY * total
    return found if is_lonely else newest


def _middle(facts: Mapping[str, Facts]) -> tuple[int, int]:
    """First and last of the days that hold the middle nine tenths of all facts."""
    day = np.concatenate([found.day for found in facts.values()])
    order = np.argsort(day, kind="stable")
    count = np.concatenate([found.count for found in facts.values()])[order]
    share = np.cumsum(count) / count.sum()
    first, last = (int(day[order][np.searchsorted(share, q)]) for q in (0.05, 0.95))
    return first, last


def observe(intake: Intake, input: InputSettings) -> None:
    """Set the store's ``observed_until``, and say where it comes from.

    Args:
        intake: With the staged outcomes and the filled leads and events.
        input: As configured.
    """
    store = intake.store
    facts = dict(_facts(intake))
    if input.observed_until is not None:
        store.observed_until = _configured(input.observed_until, store.timezone)
        store.observed_from = "config"
        _warn_of_later(intake)
    elif facts:
        last = last_usual_day(facts)
        newest = _newest(facts, last)
        store.observed_from = max(newest, key=lambda name: (newest[name], name))
        moment = datetime.fromtimestamp(newest[store.observed_from] / 1e6, UTC)
        store.observed_until = moment.replace(tzinfo=None)
        _warn_of_tail(intake, facts, last)
    if store.observed_until is not None:
        local = store.observed_until.replace(tzinfo=UTC).astimezone(zone(store.timezone))
        store.observed_day = (local.date() - date(1970, 1, 1)).days


def _facts(intake: Intake) -> Iterator[tuple[str, Facts]]:
    """The facts of each kind: closes, creations of leads, and events by type."""
    counted = "count(*) AS n, max(epoch_us({at})) AS newest FROM {table} GROUP BY ALL"
    if intake.store.is_flat:
        table = counted.format(at='"at"', table='leads WHERE "at" IS NOT NULL')
        queries = [f"SELECT 'flat' AS kind, day, {table}"]
    else:
        closes = counted.format(
            at="closed_at", table="outcome_rows WHERE closed_at IS NOT NULL AND key IS NOT NULL"
        )
        queries = [
            f"SELECT 'outcomes' AS kind, closed_day AS day, {closes}",
            f"SELECT 'leads', created_day, {counted.format(at='created_at', table='leads')}",
            f"SELECT {_EVENT} || event_type, day, n, newest FROM event_days",
        ]
    found = intake.store.query(f"FROM ({' UNION ALL '.join(queries)}) ORDER BY kind, day")
    columns = [found[name].to_numpy().astype(np.int64) for name in ("day", "n", "newest")]
    start = 0
    for kind, rows in itertools.groupby(found["kind"].to_pylist()):
        end = start + sum(1 for _ in rows)
        yield kind, Facts(*(column[start:end] for column in columns))
        start = end


def _newest(facts: Mapping[str, Facts], last: int) -> dict[ObservedFrom, int]:
    """The newest moment of each table up to a day; of leads only where there is nothing else."""
    found: dict[ObservedFrom, int] = {}
    for kind, these in facts.items():
        name: ObservedFrom = _TABLE_OF.get(kind, "events")
        if (these.day <= last).any():
            moment = int(these.newest[these.day <= last].max())
            found[name] = max(moment, found.get(name, moment))
    return {name: at for name, at in found.items() if name != "leads"} or found


def _warn_of_tail(intake: Intake, facts: Mapping[str, Facts], last: int) -> None:
    """Say which facts lie after the moment that was taken, and where it is that of one table."""
    until = f"{intake.store.observed_until:%Y-%m-%d %H:%M} UTC"
    for kind, these in facts.items():
        later = these.between(last + 1, int(these.day[-1]))
        if later:
            intake.warnings.append(
                f"{kind}: {later:,} of {int(these.count.sum()):,} lie after {until}, up to"
                f" {date_of(int(these.day[-1]))}, where hardly anything else does: taken as planned"
                " or wrong. The sources count as complete until then; `input.observed_until`"
                " decides otherwise"
            )
    ends = {table: at for table, at in _newest(facts, last).items() if table != "leads"}
    gap = timedelta(microseconds=ends.get("outcomes", 0) - ends.get("events", 0))
    if len(ends) == 2 and gap > _LONG_GAP:
        intake.warnings.append(
            f"outcomes: the newest closed_at lies {gap.days:,} days after the newest event, and"
            " counts as the moment up to which everything is known; if it is a planned close, set"
            " `input.observed_until`"
        )


def _warn_of_later(intake: Intake) -> None:
    """Say which facts lie after the configured moment."""
    until = intake.store.observed_until
    if until is None or intake.store.is_flat:
        return
    for table, column in (("events", "occurred_at"), ("outcome_rows", "closed_at")):
        later = intake.number(f"SELECT count(*) FROM {table} WHERE {column} >= TIMESTAMP '{until}'")
        if later:
            name = "outcomes" if table == "outcome_rows" else table
            intake.warnings.append(
                f"{name}: {later:,} rows lie after observed_until {until:%Y-%m-%d %H:%M} UTC"
            )


def _configured(until: date, timezone: str) -> datetime:
    """A configured moment as naive UTC; a date is its local midnight."""
    moment = until if isinstance(until, datetime) else datetime.combine(until, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone(timezone))
    return moment.astimezone(UTC).replace(tzinfo=None)
