"""Scoring day D from today's tables equals scoring it from the tables as they stood on D, bit for
bit, on simulated companies that write things down late, and change them later.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.build.build import build, prepare
from features.intake import open_store
from features.population import open_rows
from features.rules.evaluation import evaluate, prepare_rules
from features.rules.parser import parse
from features.selection import Selection, learn
from features.settings import (
    BehaviourSettings,
    ColumnSettings,
    EventGroup,
    FeatureSettings,
    InputSettings,
    PopulationSettings,
)
from features.spec import FeatureSpec
from features.store import Store
from training.simulate.command import (
    EVERY_LATE_ROW,
    Company,
    LateRows,
    SalesTeam,
    World,
    simulate,
    write,
)
from training.simulate.company import Calendar
from training.simulate.late import MEETING
from training.simulate.then import known_then

SMALL = Company(n_leads=500, rounds=8, mess=False, base_rate=0.12, late=EVERY_LATE_ROW)
RULES = (
    '"job title" in ("部長", "Executive")',
    "employees > 100",
    '業種 = "製造業"',
    'did "page_view" in 30 days',
    "lost in 90 days",
)


def store_of(folder: Path, world: World) -> Store:
    """The tables of a company, opened as for scoring."""
    facts = write(world, folder)
    noted = {name: {column: column for column in found} for name, found in facts.noted.items()}
    given = InputSettings.model_validate(
        {
            "timezone": facts.timezone,
            "missing_values": list(facts.missing_marks),
            "leads": {
                "path": str(folder / "leads.csv"),
                "columns": {"account_id": "account_id", **noted.get("leads", {})},
            },
            "events": {
                "path": str(folder / "events.parquet"),
                "columns": {name: name for name in ("detail", "value", "recorded_at")},
            },
            "outcomes": {
                "path": str(folder / "outcomes.csv"),
                "columns": {"reopened_at": "reopened_at", **noted.get("outcomes", {})},
                "stages": {"MQL": "mql_at", "opportunity": "opportunity_at"},
            },
            "attribute_changes": {
                "path": str(folder / "attribute_changes.parquet"),
                "attributes": list(facts.history),
                "columns": noted.get("attribute_changes", {}),
            },
        }
    )
    listed = {name: getattr(facts, name) for name in ("fit", "interest", "hearing", "carry")}
    kinds = {
        name: "number" if name in facts.numeric else "text" for name in sum(listed.values(), ())
    }
    return open_store(
        given, ColumnSettings(**listed), purpose="score", quarantine=None, kinds=kinds
    )


def spec_of(world: World, store: Store, days: list[int]) -> FeatureSpec:
    """Features learned from the leads of some days."""
    facts = world.facts
    behaviour = BehaviourSettings(
        actors=facts.actors,
        sends=("email_sent", "call_made"),
        groups=[
            EventGroup(name=name, event_type="page_view", detail=pattern)
            for pattern, name in facts.detail_groups.items()
        ],
    )
    selection = Selection(behaviour, FeatureSettings(), history=facts.history)
    rows = open_rows(store, population("closed"), selection.reading, days)
    return learn(store, rows, selection)[0]


def population(until: str) -> PopulationSettings:
    return PopulationSettings(until=until, stale_after_days=90)


def seen(store: Store, spec: FeatureSpec, day: int, until: str) -> tuple[object, ...]:
    """Who is looked at on a day, the bits of their features, and what rules say of them."""
    rows = open_rows(store, population(until), spec.events, [day])
    prepare(store, spec, rows)
    table = build(store, rows, spec)
    keys = list(
        zip(*(table.keys[name].to_pylist() for name in ("lead_id", "episode")), strict=True)
    )
    rules = tuple(map(parse, RULES))
    prepare_rules(store, rules, spec.events)
    return (
        keys,
        np.ascontiguousarray(table.matrix).tobytes(),
        evaluate(store, rows, rules).tobytes(),
    )


def compared(folder: Path, company: Company, *, until: str) -> int:
    """Compare some days of a company; returns how many leads were compared."""
    world, calendar = simulate(company), Calendar(company)
    last = (calendar.dates[-1] - calendar.dates[0]).days
    first = (calendar.dates[0] - type(calendar.dates[0])(1970, 1, 1)).days
    n = 0
    with store_of(folder / "today", world) as today:
        spec = spec_of(world, today, [first + last - 40, first + last - 80])
        for back in (10, 47, 95):
            moment = int(calendar.midnights[last - back])
            with store_of(folder / f"then{back}", known_then(world, moment)) as then:
                expected = seen(today, spec, first + last - back, until)
                found = seen(then, spec, first + last - back, until)
                assert found[0] == expected[0]
                assert found == expected
                n += len(expected[0])
    return n


@pytest.mark.parametrize("seed", range(4))
def test_a_day_looks_the_same_from_the_tables_of_that_day(tmp_path, seed):
    assert compared(tmp_path, replace(SMALL, seed=seed), until="closed") > 300


def test_so_it_does_where_leads_leave_the_population_at_a_stage(tmp_path):
    assert compared(tmp_path, replace(SMALL, seed=5), until="opportunity") > 300


@pytest.mark.parametrize("until", ["MQL", "opportunity", "closed"])
def test_so_it_does_where_a_sales_team_works(tmp_path, until):
    assert compared(tmp_path, replace(SMALL, seed=6, sales=SalesTeam()), until=until) > 200


@pytest.mark.parametrize("kind", list(vars(LateRows())))
def test_each_kind_of_late_row_is_there_and_changes_no_day(tmp_path, kind):
    late = LateRows(**{kind: 0.6})
    company = replace(SMALL, n_leads=200, seed=3, base_rate=0.3, late=late)
    plain = simulate(replace(company, late=LateRows()))
    world = simulate(company)
    assert tables_without_notes(world) != tables_without_notes(plain)
    compared(tmp_path, company, until="closed")


def tables_without_notes(world: World) -> list[object]:
    """All rows, with the later of happening and being noted."""
    return [
        world.leads["lead_id"].to_pylist(),
        _noted(world.leads, "created_at", "recorded_at"),
        sorted(map(str, world.events.to_pylist())),
        world.outcomes["lead_id"].to_pylist(),
        _noted(world.outcomes, "closed_at", "recorded_at"),
        _noted(world.outcomes, "reopened_at", "reopened_recorded_at"),
        _noted(world.attribute_changes, "changed_at", "recorded_at"),
    ]


def _noted(table: pa.Table, happened: str, noted: str) -> list[object]:
    at = table[noted if noted in table.column_names else happened]
    return sorted(at.drop_null().to_pylist())


def test_late_rows_are_of_every_kind_and_change_no_truth():
    company = replace(SMALL, seed=3)
    world, plain = simulate(company), simulate(replace(company, late=LateRows()))
    assert world.truth.equals(plain.truth)
    created = dict(zip(world.leads["lead_id"].to_pylist(), world.leads["created_at"], strict=True))
    events, changes, deals = world.events, world.attribute_changes, world.outcomes
    before = [row["occurred_at"] < created[row["lead_id"]].as_py() for row in events.to_pylist()]
    assert sum(before) > 100
    meetings = events.filter(pc.equal(events["event_type"], MEETING))
    assert pc.sum(pc.greater(meetings["occurred_at"], world.observed_until)).as_py() > 1
    assert set(changes["attribute"].to_pylist()) == set(world.facts.history)
    assert pc.max(pc.value_counts(deals["lead_id"]).field(1)).as_py() > 1
    later = pc.greater(deals["reopened_recorded_at"], deals["reopened_at"])
    assert pc.sum(later).as_py() > 0


def test_tables_of_the_last_moment_hold_everything_that_was_noted(tmp_path):
    world = simulate(replace(SMALL, seed=2))
    then = known_then(world, Calendar(world.company).observed_until)
    assert then.leads.num_rows == world.leads.num_rows
    assert then.events.num_rows == world.events.num_rows
    assert then.attribute_changes.num_rows == world.attribute_changes.num_rows
