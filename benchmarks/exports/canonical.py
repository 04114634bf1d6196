"""The same company in the shape of docs/input.md, in the words of a system."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.exports.writing import iso, write_csv


@dataclass(frozen=True)
class Canonical:
    """Canonical tables that say what the export of a system says.

    Attributes:
        zone: Time zone whose days count.
        until: Local date up to which the tables are complete.
        leads: lead_id, created_at, account_id, and every lead column of the configuration.
        events: lead_id, occurred_at, event_type, detail, recorded_at.
        outcomes: lead_id, closed_at, won, and those of amount, lost_reason, opened_at and times of
            stages that the export has.
        stages: Stage to its column in ``outcomes``.
        changes: lead_id, changed_at, attribute, value; None where the export has none.
        made: Lead columns that the reading makes of a joined table: has.
    """

    zone: str
    until: str
    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    stages: dict[str, str] = field(default_factory=dict)
    changes: pd.DataFrame | None = None
    made: tuple[str, ...] = ()

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the tables; return the section ``input`` of their configuration."""
        tables = {"leads": self.leads, "events": self.events, "outcomes": self.outcomes}
        if self.changes is not None:
            tables["attribute_changes"] = self.changes
        for name, table in tables.items():
            times = {str(c): iso(table[c]) for c in table if str(c).endswith("_at")}
            write_csv(folder / f"{name}.csv", table.assign(**times))
        optional = ("amount", "lost_reason", "opened_at")
        sections: dict[str, Any] = {name: {"path": f"{name}.csv"} for name in tables}
        if "account_id" in self.leads:
            sections["leads"]["columns"] = {"account_id": "account_id"}
        sections["events"]["columns"] = {"detail": "detail", "recorded_at": "recorded_at"}
        sections["outcomes"] |= {
            "columns": {name: name for name in optional if name in self.outcomes},
            "won_values": ["won"],
            "lost_values": ["lost"],
            "stages": self.stages,
        }
        if self.changes is not None:
            found = list(self.changes["attribute"].unique())
            sections["attribute_changes"]["attributes"] = found
        return {"timezone": self.zone, "observed_until": self.until, **sections}


def events_of(ids: pd.Series, *tables: pd.DataFrame) -> pd.DataFrame:
    """One table of events.

    Args:
        ids: Place of a lead to its lead_id.
        tables: lead, at, type, and optionally detail and recorded.
    """
    events = pd.concat(tables)
    for name in ("detail", "recorded"):
        if name not in events:
            events[name] = None
    return pd.DataFrame(
        {
            "lead_id": events["lead"].map(ids),
            "occurred_at": events["at"],
            "event_type": events["type"],
            "detail": events["detail"],
            "recorded_at": events["recorded"].fillna(events["at"]),
        }
    )


def ended(won: pd.Series) -> pd.Series:
    """Won, lost or nothing."""
    return won.map({True: "won", False: "lost"})
