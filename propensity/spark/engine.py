"""Spark in the place of this process: buckets of leads go out, scored rows come back in order."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from features.store import Store
from propensity.model.model import PropensityModel
from propensity.scoring.scorer import BucketShape, Progress, Telling, score
from propensity.scoring.tonight import Tonight, population
from propensity.spark.bucket import (
    PACKED,
    BucketTask,
    packing,
    unpacked,
)
from propensity.spark.dealing import LEADS_PER_BUCKET, dealt, refuse_own_code, shared
from propensity.spark.teams import sees_colleagues, teams_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Numbers of leads that one part of the result spans. Its rows come to the driver together, some
#: 5 MB that Java holds several times over.
LEADS_PER_PART = 8_192


@dataclass(frozen=True)
class SparkEngine:
    """Scores the rows of a store on Spark; see ``propensity.scoring.job.Engine``.

    Attributes:
        spark: The session.
        shared_folder: Folder that all machines of the cluster see at this path, for the canonical
            tables; None for the temporary folder, which is enough for one machine.
        memory_limit: Memory limit of DuckDB in each task.
        on_progress: Told how many rows are here, and how many there are.
        leads_per_bucket: Leads that a task scores, about.
        leads_per_part: Leads whose rows come to the driver together, at most.
    """

    spark: "SparkSession"
    shared_folder: Path | None = None
    memory_limit: str | None = None
    on_progress: Progress | None = None
    leads_per_bucket: int = LEADS_PER_BUCKET
    leads_per_part: int = LEADS_PER_PART

    def __call__(
        self,
        model: PropensityModel,
        store: Store,
        as_of_day: int,
        telling: Telling,
        tonight: Tonight | None = None,
    ) -> Iterator[pa.Table]:
        """The rows of ``score``, in the same order.

        Raises:
            ConfigError: The shared folder cannot be used, or the model has own features.
        """
        refuse_own_code(model.spec)
        rows = population(model, store, as_of_day) if tonight is None else tonight.rows
        report = self.on_progress or (lambda *_: None)
        report(0, rows.num_rows)
        if not rows.num_rows:
            yield from score(model, store, as_of_day, telling=telling, tonight=tonight)
            return
        done = 0
        with shared(self.shared_folder) as folder:
            for table in in_order(self.packed(model, store, as_of_day, telling, rows, folder)):
                yield table
                done += table.num_rows
                report(done, rows.num_rows)

    def packed(
        self,
        model: PropensityModel,
        store: Store,
        as_of_day: int,
        telling: Telling,
        rows: pa.Table,
        folder: Path,
    ) -> "DataFrame":
        """The scored rows as ``PACKED``, a Spark partition for each part; not computed yet.

        Args:
            model: Model in use.
            store: The canonical tables of the whole input.
            as_of_day: Number of the day at whose start leads are looked at.
            telling: How rows are told, with what is known of the whole input.
            rows: The population; not empty.
            folder: For the canonical tables; needed until the rows are computed.
        """
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 — only where Spark is asked for

        teams = teams_of(store, rows, together=sees_colleagues(model.spec))
        task = BucketTask(
            bundle_of(model, folder / "bundle"),
            as_of_day,
            BucketShape.of(store),
            telling,
            self.memory_limit,
            self.leads_per_part,
        )
        buckets = dealt(self.spark, store, teams, folder, leads_per_bucket=self.leads_per_bucket)
        scored = buckets.mapInArrow(
            packing(self.spark.sparkContext.broadcast(task)), from_arrow_schema(PACKED)
        )
        parts = int(rows["lead"].to_numpy().max()) // self.leads_per_part + 1
        return scored.repartitionById(parts, "part")


def bundle_of(model: PropensityModel, folder: Path) -> dict[str, bytes]:
    """The files of a model as it is stored."""
    model.save(folder)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    shutil.rmtree(folder)
    return found


def in_order(packed: "DataFrame") -> Iterator[pa.Table]:
    """Packed rows as tables in the order of their leads, a part at a time."""
    rows: Iterator[Any] = packed.toLocalIterator(prefetchPartitions=True)
    for _, part in itertools.groupby(rows, key=lambda row: row["part"]):
        found = [unpacked(row["leads"], row["log_odds"], row["rows"]) for row in part]
        order = np.argsort(np.concatenate([leads for leads, _, _ in found]), kind="stable")
        yield pa.concat_tables([table for _, _, table in found]).take(pa.array(order))
