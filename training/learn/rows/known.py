"""What was known at a moment of the past: mature rows, with the outcomes recorded by then."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, goals_ahead

#: The day on which a win that never came was recorded.
NEVER = np.iinfo(np.int64).max


def recorded(run: Run, rows: LabelledRows) -> NDArray[np.int64]:
    """(n,) local day on which each row's win was recorded; ``NEVER`` where there is none.

    Of a stage other than the close only the day it was reached is known: it counts as recorded
    then. In a flat table an outcome counts as known at once.
    """
    if run.config.goal is None or run.store.is_flat:
        return np.where(rows.label == 1, rows.time, NEVER)
    asked = rows.rows.select(["lead", "episode"]).append_column(
        "row", pa.array(np.arange(len(rows)))
    )
    run.store.connection.register("backtested_rows", asked)
    try:
        found = run.store.query(f"""
            WITH goals AS ({goals_ahead(run.store, run.config.goal.stage)})
            SELECT coalesce(g.goal_known_day, {NEVER})::BIGINT AS day
            FROM backtested_rows r JOIN goals g ON g.lead = r.lead AND g.episode = r.episode
                ORDER BY r.row
        """)
    finally:
        run.store.connection.unregister("backtested_rows")
    days: NDArray[np.int64] = found["day"].to_numpy()
    return np.where(rows.label == 1, days, NEVER)


def known_at(
    rows: LabelledRows, recorded_day: NDArray[np.int64], moment: int, *, horizon_days: int
) -> tuple[NDArray[np.intp], LabelledRows]:
    """The rows that could have taught at a moment.

    Args:
        rows: All mature rows of today.
        recorded_day: (n,) local day on which each row's win was recorded.
        moment: Local day at whose start the past "today" lies (flat: place in the order of time).
        horizon_days: Days after which a row is mature; 0 in a flat table.

    Returns:
        Positions of the rows that were mature, and these rows; a win that was not recorded by then
        is none.
    """
    at = np.flatnonzero(rows.time + horizon_days <= moment - (horizon_days == 0))
    taught = rows.take(at)
    label = np.where(recorded_day[at] < moment, taught.label, 0).astype(np.int8)
    return at, replace(taught, label=label)
