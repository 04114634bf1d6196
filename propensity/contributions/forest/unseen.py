"""The forest for leads with a value whose state no training row showed, such as a first gap.

Such a value is no evidence, so its feature must say nothing. Let U be the features of a lead whose
states were not seen. The lead's game is the game of path-dependent SHAP without the players in U:
where a decision asks for a feature in U, nobody can answer it, and both sides are followed, each
weighted by the training rows that went there (its cover):

    v(S) = E[tree | the features in S], S without U, the rest by cover.

- *The sum stays exact.* Shapley values are efficient in any game: they add up to v(all but U) minus
  v(nobody). v(nobody) is the base, the same for every lead; v(all but U) is the raw score.
- *The features in U add nothing:* they are no players. The others add what they add when nobody
  knows the features in U, so an interaction with U counts as it does on average.
- *The axes stay apart:* a tree asks for features of one axis, with or without U. What no tree
  connects with U keeps its contributions to the bit.

A leaf is a product game (see `leaves`): feature i pays 1 if the lead goes the leaf's way, 0 if not,
and its share o_i while it stands outside. A player that pays o_i inside as well changes nothing by
joining, and Shapley values do not notice such a player; so "not seen" is a third thing a feature
can pay. As the values are linear in what each player pays, the third is the mix of the two,

    values(not seen) = (1 - o_i) values(not the leaf's way) + o_i values(the leaf's way),

and the tables of the engine need one more bucket per feature and nothing else. They are built when
the first such lead comes, and lie beside those of ordinary leads, which keep theirs to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import factorial
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from propensity.contributions.forest.codes import DecisionCodes, FeatureCodes
from propensity.contributions.forest.leaves import Leaf, leaf_games, leaves_of
from propensity.contributions.forest.limited_plan import limited_plan
from propensity.contributions.forest.model_text import Tree
from propensity.contributions.forest.plan import Plan, encoding_of
from propensity.contributions.forest.tables import Tables, tables_of


class UnseenForest:
    """The trees of a forest, compiled for leads with states that were not seen.

    Attributes:
        plan: how the codes, each feature with one more for "not seen", become cells.
    """

    def __init__(
        self,
        trees: Sequence[tuple[Tree, float]],
        codes: DecisionCodes,
        *,
        most_players: int,
        most_values: int,
    ) -> None:
        self._known = codes.features
        coded = {feature: _one_more(known) for feature, known in codes.features.items()}
        self._encoding = encoding_of(coded)

        def grown() -> Iterator[list[Leaf]]:
            for number, (tree, weight) in enumerate(trees):
                yield [self._asking(leaf) for leaf in leaves_of(tree, number, weight, codes)]

        self.plan: Plan
        self.plan, left_out = limited_plan(
            grown, coded, most_players=most_players, most_values=most_values
        )
        self._alone = [
            leaf
            for number in sorted(left_out)
            for leaf in leaves_of(trees[number][0], number, trees[number][1], codes)
            if leaf.asked
        ]

    def tables(self, column_of: NDArray[np.int64], kernel: ModuleType) -> Tables:
        """The tables of `explain`, for one way of adding features up."""
        return tables_of(self.plan, column_of, kernel, unseen_games)

    def explain(
        self,
        matrix: NDArray[np.float64],
        unseen: NDArray[np.bool_],
        out: NDArray[np.float64],
        column_of: NDArray[np.int64],
        tables: Tables,
        kernel: ModuleType,
    ) -> None:
        """Write the contributions of leads into `out`.

        Args:
            matrix: (n, features).
            unseen: (n, features) whether the value's state was not seen.
            out: (n, columns), written to.
            column_of: (features,) output column of every feature.
            tables: the tables for these columns.
            kernel: the module that explains rows.
        """
        codes = np.zeros(matrix.shape)
        for feature, known in self._known.items():
            code = known.encode(matrix[:, feature])
            codes[:, feature] = np.where(unseen[:, feature], known.n_codes, code)
        kernel.explain_rows(codes, 0, len(codes), out, self._encoding, self.plan, tables)
        for leaf in self._alone:
            values = _alone(leaf, codes, self._known)
            for place, (feature, _) in enumerate(leaf.asked):
                out[:, column_of[feature]] += values[:, place]

    def _asking(self, leaf: Leaf) -> Leaf:
        """The leaf with two sets of codes per feature: that go its way, and that were not seen."""
        unseen = tuple((feature, 1 << self._known[feature].n_codes) for feature, _ in leaf.asked)
        return leaf._replace(asked=leaf.asked + unseen, shares=leaf.shares * 2)


def unseen_games(values: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Shapley values of leaves with d features, for every set of features that go the
    leaf's way, and every set that was not seen.

    Args:
        values: (n,) leaf values.
        shares: (n, 2 d) cover shares, twice.

    Returns:
        (n, 4**d, 2 d): entry [leaf, A + 2**d U, j] for feature j < d; A and U have no feature in
        common, and all other entries are 0.
    """
    d = shares.shape[1] // 2
    sets = np.arange(1 << d)
    games = np.zeros((len(values), 1 << d, 1 << d, 2 * d))
    games[:, 0, :, :d] = leaf_games(values, shares[:, :d])
    for unseen in range(1, 1 << d):
        feature = (unseen & -unseen).bit_length() - 1
        others = games[:, unseen ^ (1 << feature)]
        free = sets[sets & unseen == 0]
        share = shares[:, feature, None, None]
        mixed = (1.0 - share) * others[:, free] + share * others[:, free | 1 << feature]
        mixed[:, :, feature] = 0.0
        games[:, unseen, free] = mixed
    return games.reshape(len(values), 1 << 2 * d, 2 * d)


def _one_more(known: FeatureCodes) -> FeatureCodes:
    """The codes of a feature as values of their own, with one more for "not seen"."""
    n_codes = known.n_codes + 1
    themselves = np.arange(n_codes, dtype=np.uint16)
    return replace(
        known,
        thresholds=np.zeros(0),
        category_codes=themselves,
        n_codes=n_codes,
        nan_code=n_codes - 1,
        zero_code=0,
    )


def _alone(
    leaf: Leaf, codes: NDArray[np.float64], known: dict[int, FeatureCodes]
) -> NDArray[np.float64]:
    """(n, d) Shapley values of one leaf of any size: each player pays 1, 0, or its share.

    With w(k) = k! (d - 1 - k)! / d!, feature j adds v (a_j - o_j) times the sum over k of w(k)
    times the coefficient of z**k in the product over the others of a_i z + o_i.
    """
    d = len(leaf.asked)
    paid = np.empty((d, len(codes)))
    for place, (feature, wanted) in enumerate(leaf.asked):
        pays = [float(wanted >> code & 1) for code in range(known[feature].n_codes)]
        paid[place] = np.array([*pays, leaf.shares[place]])[codes[:, feature].astype(np.int64)]
    weights = np.array([factorial(k) * factorial(d - 1 - k) / factorial(d) for k in range(d)])
    found = np.empty((len(codes), d))
    for player in range(d):
        product = np.zeros((d, len(codes)))
        product[0] = 1.0
        for other in range(d):
            if other != player:
                product[1:] = leaf.shares[other] * product[1:] + paid[other] * product[:-1]
                product[0] *= leaf.shares[other]
        swing = paid[player] - leaf.shares[player]
        found[:, player] = leaf.value * swing * (weights @ product)
    return found
