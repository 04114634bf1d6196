"""The recipe carried out at the start of every past quarter, and its model followed as it ages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.build import build, prepare
from features.errors import RefusedError
from features.spec import FeatureSpec
from features.store import Store
from propensity.config import Config
from training import recipe
from training.backtest.known import known_at, recorded
from training.baselines import BaseRate, LeadAge
from training.evaluate import Holdout
from training.history import History
from training.judgement import baseline_columns, squarable
from training.learner import Rows
from training.quarters import Quarter, quarters_of
from training.snapshots import LabelledRows
from training.tournament.chosen import Chosen

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Born:
    """A model as it would have been trained at the start of a quarter.

    Attributes:
        number: Of the quarter.
        rows: That taught.
        wins: Episodes among them that were known to have reached the goal.
        chosen: The recipe's choices.
        scores: Log-odds of the rows of each quarter it was followed through, its own first, by number of the quarter.
        baselines: Log-odds of the rows of its own quarter by what it must beat.
    """

    number: int
    rows: int
    wins: int
    chosen: Chosen
    scores: dict[int, Scores]
    baselines: dict[str, Scores]


@dataclass(frozen=True)
class Replay:
    """All past quarters.

    Attributes:
        quarters: The oldest first.
        judged: Rows of each quarter with their final outcomes, by number; only those with enough wins.
        born: Models, the oldest first.
        left_out: Why a quarter was not judged, by number.
    """

    quarters: tuple[Quarter, ...]
    judged: dict[int, Holdout]
    born: tuple[Born, ...]
    left_out: dict[int, str]


@dataclass
class _Progress:
    """What was chosen first, where choices are made once."""

    quick: bool
    first: Chosen | None = None
    left_out: dict[int, str] = field(default_factory=dict)


def replay(
    config: Config, store: Store, past: History, *, quick: bool, on_step: Callable[[str, float], None]
) -> Replay:
    """Train at the start of every quarter that can be judged, and score that quarter and the next ones.

    Args:
        config: What the run is told.
        store: The canonical tables.
        past: The rows.
        quick: Choose once, on what was known at the first quarter that is judged, and keep these choices.
        on_step: Told what is being done, and the share done.
    """
    rows, settings = past.rows, config.backtest
    quarters = quarters_of(rows, settings, flat=store.is_flat)
    progress = _Progress(quick)
    masks = [quarter.of(rows) for quarter in quarters]
    judged: dict[int, Holdout] = {}
    for number, mask in enumerate(masks):
        few = _too_few(rows.take(mask), settings.least_wins)
        if few:
            progress.left_out[number] = f"{few} to judge on"
        else:
            judged[number] = _holdout(rows.take(mask), flat=store.is_flat)
    won = recorded(config, store, rows)
    born = []
    for number in judged:
        on_step(f"as if it were the start of {quarters[number].name}", number / len(quarters))
        model = _born(config, store, rows, won, quarters, number, list(judged), progress)
        if model is not None:
            born.append(model)
    kept = {number: holdout for number, holdout in judged.items() if number not in progress.left_out}
    return Replay(quarters, kept, tuple(born), dict(sorted(progress.left_out.items())))


def _born(
    config: Config,
    store: Store,
    rows: LabelledRows,
    won: NDArray[np.int64],
    quarters: tuple[Quarter, ...],
    number: int,
    judged: list[int],
    progress: _Progress,
) -> Born | None:
    horizon = config.goal.horizon_days if config.goal else 0
    _, taught = known_at(rows, won, quarters[number].start, horizon_days=horizon)
    few = _too_few(taught, config.backtest.least_wins)
    if few:
        progress.left_out[number] = f"{few} to learn from by then"
        return None
    try:
        spec, seen = recipe.see(config, store, taught)
        chosen = progress.first or recipe.choose(config, taught, spec, seen).chosen
        fitted = recipe.fit(config, taught, spec, seen, chosen=chosen)
    except RefusedError as refused:
        progress.left_out[number] = f"what was known by then carries no model: {str(refused).splitlines()[0]}"
        return None
    if progress.quick and progress.first is None:
        progress.first = chosen
    scores: dict[int, Scores] = {}
    baselines: dict[str, Scores] = {}
    for later in judged:
        if number <= later < number + config.backtest.follow:
            matrix = _matrix(store, rows.take(quarters[later].of(rows)), spec)
            scores[later] = fitted.log_odds(matrix)
            if later == number:
                baselines = dict(_baselines(seen, spec, matrix))
    return Born(number, len(taught), taught.wins, chosen, scores, baselines)


def _baselines(seen: Rows, spec: FeatureSpec, matrix: NDArray[np.float64]) -> Iterator[tuple[str, Scores]]:
    """What every model has to beat, learned from the same rows."""
    age, taught = baseline_columns(spec)["age"], squarable(seen.matrix)
    yield "base_rate", BaseRate().fit(taught, seen.label, seen.weight).log_odds(matrix)
    if age is not None:
        yield "lead_age", LeadAge(age).fit(taught, seen.label, seen.weight).log_odds(squarable(matrix))


def _matrix(store: Store, rows: LabelledRows, spec: FeatureSpec) -> NDArray[np.float64]:
    prepare(store, spec, rows.rows)
    return build(store, rows.rows, spec).matrix


def _holdout(rows: LabelledRows, *, flat: bool) -> Holdout:
    as_of = np.zeros(len(rows), np.int32) if flat else rows.time.astype(np.int32)
    return Holdout(rows.label, as_of, rows.cluster, rows.weight)


def _too_few(rows: LabelledRows, least: int) -> str:
    """How many wins, or others, there are, where these are too few; else nothing."""
    wins = rows.wins if len(rows) else 0
    others = len(rows) - int(rows.label.sum())
    if wins < least:
        return f"{wins:,} wins ({least} are needed)"
    return f"{others:,} rows that are no win ({least} are needed)" if others < least else ""
