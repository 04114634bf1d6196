"""Choose on later leads, and never on the test: who wins the tournament, and with what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from features.errors import ConfigError
from features.settings import Axis
from features.spec import FeatureSpec
from propensity.config.config import Config
from propensity.config.sections import Recency
from propensity.progress import OnStep
from training.learn.learners.chosen import (
    HistoryWeighting,
    LearnerPart,
    RecipeChoices,
    Spline,
    Trees,
)
from training.learn.learners.trees import LearnerRows, Task
from training.learn.rows.monotone import constraints
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.time_blocks import TimeBlock, blocks_of, key, sample_leads
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.contest import Contest
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.limits import LimitReached
from training.learn.tournament.own_verdict import OwnVerdict, own_verdicts
from training.learn.tournament.recency import configured_recency, unit_of
from training.learn.tournament.tried import TriedContestant
from training.learn.tournament.tuning import TuningTrial, tuned
from training.learn.tournament.verdict import Contestant, simplest
from training.learn.tournament.world_moved import WorldDrift, candidates, clocks_of, world_drift

#: Rows that choices are made on, at most: of leads drawn at random, all wins.
MOST_ROWS = 50_000
#: Shares of the rows after which it is asked whether the world moved: the newest are asked.
_CUTS_OF_THE_WORLD = (0.55, 0.7, 0.85)


@dataclass(frozen=True)
class TournamentChoice:
    """What was chosen.

    Attributes:
        chosen: Recipe to be carried out.
        shared: The best with shared axes, to measure what keeping them apart costs; None where they
            are shared anyway, or where there is one axis only.
        contestants: The table, the simplest first; empty where the rows are too few to try
            anything.
        proven: Whether the best of them beats the close rate alone beyond noise.
        axes: The axes that have a feature to learn from.
        limits: What the configuration kept the chosen trees from, where they would have grown on.
        tuning: Parameters that were tried, the written ones first; empty where nothing was.
        own: What features of the company's own are worth; empty where there are none.
        given_up: Contestants that lay behind the best before all leads were judged, and by how
            much then, in nats of log loss.
    """

    chosen: RecipeChoices
    shared: RecipeChoices | None
    contestants: tuple[Contestant, ...] = ()
    proven: bool = True
    axes: tuple[Axis, ...] = ("fit", "interest")
    limits: tuple[LimitReached, ...] = ()
    tuning: tuple[TuningTrial, ...] = ()
    own: tuple[OwnVerdict, ...] = ()
    given_up: Mapping[str, float] = field(default_factory=dict)

    @property
    def clocks(self) -> tuple[str, ...]:
        """Features that were left out because they tell the time."""
        own = {name for each in self.own for name in each.features}
        return tuple(name for name in self.chosen.dropped if name not in own)

    def table(self) -> list[dict[str, Any]]:
        """The contestants, JSON-ready."""
        return [contestant.model_dump(mode="json") for contestant in self.contestants]


def choose(
    config: Config, rows: LabelledRows, spec: FeatureSpec, seen: LearnerRows, on_step: OnStep
) -> TournamentChoice:
    """Choose on blocks of earlier and later rows: first how the past counts, then parameters, then
    who wins.

    Raises:
        ConfigError: ``learner.recency`` counts days where the rows have none.
    """
    _check_recency(config, rows)
    budget, learner = Budget(config.learner.budget_minutes), config.learner
    kept, own = _drawn(rows, seen, seed=learner.seed)
    blocks = blocks_of(kept, seed=learner.seed)
    if not blocks:
        return _untried(config, spec)
    task = Task(spec, learner.axes, learner.seed, constraints(spec, config.decisions))
    arena = _arena(config, kept, own, blocks, task)
    on_step("whether the world moved", 0.0)
    moved = _moved(arena, budget)
    arena = arena.without(moved.dropped).knowing(moved.past)
    if arena.task.spec.own_codes:
        on_step("own features", 0.12)
    verdicts = own_verdicts(arena, Trees.of(learner))
    lost = tuple(name for each in verdicts if not each.is_kept for name in each.features)
    arena = arena.without(lost)
    on_step("parameters", 0.15)
    alone, tuning = tuned(arena, Trees.of(learner), trials=learner.trials, budget=budget)
    told = _TournamentProgress(on_step, 0.35)
    contest = Contest(arena, alone.trees, budget, told.of(arena), known=[alone])
    tried = contest.tried(learner.contestants)
    verdict = simplest(arena, tried)
    mixing, beside = _mixing(arena, contest, alone.trees, verdict.winner, told)
    on_step("done", 1.0)

    def chosen(tried: TriedContestant) -> RecipeChoices:
        return RecipeChoices(
            contestant=tried.name,
            axes=tried.axes,
            parts=tried.parts,
            past=moved.past,
            dropped=(*moved.dropped, *lost),
            trials=len(tuning) - 1,
            cut=budget.cut,
        )

    table = (*verdict.table, *beside)
    return TournamentChoice(
        chosen(verdict.winner),
        chosen(mixing) if mixing else None,
        table,
        verdict.proven,
        arena.task.spec.axes,
        verdict.winner.limits,
        tuning,
        verdicts,
        contest.given_up,
    )


def _mixing(
    arena: Arena,
    contest: Contest,
    trees: Trees,
    winner: TriedContestant,
    told: "_TournamentProgress",
) -> tuple[TriedContestant | None, list[Contestant]]:
    """The best with shared axes and their lines of the table, where they are kept apart; never
    served.

    What keeping them apart costs is the gap between two models of one kind: the winner's, and
    LightGBM where the winner is without trees and so the same with either. Nothing is tried where
    all features stand on one axis.
    """
    one_axis = len(arena.task.spec.axes) < 2
    if one_axis or arena.task.axes == "shared" or contest.budget.is_over():
        return None, []
    shared = arena.sharing("shared")
    known = [replace(each, axes="shared") for each in contest.without_trees]
    names = ["lightgbm", winner.name] if winner.most_leaves else ["lightgbm"]
    mixing = Contest(
        shared, trees, contest.budget, told.of(shared), known=known, extra=contest.extra
    )
    verdict = simplest(shared, mixing.tried(names))
    return verdict.winner, [line.model_copy(update={"won": False}) for line in verdict.table]


class _TournamentProgress:
    """Tells who is tried, beside the best so far, with even steps to the end."""

    def __init__(self, on_step: OnStep, start: float) -> None:
        self._on_step, self._at = on_step, start
        self._lowest, self._best = float("inf"), ""

    def of(self, arena: Arena) -> Callable[[str, TriedContestant | None], None]:
        """What a contest of an arena calls: with a contestant that starts, or that has been
        tried.
        """

        def tell(name: str, tried: TriedContestant | None) -> None:
            if tried is None:
                self._on_step(f"{name}, axes {arena.task.axes}{self._best}", self._at)
                self._at += (0.98 - self._at) / 6
            elif (loss := arena.later.mean(tried.losses)) < self._lowest:
                self._lowest, self._best = (
                    loss,
                    f" (best so far: {name}, axes {arena.task.axes}, log loss {loss:.4f})",
                )

        return tell


def _arena(
    config: Config, rows: LabelledRows, seen: LearnerRows, blocks: tuple[TimeBlock, ...], task: Task
) -> Arena:
    later = JudgedRows.of(rows, blocks, by_moment=not config.input.is_flat)
    return Arena(config, rows, seen, blocks, later, task)


def _moved(arena: Arena, budget: Budget) -> WorldDrift:
    """How old history counts, and what is dropped: as configured, or as later rows say."""
    recency, clocks, rows = arena.learner.recency, arena.learner.clocks, arena.rows
    timeless = bool(rows.time.min() == rows.time.max())
    found = clocks_of(arena) if clocks != "keep" else ()
    pasts = [configured_recency(recency)] if isinstance(recency, Recency) else [HistoryWeighting()]
    newest = () if timeless else blocks_of(rows, seed=arena.learner.seed, at=_CUTS_OF_THE_WORLD)
    dropped = found if clocks == "drop" else ()
    if not newest:
        return WorldDrift(pasts[0], dropped)
    asked = _arena(arena.config, rows, arena.seen, newest, arena.task).without(dropped)
    if recency == "auto":
        pasts = list(candidates(asked))
    open_ = found if clocks == "auto" else ()
    if len(pasts) == 1 and not open_:
        return WorldDrift(pasts[0], dropped)
    answer = world_drift(asked, pasts=pasts, clocks=open_, budget=budget)
    return replace(answer, dropped=answer.dropped or dropped)


def _drawn(rows: LabelledRows, seen: LearnerRows, *, seed: int) -> tuple[LabelledRows, LearnerRows]:
    """The rows that choices are made on: all, unless they are very many."""
    kept = sample_leads(rows, MOST_ROWS, seed=seed)
    if len(kept) == len(rows):
        return rows, seen
    at = np.flatnonzero(np.isin(key(rows), key(kept)))
    own = seen.take(at)
    return kept, LearnerRows(own.matrix, own.label, kept.weight)


def _untried(config: Config, spec: FeatureSpec) -> TournamentChoice:
    """What is taken where no part of the rows can judge: the simplest that was asked for."""
    learner = config.learner
    few = max(1, learner.max_trees // 5)
    part: LearnerPart = Trees.of(learner, trees=few)
    name = "lightgbm"
    if "lightgbm" not in learner.contestants and "spline" in learner.contestants:
        name, part = "spline", Spline()
    chosen = RecipeChoices(contestant=name, axes=learner.axes, parts=(part,))
    mixes = learner.axes == "apart" and len(spec.axes) > 1
    shared = chosen.model_copy(update={"axes": "shared"}) if mixes else None
    return TournamentChoice(chosen, shared, axes=spec.axes)


def _check_recency(config: Config, rows: LabelledRows) -> None:
    if not isinstance(config.learner.recency, Recency):
        return
    if unit_of(config) == "rows" or rows.time.min() == rows.time.max():
        raise ConfigError(
            "learner.recency: expected auto or all, got"
            f" {config.learner.recency.model_dump(exclude_none=True)}: the rows of this table have"
            " no time to count days in. Name a time column and `split: {order: time}`."
        )
