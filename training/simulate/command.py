"""A simulated B2B company with a known truth, for the quickstart, the tests and the benchmarks.

>>> world = simulate(Company(n_leads=200, seed=1, rounds=4))
>>> world.truth.column_names
['lead_id', 'episode', 'as_of', 'probability', 'fit', 'interest']
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from features.errors import ConfigError
from features.files.output import Inputs
from features.files.temporary_folder import TemporaryFolder
from training.simulate.company import EVERY_LATE_ROW, Calendar, Company, LateRows
from training.simulate.faults import Faults
from training.simulate.identity import TRUTH, as_metadata
from training.simulate.life import life_of
from training.simulate.people import draw_people
from training.simulate.sales_team import SalesTeam
from training.simulate.tables import ConfigFacts, World

__all__ = [
    "EVERY_LATE_ROW",
    "Company",
    "ConfigFacts",
    "Faults",
    "LateRows",
    "SalesTeam",
    "World",
    "simulate",
    "with_a_year_ahead",
    "write",
]

#: The tables, with the one that no real company has.
ROUNDS_AHEAD = 13  # of 28 days: a year
_LEADS = "leads.csv"
_TABLES = {
    _LEADS,
    "events.parquet",
    "outcomes.csv",
    "attribute_changes.parquet",
    "traffic.csv",
    "goals.csv",
    "statuses.csv",
}

UNREADABLE = ("2024-13-45 25:61", "昨日", "n/a", "0000-00-00", "tomorrow?")


def simulate(company: Company) -> World:
    """The company's tables and the truth about them.

    On one free core 50,000 leads take about four seconds, 200,000 leads with 3,600,000 events about
    16 and 1.5 GB.
    """
    if company.sales is None and not company.rounds_ahead:
        return life_of(company).tables
    life = life_of(company)
    desk = life.desk()
    desk.take(life.by_the_old_rule(life.calendar.today))
    desk.work(life.calendar.today)
    return life.tables_on(company.today, desk)


def with_a_year_ahead(company: Company) -> Company:
    """The company with a sales team and 13 rounds ahead, in which leads go on coming as before.

    Of its leads about as many have come by the same day as the company had.
    """
    rounds = company.rounds + ROUNDS_AHEAD
    end = company.observed_until + dt.timedelta(days=ROUNDS_AHEAD * company.round_days)
    longer = replace(
        company, rounds=rounds, rounds_ahead=ROUNDS_AHEAD, observed_until=end, sales=SalesTeam()
    )
    n_leads = company.n_leads
    for _ in range(2):
        calendar = Calendar(replace(longer, n_leads=n_leads))
        came = (draw_people(calendar.company, calendar).created < calendar.today).sum()
        n_leads = round(n_leads * company.n_leads / max(int(came), 1))
    return replace(longer, n_leads=n_leads)


def write(world: World, folder: Path) -> ConfigFacts:
    """Write the tables: leads, outcomes, statuses, traffic and goals as CSV, events,
    attribute_changes and truth as Parquet.

    Times in the CSV files are naive local times to the second. Everything is first written beside
    its place. A new folder comes in one step. In one that is there the leads go first and come
    last: a killed run leaves the old tables, the new ones, or none that anybody takes for a
    company, and the next one makes it good.

    Returns:
        What a config for these files has to say.
    """
    check_free(folder)
    zone = world.company.timezone
    truth = world.truth.replace_schema_metadata(as_metadata(world.company))
    mark = "-" if world.company.mess else ""
    files: dict[str, Callable[[str], None]] = {
        "leads.csv": lambda path: _write_csv(_leads_as_text(world.leads, zone, mark), path),
        "events.parquet": lambda path: pq.write_table(world.events, path),
        "outcomes.csv": lambda path: _write_csv(_outcomes_as_text(world.outcomes, zone), path),
        "attribute_changes.parquet": lambda path: pq.write_table(world.attribute_changes, path),
        "statuses.csv": lambda path: _write_csv(_statuses_as_text(world.statuses, zone), path),
        "traffic.csv": lambda path: _write_csv(world.traffic, path),
        "goals.csv": lambda path: _write_csv(world.goals, path),
        TRUTH: lambda path: pq.write_table(truth, path),
    }
    folder = Path(os.path.realpath(folder))
    is_new = not folder.exists()
    place = folder.parent if is_new else folder
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryFolder(place) as beside:
        made = beside / "tables"
        made.mkdir()
        for name, write_to in files.items():
            write_to(str(made / name))
        if is_new:
            made.rename(folder)
        else:
            _move(made, folder, list(files))
    return world.facts


def _move(made: Path, folder: Path, names: list[str]) -> None:
    """Move tables into a folder that may hold others. The truth, by which the folder is known as
    ours, is never missing.
    """
    (folder / _LEADS).unlink(missing_ok=True)
    for name in sorted(names, key=lambda name: (name == _LEADS, name != TRUTH)):
        os.replace(made / name, folder / name)


def check_free(folder: Path) -> None:
    """Refuse a folder that holds data which no simulation wrote.

    Raises:
        ConfigError: It does.
    """
    Inputs().folder(folder, "FOLDER")
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if there & _TABLES and TRUTH not in there:
        raise ConfigError(
            f"{folder} holds {', '.join(sorted(there & _TABLES))}, and no {TRUTH}, which"
            " every simulation writes: these are somebody's data, and stay as they are. Name"
            " another folder."
        )


def _write_csv(table: pa.Table, path: str) -> None:
    pa_csv.write_csv(table, path)


def _leads_as_text(leads: pa.Table, zone: str, mark: str) -> pa.Table:
    """The leads with local times, and a mark for every second number that is missing."""
    created = _local(leads["created_at"], zone, pc.is_null(leads["created_at"]))
    leads = _with(leads, "created_at", created)
    if "recorded_at" in leads.column_names:
        nothing = pa.array(np.zeros(len(leads), bool))
        leads = _with(leads, "recorded_at", _local(leads["recorded_at"], zone, nothing))
    is_marked = pa.array(np.arange(len(leads)) % 2 == 0)
    for name in ("employees", "revenue [JPY]"):
        text = pc.cast(pc.cast(leads[name], pa.int64()), pa.string())
        leads = _with(leads, name, pc.if_else(is_marked, pc.fill_null(text, mark), text))
    return leads


def _outcomes_as_text(outcomes: pa.Table, zone: str) -> pa.Table:
    unreadable = pc.and_(pc.is_null(outcomes["closed_at"]), pc.is_valid(outcomes["won"]))
    nothing = pa.array(np.zeros(len(outcomes), bool))
    for name in (name for name in outcomes.column_names if name.endswith("_at")):
        outcomes = _with(
            outcomes,
            name,
            _local(outcomes[name], zone, unreadable if name == "closed_at" else nothing),
        )
    return outcomes


def _statuses_as_text(statuses: pa.Table, zone: str) -> pa.Table:
    nothing = pa.array(np.zeros(len(statuses), bool))
    for name in ("changed_at", "recorded_at"):
        statuses = _with(statuses, name, _local(statuses[name], zone, nothing))
    return statuses


def _local(times: pa.ChunkedArray, zone: str, unreadable: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as a CRM prints them, without a zone; where unreadable, as people print them."""
    seconds = pc.local_timestamp(times.cast(pa.timestamp("ms", zone))).cast(pa.timestamp("s"))
    nonsense = pa.array(UNREADABLE).take(pa.array(np.arange(len(times)) % len(UNREADABLE)))
    return pc.if_else(unreadable, nonsense, seconds.cast(pa.string()))


def _with(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)
