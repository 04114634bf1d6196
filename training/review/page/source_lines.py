"""Where the line stands that says where figures come from: once in a section."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from training.review.document.blocks import Block, Folded, Text


@dataclass
class SourceLines:
    """The sources of a section, while it is written.

    What is told in the open is told there, at its first figures. What only folded blocks tell
    stands in the one that tells it; where several do, at the end of the section, or it would stand
    in a block that nobody opens.

    Attributes:
        in_the_open: Sources of blocks that nothing folds.
        folded_ones: Folded blocks by the source that they tell.
    """

    in_the_open: frozenset[str] = frozenset()
    folded_ones: Counter[str] = field(default_factory=Counter)
    _said: set[str] = field(default_factory=set)
    _depth: int = 0

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> "SourceLines":
        """Look at all blocks of a section."""
        folded = Counter[str]()
        for block in blocks:
            if isinstance(block, Folded):
                folded.update(set(_told(block.blocks)))
        return cls(
            frozenset(_told(block for block in blocks if not isinstance(block, Folded))), folded
        )

    @contextmanager
    def folded(self) -> Iterator[None]:
        """While a folded block is written."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def here(self, source: str) -> str:
        """The source, where it has to stand here; else nothing."""
        elsewhere = self._is_told(source) or self.folded_ones[source] > 1
        if source in self._said or (self._depth and elsewhere):
            return ""
        self._said.add(source)
        return source

    def left(self) -> list[str]:
        """Sources that are still to be told, at the end of the section."""
        return [
            source
            for source in self.folded_ones
            if source and source not in self._said and not self._is_told(source)
        ]

    def _is_told(self, source: str) -> bool:
        """Whether it is told in the open, or a part of what is."""
        return any(source in told for told in self.in_the_open)


def _told(blocks: "Sequence[Block] | Iterator[Block]") -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Folded):
            yield from _told(block.blocks)
        elif not isinstance(block, Text):
            yield block.source
