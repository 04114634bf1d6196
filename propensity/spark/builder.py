"""Spark in the place of this process where a model is trained: leads go out, the features of their
rows come back in the order of the rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import built
from features.build.table import FeatureTable
from features.files.temporary_folder import TemporaryFolder
from features.spec import FeatureSpec
from features.store import Store
from propensity.scoring.scorer import BucketShape
from propensity.spark.built_bucket import STREAMED, BuildTask, Piece, building, piece
from propensity.spark.dealing import LEADS_PER_BUCKET, dealt, refuse_own_code, shared
from propensity.spark.session import session_of_process
from propensity.spark.teams import sees_colleagues, teams_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Numbers that are sent together: 8 MB. Java holds the pieces of a part several times over.
_NUMBERS_PER_PIECE = 2**20


@dataclass(frozen=True)
class _Dealt:
    """Leads that Spark has.

    Attributes:
        leads: (n,) their numbers, ascending.
        together: Whether people of an account are in one bucket.
        buckets: Their canonical tables; kept by the executors once they were asked for.
        folder: What the buckets are read from.
    """

    leads: NDArray[np.int32]
    together: bool
    buckets: "DataFrame"
    folder: TemporaryFolder

    def forget(self) -> None:
        self.buckets.unpersist()
        self.folder.remove()


@dataclass(frozen=True)
class SparkBuilder:
    """Builds the features of rows on Spark; see ``features.build.build.Builder``.

    A training builds several sets of rows of the same leads. So leads that went out are kept until
    others are asked for, or the builder is closed.

    Attributes:
        spark: The session.
        shared_folder: Folder that all machines of the cluster see at this path, for the canonical
            tables; None for the temporary folder, which is enough for one machine.
        memory_limit: Memory limit of DuckDB in each task.
        leads_per_bucket: Leads that a task has, about.
        rows_per_piece: Rows that are sent together, at most; None for as many as 8 MB hold.
    """

    spark: "SparkSession"
    shared_folder: Path | None = None
    memory_limit: str | None = None
    leads_per_bucket: int = LEADS_PER_BUCKET
    rows_per_piece: int | None = None
    _dealt: dict[Path, _Dealt] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(
        self, store: Store, rows: pa.Table, spec: FeatureSpec, *, teaching: bool = False
    ) -> FeatureTable:
        """The table of ``features.build.build.built``, the same to the bit.

        Raises:
            ConfigError: The shared folder cannot be used, or the spec has own features.
        """
        refuse_own_code(spec)
        if not rows.num_rows or not spec.features:
            return built(store, rows, spec, teaching=teaching)
        rows = rows.select(["lead", "episode", "as_of_day"])
        size = self.rows_per_piece or max(1, _NUMBERS_PER_PIECE // len(spec.features))
        task = BuildTask(
            spec,
            teaching,
            rows.combine_chunks(),
            BucketShape.of(store),
            self.memory_limit,
            rows_per_piece=size,
            parts=-(-rows.num_rows // size),
        )
        found = self._pieces(self._with_leads(store, rows, spec), task)
        return _together(found, rows, spec)

    def close(self) -> None:
        """Let Spark forget all leads, and empty the shared folder."""
        while self._dealt:
            self._dealt.popitem()[1].forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _with_leads(self, store: Store, rows: pa.Table, spec: FeatureSpec) -> _Dealt:
        """The leads of rows, and those that went out before."""
        from pyspark import StorageLevel  # noqa: PLC0415 — only where Spark is asked for

        known = self._dealt.get(store.folder)
        wanted, together = np.unique(rows["lead"].to_numpy()), sees_colleagues(spec)
        if known is not None:
            if known.together >= together and np.isin(wanted, known.leads).all():
                return known
            wanted, together = np.union1d(wanted, known.leads), known.together or together
        teams = teams_of(store, pa.table({"lead": wanted}), together=together)
        folder = shared(self.shared_folder)
        buckets = dealt(
            self.spark, store, teams, folder.path, leads_per_bucket=self.leads_per_bucket
        ).persist(StorageLevel.DISK_ONLY)
        if known is not None:
            known.forget()
        found = _Dealt(teams["lead"].to_numpy(), together, buckets, folder)
        self._dealt[store.folder] = found
        return found

    def _pieces(self, known: _Dealt, task: BuildTask) -> Iterator[Piece]:
        """The rows, those of a part at a time."""
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

        sent = self.spark.sparkContext.broadcast(task)
        try:
            found = known.buckets.mapInArrow(building(sent), from_arrow_schema(STREAMED))
            # dealt out once more, or the driver would wait for one bucket after another
            ready = found.repartitionById(task.parts, "part").select("rows")
            for row in ready.toLocalIterator(prefetchPartitions=True):
                yield piece(row["rows"])
        finally:
            sent.destroy()


@contextmanager
def builder_of_process(
    shared_folder: Path | None, memory_limit: str | None
) -> Iterator[SparkBuilder]:
    """The builder of a command.

    Raises:
        ConfigError: PySpark or Java is absent.
    """
    with (
        session_of_process() as spark,
        SparkBuilder(spark, shared_folder, memory_limit) as builder,
    ):
        yield builder


def _together(pieces: Iterator[Piece], rows: pa.Table, spec: FeatureSpec) -> FeatureTable:
    """The rows of all pieces in the order of ``rows``."""
    n = rows.num_rows
    matrix = np.empty((n, len(spec.features)), order="F")
    drawn: dict[int, NDArray[np.bool_]] = {}
    at, lead_id = [], []
    for some in pieces:
        at.append(some.at)
        lead_id += some.lead_id.chunks
        for i, column in enumerate(some.columns):
            matrix[some.at, i] = column
        for i, mask in some.drawn.items():
            drawn.setdefault(i, np.zeros(n, dtype=np.bool_))[some.at] = mask
    order = np.argsort(np.concatenate(at))
    if len(order) != n:
        raise RuntimeError(f"expected {n:,} rows from Spark, got {len(order):,}")
    ids = pa.chunked_array(lead_id, pa.string()).combine_chunks().take(pa.array(order))
    return FeatureTable(spec, rows.append_column("lead_id", ids), matrix, drawn)
