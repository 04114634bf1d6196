"""A way to one model in an MLflow registry: opened once, quietly, with errors in our words."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import propensity.registry.client as mlflow_client
from features.databases.address import without_password
from features.environment import from_environment
from propensity.failures import FULL
from propensity.registry.errors import RegistryError
from propensity.registry.turn import turn

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"

_MODEL_NAME = re.compile(r"[A-Za-z0-9_.\-]+")


class Connection:
    """A model in a registry; nothing is opened before the first call.

    Attributes:
        model_name: Name of the model.
        shown: The URI without its password.
        local: The SQLite registry; None for a server or another database.
    """

    def __init__(self, uri: str, model_name: str) -> None:
        """Name a registry; see ``Registry``.

        Raises:
            ConfigError: The URI asks for an environment variable that is not set.
            RegistryError: The name has other characters, or the SQLite registry is not a file.
        """
        if not _MODEL_NAME.fullmatch(model_name):
            raise RegistryError(
                "expected a model name of letters, digits, '_', '.' and '-', got"
                f" {model_name!r:.80}"
            )
        self.model_name = model_name
        self.shown = without_password(uri)
        resolved = from_environment(uri)
        self.local = mlflow_client.local_store(resolved)
        if resolved.startswith("sqlite") and not self.local:
            raise RegistryError(
                f"expected an SQLite registry in a file (sqlite:///PATH), got {self.shown}"
            )
        self._uri = self.local.uri if self.local else resolved
        self._opened: MlflowClient | None = None

    @property
    def is_absent(self) -> bool:
        """Whether this is an SQLite registry whose file does not exist yet."""
        return self.local is not None and not self.local.file.exists()

    def client(self, *, create: bool = False) -> "MlflowClient":
        """The MLflow client, opened once.

        Args:
            create: Whether an SQLite file may be created.

        Raises:
            RegistryError: The registry cannot be reached, or is a file that does not exist.
        """
        if self.is_absent and not create:
            raise RegistryError(
                f"{self.shown}: expected a registry, got no such file. `propensity train` creates"
                " it; if it was moved, name its new place in `registry.uri`."
            )
        if self._opened is None:
            with self.asking("open the registry"):
                self._opened = mlflow_client.opened(self._uri, self.local)
        return self._opened

    @contextlib.contextmanager
    def asking(self, what: str, *, after: str = "") -> Iterator[None]:
        """MLflow's errors in our words.

        Not chained: they may repeat a password in a URL, or the SQL's values.

        Args:
            what: What is asked for.
            after: What holds after a failure.
        """
        try:
            with mlflow_client.quiet():
                yield
        except mlflow_client.foreign_errors() as error:
            reason = mlflow_client.reason_of(error, self._uri)
            if any(text in str(error) for text in FULL):
                raise RegistryError(
                    f"{self.shown}: could not {what}: no space is left on the disk; nothing is half"
                    " written. Make room and run it again."
                ) from None
            raise RegistryError(
                f"{self.shown}: could not {what}: {reason}{after and ' '}{after}"
            ) from None

    @contextlib.contextmanager
    def one_promotion(self, client: "MlflowClient") -> Iterator[Callable[[], None]]:
        """One promotion of this model at a time, wherever it is kept.

        Yields:
            What is to be called right before the champion changes; see ``Turn.check``.
        """
        if self.local:
            with self.alone():
                yield lambda: None
            return
        with turn(client, self.model_name) as taken:
            yield taken.check

    def alone(self) -> contextlib.AbstractContextManager[object]:
        """One process at a time on an SQLite registry; elsewhere the server keeps order."""
        return mlflow_client.alone(self.local)

    def aliases(self, client: "MlflowClient") -> dict[str, int]:
        """Alias to version number."""
        model = mlflow_client.or_none(lambda: client.get_registered_model(self.model_name))
        return {alias: int(number) for alias, number in model.aliases.items()} if model else {}
