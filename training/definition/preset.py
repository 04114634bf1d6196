"""The rules of a preset, fitted to what events are called here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from features.build.behaviour import actor_of, event_types
from features.files.yaml_file import parsed_yaml
from features.folding import fold, matcher
from features.rules import conditions, parse
from features.rules.syntax import Acted, Events, Silent, quoted
from features.spec import EventReading
from features.store import Store

#: What tells two spellings of one name apart: `demo_request`, `Demo-Request`, `demo request`.
_BETWEEN_WORDS = re.compile(r"[\s_\-./]+")
#: Names that one pattern is replaced by, at most: more would be no name, but a family.
_MOST = 8


@dataclass(frozen=True)
class FittedPreset:
    """The rules of a preset.

    Attributes:
        text: As they stand in the file.
        renamed: Pattern of the preset to the events that it means here.
    """

    text: str
    renamed: dict[str, tuple[str, ...]]


def preset_text(name: str) -> str:
    """A file of ``propensity/definition/presets``."""
    return (resources.files("propensity.definition") / "presets" / f"{name}.yaml").read_text(
        encoding="utf-8"
    )


def fitted_preset(name: str, store: Store, reading: EventReading) -> FittedPreset:
    """The rules of a preset with the names that events have in a store.

    A pattern that matches an event stays. One that matches none is replaced by the events whose
    names differ in case, spaces, underscores and hyphens alone. What is not found that way stays
    too, and `asked_rules` says so.

    Args:
        name: One of the presets.
        store: The canonical tables.
        reading: Who acts in which event, and how events are grouped.
    """
    text = preset_text(name).strip()
    renamed: dict[str, tuple[str, ...]] = {}
    for events in _events_of(text):
        there = _names(events, store, reading)
        for pattern in events.types:
            found = _meant(pattern, there)
            if found:
                renamed[pattern] = found
    for pattern, found in renamed.items():
        names = ", ".join(map(quoted, found))
        told = names if len(found) == 1 else f"({names})"
        text = text.replace(quoted(pattern), told.replace("'", "''"))
    return FittedPreset(text, renamed)


def _events_of(text: str) -> list[Events]:
    """The events that the rules of a preset ask for."""
    found = []
    for rule in _rules_of(text):
        for condition in conditions(parse(rule)):
            match condition:
                case Acted(events=events) | Silent(after=events):
                    found.append(events)
                case _:
                    pass
    return found


def _rules_of(text: str) -> Iterator[str]:
    for listed in parsed_yaml(text, "preset").values():
        yield from (item["rule"] for item in listed if "rule" in item)


def _names(events: Events, store: Store, reading: EventReading) -> list[str]:
    """Groups and event types that a condition may mean."""
    own = events.verb == "did"
    types = [
        name
        for name in event_types(store)
        if (actor := actor_of(name, reading.actors)) and (actor == "lead") == own
    ]
    return [*(group.name for group in reading.groups if own), *types]


def _meant(pattern: str, there: list[str]) -> tuple[str, ...]:
    """The names that a pattern means and does not match as it is written; none where it matches, or
    where a name would be read as a pattern itself.
    """
    if any(map(matcher([pattern]), map(fold, there))):
        return ()
    alike = matcher([_BETWEEN_WORDS.sub("", pattern)])
    found = [
        name
        for name in there
        if name.isprintable()
        and not {"*", "?"} & set(name)
        and alike(_BETWEEN_WORDS.sub("", fold(name)))
    ]
    return tuple(found) if len(found) <= _MOST else ()
