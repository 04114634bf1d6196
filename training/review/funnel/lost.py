"""Why leads were lost, by the kind of customer and by quadrant."""

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
class LossReasons:
    """Losses by reason and group.

    Attributes:
        groups: Names.
        reasons: The most frequent first; None for losses without a recorded reason, empty for all
            rare ones together.
        counts: (reasons, groups) losses; those of fewer than five leads are None.
        total: Losses looked at.
    """

    groups: tuple[str, ...]
    reasons: tuple[str | None, ...]
    counts: tuple[tuple[int | None, ...], ...]
    total: int


def lost(
    store: Store,
    lead: NDArray[np.int32],
    code: NDArray[np.int16],
    names: tuple[str, ...],
    *,
    since: int,
    until: int,
) -> LossReasons | None:
    """Count the losses of some leads; None where none of them has a reason.

    Args:
        store: Store that holds the leads.
        lead: (n,) their numbers, each once.
        code: (n,) place among the names; -1 for none, which is not counted.
        names: Names of the groups.
        since: Local day of the first losses that count.
        until: Local day before which they were lost.
    """
    asked = pa.table({"lead": lead[code >= 0], "code": code[code >= 0]})
    store.connection.register("lost_leads", asked)
    try:
        rows = store.connection.execute(
            "SELECT e.lost_reason, g.code, count(DISTINCT e.lead) FROM lost_leads g JOIN episodes"
            f" e USING (lead) WHERE NOT e.won AND e.closed_day >= {since} AND e.closed_day <"
            f" {until} GROUP BY ALL"
        ).fetchall()
    finally:
        store.connection.unregister("lost_leads")
    if not any(reason is not None for reason, _, _ in rows):
        return None
    counted: dict[str | None, NDArray[np.int64]] = {}
    for reason, group, leads in rows:
        name = None if reason is None else plain(reason)
        counted.setdefault(name, np.zeros(len(names), dtype=np.int64))[group] += leads
    order = sorted(counted, key=lambda name: (name is None, -counted[name].sum(), str(name)))
    shown = [name for name in order if name is None or counted[name].sum() >= FEWEST_FOR_A_COUNT]
    shown = [
        *[name for name in shown if name is not None][:_MOST],
        *[name for name in shown if name is None],
    ]
    rare = sum(
        (counted[name] for name in order if name not in shown), np.zeros(len(names), dtype=np.int64)
    )
    table = [counted[name] for name in shown]
    if rare.sum() >= FEWEST_FOR_A_COUNT:
        shown, table = [*shown, ""], [*table, rare]
    counts = tuple(tuple(_told(int(count)) for count in line) for line in table)
    return LossReasons(
        names, tuple(shown), counts, int(sum(line.sum() for line in counted.values()))
    )


def _told(count: int) -> int | None:
    return None if 0 < count < FEWEST_FOR_A_COUNT else count
