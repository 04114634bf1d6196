"""Score on Spark: the door for programs that have a session, and the engine of the command."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.files.temporary_folder import TemporaryFolder
from propensity import api
from propensity.config.config import Config
from propensity.config.given_tables import config_of
from propensity.config.other_files import reading
from propensity.input_check.accepted_input import accepted_input
from propensity.registry import CHAMPION
from propensity.registry.champion import load_champion
from propensity.scoring.job import (
    ScoringResources,
    Summary,
    begun,
    counted,
    order_of_ties,
    ranked_schema,
    with_ranks,
)
from propensity.scoring.scorer import Progress, ranks
from propensity.scoring.scorer import score as score_here
from propensity.spark.bucket import RankedLeads, unpacked, unpacking
from propensity.spark.dealing import shared
from propensity.spark.engine import SparkEngine, in_order
from propensity.spark.session import session_of_process
from propensity.spark.staging import write_frames

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from features.store import Store

#: Folders of results that nobody may have read yet; they go with the process.
_KEPT: list[TemporaryFolder] = []


@dataclass(frozen=True)
class SparkScores:
    """The result of ``scored``.

    Attributes:
        frame: The scored rows, in no order; the columns of the scored file.
        rank: (n,) the rank of each lead, in the order of the leads.
    """

    frame: "DataFrame"
    rank: NDArray[np.int64]
    _packed: "DataFrame | None"
    _summary: Summary
    _language: str

    def summary(self) -> Summary:
        """The job in figures, as the command tells it; every row passes by this process."""
        rows = iter(()) if self._packed is None else in_order(self._packed)
        for _ in counted(
            with_ranks(rows, self.rank, self._language), self._summary, remembers=False
        ):
            pass
        return self._summary


def score(
    spark: "SparkSession",
    tables: "Mapping[str, DataFrame | Path | str]",
    config: Config | Path | str,
    as_of: date | str | None = None,
    *,
    version: str | int = CHAMPION,
    definition: Path | str | None = None,
    decided: bool = False,
    accept_input: str | None = None,
    shared_folder: Path | str | None = None,
    resources: ScoringResources | None = None,
) -> "DataFrame":
    """Score leads on Spark: the rows of ``propensity.score``, the same to the bit.

    Args:
        spark: The session.
        tables: GivenTables in the place of the configuration's sources (``leads``, ``events``,
            ``outcomes``, ``attribute_changes`` …, or ``flat``): tables of Spark, or paths.
        config: A configuration, or the path of its file.
        as_of: The day at whose start the leads are looked at; default today, in the model's time
            zone.
        version: Number or alias of the model.
        definition: A definition file to try instead of the registered one.
        decided: Whether rows of a flat table whose outcome says won or lost are scored too.
        accept_input: Why leads are scored although the input differs from training's.
        shared_folder: Folder that all machines of the cluster see at this path; None for the
            temporary folder, which is enough for one machine.
        resources: Memory limit of DuckDB, in this process and in each task; threads of this
            process.

    Returns:
        The columns of the scored file, in no order. The rows are computed when the function
        returns.

    Raises:
        PropensityError: See ``propensity.score``.
        ConfigError: The shared folder cannot be used.
    """
    return scored(
        spark,
        tables,
        config,
        as_of,
        version=version,
        definition=definition,
        decided=decided,
        accept_input=accept_input,
        shared_folder=shared_folder,
        resources=resources,
    ).frame


def scored(
    spark: "SparkSession",
    tables: "Mapping[str, DataFrame | Path | str]",
    config: Config | Path | str,
    as_of: date | str | None = None,
    *,
    version: str | int = CHAMPION,
    definition: Path | str | None = None,
    decided: bool = False,
    accept_input: str | None = None,
    shared_folder: Path | str | None = None,
    resources: ScoringResources | None = None,
) -> SparkScores:
    """The same as ``score``, with the summary of the job."""
    use = resources or ScoringResources()
    engine = SparkEngine(spark, Path(shared_folder) if shared_folder else None, use.memory_limit)
    folder = shared(engine.shared_folder)
    _KEPT.append(folder)
    frames = {n: t for n, t in tables.items() if not isinstance(t, str | Path)}
    paths = {n: t for n, t in tables.items() if isinstance(t, str | Path)}
    files = {**paths, **write_frames(spark, frames, folder.path / "given")}
    settings = reading(config_of(config), files or None)
    champion = load_champion(settings, version, definition=definition)
    day = api.day_of(as_of, champion.model)
    with accepted_input(
        champion, settings, day, use, only_open=not decided, accept_input=accept_input
    ) as found:
        summary, told = begun(
            champion,
            found.store,
            day,
            config=settings,
            tonight=found.tonight,
            accepted=accept_input,
        )
        summary.differences, summary.doubts = found.differences, found.doubts
        rows = found.tonight.rows
        if not rows.num_rows:
            (empty,) = score_here(
                champion.model, found.store, day, telling=told, tonight=found.tonight
            )
            frame = spark.createDataFrame([], _spark_schema(empty.schema))
            return SparkScores(frame, np.empty(0, np.int64), None, summary, settings.language)
        packed = engine.packed(champion.model, found.store, day, told, rows, folder.path)
        return _ranked(packed, found.store, summary, settings.language)


def _ranked(packed: "DataFrame", store: "Store", summary: Summary, language: str) -> SparkScores:
    """Compute the packed rows, and rank them among all."""
    from pyspark import StorageLevel  # noqa: PLC0415 — only where Spark is asked for

    packed.persist(StorageLevel.DISK_ONLY)
    found = [
        (np.frombuffer(row["leads"], np.int32), np.frombuffer(row["log_odds"], np.float64))
        for row in packed.select("leads", "log_odds").toLocalIterator(prefetchPartitions=True)
    ]
    leads = np.concatenate([numbers for numbers, _ in found])
    order = np.argsort(leads, kind="stable")
    log_odds = np.concatenate([values for _, values in found])[order]
    rank = ranks(log_odds, order_of_ties(store, len(log_odds)))
    first = packed.first()
    if first is None:
        raise RuntimeError("expected scored rows from Spark, got none")
    _, _, rows = unpacked(first["leads"], first["log_odds"], first["rows"])
    sent = packed.sparkSession.sparkContext.broadcast(RankedLeads(leads[order], rank, language))
    frame = packed.mapInArrow(unpacking(sent), _spark_schema(rows.schema))
    return SparkScores(frame, rank, packed, summary, language)


def _spark_schema(schema: pa.Schema) -> "StructType":
    """The schema of ranked rows, for Spark."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    return from_arrow_schema(ranked_schema(schema))


@contextmanager
def engine_of_process(
    shared_folder: Path | None, memory_limit: str | None, on_progress: Progress | None
) -> Iterator[SparkEngine]:
    """The engine of a command.

    Raises:
        ConfigError: PySpark or Java is absent.
    """
    with session_of_process() as spark:
        yield SparkEngine(spark, shared_folder, memory_limit, on_progress)
