"""Secrets stay out of files: ``${NAME}`` in a URL is taken from the environment when it is used."""

import os
import re

from features.errors import ConfigError


def from_environment(text: str) -> str:
    """Replace each ``${NAME}`` by the environment variable of that name.

    Raises:
        ConfigError: A variable is not set.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ConfigError(
                f"The environment variable {name} is not set; the configuration asks for"
                f" ${{{name}}}."
            )
        return os.environ[name]

    return re.sub(r"\$\{(\w+)\}", value, text)
