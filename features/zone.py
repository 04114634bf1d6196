"""One clock: the rules of time zones, from one table for Python and for the database.

Python's rules come from the package ``tzdata``, the same on every machine. DuckDB brings a table of
its own, which may be older than a government's last change of mind. Where the two differ, the SQL
made here follows ``tzdata``.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.sql import quote_literal

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
_WEEK, _DAY, _MINUTE = 7 * 86_400, 86_400, 60
_MILLION = 1_000_000
#: Changes of a zone's clock up to which SQL may list them.
_FEW_CHANGES = 4
Seconds = NDArray[np.int64]


@cache
def zone(name: str) -> ZoneInfo:
    """The rules of a time zone.

    Raises:
        KeyError: There is no such zone in ``tzdata``.
    """
    *folders, last = name.split("/")
    try:
        with files("tzdata").joinpath("zoneinfo", *folders, last).open("rb") as stream:
            return ZoneInfo.from_file(stream, key=name)
    except (OSError, ValueError) as error:
        raise KeyError(name) from error


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in which the database's clock is wrong.

    Attributes:
        first: Its beginning, seconds since 1970, UTC.
        end: Its end.
        offset: What local time is ahead of UTC in it, in seconds.
    """

    first: int
    end: int
    offset: int


def local_time(moment: str, timezone: str) -> str:
    """SQL: a TIMESTAMPTZ expression as local time, a TIMESTAMP."""
    usual = f"{moment} AT TIME ZONE {quote_literal(timezone)}"
    cases = "".join(
        f" WHEN {moment} >= to_timestamp({s.first}) AND {moment} < to_timestamp({s.end})"
        f" THEN ({moment} AT TIME ZONE 'UTC') + INTERVAL ({s.offset}) SECOND"
        for s in differences(timezone)
    )
    return f"CASE{cases} ELSE {usual} END" if cases else usual


def local_day(moment: str, timezone: str) -> str:
    """SQL: the local calendar day of a TIMESTAMPTZ expression, INTEGER days since 1970-01-01.

    Where the clock of a zone changed a few times at most, a day is a division of whole numbers: the
    database asks a calendar for each row, which takes as long as reading the rows.
    """
    asked = f"CAST(CAST({local_time(moment, timezone)} AS DATE) - DATE '1970-01-01' AS INTEGER)"
    offsets = changes(timezone)
    if len(offsets) > _FEW_CHANGES:
        return asked
    second = f"epoch_us({moment})"
    ahead = str(offsets[0][1] * _MILLION)
    for start, offset in offsets[1:]:
        later = offset * _MILLION
        ahead = f"CASE WHEN {second} < {start * _MILLION} THEN {ahead} ELSE {later} END"
    first, end = (int(at.timestamp()) + day for at, day in ((_FIRST, _DAY), (_LAST, -_DAY)))
    return (
        f"CASE WHEN {second} >= {first * _MILLION} AND {second} < {end * _MILLION}"
        f" THEN CAST(({second} + {ahead}) // {_DAY * _MILLION} AS INTEGER) ELSE {asked} END"
    )


@cache
def changes(timezone: str) -> tuple[tuple[int, int], ...]:
    """From when on local time is how far ahead of UTC by ``tzdata``, in seconds, from 1970 to 2059.

    >>> changes("Asia/Tokyo")
    ((0, 32400),)
    """
    rules = zone(timezone)
    at = np.arange(_FIRST.timestamp(), _LAST.timestamp(), _DAY).astype(np.int64)
    ahead = _ours(rules, at)
    found = [(int(at[0]), int(ahead[0]))]
    for place in np.flatnonzero(_changes(ahead)).tolist():
        low, high = int(at[place]), int(at[place + 1])
        while high - low > 1:
            middle = (low + high) // 2
            is_new = _ours(rules, np.array([middle]))[0] == ahead[place + 1]
            low, high = (low, middle) if is_new else (middle, high)
        found.append((high, int(ahead[place + 1])))
    return tuple(found)


def moment_of(local: str, timezone: str) -> str:
    """SQL: a local TIMESTAMP expression as a moment, a TIMESTAMPTZ."""
    usual = f"{local} AT TIME ZONE {quote_literal(timezone)}"
    cases = "".join(
        f" WHEN {local} >= {_timestamp(s.first + s.offset)}"
        f" AND {local} < {_timestamp(s.end + s.offset)}"
        f" THEN ({local} - INTERVAL ({s.offset}) SECOND) AT TIME ZONE 'UTC'"
        for s in differences(timezone)
    )
    return f"CASE{cases} ELSE {usual} END" if cases else usual


@cache
def differences(timezone: str) -> tuple[Stretch, ...]:
    """The stretches from 1970 to 2059 in which DuckDB's offset is not that of ``tzdata``.

    Offsets are compared week by week, then day by day in the weeks, and minute by minute on the
    days, in which one of them changes.
    """
    if timezone == "UTC":
        return ()
    rules = zone(timezone)
    with duckdb.connect() as database:

        def theirs(at: Seconds) -> Seconds:
            return _offsets_of(database, at, timezone)

        at = np.arange(_FIRST.timestamp(), _LAST.timestamp(), _WEEK).astype(np.int64)
        if (_ours(rules, at) == theirs(at)).all():
            return ()
        for step, finer in itertools.pairwise((_WEEK, _DAY, _MINUTE)):
            changing = at[:-1][_changes(_ours(rules, at)) | _changes(theirs(at))]
            at = np.union1d(at, (changing[:, None] + np.arange(0, step, finer)).ravel())
        return tuple(_stretches(at, _ours(rules, at), theirs(at)))


def _stretches(at: Seconds, ours: Seconds, theirs: Seconds) -> list[Stretch]:
    """Runs of samples with one offset of ours that is not theirs."""
    found = []
    wrong = np.where(ours == theirs, np.iinfo(np.int64).min, ours)
    starts = np.flatnonzero(np.concatenate([[True], _changes(wrong)]))
    for start, end in itertools.pairwise([*starts.tolist(), len(at) - 1]):
        if ours[start] != theirs[start]:
            found.append(Stretch(int(at[start]), int(at[end]), int(ours[start])))
    return found


def _changes(values: Seconds) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = values[1:] != values[:-1]
    return changed


def _ours(rules: ZoneInfo, at: Seconds) -> Seconds:
    """(n,) seconds by which local time is ahead of UTC, by ``tzdata``."""
    zero = timedelta(0)
    offsets = (
        (datetime.fromtimestamp(second, rules).utcoffset() or zero) // timedelta(seconds=1)
        for second in at.tolist()
    )
    return np.fromiter(offsets, dtype=np.int64, count=len(at))


def _offsets_of(database: duckdb.DuckDBPyConnection, at: Seconds, timezone: str) -> Seconds:
    """(n,) the same by DuckDB."""
    found = database.execute(
        f"SELECT epoch(to_timestamp(second) AT TIME ZONE {quote_literal(timezone)}) - second AS"
        " ahead FROM (SELECT unnest($1::BIGINT[]) AS second)",
        [at.tolist()],
    ).fetchnumpy()
    ahead: Seconds = np.asarray(found["ahead"]).astype(np.int64)
    return ahead


def _timestamp(second: int) -> str:
    return f"TIMESTAMP '{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S}'"


def midnight_of(day: str, timezone: str) -> str:
    """SQL: the UTC moment, without zone, at which a local day begins; ``day`` counts from 1970."""
    local = f"CAST(DATE '1970-01-01' + ({day}) AS TIMESTAMP)"
    return f"(({moment_of(local, timezone)}) AT TIME ZONE 'UTC')"
