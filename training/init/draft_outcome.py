"""The lines that say how leads ended: the columns, and every level as won, lost or open."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.store import Store
from training.init.draft_config import DraftConfig, quoted
from training.init.funnel import other_times, stage_times
from training.init.level_words import OutcomeLevel
from training.init.links import Link
from training.init.name_words import NAMES, says
from training.init.outcome import (
    OutcomeGuess,
    close_date,
    closed_flag,
    filled_share,
    judged,
    outcomes_in,
)
from training.init.roles import PlacedTables
from training.init.table_profile import ColumnProfile, TableProfile

#: Candidates that are shown for a question.
_SHOWN = 6
#: Levels that are shown for a question.
_LEVELS = 20
#: Share by which wins have an amount more often than others, and names of a company's own figures.
_FOLLOWS, _YEARLY = 0.5, ("annual", "yearly", "per year", "turnover", "年商", "年間")


@dataclass(frozen=True)
class DraftedOutcome:
    """What was written about the outcome.

    Attributes:
        guess: The column, with its levels; None where a person is asked.
        closed_at: When leads ended.
        used: Columns that are taken.
        stages: Names of the stages whose times are known.
    """

    guess: OutcomeGuess | None
    closed_at: ColumnProfile | None
    used: frozenset[str]
    stages: tuple[str, ...] = ()


def draft_outcome(
    draft: DraftConfig,
    store: Store,
    table: TableProfile,
    *,
    lead_id: ColumnProfile | None,
    created: ColumnProfile | None = None,
    found: PlacedTables | None = None,
) -> DraftedOutcome:
    """The section ``outcomes``.

    Args:
        draft: The configuration under way.
        store: Holds the raw tables.
        table: Holds the outcomes.
        lead_id: Its column of the lead.
        created: The time of the lead's creation, where the leads hold the outcomes.
        found: All tables, where the outcomes are one of their own.
    """
    part = found.outcomes if found else None
    inside = part is None
    candidates = outcomes_in(table, is_apart=not inside)
    first = next(iter(candidates), None)
    guess = first if first and (first.is_sure or _is_end(first) or not inside) else None
    closed = close_date(store, table, guess, created.name if created else None)
    used = {column.name for column in (lead_id, created, closed) if column}
    draft.line(
        "  outcomes:",
        "guess: the leads say how they ended" if inside else "guess: it says how leads ended",
    )
    draft.source(4, table, is_repeated=inside)
    if part and found:
        draft_join(draft, 4, part.link, found)
    own = "guess: as in the leads" if inside else "guess: its values are found in the leads"
    draft.identity(4, lead_id, own if lead_id else "you decide: as in the leads")
    draft.key(6, "closed_at", closed.name if closed else None, _of_close(guess, closed, table))
    flag = closed_flag(store, table, guess) if guess else None
    if guess and not guess.is_date:
        guess = judged(store, table, guess, flag=flag, closed_at=closed)
        draft.key(6, "won", guess.column.name, f"guess: {guess.why}")
        used.add(guess.column.name)
    elif guess is None:
        draft.key(6, "won", None, _candidates(candidates))
    has_losses = guess is None or not guess.is_date
    free = [c for c in table.columns if c.name not in used]
    amount = _amount(store, table, guess, free)
    used |= _optional(draft, table, used, amount, has_episodes=not inside, has_losses=has_losses)
    if guess and guess.is_date:
        draft.line('    constant: {won: "1"}', "guess: who has the date has won or left")
    if flag:
        draft.key(4, "closed", flag.name, "guess: where it says no, the close is planned")
        used.add(flag.name)
    draft_levels(draft, 4, guess, candidates)
    stages = _stages(draft, table, used, inside=inside)
    used |= {column.name for column in stages.values()}
    return DraftedOutcome(guess, closed, frozenset(used), tuple(stages))


def _is_end(guess: OutcomeGuess) -> bool:
    """Whether a date's name says that something ended, be it by a win or not."""
    return guess.is_date and says(guess.column.name, NAMES["closed_at"])


def draft_join(draft: DraftConfig, indent: int, link: Link, found: PlacedTables) -> None:
    """The line that says how a table finds its leads, where that is not plain."""
    blank = " " * indent
    shown = f"guess: {link.found:.0%} of its different values are found in the leads"
    if not found.is_key(link.target):
        rule = f"{{to: {quoted(link.target.name)}, rule: {link.rule}}}"
        draft.line(f"{blank}join: {rule}", shown)
    elif link.rule != "exact":
        draft.line(f"{blank}join: {link.rule}", shown)


def _of_close(guess: OutcomeGuess | None, closed: ColumnProfile | None, table: TableProfile) -> str:
    if closed is None:
        names = ", ".join(c.name for c in table.times) or "there is no column of times"
        return f"when the lead was won or lost: {names}"
    if says(closed.name, NAMES["closed_at"]):
        return "guess: by its name"
    return "guess: decided rows have it" if guess else "guess: the only other time"


def _candidates(found: Sequence[OutcomeGuess]) -> str:
    shown = "; or ".join(guess.told for guess in found[:_SHOWN])
    return f"the column that says how it ended{': ' if shown else ''}{shown}"


