"""Gathers what the pack is made of, once: configuration, registry and sources, under one open
store.
"""

from dataclasses import replace

from features.days import date_of
from features.errors import ConfigError, RefusedError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.definition.schema import Policy
from propensity.progress import OnStep, silent
from training.closed_loop.command import ClosedLoop, closed_loop_of
from training.definition.cuts import proposed_cuts
from training.definition.show import worth
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.segments import segment_values
from training.learn.recipe.held_out_model import recipe_model
from training.learn.rows.history import History, history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.findings import backtest_file as replayed
from training.review.findings import hypotheses
from training.review.findings.calibration import RecipeCalibration, recipe_calibration
from training.review.findings.candidate_lines import CandidateLines, lines_of_leads, lines_of_replay
from training.review.findings.concept_effects import concept_effects_of
from training.review.findings.density import density
from training.review.findings.hypotheses import JudgedClaim, judge_claims
from training.review.findings.lead_sample import draw
from training.review.findings.material import Material
from training.review.findings.reviewed import ReviewedVersion, version_under_review
from training.review.findings.segment_figures import SegmentedLeads, segment_figures
from training.review.findings.teams import team_changes
from training.review.findings.unseen_leads import UnseenLeads, unseen_leads
from training.review.funnel.practice import practice, with_unseen_leads
from training.threshold.activity import weekly_activity
from training.threshold.frame import frame_of, rules_of, stage_of
from training.threshold.nightly_replay import NightlyReplay, replay
from training.threshold.study import Study, past_levels, study_of_replay
from training.threshold.waiting_leads import WaitingLeads, waiting_leads

#: Lines below this share of the average rate are not looked at.
_LEAST = 0.5


def gather(
    config: Config,
    *,
    version: str | int | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
) -> Material:
    """Gather everything for a review.

    Args:
        config: Names the data, the registry and the definition.
        version: Number or alias; by default the challenger, else the champion.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.

    Raises:
        RegistryError: No such version, or the registry cannot be reached.
        ArtifactError: What is stored is damaged.
        ConfigError: The definition does not fit the input.
        DataError: The input cannot be used.
        RefusedError: The history is too short to hold out a part of it.
    """
    on_step("loading the model", 0.0)
    under = version_under_review(config, version)
    on_step("reading and checking the sources", 0.03)
    with open_sources(config, models=[under.model], resources=resources) as store:
        run = Run(config, store)
        return _Gathering(run, under, on_step).all()


