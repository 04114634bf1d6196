"""Events as behaviour: which kind an event is, and who acted.

Everything later is counted from these events. Their columns are integers, so that no sum depends on
the order in which it is taken.
"""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from features.errors import DataError
from features.settings import Actor
from features.spec import ANY_KIND, OTHER_KIND, EventReading
from features.sql import quote_list, quote_literal
from features.store import Store

#: Kind code of "sends" (mails and calls that ask for an answer).
SENDS_CODE = -1


def actor_of(event_type: str, actors: dict[str, Actor]) -> Actor | None:
    """Who acts in an event of this type: the first pattern that matches, or None."""
    return next(
        (actor for pattern, actor in actors.items() if fnmatchcase(event_type, pattern)), None
    )


def event_types(store: Store) -> dict[str, int]:
    """Event types of the store with their number of events, the most frequent first."""
    query = (
        "SELECT event_type, count(*) FROM events GROUP BY event_type ORDER BY count(*) DESC,"
        " event_type"
    )
    return dict(store.connection.execute(query).fetchall())


def event_types_of(store: Store, actor: Actor, actors: dict[str, Actor]) -> list[str]:
    """Event types of the store in which somebody acts, the most frequent first.

    Args:
        store: Store with the events.
        actor: Who acts.
        actors: Pattern of event types to who acts in them; the first that matches counts.
    """
    return [name for name in event_types(store) if actor_of(name, actors) == actor]


def own_event_types(store: Store, reading: EventReading) -> list[str]:
    """Event types of the leads' own events that count, the most frequent first."""
    leads = event_types_of(store, "lead", reading.actors)
    return [name for name in leads if name not in reading.dropped]


def check_actors(store: Store, reading: EventReading) -> None:
    """Every event type needs an actor.

    Raises:
        DataError: Lists the types without one.
    """
    unknown = {t: n for t, n in event_types(store).items() if actor_of(t, reading.actors) is None}
    if unknown:
        listed = ", ".join(
            f"{name!r} ({count:,} events)" for name, count in list(unknown.items())[:10]
        )
        more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
        raise DataError(
            [
                f"behaviour.actors: no actor for the event types {listed}{more}; say who acts"
                ' (lead, sales or marketing); a last line `"*": lead` takes all others'
            ]
        )


def coverage(
    store: Store, reading: EventReading, *, before_day: int
) -> list[tuple[str, int, bool]]:
    """Kinds of the leads' own behaviour known before a day.

    (kind, leads who did it, whether events have values).

    The widest first; equal ones by name.
    """
    query = f"""
        SELECT kind, count(DISTINCT lead) AS leads, count(value) > 0
        FROM (SELECT lead, value, {kind_name(store, reading)} AS kind FROM events
            WHERE known_day < ?)
        WHERE kind IS NOT NULL GROUP BY kind ORDER BY leads DESC, kind
    """
    return [
        (str(kind), int(leads), bool(valued))
        for kind, leads, valued in store.connection.execute(query, [before_day]).fetchall()
    ]


def kind_codes(kinds: Sequence[str]) -> dict[str, int]:
    """Codes of the named kinds, of all others together, and of any activity."""
    codes = {kind: code for code, kind in enumerate(kinds)}
    return {**codes, OTHER_KIND: len(kinds), ANY_KIND: len(kinds) + 1}


