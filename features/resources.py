"""How much of a machine the feature engine may use."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Resources:
    """What DuckDB may use.

    Attributes:
        memory_limit: Memory limit such as ``"4GB"``; beyond it DuckDB spills to the temporary
            folder. None leaves it to DuckDB, which takes most of the machine's memory.
        threads: Number of threads at most; None for all cores, and never more than there are.
    """

    memory_limit: str | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        """Take no more threads than the machine has: they would only wait for each other."""
        if self.threads is not None:
            object.__setattr__(self, "threads", min(self.threads, cores()))


def cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


#: As much as DuckDB takes by itself.
UNLIMITED = Resources()
