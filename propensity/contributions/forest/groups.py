"""Groups of leaves: for the leaves of one group, a lead is one small integer, its cell.

All leaves of a group together ask only a few things of a feature, so its codes fall into few
buckets that no leaf of the group tells apart.  The cell is the tuple of the buckets of the group's
features, as one mixed-radix integer; what the group contributes is a function of the cell alone.
Neighbouring leaves share most of their path, so packing them greedily from left to right is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from propensity.contributions.forest.leaves import Leaf

# a group's table stays in the first-level cache; more cells gave fewer groups but no speed
MAX_CELLS = 256


@dataclass(slots=True)
class LeafGroup:
    """Leaves whose contributions are looked up together.

    Attributes:
        leaves: the leaves, in the order in which they are added up.
        buckets: per feature the sets of codes that no leaf of the group tells apart, disjoint and
            complete.
        cells: product of the numbers of buckets.
        asked: (feature, set of codes) that some leaf asks for.
    """

    leaves: list[Leaf] = field(default_factory=list)
    buckets: dict[int, list[int]] = field(default_factory=dict)
    cells: int = 1
    asked: set[tuple[int, int]] = field(default_factory=set)

    def take(self, leaf: Leaf, full: dict[int, int]) -> bool:
        """Add the leaf unless the cells would become too many; a first leaf is always taken.

        Args:
            leaf: the leaf.
            full: per feature the set of all its codes.
        """
        refined: dict[int, list[int]] = {}
        cells = self.cells
        for item in leaf.asked:
            if item in self.asked:
                continue
            feature, wanted = item
            old = refined.get(feature) or self.buckets.get(feature) or [full[feature]]
            new = [part for bucket in old for part in (bucket & wanted, bucket & ~wanted) if part]
            cells = cells // len(old) * len(new)
            if cells > MAX_CELLS and self.leaves:
                return False
            refined[feature] = new
        self.leaves.append(leaf)
        self.buckets.update(refined)
        self.cells = cells
        self.asked.update(leaf.asked)
        return True


def packed(leaves: Iterable[Leaf], n_codes: dict[int, int]) -> Iterator[LeafGroup]:
    """Pack the leaves, in order, into groups of at most `MAX_CELLS` cells.

    Args:
        leaves: leaves with at least one decision.
        n_codes: per feature, how many codes it has.
    """
    full = {feature: (1 << n) - 1 for feature, n in n_codes.items()}
    group = LeafGroup()
    for leaf in leaves:
        if not group.take(leaf, full):
            yield group
            group = LeafGroup()
            group.take(leaf, full)
    if group.leaves:
        yield group


def runs_of(buckets: Sequence[int]) -> list[tuple[int, int]]:
    """Return (first code, bucket number) of every run of codes in one bucket, ascending.

    >>> runs_of([0b10011, 0b01100])
    [(0, 0), (2, 1), (4, 0)]
    """
    runs = []
    for number, bucket in enumerate(buckets):
        starts = bucket & ~(bucket << 1)
        while starts:
            lowest = starts & -starts
            runs.append((lowest.bit_length() - 1, number))
            starts ^= lowest
    return sorted(runs)