def make_kind_events(store: Store, reading: EventReading, kinds: Sequence[str]) -> None:
    """Create the table ``kind_events``: the leads' own events and the messages sent to them, with
    their kind's code.

    Columns: ``lead``, ``kind``, ``day``, ``known_day``, ``value`` (millionths), ``moment``
    (microseconds since 1970). Sorted by lead, so that the events of a batch of leads are read
    without looking at the others. Made once for the same reading and kinds.
    """
    made_for = f"{reading.model_dump_json()} {list(kinds)}"
    if store.made.get("kind_events") == made_for:
        return
    sends = " OR ".join(f"event_type GLOB {quote_literal(p)}" for p in reading.sends) or "false"
    if reading.dropped:
        sends = f"({sends}) AND event_type NOT IN {quote_list(reading.dropped)}"
    store.connection.execute(f"""
        CREATE OR REPLACE TABLE kind_events AS
        WITH named AS (
            SELECT lead, day, known_day{event_delay(reading)} AS known_day, occurred_at, value,
                   {_kind_code(store, reading, kinds)} AS code, {sends} AS is_send
            FROM events
        )
        SELECT lead, coalesce(code, {SENDS_CODE})::SMALLINT AS kind, day, known_day,
               value, CASE WHEN value IS NOT NULL THEN epoch_us(occurred_at) END AS moment
        FROM named WHERE code IS NOT NULL OR is_send ORDER BY lead
    """)
    store.made["kind_events"] = made_for


def make_signs_of_life(store: Store, reading: EventReading, kept_open_by: Sequence[Actor]) -> None:
    """Create the view ``signs_of_life``.

    ``lead``, ``day``, ``known_day`` of what keeps a lead from being stale.

    A lead's creation and reopening count; so do the events of the actors in ``kept_open_by``. No
    table: one as-of looks at the signs once, and a training run at most some dozen times.
    """
    store.connection.execute(f"""
        CREATE OR REPLACE VIEW signs_of_life AS
        SELECT lead, day, known_day FROM events WHERE {_acted_by(store, reading, kept_open_by)}
        UNION ALL
        SELECT lead, created_day, known_day FROM leads
        UNION ALL
        SELECT lead, started_day, start_known_day FROM episodes WHERE episode > 1
    """)


def _acted_by(store: Store, reading: EventReading, actors: Sequence[Actor]) -> str:
    """SQL: whether one of the actors acts in an event, by its type."""
    types = event_types(store)
    theirs = [name for name in types if actor_of(name, reading.actors) in actors]
    if len(theirs) == len(types):
        return "true"
    return f"event_type IN {quote_list(theirs)}" if theirs else "false"


def kind_name(store: Store, reading: EventReading) -> str:
    """SQL: the kind of the lead's own event, NULL for an event of sales or marketing."""
    grouped, own = _whens(store, reading, quote_literal)
    if not own:
        return "NULL"
    return f"CASE {grouped} WHEN event_type IN {quote_list(own)} THEN event_type END"


def _kind_code(store: Store, reading: EventReading, kinds: Sequence[str]) -> str:
    """SQL: the code of ``kind_name``, NULL for an event of sales or marketing.

    A type is compared at once with its code, the most frequent first: comparing texts takes longer
    than all else that is done to an event here.
    """
    codes = kind_codes(kinds)

    def code(kind: str) -> str:
        return str(codes[kind if kind in kinds else OTHER_KIND])

    grouped, own = _whens(store, reading, code)
    each = " ".join(f"WHEN {quote_literal(name)} THEN {code(name)}" for name in own)
    one_by_one = f"CASE event_type {each} END" if each else "NULL"
    return f"CASE {grouped} ELSE {one_by_one} END" if grouped else one_by_one


def _whens(
    store: Store, reading: EventReading, said: Callable[[str], str]
) -> tuple[str, list[str]]:
    """SQL of the cases of an event's groups, and the types of the leads' own events.

    Args:
        store: The canonical tables.
        reading: How events are read.
        said: SQL of a group by its name.
    """
    own = own_event_types(store, reading)
    whens = ""
    for group in reading.groups:
        types = [t for t in own if fnmatchcase(t, group.event_type)]
        if types:
            detail = (
                f" AND detail GLOB {quote_literal(group.detail)}"
                if group.detail is not None
                else ""
            )
            whens += f" WHEN event_type IN {quote_list(types)}{detail} THEN {said(group.name)}"
    return whens, own


def event_delay(reading: EventReading) -> str:
    """SQL: the days after which an event counts, as a summand."""
    whens = " ".join(
        f"WHEN event_type = {quote_literal(name)} THEN {days}"
        for name, days in reading.delays.items()
    )
    return f" + CASE {whens} ELSE 0 END" if whens else ""
