"""Scores in a database that SQLAlchemy speaks to: lists are JSON."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, Self

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    Engine,
    Index,
    MetaData,
    Table,
    UnicodeText,
    delete,
    func,
    inspect,
    select,
)
from sqlalchemy.types import TypeEngine

from features.databases.dialects import (
    add_rows,
    alone,
    create_view,
    engine_for_writing,
    json_type,
    key_type,
    new_private_file,
)
from features.sqlite_address import sqlite_address
from propensity.scores_database.names import KEY, of_scores, refuse_long
from propensity.scores_database.view import newest

#: Rows of a statement.
_ROWS = 2_000
#: What an Arrow type is, to the type of the column.
_TYPES: tuple[tuple[Callable[[pa.DataType], bool], Callable[[], TypeEngine[Any]]], ...] = (
    (pa.types.is_nested, json_type),
    (pa.types.is_integer, BigInteger),
    (pa.types.is_floating, Double),
    (pa.types.is_boolean, Boolean),
    (pa.types.is_date, Date),
    (pa.types.is_timestamp, lambda: DateTime(timezone=True)),
    (pa.types.is_string, UnicodeText),
)


class SqlTable:
    """A table in an open transaction; see ``deliver.ScoresTable``."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self.connection, self.table = connection, table

    @classmethod
    @contextmanager
    def opened(cls, url: str, name: str, schema: pa.Schema) -> Iterator[Self]:
        """Connect, make what is not there (table, columns, view), and begin a transaction."""
        engine = engine_for_writing(url)
        if (local := sqlite_address(url)) is not None:
            new_private_file(local.file)
        try:
            refuse_long(name)
            table = _table(name, schema)
            _make(engine, table)
            with engine.begin() as connection:
                alone(connection, table.fullname)
                yield cls(connection, table)
        finally:
            engine.dispose()

    def replace(self, model: str, as_of: date | None) -> int:
        """Delete what a model said of a day (None: at all); return how many rows that was."""
        old = delete(self.table).where(self.table.c.model == model)
        if as_of is not None:
            old = old.where(self.table.c.as_of == as_of)
        return self.connection.execute(old).rowcount

    def add(self, rows: pa.Table) -> None:
        """Add rows."""
        for start in range(0, rows.num_rows, _ROWS):
            add_rows(self.connection, self.table, rows.slice(start, _ROWS))

    def forget(self, model: str, keep_days: int) -> int:
        """Delete the nights of a model but the newest days; return how many rows that was."""
        of_model = self.table.c.model == model
        last = self.connection.scalar(select(func.max(self.table.c.as_of)).where(of_model))
        if last is None:
            return 0
        old = self.table.c.as_of <= last - timedelta(days=keep_days)
        return self.connection.execute(delete(self.table).where(of_model, old)).rowcount


def _table(name: str, schema: pa.Schema) -> Table:
    where, _, bare = name.rpartition(".")
    columns = [Column(field.name, _type(field)) for field in schema]
    key = Index(f"{bare}_key", *KEY, unique=True)
    return Table(bare, MetaData(), *columns, key, schema=where or None)


def _type(field: pa.Field) -> TypeEngine[Any]:
    if field.name in KEY and pa.types.is_string(field.type):
        return key_type()
    return next(make() for holds, make in _TYPES if holds(field.type))


def _make(engine: Engine, table: Table) -> None:
    """Create table, columns and view, where they are not there: whoever may only write rows needs
    no other right once they are.
    """
    quote = engine.dialect.identifier_preparer
    whole, view = quote.format_table(table), newest(table.name)
    with engine.begin() as connection:
        alone(connection, table.fullname)
        look = inspect(connection)
        if not look.has_table(table.name, schema=table.schema):
            table.create(connection)
        names = [each["name"] for each in look.get_columns(table.name, schema=table.schema)]
        there = of_scores(names)
        absent = [column for column in table.columns if column.name not in there]
        for column in absent:
            kind = column.type.compile(engine.dialect)
            name = quote.format_column(column)
            connection.exec_driver_sql(f"ALTER TABLE {whole} ADD COLUMN {name} {kind}")
        if absent or view not in look.get_view_names(schema=table.schema):
            shown = quote.format_table(Table(view, MetaData(), schema=table.schema))
            last = f"SELECT max(s.as_of) FROM {whole} s WHERE s.model = t.model"
            create_view(
                connection,
                shown,
                f"SELECT t.* FROM {whole} t WHERE t.as_of = ({last}) OR t.as_of IS NULL",
            )
