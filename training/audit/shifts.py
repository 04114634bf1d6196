"""What changed in mid-history: units, levels, and columns that began or ceased to be filled."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from propensity.concepts.wording import plain
from training.audit.findings import Finding
from training.learn.rows.run import Run

#: Parts of the history, of equally many leads.
_SLICES = 10
#: Leads that a part needs to be looked at, and values in a part for its median to count.
_FEWEST_LEADS, _FEWEST_VALUES = 50, 20
#: A unit changed when the median jumps by this factor, and on either side varies by less than the
#: other.
_JUMP, _STEADY = 5.0, 2.5
#: Share of a level in its heyday from which its coming or going matters; amber from this share of
#: the newest tenth.
_LEVEL, _NEW_SHARE = 0.05, 0.1
#: Filled in at least this share of one end of the history, and at most that of the other.
_FILLED, _UNFILLED = 0.3, 0.02
#: Levels looked at: the most frequent, of so many leads at least (fewer are not told: they could be
#: a person).
_MOST_LEVELS, _FEWEST_TOLD = 200, 20

Check = Callable[[Run], Iterator[Finding]]
Floats = NDArray[np.float64]


def shifts(run: Run) -> Mapping[str, Check]:
    """The checks of change over time; none where the rows have no order in time, or are too few."""
    if _place(run) is None or run.store.rows("leads") < _SLICES * _FEWEST_LEADS:
        return {}
    checks: dict[str, Check] = {
        "changed units": _units,
        "columns that began or ceased": _filling,
        "new or vanished levels": _levels,
    }
    return checks if run.store.is_flat else {**checks, "changed units of events": _event_units}


def _place(run: Run) -> str | None:
    """SQL: by what the leads stand in order of time, None where by nothing."""
    if not run.store.is_flat:
        return "created_day"
    order = run.config.split.order if run.config.split else "random"
    return {"time": 'epoch_us("at")', "rows": "row_number", "rows_newest_first": "-row_number"}.get(
        order
    )


def _sliced(run: Run) -> str:
    """SQL: the leads with the part of the history each belongs to; ties go by number, always the
    same way.
    """
    place = _place(run)
    return (
        f"(SELECT *, ntile({_SLICES}) OVER (ORDER BY {place}, lead) - 1 AS slice FROM leads WHERE"
        f" {place} IS NOT NULL)"
    )


# --- units ----------------------------------------------------------------------------------------


def _units(run: Run) -> Iterator[Finding]:
    numbers = [(f"a{i}", a.name) for i, a in enumerate(run.store.attributes) if a.kind == "number"]
    if not numbers:
        return
    medians = ", ".join(
        f"median(abs({c})) FILTER ({c} <> 0), count({c}) FILTER ({c} <> 0)" for c, _ in numbers
    )
    table = _per_slice(run, medians)
    for number, (_, name) in enumerate(numbers):
        yield from _jump(f"column {plain(name)}", table[:, 2 * number], table[:, 2 * number + 1])


def _event_units(run: Run) -> Iterator[Finding]:
    found = run.store.connection.execute(f"""
        WITH ends AS (SELECT min(day) AS first, max(day) - min(day) + 1 AS days FROM events
            WHERE value IS NOT NULL)
        SELECT event_type, ({_SLICES} * (day - first) // days)::INTEGER AS slice,
            median(abs(value)), count(*)
        FROM events, ends WHERE value <> 0 GROUP BY ALL ORDER BY ALL
    """).fetchall()
    for name in dict.fromkeys(row[0] for row in found):
        rows = np.array([row[2:] for row in found if row[0] == name], dtype=np.float64)
        yield from _jump(f"value of {plain(name)}", rows[:, 0] / 1e6, rows[:, 1])


def _jump(what: str, medians: Floats, counts: Floats) -> Iterator[Finding]:
    """A jump between two neighbouring parts with little movement on either side: no trend, a change
    of unit.
    """
    medians = medians[(counts >= _FEWEST_VALUES) & (medians > 0)]
    if len(medians) < 4:
        return
    steps = np.abs(np.diff(np.log(medians)))
    at = int(np.argmax(steps)) + 1
    before, after = medians[:at], medians[at:]
    is_steady = all(side.max() <= _STEADY * side.min() for side in (before, after))
    if steps[at - 1] < np.log(_JUMP) or not is_steady:
        return
    low, high = float(np.median(before)), float(np.median(after))
    yield Finding(
        "tables",
        f"unit of {what}",
        "amber",
        f"The median of {what} jumps from {low:,.4g} to {high:,.4g} "
        f"after {at / len(medians):.0%} of the history and stays there: was the unit changed?",
        "Bring all of it into one unit: the model takes the jump for a difference between leads.",
        {"before": low, "after": high, "share_before": at / len(medians)},
    )


# --- filling --------------------------------------------------------------------------------------


def _filling(run: Run) -> Iterator[Finding]:
    """Columns that were hardly ever filled at one end of the history, and often at the other."""
    columns = [(f"a{i}", a.name) for i, a in enumerate(run.store.attributes) if a.role != "carry"]
    if not columns:
        return
    shares = ", ".join(f"count({c}) / count(*)" for c, _ in columns)
    table = _per_slice(run, shares)
    old, new = table[:3], table[-2:]
    began = (old.max(axis=0) <= _UNFILLED) & (new.min(axis=0) >= _FILLED)
    ceased = (new.max(axis=0) <= _UNFILLED) & (old.min(axis=0) >= _FILLED)
    for what, which, advice in (
        (
            "began to be filled in mid-history",
            began,
            (
                "Older leads look unlike newer ones in it: learn from the newer "
                "ones alone, or leave it out until it is older."
            ),
        ),
        (
            "ceased to be filled, or are filled late",
            ceased,
            (
                "If the source stopped, repair it. If people fill it in "
                "weeks after a lead came, it knows the future: see its verdict below."
            ),
        ),
    ):
        names = [name for (_, name), is_so in zip(columns, which, strict=True) if is_so]
        if names:
            shown = ", ".join(map(plain, names[:6])) + (
                f" and {len(names) - 6} more" if len(names) > 6 else ""
            )
            yield Finding(
                "tables",
                "columns that began or ceased",
                "amber",
                f"{len(names)} columns {what}: {shown}",
                advice,
                {"columns": names},
            )


# --- levels ---------------------------------------------------------------------------------------


def _levels(run: Run) -> Iterator[Finding]:
    """Levels that only the newer leads have, and levels that no newer lead has."""
    new, gone = {}, {}
    for i, attribute in enumerate(run.store.attributes):
        if attribute.kind != "text" or attribute.role == "carry":
            continue
        counts, names = _by_slice(run, f"a{i}")
        if not len(names):
            continue
        newest = counts[:, -1] / max(counts[:, -1].sum(), 1)
        older = counts[:, :5].sum(axis=1) / max(counts[:, :5].sum(), 1)
        came = (counts[:, :5].sum(axis=1) == 0) & (newest >= _LEVEL)
        went = (counts[:, -2:].sum(axis=1) == 0) & (older >= _LEVEL)
        if came.any():
            new[attribute.name] = (
                [names[j] for j in np.flatnonzero(came)],
                float(newest[came].sum()),
            )
        if went.any():
            gone[attribute.name] = (
                [names[j] for j in np.flatnonzero(went)],
                float(older[went].sum()),
            )
    if new:
        many = any(share >= _NEW_SHARE for _, share in new.values())
        advice = (
            "Renamed? Then rename the old ones too. If they are new, the model knows little of them"
            " yet."
        )
        yield Finding(
            "tables",
            "new levels",
            "amber" if many else "green",
            f"Levels that no older lead has: {_told(new)} of the newest tenth",
            advice if many else "",
            {name: share for name, (_, share) in new.items()},
        )
    if gone:
        yield Finding(
            "tables",
            "vanished levels",
            "green",
            f"Levels that no newer lead has: {_told(gone)} of the older half",
            "",
            {name: share for name, (_, share) in gone.items()},
        )


def _per_slice(run: Run, figures: str) -> Floats:
    """(slices, figures) aggregates of the leads of each slice, the oldest first.

    NaN where there is none.
    """
    found = run.store.connection.execute(
        f"SELECT {figures} FROM {_sliced(run)} GROUP BY slice ORDER BY slice"
    ).fetchall()
    return np.array(found, dtype=np.float64)


def _by_slice(run: Run, column: str) -> tuple[Floats, list[str]]:
    """(levels, parts) leads of each frequent level, and the levels; none where most leads have a
    rare one.
    """
    found = run.store.connection.execute(f"""
        WITH frequent AS (
            SELECT {column} AS level FROM leads WHERE {column} IS NOT NULL GROUP BY 1
            HAVING count(*) >= {_FEWEST_TOLD} ORDER BY count(*) DESC, 1 LIMIT {_MOST_LEVELS}
        )
        SELECT {column}, slice, count(*) FROM {_sliced(run)}
        WHERE {column} IN (SELECT level FROM frequent) GROUP BY ALL ORDER BY ALL
    """).fetchall()
    names = sorted({row[0] for row in found})
    place = {name: j for j, name in enumerate(names)}
    counts = np.zeros((len(names), _SLICES))
    for level, part, n in found:
        counts[place[level], part] = n
    return counts, names


def _told(levels: Mapping[str, tuple[list[str], float]]) -> str:
    parts = [
        f"{plain(name)}: {', '.join(plain(level, longest=30) for level in found[:3])}"
        f"{' …' if len(found) > 3 else ''} ({share:.0%})"
        for name, (found, share) in list(levels.items())[:4]
    ]
    return "; ".join(parts) + (f"; and {len(levels) - 4} more columns" if len(levels) > 4 else "")
