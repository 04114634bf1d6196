"""The contestants, each tried on later rows: one model, bags, a spline, and a blend of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.settings import Section
from training.learner import Rows
from training.members import fit_fold
from training.members import scores as scores_of
from training.tournament.arena import Arena
from training.tournament.blend import blended, crossfitted, weights
from training.tournament.budget import Budget
from training.tournament.chosen import Axes, Line, Part, Spline, Trees
from training.tournament.later import Floats, Later
from training.tournament.staged import Staged, staged, step_of

#: From the fewest leaves to the most; of two that are alike, the first is the simpler one.
ORDER = ("linear", "spline", "lightgbm", "extra trees", "bag", "blend")
#: Strengths of the spline's ridge that are tried, the weakest first; with ``trials: 0`` the first alone.
_STRENGTHS = (1.0, 4.0, 16.0)
#: Standard errors by which the best has to beat the close rate alone: it is the best of many, with fitted slopes.
_PROOF = 2.0
#: What trees with borders drawn at random are tried with besides the tuned parameters: a poor border has to be made up
#: for by more leaves, a choice among more features and, on some tables, smaller leaves that are trusted more.
_FOR_EXTRA_TREES: tuple[dict[str, float], ...] = (
    {"depth": 5, "leaves": 24, "feature_fraction": 0.6},
    {"depth": 5, "leaves": 24, "feature_fraction": 0.6, "min_leaf_rows": 20, "l2": 2.0},
)


@dataclass(frozen=True)
class Tried:
    """A contestant on the judged rows.

    Attributes:
        name: Who.
        axes: ``apart`` or ``shared``.
        parts: As they would be fitted on all rows.
        scores: (n,) raw scores of the judged rows.
        losses: (n,) their log losses, calibrated; see ``Later.losses``.
        curve: Scores after so many trees; None without trees.
    """

    name: str
    axes: Axes
    parts: tuple[Part, ...]
    scores: Floats
    losses: Floats
    curve: "Curve | None" = None

    @property
    def most_leaves(self) -> int:
        """Leaves of all served trees, at most."""
        return sum(part.most_leaves for part in self.parts)

    @property
    def trees(self) -> Trees:
        """What its trees are like.

        Raises:
            ValueError: It has none, or several kinds.
        """
        if self.curve is None:
            raise ValueError(f"expected a contestant with trees of one kind, got {self.name}")
        return self.curve.trees


@dataclass(frozen=True)
class Curve:
    """Raw scores of the judged rows after so many trees.

    Attributes:
        trees: What they are like.
        counts: Numbers of trees, ascending and evenly apart.
        scores: (k, n).
        losses: (k, n) calibrated.
        later: The judged rows.
        growth: How many times more the chosen model learns from than a block's; see ``Arena.growth``.
    """

    trees: Trees
    counts: Floats
    scores: Floats
    losses: Floats
    later: Later
    growth: float

    def best(self, most: int) -> tuple[Trees, int]:
        """The trees with a number of them (at most so many, on all rows), and the place of it among the counts.

        It is the lowest number that is worse than the best by no more than one standard error of the difference.
        """
        allowed = self.losses[: max(1, np.count_nonzero(self.counts * self.growth <= most))]
        best = min(allowed, key=self.later.mean)
        place = next(at for at, losses in enumerate(allowed) if self.later.gap(losses, best).is_noise)
        number = max(1, min(most, round(float(self.counts[place]) * self.growth)))
        return self.trees.with_trees(number), place


class Contest:
    """Contestants in one arena, each tried once."""

    def __init__(
        self,
        arena: Arena,
        trees: Trees,
        budget: Budget,
        tell: Callable[[str, Tried | None], None],
        *,
        known: Sequence[Tried] = (),
    ) -> None:
        """Nobody is tried yet but those that are known.

        Args:
            arena: Where they meet.
            trees: Parameters of every tree.
            budget: Of time.
            tell: Told who is tried, and what came of it.
            known: Tried in this arena before.
        """
        self._arena, self._trees, self._budget, self._tell = arena, trees, budget, tell
        self._tried = {tried.name: tried for tried in known}
        self._extra: Tried | None = None
        for tried in known:
            tell(tried.name, tried)

    def tried(self, names: Sequence[str]) -> list[Tried]:
        """The named contestants, the simplest first; those that the time no longer allows are left out."""
        found: list[Tried] = []
        for name in ORDER:
            if name in names and (name in self._tried or not found or not self._budget.is_over()):
                found.append(self.one(name))
        return found

    def one(self, name: str) -> Tried:
        """A contestant, whatever the time."""
        if name not in self._tried:
            self._tell(name, None)
            self._tried[name] = self._made(name)
            self._tell(name, self._tried[name])
        return self._tried[name]

    def _made(self, name: str) -> Tried:
        if name == "linear":
            return additive(self._arena, "linear", [Line()])
        if name == "spline":
            strengths = _STRENGTHS if self._arena.learner.trials else _STRENGTHS[:1]
            return additive(self._arena, "spline", [Spline(strength=strength) for strength in strengths])
        if name == "lightgbm":
            return of_trees(self._arena, name, self._trees)
        if name == "bag":
            return of_trees(self._arena, name, self._trees.in_bags(self._arena.learner.bags))
        if name == "extra trees":
            return of_trees(self._arena, name, self._extra_trees().trees.in_bags(self._arena.learner.bags))
        return blend(self._arena, [self.one("spline"), self.one("lightgbm"), self._extra_trees()])

    def _extra_trees(self) -> Tried:
        """One model of extra trees, with the parameters that do best."""
        if self._extra is None:
            drawn = self._trees.model_copy(update={"kind": "extra trees"})
            changes = ({}, *_FOR_EXTRA_TREES) if self._arena.learner.trials else ({},)
            ways = [drawn.model_copy(update=change) for change in changes]
            found = [of_trees(self._arena, "extra trees", way) for way in ways]
            self._extra = min(found, key=lambda each: self._arena.later.mean(each.losses))
        return self._extra


def additive(arena: Arena, name: str, candidates: Sequence[Part]) -> Tried:
    """A regression: of the candidates the last, most careful one that does as well as the best beyond noise."""
    found = []
    for part in candidates:
        parts: tuple[Part, ...] = (part,)
        raw = np.concatenate([_said(arena.earlier(block), arena.judged(block), parts, arena) for block in arena.blocks])
        found.append(Tried(name, arena.task.axes, parts, raw, arena.later.losses(raw)))
    return no_worse(arena, found)[-1]


def no_worse(arena: Arena, tried: Sequence[Tried]) -> list[Tried]:
    """Those no more than one standard error behind the best, in their order."""
    best = min(tried, key=lambda each: arena.later.mean(each.losses))
    return [each for each in tried if arena.later.gap(each.losses, best.losses).is_noise]


def _said(earlier: Rows, later: Rows, parts: tuple[Part, ...], arena: Arena) -> Floats:
    return scores_of(fit_fold(parts, earlier, arena.task), later.matrix)


def of_trees(arena: Arena, name: str, trees: Trees) -> Tried:
    """One model of trees, or a bag of them, with the fewest trees that do as well as any on the judged rows."""
    curve = curve_of(arena, trees)
    chosen, place = curve.best(_most_trees(arena, trees, trees.models))
    return Tried(name, arena.task.axes, (chosen,), curve.scores[place], curve.losses[place], curve)


def curve_of(arena: Arena, trees: Trees) -> Curve:
    """Scores of the judged rows after so many trees, of one model or the mean of a bag."""
    most = trees.with_trees(_most_trees(arena, trees, trees.models))
    step = step_of(most.trees)
    grown = [_grown(arena, number, most, step) for number in range(len(arena.blocks))]
    longest = max(len(each) for each in grown)
    scores = np.concatenate([np.pad(each, ((0, longest - len(each)), (0, 0)), mode="edge") for each in grown], axis=1)
    losses = np.array([arena.later.losses(each) for each in scores])
    return Curve(trees, step * np.arange(1.0, longest + 1), scores, losses, arena.later, arena.growth)


def _grown(arena: Arena, number: int, trees: Trees, step: int) -> Floats:
    """(k, n) scores of a block's later rows: the first model ends where more trees no longer help, the others there."""
    block = arena.blocks[number]
    earlier, later = arena.earlier(block), arena.judged(block)
    if not trees.bags:
        return staged(earlier, later, arena.task, trees, step=step).scores
    total, models = np.empty((0, 0)), 0
    for fold, (others, _) in enumerate(arena.folds(block)):
        for seed in range(fold * trees.bags, (fold + 1) * trees.bags):
            found: Staged = staged(
                earlier.take(others), later, arena.task, trees, step=step, seed=seed, stop=not models
            )
            total = total + found.scores if models else found.scores
            trees, models = trees.with_trees(int(found.counts[-1])), models + 1
    return total / models


