"""What an outcome row says of its deal: won, lost or open.

Everything here returns SQL expressions, but for the check of the levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.intake.values import RawColumn, Reader
from features.settings import FlatTable, OutcomesTable
from features.sql import one_of

#: Words of a column ``closed`` that mean yes.
_TRUE = ("1", "1.0", "true", "yes", "y", "t", "closed", "はい", "○", "有", "oui", "ja")
#: Levels that mean an open deal wherever they stand; they never count as lost without being asked.
MEAN_OPEN = {"open", "new", "pending", "in progress", "offen", "進行中", "未決着", "商談中"}
#: Levels told in a sentence.
LISTED = 20


@dataclass(frozen=True)
class Levels:
    """The texts of a column that mean a win, a loss, or that nothing is decided."""

    won: tuple[str, ...]
    lost: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Those whose meaning is written down."""
        return (*self.won, *self.lost, *self.open)


@dataclass(frozen=True)
class Deal:
    """How an outcome row is read.

    Attributes:
        reader: Reads cells.
        table: The configuration of the outcomes.
        level: The column that says how the deal ended.
        closed_at: The column with the time of the close, or of the planned close.
        closed: The column that says whether the deal is closed, where there is one.
        levels: The texts of ``level`` that the configuration means.
        closed_levels: The texts of ``closed`` that mean yes.
        trusts_lists: Whether a level that stands in no list means an open deal. In training such a
            level is refused.
        ends_all: Whether a row without a time of the close is open whatever its level: all rows of
            the leads have the same.
    """

    reader: Reader
    table: OutcomesTable
    level: RawColumn
    closed_at: RawColumn
    closed: RawColumn | None
    levels: Levels
    closed_levels: tuple[str, ...]
    trusts_lists: bool
    ends_all: bool = False

    @property
    def won(self) -> str:
        """BOOLEAN: whether the level means a win; NULL without a level."""
        return one_of(self.reader.text(self.level), self.levels.won)

    @property
    def is_open(self) -> str:
        """BOOLEAN, never NULL: whether the row says that nothing is decided, whatever its date."""
        text = self.reader.text(self.level)
        signs = [f"coalesce({one_of(text, self.levels.open)}, false)"]
        if self.closed is not None:
            closed = one_of(self.reader.text(self.closed), self.closed_levels)
            signs.append(f"NOT coalesce({closed}, false)")
        if self.level.is_made:  # a table that holds only wins: who has no close has none yet
            signs.append(f"{self.reader.moment(self.closed_at)} IS NULL")
        if self.trusts_lists and has_lists(self.table):
            signs.append(f"NOT coalesce({one_of(text, self.levels.all)}, false)")
        if self.ends_all:
            no_date = f"{self.reader.moment(self.closed_at)} IS NULL"
            blank = f"NOT {self.reader.present(self.closed_at)}"
            signs.append(no_date if self.closed_at.is_said_date else blank)
        return f"({' OR '.join(signs)})"

    @property
    def closing(self) -> str:
        """TIMESTAMPTZ: when the deal closed; NULL while it is open, a plan or not."""
        return f"CASE WHEN NOT {self.is_open} THEN {self.reader.moment(self.closed_at)} END"


def deal_of(
    intake: Intake,
    raw: RawTable,
    table: OutcomesTable,
    *,
    level: RawColumn,
    closed_at: RawColumn,
    closed: RawColumn | None,
) -> Deal:
    """How the rows of an outcomes table are read, by the texts that it holds."""
    return Deal(
        intake.reader,
        table,
        level,
        closed_at,
        closed,
        levels_of(intake, raw, level, table),
        intake.spelled(raw, closed, _TRUE) if closed is not None else (),
        trusts_lists=intake.purpose == "score",
        ends_all="won" in table.constant and intake.outcomes_in_leads,
    )


def levels_of(
    intake: Intake, raw: RawTable, column: RawColumn, table: OutcomesTable | FlatTable
) -> Levels:
    """The texts of a column that the lists of its section mean."""
    return Levels(
        intake.spelled(raw, column, table.won_values),
        intake.spelled(raw, column, table.lost_values),
        intake.spelled(raw, column, table.open_values),
    )


def has_lists(table: OutcomesTable) -> bool:
    """Whether the configuration says which levels mean a loss, or an open deal."""
    return bool(table.lost_values or table.open_values)


def check_levels(intake: Intake, raw: RawTable, deal: Deal) -> None:
    """Refuse levels of closed deals of which nobody said whether they mean a loss.

    A level is a problem where it stands in no list, or, without lists, where several levels beside
    the wins would count as lost, or one that means an open deal.
    """
    text, table = deal.reader.text(deal.level), deal.table
    unlisted = "" if not has_lists(table) else f" AND NOT {one_of(text, deal.levels.all)}"
    found = intake.store.connection.execute(
        f"SELECT level, count(*) AS n FROM (SELECT {text} AS level FROM {raw.relation} WHERE"
        f" NOT {deal.is_open} AND {deal.reader.present(deal.closed_at)}{unlisted}) WHERE level IS"
        f" NOT NULL AND NOT {one_of('level', deal.levels.won)} GROUP BY level"
        f" ORDER BY n DESC, level LIMIT {LISTED + 1}"
    ).fetchall()
    refuse_levels(intake, raw, deal.level, found, has_lists=has_lists(table))


def refuse_levels(
    intake: Intake,
    raw: RawTable,
    column: RawColumn,
    found: Sequence[tuple[str, int]],
    *,
    has_lists: bool,
) -> None:
    """Say which levels of an outcome nobody gave a meaning, where that leaves a loss open to doubt.

    Args:
        intake: Takes the problem.
        raw: The table.
        column: The outcome.
        found: Levels that mean no win and stand in no list, with their rows; most frequent first.
        has_lists: Whether the configuration lists what means a loss, or nothing yet.
    """
    means_open = any(level.strip().casefold() in MEAN_OPEN for level, _ in found)
    if has_lists and found:
        problem = "stand in none of won_values, lost_values, open_values"
    elif len(found) > 1 or means_open:
        problem = "are not wins, and nobody said that they mean a loss"
    else:
        return
    levels = ", ".join(f"{level[:30]!r} ({n:,})" for level, n in found[:LISTED])
    more = ", …" if len(found) > LISTED else ""
    intake.problems.append(
        f"{raw.name}: levels of column {column.name!r} {problem}: {levels}{more}; write each into"
        " `lost_values` or `open_values`"
    )
