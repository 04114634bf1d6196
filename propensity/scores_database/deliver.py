"""Put the scores of a night into a table: all of them, or none."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa

from features.databases.address import Address
from features.databases.dialects import DATABASE_ERRORS, is_duckdb, reason_of
from features.errors import PropensityError
from propensity.config.sections import DatabaseOutput
from propensity.scores_database.names import columns_for
from propensity.scores_database.to_duckdb import DuckdbTable
from propensity.scores_database.to_sql import SqlTable


class ScoresDatabaseError(PropensityError):
    """The database did not take the scores; its table is as it was."""


@dataclass(frozen=True)
class Delivered:
    """What a database took.

    Attributes:
        rows: Leads of the night.
        replaced: Rows of the same night, or of the same flat table, that they took the place of.
        deleted: Rows of nights that were older than ``keep_days``.
        place: Where: the table and the database, without a password.
    """

    rows: int
    replaced: int
    deleted: int
    place: str


class ScoresTable(Protocol):
    """A table of scores in an open transaction."""

    def replace(self, model: str, as_of: date | None) -> int:
        """Delete what a model said of a day (None: at all); return how many rows that was."""

    def add(self, rows: pa.Table) -> None:
        """Add rows."""

    def forget(self, model: str, keep_days: int) -> int:
        """Delete the nights of a model but the newest days; return how many rows that was."""


_ERRORS: tuple[type[Exception], ...] = (*DATABASE_ERRORS, OSError)
#: Opens a table for an address, its name, and the columns; leaving it commits or rolls back.
_Opener = Callable[[str, str, pa.Schema], AbstractContextManager[ScoresTable]]


def deliver(
    settings: DatabaseOutput,
    model: str,
    as_of: date | None,
    schema: pa.Schema,
    tables: Iterable[pa.Table],
) -> Delivered:
    """Put the rows of a night into the table that a configuration names, in one transaction.

    Who reads the table meanwhile sees the night as it was before or as it is afterwards. What the
    same model said of the same day before is replaced; a second run changes nothing.

    Args:
        settings: Address, table, and how many days are kept.
        model: Name of the model; several may share a table.
        as_of: The day of the rows; None of a flat table, whose rows take the place of all before.
        schema: Columns of the tables.
        tables: The rows.

    Raises:
        ScoresDatabaseError: The database cannot be reached or did not take the rows; nothing
            changed.
        ConfigError: The address names an environment variable that is not set.
    """
    address = Address(settings.url)
    place = f"the table {settings.table} at {address}"
    names = columns_for(schema.names)
    opened: _Opener = DuckdbTable.opened if is_duckdb(address.url) else SqlTable.opened
    count = 0
    try:
        with opened(address.url, settings.table, pa.schema(_renamed(schema, names))) as table:
            replaced = table.replace(model, as_of)
            for rows in tables:
                count += rows.num_rows
                table.add(rows.rename_columns(names))
            kept = settings.keep_days
            deleted = 0 if kept is None or as_of is None else table.forget(model, kept)
    except _ERRORS as error:
        raise ScoresDatabaseError(
            f"output.database: the scores were not written to {place}, which is as it was:"
            f" {address.told(reason_of(error))}"
        ) from None
    return Delivered(count, replaced, deleted, place)


def _renamed(schema: pa.Schema, names: list[str]) -> list[pa.Field]:
    return [field.with_name(name) for field, name in zip(schema, names, strict=True)]
