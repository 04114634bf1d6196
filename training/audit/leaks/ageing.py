"""What the time of the rows tells about a column: dates that lie after their row, and values that
older rows have and young ones have not yet.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from features.store import Store
from propensity.config.leak_limits import LeakLimits
from training.audit.findings import Hit
from training.audit.leaks.units import STRATA, AuditedColumn, Units

#: Rows with a date, and rows among them after their time, below which nothing is said.
_FEWEST_ROWS, _FEWEST_LATE = 20, 3
#: Suspect from here: share of a date's values that lie after the row's time.
_SLIPS = 0.01
#: Suspect from here, of three tables: share of a date's values that lie after the creation.
_LATER = 0.2
#: Standard errors that a chance among many columns rarely reaches.
_ERRORS = 3.5
#: Newest rows have a value at most so often as older ones do.
_FALLS_TO = 0.75
#: Rank correlation of the share that has a value with the age of the rows, from which on it grows
#: with age; a field that was taken off a form falls in one step.
_GROWS = 0.6
#: Share of the whole fall that makes it one step.
_STEP = 0.8
#: Share of zeros from which on a number's zero counts as no value.
_ZEROS = 0.2


def after_hits(
    store: Store, column: AuditedColumn, number: int, limits: LeakLimits
) -> Iterator[Hit]:
    """A date whose values lie after the time of their row (of three tables: after the creation).

    Args:
        store: The canonical tables.
        column: A date.
        number: Its number in the store.
        limits: Limits of the firewall.
    """
    time = "day" if store.is_flat else "created_day"
    found = store.connection.execute(
        f"SELECT count(*), count(*) FILTER (a{number} > {time}) FROM leads"
        f" WHERE a{number} IS NOT NULL AND {time} IS NOT NULL"
    ).fetchall()[0]
    rows, late = map(int, found)
    if rows < _FEWEST_ROWS or late < _FEWEST_LATE:
        return
    share = late / rows
    evidence = {"rows": rows, "after": late, "share": round(share, 4)}
    if store.is_flat and share >= _SLIPS:
        sentence = (
            f"{late:,} of {rows:,} values ({share:.0%}) lie after the time of their row: "
            + (
                "they were written later"
                if share >= limits.after_time
                else "slips, or written later"
            )
        )
        is_leak = share >= limits.after_time
        yield Hit("date after the row", "leak" if is_leak else "suspect", sentence, evidence)
    elif not store.is_flat and share >= _LATER and not column.has_history:
        yield Hit(
            "date after the creation",
            "suspect",
            f"{late:,} of {rows:,} values ({share:.0%}) lie after the lead's creation, and are used"
            " at as-ofs before they were known. Give their history of changes, or make them events",
            evidence,
        )


def ageing_hits(column: AuditedColumn, units: Units, limits: LeakLimits) -> Iterator[Hit]:
    """A column that more of the older rows have than of the newest: filled in as rows age.

    Rows are put in order by their time, or by their place where only that is known.
    """
    if not units.is_ordered or column.has_history:
        return
    filled, part = _filled(column)[column.has_row], units.stratum[column.has_row]
    if not len(part):
        return
    n = int(part.max()) + 1
    if n < STRATA // 2:
        return
    rows = np.bincount(part, minlength=n)
    share = np.bincount(part, filled, minlength=n) / np.maximum(rows, 1)
    older, newest = part < n // 2, part == n - 1
    old, new = float(filled[older].mean()), float(filled[newest].mean())
    pooled = (old * older.sum() + new * newest.sum()) / (older.sum() + newest.sum())
    error = float(np.sqrt(pooled * (1 - pooled) * (1 / older.sum() + 1 / newest.sum())))
    grows = -_rank_correlation(share)
    if (
        old - new < max(limits.ageing, _ERRORS * error)
        or new > _FALLS_TO * old
        or grows < _GROWS
        or _is_one_step(share)
    ):
        return
    yield Hit(
        "filled as rows age",
        "suspect",
        f"{old:.0%} of the older half of the rows have a value, {new:.0%} of the newest tenth: it"
        " is filled in as rows age, so that it was not there at the as-of",
        {"older": round(old, 4), "newest": round(new, 4), "parts": [round(s, 4) for s in share]},
    )


def _filled(column: AuditedColumn) -> NDArray[np.bool_]:
    """(n,) whether a row has a value; of a number that is often zero, one that is not zero."""
    filled = ~column.is_missing
    if column.kind != "number" or column.values is None or not filled.any():
        return filled
    zero = column.values == 0
    lowest = float(np.nanmin(column.values))
    return filled & ~zero if lowest >= 0 and zero[filled].mean() >= _ZEROS else filled


def _is_one_step(share: NDArray[np.float64]) -> bool:
    """Whether nearly all of the fall is between neighbouring parts before the newest, as when a
    form changes within one of them.
    """
    falls = share[:-3] - share[2:-1]
    return bool(falls.max(initial=0.0) >= _STEP * (share.max() - share.min()))


def _rank_correlation(share: NDArray[np.float64]) -> float:
    ranks = np.argsort(np.argsort(share, kind="stable"), kind="stable")
    return float(np.corrcoef(ranks, np.arange(len(share)))[0, 1])
