"""The lines of what changed over time: attributes, and stages of the funnel."""

from features.store import Store
from training.init.draft_config import DraftConfig, quoted
from training.init.draft_outcome import draft_join
from training.init.funnel import moved_stage, stage_levels
from training.init.level_words import levels_of
from training.init.moments import moment_of
from training.init.name_words import NAMES, STATUS_WORDS, says
from training.init.roles import Part, PlacedTables, changed_attribute
from training.init.table_profile import values_of


def draft_changes(draft: DraftConfig, store: Store, part: Part, found: PlacedTables) -> None:
    """The section ``attribute_changes``."""
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
    names = values_of(store, table, attribute) if attribute else []
    known = {column.name for column in found.leads.columns}
    draft.listed(
        4, "attributes", [n for n in names if n in known] or names, "guess: all that occur"
    )


def draft_history(
    draft: DraftConfig, part: Part, found: PlacedTables, *, has_outcome: bool
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
    if not steps and (has_outcome or not ends["won"]):
        shown = ", ".join(level.value for level in levels[:8])
        draft.line("    stages:", f"you decide: stages, each a list of: {shown}")
    elif steps:
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


def draft_statuses(draft: DraftConfig, part: Part, found: PlacedTables) -> bool:
    """The section ``statuses``, where values say that sales took a lead, gave it back or passed it
    on; returns whether they do.
    """
    moved = moved_stage(part.table)
    status = moved[1] if moved else None
    levels = levels_of(status.counted) if status else ()
    words = {
        meaning: [level.value for level in levels if says(level.value, known)]
        for meaning, known in STATUS_WORDS.items()
    }
    if status is None or not any(words.values()):
        return False
    draft.line("  statuses:", "guess: it has what sales says of the leads that it was given")
    draft.source(4, part.table)
    draft_join(draft, 4, part.link, found)
    draft.identity(4, part.own, "guess: its values are found in the leads")
    when = moment_of(part.table, "changed_at")
    draft.key(6, "changed_at", when.name if when else None, "guess: since when")
    draft.key(6, "status", status.name, "guess: its values are what sales says")
    reason = next((c for c in part.table.columns if says(c.name, NAMES["lost_reason"])), None)
    if reason is not None:
        draft.key(6, "reason", reason.name, "guess: by its name")
    draft.line("    words:", "guess: by the words; others are counted and not used")
    for meaning, values in words.items():
        if values:
            draft.listed(6, meaning, values)
    return True
