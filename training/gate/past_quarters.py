"""Retrained against kept at past quarters: the recipe as it would have been fitted at the start of
each, beside the one of a quarter before (a rolling origin; Dawid 1984, Tashman 2000).

The choices are those of today on both sides. They were made on rows that some of these quarters
hold, which favours neither side, since both may use them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from features.errors import RefusedError
from training.learn.learners.chosen import RecipeChoices
from training.learn.learners.trees import LearnerRows
from training.learn.metrics import metrics
from training.learn.recipe import recipe
from training.learn.recipe.newest_level import on_newest_level
from training.learn.recipe.recipe import FittedRecipe
from training.learn.rows.known import known_at
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

#: Wins, and others, that a quarter needs to be judged on.
_LEAST = 10
_NOBODY = LearnerRows(np.empty((0, 0)), np.empty(0, np.int8), np.empty(0))


@dataclass(frozen=True)
class Side:
    """One of two that meet.

    Attributes:
        name: What it is called.
        until: Number of the day before which it knows the closes.
    """

    name: str
    until: int


@dataclass(frozen=True)
class QuarterMeeting:
    """Two on the same rows.

    Attributes:
        at: Positions of the rows among all mature ones.
        challenger: Log-odds by the one that is retrained.
        champion: Log-odds by the one that is kept.
        first: Number of the first day that is judged.
        ours: Who the first is, and what it knows.
        theirs: Who the second is, and what it knows.
    """

    at: NDArray[np.intp]
    challenger: NDArray[np.float64]
    champion: NDArray[np.float64]
    first: int
    ours: Side
    theirs: Side

    def gain(self, rows: LabelledRows) -> float:
        """Log loss of the kept one less that of the retrained one, in nats per row of the
        population.
        """
        label, weight = rows.label[self.at].astype(np.float64), rows.weight[self.at]
        losses = [metrics.log_losses(label, score) for score in (self.champion, self.challenger)]
        return metrics.mean(losses[0] - losses[1], weight)


class Origins(Protocol):
    """What scores rows by a recipe as of past days."""

    @property
    def rows(self) -> LabelledRows:
        """All mature rows of today."""

    def scores(
        self, day: int, chosen: RecipeChoices, at: NDArray[np.intp]
    ) -> NDArray[np.float64] | None:
        """Log-odds of rows by the recipe as of a day; None where too little was known."""


@dataclass(frozen=True)
class PastFits:
    """The recipe as it would have been fitted on past days.

    Attributes:
        run: The configuration, and the canonical tables.
        rows: All mature rows of today.
        won: (n,) local day on which each row's win was recorded.
        on_fold: Called at the start of each fold of a calibration.
        known: Fits so far, by day and choices.
    """

    run: Run
    rows: LabelledRows
    won: NDArray[np.int64]
    on_fold: Callable[[], None] = lambda: None
    known: dict[tuple[int, str], FittedRecipe | None] = field(default_factory=dict)

    def scores(
        self, day: int, chosen: RecipeChoices, at: NDArray[np.intp]
    ) -> NDArray[np.float64] | None:
        """Log-odds of some rows by the recipe as of a day: fitted on all rows whose horizon was
        over by then, with the wins recorded by then; None where that carries no model.
        """
        fitted = self._fitted(day, chosen)
        if fitted is None:
            return None
        table = self.run.build(self.run.store, self.rows.take(at).rows, fitted.spec)
        return fitted.log_odds(table.matrix)

    def _fitted(self, day: int, chosen: RecipeChoices) -> FittedRecipe | None:
        key = (day, chosen.model_dump_json())
        if key not in self.known:
            self.known[key] = self._fit(day, chosen)
        return self.known[key]

    def _fit(self, day: int, chosen: RecipeChoices) -> FittedRecipe | None:
        config = self.run.config
        horizon = config.goal.horizon_days if config.goal else 0
        _, taught = known_at(self.rows, self.won, day, horizon_days=horizon)
        if is_too_little(taught, config.backtest.least_wins):
            return None
        try:
            spec, seen = recipe.see(self.run, taught)
            fitted = recipe.fit(config, taught, spec, seen, chosen=chosen, on_fold=self.on_fold)
        except RefusedError:
            return None
        fitted, _ = on_newest_level(self.run, fitted, taught, self.rows, moment=day)
        return replace(fitted, seen=_NOBODY)  # scores need no rows, and these fill the memory


def past_meetings(
    fits: Origins,
    first: int,
    every: int,
    choices: tuple[RecipeChoices, RecipeChoices],
    *,
    most: int,
) -> list[QuarterMeeting]:
    """Retrained against kept on the quarters before a day, the newest first, as far back as both
    could have been fitted.

    Args:
        fits: Fits the recipe as of past days.
        first: The day before which the quarters lie.
        every: Days of a quarter.
        choices: What the retrained one was chosen to be, and what the kept one.
        most: Quarters, at most.
    """
    found: list[QuarterMeeting] = []
    for start in range(first - every, first - (most + 1) * every, -every):
        at = np.flatnonzero((fits.rows.time >= start) & (fits.rows.time < start + every))
        if is_too_little(fits.rows.take(at), _LEAST):
            break
        kept = fits.scores(start - every, choices[1], at)
        retrained = fits.scores(start, choices[0], at) if kept is not None else None
        if kept is None or retrained is None:
            break
        sides = Side("the recipe retrained", start), Side("the recipe kept", start - every)
        found.append(QuarterMeeting(at, retrained, kept, start, *sides))
    return found


def is_too_little(rows: LabelledRows, least: int) -> bool:
    """Whether rows hold fewer wins, or others, than needed."""
    return len(rows) == 0 or min(rows.wins, rows.others) < least
