"""Small inputs for tests: tables as CSV text, opened as a store."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.intake import open_store
from features.settings import (
    ChangesTable,
    ColumnSettings,
    EventColumns,
    EventsTable,
    FlatColumns,
    FlatTable,
    InputSettings,
    LeadsTable,
    OutcomesTable,
)
from features.store import Store

DAY = 19723  # 2024-01-01
LEADS = (
    "lead_id,created_at,size\n"
    "a,2024-01-01T09:00Z,10\n"
    "b,2024-01-02T09:00Z,20\n"
    "c,2024-01-03T09:00Z,30\n"
)
EVENTS = "lead_id,occurred_at,event_type\na,2024-01-05T09:00Z,visit\nb,2024-01-06T09:00Z,demo\n"
OUTCOMES = "lead_id,closed_at,won\na,2024-02-01T09:00Z,1\nb,2024-02-02T09:00Z,0\n"


def three(
    folder: Path,
    leads: str = LEADS,
    events: str | None = EVENTS,
    outcomes: str | None = OUTCOMES,
    changes: str | None = None,
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    **more: Any,
) -> InputSettings:
    """An input of up to four tables, given as CSV text.

    ``options`` are further keys of each table's section.
    """

    def section(name: str, text: str) -> dict[str, Any]:
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return {"path": str(folder / f"{name}.csv"), **((options or {}).get(name) or {})}

    return InputSettings(
        leads=LeadsTable(**section("leads", leads)),
        events=EventsTable(**section("events", events)) if events is not None else None,
        outcomes=OutcomesTable(**section("outcomes", outcomes)) if outcomes is not None else None,
        attribute_changes=(
            ChangesTable(**section("changes", changes)) if changes is not None else None
        ),
        **more,
    )


def flat(
    folder: Path, text: str, *, won_values: tuple[str, ...] = ("1",), **columns: Any
) -> InputSettings:
    """A flat input, given as CSV text."""
    (folder / "flat.csv").write_text(text, encoding="utf-8")
    table = FlatTable(
        path=str(folder / "flat.csv"),
        columns=FlatColumns(outcome="won", **columns),
        won_values=won_values,
    )
    return InputSettings(flat=table, timezone="UTC")


def opened(source: InputSettings, columns: ColumnSettings | None = None, **more: Any) -> Store:
    """The store of an input."""
    chosen = ColumnSettings(fit=("size",)) if columns is None else columns
    return open_store(source, chosen, **{"purpose": "train", "quarantine": None, **more})


def rows(store: Store, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of a canonical table, sorted."""
    names = ", ".join(columns) or "*"
    return store.connection.execute(f"SELECT {names} FROM {table} ORDER BY ALL").fetchall()


WITH_VALUES = {"events": {"columns": EventColumns(value="value", detail="detail")}}


def quarantined(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def reasons(store, table: str) -> dict[str, int]:
    return dict(store.report.tables[table].quarantined)
