"""A contest: who is asked for is tried once in one arena, as long as there is time."""

from collections.abc import Callable, Mapping, Sequence

from training.learn.learners.chosen import Linear, Spline, Trees
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.contestants import try_additive, try_blend, try_trees
from training.learn.tournament.race import raced
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
        extra: Trees | None = None,
    ) -> None:
        """Nobody is tried yet but those that are known.

        Args:
            arena: Where they meet.
            trees: Parameters of every tree.
            budget: How much time may be spent.
            tell: Told who is tried, and what came of it.
            known: Tried in this arena before.
            extra: Parameters of extra trees; by default those that do best of a few.
        """
        self._arena, self._trees, self._budget, self._tell = arena, trees, budget, tell
        self._tried = {tried.name: tried for tried in known}
        self._of_extra = extra
        self._extra: TriedContestant | None = None
        self._given_up: dict[str, float] = {}
        for tried in known:
            tell(tried.name, tried)

    @property
    def budget(self) -> Budget:
        """How much time may be spent."""
        return self._budget

    @property
    def without_trees(self) -> list[TriedContestant]:
        """Those that were tried and have no trees."""
        return [each for each in self._tried.values() if not each.most_leaves]

    @property
    def extra(self) -> Trees | None:
        """The parameters of extra trees that did best; None where none were tried."""
        return self._extra.trees if self._extra else None

    @property
    def given_up(self) -> Mapping[str, float]:
        """Who was given up before all leads were judged, and how far behind the best it was then,
        in nats of log loss.
        """
        return self._given_up

    def tried(self, names: Sequence[str]) -> list[TriedContestant]:
        """The named contestants, the simplest first; those that the time no longer allows, and
        those that were given up, are left out.
        """
        found: list[TriedContestant] = []
        for name in ORDER:
            if name in names and (name in self._tried or not found or not self._budget.is_over()):
                one = self._one(name, beside=found)
                if one is not None:
                    found.append(one)
        return found

    def _one(self, name: str, *, beside: Sequence[TriedContestant] = ()) -> TriedContestant | None:
        """A contestant, whatever the time; None where it is given up."""
        if name not in self._tried and name not in self._given_up:
            self._tell(name, None)
            made = self._made(name, beside)
            if made is None:
                return None
            self._tried[name] = made
            self._tell(name, made)
        return self._tried.get(name)

    def _sure(self, name: str) -> TriedContestant:
        """A contestant that is needed for another, and cannot be given up."""
        one = self._one(name)
        if one is None:
            raise ValueError(f"expected a contestant that is tried to its end, got {name}")
        return one

    def _made(self, name: str, beside: Sequence[TriedContestant]) -> TriedContestant | None:
        if name == "linear":
            return try_additive(self._arena, "linear", [Linear()])
        if name == "spline":
            strengths = _STRENGTHS if self._arena.learner.trials else _STRENGTHS[:1]
            return try_additive(
                self._arena, "spline", [Spline(strength=strength) for strength in strengths]
            )
        if name == "lightgbm":
            return try_trees(self._arena, name, self._trees)
        if name in ("bag", "extra trees"):
            kind = self._trees if name == "bag" else self._extra_trees().trees
            return self._bagged(name, kind.in_bags(self._arena.learner.bags), beside)
        return try_blend(
            self._arena, [self._sure("spline"), self._sure("lightgbm"), self._extra_trees()]
        )

    def _bagged(
        self, name: str, trees: Trees, beside: Sequence[TriedContestant]
    ) -> TriedContestant | None:
        """A bag, given up as soon as it lies behind the best so far: it has so many more leaves
        that it can win only where it is better.
        """
        if not beside:
            return try_trees(self._arena, name, trees)
        best = min(beside, key=lambda each: self._arena.later.mean(each.losses))
        (finish,) = raced(self._arena, name, [trees], best, beyond=0.0)
        if finish.tried is None:
            self._given_up[name] = finish.log_loss - self._arena.later.mean(best.losses)
        return finish.tried

    def _extra_trees(self) -> TriedContestant:
        """One model of extra trees, with the parameters that do best."""
        if self._extra is None and self._of_extra is not None:
            self._extra = try_trees(self._arena, "extra trees", self._of_extra)
        if self._extra is None:
            drawn = self._trees.model_copy(update={"kind": "extra trees"})
            self._extra = try_trees(self._arena, "extra trees", drawn)
            if self._arena.learner.trials:
                ways = [drawn.trying(change) for change in _FOR_EXTRA_TREES]
                ended = raced(self._arena, "extra trees", ways, self._extra)
                found = [self._extra, *(each.tried for each in ended if each.tried)]
                self._extra = min(found, key=lambda each: self._arena.later.mean(each.losses))
        return self._extra
