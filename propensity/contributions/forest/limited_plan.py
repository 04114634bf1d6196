"""The plan of as many trees as tables can hold; the others are left out, and explained without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from propensity.contributions.forest.codes import FeatureCodes
from propensity.contributions.forest.groups import LeafGroup, packed
from propensity.contributions.forest.leaves import Leaf
from propensity.contributions.forest.plan import Plan, plan_of


def limited_plan(
    trees: Callable[[], Iterable[Sequence[Leaf]]],
    features: dict[int, FeatureCodes],
    *,
    most_players: int,
    most_values: int,
) -> tuple[Plan, set[int]]:
    """Plan the trees, and return the numbers of those that are left out.

    Args:
        trees: gives the leaves of one tree after another, each time it is called.
        features: the codes of all features that the leaves ask for.
        most_players: sets of codes that a leaf may ask for; a tree with a longer one is left out.
        most_values: values of all tables together; the trees that need most are left out.
    """
    n_codes = {feature: codes.n_codes for feature, codes in features.items()}
    left_out: set[int] = set()

    def leaves() -> Iterator[Leaf]:
        for number, grown in enumerate(trees()):
            if max(len(leaf.asked) for leaf in grown) > most_players:
                left_out.add(number)
            if number not in left_out:
                yield from (leaf for leaf in grown if leaf.asked)

    costs: dict[int, int] = {}
    plan = plan_of(_costed(packed(leaves(), n_codes), costs), features)
    too_much = _most_expensive(costs, most_values)
    if too_much:
        left_out |= too_much
        plan = plan_of(packed(leaves(), n_codes), features)
    return plan, left_out


def _costed(groups: Iterator[LeafGroup], costs: dict[int, int]) -> Iterator[LeafGroup]:
    """Pass the groups on and note, by the tree of each group's first leaf, how many table values it
    needs.
    """
    for group in groups:
        tree = group.leaves[0].tree
        costs[tree] = costs.get(tree, 0) + group.cells * len(group.buckets)
        yield group


def _most_expensive(costs: dict[int, int], most_values: int) -> set[int]:
    """The trees to leave out, so that the tables of the others take at most so many values."""
    total, left_out = sum(costs.values()), set()
    for tree in sorted(costs, key=lambda tree: (-costs[tree], tree)):
        if total <= most_values:
            break
        total -= costs[tree]
        left_out.add(tree)
    return left_out
