"""The code of own features: a Python function or a SQL query, loaded from what a person names, and
never from a stored model.
"""

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa

from features.errors import ConfigError
from features.own.settings import OwnFeatures

#: Tables that own code may read; see ``features.build.own_facts``.
TABLES = ("rows", "leads", "events", "changes")
#: What tells a query the time; a text or a name in quotes that reads so is refused too.
_CLOCK = re.compile(
    r"\b(current_date|current_time|current_timestamp|localtime|localtimestamp|transaction_timestamp"
    r"|get_current_timestamp|get_current_time|today|now)\b",
    re.IGNORECASE,
)
_Tables: TypeAlias = Mapping[str, pa.Table]


@dataclass(frozen=True)
class OwnCode:
    """Code of own features.

    Attributes:
        name: ``module:function``, or ``query`` with the beginning of its hash.
        sha256: Of the file that holds the function, or of the query: a model keeps it, and refuses
            other code.
        run: From the tables to a frame with a column per feature and the number of the row as
            index, or as a column ``row``.
    """

    name: str
    sha256: str
    run: Callable[[_Tables], pd.DataFrame]


def loaded(own: Sequence[OwnFeatures], folder: Path) -> dict[str, OwnCode]:
    """The code of own features by its name.

    Args:
        own: What the configuration says.
        folder: Folder of the configuration, in which modules are looked for first.

    Raises:
        ConfigError: A function is not to be found, or reads what it cannot be given.
    """
    codes = (
        _of_function(each.function, folder) if each.function else _of_query(each.query or "")
        for each in own
    )
    return {code.name: code for code in codes}


def code_name(own: OwnFeatures) -> str:
    """The name under which ``loaded`` keeps the code."""
    return own.function or _query_name(own.query or "")


# --- Python ---------------------------------------------------------------------------------------


def _of_function(reference: str, folder: Path) -> OwnCode:
    module_name, _, name = reference.partition(":")
    module, source = _module(reference, module_name, folder)
    function = getattr(module, name, None)
    if not callable(function):
        raise ConfigError(f"features.own: {reference}: {module_name} has no function {name!r}.")
    wanted = _parameters(reference, function)
    file = Path(getattr(module, "__file__", None) or "")

    def run(tables: _Tables) -> pd.DataFrame:
        given = {parameter: tables[parameter].to_pandas() for parameter in wanted}
        try:
            found = function(**given)
        except (Exception, SystemExit) as error:  # noqa: BLE001 — somebody else's code may raise anything
            raise ConfigError(f"features.own: {reference} failed: {_where(error, file)}.") from None
        return _framed(reference, found)

    return OwnCode(reference, hashlib.sha256(source).hexdigest(), run)


def _module(reference: str, name: str, folder: Path) -> tuple[ModuleType, bytes]:
    """A module, and the bytes of its file."""
    file = folder.joinpath(*name.split(".")).with_suffix(".py")
    try:
        if file.is_file():
            return _module_of(name, file)
        module = importlib.import_module(name)
        written = getattr(module, "__file__", None)  # a part of Python itself has none
        return module, Path(written).read_bytes() if written else b""
    except ModuleNotFoundError as error:
        if error.name in (name, name.partition(".")[0]):
            raise ConfigError(
                f"features.own: {reference}: expected {file.name} beside the configuration"
                f" ({folder}), or a module that Python finds, got neither."
            ) from None
        raise ConfigError(f"features.own: {reference} needs the package {error.name}.") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 — somebody else's code may raise anything
        told = _where(error, file)
        raise ConfigError(f"features.own: {reference} does not load: {told}.") from None


def _module_of(name: str, file: Path) -> tuple[ModuleType, bytes]:
    """A file as a module: what runs are the very bytes that are hashed, never a stored
    compilation, which Python takes for the file's where time and size agree.
    """
    spec = importlib.util.spec_from_file_location(f"own_features_of_{name}", file)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for their own module
    source = file.read_bytes()
    exec(compile(source, str(file), "exec"), module.__dict__)  # noqa: S102 — the person's own code
    return module, source


def _parameters(reference: str, function: Callable[..., object]) -> tuple[str, ...]:
    if inspect.iscoroutinefunction(function):
        raise ConfigError(f"features.own: {reference}: expected a function, got an async one.")
    try:
        named = tuple(inspect.signature(function).parameters)
    except ValueError:  # written in C: it does not say what it takes
        named = ()
    if not named or not set(named) <= set(TABLES):
        raise ConfigError(
            f"features.own: {reference}: expected parameters out of {', '.join(TABLES)}, got"
            f" {', '.join(named) or 'none'}."
        )
    return named


def _where(error: BaseException, file: Path) -> str:
    """The kind of an error and the line of the person's own file; not its text, which may hold
    values.
    """
    lines = [
        step.lineno
        for step in traceback.extract_tb(error.__traceback__)
        if step.filename == str(file)
    ]
    place = f" in line {lines[-1]} of {file.name}" if lines else ""
    if isinstance(error, SyntaxError) and error.lineno:
        place = f" in line {error.lineno} of {file.name}"
    return f"{type(error).__name__}{place}"


def _framed(reference: str, found: object) -> pd.DataFrame:
    if isinstance(found, pd.Series):
        found = found.to_frame()
    if not isinstance(found, pd.DataFrame):
        raise ConfigError(
            f"features.own: {reference}: expected a DataFrame with a row's number as index, or as"
            f" a column `row`, got {type(found).__name__}."
        )
    return found


# --- SQL ------------------------------------------------------------------------------------------


def _query_name(query: str) -> str:
    return f"query {hashlib.sha256(query.encode()).hexdigest()[:12]}"


def _of_query(query: str) -> OwnCode:
    name = _query_name(query)
    clock = _CLOCK.search(query)
    if clock:
        raise ConfigError(
            f"features.own: {name}: expected no clock, got {clock.group(0)}: a row is looked at on"
            " the day `as_of` of the table rows, in training and at night."
        )

    def run(tables: _Tables) -> pd.DataFrame:
        # one thread, so that a sum is the same bit for bit; and nothing but the tables in reach
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": "1",
            "enable_external_access": "false",
            "python_enable_replacements": "false",
        }
        with duckdb.connect(config=settings) as connection:
            for table, content in tables.items():
                connection.register(table, content)
            try:
                statements = connection.extract_statements(query)
                kinds = [statement.type for statement in statements]
                if kinds != [duckdb.StatementType.SELECT]:
                    raise ConfigError(f"features.own: {name}: expected one SELECT.")
                frame: pd.DataFrame = connection.sql(query).to_arrow_table().to_pandas()
            except duckdb.Error as error:
                raise ConfigError(f"features.own: {name}: {_said(error)}.") from None
        return frame

    return OwnCode(name, hashlib.sha256(query.encode()).hexdigest(), run)


def _said(error: duckdb.Error) -> str:
    """What DuckDB says of the query; of values the kind of the error alone, which quotes none."""
    if isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        return str(error).splitlines()[0]
    kind = type(error).__name__
    if isinstance(error, duckdb.PermissionException):
        return f"{kind}: a query reads the tables {', '.join(TABLES)} and no file"
    return f"{kind}: a value cannot be computed; TRY_CAST gives NULL where CAST fails"
