"""What an executor runs: a bucket of whole leads, from Arrow to Arrow.

Executors import this module and what it needs: no registry, no training code and nothing of Spark.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.files.temporary_folder import TemporaryFolder
from propensity.model.model import PropensityModel
from propensity.scoring.job import with_ranks
from propensity.scoring.scorer import BucketShape, Telling, scored_bucket

#: The canonical tables that a scoring reads; a flat input has the first alone.
TABLES = ("leads", "events", "episodes", "changes")
#: Scored rows on their way: which part, the leads' numbers (int32) and log-odds (double) as bytes,
#: and the rows as an Arrow stream, which Spark passes on without looking into it.
PACKED = pa.schema(
    [
        pa.field("part", pa.int32()),
        pa.field("leads", pa.binary()),
        pa.field("log_odds", pa.binary()),
        pa.field("rows", pa.binary()),
    ]
)
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")

Batches = Iterable[pa.RecordBatch]


@dataclass(frozen=True)
class BucketTask:
    """What every bucket needs, broadcast once.

    Attributes:
        bundle: Files of the stored model, by name.
        as_of_day: Number of the day at whose start leads are looked at.
        shape: What the canonical tables mean.
        telling: How rows are told.
        memory_limit: Memory limit of DuckDB in a task.
        leads_per_part: Numbers of leads that one part of the result spans.
    """

    bundle: Mapping[str, bytes]
    as_of_day: int
    shape: BucketShape
    telling: Telling
    memory_limit: str | None
    leads_per_part: int


@dataclass(frozen=True)
class RankedLeads:
    """The place of every scored lead among all.

    Attributes:
        leads: (n,) numbers of the leads, ascending.
        rank: (n,) their ranks.
        language: Language of the percentiles.
    """

    leads: NDArray[np.int32]
    rank: NDArray[np.int64]
    language: str


class Broadcast(Protocol):
    """What Spark sent to every executor."""

    @property
    def value(self) -> object:
        """What was sent."""


def packing(task: Broadcast) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """For ``mapInArrow``: scores the canonical tables of a partition, which is a bucket of whole
    leads; see ``PACKED``.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        sent = task.value
        if not isinstance(sent, BucketTask):
            raise TypeError(f"expected a BucketTask, got {type(sent).__name__}")
        return packed(batches, sent)

    return run


def unpacking(ranked: Broadcast) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """For ``mapInArrow``: packed rows as they are told, with rank and percentile."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        sent = ranked.value
        if not isinstance(sent, RankedLeads):
            raise TypeError(f"expected RankedLeads, got {type(sent).__name__}")
        for leads, _, rows in pieces(batches):
            rank = sent.rank[np.searchsorted(sent.leads, leads)]
            (table,) = with_ranks(iter([rows]), rank, sent.language, among=len(sent.leads))
            yield from table.combine_chunks().to_batches()

    return run


def packed(batches: Batches, task: BucketTask) -> Iterator[pa.RecordBatch]:
    """Score a bucket, given as ``tables_of`` reads it: its rows by part, in the order of their
    leads.
    """
    tables = tables_of(batches)
    if "leads" not in tables:
        return
    scored = scored_bucket(
        _model(tuple(task.bundle.items())),
        tables,
        task.as_of_day,
        shape=task.shape,
        telling=task.telling,
        memory_limit=task.memory_limit,
    )
    leads = _numbers(scored, tables["leads"], is_flat=task.shape.is_flat)
    part = leads // task.leads_per_part
    for number in np.unique(part):
        low, high = np.searchsorted(part, [number, number + 1])
        yield _piece(int(number), leads[low:high], scored.slice(low, high - low))


def pieces(
    batches: Batches,
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float64], pa.Table]]:
    """Packed rows as leads, log-odds and tables."""
    for batch in batches:
        for row in batch.to_pylist():
            yield unpacked(row["leads"], row["log_odds"], row["rows"])


def unpacked(
    leads: bytes, log_odds: bytes, rows: bytes
) -> tuple[NDArray[np.int32], NDArray[np.float64], pa.Table]:
    """A piece of the result."""
    return np.frombuffer(leads, np.int32), np.frombuffer(log_odds, np.float64), unstreamed(rows)


def streamed(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue().to_pybytes())


def unstreamed(stream: bytes) -> pa.Table:
    """The table of an Arrow stream."""
    with pa.ipc.open_stream(pa.py_buffer(bytes(stream))) as reader:
        return reader.read_all()


def _piece(part: int, leads: NDArray[np.int32], rows: pa.Table) -> pa.RecordBatch:
    log_odds = rows["log_odds"].to_numpy()
    cells = (part, leads.tobytes(), log_odds.tobytes(), streamed(rows))
    arrays = [pa.array([cell], kind) for cell, kind in zip(cells, PACKED.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=PACKED)


def tables_of(batches: Batches) -> dict[str, pa.Table]:
    """The tables of a bucket, without those of which it has no row; see
    ``propensity.spark.dealing.dealt``.
    """
    found: dict[str, list[pa.Table]] = {}
    for batch in batches:
        for name in batch.schema.names:
            rows = batch.column(name).drop_null()
            if len(rows):
                found.setdefault(name, []).append(pa.Table.from_struct_array(rows))
    return {name: pa.concat_tables(parts) for name, parts in found.items()}


def _numbers(scored: pa.Table, leads: pa.Table, *, is_flat: bool) -> NDArray[np.int32]:
    """(n,) the number of each scored row's lead: of a flat table all of them, in order."""
    numbers = leads["lead"].combine_chunks()
    if is_flat:
        return np.sort(numbers.to_numpy()).astype(np.int32)
    place = pc.index_in(scored["lead_id"], leads["lead_id"].combine_chunks()).combine_chunks()
    found: NDArray[np.int32] = numbers.take(place).to_numpy().astype(np.int32)
    return found


@lru_cache(maxsize=1)
def _model(files: tuple[tuple[str, bytes], ...]) -> PropensityModel:
    """The model of a bundle, read and checked once in a process."""
    with TemporaryFolder() as folder:
        place = folder / "bundle"
        for name, content in files:
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return PropensityModel.load(place)
