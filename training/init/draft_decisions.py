"""The lines that only the business can decide, with the figures it needs for that."""

from collections.abc import Sequence

from features.store import Store
from training.init.days_to_win import (
    at_share,
    days_to_win,
    fill_wins,
    silent_days,
    step_that_sees,
)
from training.init.draft_config import DraftConfig, quoted
from training.init.draft_outcome import DraftedOutcome
from training.init.moments import moment_of
from training.init.roles import PlacedTables
from training.init.table_profile import ColumnProfile


def draft_decisions(
    draft: DraftConfig,
    store: Store,
    found: PlacedTables,
    outcome: DraftedOutcome | None,
    created: ColumnProfile | None,
    steps: Sequence[str],
) -> None:
    """Population, goal and snapshots; ``steps`` are stages with a history."""
    days: list[int] = []
    silent: list[int] = []
    if outcome and outcome.guess and outcome.closed_at and created:
        fill_wins(store, found, outcome.guess, created, outcome.closed_at)
        days = days_to_win(store)
        silent = _silence(store, found)
    draft.line("population:")
    _until(draft, [*(outcome.stages if outcome else ()), *steps])
    draft.line(
        "  stale_after_days:",
        "you decide: silent days after which a lead is no longer open"
        + (
            f"; before nine of ten wins the lead was silent for at most {at_share(silent, 0.9)}"
            " days"
            if silent
            else ""
        ),
    )
    draft.line("goal:")
    hint = (
        f"; half of the {len(days):,} wins close within {at_share(days, 0.5)} days, nine of ten"
        f" within {at_share(days, 0.9)}"
        if days
        else ""
    )
    draft.line("  horizon_days:", f"you decide: within how many days a win counts{hint}")
    draft.line("snapshots:")
    if days:
        step, share = step_that_sees(days)
        draft.line(
            f"  every_days: {step}",
            f"guess: {share:.0%} of the wins are seen by a snapshot before they close",
        )
    else:
        draft.line("  every_days:", "you decide: days from one snapshot to the next")


def _until(draft: DraftConfig, stages: Sequence[str]) -> None:
    if stages:
        shown = ", ".join(map(quoted, stages))
        draft.line(
            "  until:",
            f"you decide: closed, or the stage at which a lead is sales' own: {shown}",
        )
    else:
        draft.line("  until: closed", "guess: no table has the time of another stage")


def _silence(store: Store, found: PlacedTables) -> list[int]:
    """Silent days before wins, over the first table of events."""
    for part in found.of("events") if found.key else []:
        when = moment_of(part.table, "occurred_at")
        if when and found.key:
            return silent_days(store, found.leads, found.key, part, when)
    return []
