"""Earlier losses of leads, and how old leads are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.rules.columns import Values
from features.store import Store


@dataclass(frozen=True)
class Losses:
    """Earlier episodes that were lost, known before the as-of of rows.

    Attributes:
        row: (k,) number of the row.
        age: (k,) days from the loss to the row's as-of.
        reason: k reasons.
    """

    row: NDArray[np.int32]
    age: NDArray[np.int32]
    reason: Values


def losses_of(store: Store) -> Losses:
    """Earlier losses of the rows in ``batch``."""
    table = store.query("""
        SELECT b.row, b.as_of_day - e.closed_day AS age, e.lost_reason
        FROM batch b JOIN episodes e ON e.lead = b.lead AND e.episode < b.episode
        WHERE NOT e.won AND e.close_known_day < b.as_of_day
    """)
    reason = Values(table["lost_reason"].combine_chunks(), "text")
    return Losses(table["row"].to_numpy(), table["age"].to_numpy(), reason)


def lead_ages(store: Store) -> NDArray[np.int32]:
    """(n,) days since each lead in ``batch`` was created."""
    ages: NDArray[np.int32] = store.query(
        "SELECT as_of_day - created_day AS age FROM batch JOIN leads USING (lead) ORDER BY row"
    )["age"].to_numpy()
    return ages
