"""From configured sources to validated canonical tables: everything wrong is said at once, nothing
is lost silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.errors import DataError
from features.event_filter import EventFilter
from features.files.output import Output
from features.intake.changes import changed_kinds, former_accounts, take_changes
from features.intake.episodes import fill_episodes
from features.intake.events import create_event_days, take_events
from features.intake.flat import take_flat
from features.intake.formats.damaged import damaged
from features.intake.inference import roles
from features.intake.leads import fill_leads, leave_out, set_attributes, stage_leads
from features.intake.machines import leave_out_machines
from features.intake.observed import observe
from features.intake.outcomes import create_outcome_tables, stage_outcomes
from features.intake.quarantine import Quarantine, quarantine_folder
from features.intake.question import Question
from features.intake.read_paths import read_paths
from features.intake.recognition import Want, recognised
from features.intake.sources import RawTable, cleaned, locate, matching, read
from features.intake.state import Intake, Purpose
from features.intake.values import Reader
from features.intake_report import IntakeReport
from features.kinds import ValueKind
from features.resources import UNLIMITED, Resources
from features.settings import ColumnSettings, InputSettings
from features.sql import quote_identifier
from features.store import Store
from features.writing import PLAIN, Writing

#: Tables of an input, in the order in which they are read.
TABLES = ("flat", "leads", "outcomes", "events", "attribute_changes")
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
    only_open: bool = False,
    filters: tuple[EventFilter, ...] = (),
    quarantine: Path | None,
    quarantine_mode: int = 0o600,
    resources: Resources = UNLIMITED,
) -> Store:
    """Read, check and clean the sources, and return them as canonical tables.

    Args:
        input: The sources.
        columns: Which axis each lead column belongs to.
        kinds: Column name to kind, from the model that scores; found from the values without it.
        writings: Table to column to how it was written, from the model that scores.
        purpose: ``train`` refuses every difference between configuration and data; ``score`` takes
            absent attributes as missing and reports the difference as drift.
        only_open: Whether rows of a flat table whose outcome is known are left out.
        filters: Events of machines, which are left out.
        quarantine: Folder for the rows that cannot be used, one CSV per table; None writes none.
        quarantine_mode: Rights of its files.
        resources: Memory and threads of the feature engine.

    Returns:
        The store; close it, or use it in a ``with`` statement.

    Raises:
        DataError: Everything that is wrong with the sources, one sentence each.
        ConfigError: An environment variable of a database URL is not set.
    """
    output = (
        None
        if quarantine is None
        else quarantine_folder(quarantine, read_paths(input), TABLES, mode=quarantine_mode)
    )
    store = Store(resources)
    try:
        store.use_timezone(input.timezone or "UTC")
        problems: list[str] = []
        reader = Reader(input.missing_values, store.timezone)
        tables = _read_all(store, input, reader, problems)
        wanted = _Wanted(input, columns, kinds or {})
        tables = _recognised(store, reader, tables, wanted, writings or {}, problems)
        store.writings = _writings(tables)
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
        )
        _take(intake, input, tables)
        leave_out_machines(intake)
        _refuse(intake)
        files = _write_quarantine(intake, tables, output)
        _fingerprint(store)
        _drop_temporary(store)
        store.report = IntakeReport(
            intake.counts,
            tuple(intake.warnings),
            tuple(intake.drift),
            files,
            {name: raw.dress for name, raw in tables.items()},
            tuple(reading for raw in tables.values() for reading in raw.readings),
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


def _read_all(
    store: Store,
    input: InputSettings,
    reader: Reader,
    problems: list[str],
) -> dict[str, RawTable]:
    """Every configured table as raw rows; what cannot be read is a problem, and the others are read
    all the same.
    """
    located = []
    for name in TABLES:
        source = getattr(input, name)
        if source is None:
            continue
        try:
            located.append(locate(name, source, store.folder))
        except DataError as error:
            problems += error.problems
    store.restrict(path for found in located for path in found.files)
    tables = {}
    for found in located:
        try:
            raw = read(store.connection, found)
            tables[found.name] = cleaned(store.connection, raw, reader, _used(input, found.name))
        except DataError as error:
            problems += error.problems
    return tables


def _recognised(
    store: Store,
    reader: Reader,
    tables: Mapping[str, RawTable],
    wanted: "_Wanted",
    writings: Mapping[str, Mapping[str, Writing]],
    problems: list[str],
) -> dict[str, RawTable]:
    """The tables with how their columns are written; what has to be asked is a problem."""
    found, questions = {}, list[Question]()
    for name, raw in tables.items():
        source = getattr(wanted.input, name)
        absent = [repr(column) for column in source.formats if raw.column(column) is None]
        if absent:
            problems.append(f"{name}: `formats` names columns that are absent: {', '.join(absent)}")
        found[name] = recognised(
            store.connection,
            raw,
            reader,
            wanted=wanted.of(name),
            source=source,
            frozen=writings.get(name, {}),
            questions=questions,
        )
    problems += [question.sentence for question in questions]
    return found


def _writings(tables: Mapping[str, RawTable]) -> dict[str, dict[str, Writing]]:
    """Table to column to how it is written, where that is not the plain way."""
    return {
        name: found
        for name, raw in tables.items()
        if (found := {c.name: c.writing for c in raw.columns if c.writing != PLAIN})
    }


@dataclass(frozen=True)
class _Wanted:
    """What the columns of each table are read for."""

    input: InputSettings
    columns: ColumnSettings
    kinds: Mapping[str, ValueKind]

    def of(self, table: str) -> dict[str, Want]:
        """Column name to what it is read for."""
        source = getattr(self.input, table)
        names = source.columns.model_dump()
        times = ("created_at", "occurred_at", "opened_at", "closed_at", "reopened_at", "changed_at")
        noted = ("recorded_at", "opened_recorded_at", "reopened_recorded_at")
        moments = [names.get(key) for key in (*times, *noted, "time")]
        moments += getattr(source, "stages", {}).values()
        figures = [names.get("amount"), *([names.get("value")] if table == "events" else [])]
        wanted: dict[str, Want] = self._attributes() if table in ("leads", "flat") else {}
        wanted |= {name: "number" for name in figures if name is not None}
        return wanted | {name: "time" for name in moments if name is not None}

    def _attributes(self) -> dict[str, Want]:
        listed = [(name, role) for name, role in roles(self.columns) if role != "carry"]
        return {name: self.kinds.get(name, "any") for name, _ in listed}


def _used(input: InputSettings, name: str) -> set[str] | None:
    """Names of the columns that are read of a table.

    None for all, where the table holds lead columns.
    """
    match name:
        case "outcomes" if input.outcomes:
            return {*input.outcomes.columns.model_dump().values(), *input.outcomes.stages.values()}
        case "events" | "attribute_changes":
            return set(getattr(input, name).columns.model_dump().values())
        case _:
            return None


def _take(intake: Intake, input: InputSettings, tables: Mapping[str, RawTable]) -> None:
    if input.flat is None:
        _take_three(intake, input, tables)
    elif "flat" in tables:
        take_flat(intake, tables["flat"], input.flat, input.timezone)
        if not intake.problems:
            observe(intake, input)


def _take_three(intake: Intake, input: InputSettings, tables: Mapping[str, RawTable]) -> None:
    zone, changes = input.timezone, input.attribute_changes
    intake.store.stages = tuple(input.outcomes.stages) if input.outcomes else ()
    intake.changed = changes.attributes if changes else ()
    account = input.leads.columns.account_id if input.leads else None
    leads = tables.get("leads")
    matched = (
        leads is not None
        and input.leads is not None
        and stage_leads(intake, leads, input.leads, zone)
    )
    create_outcome_tables(intake, len(intake.store.stages))
    if input.outcomes and "outcomes" in tables:
        stage_outcomes(intake, tables["outcomes"], input.outcomes, zone, matched=matched)
    if matched and leads is not None:
        history = tables.get("attribute_changes")
        leave_out(intake, leads)
        kinds = earlier = None
        if history and changes:
            kinds = changed_kinds(intake, history, changes, account=account)
            earlier = former_accounts(intake, history, changes, account=account)
        set_attributes(intake, leads, kinds)
        fill_leads(intake, leads, earlier)
    if input.events and "events" in tables:
        take_events(intake, tables["events"], input.events, zone, matched=matched)
    else:
        intake.store.create("events")
        create_event_days(intake, "events")
    if matched:
        observe(intake, input)
        fill_episodes(intake, tables.get("outcomes"), len(intake.store.stages))
    if changes and "attribute_changes" in tables:
        history = tables["attribute_changes"]
        take_changes(intake, history, changes, zone, account=account, matched=matched)
    else:
        intake.store.create("changes")


def _refuse(intake: Intake) -> None:
    kept = intake.counts.get("leads") or intake.counts.get("flat")
    if not intake.problems and kept is not None and not kept.kept:
        intake.problems.append("no lead is left after the rows that cannot be used were taken out")
    if intake.problems:
        raise DataError(intake.problems)


def _write_quarantine(
    intake: Intake, tables: Mapping[str, RawTable], folder: Output | None
) -> tuple[Path, ...]:
    if folder is None:
        return ()
    written = (intake.quarantine.write(raw, folder, intake.store.folder) for raw in tables.values())
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
