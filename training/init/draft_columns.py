"""The lines about columns, event types, time zone and missing values."""

from collections.abc import Iterable, Sequence

from features.settings import MISSING_VALUES
from training.init.actors import actors
from training.init.columns import Placed
from training.init.draft_config import DraftConfig, quoted
from training.init.table_profile import ColumnProfile, TableProfile

_LISTS = ("fit", "interest", "hearing", "carry", "ignore")


def draft_reading(
    draft: DraftConfig, tables: Iterable[TableProfile], moments: Iterable[ColumnProfile | None]
) -> None:
    """Time zone and missing values."""
    if any(column and column.naive for column in moments):
        draft.line(
            "  timezone:", "you decide: the zone of times without offset, such as Asia/Tokyo"
        )
    extra = sorted(
        {value for table in tables for column in table.columns for value in column.not_chosen}
    )
    if extra:
        draft.listed(
            2,
            "missing_values",
            [*MISSING_VALUES, *extra],
            "guess: the last ones say that nothing was chosen",
        )


def draft_columns(
    draft: DraftConfig, places: Sequence[Placed], *, candidates: frozenset[str] = frozenset()
) -> None:
    """Every lead column in one of the five lists, with why.

    Args:
        draft: The configuration under way.
        places: The columns.
        candidates: Columns of which one may be the outcome, and then belongs into no list.
    """
    draft.line(
        "columns:",
        "guess: move a line to the list where it belongs; fit: what the lead is, interest: what"
        " it did",
    )
    for name in _LISTS:
        members = [place for place in places if place.where == name]
        if not members:
            continue
        draft.line(f"  {name}:")
        for place in members:
            doubt = ""
            if place.column.name in candidates:
                doubt = "; delete this line if it is the outcome"
            draft.line(f"    - {quoted(place.column.name)}", f"guess: {place.why}{doubt}")


def draft_actors(draft: DraftConfig, types: Sequence[str]) -> None:
    """Who acts in each event type."""
    draft.line("behaviour:")
    draft.line("  actors:", "only what the lead itself did is behaviour")
    for guess in actors(types):
        if guess.actor:
            draft.line(f"    {quoted(guess.pattern)}: {guess.actor}", "guess: by its name")
        else:
            told = f", of {guess.told}" if guess.told != guess.pattern else ""
            draft.line(
                f"    {quoted(guess.pattern)}:", f"you decide: lead, sales or marketing{told}"
            )
