"""The sources that a configuration names, opened to learn from them."""

from pathlib import Path

from features.intake import open_store
from features.resources import UNLIMITED, Resources
from features.store import Store
from propensity.config.config import Config


def open_sources(config: Config, *, resources: Resources = UNLIMITED) -> Store:
    """Read and check the sources; rows that cannot be used go to the configured quarantine.

    Args:
        config: Names the sources.
        resources: Memory and threads of the feature engine.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
    """
    return open_store(
        config.input,
        config.columns,
        purpose="train",
        quarantine=Path(config.output.quarantine),
        resources=resources,
    )
