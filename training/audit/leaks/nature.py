"""What a column is by nature, whatever the outcome: an identifier, a clock, another column once
more.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from propensity.concepts.wording import plain
from propensity.config.leak_limits import LeakLimits
from training.audit.findings import Hit
from training.audit.leaks.units import AuditedColumn, Units
from training.learn.metrics.explained_order import explained_order

#: Share of the values that differ from all others, from which on a column names leads.
_DIFFERENT = 0.99
#: A running number's values lie this dense.
_DENSITY = 0.2
#: A text that is an e-mail address is read by its kind, not as a name.
_MAIL = 0.8
#: Leads on which pairs of columns are compared.
_PAIR_ROWS = 20_000
#: Share of leads on which two columns are missing together (of those where either is), to be
#: emptied by one hand.
_TOGETHER = 0.9


def identifier_hits(column: AuditedColumn) -> Iterator[Hit]:
    """Values of which nearly every lead has its own."""
    filled = int((~column.is_missing).sum())
    if filled < 100 or column.mail >= _MAIL or column.n_different < _DIFFERENT * filled:
        return
    if column.values is not None:
        known = column.values[~np.isnan(column.values)]
        spread = known.max() - known.min() + 1
        if (known != np.floor(known)).any() or len(known) / spread < _DENSITY:
            return
    sentence = (
        f"{column.n_different:,} different values on {filled:,} leads: it names leads, it does not"
        " describe them"
    )
    yield Hit("identifier", "suspect", sentence, {"different": column.n_different, "leads": filled})


def clock_hits(column: AuditedColumn, units: Units, limits: LeakLimits) -> Iterator[Hit]:
    """Values that say when the lead came rather than what it is."""
    if not units.is_ordered or column.kind == "date":
        return
    explained = explained_order(column.code, units.order)
    if explained >= limits.clock:
        yield Hit(
            "clock",
            "suspect",
            f"tells when a lead came ({explained:.0%} of the variance of the order in time): the"
            " calendar is no feature, and the future has values that nobody has seen",
            {"explained": round(explained, 4)},
        )


def same_columns(
    columns: Sequence[AuditedColumn], limits: LeakLimits, *, seed: int
) -> dict[str, list[str]]:
    """Columns of which each tells the other's value, by name."""
    n = len(columns[0].code) if columns else 0
    at = np.random.default_rng(seed).choice(n, size=min(n, _PAIR_ROWS), replace=False)
    found: dict[str, list[str]] = {}
    worth = [c for c in columns if len(np.unique(c.code[at])) > 1]
    for i, one in enumerate(worth):
        for other in worth[i + 1 :]:
            if _are_same(one.code[at], other.code[at], limits.same):
                found.setdefault(one.name, []).append(other.name)
                found.setdefault(other.name, []).append(one.name)
    return found


def _are_same(one: NDArray[np.int64], other: NDArray[np.int64], limit: float) -> bool:
    together = np.zeros((int(one.max()) + 1, int(other.max()) + 1), dtype=np.int64)
    np.add.at(together, (one, other), 1)
    n = len(one)
    for table in (together, together.T):
        told, guess = table.max(axis=1).sum() / n, table.sum(axis=0).max() / n
        if guess >= 1 or (told - guess) / (1 - guess) < limit:
            return False
    return True


def twin_hits(names: Sequence[str], leaks: Mapping[str, bool]) -> Iterator[Hit]:
    """A column that is another one once more: suspect where that one is a leak, else told only."""
    if not names:
        return
    listed = ", ".join(repr(plain(name, longest=30)) for name in names[:3])
    of_leak = any(leaks.get(name, False) for name in names)
    sentence = f"says the same as {listed}" + (", which leaks" if of_leak else "")
    yield Hit(
        "near-duplicate", "suspect" if of_leak else "fine", sentence, {"columns": list(names)}
    )


def emptied_together(column: AuditedColumn, columns: Sequence[AuditedColumn]) -> list[str]:
    """Other columns that are missing where this one is: filled in apart, their values would not
    match.
    """
    missing = column.is_missing
    either = [
        (other.name, missing | other.is_missing, missing & other.is_missing)
        for other in columns
        if other.name != column.name
    ]
    return [name for name, one, both in either if one.any() and both.sum() >= _TOGETHER * one.sum()]


def total_hits(column: AuditedColumn) -> Iterator[Hit]:
    """A number that counts what a lead did, as it is today, in a history of as-ofs."""
    if column.role == "interest" and column.kind == "number" and not column.has_history:
        yield Hit(
            "today's total",
            "suspect",
            "counts as interest and is today's total, used at past as-ofs: it has counted what came"
            " after them. Give its history of changes, or the events it counts",
        )
