"""What looks like a slip of the pen in a rule: words that nothing in the data is called."""

import difflib
from collections.abc import Iterable, Iterator, Sequence

from features.build.behaviour import actor_of, event_types
from features.folding import fold, matcher
from features.rules.columns import numbers_of
from features.rules.fault import clipped
from features.rules.syntax import (
    Acted,
    Compare,
    Events,
    Like,
    Lost,
    OneOf,
    Rule,
    RuleColumn,
    Silent,
    Value,
    conditions,
    quoted,
)
from features.spec import EventReading
from features.sql import quote_identifier
from features.store import Store


def doubts(rule: Rule, store: Store, reading: EventReading) -> list[str]:
    """Texts and patterns of a rule that match nothing in a store, one sentence each, with the
    nearest there is.

    No error: on a quiet night nobody may have asked for a demo. For the day the rule is written and
    signed.

    Args:
        rule: Rule without problems on the store; see ``problems``.
        store: Store that holds many leads, such as those of the training.
        reading: Who acts in which event.
    """
    return list(dict.fromkeys(_doubts(rule, store, reading)))


def absent_events(rule: Rule, store: Store, reading: EventReading) -> list[str]:
    """Events that a rule asks for and of which there is none at all, one sentence each, with the
    nearest there is.

    Of several names in one condition it is enough that one is there.

    Args:
        rule: Rule without problems on the store; see ``problems``.
        store: Store that holds many leads, such as those of the training.
        reading: Who acts in which event.
    """
    found: list[str] = []
    for condition in conditions(rule):
        match condition:
            case Acted(events=events) | Silent(after=events):
                what, there = _names_of(events, store, reading)
                told = list(_unmatched(what, events.types, there))
                found += told if len(told) == len(events.types) else []
            case _:
                pass
    return list(dict.fromkeys(found))


def _doubts(rule: Rule, store: Store, reading: EventReading) -> Iterator[str]:
    for condition in conditions(rule):
        match condition:
            case Acted(events=events) | Silent(after=events):
                yield from _of_events(events, store, reading)
            case Lost(reasons=reasons) if reasons:
                yield from _unmatched(
                    "lost reason", reasons, _distinct(store, "episodes", "lost_reason")
                )
            case Like(column=column, patterns=patterns):
                yield from _of_patterns(column, patterns, store)
            case Compare(column=column, value=value):
                yield from _of_values(column, [value], store)
            case OneOf(column=column, values=values):
                yield from _of_values(column, values, store)
            case _:
                pass


def _of_values(column: RuleColumn, values: Iterable[Value], store: Store) -> Iterator[str]:
    """Texts compared with a column of texts."""
    texts = [value for value in values if isinstance(value, str)]
    numbers = [
        number for number in numbers_of(store, column) if store.attributes[number].kind == "text"
    ]
    if texts and numbers:
        yield from _unequal(f"value of {column}", texts, _values(store, numbers))


def _of_patterns(column: RuleColumn, patterns: Sequence[str], store: Store) -> Iterator[str]:
    numbers = [
        number for number in numbers_of(store, column) if store.attributes[number].kind == "text"
    ]
    if numbers:
        yield from _unmatched(f"value of {column}", patterns, _values(store, numbers))


def _names_of(events: Events, store: Store, reading: EventReading) -> tuple[str, list[str]]:
    """What the events of a condition are called in a sentence, and the names that there are."""
    own = events.verb == "did"
    types = [
        t
        for t in event_types(store)
        if (actor := actor_of(t, reading.actors)) and (actor == "lead") == own
    ]
    groups = [group.name for group in reading.groups] if own else []
    what = "event of leads" if own else "event of sales or marketing"
    return what, [*groups, *types]


def _of_events(events: Events, store: Store, reading: EventReading) -> Iterator[str]:
    what, there = _names_of(events, store, reading)
    yield from _unmatched(what, events.types, there)
    if events.details:
        yield from _unmatched("detail", events.details, _distinct(store, "events", "detail"))
    if events.channels:
        yield from _unmatched("channel", events.channels, _distinct(store, "events", "channel"))


def _unmatched(what: str, patterns: Sequence[str], there: Sequence[str]) -> Iterator[str]:
    folded = [fold(text) for text in there]
    for pattern in patterns:
        if not any(map(matcher([pattern]), folded)):
            yield f"no {what} is like {clipped(quoted(pattern))}{_nearest(pattern, there)}"


def _unequal(what: str, texts: Iterable[str], there: Sequence[str]) -> Iterator[str]:
    folded = {fold(text) for text in there}
    for text in texts:
        if fold(text) not in folded:
            yield f"no {what} is {clipped(quoted(text))}{_nearest(text, there)}"


def _nearest(text: str, there: Sequence[str]) -> str:
    by_spelling = {fold(other): other for other in reversed(there[:10_000])}
    near = difflib.get_close_matches(fold(text), by_spelling, n=1, cutoff=0.7)
    return f"; did you mean {clipped(by_spelling[near[0]])}?" if near else ""


def _values(store: Store, numbers: Sequence[int]) -> list[str]:
    """Different texts of columns, today and in their history."""
    found = [text for number in numbers for text in _distinct(store, "leads", f"a{number}")]
    if store.is_flat:
        return found
    history = [
        _distinct(store, "changes", "value", where=f"attribute = {number}") for number in numbers
    ]
    return found + [text for texts in history for text in texts]


def _distinct(store: Store, table: str, column: str, *, where: str = "TRUE") -> list[str]:
    name = quote_identifier(column)
    found = store.query(
        f"SELECT {name} AS value FROM {table} WHERE {where} AND {name} IS NOT NULL GROUP BY 1 ORDER"
        " BY count(*) DESC, 1"
    )
    return [str(value) for value in found["value"].to_pylist()]
