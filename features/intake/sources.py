"""From a configured source to raw rows in DuckDB: files and SQL databases, as they are, with
nothing lost.
"""

import difflib
import glob
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.environment import from_environment
from features.errors import DataError
from features.intake.formats.containers import (
    content_of,
    content_within,
    gunzipped,
    is_gzip,
    unzipped,
)
from features.intake.formats.dialect import Dialect, below, dialect_of
from features.intake.formats.encodings import (
    encoding_of,
    encoding_problem,
    starts_as_utf8,
    utf8_copy,
)
from features.intake.formats.json_lines import json_cells, json_names, json_objects
from features.intake.formats.spreadsheet import sheet_as_csv
from features.intake.inference import Readable
from features.intake.values import RawColumn, Reader
from features.intake_report import Reading
from features.kinds import ValueKind
from features.settings import Source
from features.sql import quote_identifier, quote_literal

_GLOB = re.compile(r"[*?\[\]]")
_PARQUET = (".parquet", ".pq")
_CHUNK_ROWS = 50_000
#: Rows at the end of a file that may stand below the table.
_LAST = 12

#: DuckDB's names of what is wrong with a CSV line, and ours.
_MALFORMED = {
    "TOO MANY COLUMNS": "malformed line: more cells than the header",
    "MISSING COLUMNS": "malformed line: fewer cells than the header",
    "UNQUOTED VALUE": "malformed line: quotes that do not match",
    "LINE SIZE OVER MAXIMUM": "malformed line: longer than 2,000,000 bytes",
}


@dataclass(frozen=True)
class RawTable:
    """A source as a relation with columns ``file``, ``row``, ``c0``, ``c1``, ….

    Attributes:
        name: Name of the table in the configuration (leads, events, …).
        source: Quoted name in DuckDB of the rows as they are. ``row`` counts from 1 within a file,
            without header and malformed lines.
        relation: The same, with cleaned texts (see :func:`cleaned`); until then the same as
            ``source``.
        columns: Columns in the order of the source.
        files: Names for people; ``file`` is the position in it.
        rows: That could be read.
        malformed: Quoted name of a table (file, row, reason, line) of the lines that could not;
            ``row`` is the line.
        malformed_rows: Their number.
        dress: What was found about the files, a sentence each.
        kinds: Column name to what it holds, of those that were looked at.
        counts: Column name to how its values read.
        readings: The same for people.
    """

    name: str
    source: str
    relation: str
    columns: tuple[RawColumn, ...]
    files: tuple[str, ...]
    rows: int
    malformed: str
    malformed_rows: int
    dress: tuple[str, ...] = ()
    kinds: Mapping[str, ValueKind] = field(default_factory=dict)
    counts: Mapping[str, Readable] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()

    def column(self, name: str | None) -> RawColumn | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class LocatedSource:
    """A source whose files are found.

    Attributes:
        name: Name of the table in the configuration.
        source: Source as configured.
        files: Existing files that DuckDB reads; for a database a Parquet file with the query's
            result.
        labels: What people call them.
        folder: Folder for temporary copies.
        told: What was found about the files, a sentence each.
    """

    name: str
    source: Source
    files: tuple[Path, ...]
    labels: tuple[str, ...]
    folder: Path
    told: tuple[str, ...] = ()


def locate(name: str, source: Source, folder: Path) -> LocatedSource:
    """Find a source's files and make them readable for DuckDB, with temporary copies in ``folder``
    where needed.

    Copies are made of Excel sheets (as CSV), of text files that are not UTF-8, of what is inside a
    zip, of query results (as Parquet), and links of files whose names DuckDB would take for
    patterns.

    Raises:
        DataError: No such file, bytes that are not of the encoding, or the query fails.
        ConfigError: The database URL names an environment variable that is not set.
    """
    if source.database is not None and source.query is not None:
        target = folder / f"{name}.parquet"
        _fetch(name, source.database, source.query, target)
        return LocatedSource(name, source, (target,), ("query",), folder)
    found = matching(name, source.path or "")
    told: list[str] = []
    files = tuple(
        _readable(name, source, path, folder / f"{name}_{i}", told) for i, path in enumerate(found)
    )
    labels = tuple(path.name for path in found)
    return LocatedSource(name, source, files, labels, folder, tuple(told))


