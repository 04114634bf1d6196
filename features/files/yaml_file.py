"""Reading YAML that people wrote: plain data, of a size that people write, each key once."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from features.errors import ConfigError
from features.files.cells import TURNING, harmless_yaml

_MOST_BYTES, _MOST_DEPTH, _MOST_NODES = 4_000_000, 50, 200_000


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which takes the last of several keys of one name without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping, after its keys were counted."""
        seen: dict[object, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            line = key.start_mark.line + 1
            if key.value in seen:
                raise ConfigError(
                    f"line {line}: the key `{key.value:.60}` stands there twice, first in line"
                    f" {seen[key.value]}; keep one."
                )
            seen[key.value] = line
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> object:
    """What a YAML file says, as plain data; with or without a byte-order mark.

    Raises:
        FileNotFoundError: There is no such file; what that means is the caller's to say.
        ConfigError: It cannot be read as UTF-8 text, is not valid YAML, names a key twice, or is
            larger or deeper than what people write.
    """
    try:
        if not path.is_file() and path.exists():
            raise ConfigError(f"{path}: expected a file, got something else.")
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError(
                f"{path}: expected at most {_MOST_BYTES // 1_000_000} MB of YAML, got"
                f" {path.stat().st_size / 1e6:.0f} MB."
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}") from error
    return parsed_yaml(text, str(path))


def parsed_yaml(text: str, name: str) -> Any:  # noqa: ANN401 — whatever the text says
    """What a YAML text says; ``name`` is what people call it.

    Raises:
        ConfigError: See :func:`read_yaml`.
    """
    try:
        _check_depth(text)
        found: object = yaml.load(text, _Loader)  # noqa: S506 — a safe loader
        _size(found, {})
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{name} is not valid YAML: {error}") from error
    return found


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper, with texts in double quotes where signs in them need escapes."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if any(sign in text for sign in TURNING) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dumped_yaml(value: object) -> str:
    """Plain data as YAML: keys in their order, no sign that turns the direction of the text."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    return harmless_yaml(text)


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise ConfigError(
                f"line {line}: expected at most {_MOST_DEPTH} levels, one inside the other."
            )


def _size(value: object, known: dict[int, int]) -> int:
    """How many values there are, each as often as it is referred to."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) in known:
        return known[id(value)]
    known[id(value)] = _MOST_NODES + 1  # what holds itself never ends
    inside = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    total = 1 + sum(_size(item, known) for item in inside)
    if total > _MOST_NODES:
        raise ConfigError(
            f"expected at most {_MOST_NODES:,} values, got more: do anchors (&, *) multiply them?"
        )
    known[id(value)] = total
    return total
