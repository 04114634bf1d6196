"""CSV files and JSON lines as raw rows of texts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from features.errors import DataError
from features.intake.formats.containers import content_within, is_gzip
from features.intake.formats.dialect import Dialect, below, dialect_of
from features.intake.formats.encodings import encoding_of, encoding_problem, utf8_copy
from features.intake.formats.json_lines import json_cells, json_names, json_objects
from features.intake.raw_table import (
    LocatedSource,
    RawTable,
    count_rows,
    malformed_of,
    raw_table,
    refuse_others,
    refuse_repeated,
)
from features.intake.values import RawColumn
from features.sql import quote_identifier, quote_literal

#: Rows at the end of a file that may stand below the table.
_LAST = 12

#: DuckDB's names of what is wrong with a CSV line, and ours.
_MALFORMED = {
    "TOO MANY COLUMNS": "malformed line: more cells than the header",
    "MISSING COLUMNS": "malformed line: fewer cells than the header",
    "UNQUOTED VALUE": "malformed line: quotes that do not match",
    "LINE SIZE OVER MAXIMUM": "malformed line: longer than 2,000,000 bytes",
}


def read_texts(connection: duckdb.DuckDBPyConnection, located: LocatedSource) -> RawTable:
    """CSV and JSON lines as one relation of texts, by the names of their columns.

    Raises:
        DataError: A file is of another kind, names a column twice, or has other columns than the
            first.
    """
    loads = [_load(connection, located, i) for i in range(len(located.files))]
    names = [load.names for load in loads]
    refuse_others(located, names)
    columns = tuple(RawColumn(name, f"c{i}", "VARCHAR") for i, name in enumerate(names[0]))
    table = quote_identifier(f"csv_{located.name}")
    definition = ", ".join(f"{column.internal} VARCHAR" for column in columns)
    connection.execute(f"CREATE TEMP TABLE {table} (file INTEGER, {definition})")
    connection.execute(
        f"CREATE TEMP TABLE {malformed_of(located)} (file INTEGER, row BIGINT, reason VARCHAR, line"
        " VARCHAR)"
    )
    told = list(located.told)
    starts = []
    for load in loads:
        starts.append(count_rows(connection, table))
        told += _fill(connection, located, table, load, names[0])
    relation = quote_identifier(f"raw_{located.name}")
    start = " ".join(f"WHEN {i} THEN {rows}" for i, rows in enumerate(starts))
    cells = ", ".join(column.internal for column in columns)
    connection.execute(
        f"CREATE TEMP VIEW {relation} AS SELECT file, rowid - CASE file {start} END + 1 AS row,"
        f" {cells} FROM {table}"
    )
    first = loads[0].dialect
    nameless = [
        c for c, name in zip(columns, first.names if first else (), strict=False) if not name
    ]
    empty = {
        c for c in nameless if not count_rows(connection, f"{table} WHERE {c.internal} IS NOT NULL")
    }
    kept = tuple(c for c in columns if c not in empty)
    return replace(raw_table(connection, located, kept, relation), dress=tuple(told))


@dataclass(frozen=True)
class _Load:
    """A text file that is to be loaded.

    Attributes:
        position: Among the files of the table.
        names: Names of its columns; one without a name is called by its place.
        dialect: Layout of a CSV file; None for JSON.
    """

    position: int
    names: list[str]
    dialect: Dialect | None


def _load(connection: duckdb.DuckDBPyConnection, located: LocatedSource, position: int) -> _Load:
    """How a file is to be read."""
    path, label, source = located.files[position], located.labels[position], located.source
    match content_within(path):
        case "parquet":
            raise DataError([f"{located.name}: {label} is Parquet, and {located.labels[0]} is not"])
        case "json":
            names = json_names(connection, located.name, path, label)
            load = _Load(position, names, None)
        case _:
            dialect = dialect_of(
                located.name,
                path,
                label,
                delimiter=source.delimiter,
                quote=source.quote,
                skip_lines=source.skip_lines,
            )
            names = [name or f"column {i + 1}" for i, name in enumerate(dialect.names)]
            load = _Load(position, names, dialect)
    refuse_repeated(located.name, label, load.names)
    return load


def _fill(
    connection: duckdb.DuckDBPyConnection,
    located: LocatedSource,
    table: str,
    load: _Load,
    order: Sequence[str],
) -> list[str]:
    """Append a file to the table; returns what is to be said of it."""
    connection.execute("SET preserve_insertion_order = true")
    if load.dialect is None:
        told = _fill_json(connection, located, table, load, order)
    else:
        told = _fill_csv(connection, located, table, load, load.dialect, order)
    connection.execute("SET preserve_insertion_order = false")
    label = located.labels[load.position]
    return [f"{label}: {', '.join(told)}"] if told else []


def _fill_json(
    connection: duckdb.DuckDBPyConnection,
    located: LocatedSource,
    table: str,
    load: _Load,
    order: Sequence[str],
) -> list[str]:
    path = located.files[load.position]
    cells = ", ".join(f"v[{i + 1}]" for i in range(len(order)))
    values = json_cells(order)
    connection.execute(
        f"INSERT INTO {table} SELECT {load.position}, {cells} FROM (SELECT {values} AS v FROM"
        f" {json_objects(path)} WHERE json_type(json) = 'OBJECT')"
    )
    connection.execute(
        f"INSERT INTO {malformed_of(located)} SELECT {load.position}, n, 'malformed line: no JSON"
        f" object', CAST(json AS VARCHAR) FROM (SELECT json, row_number() OVER () AS n FROM"
        f" {json_objects(path)}) WHERE json IS NULL OR json_type(json) <> 'OBJECT'"
    )
    return ["JSON"]


def _fill_csv(
    connection: duckdb.DuckDBPyConnection,
    located: LocatedSource,
    table: str,
    load: _Load,
    dialect: Dialect,
    order: Sequence[str],
) -> list[str]:
    before = count_rows(connection, table)
    path, told = located.files[load.position], dialect.told()
    cells = ", ".join(f"c{load.names.index(name)}" for name in order)
    if not _insert_csv(connection, f"{table} SELECT {load.position}, {cells}", path, dialect):
        label, encoding = located.labels[load.position], located.source.encoding
        if encoding is not None:
            raise DataError([encoding_problem(located.name, path, label, encoding)])
        encoding = encoding_of(located.name, path)
        _drop_rejects(connection)
        connection.execute(f"DELETE FROM {table} WHERE file = {load.position}")
        path = located.folder / f"{located.name}_{load.position}.utf8.csv"
        utf8_copy(located.name, located.files[load.position], label, encoding, path)
        _insert_csv(connection, f"{table} SELECT {load.position}, {cells}", path, dialect)
        told.insert(0, encoding)
    _keep_rejects(connection, located, load.position)
    left_out = _drop_below(connection, located, table, load.position, before)
    if left_out:
        told.append(f"{left_out} line{'s' * (left_out > 1)} below the table left out")
    return told


def _insert_csv(
    connection: duckdb.DuckDBPyConnection, target: str, path: Path, dialect: Dialect
) -> bool:
    """Append a CSV file; returns whether all of it is UTF-8. Rejected lines wait in
    ``csv_rejects``.
    """
    for strict in (True, False):
        try:
            connection.execute(
                f"INSERT INTO {target} FROM {_csv_call(path, dialect, strict=strict)}"
            )
        except duckdb.InvalidInputException:
            _drop_rejects(connection)
            if not strict:
                raise
        else:  # line ends of several kinds in one file need the lenient parser
            break
    bad = "SELECT 1 FROM csv_rejects WHERE error_type = 'INVALID ENCODING' LIMIT 1"
    return connection.execute(bad).fetchone() is None


def _drop_below(
    connection: duckdb.DuckDBPyConnection,
    located: LocatedSource,
    table: str,
    position: int,
    before: int,
) -> int:
    """Take out what stands below the table: sums, counts, notes; returns the lines."""
    rows = connection.execute(
        f"SELECT * EXCLUDE (file), rowid FROM {table} WHERE rowid >= greatest({before}, (SELECT"
        f" max(rowid) FROM {table}) - {_LAST}) ORDER BY rowid DESC"
    ).fetchall()
    found = []
    for *cells, rowid in rows:
        if not below(cells):
            break
        found.append((rowid, any(cell for cell in cells)))
    told = [rowid for rowid, _ in found] if any(filled for _, filled in found) else []
    if told:
        connection.execute(f"DELETE FROM {table} WHERE rowid IN ({', '.join(map(str, told))})")
    malformed = connection.execute(
        f"SELECT row, line FROM {malformed_of(located)} WHERE file = {position} AND reason ="
        " 'malformed line: fewer cells than the header' ORDER BY row DESC LIMIT 12"
    ).fetchall()
    lines = [row for row, line in malformed if below([line.strip(" \r\n\"';,\t|")])]
    if lines:
        listed = ", ".join(map(str, lines))
        connection.execute(
            f"DELETE FROM {malformed_of(located)} WHERE file = {position} AND row IN ({listed})"
        )
    return len(told) + len(lines)


def _csv_call(path: Path, dialect: Dialect, *, strict: bool) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(dialect.names)))
    compression = "gzip" if is_gzip(path) else "none"
    quote = quote_literal(dialect.quote)
    return (
        f"read_csv({quote_literal(str(path))}, auto_detect = false, header = true, columns ="
        f" {{{columns}}}, delim = {quote_literal(dialect.delimiter)}, quote = {quote}, escape ="
        f" {quote}, skip = {dialect.skip_lines}, compression = '{compression}', strict_mode ="
        f" {str(strict).lower()}, store_rejects = true, rejects_table = 'csv_rejects', rejects_scan"
        " = 'csv_rejects_scan')"
    )


def _keep_rejects(
    connection: duckdb.DuckDBPyConnection, located: LocatedSource, position: int
) -> None:
    """Move DuckDB's rejected lines to the table of malformed lines.

    Raises:
        DataError: A quote that is never closed swallowed other lines.
    """
    label = located.labels[position]
    swallowed = connection.execute(
        "SELECT min(line) FROM csv_rejects WHERE error_type = 'UNQUOTED VALUE' "
        "AND contains(trim(csv_line, chr(10) || chr(13)), chr(10))"
    ).fetchone()
    if swallowed and swallowed[0] is not None:
        _drop_rejects(connection)  # the next file's own are looked at there
        raise DataError(
            [f"{located.name}: {label}, line {swallowed[0]}: a quote is opened and never closed"]
        )
    cases = " ".join(
        f"WHEN {quote_literal(k)} THEN {quote_literal(v)}" for k, v in _MALFORMED.items()
    )
    connection.execute(
        f"INSERT INTO {malformed_of(located)} SELECT {position}, line, min_by(CASE error_type"
        f" {cases} ELSE 'malformed line' END, coalesce(column_idx, 0)), any_value(csv_line) FROM"
        " (SELECT *, CAST(error_type AS VARCHAR) AS kind FROM csv_rejects) GROUP BY line"
    )
    _drop_rejects(connection)


def _drop_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DROP TABLE IF EXISTS csv_rejects")
    connection.execute("DROP TABLE IF EXISTS csv_rejects_scan")