def read(connection: duckdb.DuckDBPyConnection, located: LocatedSource) -> RawTable:
    """Make a located source a relation of raw columns.

    Raises:
        DataError: A file cannot be read, has no header, names a column twice, or has other columns
            than the first.
    """
    try:
        contents = [content_of(path) for path in located.files]
        if contents[0] == "parquet":
            return _read_parquet(connection, located)
        return _read_texts(connection, located)
    except duckdb.Error as error:
        files = ", ".join(located.labels[:3])
        raise DataError(
            [f"{located.name}: {files} cannot be read: {str(error).splitlines()[0]}"]
        ) from error


def cleaned(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    reader: Reader,
    used: Collection[str] | None = None,
) -> RawTable:
    """The table with a relation whose texts are clean: stripped, NULL where they mean missing.

    Cleaning costs several times as much as looking, and most columns are clean: they are passed on
    as they are.

    Args:
        connection: Connection to DuckDB.
        raw: The table.
        reader: Knows what is clean.
        used: Names of the columns that will be read; None for all.
    """
    texts = [c for c in raw.columns if c.family == "text" and (used is None or c.name in used)]
    looks = (
        ", ".join(
            f"coalesce(bool_or({reader.unclean(column.internal)}), false)" for column in texts
        )
        or "NULL"
    )
    found = connection.execute(f"SELECT {looks} FROM {raw.source}").fetchone() or ()
    unclean = {
        column.internal for column, is_unclean in zip(texts, found, strict=False) if is_unclean
    }
    cells = (
        f"{reader.clean(c)} AS {c}" if c in unclean else c
        for c in (column.internal for column in raw.columns)
    )
    relation = quote_identifier(f"clean_{raw.name}")
    connection.execute(
        f"CREATE TEMP VIEW {relation} AS SELECT file, row, {', '.join(cells)} FROM {raw.source}"
    )
    return replace(raw, relation=relation)


def matching(name: str, path: str) -> list[Path]:
    """The files of a path or pattern, in the order of their names.

    Raises:
        DataError: There is none.
    """
    if Path(path).is_file():
        return [Path(path)]
    if Path(path).is_dir():
        raise DataError(
            [f"{name}: {path} is a folder; expected a file, or a pattern such as {path}/*.parquet"]
        )
    found = sorted(
        Path(match) for match in glob.glob(path, recursive=True) if Path(match).is_file()
    )
    if not found:
        folder = Path(path).parent
        beside = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        near = difflib.get_close_matches(Path(path).name, beside, n=1, cutoff=0.5)
        hint = (
            f"; did you mean {near[0]}?"
            if near
            else ""
            if folder.is_dir()
            else f"; there is no folder {folder}"
        )
        raise DataError([f"{name}: no file {path}{hint}"])
    return found


def _readable(name: str, source: Source, path: Path, copy: Path, told: list[str]) -> Path:
    """The file, or a copy of what is in it, as DuckDB can read it: Parquet, or text in UTF-8."""
    content = content_of(path)
    if path.suffix.lower() in _PARQUET and content != "parquet":
        raise DataError([f"{name}: {path.name} cannot be read as Parquet, and is {content}"])
    match content:
        case "parquet":
            return _plainly_named(path, copy.with_suffix(".parquet"))
        case "excel":
            return sheet_as_csv(name, path, path.name, source.sheet, copy.with_suffix(".csv"))
        case "old excel":
            raise DataError(
                [f"{name}: {path.name} is an Excel file of before 2007; save it as .xlsx"]
            )
        case "zip":
            inside = unzipped(name, path, source.sheet, copy.with_suffix(".unzipped.csv"))
            told.append(f"{path.name}: unpacked from a zip")
            outer = source.model_copy(update={"sheet": None})
            return _readable(name, outer, inside, copy.with_suffix(".inside.csv"), told)
    if content == "gzip" and (inner := content_within(path)) not in ("json", "text"):
        inside = gunzipped(path, copy.with_suffix(".unpacked.csv"))
        return _readable(name, source, inside, copy.with_suffix(f".{inner}.csv"), told)
    encoding, is_utf8 = source.encoding, starts_as_utf8(path)
    if encoding is None:
        encoding = "utf-8" if is_utf8 else encoding_of(name, path)
    if encoding == "utf-8" and not is_utf8:
        raise DataError([encoding_problem(name, path, path.name, encoding)])
    if encoding != "utf-8":
        told.append(f"{path.name}: {encoding}")
        return utf8_copy(name, path, path.name, encoding, copy.with_suffix(".csv"))
    return _plainly_named(path, copy.with_suffix(".csv"))


