"""The lines of a configuration of several tables: leads, events, outcomes, and what belongs to
them.
"""

from dataclasses import replace

from features.store import Store
from training.init.columns import Placed, placed
from training.init.draft_columns import draft_actors, draft_columns, draft_reading
from training.init.draft_config import DraftConfig
from training.init.draft_decisions import draft_decisions
from training.init.draft_events import draft_events
from training.init.draft_history import draft_changes, draft_history, draft_statuses
from training.init.draft_outcome import DraftedOutcome, draft_outcome
from training.init.funnel import holds_ends, stage_times, wide_times
from training.init.level_words import is_yes_or_no
from training.init.moments import creation, later_shares
from training.init.name_words import NAMES, says
from training.init.outcome import outcomes_in
from training.init.roles import Part, PlacedTables
from training.init.table_profile import ColumnProfile


def draft_tables(draft: DraftConfig, store: Store, found: PlacedTables) -> None:
    """All sections, for tables that are told apart."""
    leads = found.leads
    created = creation(store, leads)
    account = _account(found)
    history = next(iter(found.of("stage_history")), None)
    draft.line("input:")
    read = [leads, *(part.table for part in found.parts)]
    draft_reading(draft, read, [column for table in read for column in table.times])
    _leads(draft, found, created, account)
    joined = draft_joined(draft, found)
    outcome = _outcome(draft, store, found, created, history)
    wide = _wide(found, outcome, created)
    types = draft_events(draft, store, found, wide)
    for part in found.of("attribute_changes"):
        draft_changes(draft, store, part, found)
    steps = _draft_history(draft, history, found, outcome) if history else ()
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


def _draft_history(
    draft: DraftConfig, history: Part, found: PlacedTables, outcome: DraftedOutcome | None
) -> tuple[str, ...]:
    """What leads went through; where the outcomes tell when stages were reached, only what sales
    says of the leads that it was given.
    """
    if outcome is None or not outcome.stages:
        return draft_history(draft, history, found, has_outcome=outcome is not None)
    if not draft_statuses(draft, history, found):
        draft.note(
            f"{history.table.name} is left out: the outcomes tell when stages were reached. If it"
            " holds what sales says of the leads that it was given, write it under `statuses`"
            " (configs/template.yaml)."
        )
    return ()


def _wide(
    found: PlacedTables, outcome: DraftedOutcome | None, created: ColumnProfile | None
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
    found: PlacedTables,
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
        without = key.rows - key.present
        lack = f"; {without:,} rows have none, and are left out" if without else ""
        why = f"guess: {what} different in every row{doubt}{lack}"
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


def _is_part(found: PlacedTables, column: ColumnProfile) -> bool:
    """Whether a column is an id that is a part of the key; a region in it says more."""
    parts = found.key.parts if found.key else ()
    return column.name in parts and says(column.name, NAMES["id"])


def _aliases(found: PlacedTables) -> set[str]:
    """Lead columns that hold other ids of the leads, which the same column of a table uses."""
    return {
        part.also.target.name
        for part in found.parts
        if part.also is not None and not found.is_key(part.also.target)
    }


def _account(found: PlacedTables) -> ColumnProfile | None:
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


def _is_parent_key(found: PlacedTables, column: ColumnProfile) -> bool:
    return any(not part.refers and part.link.column.name == column.name for part in found.parts)


def _refers(found: PlacedTables, column: ColumnProfile) -> str:
    """The table whose rows a lead column names, or an empty text."""
    return next(
        (
            part.table.name
            for part in found.parts
            if not part.refers and part.link.column.name == column.name
        ),
        "",
    )


def draft_joined(draft: DraftConfig, found: PlacedTables) -> list[Placed]:
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
            prefix = f"{part.table.given.stem} "
            draft.key(6, "prefix", prefix, "guess: some of its names are taken")
        for column in columns:
            taken.add(prefix + column.name)
            places.append(placed(replace(column, name=prefix + column.name)))
    return places


def _outcome(
    draft: DraftConfig,
    store: Store,
    found: PlacedTables,
    created: ColumnProfile | None,
    history: Part | None,
) -> DraftedOutcome | None:
    """The section ``outcomes``, unless the history of stages holds them: a yes or no of the leads,
    such as whether they were converted, says less than stages that are won and lost.
    """
    part = found.outcomes
    if part is not None:
        return draft_outcome(draft, store, part.table, lead_id=part.own, found=found)
    inside = found.outcome
    sure = inside is not None and inside.is_sure
    is_flag = inside is not None and is_yes_or_no(inside.column.values)
    if history and (not sure or (is_flag and holds_ends(history.table))):
        return None
    return draft_outcome(draft, store, found.leads, lead_id=found.key, created=created)