def _most_trees(arena: Arena, trees: Trees, models: int) -> int:
    """Trees that one of so many models may have: all leaves together stay within the configured number."""
    within = arena.learner.most_leaves // (models * min(trees.leaves, 1 << trees.depth))
    return max(1, min(arena.learner.max_trees, within))


def blend(arena: Arena, tried: Sequence[Tried]) -> Tried:
    """The weighted sum of contestants, judged with weights that the judged row's lead had no say in."""
    models = sum(each.curve.trees.models for each in tried if each.curve is not None)
    parts, raw = [], []
    for each in tried:
        if each.curve is None:
            parts.append(each.parts[0])
            raw.append(each.scores)
        else:
            trees, place = each.curve.best(_most_trees(arena, each.curve.trees, models))
            parts.append(trees)
            raw.append(each.curve.scores[place])
    shares = weights(raw, arena.later)
    kept = [part.weighing(float(share)) for part, share in zip(parts, shares, strict=True) if share > 0]
    fair = crossfitted(raw, arena.later, seed=arena.learner.seed)
    return Tried("blend", arena.task.axes, tuple(kept), blended(raw, shares), arena.later.losses(fair))


class Contestant(Section):
    """A line of the table of contestants.

    Attributes:
        name: Who.
        axes: ``apart`` or ``shared``.
        log_loss: On later leads, calibrated; in nats.
        roc_auc: On later leads, within each block and as-of.
        behind: Log loss above the best of the same axes.
        error: Standard error of that difference, over leads (accounts).
        leaves: Of the served trees together, at most.
        decisions: Look-ups that one lead costs: decisions of the trees on the lead's way, and terms.
        won: Whether it is served.
    """

    name: str
    axes: str
    log_loss: float
    roc_auc: float
    behind: float
    error: float
    leaves: int
    decisions: int
    won: bool = False


