"""Everything the pack is made of.

Sections word it and compute nothing else; they never see the sources.
"""

from dataclasses import dataclass
from datetime import date

from features.intake_report import IntakeReport
from propensity.config.config import Config
from propensity.definition.schema import Definition
from training.closed_loop.command import ClosedLoop
from training.definition.cuts import Cuts
from training.definition.show import DefinitionWorth
from training.review.findings.backtest_file import BacktestReport
from training.review.findings.calibration import RecipeCalibration
from training.review.findings.candidate_lines import CandidateLines
from training.review.findings.concept_effects import ConceptEffect
from training.review.findings.density import Density
from training.review.findings.hypotheses import JudgedClaim
from training.review.findings.reviewed import ReviewedVersion
from training.review.findings.segment_figures import SegmentFigures
from training.review.findings.teams import TeamChanges
from training.review.findings.unseen_leads import UnseenLeads
from training.review.funnel.practice import Practice
from training.threshold.nightly_replay import NightlyReplay
from training.threshold.study import Study


@dataclass(frozen=True)
class Material:
    """What the sections are made of.

    Attributes:
        config: What the run was told.
        reviewed: Version, definition, pair in use, documents of the registry.
        scale: Leads that each lead looked at stands for: 1 unless leads were drawn from a large
            history.
        leads: Leads in the sources.
        observed: Day up to which the sources are complete; None of a flat table.
        unseen: Leads the recipe had not seen.
        worth: What the grades and the definition are worth on these leads.
        cuts: Cuts of fit and of interest as the data would have them.
        matters: Concepts, those that move chances most first.
        past_versions: Numbers of the versions that ``Steadiness.places`` speaks of.
        density: The map; None where leads differ on one axis only.
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
        said: What people said, held against the leads not seen; None where nobody wrote anything
            down.
        segments: The figures of the meeting for one segment at a time.
        intake: What was read, kept and put aside.
        warnings: What a person should know about the rows, one English sentence each.
    """

    config: Config
    reviewed: ReviewedVersion
    scale: float
    leads: int
    observed: date | None
    unseen: UnseenLeads
    worth: DefinitionWorth
    cuts: tuple[Cuts, Cuts]
    matters: tuple[ConceptEffect, ...]
    past_versions: tuple[int, ...]
    density: Density | None
    stops: CandidateLines | None
    study: Study | None
    replay: NightlyReplay | None
    no_study: str
    loop: ClosedLoop | None
    no_loop: str
    monday: TeamChanges | None
    practice: Practice
    belief: RecipeCalibration
    replayed: BacktestReport | None
    said: tuple[JudgedClaim, ...] | None
    segments: tuple[SegmentFigures, ...]
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
