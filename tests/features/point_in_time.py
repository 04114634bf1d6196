"""Small worlds of canonical facts, and the features of a row counted by hand: no DuckDB, no
NumPy.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa

from features.kinds import Attribute
from features.settings import EventGroup
from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    OTHER_KIND,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    EventReading,
    Feature,
    FeatureSpec,
)
from features.store import Store

EPOCH = datetime(1970, 1, 1)
ATTRIBUTES = (
    Attribute("size", "number", "fit"),
    Attribute("industry", "text", "fit"),
    Attribute("founded", "date", "fit"),
    Attribute("title", "text", "fit"),
)
READING = EventReading(
    actors={"mail": "marketing", "*": "lead"},
    groups=(EventGroup(name="pricing", event_type="visit", detail="/pricing*"),),
    sends=("mail",),
)
KINDS = ("visit", "pricing")


@dataclass(frozen=True, order=True)
class Event:
    """Something done on a day, at a minute of it, and known some days later."""

    lead: int
    day: int
    minute: int
    type: str
    detail: str | None = None
    value: int | None = None
    delay: int = 0

    @property
    def known_day(self) -> int:
        return self.day + self.delay


@dataclass(frozen=True)
class Change:
    """A new title from a day on."""

    lead: int
    day: int
    minute: int
    value: str | None
    delay: int = 0

    @property
    def known_day(self) -> int:
        return self.day + self.delay


@dataclass(frozen=True)
class Lead:
    """A lead, with its close if there was one."""

    created: int
    account: int | None = None
    size: float | None = None
    industry: str | None = None
    founded: int | None = None
    title: str | None = None
    closed: int | None = None
    close_delay: int = 0
    won: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything that ever happened in a small world."""

    leads: list[Lead]
    events: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def store(self, **options) -> Store:
        """The world as a store of canonical tables."""
        leads = [
            {
                "lead": i,
                "lead_id": f"L{i}",
                "created_at": _at(lead.created),
                "created_day": lead.created,
                "known_day": lead.created,
                "account": lead.account,
                "a0": lead.size,
                "a1": lead.industry,
                "a2": lead.founded,
                "a3": lead.title,
            }
            for i, lead in enumerate(self.leads)
        ]
        events = [
            {
                "lead": e.lead,
                "occurred_at": _at(e.day, e.minute),
                "day": e.day,
                "known_day": e.known_day,
                "event_type": e.type,
                "detail": e.detail,
                "value": e.value,
            }
            for e in self.events
        ]
        episodes = [
            {
                "lead": i,
                "episode": 1,
                "started_day": lead.created,
                "start_known_day": lead.created,
                "started_at": _at(lead.created),
                "closed_at": _at(lead.closed),
                "closed_day": lead.closed,
                "close_known_day": None if lead.closed is None else lead.closed + lead.close_delay,
                "won": None if lead.closed is None else lead.won,
                "amount": None,
                "lost_reason": None,
            }
            for i, lead in enumerate(self.leads)
        ]
        changes = [
            {
                "lead": c.lead,
                "changed_at": _at(c.day, c.minute),
                "recorded_at": _at(c.day, c.minute),
                "day": c.day,
                "known_day": c.known_day,
                "attribute": 3,
                "value": c.value,
            }
            for c in self.changes
        ]
        empty = Store()
        empty.attributes = ATTRIBUTES
        schema = empty.schema()
        empty.close()
        tables = {
            name: pa.Table.from_pylist(rows, schema=_arrow(schema[name]))
            for name, rows in {
                "leads": leads,
                "events": events,
                "episodes": episodes,
                "changes": changes,
            }.items()
        }
        return Store.from_arrow(tables, attributes=ATTRIBUTES, observed_day=1000, **options)


def spec() -> FeatureSpec:
    """Every kind of feature there is."""
    features = [
        _attribute("size", "number"),
        _attribute("industry", "category", levels=("IT", "製造業")),
        _attribute("founded", "age"),
        _attribute("title", "category", levels=("boss", "clerk"), history=True),
        *(_clock(clock) for clock in ("lead_age", "first_touch_age", "unanswered")),
    ]
    for kind in (*KINDS, OTHER_KIND, ANY_KIND):
        features += [
            _behaviour(kind, m, w) for m in ("count", "active_days") for w in (7, 30, None)
        ]
        features += [_behaviour(kind, m, None) for m in ("days_since", "decayed", "momentum")]
    for kind in KINDS:
        features += [
            _behaviour(kind, "sum", 30),
            _behaviour(kind, "sum", None),
            _behaviour(kind, "latest", None),
        ]
    features += [_behaviour(COLLEAGUES, "count", 30), _behaviour(COLLEAGUES, "count", None)]
    return FeatureSpec(features=tuple(features), events=READING, kinds=KINDS, half_life_days=14.0)


