"""Which files an input reads: what no output may be."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from features.settings import InputSettings
from features.sqlite_address import sqlite_address


def read_paths(input: InputSettings) -> list[tuple[str, Path]]:
    """Every file, pattern and SQLite file that the tables name, with the key that names it."""
    return list(_within(input.model_dump(), "input"))


def _within(value: object, key: str) -> Iterator[tuple[str, Path]]:
    match value:
        case Mapping():
            for name, item in value.items():
                here = f"{key}.{name}"
                if name == "path" and isinstance(item, str):
                    yield key, Path(item)
                elif name == "database" and isinstance(item, str):
                    if found := sqlite_address(item):
                        yield here, found.file
                else:
                    yield from _within(item, here)
        case list() | tuple():
            for number, item in enumerate(value, 1):
                yield from _within(item, f"{key} {number}")
