"""Scores in a DuckDB file: lists stay lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa

from features.databases.dialects import duckdb_file
from features.sql import quote_identifier, quote_qualified
from propensity.scores_database.names import of_scores
from propensity.scores_database.view import newest


class DuckdbTable:
    """A table in an open transaction; see ``deliver.ScoresTable``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        self.connection, self.table = connection, table

    @classmethod
    @contextmanager
    def opened(cls, url: str, name: str, schema: pa.Schema) -> Iterator[Self]:
        """Open a file, begin a transaction, and make what is not there."""
        file = Path(duckdb_file(url))
        is_new = not file.exists()
        with duckdb.connect(file) as connection:
            if is_new:  # it has no rows yet, and DuckDB takes no empty file for a database
                file.chmod(0o600)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("BEGIN")
            table = cls(connection, quote_qualified(name))
            table.make(schema, quote_qualified(newest(name)))
            yield table
            connection.execute("COMMIT")

    def make(self, schema: pa.Schema, view: str) -> None:
        """Create table, columns and view, where they are not there."""
        self.connection.register("rows", schema.empty_table())
        given = self.connection.sql("SELECT * FROM rows")
        self.connection.execute(f"CREATE TABLE IF NOT EXISTS {self.table} AS SELECT * FROM rows")
        there = of_scores(self.connection.sql(f"SELECT * FROM {self.table} LIMIT 0").columns)
        for column, kind in zip(given.columns, given.types, strict=True):
            if column not in there:
                self.connection.execute(
                    f"ALTER TABLE {self.table} ADD COLUMN {quote_identifier(column)} {kind}"
                )
        self.connection.execute(
            f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM {self.table} AS t WHERE as_of IS NOT"
            f" DISTINCT FROM (SELECT max(as_of) FROM {self.table} AS s WHERE s.model = t.model)"
        )

    def replace(self, model: str, as_of: date | None) -> int:
        """Delete what a model said of a day (None: at all); return how many rows that was."""
        day = "" if as_of is None else " AND as_of = $day"
        values: dict[str, object] = {"model": model} | ({} if as_of is None else {"day": as_of})
        return self._deleted(f"model = $model{day}", values)

    def add(self, rows: pa.Table) -> None:
        """Add rows."""
        self.connection.register("rows", rows)
        self.connection.execute(f"INSERT INTO {self.table} BY NAME SELECT * FROM rows")
        self.connection.unregister("rows")

    def forget(self, model: str, keep_days: int) -> int:
        """Delete the nights of a model but the newest days; return how many rows that was."""
        query = f"SELECT max(as_of) FROM {self.table} WHERE model = $model"
        found = self.connection.execute(query, {"model": model}).fetchone()
        if found is None or found[0] is None:
            return 0
        last = found[0] - timedelta(days=keep_days)
        return self._deleted("model = $model AND as_of <= $last", {"model": model, "last": last})

    def _deleted(self, where: str, values: dict[str, object]) -> int:
        query = f"DELETE FROM {self.table} WHERE {where}"
        found = self.connection.execute(query, values).fetchone()
        return int(found[0]) if found else 0
