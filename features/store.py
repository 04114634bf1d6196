"""The canonical tables, in DuckDB: what the input says, in integers that make all later logic free
of order.
"""

import contextlib
import copy
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import duckdb
import pyarrow as pa

from features.errors import ConfigError, DataError
from features.event_filter import EventFilter
from features.files.temporary_folder import TemporaryFolder
from features.intake_report import IntakeReport
from features.kinds import Attribute, JoinedColumns, ValueKind
from features.own.code import OwnCode
from features.resources import UNLIMITED, Resources
from features.sql import quote_identifier, quote_literal
from features.writing import Writing

#: DuckDB type of an attribute column, by kind. A date is a local day number.
ATTRIBUTE_TYPES: Mapping[ValueKind, str] = {
    "number": "DOUBLE",
    "text": "VARCHAR",
    "date": "INTEGER",
}

#: Columns of the canonical tables, without attributes and stage days.
TABLES: Mapping[str, Mapping[str, str]] = {
    "leads": {
        "lead": "INTEGER",
        "lead_id": "VARCHAR",
        "created_at": "TIMESTAMP",
        "created_day": "INTEGER",
        "known_day": "INTEGER",
        "account": "INTEGER",
    },
    "events": {
        "lead": "INTEGER",
        "occurred_at": "TIMESTAMP",
        "day": "INTEGER",
        "known_day": "INTEGER",
        "event_type": "VARCHAR",
        "detail": "VARCHAR",
        "channel": "VARCHAR",
        "value": "BIGINT",
    },
    "episodes": {
        "lead": "INTEGER",
        "episode": "INTEGER",
        "started_day": "INTEGER",
        "started_at": "TIMESTAMP",
        "closed_at": "TIMESTAMP",
        "closed_day": "INTEGER",
        "close_known_day": "INTEGER",
        "won": "BOOLEAN",
        "amount": "DOUBLE",
        "lost_reason": "VARCHAR",
        "start_known_day": "INTEGER",
    },
    "changes": {
        "lead": "INTEGER",
        "changed_at": "TIMESTAMP",
        "day": "INTEGER",
        "known_day": "INTEGER",
        "attribute": "INTEGER",
        "value": "VARCHAR",
        "recorded_at": "TIMESTAMP",
    },
}
FLAT_LEADS: Mapping[str, str] = {
    "lead": "INTEGER",
    "lead_id": "VARCHAR",
    "row_number": "BIGINT",
    "day": "INTEGER",
    "at": "TIMESTAMP",
    "account": "INTEGER",
    "won": "BOOLEAN",
}

#: When stages were reached, to the second: ``lead``, ``episode``, ``stage`` (place in
#: ``Store.stages``) and ``reached_at``. Beside the canonical tables, which know days: only stores
#: that read sources fill it.
STAGE_MOMENTS = "stage_moments"
#: What sales said of leads: ``lead``, ``changed_at``, ``known_day``, ``meaning`` (see
#: ``features.settings.StatusMeaning``) and ``reason``. Beside the canonical tables: no feature.
STATUSES = "statuses"
#: Leads without a row in a joined table: ``lead``, ``joined`` (place in ``Store.joined``). Beside
#: the canonical tables: only stores that read sources fill it.
JOINED_GAPS = "joined_gaps"

#: In the place of an attribute's number in ``changes``: the lead moved to the account whose number
#: is the value.
ACCOUNT_CHANGE = -1

ObservedFrom = Literal["config", "events", "outcomes", "leads", "flat", "nothing"]


