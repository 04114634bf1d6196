"""Canonical tables dealt out: a partition of Spark is a bucket of whole teams."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.errors import ConfigError
from features.files.temporary_folder import TemporaryFolder
from features.spec import FeatureSpec
from features.store import Store
from propensity.spark.bucket import TABLES
from propensity.spark.staging import stage, url

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Leads of a bucket, about: some hundred megabytes of events.
LEADS_PER_BUCKET = 25_000
#: Fewer leads than this are not worth another task.
_FEWEST = 1_000


def refuse_own_code(spec: FeatureSpec) -> None:
    """Own code is not sent to a cluster.

    Raises:
        ConfigError: The spec has own features.
    """
    if spec.own_codes:
        raise ConfigError(
            f"--engine spark: expected no features.own, got {', '.join(spec.own_codes)}: own code"
            " runs in this process alone. Leave --engine out."
        )


def shared(place: Path | None) -> TemporaryFolder:
    """A new folder for tables on their way.

    Args:
        place: Folder that all machines of the cluster see at this path; None for the temporary
            folder, which is enough for one machine.

    Raises:
        ConfigError: There is none, or nothing can be written there.
    """
    try:
        return TemporaryFolder(place)
    except OSError as error:
        raise ConfigError(
            f"--shared-folder: expected a folder that can be written to, got {place}:"
            f" {error.strerror}."
        ) from None


def dealt(
    spark: "SparkSession",
    store: Store,
    teams: pa.Table,
    folder: Path,
    *,
    leads_per_bucket: int = LEADS_PER_BUCKET,
) -> "DataFrame":
    """The canonical tables of some leads, a Spark partition for each bucket.

    Args:
        spark: The session.
        store: The canonical tables.
        teams: Which leads, and who stays together; see ``teams_of``.
        folder: For the tables; needed until the rows are computed.
        leads_per_bucket: Leads of a bucket, about.

    Returns:
        A column for each table that has a row: structs of its columns, null in the rows of the
        other tables; see ``propensity.spark.bucket.tables_of``.
    """
    from pyspark.sql import functions as sql  # noqa: PLC0415 — only where Spark is asked for

    files = stage(store, teams, folder)
    names = [name for name in TABLES if name in files]
    whole, *others = (_table(spark, name, files[name]) for name in names)
    for other in others:
        whole = whole.unionByName(other, allowMissingColumns=True)
    n = _buckets(spark, teams.num_rows, leads_per_bucket)
    bucket = sql.pmod(sql.xxhash64("team"), sql.lit(n)).cast("int")
    return whole.repartitionById(n, bucket).select(*names)


def _table(spark: "SparkSession", name: str, file: Path) -> "DataFrame":
    from pyspark.sql import functions as sql  # noqa: PLC0415

    found = spark.read.parquet(url(file))
    cells = [sql.col(f"`{column}`") for column in found.columns if column != "team"]
    return found.select("team", sql.struct(*cells).alias(name))


def _buckets(spark: "SparkSession", leads: int, per_bucket: int) -> int:
    """Number of buckets: as many as cores, where leads are not too few; more where they are
    many.
    """
    cores: int = spark.sparkContext.defaultParallelism
    return max(-(-leads // per_bucket), min(cores, -(-leads // _FEWEST)))
