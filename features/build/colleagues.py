"""What the other people of a lead's account did: the account's events, less the lead's own.

A colleague's event counts once the event and the colleague were both known: a CRM often attaches a
history of web visits to a lead when it creates it. Who belongs to an account is as it was known at
the as-of, where the history of changes tells of moves.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.attributes import LATEST_CHANGE
from features.spec import COLLEAGUES, BehaviourSource, FeatureSpec
from features.store import ACCOUNT_CHANGE, Store

#: SQL: the account of a lead ``l`` that may have moved (``m``) at the as-of.
_ACCOUNT = "CASE WHEN m.lead IS NULL THEN l.account ELSE m.account END"


def make_account_counts(store: Store, rows: pa.Table, spec: FeatureSpec) -> None:
    """Create the table ``account_counts``: events of each account known before each as-of of
    ``rows``.

    Columns: ``account``, ``as_of_day``, and ``c0``, ``c1`` … for each colleagues feature of the
    spec. Beside it ``moved_accounts`` holds the account (``account``) of the leads (``lead``) that
    ever moved, at each as-of (``as_of_day``) at which they or people of an account of theirs are
    looked at.
    """
    windows = [window for _, window in _wanted(spec)]
    if not windows:
        return
    looked_at = rows.select(["lead", "as_of_day"]).group_by(["lead", "as_of_day"]).aggregate([])
    store.connection.register("looked_at_rows", looked_at)
    moved = f"(SELECT lead FROM changes WHERE attribute = {ACCOUNT_CHANGE})"
    store.connection.execute(f"""
        CREATE OR REPLACE TABLE moved_accounts AS
        WITH belonged AS (
            SELECT lead, account FROM leads WHERE lead IN {moved}
            UNION
            SELECT lead, CAST(value AS INTEGER) FROM changes WHERE attribute = {ACCOUNT_CHANGE}
        ), looked_at AS (
            SELECT DISTINCT coalesce(b.account, l.account) AS account, r.as_of_day
            FROM looked_at_rows r JOIN leads l ON r.lead = l.lead
            LEFT JOIN belonged b ON b.lead = r.lead
        ), days AS (
            SELECT lead, as_of_day FROM looked_at_rows WHERE lead IN {moved}
            UNION
            SELECT b.lead, a.as_of_day FROM looked_at a JOIN belonged b USING (account)
        ), latest AS (
            SELECT d.as_of_day, c.lead, {LATEST_CHANGE} AS change
            FROM days d JOIN changes c ON c.lead = d.lead AND c.attribute = {ACCOUNT_CHANGE}
                AND c.known_day < d.as_of_day
            GROUP BY d.as_of_day, c.lead
        )
        SELECT d.as_of_day, l.lead, CASE WHEN t.lead IS NULL THEN l.account
            ELSE CAST(struct_extract(t.change, 'value') AS INTEGER) END AS account
        FROM days d JOIN leads l ON l.lead = d.lead
        LEFT JOIN latest t ON t.lead = d.lead AND t.as_of_day = d.as_of_day
    """)
    store.connection.execute(f"""
        CREATE OR REPLACE TABLE account_counts AS
        WITH looked_at AS (
            SELECT DISTINCT {_ACCOUNT} AS account, r.as_of_day
            FROM looked_at_rows r JOIN leads l ON r.lead = l.lead
            LEFT JOIN moved_accounts m ON m.lead = r.lead AND m.as_of_day = r.as_of_day
        ), shared AS (
            SELECT account, as_of_day FROM looked_at
            WHERE account IN (SELECT account FROM leads GROUP BY account HAVING count(*) > 1)
               OR account IN (SELECT account FROM moved_accounts)
        ), people AS (
            SELECT a.account, a.as_of_day, l.lead, l.known_day
            FROM shared a JOIN leads l ON l.account = a.account WHERE l.lead NOT IN {moved}
            UNION ALL
            SELECT a.account, a.as_of_day, l.lead, l.known_day
            FROM shared a JOIN moved_accounts m USING (account, as_of_day)
            JOIN leads l ON l.lead = m.lead
        )
        SELECT a.account, a.as_of_day, {_counts(windows)}
        FROM people a JOIN kind_events e ON e.lead = a.lead AND e.kind >= 0
            AND greatest(e.known_day, a.known_day) < a.as_of_day
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
        LEFT JOIN moved_accounts m ON m.lead = b.lead AND m.as_of_day = b.as_of_day
        JOIN account_counts a ON a.account = {_ACCOUNT} AND a.as_of_day = b.as_of_day
        LEFT JOIN own o ON o.row = b.row
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