class _Gathering:
    """The steps of gathering, in order, on an open store."""

    def __init__(self, run: Run, under: ReviewedVersion, on_step: OnStep) -> None:
        self.run, self.under, self.on_step = run, under, on_step
        self.config, self.store = run.config, run.store
        self.leads = run.store.rows("leads")
        self.replayed = replayed.read(run.config.review.backtest)
        self.claims = hypotheses.read(run.config.review.hypotheses)
        hypotheses.check(self.claims or (), run.store, name=run.config.review.hypotheses)
        on_step("counting the funnel", 0.1)
        # of all leads: before any are drawn
        self.practice = practice(run, under.definition)
        self.scale = draw(run.store, run.config.review.most_leads, seed=run.config.learner.seed)

    def all(self) -> Material:
        config, store, under = self.config, self.store, self.under
        self.on_step("taking snapshots", 0.15)
        past = history(self.run)
        self.on_step("fitting the recipe on the older part", 0.2)
        model = recipe_model(
            self.run, past, chosen=RecipeChoices.stored_in(under.model.facts), served=under.model
        )
        self.on_step("scoring leads it had not seen", 0.35)
        unseen = unseen_leads(self.run, under, model, past)
        self.on_step("learning from leads drawn anew", 0.4)
        matters = concept_effects_of(self.run, under, past, unseen)
        standing = waiting_leads(self.run, under.model, under.agreed)
        rows, study = self._study(past, unseen, standing)
        self.on_step("looking at the actions of leads", 0.8)
        loop, no_loop = self._loop(unseen)
        self.on_step("looking at the open leads", 0.97)
        judged, seed = unseen.judged, config.learner.seed
        stops = self._stops(unseen, rows, study)
        return Material(
            config=config,
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
            density=density(unseen.graded, judged.won) if len(unseen.graded.axes) > 1 else None,
            stops=stops,
            study=study,
            replay=rows,
            no_study="" if study else "flat",
            loop=loop,
            no_loop=no_loop,
            monday=team_changes(
                self.run,
                under.model,
                under.agreed,
                under.champion,
                scale=self.scale,
                standing=standing,
            ),
            practice=with_unseen_leads(
                self.practice,
                self.run,
                unseen.rows,
                judged.probability,
                unseen.graded,
            ),
            belief=self._belief(unseen),
            replayed=self.replayed,
            said=self._said(unseen),
            segments=segment_figures(
                SegmentedLeads(
                    unseen=unseen,
                    over=unseen.over_line(stops.lines[stops.chosen]),
                    matters=matters,
                    stops=stops,
                    replay=rows,
                    study=study,
                    scale=self.scale,
                ),
                store,
                self.practice.leads,
                config.audit.segments,
            ),
            intake=store.report,
            warnings=(
                *past.warnings,
                *(
                    f"version {number} cannot be read any more and is not compared"
                    for number in under.unreadable
                ),
            ),
        )

    def _study(
        self, past: History, unseen: UnseenLeads, standing: WaitingLeads | None
    ) -> tuple[NightlyReplay | None, Study | None]:
        config, store, definition = self.config, self.store, self.under.definition
        if config.population is None or config.goal is None:
            return None, None
        rows = replay(
            store,
            unseen.model,
            config.population,
            frame_of(self.run, past),
            rules=rules_of(store, unseen.model, definition, unseen.axes),
            goal_stage=config.goal.stage,
            stage=stage_of(config),
            on_progress=lambda done, total: self.on_step(
                "replaying past scorings", 0.5 + 0.3 * done / total
            ),
        )
        study = study_of_replay(
            rows,
            weekly_activity(store),
            self._policy(),
            definition=definition,
            goal=config.goal.stage,
            stage=stage_of(config),
            least=_LEAST * past.reference.close_rate,
            trees=RecipeChoices.model_validate(unseen.model.facts["recipe"]).trees,
            levels=past_levels(self.run, past, unseen.model),
            standing=standing,
            signed_first=True,
        )
        # it reads from the store, which closes
        return replace(rows, rules=replace(rows.rules, reader=None)), study

    def _policy(self) -> Policy:
        """What the line is for, in leads that were drawn."""
        policy = self.under.definition.mql.policy if self.under.definition else Policy()
        counted = {
            name: getattr(policy, name) for name in ("capacity_per_week", "minimum_per_week")
        }
        return policy.model_copy(
            update={name: n / self.scale for name, n in counted.items() if n is not None}
        )

    def _stops(
        self, unseen: UnseenLeads, rows: NightlyReplay | None, study: Study | None
    ) -> CandidateLines:
        if rows is not None and study is not None:
            return lines_of_replay(rows, study, scale=self.scale)
        return lines_of_leads(unseen.judged, unseen.graded, self.under.definition)

    def _belief(self, unseen: UnseenLeads) -> RecipeCalibration:
        return recipe_calibration(
            unseen.judged,
            unseen.sums.log_odds,
            met=unseen.judged.known,
            values=segment_values(self.store, unseen.rows, self.config.audit.segments),
            present=unseen.present,
            seed=self.config.learner.seed,
        )

    def _said(self, unseen: UnseenLeads) -> tuple[JudgedClaim, ...] | None:
        if self.claims is None:
            return None
        return judge_claims(
            self.claims,
            self.store,
            unseen.model,
            unseen.rows,
            unseen.sums,
            seed=self.config.learner.seed,
        )

    def _loop(self, unseen: UnseenLeads) -> tuple[ClosedLoop | None, str]:
        try:
            return closed_loop_of(self.run, model=unseen.model), ""
        except (RefusedError, ConfigError) as error:
            return None, str(error)
