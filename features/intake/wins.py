"""How many wins the sources tell of, and how many are gone with rows that cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from features.intake.outcomes import COPY
from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.intake_report import TableCounts


@dataclass(frozen=True)
class Wins:
    """Wins in figures.

    Attributes:
        told: Wins that the sources tell of; copies count once.
        lost: How many of them no lead in the store has.
        by_table: Table to the wins that are gone because of its rows.
    """

    told: int = 0
    lost: int = 0
    by_table: Mapping[str, int] = field(default_factory=dict)

    def of_each(self, counts: Mapping[str, TableCounts]) -> dict[str, TableCounts]:
        """The counts of the tables, with the wins that each lost."""
        return {
            name: replace(count, wins_lost=self.by_table.get(name, 0))
            for name, count in counts.items()
        }


def count_wins(intake: Intake, tables: Mapping[str, RawTable]) -> Wins:
    """Count the wins of ``win_rows``, or of the flat table, and those in quarantine."""
    name = next((n for n in ("flat", "outcomes", "stage_history") if _tells(intake, n, tables)), "")
    if not name:
        return Wins()
    wins = "SELECT file, row FROM flat_rows WHERE won" if name == "flat" else "FROM win_rows"
    bad = intake.quarantine.bad_rows(tables[name])
    copies = intake.number(
        f"SELECT count(*) FROM ({wins}) JOIN ({bad} AND reason = '{COPY}') USING (file, row)"
    )
    told = intake.number(f"SELECT count(*) FROM ({wins})") - copies
    lost = intake.number(
        f"SELECT count(*) FROM ({wins}) JOIN ({bad} AND reason <> '{COPY}') USING (file, row)"
    )
    by_table = {name: lost}
    if name != "flat" and "leads" in tables:
        unusable = intake.quarantine.bad_rows(tables["leads"])
        by_table["leads"] = intake.number(
            "SELECT count(*) FROM win_rows JOIN lead_keys USING (key) JOIN lead_rows USING"
            f" (lead_id) JOIN ({unusable}) AS q ON q.file = lead_rows.file AND q.row ="
            " lead_rows.row"
        )
    return Wins(told, lost, by_table)


def _tells(intake: Intake, name: str, tables: Mapping[str, RawTable]) -> bool:
    return name in tables and name in intake.counts
