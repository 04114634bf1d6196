"""Other files than those a configuration names, for one scoring."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from features.errors import ConfigError
from features.settings import InputSettings, Source
from propensity.config.config import Config

#: Key of a file that is given without a name.
UNNAMED = ""
#: What says where a table lies in a database.
_OF_A_DATABASE = ("database", "query", "table", "timeout_seconds")


def named_files(given: list[str]) -> dict[str, Path]:
    """Files as a command line gives them: ``PATH``, or ``NAME=PATH`` for a source of the
    configuration.

    >>> named_files(["leads=tonight.csv"])
    {'leads': PosixPath('tonight.csv')}

    Raises:
        ConfigError: One source is given twice.
    """
    found: dict[str, Path] = {}
    for text in given:
        name, equals, path = text.partition("=")
        key = name if equals and name.replace("_", "").replace(".", "").isalnum() else UNNAMED
        if key in found:
            raise ConfigError(
                f"--input: expected each source once, got {key or 'a file without a name'!r} twice."
            )
        found[key] = Path(path if key else text)
    return found


def reading(config: Config, files: Mapping[str, Path | str] | Path | str | None) -> Config:
    """The configuration with other files in the place of its sources; the columns stay as they are.

    Args:
        config: Names the sources.
        files: Source to file: ``leads``, ``events``, ``outcomes``, ``attribute_changes``, ``flat``;
            of a source with several tables ``events.2`` and so on. Sections that read the same file
            get it too, unless they are named. A file alone is that of the flat
            table. Relative paths start where the process runs. None changes nothing.

    Raises:
        ConfigError: The configuration has no such source.
    """
    if files is None:
        return config
    given = files if isinstance(files, Mapping) else {UNNAMED: files}
    sources = _sources(config.input)
    changed: dict[str, dict[int, Path]] = {}
    for name, path in given.items():
        key = name or ("flat" if config.input.is_flat else UNNAMED)
        if key not in sources:
            told = f"{name!r}" if name else f"{str(path)!r} without a name"
            ways = ", ".join(f"{known}=FILE" for known in sources)
            raise ConfigError(
                f"--input: expected {ways}, for the sources of the configuration; got {told}."
            )
        source, place = sources[key]
        changed.setdefault(source, {})[place] = Path(path).absolute()
    changed = _with_sharing(config.input, changed, sources.values())
    update = {
        source: _with_paths(getattr(config.input, source), paths)
        for source, paths in changed.items()
    }
    return config.model_copy(update={"input": config.input.model_copy(update=update)})


def _with_sharing(
    input: InputSettings, changed: dict[str, dict[int, Path]], places: Iterable[tuple[str, int]]
) -> dict[str, dict[int, Path]]:
    """The same, with the sections that read the file of a changed one, and are not named."""
    moved = {
        _table(input, source, place).path: path
        for source, paths in changed.items()
        for place, path in paths.items()
    }
    found = {source: dict(paths) for source, paths in changed.items()}
    for source, place in places:
        path = moved.get(_table(input, source, place).path)
        if path is not None:
            found.setdefault(source, {}).setdefault(place, path)
    return found


def _table(input: InputSettings, source: str, place: int) -> Source:
    value: Any = getattr(input, source)
    table: Source = value[place] if isinstance(value, tuple | list) else value
    return table


def _sources(input: InputSettings) -> dict[str, tuple[str, int]]:
    """What a file may be given for: the name to the source and the place among its tables."""
    found: dict[str, tuple[str, int]] = {}
    for name in type(input).model_fields:
        value = getattr(input, name)
        tables = value if isinstance(value, tuple | list) else (value,)
        if not tables or not all(isinstance(table, Source) for table in tables):
            continue
        if len(tables) == 1:
            found[name] = (name, 0)
        else:
            found |= {f"{name}.{place + 1}": (name, place) for place in range(len(tables))}
    return found


def _with_paths(value: object, paths: Mapping[int, Path]) -> object:
    tables: list[Any] = list(value) if isinstance(value, tuple | list) else [value]
    for place, path in paths.items():
        update = {"path": str(path)} | dict.fromkeys(_OF_A_DATABASE)
        tables[place] = tables[place].model_copy(update=update)
    return tuple(tables) if isinstance(value, tuple | list) else tables[0]
