"""The rows that are worked on at a time, where the database can join them."""

import numpy as np
import pyarrow as pa

from features.store import Store


def make_batch(store: Store, rows: pa.Table) -> None:
    """Create the temporary table ``batch``: the rows with their number ``row``, from 0 in the order
    given.

    Args:
        store: Store that holds the rows.
        rows: ``lead``, ``episode``, ``as_of_day``.
    """
    numbered = rows.append_column("row", pa.array(np.arange(rows.num_rows, dtype=np.int32)))
    store.connection.register("batch_rows", numbered)
    store.connection.execute("CREATE OR REPLACE TEMP TABLE batch AS FROM batch_rows")
    store.connection.unregister("batch_rows")
