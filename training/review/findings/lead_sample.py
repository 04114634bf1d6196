"""Leads drawn at random from a large history, so that looking at every day of every lead stays a
matter of minutes.
"""

import numpy as np
import pyarrow as pa

from features.store import Store


def draw(store: Store, most: int, *, seed: int) -> float:
    """Leave at most so many leads in a store, whole accounts at a time; what is left stands for
    all.

    Of three tables the episodes, events and changes of the others go, and with the episodes the
    leads are in no population any more; ``leads`` itself stays, because accounts are numbered
    behind it.

    Args:
        store: Is changed.
        most: Leads, about.
        seed: The same seed leaves the same leads.

    Returns:
        Leads that each of those left stands for: 1 where nothing was drawn.
    """
    leads = store.rows("leads")
    if leads <= most:
        return 1.0
    found = store.query(
        "SELECT lead, coalesce(account + (SELECT count(*) FROM leads), lead) AS cluster FROM leads"
    )
    _, number = np.unique(found["cluster"].to_numpy(), return_inverse=True)
    place = np.random.default_rng(seed).permutation(number.max() + 1)
    chosen = place[number] < most / leads * (number.max() + 1)
    store.connection.register(
        "drawn_leads", pa.table({"lead": found["lead"].filter(pa.array(chosen))})
    )
    for table in ("leads",) if store.is_flat else ("episodes", "events", "changes"):
        store.connection.execute(
            f"DELETE FROM {table} WHERE lead NOT IN (SELECT lead FROM drawn_leads)"
        )
    store.connection.unregister("drawn_leads")
    return leads / max(int(chosen.sum()), 1)
