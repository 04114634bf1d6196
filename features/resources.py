"""How much of a machine the feature engine may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resources:
    """What DuckDB may use.

    Attributes:
        memory_limit: Memory limit such as ``"4GB"``; beyond it DuckDB spills to the temporary
            folder. None leaves it to DuckDB, which takes most of the machine's memory.
        threads: Number of threads at most; None for all cores.
    """

    memory_limit: str | None = None
    threads: int | None = None


#: As much as DuckDB takes by itself.
UNLIMITED = Resources()
