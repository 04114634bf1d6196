"""Are the times what they seem: impossible dates, shifted clocks, sources that stopped."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from features.build.behaviour import event_types, event_types_of
from features.days import date_of, day_number
from features.sql import quote_list
from features.store import Store
from features.zone import local_time
from propensity.concepts.wording import plain
from training.audit.findings import Finding
from training.audit.machine_answers import answers_at_once, opens_without_clicks
from training.learn.rows.run import Run

#: No company kept a CRM before; a birthday may be older, and nothing is planned beyond.
_FIRST, _FIRST_BORN, _LAST = (day_number(date(year, 1, 1)) for year in (1990, 1900, 2100))
#: Amber from here: share of the events outside of the period that the leads cover; of a date column
#: on one day.
_OUTSIDE, _ONE_DAY = 0.01, 0.2
#: Events read for the clock, at most: beyond it, those of a part of the leads.
_CLOCK_EVENTS = 2_000_000
#: Events that a group needs for its clock to be read, and how far they must crowd around one hour
#: (0..1).
_FEWEST, _CROWDED = 200, 0.2
#: Mean hours of a day that no office keeps, and by how many hours a mean hour moves when a clock
#: was changed.
_NIGHT, _MOVED = (22.0, 5.0), 3.0
#: Amber from here: share of the events on the full hour (one in sixty is usual), and at midnight of
#: UTC.
_FULL_HOUR, _UTC_MIDNIGHT = 0.5, 0.2
#: A source that sent so much that so many records are missing since, and for so many days, has
#: stopped.
_MISSING_RECORDS, _SILENT_DAYS = 20, 14
#: Days over which a source's usual rate is taken; sources looked at, the largest first.
_RATE_DAYS, _MOST_SOURCES = 180, 200

Check = Callable[[Run], Iterator[Finding]]


def times(store: Store) -> Mapping[str, Check]:
    """The checks of times that this shape of input allows."""
    if store.is_flat:
        return {"impossible dates": _impossible_flat, "one date for all": _one_day}
    return {
        "impossible dates": _impossible,
        "one date for all": _one_day,
        "events outside the period": _outside,
        "shifted clocks": _clocks,
        "sources that stopped": _stopped,
        "opens by machines": opens_without_clicks,
        "answers within seconds": answers_at_once,
    }


def _date_columns(store: Store) -> list[tuple[str, str]]:
    return [
        (f"a{i}", attribute.name)
        for i, attribute in enumerate(store.attributes)
        if attribute.kind == "date"
    ]


# --- dates ----------------------------------------------------------------------------------------


def _impossible_flat(run: Run) -> Iterator[Finding]:
    yield from _told_impossible(run.store, {"leads.time": ("leads", "day", _FIRST)})


def _impossible(run: Run) -> Iterator[Finding]:
    places = {
        "leads.created_at": ("leads", "created_day", _FIRST),
        "events.occurred_at": ("events", "day", _FIRST),
        "outcomes.closed_at": ("episodes", "closed_day", _FIRST),
        "attribute_changes.changed_at": ("changes", "day", _FIRST),
    }
    places |= {
        f"stage {stage}": ("episodes", f"s{i}_day", _FIRST)
        for i, stage in enumerate(run.store.stages)
    }
    yield from _told_impossible(run.store, places)


def _told_impossible(store: Store, places: dict[str, tuple[str, str, int]]) -> Iterator[Finding]:
    """Dates before there were CRMs (1900 and 1970 stand for "unknown"), or beyond a century."""
    places |= {name: ("leads", column, _FIRST_BORN + 1) for column, name in _date_columns(store)}
    counts = {
        name: int(
            store.value(
                f"SELECT count(*) FROM {table} WHERE {column} < {first} OR {column} >= {_LAST}"
            )
        )
        for name, (table, column, first) in places.items()
    }
    bad = {name: n for name, n in counts.items() if n}
    if bad:
        told = ", ".join(f"{plain(name)} ({n:,} rows)" for name, n in list(bad.items())[:6])
        yield Finding(
            "tables",
            "impossible dates",
            "amber",
            f"Dates that cannot be: {told}",
            'Dates such as 1900-01-01, 1970-01-01 and 9999-12-31 stand for "unknown": write them as'
            " missing.",
            bad,
        )


def _one_day(run: Run) -> Iterator[Finding]:
    """A date that very many leads share: the day of an import, or a default."""
    places = {name: column for column, name in _date_columns(run.store)}
    if not run.store.is_flat:
        places["created_at"] = "created_day"
    for name, column in places.items():
        most, filled, different = run.store.connection.execute(
            f"SELECT max(n), sum(n), count(*) FROM (SELECT count(*) AS n FROM leads WHERE {column}"
            f" IS NOT NULL GROUP BY {column})"
        ).fetchall()[0]
        if filled and different >= 20 and most >= _ONE_DAY * filled:
            yield Finding(
                "tables",
                "one date for all",
                "amber",
                f"{most:,} of {filled:,} leads ({most / filled:.0%}) "
                f"have the same day in {plain(name)}: an import, or a default",
                "Find out when these leads really came: their age, and every snapshot, hangs"
                " on it.",
                {"column": name, "leads": int(most), "filled": int(filled)},
            )


def _outside(run: Run) -> Iterator[Finding]:
    """Events before the first lead, and after the moment up to which the sources are complete."""
    n, before, after = run.store.connection.execute(f"""
        SELECT count(*), count(*) FILTER (day < (SELECT min(created_day) FROM leads)),
               count(*) FILTER (day >= {run.store.observed_day}) FROM events
    """).fetchall()[0]
    outside = before + (after if run.store.observed_from == "config" else 0)
    if not outside:
        return
    many = outside >= _OUTSIDE * n
    yield Finding(
        "tables",
        "events outside the period",
        "amber" if many else "green",
        f"Of {n:,} events {before:,} lie before the first lead was created and {after:,} after"
        " observed until: they are not, or never, learned from",
        (
            "Check input.observed_until, and whether the leads were exported from the same period."
            if many
            else ""
        ),
        {"events": n, "before": before, "after": after},
    )


# --- clocks ---------------------------------------------------------------------------------------


def _clocks(run: Run) -> Iterator[Finding]:
    """Whether people seem to work at night, and whether a clock was changed in mid-history."""
    n_events = run.store.rows("events")
    part = max(1, math.ceil(n_events / _CLOCK_EVENTS))
    at = "(occurred_at AT TIME ZONE 'UTC')"
    local = f"({local_time(at, run.store.timezone)})"
    for actor in ("sales", "lead"):
        types = event_types_of(run.store, actor, run.config.behaviour.actors)
        if not types:
            continue
        found = run.store.connection.execute(f"""
            WITH told AS (
                SELECT {local} AS local, occurred_at, day FROM events
                WHERE event_type IN {quote_list(types)} AND hash(lead) % {part} = 0
            )
            SELECT (day / 91.3)::INTEGER AS quarter, hour(local) AS hour, count(*),
                   count(*) FILTER (minute(local) = 0 AND second(local) = 0) AS full_hour,
                   count(*) FILTER (occurred_at = date_trunc('day', occurred_at)) AS utc_midnight,
                   count(*) FILTER (local = date_trunc('day', local)) AS midnight
            FROM told GROUP BY ALL ORDER BY ALL
        """).fetchall()
        counts = np.array(found, dtype=np.int64).reshape(-1, 6)
        yield from _rounded(actor, counts, run.store.timezone)
        yield from _hours(actor, counts, run.store.timezone)


def _rounded(actor: str, counts: NDArray[np.int64], timezone: str) -> Iterator[Finding]:
    """Dates without a time of day, dates moved by a time zone, full hours."""
    n, full, utc, midnight = (int(total) for total in counts[:, 2:].sum(axis=0))
    if n < _FEWEST:
        return
    evidence = {"events": n, "full_hour": full, "midnight": midnight, "midnight_utc": utc}
    if midnight >= 0.95 * n:
        yield Finding(
            "tables",
            f"times of {actor} events",
            "green",
            f"The {actor}'s events carry dates without a time "
            "of day: what happened first on a day is unknown",
            "",
            evidence,
        )
    elif utc != midnight and utc >= _UTC_MIDNIGHT * n:
        yield Finding(
            "tables",
            f"times of {actor} events",
            "amber",
            f"{utc / n:.0%} of the {actor}'s events happened at midnight of UTC to the second, at"
            f" another hour in {timezone}: dates that were taken for moments",
            "Export them without an offset, or with the local one: as it is, they may count for "
            "the wrong day.",
            evidence,
        )
    elif full - midnight >= _FULL_HOUR * (n - midnight):
        yield Finding(
            "tables",
            f"times of {actor} events",
            "amber",
            f"{(full - midnight) / (n - midnight):.0%} of the "
            f"{actor}'s events happened on the full hour: rounded, or logged by a batch",
            "Use the time at which things happened, and recorded_at for when they were logged.",
            evidence,
        )


def _hours(actor: str, counts: NDArray[np.int64], timezone: str) -> Iterator[Finding]:
    hour, crowding, n = _mean_hour(counts)
    if n >= _FEWEST and crowding >= _CROWDED and (hour >= _NIGHT[0] or hour < _NIGHT[1]):
        yield Finding(
            "tables",
            f"clock of {actor} events",
            "amber",
            f"The {actor}'s events crowd around "
            f"{hour:04.1f} h in {timezone}: business hours are upside down",
            "Check input.timezone: times without an offset are read in it.",
            {"mean_hour": hour, "crowding": crowding, "events": n},
        )
    quarters = [(int(q), *_mean_hour(counts[counts[:, 0] == q])) for q in np.unique(counts[:, 0])]
    firm = [(q, hour) for q, hour, crowding, n in quarters if n >= _FEWEST and crowding >= _CROWDED]
    for (_, before), (q, after) in pairwise(firm):
        moved = (after - before + 12) % 24 - 12
        if abs(moved) >= _MOVED:
            yield Finding(
                "tables",
                f"clock of {actor} events",
                "amber",
                f"From about {date_of(int((q - 0.5) * 91.3))} "
                f"on the {actor}'s events lie {moved:+.0f} hours from where they lay",
                "A source changed its time zone: export it anew with offsets.",
                {"before": before, "after": after},
            )


def _mean_hour(counts: NDArray[np.int64]) -> tuple[float, float, int]:
    """Mean hour on the circle of the day, how far events crowd around it (0..1), and their number;
    no bare dates.
    """
    weight = (counts[:, 2] - counts[:, 5]).astype(np.float64)
    if weight.sum() <= 0:
        return 0.0, 0.0, 0
    angle = 2 * np.pi * (counts[:, 1] + 0.5) / 24
    mean = (weight * np.exp(1j * angle)).sum() / weight.sum()
    return float(np.angle(mean) / (2 * np.pi) * 24 % 24), float(abs(mean)), int(weight.sum())


# --- sources --------------------------------------------------------------------------------------


def _stopped(run: Run) -> Iterator[Finding]:
    """Sources and event types that sent, and then no longer, or had a long hole."""
    kinds = (
        quote_list(list(event_types(run.store))[:_MOST_SOURCES])
        if run.store.rows("events")
        else "('')"
    )
    found = run.store.connection.execute(f"""
        SELECT 'event ' || event_type AS source, day, count(*) FROM events
        WHERE event_type IN {kinds} AND day < {run.store.observed_day} GROUP BY ALL
        UNION ALL SELECT 'new leads', created_day, count(*) FROM leads
            WHERE created_day < {run.store.observed_day}
        GROUP BY ALL
        UNION ALL SELECT 'closes', closed_day, count(*) FROM episodes
            WHERE closed_day < {run.store.observed_day}
        GROUP BY ALL
        UNION ALL SELECT 'attribute changes', day, count(*) FROM changes
            WHERE day < {run.store.observed_day} GROUP BY ALL
        ORDER BY 1, 2
    """).fetchall()
    by_source: dict[str, list[tuple[int, int]]] = {}
    for source, day, n in found:
        by_source.setdefault(source, []).append((day, n))
    stopped, holes = {}, {}
    for source, counts in by_source.items():
        days, n = (np.array(part, dtype=np.int64) for part in zip(*counts, strict=True))
        if _is_missed(days, n, len(days) - 1, run.store.observed_day - int(days[-1]) - 1):
            stopped[source] = int(days[-1])
        gaps = np.diff(days) - 1
        longest = int(np.argmax(gaps)) if len(gaps) else -1
        if longest >= 0 and _is_missed(days, n, longest, int(gaps[longest])):
            holes[source] = (int(days[longest]) + 1, int(gaps[longest]))
    if stopped:
        told = ", ".join(f"{plain(s)} (last {date_of(d)})" for s, d in list(stopped.items())[:6])
        yield Finding(
            "tables",
            "sources that stopped",
            "amber",
            f"Stopped sending before {date_of(run.store.observed_day)}"
            f", up to where the tables count as complete: {told}{_more(len(stopped))}",
            "Repair the source or set input.observed_until earlier: silence is read as no"
            " interest.",
            {source: str(date_of(day)) for source, day in stopped.items()},
        )
    if holes:
        told = ", ".join(
            f"{plain(s)} ({days} days from {date_of(d)})"
            for s, (d, days) in list(holes.items())[:6]
        )
        yield Finding(
            "tables",
            "holes",
            "amber",
            f"Sent nothing for a while: {told}{_more(len(holes))}",
            "Fill the hole, or learn from the time after it: these days look as if leads did"
            " nothing.",
            {s: {"from": str(date_of(day)), "days": days} for s, (day, days) in holes.items()},
        )


def _is_missed(days: NDArray[np.int64], n: NDArray[np.int64], last: int, silent: int) -> bool:
    """Whether so long a silence after ``days[last]`` is none by chance, at the rate of the
    half-year before it.
    """
    if silent < _SILENT_DAYS:
        return False
    recent = (days > days[last] - _RATE_DAYS) & (days <= days[last])
    active = int(days[last] - days[recent][0]) + 1
    rate = n[recent].sum() / max(active, _SILENT_DAYS)
    usual_gap = int(np.diff(days[recent]).max(initial=1))
    return bool(rate * silent >= _MISSING_RECORDS and silent >= 3 * usual_gap)


def _more(count: int) -> str:
    return f" and {count - 6} more" if count > 6 else ""
