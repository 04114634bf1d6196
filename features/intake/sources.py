"""From a configured source to raw rows in DuckDB: files and SQL databases, as they are, with
nothing lost.
"""

import difflib
import glob
import os
import re
import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import duckdb

from features.databases.moments import QueryMoments
from features.errors import DataError
from features.intake.formats.containers import content_of, content_within, gunzipped, unzipped
from features.intake.formats.encodings import (
    encoding_of,
    encoding_problem,
    starts_as_utf8,
    utf8_copy,
)
from features.intake.formats.spreadsheet import sheet_as_csv
from features.intake.parquet_files import read_parquet
from features.intake.raw_table import LocatedSource, RawTable
from features.intake.text_files import read_texts
from features.intake.values import Reader
from features.settings import Source
from features.sql import quote_identifier

_GLOB = re.compile(r"[*?\[\]]")
_PARQUET = (".parquet", ".pq")


def locate(
    name: str,
    source: Source,
    folder: Path,
    moments: QueryMoments | None = None,
    *,
    cache: Path | None = None,
) -> LocatedSource:
    """Find a source's files and make them readable for DuckDB, with temporary copies in ``folder``
    where needed. A query may ask for ``moments``; ``cache`` keeps what is read once.

    Copies are made of Excel sheets (as CSV), of text files that are not UTF-8, of what is inside a
    zip, of query results (as Parquet), and links of files whose names DuckDB would take for
    patterns.

    Raises:
        DataError: No such file, bytes that are not of the encoding, or the query fails.
        ConfigError: The database URL names an environment variable that is not set.
    """
    if source.database is not None:
        from features.databases.increments import fetched  # noqa: PLC0415 — 0.3 s that only databases need

        files = fetched(name, source, folder, moments or QueryMoments(), cache)
        return LocatedSource(name, source, files, (source.table or "query",) * len(files), folder)
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
            return read_parquet(connection, located)
        return read_texts(connection, located)
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
    if os.path.lexists(path):
        what = "a pipe or a device" if Path(path).exists() else "a link to nothing"
        raise DataError([f"{name}: {path} is {what}; expected a file"])
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
