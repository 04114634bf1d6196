"""Calibration by segment: where the promise is wrong for a part of the leads although it is right
for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.store import Store
from propensity.concepts.wording import plain
from training.learn.metrics.clustered_intervals import spread
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Floats, sigmoid
from training.learn.metrics.wilson import NORMAL_95
from training.learn.rows.lead_columns import attribute_column
from training.learn.rows.snapshots import LabelledRows

#: Leads that a value needs to be told.
LEAST_LEADS = 20

Values = NDArray[np.object_]


@dataclass(frozen=True)
class SegmentEvaluation:
    """The leads with one value of a column.

    Attributes:
        column: Name of the lead column.
        value: Its value; ``(unknown)`` where there is none.
        rows: Number of rows of the reference population.
        leads: Different leads (accounts).
        wins: Rows that are wins.
        promised: Mean chance, 0..1.
        observed: Close rate, 0..1.
        error: Observed minus promised, -1..1.
        low: Lower end of the 95 % interval of the error, over leads.
        high: Upper end of the same interval.
        beyond_noise: Whether the error lies outside of an interval wide enough for all segments at
            once.
    """

    column: str
    value: str
    rows: float
    leads: int
    wins: float
    promised: float
    observed: float
    error: float
    low: float
    high: float
    beyond_noise: bool


def segment_values(store: Store, rows: LabelledRows, columns: Sequence[str]) -> dict[str, Values]:
    """(n,) today's values of lead columns for rows, as text that can be shown; columns that were
    not read are left out.

    Args:
        store: The canonical tables.
        rows: The rows whose leads are looked up.
        columns: Names of lead columns.
    """
    return lead_values(store, rows.lead, columns)


def lead_values(
    store: Store, lead: NDArray[np.integer[Any]], columns: Sequence[str]
) -> dict[str, Values]:
    """(n,) the same of leads, by their numbers."""
    known = {
        name: column for name in columns if (column := attribute_column(store, name)) is not None
    }
    if not known:
        return {}
    asked = pa.table({"lead": lead, "row": np.arange(len(lead))})
    store.connection.register("segmented_rows", asked)
    listed = ", ".join(
        f"coalesce(CAST(l.{column} AS VARCHAR), '(unknown)') AS c{number}"
        for number, column in enumerate(known.values())
    )
    try:
        found = store.query(
            f"SELECT {listed} FROM segmented_rows r JOIN leads l USING (lead) ORDER BY r.row"
        )
    finally:
        store.connection.unregister("segmented_rows")
    return {name: _plain(found[f"c{number}"]) for number, name in enumerate(known)}


def segments(
    values: Mapping[str, Values], log_odds: Floats, holdout: Holdout
) -> tuple[SegmentEvaluation, ...]:
    """The calibration error of each value that enough leads have, column by column, the largest
    first.

    The standard error of a segment's error is cluster-robust, and at least what the chances
    themselves imply for
    rows that share leads as much as all rows do: few wins may agree by luck. Whether an error is
    beyond noise is judged by the largest of all errors at once (max-t; see
    ``closed_loop.intervals``), so that many segments do not make one of them wrong by chance.

    Args:
        values: (n,) values of the rows by column.
        log_odds: (n,) served log-odds.
        holdout: The rows.
    """
    chance = sigmoid(log_odds)
    cluster = np.unique(holdout.cluster, return_inverse=True)[1].astype(np.int64)
    told = [
        (column, value, inside)
        for column, of_rows in values.items()
        for value, inside in _parts(of_rows, cluster)
    ]
    if not told:
        return ()
    masses = np.array([holdout.weight[inside].sum() for _, _, inside in told])
    surplus = holdout.weight * (holdout.label - chance)

    def influence(at: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.column_stack(
            [
                np.where(inside[at], surplus[at], 0.0) / mass
                for (_, _, inside), mass in zip(told, masses, strict=True)
            ]
        )

    noise = spread(cluster, influence, len(told))
    implied = holdout.weight**2 * chance * (1 - chance)
    sharing = max(
        1.0, float(np.sum(np.bincount(cluster, weights=surplus) ** 2)) / float(implied.sum())
    )
    at_least = [
        sharing * float(implied[inside].sum()) / mass**2
        for (_, _, inside), mass in zip(told, masses, strict=True)
    ]
    deviations = np.sqrt(np.maximum(noise.variance, at_least)).tolist()
    return tuple(
        _segment(column, value, holdout.part(inside), chance[inside], deviations[k], noise.critical)
        for k, (column, value, inside) in enumerate(told)
    )


def _segment(
    column: str,
    value: str,
    rows: Holdout,
    chance: NDArray[np.float64],
    deviation: float,
    critical: float,
) -> SegmentEvaluation:
    weight, mass = rows.weight, float(rows.weight.sum())
    wins, promised = float((weight * rows.label).sum()), float((weight * chance).sum()) / mass
    error = wins / mass - promised
    low, high = error - NORMAL_95 * deviation, error + NORMAL_95 * deviation
    leads = len(np.unique(rows.cluster))
    beyond = abs(error) > critical * deviation
    return SegmentEvaluation(
        column, value, mass, leads, wins, promised, wins / mass, error, low, high, beyond
    )


def _parts(values: Values, cluster: NDArray[np.int64]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Values that enough different leads have, the most frequent first, with the mask of their
    rows.
    """
    levels, code = np.unique(values.astype(str), return_inverse=True)
    pairs = np.unique(np.column_stack([code, cluster]), axis=0)
    leads = np.bincount(pairs[:, 0], minlength=len(levels))
    order = np.lexsort((levels, -leads))
    return [(str(levels[k]), code == k) for k in order if leads[k] >= LEAST_LEADS]


def _plain(column: pa.ChunkedArray) -> Values:
    encoded = column.combine_chunks().dictionary_encode()
    texts = np.array([plain(text) for text in encoded.dictionary.to_pylist()], dtype=object)
    found: Values = texts[encoded.indices.to_numpy()]
    return found
