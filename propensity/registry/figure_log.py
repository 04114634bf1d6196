"""Figures by week in the registry: a run for each look, once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from propensity.config.config import Config
from propensity.registry.connection import Connection
from propensity.registry.entries import key
from propensity.registry.run_details import METRICS_PER_CALL
from propensity.registry.storing import experiment, finished

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Tags of a run: which look it is, and what it holds.
_LOOK, _CONTENT = "propensity.look", "propensity.look_sha256"
_WEEK = 7


@dataclass(frozen=True)
class WeeklyFigure:
    """A figure of a week; an aggregate.

    Attributes:
        name: What was measured.
        week: The first day of the week.
        value: Finite.
    """

    name: str
    week: date
    value: float


def log_look(
    config: Config, *, look: str, tags: dict[str, str], figures: Sequence[WeeklyFigure]
) -> bool:
    """Write the figures of a look as a run of their own; the same look is written once, and one
    with other figures takes the place of the earlier.

    Args:
        config: Names the registry and the model.
        look: What tells the look from others, such as its day and the pair.
        tags: Further tags of the run.
        figures: The figures; a week's number is the step.

    Returns:
        Whether a run was written.

    Raises:
        RegistryError: The registry cannot be reached or written.
    """
    connection = Connection(str(config.registry.uri), config.model_name)
    content = json.dumps([[each.name, str(each.week), each.value] for each in figures])
    digest = hashlib.sha256(content.encode()).hexdigest()
    client = connection.client()
    with connection.asking("write the figures of a look"):
        place = experiment(connection, client)
        earlier = client.search_runs([place], f"tags.`{_LOOK}` = '{look}'")
        if any(run.data.tags.get(_CONTENT) == digest for run in earlier):
            return False
        run = client.create_run(place, run_name=look, tags={**tags, _LOOK: look, _CONTENT: digest})
        with finished(client, run.info.run_id):
            _write(client, run.info.run_id, figures)
        for old in earlier:
            client.delete_run(old.info.run_id)
    return True


def _write(client: "MlflowClient", run: str, figures: Sequence[WeeklyFigure]) -> None:
    from mlflow.entities import Metric  # noqa: PLC0415

    metrics = [
        Metric(key(each.name), each.value, _moment(each.week), each.week.toordinal() // _WEEK)
        for each in figures
    ]
    for start in range(0, len(metrics), METRICS_PER_CALL):
        client.log_batch(run, metrics=metrics[start : start + METRICS_PER_CALL])


def _moment(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)
