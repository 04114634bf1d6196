"""The lines of a configuration of one flat table."""

from dataclasses import replace

from features.store import Store
from training.init.columns import placed
from training.init.draft_columns import draft_columns, draft_reading
from training.init.draft_config import DraftConfig
from training.init.draft_outcome import draft_levels
from training.init.draft_tables import draft_joined
from training.init.keys import key_of, single_keys
from training.init.moments import creation, later_shares
from training.init.name_words import NAMES, says
from training.init.outcome import OutcomeGuess, outcomes_in
from training.init.roles import PlacedTables
from training.init.table_profile import ColumnProfile, TableProfile

_SHOWN = 6
#: From here on a column of numbers is in the order of the rows.
_ORDERED = 0.9


def draft_timeless(draft: DraftConfig, store: Store, found: PlacedTables) -> None:
    """All sections, for tables of one row per lead of which none says when anything happened: one
    of them is flat, and the others are joined to it.
    """
    parts = tuple(replace(part, role="joined") for part in found.parts)
    end = found.outcome.column if found.outcomes and found.outcome else None
    draft_flat(draft, store, found.leads, replace(found, parts=parts), end)
    for left in found.left_out:
        draft.note(f"{left.table.name} is left out: {left.why}.")


def is_timeless(found: PlacedTables) -> bool:
    """Whether no table holds a time, and each has at most one row per lead."""
    single = all(part.role in ("joined", "outcomes") for part in found.parts)
    unique = all(part.own.is_nearly_unique for part in found.parts)
    tables = [found.leads, *(part.table for part in found.parts)]
    return single and unique and not any(table.times for table in tables)


def draft_flat(
    draft: DraftConfig,
    store: Store,
    table: TableProfile,
    others: PlacedTables | None = None,
    end: ColumnProfile | None = None,
) -> None:
    """All sections, for one table.

    Args:
        draft: The configuration under way.
        store: Holds the raw tables.
        table: The table.
        others: It and those that are joined to it.
        end: The outcome, where a table of its own holds it.
    """
    beside = [part.table for part in others.parts] if others else []
    found = sorted(
        (g for one in (table, *beside) for g in outcomes_in(one) if not g.is_date),
        key=lambda g: -g.score,
    )
    guess = found[0] if found and (found[0].is_sure or found[0].column is end) else None
    lead_id = key_of(table)
    when = creation(store, table)
    draft.line("input:")
    draft_reading(draft, [table, *beside], [when])
    draft.line("  flat:")
    draft.source(4, table)
    draft.line("    columns:")
    if lead_id:
        draft.key(6, "lead_id", lead_id.name, "guess: every row has its own")
    if guess:
        draft.key(6, "outcome", guess.column.name, f"guess: {guess.why}")
    else:
        draft.key(6, "outcome", None, _question(found))
    if when:
        later_ones = [c.name for c in table.times if c is not when and c.is_full]
        before = f", before {', '.join(later_ones)}" if later_ones else ""
        draft.key(6, "time", when.name, f"guess: when the row came{before}; rows are split by it")
    draft_levels(draft, 4, guess, found)
    own = {c.name for c in (lead_id, guess.column if guess else None, when) if c}
    later = later_shares(store, table, when)
    places = [placed(c, later=later.get(c.name, 0.0)) for c in table.columns if c.name not in own]
    doubts = frozenset() if guess else frozenset(g.column.name for g in found)
    joined = draft_joined(draft, others) if others else []
    places += [place for place in joined if guess is None or place.column.name != guess.column.name]
    draft_columns(draft, places, candidates=doubts)
    _split(draft, table, has_time=when is not None)


def _question(found: list[OutcomeGuess]) -> str:
    shown = "; or ".join(guess.told for guess in found[:_SHOWN])
    more = f"; or one of {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"the column to learn{': ' if shown else ''}{shown}{more}"


def _split(draft: DraftConfig, table: TableProfile, *, has_time: bool) -> None:
    draft.line("split:")
    column = None if has_time else _numbering(table)
    if has_time:
        draft.line("  order: time", "guess: there is a column of times")
    elif column:
        order = "rows" if column.slope > 0 else "rows_newest_first"
        way = "rises" if column.slope > 0 else "falls"
        draft.line(
            f"  order: {order}",
            f"guess: {column.name!r}, which numbers the leads, {way} from row to row",
        )
    else:
        draft.line(
            "  order:",
            "you decide: rows (oldest first), rows_newest_first, or random where there is no time",
        )


def _numbering(table: TableProfile) -> ColumnProfile | None:
    """A column that numbers the leads and rises or falls with the rows."""
    numbers = [c for c in single_keys(table) if c.kind == "number" and c.is_unique]
    return next(
        (
            c
            for c in numbers
            if abs(c.slope) > _ORDERED and (c.counts_rows or says(c.name, NAMES["id"]))
        ),
        None,
    )
