"""Reading and writing a definition file."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from features.errors import ConfigError
from features.files.problems import explained
from features.files.yaml_file import read_yaml
from propensity.definition.schema import Definition


def load_definition(path: Path | str) -> Definition:
    """Read a definition file.

    Raises:
        ConfigError: It cannot be read, or holds unknown keys, wrong values or rules that cannot be
            parsed; all are listed.
    """
    path = Path(path)
    try:
        raw = read_yaml(path)
    except FileNotFoundError:
        raise ConfigError(
            f"No definition at {path}. `propensity definition write CONFIG` proposes one for your"
            " model."
        ) from None
    return parse_definition(raw, name=str(path))


def parse_definition(raw: object, *, name: str = "definition") -> Definition:
    """Check a definition.

    Raises:
        ConfigError: Everything wrong with it, one line each.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{name}: expected a mapping of sections, got {type(raw).__name__}.")
    try:
        return Definition.model_validate(dict(raw))
    except ValidationError as error:
        lines = "\n".join(f"  - {line}" for line in explained(error, Definition))
        raise ConfigError(
            f"{name} cannot be used: {error.error_count()} problem(s).\n{lines}"
        ) from None
