"""The closed loop as one result: action by action, what became of the leads that took it."""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.build.behaviour import check_actors
from features.days import date_of
from features.errors import RefusedError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.model.model import PropensityModel
from propensity.notebook import ResultTable
from propensity.progress import OnStep, silent
from training.closed_loop.actions import Action, ActionHistory, action_history, reading_of
from training.closed_loop.before_close import Customers, before_close
from training.closed_loop.compare import Comparison, compare
from training.closed_loop.first_time import FirstTime, first_times
from training.closed_loop.patterns import Patterns, patterns
from training.closed_loop.rates import ActionRate, Looked, chances, rates
from training.closed_loop.strata import Strata, strata_of
from training.closed_loop.two_step import TwoStepResult, two_steps
from training.closed_loop.usual import Usual, usual
from training.learn.rows.cadence import cadence_of
from training.learn.rows.run import Run
from training.learn.rows.snapshots import (
    LabelledRows,
    flat_snapshot,
    sampled,
    snapshots,
)
from training.learn.rows.sources import open_sources

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ActionFigures:
    """An action with its figures.

    Attributes:
        action: What was done.
        rate: What became of the leads that did it.
        usual: The count as it is usually made; None for a flat table.
        first: The count that anybody can make in the raw files; None for a flat table, and where
            nobody did it early enough.
        proposed: Whether it stands at the configured multiple of the average or more, and beyond
            chance above the average.
        clear: Whether even the lower end of its corrected range is at the multiple.
    """

    action: Action
    rate: ActionRate
    usual: Usual | None
    proposed: bool
    clear: bool
    first: FirstTime | None = None

    @property
    def leads(self) -> int:
        """Leads that did it: of three tables for the first time, and early enough to be judged."""
        return self.first.leads if self.first else self.rate.leads

    @property
    def leads_won(self) -> int:
        """Leads among these that were won: of three tables within the horizon of the first time."""
        return self.first.won if self.first else self.rate.leads_won

    @property
    def share_of_leads(self) -> float:
        """Leads won of the leads that did it, 0..1."""
        return self.leads_won / self.leads


