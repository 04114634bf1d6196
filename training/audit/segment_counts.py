"""Wins and losses of each segment: is there enough to promise figures for it?"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from features.store import Store
from propensity.concepts.wording import plain
from training.audit.findings import Finding
from training.learn.rows.lead_columns import attribute_column
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

#: A level of fewer leads is not told: it could be a person.
_FEWEST_TOLD = 20
#: A segment of a smaller share of the leads is told, but no ground for amber.
_LARGE_SEGMENT = 0.1
#: Segments told at most, the largest first.
_MOST_SEGMENTS = 20


def segments_counted(run: Run, rows: LabelledRows) -> Iterator[Finding]:
    """Wins and losses of each value of the configured columns; values of fewer than 20 leads are
    told together.
    """
    for name in run.config.audit.segments:
        column = attribute_column(run.store, name)
        if column is None:
            continue
        counted = _by_level(run.store, rows, column)
        if not counted:
            continue
        total = sum(leads for _, leads, _ in counted)
        thin = [
            level
            for level, leads, wins in counted
            if wins < run.config.audit.least_wins and leads >= _LARGE_SEGMENT * total
        ]
        told = "; ".join(
            f"{level}: {wins:,} of {leads:,}" for level, leads, wins in counted[:_MOST_SEGMENTS]
        )
        sentence = f"Wins and leads by {plain(name)}: {told}"
        advice = (
            f"Too few wins to judge apart: {', '.join(thin)}. Do not promise figures for them."
            if thin
            else ""
        )
        evidence = {
            "column": name,
            "segments": [
                {"level": level, "leads": leads, "wins": wins} for level, leads, wins in counted
            ],
        }
        yield Finding(
            "sufficiency",
            f"segment {plain(name)}",
            "amber" if thin else "green",
            sentence,
            advice,
            evidence,
        )


def _by_level(store: Store, rows: LabelledRows, column: str) -> list[tuple[str, int, int]]:
    """Level, leads and won leads, the largest first."""
    leads, inverse = np.unique(rows.lead, return_inverse=True)
    won = np.bincount(inverse, weights=rows.label) > 0
    store.connection.register("segmented", pa.table({"lead": leads, "won": won}))
    found = store.connection.execute(f"""
        WITH counted AS (
            SELECT coalesce(CAST(l.{column} AS VARCHAR), '(unknown)') AS level, count(*) AS leads,
                   count(*) FILTER (s.won) AS wins
            FROM segmented s JOIN leads l USING (lead) GROUP BY level
        )
        SELECT CASE WHEN leads >= {_FEWEST_TOLD} THEN level END AS told, sum(leads)::BIGINT AS n,
            sum(wins)::BIGINT
        FROM counted GROUP BY told ORDER BY n DESC, told
    """).fetchall()
    store.connection.unregister("segmented")
    return [
        (plain(level) if level is not None else "(rarer values)", int(n), int(wins))
        for level, n, wins in found
        if n >= _FEWEST_TOLD
    ]
