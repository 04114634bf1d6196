"""What a version holds, fetched: from beside a local registry where it lies there, else through
MLflow.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from features.errors import ArtifactError
from features.files.temporary_folder import TemporaryFolder
from propensity.model.model import PropensityModel
from propensity.registry.artifact import MANIFEST_HASH, manifest_hash
from propensity.registry.connection import Connection
from propensity.registry.local import StoredVersion, stored_version


@contextlib.contextmanager
def fetched(
    connection: Connection, version: str | int, folder: str, *, resolve: Callable[[str | int], int]
) -> Iterator[tuple[Path, Mapping[str, str], int]]:
    """A folder of a version's artifacts, for as long as it is read; with the version's tags and its
    number.

    Args:
        connection: Connection to the model.
        version: Number or alias.
        folder: Folder of the run's artifacts.
        resolve: The number of a version, given as a number or an alias.

    Raises:
        RegistryError: No such version, or the registry cannot be reached.
    """
    here = _here(connection, version, folder)
    if here:
        stored, found = here
        yield found, stored.tags, stored.number
        return
    number = resolve(version)
    client = connection.client()
    with TemporaryFolder() as temporary:
        with connection.asking(f"fetch version {number}"):
            held = client.get_model_version(connection.model_name, str(number))
            found = _beside(connection, held.run_id, folder) or Path(
                client.download_artifacts(held.run_id, folder, str(temporary))
            )
        yield found, held.tags, number


def asked_for(version_or_alias: str | int) -> str:
    """A version as it was asked for, without the @ of an alias."""
    return str(version_or_alias).removeprefix("@")


def _here(
    connection: Connection, version: str | int, folder: str
) -> tuple[StoredVersion, Path] | None:
    """A version and its folder, where both lie in a local registry as Propensity leaves them."""
    if not connection.local or not connection.local.file.exists():
        return None
    stored = stored_version(connection.local.file, connection.model_name, asked_for(version))
    found = _beside(connection, stored.run_id, folder) if stored else None
    return (stored, found) if stored and found else None


def _beside(connection: Connection, run_id: str, folder: str) -> Path | None:
    """A folder of artifacts beside the SQLite file, if it is there.

    MLflow stores absolute paths; this place is still right after both were moved together.
    """
    if not connection.local:
        return None
    found = connection.local.artifacts_of(connection.model_name) / run_id / "artifacts" / folder
    return found if found.is_dir() else None


def checked(folder: Path, tags: Mapping[str, str], number: int) -> PropensityModel:
    """The model in a folder, whose manifest is the one that was registered, and so is every file
    that it lists.

    Raises:
        ArtifactError: It is not.
    """
    expected = tags.get(MANIFEST_HASH)
    if not expected:
        raise ArtifactError(
            f"version {number}: expected a model registered by Propensity, got one without"
            f" {MANIFEST_HASH}."
        )
    found = manifest_hash(folder)
    if found != expected:
        raise ArtifactError(
            f"version {number}: expected the registered manifest {expected[:12]}…, got"
            f" {found[:12]}… in {folder}: replaced after it was registered. Copy the artifacts"
            " again from where they were intact, or train anew."
        )
    return PropensityModel.load(folder)
