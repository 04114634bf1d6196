"""What has moved: the input of the nights and of today beside the training, the scores beside those
of the first night, and the levels of new leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from features.days import day_number
from propensity.input_check import check_input
from propensity.input_check.values import skill_by_source
from propensity.ledger.ledger import Night
from propensity.night.night_input import NightInput, read_night_inputs
from propensity.scoring.differences import InputDifference
from propensity.scoring.tonight import look_at
from training.monitor.served_scores import have_moved, score_edges, score_index
from training.monitor.source_levels import (
    ColumnLevels,
    VanishedLevel,
    column_levels,
    vanished_levels,
)
from training.monitor.watched import Watched

#: Newest weeks that are read.
_WEEKS = 52


@dataclass(frozen=True)
class StandingDifference:
    """A difference between today's input and the training.

    Attributes:
        found: What it is.
        since: First of the nights, one a week, that have told it without a break; today's where
            none has.
    """

    found: InputDifference
    since: date


@dataclass(frozen=True)
class ServedWeek:
    """The scores of a night beside those of the pair's first night.

    Attributes:
        night: The night.
        leads: Leads that were scored.
        chance: Their mean chance.
        index: Stability index.
        limit: Beyond which the scores have moved.
    """

    night: date
    leads: int
    chance: float
    index: float
    limit: float


@dataclass(frozen=True)
class MovedFigures:
    """What the answer is read off.

    Attributes:
        differences: How today's input differs from the training.
        inputs: What the nights kept of their inputs, one a week, the oldest first.
        weeks: The scores of these nights; none of nights whose file is gone.
        columns: The levels of new leads.
        vanished: Levels that leads come with no more.
        skill: Column or kind of behaviour to its share in the model.
        silent_days: Days since the newest night.
    """

    differences: tuple[StandingDifference, ...]
    inputs: tuple[NightInput, ...]
    weeks: tuple[ServedWeek, ...]
    columns: tuple[ColumnLevels, ...]
    vanished: tuple[VanishedLevel, ...]
    skill: dict[str, float]
    silent_days: int

    @property
    def scores_moved(self) -> bool:
        """Whether the scores are others than those of the first night."""
        index, limit = (
            np.array([getattr(week, name) for week in self.weeks]) for name in ("index", "limit")
        )
        return have_moved(index, limit)


def moved_figures(watched: Watched) -> MovedFigures:
    """Read what has moved since the pair in use took over."""
    own = [night for night in watched.weekly if night.as_of >= watched.since]
    nights = own[-_WEEKS:]
    folder = Path(watched.config.nightly.folder)
    inputs = read_night_inputs(folder / night.as_of.isoformat() for night in nights)
    columns = column_levels(watched)
    return MovedFigures(
        differences=tuple(_standing(_today(watched), inputs, watched.as_of)),
        inputs=inputs,
        weeks=tuple(_served(watched, own[0], nights)),
        columns=columns,
        vanished=vanished_levels(columns),
        skill=skill_by_source(watched.champion.model),
        silent_days=(watched.as_of - watched.nights[-1].as_of).days,
    )


def _today(watched: Watched) -> tuple[InputDifference, ...]:
    """The input of the look, compared as a night would compare it."""
    model, store, day = watched.champion.model, watched.store, day_number(watched.as_of)
    tonight = look_at(model, store, day)
    return check_input(model, store, watched.config, day, tonight=tonight)


def _standing(
    today: Sequence[InputDifference], inputs: Sequence[NightInput], as_of: date
) -> list[StandingDifference]:
    found = []
    for difference in today:
        since = as_of
        for night in reversed(inputs):
            told = {(each.code, each.about) for each in night.differences}
            if (difference.code, difference.about) not in told:
                break
            since = night.as_of
        found.append(StandingDifference(difference, since))
    return found


def _served(watched: Watched, first: Night, nights: Sequence[Night]) -> list[ServedWeek]:
    """The pair's first night, and one of each of the newest weeks."""
    columns = ("log_odds", "probability")
    begun = watched.served(first.as_of, columns)
    if begun is None or not begun.num_rows:
        return []
    edges = score_edges(begun["log_odds"].to_numpy())
    found = []
    for night in nights:
        table = watched.served(night.as_of, columns)
        if table is None or not table.num_rows:
            continue
        index, noise = score_index(edges, table["log_odds"].to_numpy())
        found.append(
            ServedWeek(
                night.as_of,
                table.num_rows,
                float(table["probability"].to_numpy().mean()),
                index,
                max(noise, watched.config.input_check.stability),
            )
        )
    return found
