"""From configured sources to validated canonical tables: everything wrong is said at once, nothing
is lost silently.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from features.errors import DataError
from features.intake.changes import changed_kinds, take_changes
from features.intake.events import take_events
from features.intake.flat import take_flat
from features.intake.leads import fill_leads, leave_out, set_attributes, stage_leads
from features.intake.outcomes import create_outcome_tables, fill_episodes, stage_outcomes
from features.intake.quarantine import Quarantine
from features.intake.sources import RawTable, cleaned, locate, read
from features.intake.state import Intake, Purpose
from features.intake.values import Reader
from features.intake_report import IntakeReport
from features.kinds import ValueKind
from features.resources import UNLIMITED, Resources
from features.settings import ColumnSettings, InputSettings
from features.sql import quote_identifier
from features.store import ObservedFrom, Store

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
    purpose: Purpose,
    quarantine: Path | None,
    resources: Resources = UNLIMITED,
) -> Store:
    """Read, check and clean the sources, and return them as canonical tables.

    Args:
        input: The sources.
        columns: Which axis each lead column belongs to.
        kinds: Column name to kind, from the model that scores; found from the values without it.
        purpose: ``train`` refuses every difference between configuration and data; ``score`` takes
            absent attributes as missing and reports the difference as drift.
        quarantine: Folder for the rows that cannot be used, one CSV per table; None writes none.
        resources: Memory and threads of the feature engine.

    Returns:
        The store; close it, or use it in a ``with`` statement.

    Raises:
        DataError: Everything that is wrong with the sources, one sentence each.
        ConfigError: An environment variable of a database URL is not set.
    """
    store = Store(resources)
    try:
        store.use_timezone(input.timezone or "UTC")
        problems: list[str] = []
        reader = Reader(input.missing_values, store.timezone)
        tables = _read_all(store, input, reader, problems)
        intake = Intake(
            store=store,
            reader=reader,
            columns=columns,
            purpose=purpose,
            kinds=kinds or {},
            quarantine=Quarantine(store.connection),
            problems=problems,
        )
        _take(intake, input, tables)
        _refuse(intake)
        files = _write_quarantine(intake, tables, quarantine)
        _observe(intake, input)
        _fingerprint(store)
        _drop_temporary(store)
        store.report = IntakeReport(
            intake.counts, tuple(intake.warnings), tuple(intake.drift), files
        )
    except BaseException:
        store.close()
        raise
    return store


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
    for name in ("flat", "leads", "outcomes", "events", "attribute_changes"):
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


def _take_three(intake: Intake, input: InputSettings, tables: Mapping[str, RawTable]) -> None:
    zone, changes = input.timezone, input.attribute_changes
    intake.store.stages = tuple(input.outcomes.stages) if input.outcomes else ()
    intake.changed = changes.attributes if changes else ()
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
        set_attributes(
            intake, leads, changed_kinds(intake, history, changes) if history and changes else None
        )
        fill_leads(intake, leads)
        fill_episodes(intake, tables.get("outcomes"), len(intake.store.stages))
    if input.events and "events" in tables:
        take_events(intake, tables["events"], input.events, zone, matched=matched)
    else:
        intake.store.create("events")
    if changes and "attribute_changes" in tables:
        take_changes(intake, tables["attribute_changes"], changes, zone, matched=matched)
    else:
        intake.store.create("changes")


def _refuse(intake: Intake) -> None:
    kept = intake.counts.get("leads") or intake.counts.get("flat")
    if not intake.problems and kept is not None and not kept.kept:
        intake.problems.append("no lead is left after the rows that cannot be used were taken out")
    if intake.problems:
        raise DataError(intake.problems)


def _write_quarantine(
    intake: Intake, tables: Mapping[str, RawTable], folder: Path | None
) -> tuple[Path, ...]:
    if folder is None:
        return ()
    written = (intake.quarantine.write(raw, folder, intake.store.folder) for raw in tables.values())
    return tuple(path for path in written if path is not None)


def _observe(intake: Intake, input: InputSettings) -> None:
    """Set the moment up to which the sources are complete: as configured, else the newest event or
    outcome.
    """
    store = intake.store
    newest = _newest(store)
    if input.observed_until is not None:
        store.observed_until, store.observed_from = (
            _configured(input.observed_until, store.timezone),
            "config",
        )
        _warn_of_later(intake, store.observed_until)
    elif newest:
        store.observed_until, store.observed_from = max(
            (moment, name) for name, moment in newest.items()
        )
        _warn_of_gap(intake, newest)
    if store.observed_until is not None:
        local = store.observed_until.replace(tzinfo=UTC).astimezone(ZoneInfo(store.timezone))
        store.observed_day = (local.date() - date(1970, 1, 1)).days


def _warn_of_later(intake: Intake, until: datetime) -> None:
    for table, column in (
        () if intake.store.is_flat else (("events", "occurred_at"), ("episodes", "closed_at"))
    ):
        later = intake.number(f"SELECT count(*) FROM {table} WHERE {column} >= TIMESTAMP '{until}'")
        if later:
            name = "outcomes" if table == "episodes" else table
            intake.warnings.append(
                f"{name}: {later:,} rows lie after observed_until {until:%Y-%m-%d %H:%M} UTC"
            )


def _warn_of_gap(intake: Intake, newest: Mapping[ObservedFrom, datetime]) -> None:
    """An outcome long after the newest event is often a planned close, and would make young
    snapshots look mature.
    """
    gap = newest["outcomes"] - newest["events"] if len(newest) == 2 else timedelta(0)
    if gap > timedelta(days=31):
        intake.warnings.append(
            f"outcomes: the newest closed_at lies {gap.days:,} days after the newest event, and"
            " counts as the moment up to which everything is known; if it is a planned close, set"
            " `input.observed_until`"
        )


def _configured(until: date, timezone: str) -> datetime:
    """A configured moment as naive UTC; a date is its local midnight."""
    moment = until if isinstance(until, datetime) else datetime.combine(until, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    return moment.astimezone(UTC).replace(tzinfo=None)


def _newest(store: Store) -> dict[ObservedFrom, datetime]:
    """The newest event and outcome; without either the newest lead."""
    if store.is_flat:
        queries: dict[ObservedFrom, str] = {"flat": 'SELECT max("at") FROM leads'}
    else:
        queries = {
            "events": "SELECT max(occurred_at) FROM events",
            "outcomes": "SELECT max(closed_at) FROM episodes",
        }
    found = {
        name: moment for name, sql in queries.items() if (moment := store.value(sql)) is not None
    }
    if found or store.is_flat:
        return found
    return {"leads": store.value("SELECT max(created_at) FROM leads")}


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
        if path.suffix in (".csv", ".gz", ".parquet"):
            path.unlink()