def _plainly_named(path: Path, link: Path) -> Path:
    """The file, or a link to it where DuckDB would take its name for a pattern."""
    if not _GLOB.search(str(path)):
        return path.resolve()
    try:
        link.symlink_to(path.resolve())
    except OSError:  # no right to make links, as on many Windows machines
        shutil.copyfile(path, link)
    return link


def _read_parquet(connection: duckdb.DuckDBPyConnection, located: LocatedSource) -> RawTable:
    names = [_parquet_names(located, i) for i in range(len(located.files))]
    _same_columns(located, names)
    types = [_parquet_types(connection, path, len(names[0])) for path in located.files]
    if all(names[0] == other for other in names) and all(types[0] == other for other in types):
        select = _parquet_select(located.files, len(names[0]))
    else:
        select = " UNION ALL ".join(
            _parquet_select(
                [path], len(names[0]), first=i, order=[names[i].index(name) for name in names[0]]
            )
            for i, path in enumerate(located.files)
        )
    relation = quote_identifier(f"raw_{located.name}")
    connection.execute(f"CREATE TEMP VIEW {relation} AS {select}")
    described = connection.execute(f"DESCRIBE {relation}").fetchall()[2:]
    columns = tuple(
        RawColumn(name, row[0], row[1]) for name, row in zip(names[0], described, strict=True)
    )
    return _raw_table(connection, located, columns, relation)


def _parquet_names(located: LocatedSource, position: int) -> list[str]:
    try:
        names = list(pq.read_schema(located.files[position]).names)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            [f"{located.name}: {located.labels[position]} cannot be read as Parquet: {error}"]
        ) from error
    _once(located.name, located.labels[position], names)
    return names


def _parquet_types(connection: duckdb.DuckDBPyConnection, path: Path, width: int) -> list[str]:
    described = connection.execute(f"DESCRIBE {_parquet_select([path], width)}").fetchall()[2:]
    return [row[1] for row in described]


def _parquet_select(
    files: Sequence[Path], width: int, *, first: int = 0, order: Sequence[int] | None = None
) -> str:
    paths = ", ".join(quote_literal(str(path)) for path in files)
    inner = ", ".join(f"c{i}" for i in range(width))
    outer = ", ".join(f"c{source} AS c{i}" for i, source in enumerate(order or range(width)))
    return (
        f"SELECT CAST(file_index + {first} AS INTEGER) AS file, CAST(file_row_number + 1 AS BIGINT)"
        f" AS row, {outer} FROM read_parquet([{paths}], hive_partitioning = false) AS t({inner})"
    )


def _read_texts(connection: duckdb.DuckDBPyConnection, located: LocatedSource) -> RawTable:
    """CSV and JSON lines, as texts."""
    loads = [_load(connection, located, i) for i in range(len(located.files))]
    names = [load.names for load in loads]
    _same_columns(located, names)
    columns = tuple(
        RawColumn(name or f"column {i + 1}", f"c{i}", "VARCHAR") for i, name in enumerate(names[0])
    )
    table = quote_identifier(f"csv_{located.name}")
    definition = ", ".join(f"{column.internal} VARCHAR" for column in columns)
    connection.execute(f"CREATE TEMP TABLE {table} (file INTEGER, {definition})")
    connection.execute(
        f"CREATE TEMP TABLE {_malformed(located)} (file INTEGER, row BIGINT, reason VARCHAR, line"
        " VARCHAR)"
    )
    told = list(located.told)
    starts = []
    for load in loads:
        starts.append(_count(connection, table))
        told += _fill(connection, located, table, load, names[0])
    relation = quote_identifier(f"raw_{located.name}")
    start = " ".join(f"WHEN {i} THEN {rows}" for i, rows in enumerate(starts))
    cells = ", ".join(column.internal for column in columns)
    connection.execute(
        f"CREATE TEMP VIEW {relation} AS SELECT file, rowid - CASE file {start} END + 1 AS row,"
        f" {cells} FROM {table}"
    )
    nameless = [column for column, name in zip(columns, names[0], strict=True) if not name]
    empty = {
        c for c in nameless if not _count(connection, f"{table} WHERE {c.internal} IS NOT NULL")
    }
    kept = tuple(c for c in columns if c not in empty)
    return replace(_raw_table(connection, located, kept, relation), dress=tuple(told))


