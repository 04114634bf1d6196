"""Reading a YAML file that people wrote."""

from pathlib import Path

import yaml

from features.errors import ConfigError


def read_yaml(path: Path) -> object:
    """What a YAML file says, as plain data; with or without a byte-order mark.

    Raises:
        FileNotFoundError: There is no such file; what that means is the caller's to say.
        ConfigError: It cannot be read as UTF-8 text, or is not valid YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