def by_hand(facts: Facts, lead: int, as_of: int, feature: Feature) -> float | None:
    """A feature of one row, from the list of facts; None for missing."""
    events = [e for e in facts.events if e.known_day < as_of]
    own = [e for e in events if e.lead == lead and e.type != "mail"]
    this = facts.leads[lead]
    match feature.source:
        case AttributeSource(column="size"):
            return this.size
        case AttributeSource(column="industry"):
            return _code(this.industry, feature.levels)
        case AttributeSource(column="title"):
            known = [c for c in facts.changes if c.lead == lead and c.known_day < as_of]
            latest = max(
                known,
                key=lambda c: (c.day, c.minute, c.value is not None, c.value or ""),
                default=None,
            )
            return _code(latest.value if latest else this.title, feature.levels)
        case AttributeSource(column="founded"):
            return None if this.founded is None or this.founded >= as_of else as_of - this.founded
        case ClockSource(clock="lead_age"):
            return as_of - this.created
        case ClockSource(clock="first_touch_age"):
            return as_of - min(e.day for e in own) if own else None
        case ClockSource(clock="unanswered"):
            last = max((e.day for e in own), default=None)
            return sum(
                e.lead == lead and e.type == "mail" and (last is None or e.day > last)
                for e in events
            )
        case BehaviourSource(kind=kind) if kind == COLLEAGUES:
            others = [
                i
                for i, o in enumerate(facts.leads)
                if i != lead
                and o.created < as_of
                and o.account is not None
                and o.account == this.account
            ]
            theirs = [e for e in events if e.lead in others and e.type != "mail"]
            return len(_within(theirs, as_of, feature.source.window))
        case BehaviourSource() as source:
            chosen = [e for e in own if source.kind in (ANY_KIND, _kind(e))]
            return _measured(chosen, as_of, source)
    raise AssertionError(feature)


def _measured(chosen: list[Event], as_of: int, source: BehaviourSource) -> float | None:
    inside = _within(chosen, as_of, source.window)
    match source.measure:
        case "count":
            return len(inside)
        case "active_days":
            return len({e.day for e in inside})
        case "days_since":
            return min((as_of - e.day for e in chosen), default=None)
        case "decayed":
            return sum(round(2**20 * 0.5 ** ((as_of - e.day) / 14.0)) for e in chosen) / 2**20
        case "momentum":
            week = len(_within(chosen, as_of, 7))
            return (4 * week - len(_within(chosen, as_of, 28))) / 3
        case "sum":
            return sum(e.value or 0 for e in inside) / 1e6
        case "latest":
            valued = [(e.day, e.minute, e.value) for e in chosen if e.value is not None]
            return max(valued)[2] / 1e6 if valued else None
    raise AssertionError(source)


def _within(events: list[Event], as_of: int, window: int | None) -> list[Event]:
    return [e for e in events if window is None or as_of - e.day <= window]


def _kind(event: Event) -> str:
    if event.type == "visit":
        return "pricing" if (event.detail or "").startswith("/pricing") else "visit"
    return OTHER_KIND


def _code(value: str | None, levels: tuple[str, ...]) -> float:
    return 1 if value is None else 2 + levels.index(value) if value in levels else 0


def _at(day: int | None, minute: int = 0) -> datetime | None:
    return None if day is None else EPOCH + timedelta(days=day, minutes=minute)


def _arrow(columns) -> pa.Schema:
    types = {
        "INTEGER": pa.int32(),
        "BIGINT": pa.int64(),
        "VARCHAR": pa.string(),
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
        "TIMESTAMP": pa.timestamp("us"),
    }
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])


def _attribute(column, reading, *, levels=(), history=False) -> Feature:
    source = AttributeSource(column=column, reading=reading, history=history)
    return Feature(name=column, axis="fit", concept=column, unit="", source=source, levels=levels)


def _clock(clock) -> Feature:
    return Feature(
        name=clock, axis="interest", concept=clock, unit="", source=ClockSource(clock=clock)
    )


def _behaviour(kind, measure, window) -> Feature:
    source = BehaviourSource(kind=kind, measure=measure, window=window)
    return Feature(
        name=f"{kind} {measure} {window}", axis="interest", concept=kind, unit="", source=source
    )
