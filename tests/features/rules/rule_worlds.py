"""Small worlds of leads, random rules about them, and what each rule says of a row by hand: no
DuckDB, no NumPy.
"""

import operator
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache

import pyarrow as pa
from hypothesis import strategies as st

from features.kinds import Attribute
from features.rules import syntax as rules
from features.settings import EventGroup
from features.spec import EventReading
from features.store import Store

EPOCH = datetime(1970, 1, 1)
ODD_NAME = 'the "odd" [x]; DROP TABLE leads; --'
ATTRIBUTES = (
    Attribute("size", "number", "fit"),
    Attribute("業種", "text", "fit"),
    Attribute("title", "text", "fit"),
    Attribute("founded", "date", "interest"),
    Attribute(ODD_NAME, "number", "hearing"),
    Attribute("plan", "date", "hearing"),
    Attribute("size", "text", "carry"),
)
TITLE = 2
READING = EventReading(
    actors={
        "mail*": "marketing",
        "call": "sales",
        "nobody": "sales",
        "v*": "lead",
        "Demo*": "lead",
        "web?inar": "lead",
    },
    groups=(
        EventGroup(name="prices", event_type="visit", detail="/price*"),
        EventGroup(name="see", event_type="[vD]*"),
    ),
)
OWN = {"visit", "Demo 依頼", "web*inar"}
OTHERS = {"mail sent", "call"}
TYPES = (*sorted(OWN), *sorted(OTHERS), "unread")
DETAILS = (None, "/price", "/PRICES/[a]", "/blog?x=1")
CHANNELS = (None, "ＰＰＣ", "e-mail")
TEXTS = (None, "金融", "ＩＴ サービス", "it サービス", "IT*", "7", "2024-01-05", "部長 [1]")
REASONS = (None, "no budget", "No  Budget", "競合")
#: Days on which things happen.
FIRST, LAST = 19_700, 19_760


@dataclass(frozen=True)
class Event:
    """Something done to or by a lead."""

    lead: int
    day: int
    known: int
    type: str
    detail: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Change:
    """A title from a moment on."""

    lead: int
    day: int
    known: int
    minute: int
    value: str | None


@dataclass(frozen=True)
class Close:
    """The end of the nth episode of a lead; the next one follows if it was lost."""

    day: int
    known: int
    won: bool
    reason: str | None


@dataclass(frozen=True)
class Lead:
    """A lead, its attributes in the order of ``ATTRIBUTES``, and how its episodes ended."""

    created: int
    values: tuple[object, ...]
    closes: tuple[Close, ...] = ()


@dataclass(frozen=True)
class World:
    """Everything that ever happened."""

    leads: tuple[Lead, ...]
    events: tuple[Event, ...] = ()
    changes: tuple[Change, ...] = ()
    rows: tuple[tuple[int, int, int], ...] = field(default=())

    def store(self) -> Store:
        """The world as canonical tables."""
        tables = {
            "leads": [
                {
                    "lead": i,
                    "lead_id": f"L{i}",
                    "created_at": _at(lead.created),
                    "created_day": lead.created,
                    "known_day": lead.created,
                    **{f"a{n}": value for n, value in enumerate(lead.values)},
                }
                for i, lead in enumerate(self.leads)
            ],
            "events": [
                {
                    "lead": e.lead,
                    "occurred_at": _at(e.day),
                    "day": e.day,
                    "known_day": e.known,
                    "event_type": e.type,
                    "detail": e.detail,
                    "channel": e.channel,
                }
                for e in self.events
            ],
            "changes": [
                {
                    "lead": c.lead,
                    "changed_at": _at(c.day, c.minute),
                    "recorded_at": _at(c.day, c.minute),
                    "day": c.day,
                    "known_day": c.known,
                    "attribute": TITLE,
                    "value": c.value,
                }
                for c in self.changes
            ],
            "episodes": [
                {
                    "lead": i,
                    "episode": n,
                    "started_day": lead.created,
                    "start_known_day": lead.created,
                    "started_at": _at(lead.created),
                    "closed_at": close and _at(close.day),
                    "closed_day": close and close.day,
                    "close_known_day": close and close.known,
                    "won": close and close.won,
                    "lost_reason": close and close.reason,
                }
                for i, lead in enumerate(self.leads)
                for n, close in enumerate([*lead.closes, None], 1)
            ],
        }
        arrow = {
            name: pa.Table.from_pylist(rows, schema=_schemas()[name])
            for name, rows in tables.items()
        }
        return Store.from_arrow(arrow, attributes=ATTRIBUTES)


