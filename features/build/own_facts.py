"""What own features may be computed from: of each row the facts known before its as-of, and nothing
else.

Rows bear numbers, not names: own code cannot look a lead up elsewhere. What happened or was
recorded at or after the as-of is not in the tables, so that no code can use it.
"""

import pyarrow as pa
import pyarrow.compute as pc

from features.build.attributes import current_values, values_at
from features.build.behaviour import event_delay, own_event_types
from features.spec import DROPPED, AttributeSource, FeatureSpec
from features.sql import quote_list
from features.store import Store

#: An event's value is kept in millionths.
_MILLIONTHS = 1_000_000


def own_facts(store: Store, spec: FeatureSpec) -> dict[str, pa.Table]:
    """The tables for the rows in ``batch``.

    Args:
        store: Store with the rows.
        spec: How events and lead columns are read.

    Returns:
        * ``rows``: ``row``, ``as_of`` (a day), ``episode``;
        * ``leads``: ``row``, ``age_days``, and the lead columns of fit and interest by name, as
          they were known; those that a decision drops are not there;
        * ``events``: ``row``, ``event_type``, ``detail``, ``channel``, ``value``, ``days_ago`` (at
          least 1), ``at`` (UTC), of the lead's own events;
        * ``changes``: ``row``, ``column``, ``value``, ``days_ago``, of the lead columns.
    """
    rows = store.query(
        "SELECT row, DATE '1970-01-01' + as_of_day AS as_of, episode FROM batch ORDER BY row"
    )
    empty = rows.slice(0, 0).select(["row"])
    facts = {"rows": rows, "leads": _leads(store, spec), "events": empty, "changes": empty}
    return facts if store.is_flat else {**facts, **_happened(store, spec)}


def _leads(store: Store, spec: FeatureSpec) -> pa.Table:
    age = "0" if store.is_flat else "b.as_of_day - l.created_day"
    found = store.query(
        f"SELECT row, {age} AS age_days, as_of_day FROM batch b JOIN leads l ON b.lead = l.lead"
        " ORDER BY row"
    )
    delays, changed = _delays(spec), _changed(store)
    for number, name in _columns(store, spec).items():
        kind = store.attributes[number].kind
        values = (
            values_at(store, number, kind, delay_days=delays.get(name, 0))
            if number in changed
            else current_values(store, [number])[0]
        )
        if kind == "date":
            values = _known_date(values, found["as_of_day"], same_day=store.is_flat)
        while name in found.column_names:  # a lead column called row, say
            name += " (column)"  # noqa: PLW2901
        found = found.append_column(name, values)
    return found.drop_columns(["as_of_day"])


def _changed(store: Store) -> set[int]:
    """Numbers of the lead columns that have a history."""
    if store.is_flat:
        return set()
    return set(store.query("SELECT DISTINCT attribute FROM changes")["attribute"].to_pylist())


def _delays(spec: FeatureSpec) -> dict[str, int]:
    """Lead column to the days after which a change counts."""
    return {
        feature.source.column: feature.source.delay_days
        for feature in spec.features
        if isinstance(feature.source, AttributeSource)
    }


def _known_date(days: pa.Array, as_of: pa.ChunkedArray, *, same_day: bool) -> pa.Array:
    """Dates as such; one at or after the as-of was not known then."""
    number = days.cast(pa.int32())
    past = pc.less_equal(number, as_of) if same_day else pc.less(number, as_of)
    known = pc.if_else(past, number, None)
    return known.combine_chunks().cast(pa.date32()) if isinstance(known, pa.ChunkedArray) else known


def _columns(store: Store, spec: FeatureSpec) -> dict[int, str]:
    """Number of each lead column of fit and interest that no decision drops, to its name."""
    dropped = {unusable.column for unusable in spec.unusable if unusable.reason == DROPPED}
    return {
        number: attribute.name
        for number, attribute in enumerate(store.attributes)
        if attribute.role in ("fit", "interest") and attribute.name not in dropped
    }


def _happened(store: Store, spec: FeatureSpec) -> dict[str, pa.Table]:
    types = quote_list(own_event_types(store, spec.events) or [""])  # no event has no type
    events = store.query(f"""
        SELECT row, event_type, detail, channel, value / {_MILLIONTHS} AS value,
               as_of_day - day AS days_ago, occurred_at AS "at"
        FROM batch b
        JOIN events e ON e.lead = b.lead AND known_day{event_delay(spec.events)} < b.as_of_day
        WHERE event_type IN {types} ORDER BY row, "at", event_type, detail, channel, value
    """)
    named, delays = _columns(store, spec), _delays(spec)
    columns = pa.table(
        [
            pa.array(named, pa.int32()),
            pa.array(named.values(), pa.string()),
            pa.array((delays.get(name, 0) for name in named.values()), pa.int32()),
        ],
        names=["attribute", "column", "delay"],
    )
    store.connection.register("own_columns", columns)
    changes = store.query("""
        SELECT row, "column", value, as_of_day - day AS days_ago
        FROM batch b JOIN changes c ON c.lead = b.lead
        JOIN own_columns o ON o.attribute = c.attribute AND c.known_day + o.delay < b.as_of_day
        ORDER BY ALL
    """)
    store.connection.unregister("own_columns")
    return {"events": events, "changes": changes}
