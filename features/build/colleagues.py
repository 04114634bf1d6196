"""What the other people of a lead's account did: the account's events, less the lead's own.

A colleague's event counts once the event and the colleague were both known: a CRM often attaches a
history of web visits to a lead when it creates it.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import COLLEAGUES, BehaviourSource, FeatureSpec
from features.store import Store


def make_account_counts(store: Store, rows: pa.Table, spec: FeatureSpec) -> None:
    """Create the table ``account_counts``: events of each account known before each as-of of
    ``rows``.

    Columns: ``account``, ``as_of_day``, and ``c0``, ``c1`` … for each colleagues feature of the
    spec.
    """
    windows = [window for _, window in _wanted(spec)]
    if not windows:
        return
    looked_at = rows.select(["lead", "as_of_day"]).group_by(["lead", "as_of_day"]).aggregate([])
    store.connection.register("looked_at_rows", looked_at)
    store.connection.execute(f"""
        CREATE OR REPLACE TABLE account_counts AS
        WITH looked_at AS (
            SELECT DISTINCT l.account, r.as_of_day FROM looked_at_rows r JOIN leads l
                ON r.lead = l.lead
            WHERE l.account IN (SELECT account FROM leads GROUP BY account HAVING count(*) > 1)
        )
        SELECT a.account, a.as_of_day, {_counts(windows)}
        FROM looked_at a JOIN leads l ON l.account = a.account
        JOIN kind_events e ON e.lead = l.lead AND e.kind >= 0
            AND greatest(e.known_day, l.known_day) < a.as_of_day
        GROUP BY a.account, a.as_of_day
    """)
    store.connection.unregister("looked_at_rows")


def fill_colleagues(store: Store, spec: FeatureSpec, matrix: NDArray[np.float64]) -> None:
    """Write the colleagues features of the rows in the table ``batch``."""
    wanted = _wanted(spec)
    if not wanted:
        return
    others = ", ".join(
        f"(a.c{j} - coalesce(o.c{j}, 0))::DOUBLE AS c{j}" for j in range(len(wanted))
    )
    found = store.query(f"""
        WITH own AS (
            SELECT a.row, {_counts([window for _, window in wanted])}
            FROM batch a JOIN leads l ON l.lead = a.lead
            JOIN kind_events e ON e.lead = a.lead AND e.kind >= 0
                AND greatest(e.known_day, l.known_day) < a.as_of_day
            GROUP BY a.row
        )
        SELECT b.row, {others}
        FROM batch b JOIN leads l ON b.lead = l.lead
        JOIN account_counts a ON a.account = l.account AND a.as_of_day = b.as_of_day LEFT JOIN own o
            ON o.row = b.row
    """)
    row = found["row"].to_numpy()
    for j, (column, _) in enumerate(wanted):
        matrix[row, column] = found[f"c{j}"].to_numpy()


def _wanted(spec: FeatureSpec) -> list[tuple[int, int | None]]:
    """Matrix column and window of each colleagues feature."""
    sources = [(i, feature.source) for i, feature in enumerate(spec.features)]
    return [
        (i, s.window) for i, s in sources if isinstance(s, BehaviourSource) and s.kind == COLLEAGUES
    ]


def _counts(windows: list[int | None]) -> str:
    """SQL: events ``e`` known before ``a.as_of_day``, per window."""
    return ", ".join(
        (
            "count(*) AS c" + str(j)
            if window is None
            else f"count(*) FILTER (a.as_of_day - e.day <= {window}) AS c{j}"
        )
        for j, window in enumerate(windows)
    )
