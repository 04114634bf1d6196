"""The gate: what a challenger has to show before it may take the champion's place."""

from dataclasses import asdict, dataclass
from typing import Any

from features.files.canonical_json import json_ready
from propensity.config.sections import GateSettings
from propensity.promotion.gate_verdict import GateVerdict
from training.gate import checks
from training.gate.alike import alike
from training.gate.checks import Asked, GateCheck
from training.gate.looks import error_of
from training.learn.metrics.resamples import Resamples
from training.learn.metrics.scores_compared import Mode, ScoreComparison

#: Wins, and others, below which leads that both would treat alike cannot be asked.
_FEWEST = 10


@dataclass(frozen=True)
class GateResult:
    """What the gate found.

    Attributes:
        checks: Checks in the order in which they are told.
        mode: Who met.
        against: Version of the champion; None where there is none.
        rows: Rows judged.
        leads: Leads (accounts) among them.
        wins: Different wins among them; several rows may be looks at one.
        notes: What a reader should know about the meeting, a sentence each.
        looks: Which look at these closes it was; 1 for the first.
    """

    checks: tuple[GateCheck, ...]
    mode: Mode
    against: int | None
    rows: int
    leads: int
    wins: int
    notes: tuple[str, ...] = ()
    looks: int = 1

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    @property
    def verdict(self) -> GateVerdict:
        """As the tags of a version tell it."""
        failed = tuple(
            f"{check.name}: {check.sentence}" for check in self.checks if not check.passed
        )
        return GateVerdict(self.passed, self.against, failed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only."""
        ready = json_ready({"passed": self.passed, **asdict(self)})
        return ready if isinstance(ready, dict) else {}


def gate(
    contest: ScoreComparison,
    settings: GateSettings,
    *,
    share: float,
    light: str,
    against: int | None,
    seed: int,
    accepted: bool = False,
    looks: int = 1,
) -> GateResult:
    """Ask everything of a challenger.

    Args:
        contest: Its scores beside the champion's, or beside the baselines.
        settings: Limits.
        share: Share of the leads of an as-of that sales can work, 0..1.
        light: Light of the audit of the data it learned from.
        against: Version of the champion; None where there is none.
        seed: Seed of the resampling.
        accepted: Whether a red audit was accepted for training.
        looks: Which look at these closes it is; each is paid for, see ``looks``.
    """
    asked = asked_of(contest, settings, share=share, seed=seed, looks=looks)
    found = (
        checks.log_loss(asked),
        checks.captured_wins(asked),
        checks.decile_order(asked),
        checks.calibration(asked),
        checks.segments(asked),
        checks.audit(light, accepted=accepted),
    )
    return GateResult(
        found,
        contest.mode,
        against,
        len(contest.rows),
        contest.leads,
        contest.wins,
        contest.notes,
        looks,
    )


def refused(reason: str, *, against: int | None) -> GateResult:
    """What the gate says where the two could not meet."""
    return GateResult((GateCheck("meeting", False, reason),), "recipes", against, 0, 0, 0)


def asked_of(
    contest: ScoreComparison, settings: GateSettings, *, share: float, seed: int, looks: int
) -> Asked:
    """What the checks look at: the scores, the limits, the error that this look may spend, and the
    leads that both models would treat alike; see ``gate`` for the arguments.
    """
    draws = Resamples(contest.rows.cluster, settings.resamples, seed)
    error = error_of(looks, 1 - settings.confidence)
    champion = contest.rivals.get("champion")
    if champion is None:
        return Asked(contest, settings, error, share, draws)
    fair = alike(contest.rows, contest.challenger, champion, share=share)
    if min(fair.rows.wins, fair.rows.others) < _FEWEST:
        return Asked(contest, settings, error, share, draws)
    fair_draws = Resamples(fair.rows.cluster, settings.resamples, seed)
    return Asked(contest, settings, error / 2, share, draws, fair, fair_draws)
