"""Which column of times is the lead's creation, and which lie after it."""

from collections.abc import Sequence

from features.intake.values import Reader
from features.settings import MISSING_VALUES
from features.store import Store
from training.init.funnel import is_todays, stage_of
from training.init.name_words import NAMES, says
from training.init.table_profile import ColumnProfile, TableProfile

#: Days of which no history of leads is longer: births and foundings reach further.
_LONGEST_HISTORY = 30 * 365


def creation(store: Store, table: TableProfile) -> ColumnProfile | None:
    """The time at which leads came: by its name, else the one that lies before the others.

    A date that only some rows have is none, nor is one that spans a lifetime.
    """
    full = [c for c in table.times if c.is_full and c.high - c.low < _LONGEST_HISTORY]
    named = [c for c in full if says(c.name, NAMES["created_at"]) and not stage_of(c.name)]
    if named:
        return named[0]
    others = [c for c in full if not is_todays(c) and not says(c.name, NAMES["closed_at"])]
    if not others:
        return None
    return max(others, key=lambda c: _before(store, table, c))


def _before(store: Store, table: TableProfile, date: ColumnProfile) -> float:
    others = [c for c in table.times if c is not date]
    return sum(1 - later_share(store, table, date, other) < 0.1 for other in others)


def later_share(
    store: Store, table: TableProfile, created: ColumnProfile, other: ColumnProfile
) -> float:
    """The share of a column's dates that lie on a later day than the creation."""
    reader = Reader(MISSING_VALUES, "UTC")
    days = [reader.day(reader.moment(table.raw_column(c))) for c in (created, other)]
    share = store.value(
        f"SELECT avg(CAST({days[1]} > {days[0]} AS INTEGER)) FROM {table.raw.relation}"
    )
    return float(share or 0.0)


def later_shares(
    store: Store, table: TableProfile, created: ColumnProfile | None
) -> dict[str, float]:
    """Column of dates to the share of them after the creation."""
    if created is None:
        return {}
    return {c.name: later_share(store, table, created, c) for c in table.times if c is not created}


def moment_of(table: TableProfile, key: str, taken: Sequence[str] = ()) -> ColumnProfile | None:
    """The time that a key of the configuration means: by its name, or the only full one."""
    times = [c for c in table.times if c.name not in taken]
    named = [c for c in times if says(c.name, NAMES[key])]
    full = [c for c in times if c.is_full]
    return next(iter(named), None) or (full[0] if len(full) == 1 else None)
