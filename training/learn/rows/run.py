"""What a command works on from beginning to end."""

from dataclasses import dataclass

from features.build.build import Builder, built
from features.store import Store
from propensity.config.config import Config


@dataclass(frozen=True)
class Run:
    """A configuration, and the tables that it names.

    Attributes:
        config: What the run is told.
        store: The canonical tables.
        build: Who builds the features of the rows that teach and judge.
    """

    config: Config
    store: Store
    build: Builder = built
