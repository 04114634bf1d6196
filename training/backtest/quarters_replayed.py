"""The recipe carried out at the start of every past quarter, and its model followed as it ages."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.build.build import built
from features.errors import RefusedError
from features.spec import FeatureSpec
from features.store import Store
from propensity.config.config import Config
from training.learn.learners.baseline_columns import baseline_columns, squarable
from training.learn.learners.baselines import BaseRateBaseline, LeadAgeBaseline
from training.learn.learners.chosen import RecipeChoices
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.holdout import Holdout
from training.learn.recipe import recipe
from training.learn.recipe.newest_level import on_newest_level
from training.learn.rows.history import History
from training.learn.rows.known import known_at, recorded
from training.learn.rows.quarters import Quarter, quarters_of
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class PastModel:
    """A model as it would have been trained at the start of a quarter.

    Attributes:
        number: Number of the quarter.
        rows: That taught.
        wins: Episodes among them that were known to have reached the goal.
        chosen: The recipe's choices.
        scores: Log-odds of the rows of each quarter it was followed through, its own first, by
            number of the quarter.
        baselines: Log-odds of the rows of its own quarter by what it must beat.
    """

    number: int
    rows: int
    wins: int
    chosen: RecipeChoices
    scores: dict[int, Scores]
    baselines: dict[str, Scores]


@dataclass(frozen=True)
class QuarterReplay:
    """All past quarters.

    Attributes:
        quarters: The oldest first.
        judged: Rows, with their final outcomes, of each quarter that has a model of its own, by
            number.
        born: Models, the oldest first.
        left_out: Why a quarter was not judged, by number.
    """

    quarters: tuple[Quarter, ...]
    judged: dict[int, Holdout]
    born: tuple[PastModel, ...]
    left_out: dict[int, str]


@dataclass(frozen=True)
class _World:
    """Everything there is to replay.

    Attributes:
        config: What the run is told.
        store: The canonical tables.
        rows: Mature rows of today.
        won: (n,) day on which each row's win was recorded.
        quarters: The oldest first.
        judged: Numbers of those that can be judged.
    """

    config: Config
    store: Store
    rows: LabelledRows
    won: NDArray[np.int64]
    quarters: tuple[Quarter, ...]
    judged: tuple[int, ...]

    def rows_of(self, number: int) -> LabelledRows:
        """The rows of a quarter."""
        return self.rows.take(self.quarters[number].of(self.rows))


def replay(
    run: Run,
    past: History,
    *,
    quick: bool,
    on_step: Callable[[str, float], None],
) -> QuarterReplay:
    """Train at the start of every quarter that can be judged, and score that quarter and the next
    ones.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows.
        quick: Choose once, on what was known at the first quarter that is judged, and keep these
            choices.
        on_step: Told what is being done, and the share done.
    """
    rows, least = past.rows, run.config.backtest.least_wins
    quarters = quarters_of(rows, run.config.backtest, flat=run.store.is_flat)
    few = [_too_few(rows.take(quarter.of(rows)), least) for quarter in quarters]
    left_out = {number: f"{told} to judge on" for number, told in enumerate(few) if told}
    judged = tuple(number for number, told in enumerate(few) if not told)
    world = _World(run.config, run.store, rows, recorded(run, rows), quarters, judged)
    born: list[PastModel] = []
    for number in judged:
        on_step(f"as if it were the start of {quarters[number].name}", number / len(quarters))
        model = _born(world, number, born[0].chosen if quick and born else None)
        if isinstance(model, str):
            left_out[number] = model
        else:
            born.append(model)
    holdouts = {
        model.number: _holdout(world.rows_of(model.number), flat=run.store.is_flat)
        for model in born
    }
    kept = tuple(_only(model, holdouts) for model in born)
    return QuarterReplay(quarters, holdouts, kept, dict(sorted(left_out.items())))


def _born(world: _World, number: int, chosen: RecipeChoices | None) -> PastModel | str:
    """The model of a quarter, or why there is none."""
    config, store = world.config, world.store
    horizon = config.goal.horizon_days if config.goal else 0
    _, taught = known_at(world.rows, world.won, world.quarters[number].start, horizon_days=horizon)
    few = _too_few(taught, config.backtest.least_wins)
    if few:
        return f"{few} to learn from by then"
    try:
        spec, seen = recipe.see(Run(config, store), taught)
        chosen = chosen or recipe.choose(config, taught, spec, seen).chosen
        fitted = recipe.fit(config, taught, spec, seen, chosen=chosen)
        start = world.quarters[number].start
        fitted, _ = on_newest_level(Run(config, store), fitted, taught, world.rows, moment=start)
    except RefusedError as refused:
        return f"what was known by then carries no model: {str(refused).splitlines()[0]}"
    followed = [
        later for later in world.judged if number <= later < number + config.backtest.follow
    ]
    matrices = {later: _matrix(store, world.rows_of(later), spec) for later in followed}
    scores = {later: fitted.log_odds(matrix) for later, matrix in matrices.items()}
    baselines = dict(_baselines(seen, spec, matrices[number]))
    return PastModel(number, len(taught), taught.wins, chosen, scores, baselines)


def _only(model: PastModel, judged: Mapping[int, Holdout]) -> PastModel:
    """A model without its scores of quarters that have no model of their own to compare with."""
    return replace(
        model,
        scores={number: scores for number, scores in model.scores.items() if number in judged},
    )


def _baselines(
    seen: LearnerRows, spec: FeatureSpec, matrix: NDArray[np.float64]
) -> Iterator[tuple[str, Scores]]:
    """What every model has to beat, learned from the same rows."""
    age, taught = baseline_columns(spec)["age"], squarable(seen.matrix)
    yield "base_rate", BaseRateBaseline().fit(taught, seen.label, seen.weight).log_odds(matrix)
    if age is not None:
        yield (
            "lead_age",
            LeadAgeBaseline(age).fit(taught, seen.label, seen.weight).log_odds(squarable(matrix)),
        )


def _matrix(store: Store, rows: LabelledRows, spec: FeatureSpec) -> NDArray[np.float64]:
    return built(store, rows.rows, spec).matrix


def _holdout(rows: LabelledRows, *, flat: bool) -> Holdout:
    as_of = np.zeros(len(rows), np.int32) if flat else rows.round.astype(np.int32)
    return Holdout(rows.label, as_of, rows.cluster, rows.weight, win=rows.win)


def _too_few(rows: LabelledRows, least: int) -> str:
    """How many wins, or others, there are, where these are too few; else nothing."""
    wins = rows.wins if len(rows) else 0
    others = rows.others if len(rows) else 0
    if wins < least:
        return f"{wins:,} wins ({least} are needed)"
    return f"{others:,} leads that did not win ({least} are needed)" if others < least else ""