@dataclass(frozen=True)
class Population:
    """The rows behind all figures.

    Attributes:
        rows: Looks at a lead at an as-of; weight of the population.
        leads: Different leads.
        wins: Different episodes that were seen to win.
        average: Share of the rows that was won within the horizon.
        as_ofs: Days looked at, oldest first; empty for a flat table.
    """

    rows: float
    leads: int
    wins: int
    average: float
    as_ofs: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class ClosedLoop(ResultTable):
    """Everything `propensity closed-loop` finds out.

    Attributes:
        population: The rows behind the figures.
        actions: The highest lift first.
        rare: Actions that fewer than 20 leads did, or did not do, which are not looked at.
        todays: Lead columns whose past values nobody kept.
        steps: Actions in two steps.
        patterns: Numbers of times from which on the rate jumps.
        customers: What recent customers did before their close.
        comparison: The points table beside the model; None where the history cannot carry one.
        refused: Why there is no comparison; empty where there is one.
        warnings: What the intake says a person should know.
    """

    population: Population
    actions: tuple[ActionFigures, ...]
    rare: int
    todays: tuple[str, ...]
    steps: tuple[TwoStepResult, ...]
    patterns: Patterns
    customers: Customers
    comparison: Comparison | None
    refused: str
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: aggregates only; figures that cannot be formed are null."""
        found: dict[str, Any] = {
            "population": (
                asdict(self.population)
                | {"as_ofs": [date_of(day).isoformat() for day in self.population.as_ofs]}
            ),
            "actions": [
                asdict(figures) | {"name": figures.action.name} for figures in self.actions
            ],
            "rare_actions": self.rare,
            "todays_values": list(self.todays),
            "two_step": [asdict(steps) for steps in self.steps],
            "patterns": asdict(self.patterns),
            "customers": asdict(self.customers),
            "points": _comparison(self.comparison) if self.comparison else None,
            "points_refused": self.refused or None,
            "warnings": list(self.warnings),
        }
        return {key: _json(value) for key, value in found.items()}

    def to_pandas(self) -> "pd.DataFrame":
        """A row per action, the highest lift first: ``action``, ``leads`` that did it, ``won``
        among them, ``rate`` of looks that a win followed, ``expected``, ``lift`` with the ends of
        its interval, corrected for the number of actions.
        """
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        return pd.DataFrame(
            {
                "action": each.action.name,
                "leads": each.rate.leads,
                "won": each.rate.leads_won,
                "rate": each.rate.rate.value,
                "expected": each.rate.expected,
                "lift": each.rate.lift.value,
                "lift_low": each.rate.lift.corrected_low,
                "lift_high": each.rate.lift.corrected_high,
            }
            for each in self.actions
        )


def closed_loop(
    config: Config,
    *,
    on_step: OnStep = silent,
    resources: Resources = UNLIMITED,
) -> ClosedLoop:
    """Find out what became of the leads that took each action, from the sources a configuration
    names.

    Args:
        config: What to look at.
        on_step: Told about progress.
        resources: Memory and threads of the feature engine.

    Raises:
        DataError: The input cannot be used; everything wrong is listed.
        ConfigError: A two-step action, or the present score, is not what the data hold.
        RefusedError: No lead was open at any mature as-of, or none of them won.
    """
    on_step("reading and checking the sources", 0.0)
    with open_sources(config, resources=resources) as store:
        run = Run(config, store)
        return closed_loop_of(run, on_step=on_step)


def closed_loop_of(
    run: Run, *, model: PropensityModel | None = None, on_step: OnStep = silent
) -> ClosedLoop:
    """The same, of an open store.

    Args:
        run: The configuration, and the canonical tables.
        model: What stands beside the points table, see ``compare``.
        on_step: Told about progress.
    """
    on_step("taking snapshots", 0.1)
    rows = population_of(run)
    on_step("seeing who did what", 0.15)
    actions, strata = action_history(run, rows), strata_of(run.store, rows)
    figures = action_figures(run, rows, actions, strata)
    steps = two_steps(
        rows, strata, actions, run.config.closed_loop.two_step, seed=run.config.learner.seed
    )
    on_step("looking at recent customers", 0.35)
    customers = before_close(run, rows, actions, strata)
    on_step("looking for numbers at which the rate jumps", 0.4)
    horizon = run.config.goal.horizon_days if run.config.goal else 0
    jumps = patterns(
        rows, strata, actions.counted, horizon_days=horizon, seed=run.config.learner.seed
    )
    population, rare, todays = (
        _population(rows, flat=run.store.is_flat),
        actions.rare,
        actions.todays,
    )
    del actions, strata, rows  # the comparison needs the memory
    on_step("comparing a points table with the model", 0.5)
    comparison, refused = None, ""
    try:
        comparison = compare(run, model=model)
    except RefusedError as error:
        refused = str(error)
    on_step("done", 1.0)
    return ClosedLoop(
        population,
        figures,
        rare,
        todays,
        tuple(steps),
        jumps,
        customers,
        comparison,
        refused,
        run.store.report.warnings,
    )


def population_of(run: Run) -> LabelledRows:
    """All mature rows with their outcomes; of large histories all wins and a sample of the rest,
    with weights.

    Raises:
        DataError: An event type has no actor.
        RefusedError: There are no rows, or nobody won.
    """
    if run.store.is_flat:
        rows = flat_snapshot(
            run.store, order=run.config.split.order if run.config.split else "random"
        )
    elif run.config.goal is None or run.config.population is None or run.config.snapshots is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of three tables")
    else:
        reading, horizon = reading_of(run.config), run.config.goal.horizon_days
        check_actors(run.store, reading)
        cadence = cadence_of(
            run.store, horizon_days=horizon, every_days=run.config.snapshots.every_days
        )
        rows, _ = snapshots(
            run.store,
            run.config.population,
            reading,
            cadence,
            goal_stage=run.config.goal.stage,
            horizon_days=horizon,
        )
        rows = sampled(rows, run.config.snapshots.max_rows, seed=run.config.learner.seed)
    if not len(rows) or not rows.label.any():
        raise RefusedError(
            f"{len(rows):,} looks at leads at past snapshots, and not one of them was followed by a"
            " win: there are no close rates. Check population.until, population.stale_after_days"
            " and goal, or wait for closes."
        )
    return rows


def action_figures(
    run: Run, rows: LabelledRows, actions: ActionHistory, strata: Strata
) -> tuple[ActionFigures, ...]:
    """Every action's figures, the highest lift first."""
    looked = [
        Looked(action.name, actions.did[:, number]) for number, action in enumerate(actions.actions)
    ]
    as_usual, first = usual(run, actions), first_times(run, actions)
    chance = chances(rows, strata, looked)
    seen = rates(rows, strata, looked, chance=chance, seed=run.config.learner.seed)
    multiple = run.config.closed_loop.multiple
    found = [
        ActionFigures(
            action=action,
            rate=rate,
            usual=as_usual.get(action),
            proposed=rate.lift.value >= multiple and rate.lift.corrected_low > 1,
            clear=rate.lift.corrected_low >= multiple,
            first=first.get(action),
        )
        for action, rate in zip(actions.actions, seen, strict=True)
    ]
    return tuple(sorted(found, key=lambda f: (-f.rate.lift.value, f.action.name)))


def _population(rows: LabelledRows, *, flat: bool) -> Population:
    return Population(
        rows=float(rows.weight.sum()),
        leads=int(np.unique(rows.lead).size),
        wins=rows.wins,
        average=rows.close_rate,
        as_ofs=() if flat else tuple(int(day) for day in np.unique(rows.time)),
    )


def _comparison(comparison: Comparison) -> dict[str, Any]:
    features = comparison.spec.features
    return {
        "lines": [
            asdict(line)
            | {
                "feature": features[line.column].name,
                "level": None if line.code is None else features[line.column].levels[line.code - 2],
            }
            for line in comparison.lines
        ],
        "figures": {
            name: {figure: asdict(value) for figure, value in evaluation.figures.items()}
            for name, evaluation in comparison.evaluations.items()
        },
        "like_the_model": {
            name: asdict(agreement) for name, agreement in comparison.agreements.items()
        },
        "test_rows": comparison.test,
        "without_present_score": comparison.unknown,
    }


def _json(value: object) -> Any:  # noqa: ANN401 — whatever JSON can hold
    """Plain Python, with null for what is no finite number."""
    match value:
        case dict():
            return {str(key): _json(each) for key, each in value.items()}
        case list() | tuple():
            return [_json(each) for each in value]
        case np.generic():
            return _json(value.item())
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