@dataclass(frozen=True)
class _Load:
    """A text file that is to be loaded.

    Attributes:
        position: Among the files of the table.
        names: Names of its columns.
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
            load = _Load(position, list(dialect.names), dialect)
    _once(located.name, label, load.names)
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
        f"INSERT INTO {_malformed(located)} SELECT {load.position}, n, 'malformed line: no JSON"
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
    before = _count(connection, table)
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
        f"SELECT row, line FROM {_malformed(located)} WHERE file = {position} AND reason ="
        " 'malformed line: fewer cells than the header' ORDER BY row DESC LIMIT 12"
    ).fetchall()
    lines = [row for row, line in malformed if below([line.strip(" \r\n\"';,\t|")])]
    if lines:
        listed = ", ".join(map(str, lines))
        connection.execute(
            f"DELETE FROM {_malformed(located)} WHERE file = {position} AND row IN ({listed})"
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
        f"INSERT INTO {_malformed(located)} SELECT {position}, line, min_by(CASE error_type {cases}"
        " ELSE 'malformed line' END, coalesce(column_idx, 0)), any_value(csv_line) FROM (SELECT *,"
        " CAST(error_type AS VARCHAR) AS kind FROM csv_rejects) GROUP BY line"
    )
    _drop_rejects(connection)


def _drop_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DROP TABLE IF EXISTS csv_rejects")
    connection.execute("DROP TABLE IF EXISTS csv_rejects_scan")


def _raw_table(
    connection: duckdb.DuckDBPyConnection,
    located: LocatedSource,
    columns: tuple[RawColumn, ...],
    relation: str,
) -> RawTable:
    malformed = _malformed(located)
    connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {malformed} (file INTEGER, row BIGINT, reason VARCHAR,"
        " line VARCHAR)"
    )
    rows, bad = _count(connection, relation), _count(connection, malformed)
    return RawTable(located.name, relation, relation, columns, located.labels, rows, malformed, bad)


def _malformed(located: LocatedSource) -> str:
    return quote_identifier(f"malformed_{located.name}")


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0


def _once(table: str, label: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            [
                f"{table}: {label} names {', '.join(map(repr, twice))} more than once; rename one"
                " of them"
            ]
        )


def _same_columns(located: LocatedSource, names: Sequence[Sequence[str]]) -> None:
    """Refuse files whose columns differ from the first file's, as a diff."""
    problems = []
    for label, found in zip(located.labels, names, strict=True):
        diff = [f"+ {name!r}" for name in found if name not in names[0]]
        diff += [f"- {name!r}" for name in names[0] if name not in found]
        if diff:
            problems.append(
                f"{located.name}: {label} has other columns than {located.labels[0]}:"
                f" {', '.join(diff)}"
            )
    if problems:
        raise DataError(problems)


def _fetch(name: str, database: str, query: str, target: Path) -> None:
    """Write a query's result to a Parquet file, every value as the text it would have in a CSV."""
    import sqlalchemy  # noqa: PLC0415 — 0.3 s that only databases need

    url = from_environment(database)
    try:
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect().execution_options(stream_results=True) as connection:
                result = connection.execute(sqlalchemy.text(query))
                _write_chunks(
                    target, list(result.keys()), iter(lambda: result.fetchmany(_CHUNK_ROWS), [])
                )
        finally:
            engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        reason = str(error).splitlines()[0]
        for secret in _secrets(url):
            reason = reason.replace(secret, "***")
        raise DataError(
            [f"{name}: the database query failed: {type(error).__name__}: {reason}"]
        ) from None


def _write_chunks(target: Path, names: list[str], chunks: Iterator[Sequence[Any]]) -> None:
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(target, schema) as writer:
        for chunk in chunks:
            cells = [[_as_text(value) for value in column] for column in zip(*chunk, strict=True)]
            writer.write_table(
                pa.Table.from_arrays([pa.array(c, pa.string()) for c in cells], schema=schema)
            )


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _secrets(url: str) -> list[str]:
    """The password in a database URL, as it stands there and as it is meant."""
    match = re.search(r"://[^:/@]*:(.+)@", url)
    return [match.group(1), unquote(match.group(1))] if match else []
