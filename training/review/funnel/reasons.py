"""Reasons that people gave for what became of leads, by group."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.store import Store
from propensity.concepts.wording import plain
from training.review.funnel.metrics import FEWEST_FOR_A_COUNT

#: Reasons shown, at most; the rest is one line.
_MOST = 12


@dataclass(frozen=True)
class ReasonCounts:
    """Leads by reason and group.

    Attributes:
        groups: Names.
        reasons: The most frequent first; None for leads without a recorded reason, empty for all
            rare ones together.
        counts: (reasons, groups) leads; those of too few are None.
        total: Leads looked at.
    """

    groups: tuple[str, ...]
    reasons: tuple[str | None, ...]
    counts: tuple[tuple[int | None, ...], ...]
    total: int


def reasons_by_group(
    store: Store,
    lead: NDArray[np.int32],
    code: NDArray[np.int16],
    names: tuple[str, ...],
    given: str,
    *,
    fewest: int = FEWEST_FOR_A_COUNT,
) -> ReasonCounts | None:
    """Count leads by the reasons that were given, each once for a reason; None where none has one.

    Args:
        store: Store that holds the leads.
        lead: (n,) their numbers, each once.
        code: (n,) place among the names; -1 for none, which is not counted.
        names: Names of the groups.
        given: SQL of the reasons: rows of ``lead`` and ``reason``.
        fewest: Leads below which a count is not told, unless it is 0.
    """
    asked = pa.table({"lead": lead[code >= 0], "code": code[code >= 0]})
    store.connection.register("grouped_leads", asked)
    try:
        rows = store.connection.execute(
            "SELECT r.reason, g.code, count(DISTINCT r.lead) FROM grouped_leads g JOIN"
            f" ({given}) r USING (lead) GROUP BY ALL"
        ).fetchall()
    finally:
        store.connection.unregister("grouped_leads")
    return reason_counts(rows, names, fewest=fewest)


def reason_counts(
    rows: Iterable[tuple[str | None, int, int]],
    names: tuple[str, ...],
    *,
    fewest: int = FEWEST_FOR_A_COUNT,
) -> ReasonCounts | None:
    """Count leads by reason and group; None where none of them has a reason.

    Args:
        rows: Reason, place of the group among the names, and leads.
        names: Names of the groups.
        fewest: Leads below which a count is not told, unless it is 0.
    """
    counted: dict[str | None, NDArray[np.int64]] = {}
    for reason, group, leads in rows:
        name = None if reason is None else plain(reason)
        counted.setdefault(name, np.zeros(len(names), dtype=np.int64))[group] += leads
    if not any(name is not None for name in counted):
        return None
    order = sorted(counted, key=lambda name: (name is None, -counted[name].sum(), str(name)))
    shown = [name for name in order if name is None or counted[name].sum() >= fewest]
    shown = [
        *[name for name in shown if name is not None][:_MOST],
        *[name for name in shown if name is None],
    ]
    rare = sum(
        (counted[name] for name in order if name not in shown), np.zeros(len(names), dtype=np.int64)
    )
    table = [counted[name] for name in shown]
    if rare.sum() >= fewest:
        shown, table = [*shown, ""], [*table, rare]
    counts = tuple(tuple(_told(int(count), fewest) for count in line) for line in table)
    return ReasonCounts(
        names, tuple(shown), counts, int(sum(line.sum() for line in counted.values()))
    )


def _told(count: int, fewest: int) -> int | None:
    return None if 0 < count < fewest else count
