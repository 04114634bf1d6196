"""MLflow's client, opened quietly: no telemetry, no prints, no wait of minutes, no race for a new
SQLite file.
"""

import contextlib
import logging
import os
import re
import socket
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from filelock import FileLock

from features.databases.address import without_password, without_secrets
from features.sqlite_address import sqlite_address

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Set before MLflow is imported, which is when it reads most of them; telemetry writes into the
#: home folder, too.
_FORCED = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
#: The same, where the user set nothing. With MLflow's own seven retries, a dead server hangs us for
#: four minutes.
_DEFAULTS = {
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",  # an error is raised as well, and told in our words
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
#: For the first call only, which finds out whether anybody answers.
_FIRST_CALL = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
_SECONDS_TO_CONNECT = 5.0
_SECONDS_TO_MIGRATE = 300.0
_DATABASE_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}

#: What MLflow itself takes from the environment to be let in.
_SECRETS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
#: Whoever answers for the server may repeat there what it was sent.
_BODY = re.compile(r"\.? *Response (?:body|text): .*", re.DOTALL)
_STATUS = re.compile(r"failed with error code (\d{3})|too many (\d{3}) error responses")
_ADVICE = (
    "Check that the address in `registry.uri` is right, that the server answers, and that you may"
    " write there."
)
_OTHER_TABLES = (
    "its tables are those of another MLflow than the one installed here. If that is an older one,"
    " make a copy of the database, then run `mlflow db upgrade ADDRESS`, and start all that use it"
    " with the new one; else install that MLflow here."
)
_NOT_LET_IN = (
    "the server did not let you in ({status}). It takes user name and password from"
    " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token from"
    " MLFLOW_TRACKING_TOKEN; with 403 they are right, and somebody has to give you the right to"
    " this model."
)
#: Words of MLflow's HTTP client to what they mean.
_NO_ANSWER = {
    "timed out": "the server took longer than {seconds} s to answer, each time",
    "timeout": "the server took longer than {seconds} s to answer, each time",
    "Connection refused": "nobody answers there (connection refused)",
    "Connection reset": "the connection ended without an answer",
    "Connection aborted": "the connection ended without an answer",
    "closed connection": "the connection ended without an answer",
}

_T = TypeVar("_T")


@dataclass(frozen=True)
class LocalStore:
    """An SQLite registry.

    Attributes:
        file: The database, absolute.
    """

    file: Path

    @property
    def uri(self) -> str:
        """Its MLflow URI; from SQLAlchemy 2.1 on, ``%20`` in one means a space."""
        path = self.file.as_posix()
        major, minor, *_ = version("sqlalchemy").split(".")
        decodes = (int(major), int(minor)) >= (2, 1)
        return f"sqlite:///{path.replace('%', '%25') if decodes else path}"

    def artifacts_of(self, model_name: str) -> Path:
        """The folder of a model's artifacts: beside the file, so that both can be moved
        together.
        """
        return self.file.with_name(f"{self.file.stem}_artifacts") / model_name


def local_store(uri: str) -> LocalStore | None:
    """The file of an SQLite URI without options; None for any other URI."""
    found = sqlite_address(uri)
    if found is None or found.options:
        return None
    return LocalStore(Path(found.path).expanduser().absolute())


def reason_of(error: Exception, uri: str) -> str:
    """What went wrong and what to do, in one line without secrets, and without what a server wrote
    of its own.

    Args:
        error: One of ``foreign_errors``.
        uri: Address of the registry.
    """
    told = str(error)
    status = _status_of(error)
    if status in (401, 403):
        return _NOT_LET_IN.format(status=status)
    if "out-of-date database schema" in told:
        return _OTHER_TABLES
    if status and status >= 500:
        return f"the server failed ({status}), each time. {_ADVICE}"
    if told.startswith("API request to "):
        meant = next((text for words, text in _NO_ANSWER.items() if words in told), None)
        if meant:
            seconds = os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT")
            return f"{meant.format(seconds=seconds)}. {_ADVICE}"
    line = without_password(without_secrets(_BODY.sub("", told).partition("\n")[0], uri))
    for secret in filter(None, map(os.environ.get, _SECRETS)):
        line = line.replace(secret, "***")
    return f"{line[:300]}. {_ADVICE}"


def _status_of(error: Exception) -> int | None:
    """The HTTP status that a server answered with; None where it is not known."""
    response = getattr(error, "response", None)
    if response is not None:
        return int(response.status_code)
    found = _STATUS.search(str(error))
    return int(found[1] or found[2]) if found else None


