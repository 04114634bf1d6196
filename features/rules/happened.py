"""What happened to leads, as far as rules ask: one pass over the events for all rules together."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.behaviour import actor_of, event_types, kind_name
from features.errors import DataError
from features.folding import fold, matcher
from features.rules.syntax import Events
from features.spec import EventReading
from features.store import Store

#: Everything a lead did.
ANYTHING = Events("did", ("*",))
Ints = NDArray[np.int64]


def make_rule_events(store: Store, wanted: Sequence[Events], reading: EventReading) -> None:
    """Create the tables ``rule_events`` and ``rule_codes``; made once for the same reading and
    events.

    ``rule_events`` holds the events that some rule asks for (``lead``, ``day``, ``known_day``,
    ``code``), sorted by lead, so that the events of a batch of leads are read without looking at
    the others; ``rule_codes`` holds which of ``wanted`` an event of a code is (``code``,
    ``events``). What was made before for the same reading stays.

    Raises:
        DataError: There are events, and nothing says who acts in them.
    """
    before = _made(store)
    kept = before.events if before.reading == reading.model_dump_json() else []
    missing = [events for events in dict.fromkeys(wanted) if events not in kept]
    if not missing:
        return
    if not reading.actors and store.rows("events"):
        raise DataError(
            [
                "behaviour.actors: rules ask what leads did; say who acts in each event type (lead,"
                " sales or marketing)"
            ]
        )
    made = _Made(reading.model_dump_json(), [*kept, *missing])
    _fill(store, made.events, reading)
    store.made["rule_events"] = made.text


@dataclass(frozen=True)
class _Made:
    """What the tables were made for."""

    reading: str
    events: list[Events]

    @property
    def text(self) -> str:
        listed = [[e.verb, e.types, e.details, e.channels] for e in self.events]
        return json.dumps([self.reading, listed])


def _made(store: Store) -> _Made:
    reading, listed = json.loads(store.made.get("rule_events", '["", []]'))
    return _Made(reading, [Events(verb, tuple(t), tuple(d), tuple(c)) for verb, t, d, c in listed])


def _fill(store: Store, wanted: Sequence[Events], reading: EventReading) -> None:
    types = _types(store, wanted, reading)
    store.connection.register("rule_types", types)
    # what no model may count, a rule may ask for
    everything = reading.model_copy(update={"dropped": ()})
    kind = kind_name(store, everything) if _asks_for_groups(wanted, reading) else "NULL"
    asked = f"""
        SELECT e.lead, e.day, e.known_day, e.event_type, e.kind,
               CASE WHEN t.with_detail THEN coalesce(e.detail, '') ELSE '' END AS detail,
               CASE WHEN t.with_channel THEN coalesce(e.channel, '') ELSE '' END AS channel
        FROM (SELECT *, coalesce({kind}, '') AS kind FROM events) e JOIN rule_types t
            ON e.event_type = t.event_type
    """
    found = store.query(f"SELECT DISTINCT event_type, kind, detail, channel FROM ({asked})")
    coded, codes = _coded(
        found,
        wanted,
        dict(zip(types["event_type"].to_pylist(), types["own"].to_pylist(), strict=True)),
    )
    store.connection.register("rule_coded", coded)
    store.connection.register("rule_code_pairs", codes)
    store.connection.execute("CREATE OR REPLACE TABLE rule_codes AS FROM rule_code_pairs")
    store.connection.execute(f"""
        CREATE OR REPLACE TABLE rule_events AS
        SELECT a.lead, a.day, a.known_day, c.code
        FROM ({asked}) a JOIN rule_coded c
          ON a.event_type = c.event_type AND a.kind = c.kind AND a.detail = c.detail
              AND a.channel = c.channel
        ORDER BY a.lead
    """)
    for name in ("rule_types", "rule_coded", "rule_code_pairs"):
        store.connection.unregister(name)


def _types(store: Store, wanted: Sequence[Events], reading: EventReading) -> pa.Table:
    """Event types that may be asked for; own ones or not; whether their detail and channel
    matter.
    """
    rows = []
    for event_type in event_types(store):
        actor = actor_of(event_type, reading.actors)
        if actor is None:
            continue
        own = actor == "lead"
        groups = [g for g in reading.groups if own and fnmatchcase(event_type, g.event_type)]
        names = [fold(event_type), *(fold(group.name) for group in groups)]
        asking = [
            e for e in wanted if (e.verb == "did") == own and any(map(matcher(e.types), names))
        ]
        if asking:
            rows.append(
                {
                    "event_type": event_type,
                    "own": own,
                    "with_detail": any(e.details for e in asking),
                    "with_channel": any(e.channels for e in asking),
                }
            )
    kinds = {
        "event_type": pa.string(),
        "own": pa.bool_(),
        "with_detail": pa.bool_(),
        "with_channel": pa.bool_(),
    }
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def _asks_for_groups(wanted: Sequence[Events], reading: EventReading) -> bool:
    names = [fold(group.name) for group in reading.groups]
    return any(
        matcher(e.types)(name)
        for e in wanted
        if e.verb == "did" and "*" not in e.types
        for name in names
    )


def _coded(
    found: pa.Table, wanted: Sequence[Events], own: dict[str, bool]
) -> tuple[pa.Table, pa.Table]:
    """Combinations that some of ``wanted`` ask for, with a code; and per code which ask for it."""
    columns = {name: _Texts(found[name]) for name in found.column_names}
    is_own = np.array([own[text] for text in columns["event_type"].texts], dtype=bool)[
        columns["event_type"].place
    ]
    asked = np.zeros((found.num_rows, -(-len(wanted) // 8)), dtype=np.uint8)
    for i, events in enumerate(wanted):
        holds = (is_own == (events.verb == "did")) & (
            columns["event_type"].match(events.types) | columns["kind"].match(events.types)
        )
        if events.details:
            holds &= columns["detail"].match(events.details)
        if events.channels:
            holds &= columns["channel"].match(events.channels)
        asked[:, i // 8] |= holds.astype(np.uint8) << (i % 8)
    some = asked.any(axis=1)
    different, code = np.unique(asked[some], axis=0, return_inverse=True)
    coded = found.filter(pa.array(some)).append_column(
        "code", pa.array(code.ravel().astype(np.int32))
    )
    pairs = np.nonzero(np.unpackbits(different, axis=1, bitorder="little"))
    return coded, pa.table({"code": pairs[0].astype(np.int32), "events": pairs[1].astype(np.int32)})


class _Texts:
    """A column of texts, each different one looked at once."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        encoded = pc.dictionary_encode(column.combine_chunks())
        self.texts: list[str] = encoded.dictionary.to_pylist()
        self.place: NDArray[np.intp] = encoded.indices.to_numpy(zero_copy_only=False).astype(
            np.intp
        )
        self._folded = [fold(text) for text in self.texts]

    def match(self, patterns: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each row matches; a row without a text matches nothing."""
        matches = matcher(patterns)
        return np.array([text != "" and matches(text) for text in self._folded], dtype=bool)[
            self.place
        ]


# --- a batch --------------------------------------------------------------------------------------


class KnownHistory:
    """What happened to the rows in the table ``batch``, known before each one's as-of."""

    def __init__(self, store: Store, rows: pa.Table, codes: dict[Events, list[int]]) -> None:
        """Read the events of the rows.

        Args:
            store: Prepared by ``make_rule_events``.
            rows: Rows as in the table ``batch``; its leads bound what is read.
            codes: Codes of the events that will be asked for; see ``codes_of``.
        """
        self._rows, self._codes = rows.num_rows, codes
        wanted = (
            ", ".join(map(str, sorted({code for listed in codes.values() for code in listed})))
            or "NULL"
        )
        found = store.query(f"""
            SELECT b.row, e.code, b.as_of_day - e.day AS age
            FROM batch b JOIN rule_events e ON e.lead = b.lead AND e.known_day < b.as_of_day
            WHERE e.lead BETWEEN {pc.min(rows["lead"]).as_py()} AND {pc.max(rows["lead"]).as_py()}
              AND list_contains([{wanted}]::INTEGER[], e.code)
        """)
        code = found["code"].to_numpy()
        if code.max(initial=0) < np.iinfo(np.int16).max:
            code = code.astype(np.int16)  # sorted by radix
        order = np.argsort(code, kind="stable")
        self._code, self._row = code[order], found["row"].to_numpy()[order]
        self._age = found["age"].to_numpy()[order]
        self._starts = np.append(0, np.cumsum(np.bincount(self._code)))
        self._last: dict[Events, NDArray[np.float64]] = {}

    def count(self, events: Events, window: int | None, *, unanswered: bool) -> Ints:
        """(rows,) number of events of the last ``window`` days; of the unanswered ones alone."""
        row, age = self._of(events)
        counts = np.ones(len(row), dtype=bool) if window is None else age <= window
        if unanswered:
            counts &= age < self.last(ANYTHING)[row]
        return np.bincount(row[counts], minlength=self._rows)

    def last(self, events: Events) -> NDArray[np.float64]:
        """(rows,) days since the last event; infinite where there is none."""
        if events not in self._last:
            row, age = self._of(events)
            self._last[events] = np.full(self._rows, np.inf)
            np.minimum.at(self._last[events], row, age.astype(np.float64))
        return self._last[events]

    def _of(self, events: Events) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Row and age of the events, in any order."""
        codes = [code for code in self._codes[events] if code + 1 < len(self._starts)]
        parts = [slice(self._starts[code], self._starts[code + 1]) for code in codes]
        empty = np.empty(0, dtype=np.int32)
        row, age = (
            np.concatenate([empty, *(array[part] for part in parts)])
            for array in (self._row, self._age)
        )
        return row, age


def codes_of(store: Store, asked: Sequence[Events]) -> dict[Events, list[int]]:
    """Codes in ``rule_events`` of each of the events asked for.

    Raises:
        ValueError: ``prepare_rules`` was not called for them.
    """
    made = _made(store).events
    missing = [str(events) for events in asked if events not in made]
    if missing:
        raise ValueError(
            "expected prepare_rules() with every rule before evaluate(); not prepared:"
            f" {missing[:5]}"
        )
    pairs = store.query("SELECT code, events FROM rule_codes ORDER BY code") if asked else None
    codes: dict[Events, list[int]] = {events: [] for events in asked}
    for code, place in (
        zip(*(pairs[name].to_pylist() for name in pairs.column_names), strict=True) if pairs else ()
    ):
        if made[place] in codes:
            codes[made[place]].append(code)
    return codes
