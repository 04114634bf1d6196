"""Which column says how leads ended: by what it holds first, by its name second."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from features.intake.values import Reader
from features.settings import MISSING_VALUES
from features.store import Store
from training.init.funnel import is_todays
from training.init.level_words import NO, YES, Meaning, OutcomeLevel, is_yes_or_no, levels_of
from training.init.name_words import NAMES, is_name_of, says
from training.init.table_profile import ColumnProfile, TableProfile

#: Names that tell even beside other words.
_TELLING = (
    *("won", "win", "converted", "conversion", "outcome", "purchased", "bought", "churn"),
    *("churned", "受注", "成約", "成否", "結果"),
)
#: Names of what happened before, or of something else that was won.
_EARLIER = ("previous", "prior", "last", "past", "old", "前回")
#: Shares of wins that leads have; others are flags of something else.
_RAREST, _COMMONEST = 0.001, 0.6
#: From here on a column is proposed; below, a person is asked.
_SURE = 4.0
_FEWEST_DATED, _MOST_DATED = 0.001, 0.9
#: A share of rows that is as good as none.
_NONE = 0.02


@dataclass(frozen=True)
class OutcomeGuess:
    """A column that may say how leads ended.

    Attributes:
        column: The column; one of dates means that who has a date has won.
        levels: Its values with what they mean.
        score: How much speaks for it.
        why: What speaks for it.
    """

    column: ColumnProfile
    levels: tuple[OutcomeLevel, ...]
    score: float
    why: str

    @property
    def is_sure(self) -> bool:
        """Whether it can be proposed; else a person is asked."""
        return self.score >= _SURE

    @property
    def is_date(self) -> bool:
        """Whether a date alone says that a lead has won."""
        return self.column.kind == "date"

    def of(self, meaning: Meaning | None) -> tuple[OutcomeLevel, ...]:
        """The levels of a meaning; those that nothing tells for None."""
        return tuple(level for level in self.levels if level.meaning == meaning)

    @property
    def told(self) -> str:
        """The column with its levels and counts, in a line."""
        shown = ", ".join(f"{level.value} {level.rows:,}" for level in self.levels[:4])
        if self.is_date:
            shown = f"a date in {self.column.present:,} of {self.column.rows:,} rows; then write"
            shown += ' `constant: {won: "1"}` instead'
        more = ", …" if len(self.levels) > 4 else ""
        return f"{self.column.name} ({shown}{more})"


def outcomes_in(table: TableProfile, *, is_apart: bool = False) -> list[OutcomeGuess]:
    """The columns that may say how leads ended, the likeliest first; later columns win ties, as
    tables that were made for learning end with what is to be learned.

    Args:
        table: The table.
        is_apart: Whether it is a table of its own in which only some leads have a row, so that a
            date in every row may say how these ended.
    """
    found = [guess for column in table.columns if (guess := _guess(column, is_apart)) is not None]
    places = {column.name: i for i, column in enumerate(table.columns)}
    return sorted(found, key=lambda g: (-g.score, -places[g.column.name]))


def _guess(column: ColumnProfile, is_apart: bool) -> OutcomeGuess | None:
    if column.kind == "date":
        return _dated(column, is_apart)
    if not column.counted or not column.present:
        return None
    levels = _levels(column)
    known = [level for level in levels if level.meaning]
    has = {level.meaning for level in levels}
    is_named = is_name_of(column.name, NAMES["won"])
    if len(levels) > 2 and not has & {"won", "lost"}:
        return None
    if len(levels) == 1 and not (is_named or levels[0].plainly):
        return None
    score, why = _worth(column, levels, is_named)
    undecided = sum(level.rows for level in levels) - sum(level.rows for level in known)
    if undecided > 0.5 * column.present and len(levels) > 2:
        score -= 3
    return OutcomeGuess(column, levels, score, why)


def _levels(column: ColumnProfile) -> tuple[OutcomeLevel, ...]:
    """Levels with meanings; a 1 means yes only beside a 0."""
    levels = levels_of(column.counted)
    if is_yes_or_no(column.values):
        return levels
    return tuple(
        replace(level, meaning=None) if level.value.strip().casefold() in YES | NO else level
        for level in levels
    )


def _worth(
    column: ColumnProfile, levels: Sequence[OutcomeLevel], is_named: bool
) -> tuple[float, str]:
    won = [level for level in levels if level.meaning == "won"]
    beside = [level for level in levels if level.meaning in ("lost", "open")]
    score, why = 0.0, "it has two levels"
    if any(level.plainly for level in won):
        score, why = (5.0 if beside else 3.0), "its values say won, lost or open"
    elif won and beside and not is_yes_or_no(column.values):
        score, why = 2.0 + (len(levels) == len(won) + len(beside)), "its values sound like an end"
        score += 1.5 if len(levels) > 2 and score > 2 and len(won) == 1 else 0
    elif won and len(levels) == 2:
        score, why = 1.0, "its values say yes or no"
    elif _is_stage_with_loss(column, levels):
        score, why = _SURE, "a stage of it says lost"
    if is_named:
        score, why = score + 4, f"{why}, and so does its name" if score > 1 else "by its name"
    elif says(column.name, _TELLING):
        score, why = score + 2.5, f"{why}, and so does its name" if score > 2 else "by its name"
    if says(column.name, _EARLIER):
        score -= 4
    share = sum(level.rows for level in won) / column.present
    if won and not _RAREST <= share <= _COMMONEST and score < 5:
        score -= 1.5
    return score, why


def _is_stage_with_loss(column: ColumnProfile, levels: Sequence[OutcomeLevel]) -> bool:
    """Whether one level of a stage says lost, and the level of the wins has a name of its own."""
    lost = [level for level in levels if level.meaning == "lost"]
    named = says(column.name, NAMES["stage"])
    return named and len(levels) > 2 and len(lost) == 1 and lost[0].plainly


def _dated(column: ColumnProfile, is_apart: bool) -> OutcomeGuess | None:
    """A date that only some rows have, or only some leads."""
    share = column.present / max(1, column.rows)
    if is_apart and share > _MOST_DATED:
        return _dated_rows(column)
    if not _FEWEST_DATED <= share <= _MOST_DATED or says(column.name, _EARLIER):
        return None
    if says(column.name, NAMES["converted_at"]):
        return OutcomeGuess(column, (), 4.0, "only those who won have the date")
    if says(column.name, NAMES["closed_at"]):
        return OutcomeGuess(column, (), 3.0, "only some have the date")
    return None if is_todays(column) else OutcomeGuess(column, (), 0.5, "only some have the date")


def _dated_rows(column: ColumnProfile) -> OutcomeGuess | None:
    """A date that all rows have, of a table in which only some leads have one."""
    why = "only those who won have a row"
    if says(column.name, _EARLIER):
        return None
    if says(column.name, NAMES["converted_at"]):
        return OutcomeGuess(column, (), 4.0, why)
    return OutcomeGuess(column, (), 2.0, why) if says(column.name, NAMES["closed_at"]) else None


def close_date(
    store: Store, table: TableProfile, guess: OutcomeGuess | None, created: str | None
) -> ColumnProfile | None:
    """The column of the time of the close: by its name, or the one that decided rows have and open
    ones have not, or the only one.
    """
    others = [c for c in table.times if c.name != created]
    named = [c for c in others if says(c.name, NAMES["closed_at"])]
    if guess and guess.is_date:
        return guess.column
    if named:
        return named[0]
    if len(others) == 1:
        return others[0]
    if guess is None or not guess.of("open"):
        return None
    return next((c for c in others if _follows(store, table, guess, c)), None)


def _follows(store: Store, table: TableProfile, guess: OutcomeGuess, date: ColumnProfile) -> bool:
    """Whether decided rows have the date, and open ones have not."""
    shares = filled_share(store, table, guess.column, date)
    decided = [shares.get(level.value, 0) for level in (*guess.of("won"), *guess.of("lost"))]
    open_ones = [shares.get(level.value, 0) for level in guess.of("open")]
    return bool(decided) and min(decided) > 0.9 and max(open_ones, default=1) < 0.1


def filled_share(
    store: Store, table: TableProfile, level: ColumnProfile, other: ColumnProfile
) -> dict[str, float]:
    """Value of one column to the share of its rows that have, or say yes in, another."""
    reader = Reader(MISSING_VALUES, "UTC")
    key, cell = reader.text(table.raw_column(level)), table.raw_column(other)
    is_yes = f"lower({reader.text(cell)}) IN ({', '.join(repr(word) for word in sorted(YES))})"
    test = is_yes if is_yes_or_no(other.values) else reader.present(cell)
    if other.kind == "date":
        test = f"{reader.moment(cell)} IS NOT NULL"
    rows = store.connection.execute(
        f"SELECT {key}, avg(CAST(coalesce({test}, false) AS INTEGER)) FROM {table.raw.relation}"
        " GROUP BY ALL"
    ).fetchall()
    return {value: float(share) for value, share in rows if value is not None}


def closed_flag(store: Store, table: TableProfile, guess: OutcomeGuess) -> ColumnProfile | None:
    """The column that says whether a deal is closed: by its name, or because it says yes of all
    that is plainly won or lost, and no of whole other levels.
    """
    flags = [
        column
        for column in table.columns
        if column.name != guess.column.name
        and is_yes_or_no(column.values)
        and len(column.values) == 2
    ]
    named = [column for column in flags if is_name_of(column.name, NAMES["closed"])]
    if is_yes_or_no(guess.column.values):
        return next(iter(named), None)
    return next((column for column in (*named, *flags) if _says(store, table, guess, column)), None)


def _says(store: Store, table: TableProfile, guess: OutcomeGuess, flag: ColumnProfile) -> bool:
    shares = filled_share(store, table, guess.column, flag)
    plain = [level.value for level in guess.levels if level.plainly]
    others = [level.value for level in guess.levels if not level.plainly]
    decided = bool(plain) and all(shares.get(value, 0) > 1 - _NONE for value in plain)
    return decided and any(shares.get(value, 1) < _NONE for value in others)


def judged(
    store: Store,
    table: TableProfile,
    guess: OutcomeGuess,
    *,
    flag: ColumnProfile | None,
    closed_at: ColumnProfile | None,
) -> OutcomeGuess:
    """The levels again, where the table itself shows that those of no plain word are open: they
    are never closed, or never have a close date that the others have.
    """
    sign = flag or closed_at
    if sign is None or guess.is_date or is_yes_or_no(guess.column.values):
        return guess
    shares = filled_share(store, table, guess.column, sign)
    if flag is None and not any(share > 0.9 for share in shares.values()):
        return guess
    levels = [
        _seen(level, shares.get(level.value, 0.0), sign, is_flag=flag is not None)
        for level in guess.levels
    ]
    return replace(guess, levels=tuple(levels))


def _seen(
    level: OutcomeLevel, closed: float, sign: ColumnProfile, *, is_flag: bool
) -> OutcomeLevel:
    """A level with what the share of its rows that are closed says."""
    if not level.plainly and closed < _NONE:
        why = f"{sign.name} never says so" if is_flag else f"none has {sign.name}"
        return replace(level, meaning="open", why=why)
    if is_flag and level.meaning == "open" and closed > 1 - _NONE:
        return replace(level, meaning=None, why=f"{sign.name} says that it is closed")
    return level