def _optional(
    draft: DraftConfig,
    table: TableProfile,
    used: set[str],
    amount: ColumnProfile | None,
    *,
    has_episodes: bool,
    has_losses: bool,
) -> set[str]:
    """The keys whose column can be told by its name; returns the columns."""
    taken: set[str] = set()
    keys = [("recorded_at", "date"), ("amount", "number")]
    if has_losses:
        keys.append(("lost_reason", "text"))
    if has_episodes:
        keys = [("reopened_at", "date"), ("opened_at", "date"), *keys]
    for key, kind in keys:
        column = next(
            (
                c
                for c in table.columns
                if c.kind == kind and c.name not in used | taken and says(c.name, NAMES[key])
            ),
            None,
        )
        column = amount if key == "amount" else column
        if column:
            draft.key(6, key, column.name)
            taken.add(column.name)
    return taken


def _amount(
    store: Store,
    table: TableProfile,
    guess: OutcomeGuess | None,
    columns: Sequence[ColumnProfile],
) -> ColumnProfile | None:
    """The amount of the deal: of the numbers that are amounts by name, the one that wins have and
    others lack, else the first that is no figure of a whole year, which is one of the company.
    """
    named = [c for c in columns if c.kind == "number" and says(c.name, NAMES["amount"])]
    won = {level.value for level in guess.of("won")} if guess else set()
    if guess is not None and won and not guess.is_date:
        for column in named:
            shares = filled_share(store, table, guess.column, column)
            wins = [share for value, share in shares.items() if value in won]
            rest = [share for value, share in shares.items() if value not in won]
            if wins and rest and min(wins) > max(rest) + _FOLLOWS:
                return column
    return next((c for c in named if not says(c.name, _YEARLY)), None)


def _stages(
    draft: DraftConfig, table: TableProfile, used: set[str], *, inside: bool
) -> dict[str, ColumnProfile]:
    rest = [c for c in table.times if c.name not in used]
    stages = stage_times(rest)
    if not inside:
        stages = {
            name: column
            for name, column in other_times(rest).items()
            if not says(column.name, NAMES["created_at"])
        }
    if stages:
        draft.mapped(
            4,
            "stages",
            {name: column.name for name, column in stages.items()},
            "guess: put them in funnel order",
        )
    return stages


def draft_levels(
    draft: DraftConfig,
    indent: int,
    guess: OutcomeGuess | None,
    found: Sequence[OutcomeGuess] = (),
) -> None:
    """Every level as won, lost or open with its rows; those that nothing tells are left to
    people.
    """
    if guess is not None and guess.is_date:
        _dated(draft, indent, guess, found)
        return
    if guess is None:
        if found:
            draft.line(f"{' ' * indent}won_values:", "you decide: its values that mean a win")
        return
    unknown = guess.of(None)
    rows = {"won": guess.of("won"), "lost": guess.of("lost"), "open": guess.of("open")}
    for meaning, levels in rows.items():
        key = f"{meaning}_values"
        if levels:
            _some(draft, indent, key, levels)
        elif unknown and meaning != "open":
            shown = ", ".join(f"{level.value} ({level.rows:,})" for level in unknown[:_LEVELS])
            rest = "; write the others into lost_values or open_values" if len(unknown) > 1 else ""
            draft.line(f"{' ' * indent}{key}:", f"you decide: a list, out of: {shown}{rest}")
    if rows["won"] and rows["lost"]:
        for level in unknown:
            draft.line(
                f"{' ' * indent}# {quoted(level.value)}: {level.rows:,} rows",
                "you decide: write it into won_values, lost_values or open_values"
                + (f"; {level.why}" if level.why else ""),
            )


def _dated(
    draft: DraftConfig, indent: int, guess: OutcomeGuess, found: Sequence[OutcomeGuess]
) -> None:
    """A date alone says how it ended: where its name says no more, a person has to."""
    key = f"{' ' * indent}won_values:"
    if guess.is_sure:
        draft.line(f'{key} ["1"]', f"guess: {guess.why}")
        return
    others = "; or ".join(other.told for other in found[:_SHOWN] if other is not guess)
    draft.line(
        key,
        f'you decide: ["1"] if {guess.column.name} ({guess.column.present:,} of'
        f" {guess.column.rows:,} rows have one) is what you look for; else take `constant` out and"
        f" write the column under columns.won{': ' if others else ''}{others}",
    )


def _some(draft: DraftConfig, indent: int, key: str, levels: Sequence[OutcomeLevel]) -> None:
    if len(levels) == 1:
        (level,) = levels
        draft.listed(indent, key, [level.value], f"guess: {level.rows:,} rows{_because(level)}")
        return
    draft.line(f"{' ' * indent}{key}:", f"guess: {sum(level.rows for level in levels):,} rows")
    for level in levels:
        draft.line(
            f"{' ' * indent}  - {quoted(level.value)}", f"{level.rows:,} rows{_because(level)}"
        )


def _because(level: OutcomeLevel) -> str:
    return f", {level.why}" if level.why else ""
