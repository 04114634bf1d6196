"""The whole question of the MQL line: replay, count, promise, choose."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.errors import ConfigError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.definition.schema import Axes, Definition, Policy
from propensity.grading.agreed import Agreed
from propensity.model.model import PropensityModel
from propensity.notebook import ResultTable
from propensity.progress import OnStep, silent
from training.learn.learners.chosen import RecipeChoices
from training.learn.recipe.held_out_model import recipe_model
from training.learn.rows.history import History, history
from training.learn.rows.quarters import quarters_of
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.threshold.activity import swing, weekly_activity
from training.threshold.crossings import Crossings, candidates, crossings
from training.threshold.figures import CrossingGroup, Detail, LineFigures, detail, figures
from training.threshold.flapping import lower_line, stays
from training.threshold.frame import Frame, frame_of, rules_of, stage_of
from training.threshold.nightly_replay import NightlyReplay, Progress, replay
from training.threshold.policy import LineChoice, choose, does_as_well
from training.threshold.promise import LinePromise, Outlook, outlook
from training.threshold.quarter_levels import QuarterLevels, quarter_levels
from training.threshold.ranges import QUARTER
from training.threshold.removed import (
    HoldOutCost,
    HouseList,
    Removal,
    SliceCost,
    hand_raisers,
    hold_out_cost,
    house_list,
    removals,
    slice_cost,
)
from training.threshold.value import Deals, WeeklyWorth, deals, worth
from training.threshold.waiting_leads import WaitingLeads, newest_of, waiting_leads

if TYPE_CHECKING:
    import pandas as pd

#: Candidate lines begin at this share of the average rate.
_LEAST = 0.5
#: Rows whose features are in memory at a time.
_ROWS_AT_A_TIME = 200_000
#: Values of what either holds or does not, and the line between them.
_HALFWAY = np.array([0.5])


@dataclass(frozen=True)
class Lines:
    """Candidate lines with their consequences.

    Attributes:
        figures: What each would have led to.
        outlook: What each may promise.
        worth: Expected wins and value.
    """

    figures: LineFigures
    outlook: Outlook
    worth: WeeklyWorth


@dataclass(frozen=True)
class Focus:
    """A closer look at one line: the chosen one, else the signed one.

    Attributes:
        place: Place among the candidate lines; 0 where the rule in words is the line.
        promise: What it promises.
        detail: Detail by quadrant and segment, and the days that are left.
        leave: Proposed lower line; None where the rule in words is the line.
        returns: Share of those who left by it that are back within a horizon; NaN without one.
        signed_returns: The same for the lower line of the definition; NaN without one.
        removals: What each rule takes away.
        house: How many of the open leads fit, and how many are to be followed.
        random_slice: What the random slice of the definition costs; None without one.
        hold_out: What the hold-out of the definition costs; None without one.
    """

    place: int
    promise: LinePromise
    detail: Detail
    leave: float | None
    returns: float
    signed_returns: float
    removals: tuple[Removal, ...]
    house: HouseList
    random_slice: SliceCost | None
    hold_out: HoldOutCost | None = None


@dataclass(frozen=True, repr=False)
class Study(ResultTable):
    """Everything `propensity threshold` knows.

    Attributes:
        frame: When the replay looked.
        has_definition: Whether rules were asked; else the chance alone decides.
        goal: ``won`` or a stage.
        stage: The stage before the close whose days are counted, or None.
        standing: The open leads at the newest as-of.
        trees: Number of trees of the model that replayed.
        lines: Lines on the chance.
        policy: What was asked for.
        choice: What it leads to.
        signed: Place of the definition's line among the lines; None without one.
        rule: The rule in words as a line of its own, where the definition says that it counts.
        rule_like: Place of the line on the chance with as many new leads per week as the rule.
        focus: A closer look; None where no line is chosen or signed.
        hand_raisers: Leads that asked to be contacted: handed over at any chance, and not among
            those over a line.
        deals: Amounts of won deals.
        signed_does: Whether the definition's line does what was asked for nearly as well as the
            chosen one.
    """

    frame: Frame
    has_definition: bool
    goal: str
    stage: str | None
    standing: WaitingLeads
    trees: int
    lines: Lines
    policy: Policy
    choice: LineChoice
    signed: int | None
    rule: Lines | None
    rule_like: int | None
    focus: Focus | None
    hand_raisers: CrossingGroup
    deals: Deals
    signed_does: bool = False

    @property
    def open_leads(self) -> int:
        """Open leads at the newest as-of."""
        return len(self.standing)

    @property
    def weeks(self) -> float:
        """Weeks that were replayed."""
        return self.frame.days / 7

    @property
    def judged_weeks(self) -> float:
        """Weeks whose crossings can be judged by now."""
        return max(0.0, self.weeks - self.frame.horizon_days / 7)

    def to_pandas(self) -> "pd.DataFrame":
        """A row per line: ``line`` (a chance), ``per_week`` new leads, ``waiting`` on day one,
        ``judged`` first crossings, ``won`` among them, ``precision``, ``captured`` wins.
        """
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        figures = self.lines.figures
        return pd.DataFrame(
            {
                "line": figures.lines,
                "per_week": figures.per_week,
                "waiting": figures.backlog,
                "judged": figures.judged,
                "won": figures.won,
                "precision": figures.precision,
                "captured": figures.captured,
            }
        )


def study(
    config: Config,
    *,
    policy: Policy | None = None,
    definition: Definition | None = None,
    axes: Axes | None = None,
    served: PropensityModel | None = None,
    agreed: Agreed | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
    on_as_of: Progress = lambda _done, _total: None,
) -> Study:
    """Show every candidate line by its consequences, and choose one.

    Args:
        config: Names the data.
        policy: What the line is for; by default that of the definition.
        definition: What was agreed on; None for the chance alone.
        axes: Zeros and cuts of the quadrants; None for the signs of the axes.
        served: The registered model: its choices, made on the same older part, are those of the
            replay, and the open leads are read by it. Without one the choices are made anew, and
            the replay's model reads the open leads too.
        agreed: What the registered model is used with.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.
        on_as_of: Told about the as-ofs of the replay.

    Raises:
        ConfigError: The input is a flat table: without time nobody crosses anything. Or the rules
            do not fit it.
        DataError: The input cannot be used.
        RefusedError: The history is too short to hold out a part of it.
    """
    if config.population is None or config.goal is None:
        raise ConfigError(
            "threshold: expected leads, events and outcomes, got a flat table. It has no time in"
            " which a lead could cross a line; `propensity train` shows how each tenth of such"
            " leads closes."
        )
    on_step("reading and checking the sources", 0.0)
    models = [served] if served else []
    with open_sources(config, models=models, resources=resources) as store:
        run = Run(config, store)
        on_step("taking snapshots", 0.05)
        past = history(run)
        on_step("fitting the recipe on the older part", 0.1)
        chosen = RecipeChoices.stored_in(served.facts) if served else None
        model = recipe_model(run, past, chosen=chosen, served=served)
        rows = replay(
            store,
            model,
            config.population,
            frame_of(run, past),
            rules=rules_of(store, model, definition, axes),
            goal_stage=config.goal.stage,
            stage=stage_of(config),
            on_progress=on_as_of,
        )
        activity = weekly_activity(store)
        levels = past_levels(run, past, model)
        standing = waiting_leads(run, served, agreed) if served and agreed else None
    on_step("counting first crossings", 0.95)
    asked = policy or (definition.mql.policy if definition else Policy())
    return study_of_replay(
        rows,
        activity,
        asked,
        definition=definition,
        goal=config.goal.stage,
        stage=stage_of(config),
        least=_LEAST * past.reference.close_rate,
        trees=RecipeChoices.model_validate(model.facts["recipe"]).trees,
        levels=levels,
        standing=standing,
    )


def past_levels(run: Run, past: History, model: PropensityModel) -> QuarterLevels:
    """How much past quarters differ by themselves, against the chances of a model.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows.
        model: The model that replays.
    """
    prepare(run.store, model.spec, past.rows.rows)
    log_odds = [
        model.sums(
            build(run.store, past.rows.rows.slice(start, _ROWS_AT_A_TIME), model.spec).matrix
        ).log_odds
        for start in range(0, len(past.rows), _ROWS_AT_A_TIME)
    ]
    quarters = quarters_of(past.rows, run.config.backtest, flat=run.store.is_flat)
    return quarter_levels(np.concatenate(log_odds), past.rows, quarters)


def study_of_replay(
    rows: NightlyReplay,
    activity: NDArray[np.float64],
    policy: Policy,
    *,
    definition: Definition | None,
    goal: str,
    stage: str | None,
    least: float,
    trees: int,
    levels: QuarterLevels,
    standing: WaitingLeads | None = None,
    signed_first: bool = False,
) -> Study:
    """Count and choose, from a replay.

    Args:
        rows: The rows of the replay.
        activity: (weeks,) see ``weekly_activity``.
        policy: What the line is for.
        definition: What was agreed on.
        goal: ``won`` or a stage.
        stage: The stage before the close whose days are counted.
        least: No line is looked at below.
        trees: Number of trees of the model that replayed.
        levels: How much past quarters differ by themselves.
        standing: The open leads by the model as it is served; by default by that of the replay.
        signed_first: Whether the closer look is at the line of the definition where it has one, as
            a review of it needs; else at the line that a policy chooses.
    """
    amounts, waiting = deals(rows), standing or newest_of(rows)
    signed_line = definition.mql.enter if definition else None
    also = (signed_line,) if signed_line is not None else ()
    chance = rows.eligible_chance
    found = crossings(rows, chance, candidates(chance, least=least, also=also))
    lines = _lines(rows, chance, found, activity, levels, amounts, policy)
    lines = _waiting(lines, waiting.over(found.lines))
    raised = hand_raisers(rows)
    beside = 7 * raised.crossed / max(rows.frame.days, 1)
    choice = choose(lines.figures, lines.outlook, policy, lines.worth, beside=beside)
    signed = (
        int(np.searchsorted(lines.figures.lines, signed_line)) if signed_line is not None else None
    )
    rule, focus = None, None
    if definition is not None and definition.mql.by == "rules":
        holds = rows.in_line.astype(np.float64)
        by_rule = rule_crossings(rows)
        rule = _lines(rows, holds, by_rule, activity, levels, amounts, policy)
        rule = _waiting(rule, np.array([(waiting.in_line & ~waiting.raised).sum()]))
        focus = _focus(rows, holds, by_rule, rule, 0, definition, waiting)
    elif (place := _looked_at(choice.line, signed, signed_first=signed_first)) is not None:
        focus = _focus(rows, chance, found, lines, place, definition, waiting)
    return Study(
        frame=rows.frame,
        has_definition=definition is not None,
        goal=goal,
        stage=stage,
        standing=waiting,
        trees=trees,
        lines=lines,
        policy=policy,
        choice=choice,
        signed=signed,
        rule=rule,
        rule_like=lines.figures.nearest(float(rule.figures.per_week[0])) if rule else None,
        focus=focus,
        hand_raisers=raised,
        deals=amounts,
        signed_does=signed is not None
        and does_as_well(
            signed, choice, lines.figures, lines.outlook, policy, lines.worth, beside=beside
        ),
    )


def rule_crossings(rows: NightlyReplay) -> Crossings:
    """The first crossings of the rule in words, where the definition says that it counts."""
    return crossings(rows, rows.in_line.astype(np.float64), _HALFWAY)


def _lines(
    rows: NightlyReplay,
    chance: NDArray[np.float64],
    found: Crossings,
    activity: NDArray[np.float64],
    levels: QuarterLevels,
    amounts: Deals,
    policy: Policy,
) -> Lines:
    counted = figures(rows, chance, found)
    ahead = outlook(counted, swing(activity, counted.weekly.shape[1], QUARTER), levels=levels)
    return Lines(counted, ahead, worth(rows, found, counted, amounts, policy))


def _looked_at(chosen: int | None, signed: int | None, *, signed_first: bool) -> int | None:
    first, other = (signed, chosen) if signed_first else (chosen, signed)
    return first if first is not None else other


def _waiting(lines: Lines, backlog: NDArray[np.int64]) -> Lines:
    return replace(lines, figures=replace(lines.figures, backlog=backlog))


def _focus(
    rows: NightlyReplay,
    chance: NDArray[np.float64],
    found: Crossings,
    lines: Lines,
    place: int,
    definition: Definition | None,
    waiting: WaitingLeads,
) -> Focus:
    enter = float(found.lines[place])
    by_rule = definition is not None and definition.mql.by == "rules"
    signed = definition.mql.leave if definition and definition.mql.enter == enter else None
    leave = None if by_rule else lower_line(rows, chance, enter)
    share = definition.mql.random_slice if definition else None
    held = definition.mql.hold_out if definition else None
    promise = lines.outlook.promise(lines.figures, place)
    is_over = waiting.in_line if by_rule else waiting.eligible_chance >= enter
    nan = float("nan")
    return Focus(
        place=place,
        promise=promise,
        detail=detail(rows, found.at(place)),
        leave=leave,
        returns=stays(rows, chance, enter, leave).return_rate if leave is not None else nan,
        signed_returns=(
            stays(rows, chance, enter, signed).return_rate if signed is not None else nan
        ),
        removals=() if by_rule else removals(rows, enter),
        house=house_list(waiting, is_over),
        random_slice=slice_cost(rows, waiting, is_over, share.share) if share else None,
        hold_out=hold_out_cost(held.share, promise.per_week.expected, promise.precision.expected)
        if held
        else None,
    )
