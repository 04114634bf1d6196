"""The gate: what a challenger has to show before it may take the champion's place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from features.files.canonical_json import json_ready
from propensity.concepts.wording import plain
from propensity.config.sections import GateSettings
from propensity.promotion.gate_verdict import GateVerdict
from training.gate.broken import calibrated, disordered, miscalibrated, worse_segments
from training.gate.paired_gains import Difference, captured_gains, log_loss_gains
from training.learn.metrics.resamples import Resamples
from training.learn.metrics.scores_compared import Mode, ScoreComparison

Name = Literal[
    "log loss", "captured wins", "decile order", "calibration", "segments", "audit", "meeting"
]

#: What the models are called in sentences.
NAMES: Mapping[str, str] = {
    "champion": "the champion",
    "base_rate": "the base rate",
    "lead_age": "lead age alone",
    "points_table": "the points table",
}
#: Broken pairs and segments that are named.
_NAMED = 3


@dataclass(frozen=True)
class GateCheck:
    """One thing the gate asks.

    Attributes:
        name: Which.
        passed: Whether it holds.
        sentence: What was found, with its figures.
        figures: The same for a program, JSON-ready; aggregates only.
    """

    name: Name
    passed: bool
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GateResult:
    """What the gate found.

    Attributes:
        checks: Checks in the order in which they are told.
        mode: Who met.
        against: Version of the champion; None where there is none.
        rows: Rows judged.
        leads: Leads (accounts) among them.
        wins: Rows that are wins.
        notes: What a reader should know about the meeting, a sentence each.
    """

    checks: tuple[GateCheck, ...]
    mode: Mode
    against: int | None
    rows: int
    leads: int
    wins: int
    notes: tuple[str, ...] = ()

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
) -> GateResult:
    """Ask everything of a challenger.

    Args:
        contest: Its scores beside the champion's, or beside the baselines.
        settings: Limits.
        share: Share of the leads of an as-of that sales can work, 0..1.
        light: Light of the audit of the data it learned from.
        against: Version of the champion; None where there is none.
        seed: Seed of the resampling.
        accepted: Whether somebody accepted a red audit.
    """
    draws = Resamples(contest.rows.cluster, settings.resamples, seed)
    found = [
        _log_loss(contest, settings, draws),
        _captured(contest, settings, draws, share),
        _order(contest, settings),
        _calibration(contest, settings),
        _segments(contest, settings),
        _audit(light, accepted=accepted),
    ]
    return GateResult(
        tuple(found),
        contest.mode,
        against,
        len(contest.rows),
        contest.leads,
        contest.wins,
        contest.notes,
    )


def refused(reason: str, *, against: int | None) -> GateResult:
    """What the gate says where the two could not meet."""
    return GateResult((GateCheck("meeting", False, reason),), "recipes", against, 0, 0, 0)


def _log_loss(contest: ScoreComparison, settings: GateSettings, draws: Resamples) -> GateCheck:
    tail = 1 - settings.confidence
    gains = log_loss_gains(
        contest.rows, contest.challenger, list(contest.rivals.values()), draws, tail
    )
    by = dict(zip(contest.rivals, gains, strict=True))
    passed = all(gain.low > 0 for gain in gains)
    told = "; ".join(
        f"{gain.value:+.4f} (at least {gain.low:+.4f}) better than {NAMES.get(name, name)}"
        for name, gain in by.items()
    )
    same = all(np.array_equal(contest.challenger, rival) for rival in contest.rivals.values())
    if same:
        told = "the recipe is the champion's own, so that there is nothing to gain"
    verdict = "" if passed else f": has to be above 0 with {settings.confidence:.0%} confidence"
    return GateCheck("log loss", passed, f"{told}{verdict}", _figures(by))


def _captured(
    contest: ScoreComparison, settings: GateSettings, draws: Resamples, share: float
) -> GateCheck:
    rivals = {name: score for name, score in contest.rivals.items() if name != "base_rate"}
    tail = 1 - settings.confidence
    gains = captured_gains(
        contest.rows, contest.challenger, list(rivals.values()), draws, tail, share=share
    )
    by = dict(zip(rivals, gains, strict=True))
    passed = all(gain.low >= -settings.captured_margin for gain in gains)
    told = "; ".join(
        f"{gain.challenger:.0%} against {gain.rival:.0%} of {NAMES.get(name, name)} "
        f"({100 * gain.value:+.1f} points, at least {100 * gain.low:+.1f})"
        for name, gain in by.items()
    )
    verdict = "" if passed else f": may be at most {100 * settings.captured_margin:g} points lower"
    sentence = f"among the best {share:.0%}: {told or 'nothing to compare with'}{verdict}"
    return GateCheck("captured wins", passed, sentence, {"share": share, **_figures(by)})


def _order(contest: ScoreComparison, settings: GateSettings) -> GateCheck:
    broken = disordered(contest.rows, contest.challenger, alarm=settings.alarm)
    if not broken:
        return GateCheck(
            "decile order", True, "better tenths close more often, as far as can be told"
        )
    told = ", ".join(
        f"tenth {pair.worse} closes {pair.rates[1]:.1%}, tenth {pair.better} {pair.rates[0]:.1%}"
        for pair in broken[:_NAMED]
    )
    return GateCheck(
        "decile order",
        False,
        f"worse tenths close more often beyond noise: {told}",
        {"pairs": [asdict(pair) for pair in broken]},
    )


def _calibration(contest: ScoreComparison, settings: GateSettings) -> GateCheck:
    own = calibrated(contest.rows, contest.challenger)
    figures = {"challenger": asdict(own)}
    gaps = miscalibrated(own, alarm=settings.alarm, tolerance=settings.calibration_tolerance)
    reference = _reference(contest)
    sentence = f"promised and observed wins: level {own.level:+.2f}, slope {own.slope:.2f}"
    if reference is not None and gaps:
        other = calibrated(contest.rows, reference[1])
        figures[reference[0]] = asdict(other)
        as_bad = {"level": abs(other.level), "slope": abs(other.slope - 1)}
        excused = {name for name, gap in gaps.items() if abs(gap) <= as_bad[name]}
        gaps = {name: gap for name, gap in gaps.items() if name not in excused}
        if excused:
            sentence += f"; off beyond noise, and {NAMES.get(reference[0], reference[0])} no less"
    if gaps:
        sentence += (
            f": {' and '.join(gaps)} off by more than {settings.calibration_tolerance:g} beyond"
            " noise"
        )
    return GateCheck("calibration", not gaps, sentence, figures)


def _segments(contest: ScoreComparison, settings: GateSettings) -> GateCheck:
    reference = _reference(contest)
    if reference is None or not contest.segments:
        return GateCheck("segments", True, "no segments are configured (audit.segments)")
    name, score = reference
    worse = worse_segments(contest, score, alarm=settings.alarm)
    if not worse:
        columns = ", ".join(plain(segment.column) for segment in contest.segments)
        return GateCheck(
            "segments", True, f"nobody fares worse than by {NAMES[name]} beyond noise ({columns})"
        )
    told = ", ".join(
        f"{plain(w.column)} = {plain(w.level)} (log loss {-w.gain:+.4f})" for w in worse[:_NAMED]
    )
    return GateCheck(
        "segments",
        False,
        f"worse than {NAMES[name]} beyond noise: {told}",
        {"segments": [asdict(w) for w in worse]},
    )


def _audit(light: str, *, accepted: bool) -> GateCheck:
    told = f"the audit is {light}" + (", and was accepted for training" if accepted else "")
    return GateCheck(
        "audit",
        light != "red",
        f"{told}: only an override promotes on it" if light == "red" else told,
    )


def _reference(contest: ScoreComparison) -> tuple[str, NDArray[np.float64]] | None:
    """What calibration and segments are held against: the champion, else no model at all."""
    return next(
        (
            (name, contest.rivals[name])
            for name in ("champion", "base_rate")
            if name in contest.rivals
        ),
        None,
    )


def _figures(gains: Mapping[str, Difference]) -> dict[str, Any]:
    return {name: asdict(gain) for name, gain in gains.items()}
