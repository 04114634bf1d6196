"""A configuration as it is stored with a model: no password, and no path of the machine, which
would name people's home folders.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from features.sqlite_address import sqlite_address
from propensity.config.config import PATH_KEYS, Config

_PASSWORD = re.compile(r"(://[^:/@\s]*:)(?!\$\{)[^@\s]+(?=@)")
_ADDRESSES = ("database", "uri", "url")
#: Keys whose value is a path; other texts, such as patterns of web pages, may look like one.
_PATHS = (*PATH_KEYS, "out", "definition")


def portable(config: Config) -> object:
    """The configuration as plain data for JSON.

    A password that was written out becomes ``***``. A path in the folder of the configuration is
    relative to it, and of any other the name alone stays.
    """
    return _portable(config.model_dump(mode="json"), "", config.folder)


def _portable(value: object, key: str, home: Path) -> object:
    match value:
        case Mapping():
            return {name: _portable(item, name, home) for name, item in value.items()}
        case list():
            return [_portable(item, key, home) for item in value]
        case str() if key in _ADDRESSES:
            found = sqlite_address(value)
            if found is None:
                return _PASSWORD.sub(r"\1***", value)
            return found.at(_relative(found.path, home))
        case str() if key in _PATHS and os.path.isabs(value):
            return _relative(value, home)
        case _:
            return value


def _relative(path: str, home: Path) -> str:
    place = Path(os.path.normpath(path))
    return (place.relative_to(home) if place.is_relative_to(home) else Path(place.name)).as_posix()