def as_rows(rows) -> pa.Table:
    """Lead, episode and as-of as the table that rules are evaluated on."""
    names = ("lead", "episode", "as_of_day")
    return pa.table(
        {name: pa.array([row[i] for row in rows], pa.int32()) for i, name in enumerate(names)}
    )


@cache
def _schemas() -> dict[str, pa.Schema]:
    types = {
        "INTEGER": pa.int32(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "VARCHAR": pa.string(),
        "BOOLEAN": pa.bool_(),
        "TIMESTAMP": pa.timestamp("us"),
    }
    with Store.from_arrow({}, attributes=ATTRIBUTES) as store:
        return {
            table: pa.schema({name: types[kind] for name, kind in columns.items()})
            for table, columns in store.schema().items()
        }


def _at(day: int, minute: int = 0) -> datetime:
    return EPOCH + timedelta(days=day, minutes=minute)


# --- by hand --------------------------------------------------------------------------------------

COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def by_hand(world: World, row: tuple[int, int, int], rule) -> bool | None:  # noqa: PLR0912 — one case per kind of rule
    """What a rule says of a row, from the list of facts; None where it is unknown."""
    lead, episode, as_of = row
    match rule:
        case rules.Not(rule=inner):
            said = by_hand(world, row, inner)
            return None if said is None else not said
        case rules.AllOf(rules=inner):
            said = [by_hand(world, row, one) for one in inner]
            return False if False in said else None if None in said else True
        case rules.AnyOf(rules=inner):
            said = [by_hand(world, row, one) for one in inner]
            return True if True in said else None if None in said else False
        case rules.AtLeast(number=number, rules=inner):
            said = [by_hand(world, row, one) for one in inner]
            if said.count(True) >= number:
                return True
            return False if said.count(True) + said.count(None) < number else None
        case rules.Compare(column=column, comparison=comparison, value=value):
            return _compare(_value(world, row, column), comparison, value)
        case rules.OneOf(column=column, values=values):
            said = [_compare(_value(world, row, column), "=", value) for value in values]
            return None if None in said else True in said
        case rules.Like(column=column, patterns=patterns):
            value = _value(world, row, column)
            return (
                None
                if value is None
                else any(like(_spelled(value), pattern) for pattern in patterns)
            )
        case rules.Known(column=column):
            return _value(world, row, column) is not None
        case rules.Acted():
            found = [
                e for e in _events(world, row, rule.events) if _inside(as_of - e.day, rule.window)
            ]
            own = [e.day for e in _events(world, row, rules.Events("did", ("*",)))]
            if rule.unanswered:
                found = [e for e in found if not own or e.day > max(own)]
            return {"at least": operator.ge, "at most": operator.le, "exactly": operator.eq}[
                rule.bound
            ](len(found), rule.times)
        case rules.Silent(days=days, after=after):
            own = [e.day for e in _events(world, row, rules.Events("did", ("*",)))]
            found = [e.day for e in _events(world, row, after)]
            return (
                bool(found)
                and max(found) <= as_of - days
                and not any(day > max(found) for day in own)
            )
        case rules.Lost(reasons=reasons, window=window):
            earlier = [
                c for c in world.leads[lead].closes[: episode - 1] if not c.won and c.known < as_of
            ]
            earlier = [c for c in earlier if _inside(as_of - c.day, window)]
            if not reasons:
                return bool(earlier)
            if any(
                c.reason is not None and any(like(c.reason, p) for p in reasons) for c in earlier
            ):
                return True
            return None if any(c.reason is None for c in earlier) else False
        case rules.LeadAge(comparison=comparison, days=days):
            return COMPARE[comparison](as_of - world.leads[lead].created, days)


def _inside(age: int, window: int | None) -> bool:
    return window is None or age <= window


def _events(world: World, row: tuple[int, int, int], events) -> list[Event]:
    lead, _, as_of = row
    found = []
    for e in world.events:
        if (
            e.lead != lead
            or e.known >= as_of
            or e.type not in (OWN if events.verb == "did" else OTHERS)
        ):
            continue
        names = [e.type]
        if events.verb == "did":
            names += [group.name for group in READING.groups if _in_group(e, group)][:1]
        if not any(like(name, pattern) for name in names for pattern in events.types):
            continue
        if events.details and (
            e.detail is None or not any(like(e.detail, p) for p in events.details)
        ):
            continue
        if events.channels and (
            e.channel is None or not any(like(e.channel, p) for p in events.channels)
        ):
            continue
        found.append(e)
    return found


def _in_group(event: Event, group: EventGroup) -> bool:
    if not fnmatchcase(event.type, group.event_type):
        return False
    return group.detail is None or (
        event.detail is not None and fnmatchcase(event.detail, group.detail)
    )


def _value(world: World, row: tuple[int, int, int], column):
    """A float, a date, a text, or None."""
    lead, _, as_of = row
    number = next(i for i, a in enumerate(ATTRIBUTES) if a.name == column.name)
    value = world.leads[lead].values[number]
    if number == TITLE:
        known = [c for c in world.changes if c.lead == lead and c.known < as_of]
        if known:
            # NULL sorts last in the database, as it does in a struct.
            value = max(
                known, key=lambda c: (c.day, c.minute, c.value is None, c.value or "")
            ).value
    if ATTRIBUTES[number].kind == "date" and value is not None:
        if ATTRIBUTES[number].role != "hearing" and value >= as_of:
            return None
        return (EPOCH + timedelta(days=value)).date()
    return value


def _compare(value, comparison: str, wanted) -> bool | None:
    if isinstance(wanted, str):
        equal = None if value is None else plain(_spelled(value)) == plain(wanted)
        return equal if comparison == "=" or equal is None else not equal
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if isinstance(wanted, date) else float(value)
        except ValueError:
            return None
    if value is None or isinstance(value, date) != isinstance(wanted, date):
        return None
    return COMPARE[comparison](value, wanted)


def _spelled(value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def plain(text: str) -> str:
    """One spelling for all."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def like(text: str, pattern: str) -> bool:
    """Naive matching of ``*`` and ``?``."""
    return _like(plain(text), plain(pattern))


def _like(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_like(text[i:], pattern[1:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and _like(text[1:], pattern[1:])


# --- random worlds and rules ----------------------------------------------------------------------

#: On a coarse grid, so that facts often fall on the very edge of a window or on the as-of.
_days = st.sampled_from(range(FIRST, LAST + 1, 5))
_delays = st.sampled_from([0, 0, 0, 1, 5])
_spans = st.sampled_from([1, 5, 10, 15, 20, 30])


@st.composite
def worlds(draw) -> World:
    """One lead or two, what happened to them, and a row for every fifth day."""
    leads = tuple(draw(_leads()) for _ in range(draw(st.integers(1, 2))))
    one = st.integers(0, len(leads) - 1)
    event = st.builds(
        _event,
        one,
        _days,
        _delays,
        st.sampled_from(TYPES),
        st.sampled_from(DETAILS),
        st.sampled_from(CHANNELS),
    )
    change = st.builds(_change, one, _days, _delays, st.integers(0, 2), st.sampled_from(TEXTS))
    events = draw(st.lists(event, min_size=draw(st.sampled_from([0, 10])), max_size=20))
    changes = draw(st.lists(change, max_size=5))
    rows = tuple(
        (i, episode, day)
        for day in range(FIRST + 5, LAST + 6, 5)
        for i, lead in enumerate(leads)
        for episode in range(1, len(lead.closes) + 2)
    )
    return World(leads, tuple(events), tuple(changes), rows)


def _change(lead: int, day: int, delay: int, minute: int, value: str | None) -> Change:
    return Change(lead, day, day + delay, minute, value)


def _event(
    lead: int, day: int, delay: int, kind: str, detail: str | None, channel: str | None
) -> Event:
    return Event(lead, day, day + delay, kind, detail, channel)


@st.composite
def _leads(draw) -> Lead:
    numbers = st.sampled_from([None, 7.0, 0.25, 5000.0])
    days = st.one_of(st.none(), _days)
    texts = st.sampled_from(TEXTS)
    values = (
        draw(numbers),
        draw(texts),
        draw(texts),
        draw(days),
        draw(numbers),
        draw(days),
        draw(texts),
    )
    lost = st.builds(
        lambda day, delay, reason: Close(day, day + delay, won=False, reason=reason),
        _days,
        _delays,
        st.sampled_from(REASONS),
    )
    closes = draw(st.lists(lost, max_size=2))
    if closes and draw(st.booleans()):
        closes[-1] = replace(closes[-1], won=True)
    return Lead(FIRST, values, tuple(sorted(closes, key=lambda close: close.day)))


_columns = st.builds(
    lambda name, hearing: rules.RuleColumn(name, hearing=hearing and name in (ODD_NAME, "plan")),
    st.sampled_from(["size", "業種", "title", "founded", ODD_NAME, "plan"]),
    st.booleans(),
)
_numbers = st.sampled_from([0.25, 7.0, 5000.0, -1e-7])
_dates = _days.map(lambda day: (EPOCH + timedelta(days=day)).date())
_texts = st.sampled_from(
    [
        "金融",
        "it サービス",
        "IT*",
        "*[1]",
        "部長 ?1]",
        "７",
        "2024-01-*",
        "no\u3000budget",
        "'\"; --",
    ]
)
_windows = st.one_of(st.none(), _spans)
_comparisons = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def _weighted(*strategies):
    """One of several; listed twice, it comes twice as often (``one_of`` drops what is listed
    again).
    """
    return st.sampled_from(range(len(strategies))).flatmap(strategies.__getitem__)


def _several(what):
    return st.lists(what, min_size=1, max_size=3).map(tuple)


#: Narrowed now and then; else few events would be left to count.
_details = st.sampled_from([(), (), (), ("/price*",), ("*[a]", "*?x=1"), ("*",)])
_channels = st.sampled_from([(), (), (), ("ppc",), ("E*", "P*")])
_own_types = st.sampled_from(
    ["*", "visit", "demo*", "prices", "SEE", "web*", "v?sit", "mail*", "unread"]
)
_own = st.builds(rules.Events, st.just("did"), _several(_own_types), _details, _channels)
_others = st.builds(
    rules.Events,
    st.just("received"),
    _several(st.sampled_from(["*", "mail*", "call", "visit"])),
    _details,
    _channels,
)
_happenings = _weighted(_own, _own, _others)
_acts = st.builds(
    lambda events, bound, times, window, unanswered: rules.Acted(
        events,
        bound,
        max(times, bound == "at least"),
        window,
        unanswered and events.verb == "received",
    ),
    _happenings,
    st.sampled_from(["at least", "at most", "exactly"]),
    st.integers(0, 3),
    _windows,
    st.booleans(),
)
_conditions = _weighted(
    st.builds(rules.Compare, _columns, _comparisons, st.one_of(_numbers, _dates)),
    st.builds(rules.Compare, _columns, st.sampled_from(["=", "!="]), _texts),
    st.builds(
        rules.OneOf, _columns, st.one_of(_several(_numbers), _several(_dates), _several(_texts))
    ),
    st.builds(rules.Like, _columns, _several(_texts)),
    st.builds(rules.Known, _columns),
    _acts,
    _acts,
    _acts,
    _acts,
    _acts,
    _acts,
    st.builds(rules.Silent, _spans, _own),
    st.builds(
        rules.Lost,
        st.one_of(st.just(()), _several(st.sampled_from(["no budget", "競*", "*"]))),
        _windows,
    ),
    st.builds(rules.LeadAge, _comparisons, _spans),
)


@st.composite
def _at_least(draw, inner):
    listed = draw(st.lists(inner, min_size=1, max_size=4))
    return rules.AtLeast(draw(st.integers(1, len(listed))), tuple(listed))


any_rule = st.recursive(
    _conditions,
    lambda inner: st.one_of(
        st.builds(rules.Not, inner),
        st.builds(rules.AllOf, _several(inner)),
        st.builds(rules.AnyOf, _several(inner)),
        _at_least(inner),
    ),
    max_leaves=8,
)
