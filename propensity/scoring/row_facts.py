"""What a scored row says beside the sum: stage, topic, carried columns, warnings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.behaviour import actor_of, event_types
from features.build.table import FeatureTable
from features.spec import OTHER, AttributeSource, EventReading, Feature, FeatureSpec
from features.sql import one_of, quote_identifier
from features.states import in_state
from features.store import Store
from propensity.concepts.wording import plain
from propensity.language import CATALOGUES
from propensity.model.model import PropensityModel
from propensity.model.silent_states import knows_states
from propensity.scoring.little_evidence import little_evidence

#: Days that the topic looks back.
TOPIC_DAYS = 30
#: Unknown event types that warnings call by their name.
MOST_EVENT_TYPES = 20


@dataclass(frozen=True)
class RowFacts:
    """Facts of n rows.

    Attributes:
        stage: (n,) the latest stage reached before the as-of; null where none.
        topic: (n,) the kind of behaviour seen most in the last 30 days; null where none.
        carried: The columns named in ``carry``, n rows.
        unknown_events: Event types the model does not know, to the (n,) rows that have one; ``""``
            stands for all beyond the most frequent.
    """

    stage: pa.StringArray
    topic: pa.StringArray
    carried: pa.Table
    unknown_events: dict[str, NDArray[np.bool_]]


class RowReader:
    """Reads the facts of rows from a store that is prepared for a model's spec.

    Args:
        store: The canonical tables.
        spec: Feature spec of the model that scores.
        types: Types of the events, the most frequent first; None for those of the store.
    """

    def __init__(self, store: Store, spec: FeatureSpec, types: Sequence[str] | None = None) -> None:
        self.store, self.spec, self.types = store, spec, types

    @cached_property
    def unknown_event_types(self) -> tuple[str, ...]:
        """Types of the events that the model was not trained on."""
        if self.store.is_flat:
            return ()
        types = event_types(self.store) if self.types is None else self.types
        return tuple(name for name in types if not _is_known(name, self.spec))

    def read(self, rows: pa.Table) -> RowFacts:
        """The facts of rows (``lead``, ``episode``, ``as_of_day``)."""
        numbered = rows.append_column("row", pa.array(np.arange(rows.num_rows, dtype=np.int32)))
        self.store.connection.register("scored_rows", numbered)
        try:
            return RowFacts(
                self._stage(rows),
                self._topic(rows),
                self._carried(),
                self._unknown_events(rows.num_rows),
            )
        finally:
            self.store.connection.unregister("scored_rows")

    def _stage(self, rows: pa.Table) -> pa.StringArray:
        """The latest by day; of one day, the later in the funnel."""
        names = self.store.stages
        reached, stage = np.full(rows.num_rows, -np.inf), np.full(rows.num_rows, -1)
        if names:
            days = self.store.query(f"""
                SELECT {", ".join(f"e.s{i}_day::DOUBLE AS s{i}" for i in range(len(names)))}
                FROM scored_rows r LEFT JOIN episodes e ON e.lead = r.lead AND e.episode = r.episode
                    ORDER BY r.row
            """)
            as_of = rows["as_of_day"].to_numpy()
            for number in range(len(names)):
                day = days[f"s{number}"].to_numpy()
                later = (day < as_of) & (day >= reached)
                reached[later], stage[later] = day[later], number
        return pa.array(names, pa.string()).take(pa.array(stage, mask=stage < 0))

    def _topic(self, rows: pa.Table) -> pa.StringArray:
        """By count, then the latest, then the kind that more leads show."""
        kinds = pa.array(self.spec.kinds, pa.string())
        code = np.full(rows.num_rows, -1)
        if len(kinds) and any(
            not isinstance(feature.source, AttributeSource) for feature in self.spec.features
        ):
            found = self.store.query(f"""
                SELECT row, max((n, latest, -kind)) AS best FROM (
                    SELECT r.row, f.kind::INTEGER AS kind, count(*) AS n, max(f.day) AS latest
                    FROM scored_rows r JOIN kind_events f ON f.lead = r.lead
                    WHERE f.kind >= 0 AND f.kind < {len(kinds)} AND f.known_day < r.as_of_day
                      AND f.day >= r.as_of_day - {TOPIC_DAYS}
                    GROUP BY r.row, f.kind
                ) GROUP BY row
            """)
            best = pc.struct_field(found["best"], 2)
            code[found["row"].to_numpy()] = -best.to_numpy()
        return kinds.take(pa.array(code, mask=code < 0))

    def _carried(self) -> pa.Table:
        columns = [
            (
                attribute.name,
                f"DATE '1970-01-01' + l.a{i}" if attribute.kind == "date" else f"l.a{i}",
            )
            for i, attribute in enumerate(self.store.attributes)
            if attribute.role == "carry"
        ]
        listed = "".join(
            f", {value} AS {quote_identifier(f'c{i}')}" for i, (_, value) in enumerate(columns)
        )
        table = self.store.query(
            f"SELECT r.row{listed} FROM scored_rows r JOIN leads l USING (lead) ORDER BY r.row"
        )
        return table.drop_columns(["row"]).rename_columns([name for name, _ in columns])

    def _unknown_events(self, n: int) -> dict[str, NDArray[np.bool_]]:
        types = self.unknown_event_types
        if not types:
            return {}
        found = self.store.query(f"""
            SELECT DISTINCT r.row, e.event_type FROM scored_rows r JOIN events e ON e.lead = r.lead
            WHERE e.known_day < r.as_of_day AND {one_of("e.event_type", types)}
        """)
        named = types[:MOST_EVENT_TYPES]
        code = (
            pc.index_in(found["event_type"], pa.array(named, pa.string()))
            .fill_null(len(named))
            .to_numpy()
        )
        has = np.zeros((n, len(named) + 1), dtype=np.bool_)
        has[found["row"].to_numpy(), code] = True
        return {name: has[:, number] for number, name in enumerate((*named, ""))}


def absent_columns(store: Store, spec: FeatureSpec) -> tuple[str, ...]:
    """Columns that the model reads and that hold no value in the whole input."""
    read = dict.fromkeys(
        feature.source.column
        for feature in spec.features
        if isinstance(feature.source, AttributeSource)
    )
    numbers = {a.name: i for i, a in enumerate(store.attributes) if a.role in ("fit", "interest")}
    changed = {
        f.source.column
        for f in spec.features
        if isinstance(f.source, AttributeSource) and f.source.history
    }
    here = [name for name in read if name in numbers and name not in changed]
    empty: set[str] = set()
    if here and store.value("SELECT count(*) FROM leads"):
        counts = store.query(
            "SELECT " + ", ".join(f"count(a{numbers[name]})" for name in here) + " FROM leads"
        )
        empty = {
            name for name, count in zip(here, counts.columns, strict=True) if count[0].as_py() == 0
        }
    return tuple(
        name for name in read if name in empty or (name not in numbers and name not in changed)
    )


def warnings(
    model: PropensityModel,
    table: FeatureTable,
    facts: RowFacts,
    *,
    absent: Iterable[str],
    accepted: str | None = None,
    language: str,
) -> pa.ListArray:
    """(n,) lists of warnings of each row: unlike what was seen, missing columns, what was not
    understood, unknown events.
    """
    words, known = CATALOGUES[language], table.as_known
    found: dict[str, NDArray[np.bool_]] = {
        words["warn: little evidence"]: little_evidence(model, table.matrix)
    }
    if accepted is not None:
        text = words["warn: accepted"].format(reason=plain(accepted))
        found[text] = np.ones(len(table), dtype=np.bool_)
    for column in absent:
        found[words.say("warn: column", column=plain(column))] = np.ones(len(table), dtype=np.bool_)
    found |= not_understood(model, table, absent=absent, language=language)
    for number, feature in enumerate(model.spec.features):
        if feature.is_category and not knows_states(model, feature.name):
            found[words.say("warn: level", column=plain(feature.name))] = known[:, number] == OTHER
    for name, have_it in facts.unknown_events.items():
        key = "warn: event type" if name else "warn: more event types"
        found[words.say(key, column=plain(name))] = have_it
    texts, flags = (
        list(found),
        np.column_stack([*found.values(), np.zeros((len(table), 0), dtype=np.bool_)]),
    )
    rows, numbers = np.nonzero(flags)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(table)))]).astype(
        np.int32
    )
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.array(texts, pa.string()).take(pa.array(numbers))
    )


def not_understood(
    model: PropensityModel, table: FeatureTable, *, absent: Iterable[str], language: str
) -> dict[str, NDArray[np.bool_]]:
    """Warnings of values that add nothing, because training did not see their like; to the (n,)
    rows that have one.

    Args:
        model: Model in use.
        table: Features of the rows.
        absent: Columns of which the input says nothing at all; they have a warning of their own.
        language: Language of the warnings.
    """
    words, gone = CATALOGUES[language], set(absent)
    found: dict[str, NDArray[np.bool_]] = {}
    for number, (feature, states) in enumerate(zip(model.spec.features, model.silent, strict=True)):
        for state in sorted(states):
            if state == "missing" and (_column(feature) in gone or _hides_gaps(feature)):
                continue
            have_it = in_state(feature, table.matrix[:, number], state)
            if have_it.any():
                how = "unseen" if state in model.unseen[number] else "muted"
                found[words.say(f"warn: {how} {state}", column=plain(feature.name))] = have_it
    return found


def _column(feature: Feature) -> str | None:
    return feature.source.column if isinstance(feature.source, AttributeSource) else None


def _hides_gaps(feature: Feature) -> bool:
    """Whether it was decided that a missing value tells nothing."""
    return isinstance(feature.source, AttributeSource) and bool(feature.source.fill)


def _is_known(event_type: str, spec: FeatureSpec) -> bool:
    reading: EventReading = spec.events
    actor = actor_of(event_type, reading.actors)
    if actor != "lead":
        return actor is not None
    names = {*spec.kinds, *(unusable.column for unusable in spec.unusable), *reading.dropped}
    return event_type in names or any(
        fnmatchcase(event_type, group.event_type) for group in reading.groups
    )
