"""Several models learned side by side, one thread each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Told = TypeVar("Told")


def side_by_side(jobs: Sequence[Callable[[], Told]], at_once: int) -> list[Told]:
    """What comes of each job, in their order; so many run at a time.

    LightGBM and the splines learn on one thread and let others run meanwhile. No job knows of
    another, so how many run at a time changes nothing but the seconds.
    """
    if at_once < 2 or len(jobs) < 2:
        return [job() for job in jobs]
    with ThreadPoolExecutor(min(len(jobs), at_once), thread_name_prefix="learn") as pool:
        return list(pool.map(lambda job: job(), jobs))
