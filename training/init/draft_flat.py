"""The lines of a configuration of one flat table."""

from features.store import Store
from training.init.columns import placed
from training.init.draft_columns import draft_columns, draft_reading
from training.init.draft_config import DraftConfig
from training.init.draft_outcome import draft_levels
from training.init.keys import key_of, single_keys
from training.init.moments import creation, later_shares
from training.init.name_words import NAMES, says
from training.init.outcome import OutcomeGuess, outcomes_in
from training.init.table_profile import ColumnProfile, TableProfile

_SHOWN = 6
#: From here on a column of numbers is in the order of the rows.
_ORDERED = 0.9


def draft_flat(draft: DraftConfig, store: Store, table: TableProfile) -> None:
    """All sections, for one table."""
    found = [guess for guess in outcomes_in(table) if not guess.is_date]
    guess = found[0] if found and found[0].is_sure else None
    lead_id = key_of(table)
    when = creation(store, table)
    draft.line("input:")
    draft_reading(draft, [table], [when])
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
        others = [c.name for c in table.times if c is not when and c.is_full]
        beside = f", before {', '.join(others)}" if others else ""
        draft.key(6, "time", when.name, f"guess: when the row came{beside}; rows are split by it")
    draft_levels(draft, 4, guess, found)
    own = {c.name for c in (lead_id, guess.column if guess else None, when) if c}
    later = later_shares(store, table, when)
    places = [placed(c, later=later.get(c.name, 0.0)) for c in table.columns if c.name not in own]
    doubts = frozenset() if guess else frozenset(g.column.name for g in found)
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
