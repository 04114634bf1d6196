"""A contest: who is asked for is tried once in one arena, as long as there is time."""

from collections.abc import Callable, Sequence

from training.learn.learners.chosen import Linear, Spline, Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.contestants import try_additive, try_blend, try_trees
from training.learn.tournament.tried import ORDER, TriedContestant

#: Strengths of the spline's ridge that are tried, the weakest first; with ``trials: 0`` the first
#: alone.
_STRENGTHS = (1.0, 4.0, 16.0)
#: What trees with borders drawn at random are tried with besides the tuned parameters: a poor
#: border has to be made up for by more leaves, a choice among more features and, on some tables,
#: smaller leaves that are trusted more.
_FOR_EXTRA_TREES: tuple[dict[str, float], ...] = (
    {"depth": 5, "leaves": 24, "feature_fraction": 0.6},
    {"depth": 5, "leaves": 24, "feature_fraction": 0.6, "min_leaf_rows": 20, "l2": 2.0},
)


class Contest:
    """Contestants in one arena, each tried once."""

    def __init__(
        self,
        arena: Arena,
        trees: Trees,
        budget: Budget,
        tell: Callable[[str, TriedContestant | None], None],
        *,
        known: Sequence[TriedContestant] = (),
    ) -> None:
        """Nobody is tried yet but those that are known.

        Args:
            arena: Where they meet.
            trees: Parameters of every tree.
            budget: How much time may be spent.
            tell: Told who is tried, and what came of it.
            known: Tried in this arena before.
        """
        self._arena, self._trees, self._budget, self._tell = arena, trees, budget, tell
        self._tried = {tried.name: tried for tried in known}
        self._extra: TriedContestant | None = None
        for tried in known:
            tell(tried.name, tried)

    def tried(self, names: Sequence[str]) -> list[TriedContestant]:
        """The named contestants, the simplest first; those that the time no longer allows are left
        out.
        """
        found: list[TriedContestant] = []
        for name in ORDER:
            if name in names and (name in self._tried or not found or not self._budget.is_over()):
                found.append(self._one(name))
        return found

    def _one(self, name: str) -> TriedContestant:
        """A contestant, whatever the time."""
        if name not in self._tried:
            self._tell(name, None)
            self._tried[name] = self._made(name)
            self._tell(name, self._tried[name])
        return self._tried[name]

    def _made(self, name: str) -> TriedContestant:
        if name == "linear":
            return try_additive(self._arena, "linear", [Linear()])
        if name == "spline":
            strengths = _STRENGTHS if self._arena.learner.trials else _STRENGTHS[:1]
            return try_additive(
                self._arena, "spline", [Spline(strength=strength) for strength in strengths]
            )
        if name == "lightgbm":
            return try_trees(self._arena, name, self._trees)
        if name == "bag":
            return try_trees(self._arena, name, self._trees.in_bags(self._arena.learner.bags))
        if name == "extra trees":
            return try_trees(
                self._arena, name, self._extra_trees().trees.in_bags(self._arena.learner.bags)
            )
        return try_blend(
            self._arena, [self._one("spline"), self._one("lightgbm"), self._extra_trees()]
        )

    def _extra_trees(self) -> TriedContestant:
        """One model of extra trees, with the parameters that do best."""
        if self._extra is None:
            drawn = self._trees.model_copy(update={"kind": "extra trees"})
            changes = ({}, *_FOR_EXTRA_TREES) if self._arena.learner.trials else ({},)
            ways = [drawn.trying(change) for change in changes]
            found = [try_trees(self._arena, "extra trees", way) for way in ways]
            self._extra = min(found, key=lambda each: self._arena.later.mean(each.losses))
        return self._extra
