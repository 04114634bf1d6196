"""What is known of a day does not change later.

Scoring day D from today's tables equals scoring it from the tables as they stood on D, bit for bit.
The made-up companies have what breaks this: web histories older than their lead, facts recorded
late, several deals of a lead, reopenings recorded after the loss, corrections of attributes.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest

from features.build.build import build, prepare
from features.intake import open_store
from features.population import open_rows
from features.settings import ColumnSettings, InputSettings, PopulationSettings
from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    EventReading,
    Feature,
    FeatureSpec,
)

FIRST, DAYS, LEADS = date(2024, 1, 1), 120, 14
READING = EventReading(actors={"*": "lead"})
POPULATION = PopulationSettings(until="closed", stale_after_days=60)


@dataclass(frozen=True)
class Deal:
    """A deal: when it was opened and closed, and when each was written down."""

    lead: int
    opened: int | None
    closed: int | None
    recorded: int | None
    won: bool
    reopened: int | None


@dataclass(frozen=True)
class Company:
    """Leads (created, recorded, account), events, deals and corrections, in days."""

    leads: list[tuple[int, int, str]]
    events: list[tuple[int, int, int]]
    deals: list[Deal]
    changes: list[tuple[int, int, int, int]]


def company(seed: int) -> Company:
    rng = random.Random(seed)

    def late(day: int) -> int:
        return day + rng.choice([0, 0, 0, 1, 5, 20])

    leads = []
    for _ in range(LEADS):
        created = rng.randrange(0, 90)
        leads.append((created, late(created), rng.choice(["", "acme", "acme", "zeta"])))
    events = []
    for lead, (created, _, _) in enumerate(leads):
        for _ in range(rng.randrange(0, 8)):
            day = max(created + rng.randrange(-20, 60), 0)  # some before the lead was there
            events.append((lead, day, late(day)))
    deals = []
    for lead, (created, _, _) in enumerate(leads):
        day = created
        for number in range(rng.choice([0, 1, 1, 2, 3])):
            opened = None if number == 0 else day + rng.randrange(0, 10)
            closed = (day if opened is None else opened) + rng.randrange(1, 25)
            won = rng.random() < 0.4
            recorded = late(closed)
            reopened = None
            if not won and rng.random() < 0.3:
                reopened = closed + rng.randrange(0, 8)
            deals.append(Deal(lead, opened, closed, recorded, won, reopened))
            day = recorded if reopened is None else max(recorded, reopened)
    changes = []
    for lead, (created, _, _) in enumerate(leads):
        for _ in range(rng.randrange(0, 4)):
            day = created + rng.randrange(0, 40)
            changes.append((lead, day, late(day), rng.randrange(1, 50)))
    return Company(leads, events, deals, changes)


def at(day: int | None) -> str:
    return "" if day is None else f"{FIRST + timedelta(days=day)}T12:00:00Z"


def deals_then(deals: list[Deal], then: int) -> list[Deal]:
    """The deals as the CRM showed them at the start of a day."""
    shown = []
    for number, deal in enumerate(deals):
        before = [d for d in deals[:number] if d.lead == deal.lead]
        known = deal.recorded is not None and deal.recorded < then
        opened = deal.opened is not None and deal.opened < then
        if known:
            # the day of a reopening is written down when it comes
            keeps = deal.reopened is not None and deal.reopened < then
            shown.append(Deal(**{**vars(deal), "reopened": deal.reopened if keeps else None}))
        elif opened and before:
            shown.append(Deal(deal.lead, deal.opened, None, None, False, None))
    return shown


def store_of(folder, tables: Company, *, then: int | None):
    """The tables as they are today, or as they stood at the start of a day."""

    def known(recorded: int) -> bool:
        return then is None or recorded < then

    folder.mkdir()
    leads = [(i, *lead) for i, lead in enumerate(tables.leads) if known(lead[1])]
    deals = tables.deals if then is None else deals_then(tables.deals, then)
    rows = {
        "leads": ["lead_id,created_at,recorded_at,account,size"]
        + [f"L{i:02},{at(c)},{at(r)},{account},7" for i, c, r, account in leads],
        "events": ["lead_id,occurred_at,event_type,recorded_at"]
        + [f"L{i:02},{at(d)},visit,{at(r)}" for i, d, r in tables.events if known(r)],
        "outcomes": ["lead_id,closed_at,won,opened_at,recorded_at,reopened_at"]
        + [
            f"L{d.lead:02},{at(d.closed)},{'' if d.closed is None else int(d.won)},"
            f"{at(d.opened)},{at(d.recorded)},{at(d.reopened)}"
            for d in deals
        ],
        "changes": ["lead_id,changed_at,attribute,value,recorded_at"]
        + [f"L{i:02},{at(d)},size,{v},{at(r)}" for i, d, r, v in tables.changes if known(r)],
    }
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    noted = {"recorded_at": "recorded_at"}
    given = InputSettings.model_validate(
        {
            "timezone": "UTC",
            "observed_until": FIRST + timedelta(days=DAYS * 2),
            "leads": {
                "path": str(folder / "leads.csv"),
                "columns": {**noted, "account_id": "account"},
            },
            "events": {"path": str(folder / "events.csv"), "columns": noted},
            "outcomes": {
                "path": str(folder / "outcomes.csv"),
                "columns": {**noted, "opened_at": "opened_at", "reopened_at": "reopened_at"},
            },
            "attribute_changes": {
                "path": str(folder / "changes.csv"),
                "columns": noted,
                "attributes": ["size"],
            },
        }
    )
    return open_store(
        given,
        ColumnSettings(fit=("size",)),
        purpose="score",
        quarantine=None,
        kinds={"size": "number"},
    )


def spec() -> FeatureSpec:
    sources = [
        AttributeSource(column="size", reading="number", history=True),
        ClockSource(clock="lead_age"),
        ClockSource(clock="earlier_losses"),
        ClockSource(clock="first_touch_age"),
        BehaviourSource(kind=ANY_KIND, measure="count", window=30),
        BehaviourSource(kind=ANY_KIND, measure="decayed", window=None),
        BehaviourSource(kind=COLLEAGUES, measure="count", window=None),
        BehaviourSource(kind=COLLEAGUES, measure="count", window=30),
    ]
    features = tuple(
        Feature(
            name=f"f{i}",
            axis="fit" if isinstance(source, AttributeSource) else "interest",
            concept=f"f{i}",
            unit="",
            source=source,
        )
        for i, source in enumerate(sources)
    )
    return FeatureSpec(features=features, events=READING, kinds=(), half_life_days=14.0)


def seen(store, day: int):
    """lead_id and episode of the population, and the bits of their features."""
    as_of = (FIRST - date(1970, 1, 1)).days + day
    rows = open_rows(store, POPULATION, READING, [as_of])
    prepare(store, spec(), rows)
    table = build(store, rows, spec())
    keys = zip(table.keys["lead_id"].to_pylist(), table.keys["episode"].to_pylist(), strict=True)
    return list(keys), np.ascontiguousarray(table.matrix).tobytes()


@pytest.mark.parametrize("seed", range(12))
def test_a_day_looks_the_same_from_the_tables_of_that_day(tmp_path, seed):
    tables = company(seed)
    with store_of(tmp_path / "today", tables, then=None) as today:
        for day in (25, 60, 95):
            with store_of(tmp_path / f"then{day}", tables, then=day) as then:
                assert seen(today, day) == seen(then, day)


def test_the_made_up_companies_have_what_could_break_it():
    made = [company(seed) for seed in range(12)]
    assert any(d < c.leads[lead][0] for c in made for lead, d, _ in c.events)
    assert any(
        d.recorded is not None and d.closed is not None and d.recorded > d.closed + 4
        for c in made
        for d in c.deals
    )
    assert any(
        d.reopened is not None and d.recorded is not None and d.recorded > d.reopened
        for c in made
        for d in c.deals
    )
    assert any(
        len([d for d in c.deals if d.lead == lead]) > 1 for c in made for lead in range(LEADS)
    )
    assert any(r > d + 4 for c in made for _, d, r, _ in c.changes)
