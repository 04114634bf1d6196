"""The registry: every registered model with its figures, and which one is champion. MLflow keeps it.

The default is an SQLite file with a folder of artifacts beside it; any MLflow tracking server works too. What is
stored is data only, and a model is loaded through ``propensity.bundle``, which checks it first.
"""

import contextlib
import re
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import propensity.registry.client as mlflow_client
from features.environment import from_environment
from features.errors import ArtifactError, PropensityError
from propensity.model import PropensityModel
from propensity.registry.artifact import BUNDLE_FOLDER, MANIFEST_HASH, MODEL_FOLDER, manifest_hash, stage
from propensity.registry.entries import (
    DEFINITION,
    PROMOTION,
    Promotion,
    Version,
    figure_tags,
    key,
    listed,
    promotion_of,
    promotion_tag,
    version_of,
)
from propensity.registry.local import StoredVersion, stored_version

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

__all__ = ["CHALLENGER", "CHAMPION", "Registry", "RegistryError"]

CHAMPION, CHALLENGER = "champion", "challenger"

_MODEL_NAME = re.compile(r"[A-Za-z0-9_.\-]+")
#: Limits of one call, set by MLflow.
_PARAMS_PER_CALL, _METRICS_PER_CALL, _VERSIONS_PER_CALL = 100, 1000, 1000


class RegistryError(PropensityError, RuntimeError):
    """The registry cannot be reached, or does not hold what was asked for."""


