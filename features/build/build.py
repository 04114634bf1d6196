"""Build the feature table of rows: point in time, the same code for training and for scoring.

A fact counts for a row iff it was known before the row's as-of day. Every aggregate is a count, a
minimum, a maximum or a sum of integers, so the result has the same bits on one thread and on two,
in one batch and in many.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.attributes import fill_attributes
from features.build.batch import make_batch
from features.build.behaviour import SENDS_CODE, kind_codes, make_kind_events
from features.build.colleagues import fill_colleagues, make_account_counts
from features.build.own_features import fill_own
from features.build.table import FeatureTable
from features.build.tally import NO_MOMENT, Hits, Tally
from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    FeatureSpec,
    Measure,
)
from features.store import Store

#: Rows whose events are counted at a time.
_ROWS_AT_A_TIME = 200_000


class Builder(Protocol):
    """Who builds the features of rows: this process, or a cluster."""

    def __call__(
        self, store: Store, rows: pa.Table, spec: FeatureSpec, *, teaching: bool = False
    ) -> FeatureTable:
        """The table of ``build``; nobody has prepared the store."""


def prepare(store: Store, spec: FeatureSpec, rows: pa.Table) -> None:
    """Make the tables in the store that ``build`` reads; once per spec and all rows that will be
    built.
    """
    if any(not isinstance(feature.source, AttributeSource) for feature in spec.features):
        make_kind_events(store, spec.events, spec.kinds)
        make_account_counts(store, rows, spec)


def built(
    store: Store, rows: pa.Table, spec: FeatureSpec, *, teaching: bool = False
) -> FeatureTable:
    """Prepare a store for rows, and build them here; see ``build``."""
    prepare(store, spec, rows)
    return build(store, rows, spec, teaching=teaching)


def build(
    store: Store, rows: pa.Table, spec: FeatureSpec, *, teaching: bool = False
) -> FeatureTable:
    """Features of rows.

    Args:
        store: Prepared for this spec by ``prepare``.
        rows: ``lead``, ``episode``, ``as_of_day``, one per row wanted, in any order; see
            ``features.population``.
        spec: What to build.
        teaching: Whether a model learns from the rows: what it must not recognise as missing is
            drawn, see ``AttributeSource.gap``.

    Returns:
        One matrix row per row, in the order of ``rows``.
    """
    matrix = _blank(rows.num_rows, spec)
    drawn = {
        i: np.zeros(rows.num_rows, dtype=np.bool_)
        for i, feature in enumerate(spec.features)
        if isinstance(feature.source, AttributeSource)
        and feature.source.is_drawn(teaching=teaching)
    }
    ids = []
    for start in range(0, rows.num_rows, _ROWS_AT_A_TIME):
        here = slice(start, start + _ROWS_AT_A_TIME)
        drawn_here = {i: mask[here] for i, mask in drawn.items()}
        ids.append(_fill(store, rows.slice(start, _ROWS_AT_A_TIME), spec, matrix[here], drawn_here))
    keys = rows.select(["lead", "episode", "as_of_day"])
    lead_id = pa.chunked_array(ids, pa.string()).combine_chunks()
    return FeatureTable(spec, keys.append_column("lead_id", lead_id), matrix, drawn)


def _fill(
    store: Store,
    rows: pa.Table,
    spec: FeatureSpec,
    matrix: NDArray[np.float64],
    drawn: Mapping[int, NDArray[np.bool_]],
) -> pa.Array:
    """Write the features of some rows; return their lead_ids."""
    make_batch(store, rows)
    fill_attributes(store, spec, matrix, drawn)
    if any(isinstance(feature.source, BehaviourSource | ClockSource) for feature in spec.features):
        hits, sends = _hits(store, spec, rows)
        any_kind = np.full_like(hits.kind, kind_codes(spec.kinds)[ANY_KIND])
        together = Tally(replace(hits, kind=any_kind), half_life_days=spec.half_life_days)
        _fill_behaviour((Tally(hits, half_life_days=spec.half_life_days), together), spec, matrix)
        _fill_clocks(store, together, sends, spec, matrix)
        fill_colleagues(store, spec, matrix)
    fill_own(store, spec, matrix)
    ids = store.query("SELECT lead_id FROM batch b JOIN leads l ON b.lead = l.lead ORDER BY row")
    return ids["lead_id"].combine_chunks()


def _blank(n_rows: int, spec: FeatureSpec) -> NDArray[np.float64]:
    """The features of leads that did nothing: counts and sums 0, everything else missing."""
    matrix = np.full((n_rows, len(spec.features)), np.nan, order="F")
    for i, feature in enumerate(spec.features):
        match feature.source:
            case BehaviourSource(measure="count" | "active_days" | "decayed" | "momentum" | "sum"):
                matrix[:, i] = 0.0
            case _:
                pass
    return matrix


# --- behaviour ------------------------------------------------------------------------------------


def _hits(store: Store, spec: FeatureSpec, rows: pa.Table) -> tuple[Hits, Hits]:
    """The leads' own events known before the as-of of the rows in ``batch``, and the messages sent
    to them.
    """
    valued = any(_measure(source) in ("sum", "latest") for source in _sources(spec))
    values = f", e.value, coalesce(e.moment, {NO_MOMENT}) AS moment" if valued else ""
    lead = rows["lead"]
    found = store.query(f"""
        SELECT b.row, e.kind, b.as_of_day - e.day AS age{values}
        FROM batch b JOIN kind_events e ON e.lead = b.lead AND e.known_day < b.as_of_day
        WHERE e.lead BETWEEN {pc.min(lead).as_py()} AND {pc.max(lead).as_py()}
    """)
    hits = Hits(**{name: _integers(found[name]) for name in found.column_names})
    sent = hits.kind == SENDS_CODE
    return (hits.take(~sent), hits.take(sent)) if sent.any() else (hits, hits.take(sent))


def _integers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """With 0 where there is none."""
    found: NDArray[np.int64] = column.fill_null(0).to_numpy().astype(np.int64, copy=False)
    return found


def _fill_behaviour(
    tallies: Iterable[Tally], spec: FeatureSpec, matrix: NDArray[np.float64]
) -> None:
    codes = kind_codes(spec.kinds)
    columns: dict[tuple[Measure, int | None], dict[int, int]] = {}
    for i, feature in enumerate(spec.features):
        source = feature.source
        if isinstance(source, BehaviourSource) and source.kind != COLLEAGUES:
            columns.setdefault((source.measure, source.window), {})[codes[source.kind]] = i
    for tally in tallies:
        for (measure, window), column_of in columns.items():
            if tally.of_kind.keys() & column_of.keys():
                _scatter(matrix, tally, column_of, tally.measured(measure, window))


def _scatter(
    matrix: NDArray[np.float64],
    tally: Tally,
    column_of: dict[int, int],
    values: NDArray[np.float64],
) -> None:
    """Write the values of each kind into its column; missing values leave the blank."""
    for kind in tally.of_kind.keys() & column_of.keys():
        groups = tally.of_kind[kind]
        present = groups[~np.isnan(values[groups])]
        matrix[tally.row[present], column_of[kind]] = values[present]


def _sources(spec: FeatureSpec) -> Iterator[BehaviourSource]:
    return (
        feature.source for feature in spec.features if isinstance(feature.source, BehaviourSource)
    )


def _measure(source: BehaviourSource) -> Measure:
    return source.measure


# --- clocks ---------------------------------------------------------------------------------------


def _fill_clocks(
    store: Store, own: Tally, sends: Hits, spec: FeatureSpec, matrix: NDArray[np.float64]
) -> None:
    """Write the clocks; ``own`` holds all own events of a row as one group."""
    for i, feature in enumerate(spec.features):
        if not isinstance(feature.source, ClockSource):
            continue
        match feature.source.clock:
            case "lead_age":
                age = (
                    "SELECT as_of_day - created_day AS age FROM batch JOIN leads USING (lead) ORDER"
                    " BY row"
                )
                matrix[:, i] = store.query(age)["age"].to_numpy()
            case "earlier_losses":
                matrix[:, i] = store.query("SELECT episode - 1 AS n FROM batch ORDER BY row")[
                    "n"
                ].to_numpy()
            case "first_touch_age":
                matrix[own.row, i] = own.first()
            case "unanswered":
                matrix[:, i] = _unanswered(own, sends, len(matrix))


def _unanswered(own: Tally, sends: Hits, n_rows: int) -> NDArray[np.float64]:
    """(rows,) messages sent on a later day than the lead's last own event."""
    last = np.full(n_rows, np.inf)
    last[own.row] = own.measured("days_since", None)
    later = sends.row[sends.age < last[sends.row]]
    return np.bincount(later, minlength=n_rows).astype(np.float64)
