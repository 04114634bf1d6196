"""The sources that a configuration names, opened to learn from them."""

from pathlib import Path

from features.intake import open_store
from features.store import Store
from propensity.config.config import Config


def open_sources(
    config: Config, *, memory_limit: str | None = None, threads: int | None = None
) -> Store:
    """Read and check the sources; rows that cannot be used go to the configured quarantine.

    Args:
        config: Names the sources.
        memory_limit: Of the feature engine, such as ``4GB``.
        threads: Of the feature engine, at most.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
    """
    return open_store(
        config.input,
        config.columns,
        purpose="train",
        quarantine=Path(config.output.quarantine),
        memory_limit=memory_limit,
        threads=threads,
    )