class Registry:
    """The versions of one model.

    Nothing is opened before the first call, and only ``register`` and ``create`` create an SQLite file.
    """

    def __init__(self, uri: str, model_name: str) -> None:
        """Name a registry.

        Args:
            uri: MLflow tracking URI: ``sqlite:///path/to/file.db``, ``https://…``; ``${NAME}`` is taken from the
                environment.
            model_name: Letters, digits, ``_``, ``.`` and ``-``.

        Raises:
            ConfigError: The URI asks for an environment variable that is not set.
            RegistryError: The name has other characters, or the SQLite registry is not a file.
        """
        if not _MODEL_NAME.fullmatch(model_name):
            raise RegistryError(f"expected a model name of letters, digits, '_', '.' and '-', got {model_name!r:.80}")
        self.model_name = model_name
        self._shown = mlflow_client.without_password(uri)
        resolved = from_environment(uri)
        self._local = mlflow_client.local_store(resolved)
        if resolved.startswith("sqlite") and not self._local:
            raise RegistryError(f"expected an SQLite registry in a file (sqlite:///PATH), got {self._shown}")
        self._uri = self._local.uri if self._local else resolved
        self._opened: MlflowClient | None = None

    def create(self) -> None:
        """Create the registry where there is none yet.

        Raises:
            RegistryError: It cannot be reached or written.
        """
        self._client(create=True)

    def register(
        self,
        model: PropensityModel,
        *,
        run_name: str,
        params: Mapping[str, object],
        metrics: Mapping[str, float],
        plots: Mapping[str, bytes] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> int:
        """Store a model as a new version and make it the challenger.

        Args:
            model: What to store; its resolved configuration becomes an artifact of the run too.
            run_name: What people see in MLflow.
            params: Flat, of the run.
            metrics: Flat, of the run and of the version: the decision figures.
            plots: File name (``.png`` or ``.svg``) to contents.
            tags: Of the run and of the version.

        Returns:
            The new version's number.

        Raises:
            RegistryError: The registry cannot be reached or written; no version was made.
            ArtifactError: The model holds a number that is not finite.
            ValueError: A plot is called something else than NAME.png or NAME.svg.
        """
        self._client(create=True)  # says where MLflow must not write, before it is imported for staging
        with tempfile.TemporaryDirectory() as temporary:
            staged = Path(temporary) / "artifacts"
            with self._asking("register a model"):
                hashes = stage(model, plots or {}, staged)
            own = dict(tags or {})
            return self.store(
                staged,
                MODEL_FOLDER,
                run_name=run_name,
                params=params,
                metrics=metrics,
                run_tags=own,
                tags={**own, **figure_tags(metrics), **hashes},
            )

    def store(
        self,
        staged: Path,
        folder: str,
        *,
        run_name: str,
        params: Mapping[str, object],
        metrics: Mapping[str, float],
        run_tags: Mapping[str, str],
        tags: Mapping[str, str],
    ) -> int:
        """Store the artifacts of a run, and one folder of them as a new version, the challenger.

        Args:
            staged: Everything the run is to hold.
            folder: The folder in it that is the version.
            run_name: What people see in MLflow.
            params: Of the run.
            metrics: Of the run.
            run_tags: Of the run.
            tags: Of the version.

        Returns:
            The new version's number.

        Raises:
            RegistryError: The registry cannot be reached or written; no version was made.
        """
        client = self._client(create=True)
        with self._asking("register a version"):
            run = client.create_run(self._experiment(client), run_name=run_name, tags=dict(run_tags))
            with _finished(client, run.info.run_id):
                _log_figures(client, run.info.run_id, params, metrics)
                client.log_artifacts(run.info.run_id, str(staged))
                return self._new_version(client, run, folder, tags)

    def promote(self, version: str | int, *, definition: int | None = None, signed_by: Sequence[str] = ()) -> None:
        """Make a version the champion together with a definition, and write that down in the promotion log.

        The pair changes in one step: the definition's number is a tag of the model's version, and where another
        version becomes champion, that tag is written before the alias moves.

        Args:
            version: Number or alias.
            definition: Number of the definition it scores by; None for the one it has, else the champion's.
            signed_by: ``role: NAME`` of those who signed; for the log.

        Raises:
            RegistryError: No such version, or the registry cannot be reached or written.
        """
        number = self.resolve(version)
        client = self._client()
        with self._asking("promote a version"), self._alone():
            aliases = self._aliases(client)
            before = aliases.get(CHAMPION)
            if definition is None:
                definition = self._definition_of(client, number) or self._definition_of(client, before)
            client.set_registered_model_tag(self.model_name, *promotion_tag(number, before, definition, signed_by))
            if definition is not None:
                client.set_model_version_tag(self.model_name, str(number), DEFINITION, str(definition))
            client.set_registered_model_alias(self.model_name, CHAMPION, str(number))
            if aliases.get(CHALLENGER) == number:
                client.delete_registered_model_alias(self.model_name, CHALLENGER)

    def load(self, version: str | int = CHAMPION) -> tuple[PropensityModel, int]:
        """Fetch a model, checked against its manifest, and the manifest against the registry.

        Args:
            version: Number or alias.

        Returns:
            The model and the number of its version.

        Raises:
            RegistryError: No such version, or the registry cannot be reached.
            ArtifactError: What is stored is damaged, or is not what was registered.
        """
        with self.fetched(version, BUNDLE_FOLDER) as (folder, tags, number):
            return _checked(folder, tags, number), number

    @contextlib.contextmanager
    def fetched(self, version: str | int, folder: str) -> Iterator[tuple[Path, Mapping[str, str], int]]:
        """A folder of a version's artifacts, for as long as it is read; with the version's tags and its number.

        Raises:
            RegistryError: No such version, or the registry cannot be reached.
        """
        here = self._here(version, folder)
        if here:
            stored, found = here
            yield found, stored.tags, stored.number
            return
        number = self.resolve(version)
        client = self._client()
        with tempfile.TemporaryDirectory() as temporary:
            with self._asking(f"fetch version {number}"):
                held = client.get_model_version(self.model_name, str(number))
                found = self._beside(held.run_id, folder) or Path(
                    client.download_artifacts(held.run_id, folder, temporary)
                )
            yield found, held.tags, number

    def resolve(self, version_or_alias: str | int) -> int:
        """The number of a version, given as a number or an alias.

        Raises:
            RegistryError: There is none; the message lists what exists. Or the registry cannot be reached.
        """
        known = self.versions()
        asked = _asked(version_or_alias)
        for version in known:
            if asked == str(version.number) or asked in version.aliases:
                return version.number
        if not known:
            raise RegistryError(
                f"{self._shown} holds no version of the model {self.model_name!r} yet; "
                "`propensity train` registers one."
            )
        raise RegistryError(
            f"{self._shown}: expected a version of {self.model_name!r} or an alias ({listed(known)}), "
            f"got {asked!r:.80}."
        )

    def definition_of(self, version: int) -> int | None:
        """Number of the definition that a version scores by: its own, else the champion's; None where there is none.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        if self._local and self._local.file.exists():
            here = [stored_version(self._local.file, self.model_name, str(asked)) for asked in (version, CHAMPION)]
            if here[0]:
                return next((int(held.tags[DEFINITION]) for held in here if held and DEFINITION in held.tags), None)
        client = self._client()
        with self._asking("read which definition is in use"):
            champion = self._aliases(client).get(CHAMPION)
            return self._definition_of(client, version) or self._definition_of(client, champion)

    def champion(self) -> Version | None:
        """The version in use, or None.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        return next((version for version in self.versions() if CHAMPION in version.aliases), None)

    def versions(self) -> list[Version]:
        """All versions, oldest first; none where the model was never registered.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        if self._local and not self._local.file.exists():
            return []
        client = self._client()
        with self._asking("list the versions"):
            aliases = self._aliases(client)
            found = [version_of(stored, aliases) for stored in _all_versions(client, self.model_name)]
        return sorted(found, key=lambda version: version.number)

    def promotions(self) -> list[Promotion]:
        """The promotion log, oldest first; none where the model was never registered.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        client = self._client()
        with self._asking("read the promotion log"):
            model = mlflow_client.or_none(lambda: client.get_registered_model(self.model_name))
        tags = model.tags if model else {}
        return [promotion_of(text) for name, text in sorted(tags.items()) if name.startswith(PROMOTION)]

    def _client(self, *, create: bool = False) -> "MlflowClient":
        """The MLflow client, opened once."""
        if self._local and not create and not self._local.file.exists():
            raise RegistryError(
                f"{self._shown}: expected a registry, got no such file. `propensity train` creates it; "
                "if it was moved, name its new place in `registry.uri`."
            )
        if self._opened is None:
            with self._asking("open the registry"):
                self._opened = mlflow_client.opened(self._uri, self._local)
        return self._opened

    @contextlib.contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """MLflow's errors in our words. Not chained: they may repeat a password in a URL, or the SQL's values."""
        try:
            with mlflow_client.quiet():
                yield
        except mlflow_client.foreign_errors() as error:
            reason = mlflow_client.without_password(str(error).partition("\n")[0])[:300]
            raise RegistryError(
                f"{self._shown}: could not {what}: {reason}. Check that the address in `registry.uri` is right, "
                "that the server answers, and that you may write there."
            ) from None

    def _alone(self) -> contextlib.AbstractContextManager[object]:
        return mlflow_client.alone(self._local)

    def _aliases(self, client: "MlflowClient") -> dict[str, int]:
        """Alias to version number."""
        model = mlflow_client.or_none(lambda: client.get_registered_model(self.model_name))
        return {alias: int(number) for alias, number in model.aliases.items()} if model else {}

    def _definition_of(self, client: "MlflowClient", number: int | None) -> int | None:
        if number is None:
            return None
        tag = client.get_model_version(self.model_name, str(number)).tags.get(DEFINITION)
        return int(tag) if tag else None

    def _experiment(self, client: "MlflowClient") -> str:
        """The experiment of the model, created where there is none.

        In a local registry that was moved, its artifact folder is the old one: it steps aside for one in place.
        """
        location = self._local.artifacts_of(self.model_name).as_uri() if self._local else None
        with self._alone():
            found = client.get_experiment_by_name(self.model_name)
            if found and location and _moved(found.artifact_location, location):
                client.rename_experiment(found.experiment_id, f"{self.model_name} before {uuid.uuid4().hex[:8]}")
                found = None
            if not found:
                mlflow_client.or_existing(lambda: client.create_experiment(self.model_name, artifact_location=location))
                found = client.get_experiment_by_name(self.model_name)
        return str(found.experiment_id)

    def _new_version(self, client: "MlflowClient", run: "Run", folder: str, tags: Mapping[str, str]) -> int:
        mlflow_client.or_existing(lambda: client.create_registered_model(self.model_name))
        source = f"{run.info.artifact_uri}/{folder}"
        stored = client.create_model_version(self.model_name, source, run_id=run.info.run_id, tags=dict(tags))
        client.set_registered_model_alias(self.model_name, CHALLENGER, str(stored.version))
        return int(stored.version)

    def _here(self, version: str | int, folder: str) -> tuple[StoredVersion, Path] | None:
        """A version and its folder, where both lie in a local registry as Propensity leaves them."""
        if not self._local or not self._local.file.exists():
            return None
        stored = stored_version(self._local.file, self.model_name, _asked(version))
        found = self._beside(stored.run_id, folder) if stored else None
        return (stored, found) if stored and found else None

    def _beside(self, run_id: str, folder: str) -> Path | None:
        """A folder of artifacts beside the SQLite file, if it is there.

        MLflow stores absolute paths; this place is still right after both were moved together.
        """
        if not self._local:
            return None
        found = self._local.artifacts_of(self.model_name) / run_id / "artifacts" / folder
        return found if found.is_dir() else None


def _asked(version_or_alias: str | int) -> str:
    return str(version_or_alias).removeprefix("@")


def _moved(stored: str, location: str) -> bool:
    """Whether artifacts would go to another local folder; one that somebody put into a bucket stays there."""
    return stored.startswith("file:") and stored != location


@contextlib.contextmanager
def _finished(client: "MlflowClient", run_id: str) -> Iterator[None]:
    """End the run, as failed where something failed."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(*mlflow_client.foreign_errors()):
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")


def _log_figures(
    client: "MlflowClient", run_id: str, params: Mapping[str, object], metrics: Mapping[str, float]
) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    now = int(datetime.now(UTC).timestamp() * 1000)
    of_params = [Param(key(name), str(value)) for name, value in params.items()]
    of_metrics = [Metric(key(name), float(value), now, 0) for name, value in metrics.items()]
    for start in range(0, len(of_params), _PARAMS_PER_CALL):
        client.log_batch(run_id, params=of_params[start : start + _PARAMS_PER_CALL])
    for start in range(0, len(of_metrics), _METRICS_PER_CALL):
        client.log_batch(run_id, metrics=of_metrics[start : start + _METRICS_PER_CALL])


def _all_versions(client: "MlflowClient", model_name: str) -> Iterator["ModelVersion"]:
    token = None
    while True:
        page = client.search_model_versions(f"name = '{model_name}'", max_results=_VERSIONS_PER_CALL, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _checked(folder: Path, tags: Mapping[str, str], number: int) -> PropensityModel:
    """The model in a folder, whose manifest is the one that was registered, and so is every file that it lists.

    Raises:
        ArtifactError: It is not.
    """
    expected = tags.get(MANIFEST_HASH)
    if not expected:
        raise ArtifactError(
            f"version {number}: expected a model registered by Propensity, got one without {MANIFEST_HASH}."
        )
    found = manifest_hash(folder)
    if found != expected:
        raise ArtifactError(
            f"version {number}: expected the registered manifest {expected[:12]}…, got {found[:12]}… in {folder}: "
            "replaced after it was registered. Copy the artifacts again from where they were intact, or train anew."
        )
    return PropensityModel.load(folder)