def prepare_environment() -> None:
    """Set what MLflow reads from the environment; a user's own settings stay, but for telemetry."""
    os.environ.update(_FORCED)
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)


def opened(uri: str, local: LocalStore | None) -> "MlflowClient":
    """A client whose registry has answered once; an SQLite file is created if need be.

    Raises:
        OSError: Nobody answers, or the folder cannot be written.
        sqlite3.Error: The file is no database, or cannot be opened.
        Exception: What MLflow raises; see ``foreign_errors``.
    """
    prepare_environment()
    if local:
        local.file.parent.mkdir(parents=True, exist_ok=True)
    impatient = {
        name: value for name, value in _FIRST_CALL.items() if os.environ[name] == _DEFAULTS[name]
    }
    with alone(local), quiet(), environment(impatient):
        _check_database_answers(uri, local)
        _check_tables(uri)
        from mlflow import MlflowClient  # noqa: PLC0415

        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        # opens the second store, which would migrate as well
        client.search_registered_models(max_results=1)
    return client


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back what MLflow logs and warns, its migrations included, for as long as a call takes.

    MLFLOW_LOGGING_LEVEL alone does it only where nobody imported MLflow before us. The warnings are
    between MLflow and SQLAlchemy (a deprecated loader), or about its own type hints (on import):
    nothing that our user could mend.
    """
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic", "urllib3.connectionpool")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(os.environ.get("MLFLOW_LOGGING_LEVEL", "CRITICAL").upper())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def within(seconds: int, *, once: bool = False) -> Iterator[None]:
    """Each call to a server waits so long at most.

    Args:
        seconds: For its answer.
        once: Whether no call is made a second time.
    """
    values = {"MLFLOW_HTTP_REQUEST_TIMEOUT": str(seconds)}
    with environment(values | ({"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"} if once else {})):
        yield


@contextlib.contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for as long as a call takes."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def alone(local: LocalStore | None) -> contextlib.AbstractContextManager[object]:
    """One process at a time on an SQLite registry: two that create the same file at once crash.

    A registry that may only be read needs no lock; elsewhere than in a file, the server keeps
    order.
    """
    if local is None or (local.file.exists() and not os.access(local.file.parent, os.W_OK)):
        return contextlib.nullcontext()
    return FileLock(local.file.with_name(f"{local.file.name}.lock"), timeout=_SECONDS_TO_MIGRATE)


def foreign_errors() -> tuple[type[Exception], ...]:
    """What may come out of a call of MLflow."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    return (MlflowException, SQLAlchemyError, sqlite3.Error, OSError, ImportError)


def or_none(call: Callable[[], _T]) -> _T | None:
    """The call's result; None where what it asks for does not exist."""
    return _unless("RESOURCE_DOES_NOT_EXIST", call)


def or_existing(call: Callable[[], _T]) -> _T | None:
    """The call's result; None where what it creates exists already."""
    return _unless("RESOURCE_ALREADY_EXISTS", call)


def _unless(code: str, call: Callable[[], _T]) -> _T | None:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    try:
        return call()
    except MlflowException as error:
        if error.error_code != code:
            raise
        return None


def _check_database_answers(uri: str, local: LocalStore | None) -> None:
    """MLflow tries to open a database ten times, for minutes; this tells in seconds."""
    url = urlsplit(uri)
    port = _DATABASE_PORTS.get(url.scheme.partition("+")[0])
    if local:
        with contextlib.closing(sqlite3.connect(local.file)) as connection:
            connection.execute("PRAGMA schema_version")
    elif port and url.hostname:
        socket.create_connection(
            (url.hostname, url.port or port), timeout=_SECONDS_TO_CONNECT
        ).close()


def _check_tables(uri: str) -> None:
    """Refuse the tables of another MLflow, which most versions change as soon as they open them:
    others that use them fail from then on, and nobody made a copy.
    """
    if urlsplit(uri).scheme.partition("+")[0] not in {"sqlite", *_DATABASE_PORTS}:
        return
    from mlflow.store.db.utils import _verify_schema  # noqa: PLC0415
    from sqlalchemy import create_engine, inspect  # noqa: PLC0415

    engine = create_engine(uri)
    try:
        if inspect(engine).has_table("alembic_version"):
            _verify_schema(engine)
    finally:
        engine.dispose()
