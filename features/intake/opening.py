"""From configured sources to validated canonical tables: everything wrong is said at once, nothing
is lost silently.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from features.databases.moments import QueryMoments
from features.errors import DataError
from features.event_filter import EventFilter
from features.files.output import Output
from features.intake.changes import (
    changed_kinds,
    former_accounts,
    frozen_of,
    take_changes,
    wanted_of,
    with_attributes,
)
from features.intake.episodes import count_outcomes, fill_episodes
from features.intake.events import take_events
from features.intake.flat import take_flat
from features.intake.formats.damaged import damaged
from features.intake.inference import Readable, roles
from features.intake.joined import with_joined
from features.intake.leads import fill_leads, leave_out, set_attributes, stage_leads
from features.intake.machines import leave_out_machines
from features.intake.matching import LeadKeys, allow_rules
from features.intake.observed import observe
from features.intake.outcomes import create_outcome_tables, stage_outcomes
from features.intake.quarantine import Quarantine, quarantine_folder
from features.intake.raw_table import RawTable
from features.intake.read_paths import read_paths
from features.intake.sources import matching
from features.intake.stage_history import count_history, take_stage_history
from features.intake.state import Intake, Purpose
from features.intake.stated import Stating
from features.intake.statuses import take_statuses
from features.intake.tables import (
    ReadTable,
    Wanted,
    named_columns,
    outcome_columns,
    read_tables,
    recognised_table,
    writings_of,
)
from features.intake.values import Reader
from features.intake.wide import spread
from features.intake.wins import count_wins
from features.intake_report import IntakeReport
from features.kinds import ValueKind
from features.resources import UNLIMITED, Resources
from features.settings import (
    ChangesTable,
    ColumnSettings,
    EventsTable,
    FlatTable,
    InputSettings,
    JoinedTable,
    LeadsTable,
    OutcomesTable,
    Source,
    StageHistoryTable,
    StatusesTable,
)
from features.sql import quote_identifier
from features.store import Store
from features.writing import Writing

#: Time column of each canonical table, for the fingerprint.
_TIMES = {
    "leads": "created_at",
    "events": "occurred_at",
    "episodes": "started_at",
    "changes": "changed_at",
}


def open_store(
    input: InputSettings,
    columns: ColumnSettings,
    *,
    kinds: Mapping[str, ValueKind] | None = None,
    writings: Mapping[str, Mapping[str, Writing]] | None = None,
    purpose: Purpose,
    as_of_day: int | None = None,
    only_open: bool = False,
    filters: tuple[EventFilter, ...] = (),
    quarantine: Path | None,
    quarantine_mode: int = 0o600,
    resources: Resources = UNLIMITED,
    case_matters: bool = False,
) -> Store:
    """Read, check and clean the sources, and return them as canonical tables.

    Args:
        input: The sources.
        columns: Which axis each lead column belongs to.
        kinds: Column name to kind, from the model that scores; found from the values without it.
        writings: Table to column to how it was written, from the model that scores.
        purpose: ``train`` refuses every difference between configuration and data; ``score`` takes
            absent attributes as missing and reports the difference as drift.
        as_of_day: Number of the day at whose start leads are looked at, for queries that ask for
            it.
        only_open: Whether rows of a flat table whose outcome is known are left out.
        filters: Events of machines, which are left out.
        quarantine: Folder for the rows that cannot be used, one CSV per table; None writes none.
        quarantine_mode: Rights of its files.
        resources: Memory and threads of the feature engine.
        case_matters: Whether configured values and texts that differ in upper and lower case alone
            are two.

    Returns:
        The store; close it, or use it in a ``with`` statement.

    Raises:
        DataError: Everything that is wrong with the sources, one sentence each.
        ConfigError: An environment variable of a database URL is not set.
    """
    output = (
        None
        if quarantine is None
        else quarantine_folder(quarantine, read_paths(input), input.tables(), mode=quarantine_mode)
    )
    store = Store(resources)
    try:
        store.use_timezone(input.timezone or "UTC")
        problems: list[str] = []
        reader = Reader(input.missing_values, store.timezone)
        allow_rules(store.connection)
        stating = Stating(store.connection, reader, case_matters, problems)
        moments = QueryMoments.of(as_of_day, input.since, store.timezone)
        read = read_tables(store, input, stating, moments)
        intake = Intake(
            store=store,
            reader=reader,
            columns=columns,
            purpose=purpose,
            kinds=kinds or {},
            only_open=only_open,
            filters=filters,
            quarantine=Quarantine(store.connection),
            problems=problems,
            case_matters=case_matters,
            outcomes_in_leads=_outcomes_in_leads(input),
            several=_several(input),
        )
        tables = _recognised(intake, stating, read, writings or {})
        store.writings = {n: found for n, t in tables.items() if (found := writings_of(t.raw))}
        raws = {name: table.raw for name, table in tables.items()}
        _take(intake, input, tables)
        leave_out_machines(intake)
        _refuse(intake)
        wins = count_wins(intake, raws)
        files = _write_quarantine(intake, [table.raw for table in tables.values()], output)
        _fingerprint(store)
        _drop_temporary(store)
        store.report = IntakeReport(
            wins.of_each(intake.counts),
            tuple(intake.warnings),
            tuple(intake.drift),
            files,
            {name: table.raw.dress for name, table in tables.items()},
            tuple(reading for raw in raws.values() for reading in raw.readings),
            wins.told,
            wins.lost,
        )
    except duckdb.Error:
        store.close()
        problems = damaged(_files(input))
        if problems:
            raise DataError(problems) from None
        raise
    except BaseException:
        store.close()
        raise
    return store


def _files(input: InputSettings) -> list[tuple[str, Path]]:
    return [
        (name.removeprefix("input."), file)
        for name, path in read_paths(input)
        if not name.endswith(".database")
        for file in matching(name, str(path))
    ]


def _recognised(
    intake: Intake,
    stating: Stating,
    tables: Mapping[str, ReadTable],
    writings: Mapping[str, Mapping[str, Writing]],
) -> dict[str, ReadTable]:
    """The tables with how their columns are written; what has to be asked is a problem."""
    wanted, found = Wanted(intake.columns, intake.kinds), dict[str, ReadTable]()
    for name, table in tables.items():
        want, frozen = wanted.of(table.source), writings.get(name, {})
        parted = with_attributes(table, intake)
        if isinstance(parted.source, ChangesTable):
            leads = found["leads"].raw if "leads" in found else None
            want |= wanted_of(intake, parted, leads)
            frozen = frozen_of(parted.raw, parted.source, leads, frozen)
        found[name] = recognised_table(stating, parted, want, frozen)
    return found


def _take(intake: Intake, input: InputSettings, tables: dict[str, ReadTable]) -> None:
    if input.flat is None:
        _take_three(intake, input, tables)
        return
    flat = tables.get("flat")
    if flat is not None:
        flat = with_joined(intake, flat, _joined(tables))
        tables["flat"] = flat
    if flat is not None and isinstance(flat.source, FlatTable):
        take_flat(intake, flat.raw, flat.source, input.timezone)
        if not intake.problems:
            observe(intake, input)


def _take_three(intake: Intake, input: InputSettings, tables: dict[str, ReadTable]) -> None:
    """Fill the canonical tables, and put the tables as they were taken back among the tables."""
    zone = input.timezone
    account = input.leads.columns.account_id if input.leads else None
    intake.store.stages = input.stages
    intake.changed = input.attribute_changes.attributes if input.attribute_changes else ()
    keys = _stage_leads(intake, input, tables)
    matched = keys is not None
    if keys is not None:
        for name in [name for name in tables if name != "leads"]:
            tables[name] = keys.matched(tables[name])
    create_outcome_tables(intake, len(intake.store.stages))
    _stage_outcomes(intake, tables, zone, matched=matched)
    leads = tables.get("leads")
    if matched and leads is not None:
        leave_out(intake, leads.raw)
        kinds, earlier = _changed(intake, tables.get("attribute_changes"), account)
        set_attributes(intake, leads.raw, kinds)
        fill_leads(intake, leads.raw, earlier)
    events = [spread(intake, tables[n], zone) for n in tables if n.partition(" ")[0] == "events"]
    tables |= {table.raw.name: table for table in events}
    take_events(intake, events, zone, matched=matched)
    if matched:
        observe(intake, input)
        _fill_episodes(intake, tables)
    changes = tables.get("attribute_changes")
    if changes is not None and isinstance(changes.source, ChangesTable):
        take_changes(intake, changes.raw, changes.source, zone, account=account, matched=matched)
    else:
        intake.store.create("changes")
    statuses = tables.get("statuses")
    if statuses is not None and isinstance(statuses.source, StatusesTable):
        take_statuses(intake, statuses.raw, statuses.source, zone, matched=matched)


def _joined(tables: Mapping[str, ReadTable]) -> list[ReadTable]:
    return [table for table in tables.values() if isinstance(table.source, JoinedTable)]


def _stage_leads(
    intake: Intake, input: InputSettings, tables: dict[str, ReadTable]
) -> LeadKeys | None:
    """Join what is joined, and stage the leads; None where there is nothing to match with."""
    leads = tables.get("leads")
    if leads is None or not isinstance(leads.source, LeadsTable):
        return None
    leads = with_joined(intake, leads, _joined(tables))
    tables["leads"] = leads
    elsewhere = _read_elsewhere(intake, input)
    if not isinstance(leads.source, LeadsTable) or not stage_leads(
        intake, leads.raw, leads.source, input.timezone, elsewhere
    ):
        return None
    return LeadKeys(intake, leads.raw, leads.source)


def _read_elsewhere(intake: Intake, input: InputSettings) -> set[str]:
    """Columns that other sections read from the file of the leads.

    One that tells how a lead ended, or when an event was, is refused as a feature.
    """
    if input.leads is None:
        return set()
    others = [
        table
        for table in input.tables().values()
        if table is not input.leads and table.origin == input.leads.origin
    ]
    features = {name for name, role in roles(intake.columns) if role in ("fit", "interest")}
    for table in others:
        told = sorted(features & outcome_columns(table))
        if told:
            what = _told_by(table)
            intake.problems.append(
                f"leads: {', '.join(map(repr, told))} of fit or interest tell {what} in another"
                " section; a model would only read off the answer: take them out of the list"
            )
    return {name for table in others for name in named_columns(table)}


def _told_by(source: Source) -> str:
    match source:
        case EventsTable():
            return "an event"
        case StageHistoryTable():
            return "when a stage was entered"
        case _:
            return "how leads ended"


def _stage_outcomes(
    intake: Intake, tables: dict[str, ReadTable], zone: str | None, *, matched: bool
) -> None:
    outcomes, history = tables.get("outcomes"), tables.get("stage_history")
    if outcomes is not None and isinstance(outcomes.source, OutcomesTable):
        stage_outcomes(intake, outcomes.raw, outcomes.source, zone, matched=matched)
    if history is not None:
        history = tables["stage_history"] = spread(intake, history, zone)
    if history is not None and isinstance(history.source, StageHistoryTable):
        take_stage_history(intake, history.raw, history.source, zone, matched=matched)


def _changed(
    intake: Intake, changes: ReadTable | None, account: str | None
) -> tuple[dict[str, Readable] | None, str | None]:
    """What the history holds of each attribute, and SQL of the accounts in it."""
    if changes is None or not isinstance(changes.source, ChangesTable):
        return None, None
    return (
        changed_kinds(intake, changes.raw, changes.source, account=account),
        former_accounts(intake, changes.raw, changes.source, account=account),
    )


def _fill_episodes(intake: Intake, tables: Mapping[str, ReadTable]) -> None:
    outcomes, history = tables.get("outcomes"), tables.get("stage_history")
    told = outcomes or history
    fill_episodes(intake, told.raw if told is not None else None, len(intake.store.stages))
    if outcomes is not None:
        count_outcomes(intake, outcomes.raw)
    if history is not None:
        count_history(intake, history.raw)


def _refuse(intake: Intake) -> None:
    kept = intake.counts.get("leads") or intake.counts.get("flat")
    if not intake.problems and kept is not None and not kept.kept:
        intake.problems.append("no lead is left after the rows that cannot be used were taken out")
    if intake.problems:
        raise DataError(intake.problems)


def _outcomes_in_leads(input: InputSettings) -> bool:
    leads, outcomes = input.leads, input.outcomes
    return leads is not None and outcomes is not None and leads.origin == outcomes.origin


def _several(input: InputSettings) -> set[str]:
    """Names of the tables that are one of several of their kind, and of those that are joined."""
    names = [name for name in input.tables() if name.partition(" ")[0] == "events"]
    return {*(names if len(names) > 1 else ()), *(n for n in input.tables() if "joined" in n)}


def _write_quarantine(
    intake: Intake, tables: Iterable[RawTable], folder: Output | None
) -> tuple[Path, ...]:
    if folder is None:
        return ()
    written = (intake.quarantine.write(raw, folder, intake.store.folder) for raw in tables)
    return tuple(path for path in written if path is not None)


def _fingerprint(store: Store) -> None:
    """Describe the content without telling it; the hash does not depend on the order of rows."""
    for name, columns in store.schema().items():
        at = '"at"' if store.is_flat else _TIMES[name]
        content = f"CAST(hash({', '.join(map(quote_identifier, columns))}) AS HUGEINT)"
        row = store.connection.execute(
            f"SELECT count(*), CAST(min({at}) AS VARCHAR), CAST(max({at}) AS VARCHAR), "
            f"coalesce(sum({content}), 0) % 18446744073709551616 FROM {name}"
        ).fetchone()
        if row:
            store.fingerprint[name] = {
                "rows": row[0],
                "first": row[1],
                "last": row[2],
                "hash": f"{int(row[3]):016x}",
            }


def _drop_temporary(store: Store) -> None:
    """Free what only the intake needed."""
    rows = store.connection.execute(
        "SELECT view_name, 'VIEW' FROM duckdb_views() WHERE temporary AND NOT internal "
        "UNION ALL SELECT table_name, 'TABLE' FROM duckdb_tables() WHERE temporary"
    ).fetchall()
    for name, kind in rows:
        store.connection.execute(f"DROP {kind} {quote_identifier(name)}")
    store.connection.execute("CHECKPOINT")
    for path in store.folder.iterdir():
        if path.suffix in (".csv", ".parquet"):
            path.unlink()
