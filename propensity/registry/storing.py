"""How a run becomes a version: its figures and artifacts are stored, then one folder of them is
registered.
"""

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import propensity.registry.client as mlflow_client
from propensity.registry.connection import CHALLENGER, Connection
from propensity.registry.run_details import RunDetails, log_details, log_figures

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

#: What telling a server that a run failed may take: often it failed because the server is gone.
_SECONDS_TO_END = 5


@dataclass(frozen=True)
class VersionNotes:
    """What is written of a run and of the version that comes of it, beside the artifacts.

    Attributes:
        run_name: What people see in MLflow.
        tags: Tags of the version.
        run_tags: Tags of the run.
        params: Parameters of the run.
        metrics: Metrics of the run.
        details: What else people find in MLflow.
    """

    run_name: str
    tags: Mapping[str, str]
    run_tags: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    details: RunDetails = field(default_factory=RunDetails)


def store(connection: Connection, staged: Path, folder: str, noted: VersionNotes) -> int:
    """Store the artifacts of a run, and one folder of them as a new version, the challenger.

    Args:
        connection: Connection to the registry, which is created where there is none.
        staged: Everything the run is to hold.
        folder: The folder in it that is the version.
        noted: Tags, parameters and metrics of the run and the version.

    Returns:
        The new version's number.

    Raises:
        RegistryError: The registry cannot be reached or written; no version was made.
    """
    client = connection.client(create=True)
    with connection.asking("register a version"):
        run = client.create_run(
            experiment(connection, client), run_name=noted.run_name, tags=dict(noted.run_tags)
        )
        with finished(client, run.info.run_id):
            log_figures(client, run.info.run_id, noted.params, noted.metrics)
            client.log_artifacts(run.info.run_id, str(staged))
            log_details(client, run, noted.details)
            return _new_version(connection.model_name, client, run, folder, noted.tags)


def experiment(connection: Connection, client: "MlflowClient") -> str:
    """The experiment of the model, created where there is none.

    In a local registry that was moved, its artifact folder is the old one: it steps aside for one
    in place.
    """
    name, local = connection.model_name, connection.local
    location = local.artifacts_of(name).as_uri() if local else None
    with connection.alone():
        found = client.get_experiment_by_name(name)
        if found and location and _moved(found.artifact_location, location):
            client.rename_experiment(found.experiment_id, f"{name} before {uuid.uuid4().hex[:8]}")
            found = None
        if not found:
            mlflow_client.or_existing(
                lambda: client.create_experiment(name, artifact_location=location)
            )
            found = client.get_experiment_by_name(name)
    return str(found.experiment_id)


def _new_version(
    name: str, client: "MlflowClient", run: "Run", folder: str, tags: Mapping[str, str]
) -> int:
    mlflow_client.or_existing(lambda: client.create_registered_model(name))
    source = f"{run.info.artifact_uri}/{folder}"
    stored = client.create_model_version(name, source, run_id=run.info.run_id, tags=dict(tags))
    client.set_registered_model_alias(name, CHALLENGER, str(stored.version))
    return int(stored.version)


def _moved(stored: str, location: str) -> bool:
    """Whether artifacts would go to another local folder; one that somebody put into a bucket stays
    there.
    """
    return stored.startswith("file:") and stored != location


@contextlib.contextmanager
def finished(client: "MlflowClient", run_id: str) -> Iterator[None]:
    """End the run, as failed where something failed."""
    try:
        yield
    except BaseException:
        with (
            contextlib.suppress(*mlflow_client.foreign_errors()),
            mlflow_client.within(_SECONDS_TO_END, once=True),
        ):
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")
