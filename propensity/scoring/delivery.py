"""The way of a night's scores into the database of a configuration, where there is one."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from features.days import date_of
from propensity.config.config import Config
from propensity.progress import OnStep
from propensity.registry.champion import Champion

if TYPE_CHECKING:
    from propensity.config.sections import DatabaseOutput
    from propensity.scores_database.deliver import Delivered


class Delivery:
    """Takes rows to the database.

    Attributes:
        done: What the database took; None before.
    """

    def __init__(
        self, settings: "DatabaseOutput", model: str, as_of: date | None, on_step: OnStep
    ) -> None:
        self.settings, self.model, self.as_of, self.on_step = settings, model, as_of, on_step
        self.done: Delivered | None = None

    def __call__(self, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
        """Put rows into the table, in one transaction.

        Raises:
            ScoresDatabaseError: The database did not take them.
        """
        from propensity.scores_database.deliver import deliver  # noqa: PLC0415 — 0.3 s of SQLAlchemy

        self.on_step("writing the scores to the database", 0.0)
        self.done = deliver(self.settings, self.model, self.as_of, schema, tables)

    def from_file(self, path: Path) -> None:
        """Put the rows of a scored Parquet file into the table; see ``__call__``."""
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            self(schema, (pa.Table.from_batches([each]) for each in file.iter_batches()))


def delivery_of(
    config: Config, champion: Champion, as_of_day: int, on_step: OnStep
) -> Delivery | None:
    """What takes the scores of a night to the database; None where the configuration names none."""
    settings = config.output.database
    if settings is None:
        return None
    as_of = None if config.input.is_flat else date_of(as_of_day)
    return Delivery(settings, champion.name, as_of, on_step)


def delivery_told(delivered: "Delivered | None") -> str | None:
    """What a database took, as a sentence; None where there is none."""
    if delivered is None:
        return None
    again = f", {delivered.replaced:,} of before replaced" if delivered.replaced else ""
    old = f", {delivered.deleted:,} of older nights deleted" if delivered.deleted else ""
    return f"Wrote {delivered.rows:,} rows to {delivered.place}{again}{old}"
