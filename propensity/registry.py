"""The registry: every registered model with its figures, and which one is champion. MLflow keeps it.

The default is an SQLite file with a folder of artifacts beside it; any MLflow tracking server works too. What is
stored is data only, and a model is loaded through ``propensity.bundle``, which checks it first.
"""

import contextlib
import json
import re
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from features.errors import ArtifactError, PropensityError
from propensity import bundle, registry_client
from propensity.config import from_environment
from propensity.model import PropensityModel
from propensity.registry_artifact import BUNDLE_FOLDER, MANIFEST_HASH, MODEL_FOLDER, MODEL_HASH, manifest_hash, stage

CHAMPION, CHALLENGER = "champion", "challenger"

_METRIC, _PROMOTION = "metric.", "promotion."
_MODEL_NAME = re.compile(r"[A-Za-z0-9_.\-]+")
_NOT_IN_A_KEY = re.compile(r"[^\w.\- /]")
#: Limits of one call, set by MLflow.
_PARAMS_PER_CALL, _METRICS_PER_CALL, _VERSIONS_PER_CALL, _KEY_LENGTH = 100, 1000, 1000, 240


class RegistryError(PropensityError, RuntimeError):
    """The registry cannot be reached, or does not hold what was asked for."""


@dataclass(frozen=True)
class Version:
    """A registered model.

    Attributes:
        number: 1, 2, 3 …
        aliases: ``champion``, ``challenger``, or none.
        registered_at: In UTC.
        model_hash: See ``bundle.model_hash``.
        metrics: The decision figures, by name.
        tags: All other tags.
        run_id: Of the MLflow run that holds its parameters, figures and plots.
    """

    number: int
    aliases: tuple[str, ...]
    registered_at: datetime
    model_hash: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""


