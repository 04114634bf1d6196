"""Tables that a caller gives in the place of those that a configuration names: in memory, or other
files.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

from features.databases.in_memory import Table, write_table
from features.files.temporary_folder import TemporaryFolder
from features.settings import InputSettings
from propensity.config.config import Config, load, parse
from propensity.config.other_files import UNNAMED, reading

#: A configuration: the path of its file, what such a file holds, or what was read from one.
AnyConfig: TypeAlias = Config | Path | str | Mapping[str, Any]
#: Tables by the name of their source; one alone is the flat table.
Input: TypeAlias = Mapping[str, Table] | Table | None
#: What says of a source where its table lies.
_PLACES = ("path", "database", "query", "table", "timeout_seconds", "incremental", "encoding")


class GivenTables(TypedDict, total=False):
    """Tables by the name of their source; see ``input`` in the configuration."""

    leads: Table
    joined: Table
    events: Table
    stage_history: Table
    outcomes: Table
    attribute_changes: Table
    statuses: Table
    traffic: Table
    goals: Table
    flat: Table


def config_of(config: AnyConfig) -> Config:
    """A configuration as it is checked; relative paths of a mapping start where the process runs.

    Raises:
        ConfigError: It cannot be used; everything wrong is listed.
    """
    if isinstance(config, Config):
        return config
    if isinstance(config, Mapping):
        return parse(config, base=Path.cwd(), name="the configuration")
    return load(config)


def config_without_tables(config: AnyConfig) -> Config:
    """A configuration of which no table is read: a mapping needs no place for any.

    Raises:
        ConfigError: It cannot be used; everything wrong is listed.
    """
    if not isinstance(config, Mapping) or not isinstance(config.get("input"), Mapping):
        return config_of(config)
    places = {
        name: "nowhere"
        for name, section in config["input"].items()
        if isinstance(section, Mapping) and not {"path", "database"} & set(section)
    }
    return config_of(_with_places(config, places))


@contextmanager
def given(config: AnyConfig, input: Input, tables: GivenTables) -> Iterator[Config]:
    """The configuration with the given tables in the place of its own, as long as it is used.

    A table in memory waits in a temporary Parquet file, which everything reads that reads files.

    Args:
        config: Names the sources. One that is a mapping needs no place for a table that is given.
        input: Tables by the name of their source, ``events.2`` and so on where it has several; one
            alone is the flat table.
        tables: More of them.

    Raises:
        ConfigError: The configuration has no such source, or cannot be used.
        DataError: What is given is no table.
    """
    found: dict[str, object] = dict(input) if isinstance(input, Mapping) else {}
    if input is not None and not isinstance(input, Mapping):
        found[UNNAMED] = input
    found |= {name: table for name, table in tables.items() if table is not None}
    if not found:
        yield config_of(config)
        return
    with TemporaryFolder() as folder:
        files = {name: _file(name, table, folder) for name, table in found.items()}
        if isinstance(config, Mapping):
            config = _with_places(config, files)
        yield reading(config_of(config), files)


def _file(name: str, table: object, folder: Path) -> Path | str:
    if isinstance(table, Path | str):
        return table
    path = folder / f"{name or 'flat'}.parquet"
    write_table(name or "flat", table, path)
    return path


def _with_places(raw: Mapping[str, Any], files: Mapping[str, Path | str]) -> Mapping[str, Any]:
    """A configuration that names the files, where it names one table or none."""
    sections = raw.get("input") or {}
    if not isinstance(sections, Mapping):
        return raw
    filled = dict(sections)
    for given_as, path in files.items():
        name = given_as or "flat"
        section = filled.get(name) or {}
        if name in InputSettings.model_fields and isinstance(section, Mapping):
            kept = {key: value for key, value in section.items() if key not in _PLACES}
            filled[name] = {**kept, "path": str(Path(path).absolute())}
    return {**raw, "input": filled}
