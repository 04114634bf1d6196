"""When a replay looks, and what it reads besides the chance: what a configuration and a definition
mean for it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import pyarrow as pa

from features.days import date_of
from features.errors import ConfigError
from features.store import Store
from propensity.config.config import Config
from propensity.definition.schema import Axes, Definition
from propensity.grading.decision_table import RuleResults
from propensity.grading.rule_reader import RuleReader
from propensity.model.model import PropensityModel
from training.learn.rows.history import History
from training.learn.rows.run import Run

#: Rows up to which every day is replayed; beyond, every week.
DAILY_ROWS = 6_000_000
#: Days between two as-ofs of a replay, the finest first.
STEPS = (1, 7, 14, 28)


class Reads(Protocol):
    """What the rules of a definition say of rows; see ``propensity.grading.rule_reader``."""

    def read(self, rows: pa.Table) -> RuleResults:
        """The rules' answer for rows of ``lead``, ``episode``, ``as_of_day``."""


@dataclass(frozen=True)
class Rules:
    """The part of a definition that a replay needs.

    Attributes:
        reader: Evaluates its rules.
        names: Names of what may keep a lead back, in the order in which it is asked: disqualifiers,
            required information, qualifiers.
        kinds: Kinds of the same: ``disqualifier``, ``missing information`` or ``qualifier``.
        segments: Names of the segments that promises are made for.
        axes: Cuts of the quadrants; None for the signs of the axes.
    """

    reader: Reads | None = None
    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    axes: Axes | None = None


@dataclass(frozen=True)
class Frame:
    """When a replay looks.

    Attributes:
        as_of_days: Ascending; those up to ``first_day`` only say who is or was over a line already.
        observed_day: A crossing on day c is judged where c + horizon <= observed_day.
        horizon_days: Days after a crossing within which the goal counts.
        every_days: Days from one as-of to the next.
        run_in: As-ofs before the one at which counting begins. A lead that was over a line at one
            of them, left, and comes back is not new.
    """

    as_of_days: tuple[int, ...]
    observed_day: int
    horizon_days: int
    every_days: int
    run_in: int = 0

    @property
    def first_day(self) -> int:
        """The as-of at which counting begins: who is over a line then is its backlog."""
        return self.as_of_days[self.run_in]

    @property
    def days(self) -> int:
        """Days over which new leads are counted."""
        return self.as_of_days[-1] - self.first_day

    @property
    def first(self) -> date:
        """The as-of at which counting begins."""
        return date_of(self.first_day)

    @property
    def last(self) -> date:
        """The newest as-of."""
        return date_of(self.as_of_days[-1])


def frame_of(run: Run, past: History) -> Frame:
    """From the end of the older part's last training label up to "observed until": daily, else
    weekly, if it is much; and a horizon before it as a run-in.

    Raises:
        ConfigError: The input is a flat table.
    """
    if past.plan is None or run.config.goal is None:
        raise ConfigError("threshold: expected leads, events and outcomes, got a flat table.")
    horizon, last = run.config.goal.horizon_days, run.store.observed_day
    earlier = past.plan.older[-1]
    first = earlier + horizon
    rounds = len(np.unique(past.rows.round))
    every = steps(past.reference.rows // rounds, earlier, last)
    days = tuple(range(last, earlier - 1, -every))[::-1]
    return Frame(days, last, horizon, every, sum(day < first for day in days))


def rules_of(
    store: Store, model: PropensityModel, definition: Definition | None, axes: Axes | None
) -> Rules:
    """What a replay needs of a definition.

    Raises:
        ConfigError: A rule asks for what the input does not have.
    """
    if definition is None:
        return Rules(axes=axes)
    named = [
        *((item.name, "disqualifier") for item in definition.disqualifiers),
        *((item.column, "missing information") for item in definition.required_info),
        *((item.name, "qualifier") for item in definition.qualifiers),
    ]
    return Rules(
        reader=RuleReader(store, definition, model.spec.events),
        names=tuple(name for name, _ in named),
        kinds=tuple(kind for _, kind in named),
        segments=tuple(promise.segment for promise in definition.promises),
        axes=axes,
    )


def stage_of(config: Config) -> str | None:
    """The stage before the close: the last that the input names, but for the MQL itself and the
    goal.
    """
    goal = config.goal.stage if config.goal else "won"
    before = [name for name in config.input.stages if name.casefold() != "mql" and name != goal]
    return before[-1] if before else None


def steps(rows_per_day: int, first_day: int, last_day: int, *, daily_rows: int = DAILY_ROWS) -> int:
    """Days from one as-of to the next, so that a replay stays within ``daily_rows`` rows where it
    can.

    >>> steps(10_000, 0, 90), steps(1_000_000, 0, 90)
    (1, 7)
    """
    fitting = (
        step
        for step in STEPS[:-1]
        if rows_per_day * (last_day - first_day + 1) <= daily_rows * step**1.5
    )
    return next(fitting, STEPS[-1])