@dataclass(frozen=True)
class Promotion:
    """An entry of the promotion log, which only grows.

    Attributes:
        version: The one that was asked to become champion.
        previous: The champion before; None for the first.
        at: In UTC.
    """

    version: int
    previous: int | None
    at: datetime


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
        self._shown = registry_client.without_password(uri)
        resolved = from_environment(uri)
        self._local = registry_client.local_store(resolved)
        if resolved.startswith("sqlite") and not self._local:
            raise RegistryError(f"expected an SQLite registry in a file (sqlite:///PATH), got {self._shown}")
        self._uri = self._local.uri if self._local else resolved
        self._opened: Any = None

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
        client, tags = self._client(create=True), dict(tags or {})
        with tempfile.TemporaryDirectory() as temporary, self._asking("register a model"):
            staged = Path(temporary) / "artifacts"
            hashes = stage(model, plots or {}, staged)
            run = client.create_run(self._experiment(client), run_name=run_name, tags=tags)
            with _finished(client, run.info.run_id):
                _log_figures(client, run.info.run_id, params, metrics)
                client.log_artifacts(run.info.run_id, str(staged))
                return self._new_version(client, run, {**tags, **_figure_tags(metrics), **hashes})

    def promote(self, version: str | int) -> None:
        """Make a version the champion, and write that down in the promotion log.

        Args:
            version: Number or alias.

        Raises:
            RegistryError: No such version, or the registry cannot be reached or written.
        """
        number = self.resolve(version)
        client = self._client()
        with self._asking("promote a version"), self._alone():
            aliases = self._aliases(client)
            _log_promotion(client, self.model_name, number, aliases.get(CHAMPION))
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
        number = self.resolve(version)
        client = self._client()
        with tempfile.TemporaryDirectory() as temporary:
            with self._asking(f"fetch version {number}"):
                stored = client.get_model_version(self.model_name, str(number))
                folder = self._fetched(client, stored.run_id, Path(temporary))
            _check_registered(folder, stored.tags.get(MANIFEST_HASH), number)
            return bundle.load(folder), number

    def resolve(self, version_or_alias: str | int) -> int:
        """The number of a version, given as a number or an alias.

        Raises:
            RegistryError: There is none; the message lists what exists. Or the registry cannot be reached.
        """
        known = self.versions()
        asked = str(version_or_alias).removeprefix("@")
        for version in known:
            if asked == str(version.number) or asked in version.aliases:
                return version.number
        if not known:
            raise RegistryError(
                f"{self._shown} holds no version of the model {self.model_name!r} yet; "
                "`propensity train` registers one."
            )
        raise RegistryError(
            f"{self._shown}: expected a version of {self.model_name!r} or an alias ({_listed(known)}), "
            f"got {asked!r:.80}."
        )

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
            found = [_version_of(stored, aliases) for stored in _all_versions(client, self.model_name)]
        return sorted(found, key=lambda version: version.number)

    def promotions(self) -> list[Promotion]:
        """The promotion log, oldest first.

        Raises:
            RegistryError: The registry cannot be reached, or holds no such model.
        """
        client = self._client()
        with self._asking("read the promotion log"):
            tags = client.get_registered_model(self.model_name).tags
        return [_promotion_of(text) for key, text in sorted(tags.items()) if key.startswith(_PROMOTION)]

    def _client(self, *, create: bool = False) -> Any:  # noqa: ANN401 — MLflow is untyped
        """The MLflow client, opened once."""
        if self._local and not create and not self._local.file.exists():
            raise RegistryError(
                f"{self._shown}: expected a registry, got no such file. `propensity train` creates it; "
                "if it was moved, name its new place in `registry.uri`."
            )
        if self._opened is None:
            with self._asking("open the registry"):
                self._opened = registry_client.opened(self._uri, self._local)
        return self._opened

    @contextlib.contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """MLflow's errors in our words. Not chained: they may repeat a password in a URL, or the SQL's values."""
        try:
            with registry_client.quiet():
                yield
        except registry_client.foreign_errors() as error:
            reason = registry_client.without_password(str(error).partition("\n")[0])[:300]
            raise RegistryError(
                f"{self._shown}: could not {what}: {reason}. Check that the address in `registry.uri` is right, "
                "that the server answers, and that you may write there."
            ) from None

    def _alone(self) -> contextlib.AbstractContextManager[object]:
        return registry_client.alone(self._local)

    def _aliases(self, client: Any) -> dict[str, int]:  # noqa: ANN401
        """Alias to version number."""
        model = registry_client.or_none(lambda: client.get_registered_model(self.model_name))
        return {alias: int(number) for alias, number in model.aliases.items()} if model else {}

    def _experiment(self, client: Any) -> str:  # noqa: ANN401
        """The experiment of the model, created where there is none.

        In a local registry that was moved, its artifact folder is the old one: it steps aside for one in place.
        """
        location = self._local.artifacts_of(self.model_name).as_uri() if self._local else None
        with self._alone():
            found = client.get_experiment_by_name(self.model_name)
            if (
                found
                and location
                and found.artifact_location.startswith("file:")
                and found.artifact_location != location
            ):
                client.rename_experiment(found.experiment_id, f"{self.model_name} before {uuid.uuid4().hex[:8]}")
                found = None
            if not found:
                registry_client.or_existing(
                    lambda: client.create_experiment(self.model_name, artifact_location=location)
                )
                found = client.get_experiment_by_name(self.model_name)
        return str(found.experiment_id)

    def _new_version(self, client: Any, run: Any, tags: Mapping[str, str]) -> int:  # noqa: ANN401
        registry_client.or_existing(lambda: client.create_registered_model(self.model_name))
        source = f"{run.info.artifact_uri}/{MODEL_FOLDER}"
        stored = client.create_model_version(self.model_name, source, run_id=run.info.run_id, tags=dict(tags))
        client.set_registered_model_alias(self.model_name, CHALLENGER, str(stored.version))
        return int(stored.version)

    def _fetched(self, client: Any, run_id: str, temporary: Path) -> Path:  # noqa: ANN401
        """The folder of a bundle: where it lies beside the SQLite file, else downloaded.

        MLflow stores absolute paths; the place beside the file is still right after both were moved together.
        """
        if self._local:
            beside = self._local.artifacts_of(self.model_name) / run_id / "artifacts" / BUNDLE_FOLDER
            if beside.is_dir():
                return beside
        return Path(client.download_artifacts(run_id, BUNDLE_FOLDER, str(temporary)))


