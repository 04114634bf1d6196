"""Leaves as games: a leaf pays its value if all features on its path agree, and every feature is a
player.

Source: Lundberg et al., "From local explanations to global understanding with explainable AI for
trees" (2020), path-dependent TreeSHAP.  A leaf with value v and distinct features 1 ... d on its
path is a product game: inside a coalition feature i pays 1 if the lead satisfies all its decisions
on the path and 0 if not; outside it pays o_i, the share of the training rows that went the leaf's
way at those decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.forest.codes import DecisionCodes
from propensity.contributions.forest.model_text import Tree


class Leaf(NamedTuple):
    """A leaf and its path.

    Attributes:
        tree: number of its tree in the forest.
        value: log-odds it adds, times the weight of its member model.
        asked: per distinct feature of the path, its number and the set of codes that go the leaf's
            way at all its decisions.
        shares: per distinct feature, in the same order, the share of training rows that went the
            leaf's way.
    """

    tree: int
    value: float
    asked: tuple[tuple[int, int], ...]
    shares: list[float]

    @property
    def expected(self) -> float:
        """What the leaf adds to the base: its value times the share of training rows that reach
        it.
        """
        return self.value * prod(self.shares)


def leaves_of(tree: Tree, number: int, weight: float, codes: DecisionCodes) -> Iterator[Leaf]:
    """Yield the leaves of a tree from left to right; the depth is not limited."""
    values = (tree.leaf_value * weight).tolist()
    features, left_sets = tree.split_feature.tolist(), codes.left_sets(tree)
    sides = [(True, tree.left_child.tolist()), (False, tree.right_child.tolist())]
    covers, leaf_covers = tree.internal_count.tolist(), tree.leaf_count.tolist()
    stack: list[tuple[int, dict[int, int], dict[int, float]]] = [(0 if features else ~0, {}, {})]
    while stack:
        node, satisfied, shares = stack.pop()
        if node < 0:
            yield Leaf(number, values[~node], tuple(satisfied.items()), list(shares.values()))
            continue
        feature, left_set = features[node], left_sets[node]
        every = (1 << codes.features[feature].n_codes) - 1
        before, share = satisfied.get(feature, every), shares.get(feature, 1.0)
        for is_left, children in reversed(sides):
            child = children[node]
            cover = leaf_covers[~child] if child < 0 else covers[child]
            stack.append(
                (
                    child,
                    {**satisfied, feature: before & (left_set if is_left else every ^ left_set)},
                    {**shares, feature: share * (cover / covers[node])},
                )
            )


def leaf_games(values: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Shapley values of leaves with d features each, for every set of satisfied
    features.

    With A the satisfied features, B the others, o the shares and w(s) = s! (d - 1 - s)! / d!, let
    Q(M) = sum over subsets S of M of w(|S|) times the product of o over M without S.  Then the
    Shapley value is v (1 - o_j) Q(A without j) times the product of o over B for j in A, and -v
    Q(A) times the same product for j in B.

    Args:
        values: (n,) leaf values.
        shares: (n, d) cover shares, d >= 1.

    Returns:
        (n, 2**d, d): entry [leaf, A, j], where bit j of A says whether feature j is satisfied.
    """
    n, d = shares.shape
    weights = [factorial(s) * factorial(d - 1 - s) / factorial(d) for s in range(d)]
    product = np.ones((n, 1))
    # [k, leaf, M]: sum over the subsets of M of size k of their products of shares
    symmetric = np.zeros((d, n, 1))
    symmetric[0] = 1.0
    sizes = np.zeros(1, np.int64)
    for j in range(d):
        share = shares[:, j : j + 1]
        product = np.concatenate([product, product * share], axis=1)
        grown = symmetric.copy()
        grown[1:] += share * symmetric[:-1]
        symmetric = np.concatenate([symmetric, grown], axis=2)
        sizes = np.concatenate([sizes, sizes + 1])
    q = np.zeros((n, 1 << d))
    for k in range(d):
        fits = (sizes >= k) & (sizes < d)
        q[:, fits] += np.array(weights)[sizes[fits] - k] * symmetric[k][:, fits]
    sets = np.arange(1 << d)
    paid = values[:, None] * product[:, ::-1]  # the complement of A is the reversed index
    games = np.empty((n, 1 << d, d))
    for j in range(d):
        inside = (sets >> j & 1).astype(bool)
        games[:, inside, j] = (
            paid[:, inside] * (1.0 - shares[:, j : j + 1]) * q[:, sets[inside] ^ (1 << j)]
        )
        games[:, ~inside, j] = -paid[:, ~inside] * q[:, ~inside]
    return games
