"""Why leads were lost, by the kind of customer and by quadrant."""

import numpy as np
from numpy.typing import NDArray

from features.store import Store
from training.review.funnel.reasons import ReasonCounts, reasons_by_group


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
    return reasons_by_group(
        store,
        lead,
        code,
        names,
        f"SELECT lead, lost_reason AS reason FROM episodes WHERE NOT won AND closed_day >= {since}"
        f" AND closed_day < {until}",
    )
