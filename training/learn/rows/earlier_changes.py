"""What earlier reviews changed in the definition, for everybody who lists what was decided."""

from collections.abc import Iterator
from pathlib import Path

from propensity.config.config import Config
from propensity.definition.load import load_definition
from propensity.definition.schema import Changed


def changes(config: Config) -> Iterator[str]:
    """One sentence per change of the definition that the configuration names, the oldest first.

    Raises:
        ConfigError: The definition cannot be used.
    """
    if config.definition is None or not Path(config.definition).exists():
        return
    for change in load_definition(config.definition).changes:
        yield f"decided: {sentence(change)}"


def sentence(change: Changed) -> str:
    """A change with its author and its day."""
    what = f"{change.kind} {change.about}".strip()
    return f"{what}: {change.before} -> {change.after}: {change.because} ({change.by}, {change.at})"
