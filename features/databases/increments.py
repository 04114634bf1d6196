"""What a database said once is not asked for again: days that are over, in files of their own.

A source with ``incremental: true`` asks for the rows that came to be known from ``:since`` to
before ``:as_of``. Such rows never change, so that the rows of a stretch of days can be kept. A
night asks for the days since the last stretch that is kept; a training, which looks at no one day,
for all that comes after it, and keeps nothing.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.databases.chunks import as_type, common, type_of
from features.databases.moments import QueryMoments
from features.databases.reading import fetch
from features.files.temporary_folder import TemporaryFolder
from features.settings import Source


def fetched(
    name: str, source: Source, folder: Path, moments: QueryMoments, cache: Path | None
) -> tuple[Path, ...]:
    """What a source has in its database, as Parquet files.

    Args:
        name: What the configuration calls the table.
        source: Names the database, and its table or query.
        folder: Folder for temporary files.
        moments: What ``:as_of`` and ``:since`` in the query stand for.
        cache: Folder that keeps what was read; None keeps nothing.

    Raises:
        DataError: The database cannot be read.
        ConfigError: See ``reading.fetch``.
    """
    target = folder / f"{name}.parquet"
    if not source.incremental or cache is None:
        fetch(name, source, target, moments)
        return (target,)
    home = cache / f"{name}-{_key(source, moments)}"
    parts = list(_kept(home, moments))
    start = _days(parts[-1])[1] if parts else moments.since
    if start < moments.as_of:
        rest = replace(moments, since=start)
        if moments.is_open:
            fetch(name, source, target, rest)
            parts.append(target)
        else:
            parts.append(_keep(name, source, home, rest))
    return _alike(parts, folder / name)


def _key(source: Source, moments: QueryMoments) -> str:
    """What tells apart what is kept: another query, database or time zone is another table."""
    said = [source.database, source.query, moments.timezone, moments.since.isoformat()]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _kept(home: Path, moments: QueryMoments) -> Iterator[Path]:
    """Files whose stretches follow each other from ``since`` on, the longest first, up to the
    as-of.
    """
    found = sorted(home.glob("*.parquet")) if home.is_dir() else []
    start = moments.since
    while True:
        here = [path for path in found if _days(path)[0] == start < _days(path)[1] <= moments.as_of]
        if not here:
            return
        longest = max(here, key=_days)
        yield longest
        start = _days(longest)[1]


def _days(path: Path) -> tuple[date, date]:
    """The first day of a stretch, and the day after its last."""
    first, end = path.stem.split("_")
    return date.fromisoformat(first), date.fromisoformat(end)


def _keep(name: str, source: Source, home: Path, moments: QueryMoments) -> Path:
    """Read a stretch into a file that appears when it is whole, to be read by its owner alone."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = home / f"{moments.since}_{moments.as_of}.parquet"
    with TemporaryFolder(home) as folder:
        draft = folder / "part.parquet"
        fetch(name, source, draft, moments)
        draft.chmod(0o600)
        draft.replace(kept)
    return kept


def _alike(parts: list[Path], folder: Path) -> tuple[Path, ...]:
    """The files, with the same types: a column that is empty in one has no type there."""
    schemas = [pq.read_schema(path).remove_metadata() for path in parts]
    if all(schema.names == schemas[0].names for schema in schemas[1:]):
        types = [pa.null()] * len(schemas[0])
        for schema in schemas:
            types = [common(a, type_of(b)) for a, b in zip(types, schema, strict=True)]
        types = [pa.string() if pa.types.is_null(kind) else kind for kind in types]
        together = pa.schema(list(zip(schemas[0].names, types, strict=True)))
        return tuple(
            path if schema == together else _cast(path, together, folder / path.name)
            for path, schema in zip(parts, schemas, strict=True)
        )
    return tuple(parts)


def _cast(path: Path, schema: pa.Schema, target: Path) -> Path:
    target.parent.mkdir(exist_ok=True)
    with pq.ParquetFile(path) as file, pq.ParquetWriter(target, schema) as writer:
        for batch in file.iter_batches():
            pairs = zip(batch.columns, schema.types, strict=True)
            columns = [as_type(column, kind) for column, kind in pairs]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return target
