"""The next item is made by a thread of its own while somebody works on the last one.

Kernels, Arrow and the database do not hold Python's lock, so that two cores have work.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item], *, name: str) -> Iterator[Item]:
    """The items, in order, each made while the one before is worked on.

    Args:
        items: To be made; used by one thread at a time.
        name: What the thread is for.

    Raises:
        Exception: What making an item raised, when it is that item's turn.
    """
    one_by_one = ([item] for item in items)
    with ThreadPoolExecutor(1, thread_name_prefix=name) as pool:
        coming: Future[list[Item]] = pool.submit(next, one_by_one, [])
        while found := coming.result():
            coming = pool.submit(next, one_by_one, [])
            yield from found


class Beside:
    """Does one thing at a time in a thread of its own, in the order it was asked.

    Whoever asks waits for the thing before, so that what waits in memory is one thing at most; what
    that raised is raised then, or at the end.
    """

    def __init__(self, *, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._last: Future[None] | None = None

    def do(self, act: Callable[[Item], None], item: Item) -> None:
        """Let the thread act on an item."""
        self._settle()
        self._last = self._pool.submit(act, item)

    def _settle(self) -> None:
        if self._last is not None:
            last, self._last = self._last, None
            last.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._settle()
        finally:
            self._pool.shutdown(cancel_futures=True)
