"""Why sales sent leads back, by quadrant."""

import numpy as np
from numpy.typing import NDArray

from features.store import STATUSES, Store
from training.review.funnel.metrics import FEWEST_FOR_A_RATE
from training.review.funnel.reasons import ReasonCounts, reasons_by_group

#: The group of leads that stand in no quadrant, because they were no longer open.
WITHOUT = ""


def sent_back(
    store: Store,
    lead: NDArray[np.int32],
    code: NDArray[np.int16],
    names: tuple[str, ...],
    *,
    since: int,
    until: int,
) -> ReasonCounts | None:
    """Count the leads that sales sent back, each once for a reason; None where none has one.

    Cells of fewer than 20 leads are not told: a reason may say much about a single one.

    Args:
        store: Store that holds the leads and what sales said of them.
        lead: (n,) their numbers, each once.
        code: (n,) place among the names; -1 for none, which is not counted.
        names: Names of the groups.
        since: Local day from which on leads were sent back.
        until: Local day before which it was known.
    """
    return reasons_by_group(
        store,
        lead,
        code,
        names,
        f"SELECT lead, reason FROM {STATUSES} WHERE meaning = 'sent back' AND known_day >= {since}"
        f" AND known_day < {until}",
        fewest=FEWEST_FOR_A_RATE,
    )
