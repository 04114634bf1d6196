"""Everything the pack is made of, gathered once: configuration, registry and sources, under one open store.

Sections read it and compute nothing but what they word; they never see the sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.build import build, prepare
from features.days import date_of
from features.errors import ConfigError, RefusedError
from features.intake_report import IntakeReport
from features.store import Store
from propensity.concepts import Concept
from propensity.config import Config
from propensity.definition.centring import axes_of, recentred
from propensity.definition.decide import Decided, decide
from propensity.definition.grading import Graded, graded
from propensity.definition.schema import Axes, Definition, Policy
from propensity.model import PropensityModel, Sums
from training.blocks import fewer
from training.calibration.segments import segment_values
from training.closed_loop.compare import present_score
from training.closed_loop.loop import ClosedLoop, look
from training.curves import with_curves
from training.definition.cuts import Cuts, proposed_cuts
from training.definition.held_out import HeldOut, first_rows, held_out
from training.definition.show import Worth, worth
from training.history import History, history
from training.learner import Rows
from training.recipe_model import recipe_model
from training.review import hypotheses, replayed
from training.review.belief import Belief, belief
from training.review.density import Density, density
from training.review.drawn import draw
from training.review.effects import Effect, Key, changes, effects
from training.review.funnel.practice import Practice, compared, practice
from training.review.hypotheses import Heard, heard
from training.review.lines import Stops, stops_of_leads, stops_of_replay
from training.review.replayed import Replayed
from training.review.reviewed import Reviewed, reviewed
from training.review.shape import Shape, shape
from training.review.stability import Steadiness, places_of, resampled, steadiness
from training.review.teams import Monday, monday
from training.snapshots import LabelledRows, snapshots
from training.sources import OnStep, open_sources
from training.threshold.activity import weekly_activity
from training.threshold.frame import frame_of, rules_of, stage_of
from training.threshold.replay import Replay, replay
from training.threshold.study import Study, studied
from training.tournament.chosen import Chosen

#: Lines below this share of the average rate are not looked at.
_LEAST = 0.5
#: Rows by which the zeros of the axes are found, at most.
_REFERENCE_ROWS = 50_000


@dataclass(frozen=True)
class Unseen:
    """Leads the recipe had not seen, each once: the first as-of of the test part at which it was open.

    Attributes:
        model: The recipe under review, fitted on the older part alone.
        judged: Their sums, outcomes and features.
        sums: The same with a contribution per concept of ``model``.
        rows: The leads' rows in the store; never written.
        axes: Zeros and cuts for ``model``.
        graded: The leads on both axes.
        decided: What the definition decides for them; None without one.
        present: (n,) the company's present score, NaN where unknown; None where none is configured.
        first: First as-of; None of a flat table.
        last: Last as-of; None of a flat table.
        horizon_days: Days after the as-of in which the goal counts; None of a flat table.
    """

    model: PropensityModel
    judged: HeldOut
    sums: Sums
    rows: LabelledRows
    axes: Axes
    graded: Graded
    decided: Decided | None
    present: NDArray[np.float64] | None
    first: date | None
    last: date | None
    horizon_days: int | None

    def __len__(self) -> int:
        return len(self.judged)


@dataclass(frozen=True)
class Matter:
    """A concept that moves chances.

    Attributes:
        concept: With its columns in ``Unseen.model``.
        effect: How far it moves the chances of the leads not seen.
        shape: What the model expects along it, beside what was observed.
        steadiness: Over resamplings and past versions.
    """

    concept: Concept
    effect: Effect
    shape: Shape
    steadiness: Steadiness


@dataclass(frozen=True)
class Material:
    """What the sections are made of.

    Attributes:
        config: What the run was told.
        today: The day of the review.
        reviewed: Version, definition, pair in use, documents of the registry.
        scale: Leads that each lead looked at stands for: 1 unless leads were drawn from a large history.
        leads: In the sources.
        observed: Day up to which the sources are complete; None of a flat table.
        unseen: Leads the recipe had not seen.
        worth: Of the grades and of the definition, on these.
        cuts: Cuts of fit and of interest as the data would have them.
        matters: Concepts, those that move chances most first.
        past_versions: Numbers of the versions that ``Steadiness.places`` speaks of.
        density: The map.
        stops: Where the line may be drawn; None where nobody can cross one.
        study: The replay's figures and the choice; None of a flat table.
        replay: Its rows; None of a flat table.
        no_study: Why there is no replay; empty where there is one.
        loop: Actions that close; None where there is nothing to count.
        no_loop: Why not; empty where there is one.
        monday: The open leads under both pairs; None where that cannot be told.
        practice: The funnel, both sides' promises, and the sheet both sides know; of all leads.
        belief: What was promised beside what came, on the leads not seen.
        replayed: A backtest that was run before; None without one.
        said: What people said, held against the leads not seen; None where nobody wrote anything down.
        intake: What was read, kept and put aside.
        warnings: What a person should know about the rows, one English sentence each.
    """

    config: Config
    today: date
    reviewed: Reviewed
    scale: float
    leads: int
    observed: date | None
    unseen: Unseen
    worth: Worth
    cuts: tuple[Cuts, Cuts]
    matters: tuple[Matter, ...]
    past_versions: tuple[int, ...]
    density: Density
    stops: Stops | None
    study: Study | None
    replay: Replay | None
    no_study: str
    loop: ClosedLoop | None
    no_loop: str
    monday: Monday | None
    practice: Practice
    belief: Belief
    replayed: Replayed | None
    said: tuple[Heard, ...] | None
    intake: IntakeReport
    warnings: tuple[str, ...] = ()

    @property
    def definition(self) -> Definition | None:
        """Under review."""
        return self.reviewed.definition

    @property
    def is_flat(self) -> bool:
        """Whether there is no time."""
        return self.unseen.first is None

    @property
    def goal(self) -> str:
        """``won`` or a stage."""
        return self.config.goal.stage if self.config.goal else "won"


def gather(
    config: Config,
    *,
    version: str | int | None = None,
    today: date,
    memory_limit: str | None = None,
    threads: int | None = None,
    on_step: OnStep = lambda _what, _share: None,
) -> Material:
    """Gather everything for a review.

    Args:
        config: Names the data, the registry and the definition.
        version: Number or alias; by default the challenger, else the champion.
        today: The day of the review.
        memory_limit: Of the feature engine.
        threads: Of the feature engine.
        on_step: Told about progress.

    Raises:
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
        ConfigError: The definition does not fit the input.
        DataError: The input cannot be used.
        RefusedError: The history is too short to hold out a part of it.
    """
    on_step("loading the model", 0.0)
    under = reviewed(config, version)
    on_step("reading and checking the sources", 0.03)
    with open_sources(config, memory_limit=memory_limit, threads=threads) as store:
        return _Gathering(config, store, under, on_step).all(today)


def recipe_axes(config: Config, store: Store, under: Reviewed, model: PropensityModel, past: History) -> Axes:
    """The cuts under review around the zeros of the recipe, which is another model than the one that is served.

    A zero is where leads like those it learned from close at the average rate of the reference population.

    Args:
        config: What the run was told.
        store: The canonical tables.
        under: Version under review.
        model: The recipe, fitted on the older part.
        past: The rows and their parts.
    """
    reference, definition = under.model.reference, under.definition
    cuts = axes_of(reference, definition, is_agreed_model=True)
    agreed_on = definition.agreed_on if definition else None
    rate = agreed_on.close_rate if agreed_on else reference.close_rate
    older = fewer(past.rows.take(past.older), _REFERENCE_ROWS, seed=config.learner.seed)
    prepare(store, model.spec, older.rows)
    seen = Rows(build(store, older.rows, model.spec).matrix, older.label, older.weight)
    return recentred(with_curves(model, seen), rate, (cuts.fit.cuts, cuts.interest.cuts))


class _Gathering:
    """The steps of gathering, in order, on an open store."""

    def __init__(self, config: Config, store: Store, under: Reviewed, on_step: OnStep) -> None:
        self.config, self.store, self.under, self.on_step = config, store, under, on_step
        self.leads = store.rows("leads")
        self.replayed = replayed.read(config.review.backtest)
        self.claims = hypotheses.read(config.review.hypotheses)
        hypotheses.check(self.claims or (), store, name=config.review.hypotheses)
        on_step("counting the funnel", 0.1)
        self.practice = practice(config, store, under.definition)  # of all leads: before any are drawn
        self.scale = draw(store, config.review.most_leads, seed=config.learner.seed)

    def all(self, today: date) -> Material:
        config, store, under = self.config, self.store, self.under
        self.on_step("taking snapshots", 0.15)
        past = history(config, store)
        self.on_step("fitting the recipe on the older part", 0.2)
        model = recipe_model(config, store, past, chosen=Chosen.stored_in(under.model.facts))
        self.on_step("scoring leads it had not seen", 0.35)
        unseen = self._unseen(past, model)
        self.on_step("learning from leads drawn anew", 0.4)
        matters = self._matters(past, unseen)
        rows, study = self._study(past, unseen)
        self.on_step("looking at the actions of leads", 0.8)
        loop, no_loop = self._loop()
        self.on_step("looking at the open leads", 0.97)
        judged, seed = unseen.judged, config.learner.seed
        return Material(
            config=config,
            today=today,
            reviewed=under,
            scale=self.scale,
            leads=self.leads,
            observed=None if store.is_flat else date_of(store.observed_day),
            unseen=unseen,
            worth=worth(judged, unseen.axes, under.definition),
            cuts=(
                proposed_cuts(judged.fit, judged.won, judged.cluster, seed=seed),
                proposed_cuts(judged.interest, judged.won, judged.cluster, seed=seed),
            ),
            matters=matters,
            past_versions=tuple(number for number, _ in under.past),
            density=density(unseen.graded),
            stops=self._stops(unseen, rows, study),
            study=study,
            replay=rows,
            no_study="" if study else "flat",
            loop=loop,
            no_loop=no_loop,
            monday=monday(config, store, under.model, under.agreed, under.champion, scale=self.scale),
            practice=compared(self.practice, config, store, unseen.rows, judged.probability, unseen.graded.quadrant),
            belief=self._belief(past, unseen),
            replayed=self.replayed,
            said=self._said(unseen),
            intake=store.report,
            warnings=(
                *past.warnings,
                *(f"version {number} cannot be read any more and is not compared" for number in under.unreadable),
            ),
        )

    def _unseen(self, past: History, model: PropensityModel) -> Unseen:
        config, store, under = self.config, self.store, self.under
        axes = recipe_axes(config, store, under, model, past)
        past = self._whole_test(past)
        rows = first_rows(past)
        judged = held_out(store, model, past, under.definition)
        on_axes = graded(axes, judged.fit, judged.interest)
        decided = None
        if under.definition is not None and judged.ruled is not None:
            decided = decide(under.definition, on_axes, judged.probability, judged.ruled)
        known = present_score(config, store, rows, config.compare_with) if config.compare_with else None
        return Unseen(
            model=model,
            judged=judged,
            sums=model.concept_sums(judged.matrix),
            rows=rows,
            axes=axes,
            graded=on_axes,
            decided=decided,
            present=known,
            first=date_of(past.plan.test[0]) if past.plan else None,
            last=date_of(past.plan.test[-1]) if past.plan else None,
            horizon_days=config.goal.horizon_days if config.goal else None,
        )

    def _whole_test(self, past: History) -> History:
        """All rows of the test part, where the history is so long that its rows were drawn."""
        config = self.config
        if past.plan is None or (past.rows.weight == 1).all() or config.population is None or config.goal is None:
            return past
        rows, _ = snapshots(
            self.store, config.population, self.under.model.spec.events, list(past.plan.test),
            goal_stage=config.goal.stage, horizon_days=config.goal.horizon_days,
        )  # fmt: skip
        return replace(past, rows=rows, older=np.zeros(len(rows), np.bool_), test=np.ones(len(rows), np.bool_))

    def _matters(self, past: History, unseen: Unseen) -> tuple[Matter, ...]:
        config, model, judged = self.config, unseen.model, unseen.judged
        older = past.rows.take(past.older)
        drawn = resampled(config, self.store, older, model, unseen.rows, times=config.review.resamplings)
        seed = config.learner.seed
        before = [places_of(self.store, earlier, unseen.rows, seed=seed) for _, earlier in self.under.past]
        number: Mapping[Key, int] = {(found.name, found.axis): place for place, found in enumerate(model.concepts)}
        return tuple(
            Matter(
                concept=model.concepts[number[effect.key]],
                effect=effect,
                shape=shape(model.spec, model.concepts[number[effect.key]], judged.matrix, judged.won,
                            judged.probability, changes(unseen.sums, number[effect.key])),
                steadiness=steadiness(effect, drawn, before),
            )
            for effect in effects(model, unseen.sums)
        )  # fmt: skip

    def _study(self, past: History, unseen: Unseen) -> tuple[Replay | None, Study | None]:
        config, store, definition = self.config, self.store, self.under.definition
        if config.population is None or config.goal is None:
            return None, None
        rows = replay(
            store,
            unseen.model,
            config.population,
            frame_of(config, store, past),
            rules=rules_of(store, unseen.model, definition, unseen.axes),
            goal_stage=config.goal.stage,
            stage=stage_of(config),
            on_progress=lambda done, total: self.on_step("replaying past scorings", 0.5 + 0.3 * done / total),
        )
        study = studied(
            rows,
            weekly_activity(store),
            self._policy(),
            definition=definition,
            goal=config.goal.stage,
            stage=stage_of(config),
            least=_LEAST * past.reference.close_rate,
            trees=Chosen.model_validate(unseen.model.facts["recipe"]).trees,
        )
        return replace(rows, rules=replace(rows.rules, reader=None)), study  # it reads from the store, which closes

    def _policy(self) -> Policy:
        """What the line is for, in leads that were drawn."""
        policy = self.under.definition.mql.policy if self.under.definition else Policy()
        counted = {name: getattr(policy, name) for name in ("capacity_per_week", "minimum_per_week")}
        return policy.model_copy(update={name: n / self.scale for name, n in counted.items() if n is not None})

    def _stops(self, unseen: Unseen, rows: Replay | None, study: Study | None) -> Stops:
        if rows is not None and study is not None:
            return stops_of_replay(rows, study, scale=self.scale)
        return stops_of_leads(unseen.judged, unseen.graded.quadrant, self.under.definition)

    def _belief(self, past: History, unseen: Unseen) -> Belief:
        return belief(
            unseen.judged,
            unseen.sums.log_odds,
            met=np.isin(unseen.rows.lead, past.rows.take(past.older).lead),
            values=segment_values(self.store, unseen.rows, self.config.audit.segments),
            present=unseen.present,
            seed=self.config.learner.seed,
        )

    def _said(self, unseen: Unseen) -> tuple[Heard, ...] | None:
        if self.claims is None:
            return None
        return heard(self.claims, self.store, unseen.model, unseen.rows, unseen.sums, seed=self.config.learner.seed)

    def _loop(self) -> tuple[ClosedLoop | None, str]:
        try:
            return look(self.config, self.store), ""
        except (RefusedError, ConfigError) as error:
            return None, str(error)
