"""What an executor runs when a model is trained: the features of rows of a bucket of whole leads,
from Arrow to Arrow.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.build.table import FeatureTable
from features.resources import Resources
from features.spec import FeatureSpec
from features.store import Store
from propensity.scoring.scorer import BucketShape
from propensity.spark.bucket import Batches, Broadcast, streamed, tables_of, unstreamed

#: Built rows on their way: in which part of the result they come, and an Arrow stream; see
#: ``pieces_built``.
STREAMED = pa.schema([pa.field("part", pa.int32()), pa.field("rows", pa.binary())])
#: Rows that are built together, at most.
_ROWS_AT_A_TIME = 16_384
#: Spreads neighbouring numbers over all (Knuth, The Art of Computer Programming, 6.4).
_SPREAD = 2_654_435_761


@dataclass(frozen=True)
class BuildTask:
    """What every bucket needs, broadcast once.

    Attributes:
        spec: What to build.
        teaching: Whether a model learns from the rows.
        rows: ``lead``, ``episode``, ``as_of_day`` of all rows, those of other buckets too.
        shape: What the canonical tables mean.
        memory_limit: Memory limit of DuckDB in a task.
        rows_per_piece: Rows that are sent together, at most.
        parts: Number of parts of the result; pieces are spread over them evenly.
    """

    spec: FeatureSpec
    teaching: bool
    rows: pa.Table
    shape: BucketShape
    memory_limit: str | None
    rows_per_piece: int
    parts: int


@dataclass(frozen=True)
class Piece:
    """Some of the rows.

    Attributes:
        at: (n,) their positions among all rows.
        lead_id: (n,) texts.
        columns: (features,) arrays of (n,).
        drawn: See ``features.build.table.FeatureTable``.
    """

    at: NDArray[np.int32]
    lead_id: pa.ChunkedArray
    columns: list[NDArray[np.float64]]
    drawn: Mapping[int, NDArray[np.bool_]]


def building(task: Broadcast) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """For ``mapInArrow``: builds the rows of a partition, which is a bucket of whole leads."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        sent = task.value
        if not isinstance(sent, BuildTask):
            raise TypeError(f"expected a BuildTask, got {type(sent).__name__}")
        return pieces_built(batches, sent)

    return run


def pieces_built(batches: Batches, task: BuildTask) -> Iterator[pa.RecordBatch]:
    """Build the rows of a bucket, given as ``tables_of`` reads it; see ``STREAMED``."""
    tables = tables_of(batches)
    if "leads" not in tables:
        return
    here = np.isin(task.rows["lead"].to_numpy(), tables["leads"]["lead"].to_numpy())
    at = np.flatnonzero(here).astype(np.int32)
    if not len(at):
        return
    with Store.from_arrow(
        tables,
        attributes=task.shape.attributes,
        stages=task.shape.stages,
        timezone=task.shape.timezone,
        is_flat=task.shape.is_flat,
        resources=Resources(task.memory_limit, threads=1),
    ) as store:
        rows = task.rows.take(pa.array(at)).combine_chunks()
        prepare(store, task.spec, rows)
        for start in range(0, len(at), _ROWS_AT_A_TIME):
            some = rows.slice(start, _ROWS_AT_A_TIME)
            table = build(store, some, task.spec, teaching=task.teaching)
            yield from _pieces(at[start : start + _ROWS_AT_A_TIME], table, task)


def piece(stream: bytes) -> Piece:
    """Rows as they came."""
    table = unstreamed(stream)
    names = table.column_names
    features = [name for name in names if name.startswith("feature ")]
    drawn = {name: int(name.removeprefix("drawn ")) for name in names if name.startswith("drawn ")}
    return Piece(
        table["at"].to_numpy(),
        table["lead_id"],
        [table[name].to_numpy() for name in features],
        {i: table[name].to_numpy(zero_copy_only=False) for name, i in drawn.items()},
    )


def _pieces(
    at: NDArray[np.int32], table: FeatureTable, task: BuildTask
) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(at), task.rows_per_piece):
        here = at[start : start + task.rows_per_piece]
        part = int(here[0]) * _SPREAD % 2**32 * task.parts >> 32
        stream = streamed(_as_arrow(here, table.slice(start, task.rows_per_piece)))
        yield pa.RecordBatch.from_pylist([{"part": part, "rows": stream}], schema=STREAMED)


def _as_arrow(at: NDArray[np.int32], table: FeatureTable) -> pa.Table:
    features = {f"feature {i}": table.matrix[:, i] for i in range(table.matrix.shape[1])}
    drawn = {f"drawn {i}": mask for i, mask in table.drawn.items()}
    keys = {"at": at, "lead_id": table.keys["lead_id"]}
    return pa.table({**keys, **features, **drawn})