@dataclass(frozen=True)
class Verdict:
    """How a contest ended.

    Attributes:
        winner: Who is served.
        table: A line per contestant, the simplest first.
        proven: Whether the best beats the close rate alone by more than two standard errors.
    """

    winner: Tried
    table: tuple[Contestant, ...]
    proven: bool


def simplest(arena: Arena, tried: Sequence[Tried]) -> Verdict:
    """The fewest leaves win among those no more than one standard error behind the best.

    Where the best beats the close rate alone by no more than two, nobody has shown anything, and the fewest leaves of
    all win.

    Args:
        arena: Where they met.
        tried: Contestants with the same axes.
    """
    best = min(tried, key=lambda each: arena.later.mean(each.losses))
    gaps = [arena.later.gap(each.losses, best.losses) for each in tried]
    gain = arena.later.gap(arena.later.unscored(), best.losses)
    proven = gain.mean > _PROOF * gain.error
    winner = min(
        no_worse(arena, tried) if proven else tried, key=lambda each: (each.most_leaves, ORDER.index(each.name))
    )
    table = tuple(
        Contestant(
            name=each.name,
            axes=each.axes,
            log_loss=arena.later.mean(each.losses),
            roc_auc=arena.later.roc_auc(each.scores),
            behind=gap.mean,
            error=gap.error,
            leaves=each.most_leaves,
            decisions=_decisions(each, len(arena.task.spec.features)),
            won=each is winner,
        )
        for each, gap in zip(tried, gaps, strict=True)
    )
    return Verdict(winner, table, proven)


def _decisions(tried: Tried, features: int) -> int:
    of_trees = sum(part.models * part.trees * part.depth for part in tried.parts if isinstance(part, Trees))
    return of_trees + (features if any(not isinstance(part, Trees) for part in tried.parts) else 0)
