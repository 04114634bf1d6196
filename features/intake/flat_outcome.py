"""What the outcome of a flat table's row says: won, lost, or nothing yet."""

from dataclasses import dataclass

from features.intake.deals import LISTED, Levels, levels_of, refuse_levels
from features.intake.outcomes import check_wins
from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.intake.values import RawColumn
from features.settings import FlatTable
from features.sql import one_of


@dataclass(frozen=True)
class FlatOutcome:
    """How the outcome column is read; an empty cell means that nothing is decided.

    Attributes:
        text: SQL of the cell's text.
        table: Which levels mean what, as configured.
        levels: The texts that these are.
        trusts_lists: Whether a level that stands in no list means that nothing is decided. In
            training such a level is refused.
    """

    text: str
    table: FlatTable
    levels: Levels
    trusts_lists: bool

    @property
    def won(self) -> str:
        """BOOLEAN: whether it is a win; NULL where nothing is decided."""
        return f"CASE WHEN NOT {self._is_open} THEN {one_of(self.text, self.levels.won)} END"

    @property
    def has_lists(self) -> bool:
        """Whether the configuration says which levels mean a loss, or nothing yet."""
        return bool(self.table.lost_values or self.table.open_values)

    @property
    def unlisted(self) -> str:
        """BOOLEAN: whether a cell holds a level whose meaning nobody wrote down."""
        return f"({self.text} IS NOT NULL AND NOT {one_of(self.text, self.levels.all)})"

    @property
    def _is_open(self) -> str:
        signs = [f"coalesce({one_of(self.text, self.levels.open)}, false)"]
        if self.trusts_lists and self.has_lists:
            signs.append(self.unlisted)
        return f"({' OR '.join(signs)})"


def outcome_of(intake: Intake, raw: RawTable, column: RawColumn, table: FlatTable) -> FlatOutcome:
    """How a column of outcomes is read."""
    return FlatOutcome(
        intake.reader.text(column),
        table,
        levels_of(intake, raw, column, table),
        trusts_lists=intake.purpose == "score",
    )


def check_flat_outcome(intake: Intake, raw: RawTable, column: RawColumn, table: FlatTable) -> None:
    """Refuse an outcome without wins or without losses, and levels that nobody gave a meaning."""
    outcome = outcome_of(intake, raw, column, table)
    check_wins(intake, raw, column, table.won_values)
    losses = f"SELECT count(*) FROM {raw.relation} WHERE NOT {outcome.won}"
    if not intake.number(losses):
        intake.problems.append(
            f"{raw.name}: every value of column {column.name!r} means a win; expected losses too"
        )
    found = intake.store.connection.execute(
        f"SELECT level, count(*) AS n FROM (SELECT {outcome.text} AS level FROM {raw.relation}"
        f" WHERE {outcome.unlisted}) GROUP BY level ORDER BY n DESC, level LIMIT {LISTED + 1}"
    ).fetchall()
    refuse_levels(intake, raw, column, found, has_lists=outcome.has_lists)
