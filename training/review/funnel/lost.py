"""Why leads were lost, by the kind of customer and by quadrant."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.store import Store
from training.review.funnel.reasons import ReasonCounts, reason_counts


def lost(
    store: Store,
    lead: NDArray[np.int32],
    code: NDArray[np.int16],
    names: tuple[str, ...],
    *,
    since: int,
    until: int,
) -> ReasonCounts | None:
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
    return reason_counts(rows, names)
