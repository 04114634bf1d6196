"""The lines of the events: one table or several, and lead columns of dates."""

from collections.abc import Sequence

from features.store import Store
from training.init.actors import actor_of
from training.init.draft_config import DraftConfig, quoted
from training.init.draft_outcome import draft_join
from training.init.moments import moment_of
from training.init.name_words import NAMES, says
from training.init.roles import Part, PlacedTables
from training.init.table_profile import ColumnProfile, TableProfile, values_of

#: Kinds of events that one table has at most, and longer ones are no names of kinds.
_TYPES, _LONGEST = 200, 40


def draft_events(
    draft: DraftConfig, store: Store, found: PlacedTables, wide: dict[str, ColumnProfile]
) -> list[str]:
    """The section ``events``; returns the types, most frequent first."""
    parts = found.of("events")
    if not parts and not wide:
        return []
    is_list = len(parts) + bool(wide) > 1
    draft.line("  events:", "guess: many rows per lead, with a time")
    types: list[str] = []
    for part in parts:
        start = len(draft.lines)
        types += _event_table(draft, store, part, found, indent=6 if is_list else 4)
        if is_list:
            draft.as_item(start)
    if wide:
        start = len(draft.lines)
        indent = 6 if is_list else 4
        draft.source(indent, found.leads, is_repeated=True)
        draft.identity(indent, found.key, "guess: as in the leads")
        names = {column.name: name for name, column in wide.items()}
        draft.mapped(indent, "wide", names, "guess: a filled date is one event of that type")
        if is_list:
            draft.as_item(start)
        types += list(wide)
    return list(dict.fromkeys(types))


def _event_table(
    draft: DraftConfig, store: Store, part: Part, found: PlacedTables, *, indent: int
) -> list[str]:
    """One table of events; returns its types."""
    table, blank = part.table, " " * indent
    draft.source(indent, table)
    draft_join(draft, indent, part.link, found)
    draft.identity(indent, part.own, "guess: its values are found in the leads")
    when = moment_of(table, "occurred_at")
    names = ", ".join(c.name for c in table.times) or "there is no column of times"
    draft.key(
        indent + 2,
        "occurred_at",
        when.name if when else None,
        _by_name(when, "occurred_at") if when else f"when it happened: {names}",
    )
    texts = [c for c in table.columns if c.kind == "text" and c.name != part.own.name]
    kind = _type_column(texts)
    if kind:
        draft.key(indent + 2, "event_type", kind.name, _by_name(kind, "event_type"))
    used = {c.name for c in (part.own, when, kind) if c}
    _more(draft, table, used, indent + 2)
    if kind:
        return values_of(store, table, kind)
    name = (table.given.stem or "event").casefold()
    draft.line(
        f"{blank}constant: {{event_type: {quoted(name)}}}", "guess: no column says what happened"
    )
    return [name]


def _by_name(column: ColumnProfile, key: str) -> str:
    if says(column.name, NAMES[key]):
        return "guess: by its name"
    return "guess: the only time" if column.kind == "date" else "guess: it has a few short values"


def _type_column(texts: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """The column that says what happened: a few short texts; by its name among several."""
    fitting = [c for c in texts if c.is_full and 1 < c.distinct <= _TYPES and c.length <= _LONGEST]
    alike = [
        c for c in fitting if c.look == "words" and (c.distinct < 0.5 * c.present or c.present < 20)
    ]
    varied = [c for c in texts if c.distinct > 1]
    named = [c for c in (*alike, *varied, *texts) if says(c.name, NAMES["event_type"])]
    exact = [c for c in named if c.name.casefold() == "event_type"]
    speaking = sorted(alike, key=_speaking, reverse=True)
    return next(iter([*exact, *(c for c in named if c.distinct <= _TYPES), *speaking]), None)


def _speaking(column: ColumnProfile) -> tuple[float, int]:
    """How many of a column's values name an act, and how many values there are."""
    acts = sum(actor_of(value) is not None for value in column.values)
    return acts / max(1, len(column.values)), column.distinct


def _more(draft: DraftConfig, table: TableProfile, used: set[str], indent: int) -> None:
    """The optional keys of events whose column can be told by its name."""
    for key, kind in (
        ("value", "number"),
        ("detail", "text"),
        ("channel", "text"),
        ("recorded_at", "date"),
    ):
        column = next(
            (
                c
                for c in table.columns
                if c.kind == kind and c.name not in used and says(c.name, NAMES[key])
            ),
            None,
        )
        if column:
            draft.key(indent, key, column.name)
            used.add(column.name)