class Store:
    """Owns a DuckDB database with the canonical tables, in a temporary folder that goes away on
    close.

    Tables: ``leads``, ``events``, ``episodes``, ``changes``. Flat: ``leads`` only. All
    TIMESTAMP columns are naive UTC, all days are local calendar days in :attr:`timezone`, counted
    from 1970-01-01. The connection reaches no file but the store's own and those it was opened for,
    and never loads an extension.

    Attributes:
        connection: Connection to the database; see :meth:`beside` for another thread.
        folder: Temporary folder, the place for temporary files.
        is_flat: Which shape the tables have.
        filters: Events of machines that were left out.
        attributes: What ``leads.a0, a1, …`` are.
        joined: Tables whose columns became lead columns; :data:`JOINED_GAPS` has the leads without
            a row in them.
        stages: What ``episodes.s0_day, s1_day, …`` are.
        timezone: IANA name; ``UTC`` where none was needed.
        observed_until: The moment up to which the sources are complete, naive UTC; None where no
            time is known.
        observed_day: The local day that holds ``observed_until``: a snapshot of day D with horizon
            h is mature when D + h <= observed_day. 0 where no time is known.
        observed_from: Where ``observed_until`` comes from.
        report: What came in, in counts.
        writings: Table to column to how its values are written in the sources, where that is not
            the plain way.
        fingerprint: Per table: rows, first and last time, and a hash of the content that is free of
            order.
        own: Code of own features by its name.
        made: Tables that were derived from the canonical ones, with what they were made for.
        held_open: While another thread holds it, the store is not closed.
    """

    def __init__(self, resources: Resources = UNLIMITED) -> None:
        """Open an empty store.

        Args:
            resources: What DuckDB may use.

        Raises:
            ConfigError: The memory limit is no size.
        """
        self._place = TemporaryFolder()
        self.folder = self._place.path
        config: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": str(self.folder / "spill"),
            "preserve_insertion_order": "false",
        }
        if resources.memory_limit is not None:
            config["memory_limit"] = resources.memory_limit
        if resources.threads is not None:
            config["threads"] = resources.threads
        try:
            self.connection = duckdb.connect(str(self.folder / "store.duckdb"), config=config)
        except duckdb.ParserException as error:
            raise ConfigError(
                f"memory limit: expected a size such as 2GB, got {resources.memory_limit!r:.40}."
            ) from error
        if self.value("SELECT current_setting('enable_progress_bar')"):
            # only then: in a notebook without ipywidgets it is off, and may not even be set
            self.connection.execute("SET enable_progress_bar = false")
        self.is_flat = False
        self.filters: tuple[EventFilter, ...] = ()
        self.attributes: tuple[Attribute, ...] = ()
        self.joined: tuple[JoinedColumns, ...] = ()
        self.stages: tuple[str, ...] = ()
        self.timezone = "UTC"
        self.observed_until: datetime | None = None
        self.observed_day = 0
        self.observed_from: ObservedFrom = "nothing"
        self.report = IntakeReport()
        self.writings: dict[str, dict[str, Writing]] = {}
        self.fingerprint: dict[str, dict[str, Any]] = {}
        self.made: dict[str, str] = {}
        self.own: Mapping[str, OwnCode] = {}
        self.held_open = threading.Lock()
        self.connection.execute(
            f"CREATE TABLE {STAGE_MOMENTS} (lead INTEGER, episode INTEGER, stage INTEGER,"
            " reached_at TIMESTAMP)"
        )
        self.connection.execute(f"CREATE TABLE {JOINED_GAPS} (lead INTEGER, joined INTEGER)")
        self.connection.execute(
            f"CREATE TABLE {STATUSES} (lead INTEGER, changed_at TIMESTAMP, known_day INTEGER,"
            " meaning VARCHAR, reason VARCHAR)"
        )
        self.use_timezone("UTC")

    @classmethod
    def from_arrow(
        cls,
        tables: Mapping[str, pa.Table],
        *,
        attributes: Sequence[Attribute] = (),
        stages: Sequence[str] = (),
        timezone: str = "UTC",
        observed_until: datetime | None = None,
        observed_day: int = 0,
        is_flat: bool = False,
        resources: Resources = UNLIMITED,
    ) -> Self:
        """Build a store from canonical Arrow tables, such as :meth:`arrow` returns; absent tables
        are empty.

        Raises:
            DataError: A table has not the canonical columns.
        """
        store = cls(resources)
        store.is_flat, store.attributes, store.stages = is_flat, tuple(attributes), tuple(stages)
        store.observed_until, store.observed_day = observed_until, observed_day
        try:
            store.use_timezone(timezone)
            store.restrict(())
            for name, columns in store.schema().items():
                store._load(name, columns, tables.get(name))
        except BaseException:
            store.close()
            raise
        return store

    def schema(self) -> dict[str, dict[str, str]]:
        """Table name to column name to DuckDB type, for this store's shape, attributes and
        stages.
        """
        attributes = {
            f"a{i}": ATTRIBUTE_TYPES[attribute.kind] for i, attribute in enumerate(self.attributes)
        }
        if self.is_flat:
            return {"leads": {**FLAT_LEADS, **attributes}}
        tables = {name: dict(columns) for name, columns in TABLES.items()}
        tables["leads"] |= attributes
        tables["episodes"] |= {f"s{i}_day": "INTEGER" for i in range(len(self.stages))}
        return tables

    def arrow(self, table: str) -> pa.Table:
        """A canonical table as Arrow, in the order of its keys."""
        columns = ", ".join(map(quote_identifier, self.schema()[table]))
        return self.query(f"SELECT {columns} FROM {table} ORDER BY ALL")

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """The result of a query as one Arrow table."""
        return self.connection.sql(sql, params=parameters).to_arrow_table()

    def batches(self, sql: str, *, rows: int) -> Iterator[pa.RecordBatch]:
        """The result of a query, at most so many rows at a time."""
        yield from self.connection.sql(sql).to_arrow_reader(rows)

    def value(self, sql: str) -> Any:  # noqa: ANN401 — whatever the query selects
        """The single value of a query with one row and one column."""
        return self.connection.execute(sql).fetchall()[0][0]

    def rows(self, table: str) -> int:
        """Rows of a canonical table."""
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def use_timezone(self, name: str) -> None:
        """Count days in this time zone, from now on."""
        self.connection.execute(f"SET GLOBAL TimeZone = {quote_literal(name)}")
        self.timezone = name

    def restrict(self, files: Iterable[Path | str]) -> None:
        """Let the database reach these files and its own folder, and nothing else, for good."""
        paths = ", ".join(quote_literal(str(path)) for path in files)
        self.connection.execute(f"SET allowed_paths = [{paths}]")
        self.connection.execute(f"SET allowed_directories = [{quote_literal(str(self.folder))}]")
        self.connection.execute("SET enable_external_access = false")

    def create(self, table: str) -> None:
        """Create an empty canonical table."""
        columns = ", ".join(
            f"{quote_identifier(name)} {kind}" for name, kind in self.schema()[table].items()
        )
        self.connection.execute(f"CREATE TABLE {table} ({columns})")

    @contextlib.contextmanager
    def beside(self) -> Iterator[Self]:
        """This store for another thread: a connection of its own to the same tables, but for
        temporary ones.

        What the other thread does inside of ``with store.held_open`` ends before the database is
        closed.
        """
        other = copy.copy(self)
        other.connection = self.connection.cursor()
        try:
            yield other
        finally:
            other.connection.close()

    def close(self) -> None:
        """Close the database and remove its folder; closing twice is fine."""
        with self.held_open:
            self.connection.close()
        self._place.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _load(self, name: str, columns: Mapping[str, str], table: pa.Table | None) -> None:
        self.create(name)
        if table is None:
            return
        missing = [column for column in columns if column not in table.column_names]
        if missing:
            raise DataError(
                [
                    f"{name}: expected the canonical columns {list(columns)}, but {missing} are"
                    " absent"
                ]
            )
        self.connection.register("incoming", table.select(list(columns)))
        casts = ", ".join(
            f"CAST({quote_identifier(column)} AS {kind})" for column, kind in columns.items()
        )
        self.connection.execute(f"INSERT INTO {name} SELECT {casts} FROM incoming")
        self.connection.unregister("incoming")
