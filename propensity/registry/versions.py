"""The registry: every registered model with its figures, and which one is champion.

MLflow keeps it.

The default is an SQLite file with a folder of artifacts beside it; any MLflow tracking server works
too. What is stored is data only, and a model is loaded through ``propensity.model.bundle``, which
checks it first.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from features.files.temporary_folder import TemporaryFolder
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from propensity.registry.artifact import BUNDLE_FOLDER, MODEL_FOLDER, stage
from propensity.registry.champion_alias import Champions
from propensity.registry.connection import CHALLENGER, CHAMPION, Connection
from propensity.registry.entries import Version, figure_tags, listed, version_of
from propensity.registry.errors import RegistryError
from propensity.registry.fetching import asked_for, checked, fetched
from propensity.registry.run_details import RunDetails
from propensity.registry.storing import VersionNotes, store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

__all__ = ["CHALLENGER", "CHAMPION", "Registry", "RegistryError"]

#: Limit of one call, set by MLflow.
_VERSIONS_PER_CALL = 1000


class Registry(Champions):
    """The versions of one model.

    Nothing is opened before the first call, and only ``register`` and ``create`` create an SQLite
    file.
    """

    def __init__(self, uri: str, model_name: str) -> None:
        """Name a registry.

        Args:
            uri: MLflow tracking URI: ``sqlite:///path/to/file.db``, ``https://…``; ``${NAME}`` is
                taken from the environment.
            model_name: Letters, digits, ``_``, ``.`` and ``-``.

        Raises:
            ConfigError: The URI asks for an environment variable that is not set.
            RegistryError: The name has other characters, or the SQLite registry is not a file.
        """
        super().__init__(Connection(uri, model_name))
        self.model_name = model_name

    @classmethod
    def of(cls, config: Config) -> Self:
        """The registry and the model that a configuration names.

        Raises:
            ConfigError: See ``Registry``.
            RegistryError: See ``Registry``.
        """
        return cls(str(config.registry.uri), config.model_name)

    def create(self) -> None:
        """Create the registry where there is none yet.

        Raises:
            RegistryError: It cannot be reached or written.
        """
        self._to.client(create=True)

    def register(
        self,
        model: PropensityModel,
        *,
        run_name: str,
        params: Mapping[str, object],
        metrics: Mapping[str, float],
        plots: Mapping[str, bytes] | None = None,
        documents: Mapping[str, bytes] | None = None,
        tags: Mapping[str, str] | None = None,
        details: RunDetails | None = None,
    ) -> int:
        """Store a model as a new version and make it the challenger.

        Args:
            model: What to store; its resolved configuration becomes an artifact of the run too.
            run_name: What people see in MLflow.
            params: Flat, of the run.
            metrics: Flat, of the run and of the version: the decision figures.
            plots: File name (``.png`` or ``.svg``) to contents.
            documents: File name (``.json``, ``.md`` or ``.html``) to contents.
            tags: Tags of the run and of the version.
            details: What else people find in MLflow: what was tried, on what data.

        Returns:
            The new version's number.

        Raises:
            RegistryError: The registry cannot be reached or written; no version was made.
            ArtifactError: The model holds a number that is not finite.
            ValueError: A plot is called something else than NAME.png or NAME.svg, or a document
                something else than NAME.json, NAME.md or NAME.html.
        """
        # says where MLflow must not write, before it is imported for staging
        self._to.client(create=True)
        with TemporaryFolder() as temporary:
            staged = temporary / "artifacts"
            with self._to.asking("register a model"):
                hashes = stage(model, plots or {}, documents or {}, staged)
            own = dict(tags or {})
            kept = {name: text for name, text in own.items() if not name.startswith("mlflow.")}
            tags_of_version = {**kept, **figure_tags(metrics), **hashes}
            noted = VersionNotes(
                run_name, tags_of_version, own, params, metrics, details or RunDetails()
            )
            return self.store(staged, MODEL_FOLDER, noted)

    def store(self, staged: Path, folder: str, noted: VersionNotes) -> int:
        """Make a folder of a run's artifacts a new version, the challenger; see
        ``storing.store``.
        """
        return store(self._to, staged, folder, noted)

    def tag(self, version: int, tags: Mapping[str, str], *, without: Sequence[str] = ()) -> None:
        """Write tags of a version over those it has.

        Args:
            version: Its number.
            tags: Name to text.
            without: Names of tags that go, where they are not among ``tags``.

        Raises:
            RegistryError: The registry cannot be reached or written.
        """
        client = self._to.client()
        with self._to.asking("write tags"), self._to.alone():
            held = client.get_model_version(self.model_name, str(version)).tags
            for name in set(without) & set(held) - set(tags):
                client.delete_model_version_tag(self.model_name, str(version), name)
            for name, text in tags.items():
                client.set_model_version_tag(self.model_name, str(version), name, text)

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
            return checked(folder, tags, number), number

    @contextlib.contextmanager
    def fetched(
        self, version: str | int, folder: str
    ) -> Iterator[tuple[Path, Mapping[str, str], int]]:
        """A folder of a version's artifacts, for as long as it is read; with the version's tags and
        its number.

        Raises:
            RegistryError: No such version, or the registry cannot be reached.
        """
        with fetched(self._to, version, folder, resolve=self.resolve) as found:
            yield found

    def resolve(self, version_or_alias: str | int) -> int:
        """The number of a version, given as a number or an alias.

        Raises:
            RegistryError: There is none; the message lists what exists. Or the registry cannot be
                reached.
        """
        known = self.versions()
        asked = asked_for(version_or_alias)
        for version in known:
            if asked == str(version.number) or asked in version.aliases:
                return version.number
        if not known:
            raise RegistryError(
                f"{self._to.shown} holds no version of the model {self.model_name!r} yet; "
                "`propensity train` registers one."
            )
        raise RegistryError(
            f"{self._to.shown}: expected a version of {self.model_name!r} or an alias"
            f" ({listed(known)}), got {asked!r:.80}."
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
        if self._to.is_absent:
            return []
        client = self._to.client()
        with self._to.asking("list the versions"):
            aliases = self._to.aliases(client)
            found = [
                version_of(stored, aliases) for stored in _all_versions(client, self.model_name)
            ]
        return sorted(found, key=lambda version: version.number)

    def challenger_or_champion(self) -> str | None:
        """The alias of the version that people talk about: the challenger, else the champion.

        None where nothing is registered under either.

        Raises:
            RegistryError: The registry cannot be reached.
        """
        aliases = {alias for version in self.versions() for alias in version.aliases}
        return next((alias for alias in (CHALLENGER, CHAMPION) if alias in aliases), None)


def _all_versions(client: "MlflowClient", model_name: str) -> Iterator["ModelVersion"]:
    token = None
    while True:
        page = client.search_model_versions(
            f"name = '{model_name}'", max_results=_VERSIONS_PER_CALL, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return
