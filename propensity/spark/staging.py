"""Tables on their way to Spark and back: Parquet in a folder that the whole cluster sees."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from features.sql import quote_identifier
from features.store import Store

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ROWS = 1_000_000
_TIMES_AS = "spark.sql.parquet.outputTimestampType"


def stage(store: Store, teams: pa.Table, folder: Path) -> dict[str, Path]:
    """Write the canonical tables of some leads, each row with its ``team``.

    Args:
        store: The canonical tables.
        teams: Which leads; see ``teams_of``.
        folder: Where.

    Returns:
        Table to its file; without those that have no row.
    """
    store.connection.register("team_rows", teams)
    store.connection.execute("CREATE OR REPLACE TEMP TABLE teams AS FROM team_rows")
    store.connection.unregister("team_rows")
    found = {}
    for name, columns in store.schema().items():
        cells = ", ".join(f"t.{quote_identifier(column)}" for column in columns)
        sql = f"SELECT g.team, {cells} FROM {name} AS t JOIN teams AS g ON g.lead = t.lead"
        batches = store.batches(sql, rows=_ROWS)
        first = next(batches, None)
        if first is None or not first.num_rows:
            continue
        found[name] = folder / f"{name}.parquet"
        with pq.ParquetWriter(found[name], first.schema, compression="zstd") as writer:
            writer.write_batch(first)
            for batch in batches:
                writer.write_batch(batch)
    return found


def url(path: Path) -> str:
    """A path of this machine for Spark, which reads it as it stands: a space is no ``%20``."""
    return f"file://{path}"


def write_frames(
    spark: "SparkSession", frames: Mapping[str, "DataFrame"], folder: Path
) -> dict[str, str]:
    """Write tables of Spark as Parquet; returns table to the pattern of its files.

    Moments are written as such: of Spark's default, an older kind, nobody knows whether it is local
    time.
    """
    before = spark.conf.get(_TIMES_AS)
    spark.conf.set(_TIMES_AS, "TIMESTAMP_MICROS")
    try:
        for name, frame in frames.items():
            frame.write.parquet(url(folder / name))
    finally:
        spark.conf.set(_TIMES_AS, before or "INT96")
    return {name: str(folder / name / "*.parquet") for name in frames}