@contextlib.contextmanager
def _finished(client: Any, run_id: str) -> Iterator[None]:  # noqa: ANN401
    """End the run, as failed where something failed."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(*registry_client.foreign_errors()):
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")


def _log_figures(client: Any, run_id: str, params: Mapping[str, object], metrics: Mapping[str, float]) -> None:  # noqa: ANN401
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    now = int(datetime.now(UTC).timestamp() * 1000)
    of_params = [Param(_key(name), str(value)) for name, value in params.items()]
    of_metrics = [Metric(_key(name), float(value), now, 0) for name, value in metrics.items()]
    for start in range(0, len(of_params), _PARAMS_PER_CALL):
        client.log_batch(run_id, params=of_params[start : start + _PARAMS_PER_CALL])
    for start in range(0, len(of_metrics), _METRICS_PER_CALL):
        client.log_batch(run_id, metrics=of_metrics[start : start + _METRICS_PER_CALL])


def _figure_tags(metrics: Mapping[str, float]) -> dict[str, str]:
    """Figures as tags of the version: MLflow's own page shows none of the run's figures beside a version."""
    return {f"{_METRIC}{_key(name)}": repr(float(value)) for name, value in metrics.items()}


def _key(name: str) -> str:
    """A name that MLflow accepts: column names hold brackets and quotes."""
    return _NOT_IN_A_KEY.sub("_", name)[:_KEY_LENGTH]


def _all_versions(client: Any, model_name: str) -> Iterator[Any]:  # noqa: ANN401
    token = None
    while True:
        page = client.search_model_versions(f"name = '{model_name}'", max_results=_VERSIONS_PER_CALL, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _version_of(stored: Any, aliases: Mapping[str, int]) -> Version:  # noqa: ANN401
    number = int(stored.version)
    return Version(
        number=number,
        aliases=tuple(sorted(alias for alias, of in aliases.items() if of == number)),
        registered_at=datetime.fromtimestamp(stored.creation_timestamp / 1000, UTC),
        model_hash=stored.tags.get(MODEL_HASH, ""),
        metrics={k.removeprefix(_METRIC): float(v) for k, v in stored.tags.items() if k.startswith(_METRIC)},
        tags={k: v for k, v in stored.tags.items() if not k.startswith(_METRIC)},
        run_id=stored.run_id or "",
    )


def _listed(versions: list[Version]) -> str:
    """The newest versions in words, with their aliases: ``3 challenger, 2, 1 champion``."""
    newest = [" ".join((str(version.number), *version.aliases)) for version in versions[:-11:-1]]
    return ", ".join(newest) + (f", and {len(versions) - 10} older" if len(versions) > 10 else "")


def _log_promotion(client: Any, model_name: str, version: int, previous: int | None) -> None:  # noqa: ANN401
    """Append to the log, before the alias moves: aliases keep no history, and an entry's key is never used twice."""
    at = datetime.now(UTC)
    entry = json.dumps({"version": version, "previous": previous, "at": at.isoformat()}, sort_keys=True)
    client.set_registered_model_tag(model_name, f"{_PROMOTION}{at:%Y%m%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:8]}", entry)


def _promotion_of(text: str) -> Promotion:
    entry = json.loads(text)
    return Promotion(entry["version"], entry["previous"], datetime.fromisoformat(entry["at"]))


def _check_registered(folder: Path, expected: str | None, number: int) -> None:
    """That the manifest is the one that was registered, and so is every file that it lists.

    Raises:
        ArtifactError: It is not.
    """
    if not expected:
        raise ArtifactError(
            f"version {number}: expected a model registered by Propensity, got one without {MANIFEST_HASH}."
        )
    path = folder / bundle.MANIFEST
    found = manifest_hash(folder) if path.is_file() else "no file"
    if found != expected:
        raise ArtifactError(
            f"version {number}: expected the registered manifest {expected[:12]}…, got {found[:12]}… in {folder}: "
            "replaced after it was registered. Copy the artifacts again from where they were intact, or train anew."
        )
