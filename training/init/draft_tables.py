"""The lines of a configuration of several tables: leads, events, outcomes, and what belongs to
them.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from features.intake.values import Reader
from features.settings import MISSING_VALUES
from features.store import Store
from training.init.actors import actor_of
from training.init.columns import Placed, placed
from training.init.draft_columns import draft_actors, draft_columns, draft_reading
from training.init.draft_config import DraftConfig, quoted
from training.init.draft_decisions import draft_decisions
from training.init.draft_outcome import DraftedOutcome, draft_join, draft_outcome
from training.init.funnel import moved_stage, stage_levels, stage_times, wide_times
from training.init.level_words import levels_of
from training.init.moments import creation, later_shares, moment_of
from training.init.name_words import NAMES, says
from training.init.outcome import outcomes_in
from training.init.roles import Part, Tables, changed_attribute
from training.init.table_profile import ColumnProfile, TableProfile

_TYPES = 200


def draft_tables(draft: DraftConfig, store: Store, found: Tables) -> None:
    """All sections, for tables that are told apart."""
    leads = found.leads
    created = creation(store, leads)
    account = _account(found)
    history = next(iter(found.of("stage_history")), None)
    draft.line("input:")
    read = [leads, *(part.table for part in found.parts)]
    draft_reading(draft, read, [column for table in read for column in table.times])
    _leads(draft, found, created, account)
    joined = _joined(draft, found)
    outcome = _outcome(draft, store, found, created, has_history=history is not None)
    wide = _wide(found, outcome, created)
    types = _events(draft, store, found, wide)
    for part in found.of("attribute_changes"):
        _changes(draft, store, part, found)
    steps = _history(draft, history, found, has_outcome=outcome is not None) if history else ()
    own = {c.name for c in (found.key, created, account, *wide.values()) if c}
    own |= _aliases(found) | (outcome.used if outcome and not found.outcomes else set())
    later = later_shares(store, leads, created)
    places = [
        placed(c, refers_to=_refers(found, c), later=later.get(c.name, 0.0))
        for c in leads.columns
        if c.name not in own and not c.parts and not _is_part(found, c)
    ]
    doubtful = outcome is not None and outcome.guess is None
    doubts = frozenset(g.column.name for g in outcomes_in(leads)) if doubtful else frozenset[str]()
    draft_columns(draft, [*places, *joined], candidates=doubts)
    if types:
        draft_actors(draft, types)
    draft_decisions(draft, store, found, outcome, created, steps)
    for left in found.left_out:
        draft.note(f"{left.table.name} is left out: {left.why}.")


def _wide(
    found: Tables, outcome: DraftedOutcome | None, created: ColumnProfile | None
) -> dict[str, ColumnProfile]:
    """Event type to a lead column of dates that are such events; where another table holds the
    outcomes, the times of stages too.
    """
    free = [
        c
        for c in found.leads.times
        if c is not created and (found.outcomes or outcome is None or c.name not in outcome.used)
    ]
    stages = stage_times(free) if found.outcomes else {}
    return {**stages, **wide_times(free)}


def _leads(
    draft: DraftConfig,
    found: Tables,
    created: ColumnProfile | None,
    account: ColumnProfile | None,
) -> None:
    leads, key = found.leads, found.key
    draft.line("  leads:", "guess: one row per value of the id, which other tables name")
    draft.source(4, leads)
    if _aliases(found):
        draft.listed(4, "aliases", sorted(_aliases(found)), "guess: other tables use these ids too")
    why = "the column whose values are all different; none is"
    if key is not None:
        twice = key.present - key.distinct
        doubt = f"; {twice} of its values stand twice, which is refused" if twice > 0 else ""
        what = "together they are" if key.parts else "it is"
        why = f"guess: {what} different in every row{doubt}"
    draft.identity(4, key, why)
    times = ", ".join(c.name for c in leads.times) or "there is no column of times"
    if created is None:
        draft.key(6, "created_at", None, f"when the lead came to be known: {times}")
    else:
        named = says(created.name, NAMES["created_at"])
        draft.key(
            6,
            "created_at",
            created.name,
            "guess: by its name" if named else "guess: the time before all others",
        )
    if account:
        draft.key(6, "account_id", account.name)


def _is_part(found: Tables, column: ColumnProfile) -> bool:
    """Whether a column is an id that is a part of the key; a region in it says more."""
    parts = found.key.parts if found.key else ()
    return column.name in parts and says(column.name, NAMES["id"])


def _aliases(found: Tables) -> set[str]:
    """Lead columns that hold other ids of the leads, which the same column of a table uses."""
    return {
        part.also.target.name
        for part in found.parts
        if part.also is not None and not found.is_key(part.also.target)
    }


def _account(found: Tables) -> ColumnProfile | None:
    """The lead column of the company: by its name, where several leads have the same."""
    taken = {found.key.name if found.key else ""}
    return next(
        (
            c
            for c in found.leads.columns
            if c.name not in taken
            and says(c.name, NAMES["account_id"])
            and 1 < c.distinct < c.present
            and c.kind != "date"
            and (says(c.name, NAMES["id"]) or _is_parent_key(found, c))
        ),
        None,
    )


def _is_parent_key(found: Tables, column: ColumnProfile) -> bool:
    return any(not part.refers and part.link.column.name == column.name for part in found.parts)


def _refers(found: Tables, column: ColumnProfile) -> str:
    """The table whose rows a lead column names, or an empty text."""
    return next(
        (
            part.table.name
            for part in found.parts
            if not part.refers and part.link.column.name == column.name
        ),
        "",
    )


def _joined(draft: DraftConfig, found: Tables) -> list[Placed]:
    """The section ``joined``; returns where its columns belong, under their names in the leads."""
    parts = found.of("joined")
    if not parts:
        return []
    draft.line("  joined:", "guess: one row per lead or account; their columns become the leads'")
    taken = {column.name for column in found.leads.columns}
    places = []
    for part in parts:
        start = len(draft.lines)
        draft.source(6, part.table)
        draft.as_item(start)
        if not found.is_key(part.lead_column):
            to = part.lead_column.parts or (part.lead_column.name,)
            draft.listed(6, "to", to, "guess: its values are found here")
        shown = f"guess: {part.link.found:.0%} of the different values are found"
        if part.own.parts:
            draft.listed(6, "key", part.own.parts, shown)
        else:
            draft.key(6, "id", part.own.name, shown)
        if part.link.rule != "exact":
            draft.line(f"      join: {part.link.rule}")
        own = {part.own.name, *part.own.parts}
        columns = [c for c in part.table.columns if c.name not in own]
        prefix = ""
        if any(c.name in taken for c in columns):
            prefix = f"{Path(part.table.given.source.path or '').stem} "
            draft.key(6, "prefix", prefix, "guess: some of its names are taken")
        for column in columns:
            taken.add(prefix + column.name)
            places.append(placed(replace(column, name=prefix + column.name)))
    return places


def _outcome(
    draft: DraftConfig,
    store: Store,
    found: Tables,
    created: ColumnProfile | None,
    *,
    has_history: bool,
) -> DraftedOutcome | None:
    """The section ``outcomes``, unless the history of stages holds them."""
    part = found.outcomes
    if part is not None:
        return draft_outcome(draft, store, part.table, lead_id=part.own, found=found)
    sure = found.outcome is not None and found.outcome.is_sure
    if has_history and not sure:
        return None
    return draft_outcome(draft, store, found.leads, lead_id=found.key, created=created)


def _events(
    draft: DraftConfig, store: Store, found: Tables, wide: dict[str, ColumnProfile]
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
    draft: DraftConfig, store: Store, part: Part, found: Tables, *, indent: int
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
        return _values(store, table, kind)
    name = Path(table.given.source.path or "event").stem.casefold()
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
    fitting = [c for c in texts if c.is_full and 1 < c.distinct <= _TYPES and c.length <= 40]
    alike = [
        c for c in fitting if c.look == "words" and (c.distinct < 0.5 * c.present or c.present < 20)
    ]
    named = [c for c in (*alike, *texts) if says(c.name, NAMES["event_type"])]
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


def _changes(draft: DraftConfig, store: Store, part: Part, found: Tables) -> None:
    table = part.table
    draft.line("  attribute_changes:", "guess: it has attributes, values and times")
    draft.source(4, table)
    draft_join(draft, 4, part.link, found)
    draft.identity(4, part.own, "guess: its values are found in the leads")
    when = moment_of(table, "changed_at")
    draft.key(6, "changed_at", when.name if when else None, "since when")
    attribute = changed_attribute(table, found.leads)
    taken = {c.name for c in (part.own, when, attribute) if c}
    rest = [c for c in table.columns if c.name not in taken]
    value = next(
        (c for c in rest if says(c.name, ("new", "new value", "to"))),
        next((c for c in rest if says(c.name, NAMES["value"])), rest[-1] if rest else None),
    )
    draft.key(6, "attribute", attribute.name if attribute else None, "guess: it names lead columns")
    draft.key(6, "value", value.name if value else None, "guess: the value from then on")
    names = _values(store, table, attribute) if attribute else []
    known = {column.name for column in found.leads.columns}
    draft.listed(
        4, "attributes", [n for n in names if n in known] or names, "guess: all that occur"
    )


def _history(
    draft: DraftConfig, part: Part, found: Tables, *, has_outcome: bool
) -> tuple[str, ...]:
    """The section ``stage_history``; returns the names of its stages."""
    moved = moved_stage(part.table)
    draft.line("  stage_history:", "guess: it has stages, and when leads entered them")
    draft.source(4, part.table)
    draft_join(draft, 4, part.link, found)
    field, stage = moved if moved else (None, None)
    if field is not None:
        stages = [value for value in field.values if says(value, NAMES["stage"])]
        draft.line(f"    where: {{{quoted(field.name)}: [{', '.join(map(quoted, stages))}]}}")
    draft.identity(4, part.own, "guess: its values are found in the leads")
    when = moment_of(part.table, "entered_at")
    draft.key(6, "entered_at", when.name if when else None, "guess: when the stage was entered")
    draft.key(6, "stage", stage.name if stage else None, "guess: its values are stages")
    levels = levels_of(stage.counted) if stage else ()
    ends = {
        meaning: [level.value for level in levels if level.meaning == meaning and level.plainly]
        for meaning in ("won", "lost")
    }
    steps = stage_levels([v.value for v in levels if v.value not in (*ends["won"], *ends["lost"])])
    draft.line("    stages:", "guess: your names of stages, each with its values")
    for name, values in steps.items():
        draft.listed(6, name, values)
    if not has_outcome:
        for meaning, values in ends.items():
            if values:
                draft.listed(4, meaning, values, "guess: by its words")
            else:
                draft.line(
                    f"    {meaning}:", f"you decide: a list of the stages that mean {meaning}"
                )
    return tuple(steps)


def _values(store: Store, table: TableProfile, column: ColumnProfile) -> list[str]:
    text = Reader(MISSING_VALUES, "UTC").text(table.raw_column(column))
    rows = store.connection.execute(
        f"SELECT v FROM (SELECT {text} AS v FROM {table.raw.relation}) WHERE v IS NOT NULL "
        f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {_TYPES}"
    ).fetchall()
    return [value for (value,) in rows]
