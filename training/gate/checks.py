"""What is asked of a challenger, one check after another.

Against a champion in use, log loss and captured wins are asked twice, each at half of the error: on
all leads, where the champion has the advantage that sales worked what it put on top, and on the
leads that both would treat alike, see ``alike``. One of the two is enough: working a lead does not
keep it from closing, so what is shown on all leads is shown in spite of that.

A recipe that is not the champion's has to be better. The champion's own, carried out anew, has to
be no worse by more than a margin: a share of what the champion gains over the close rate (a test of
non-inferiority; FDA 2016, on margins that keep a share of the effect).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from propensity.concepts.wording import plain
from propensity.config.sections import GateSettings
from training.gate.alike import AlikeLeads
from training.gate.broken import calibrated, disordered, miscalibrated, worse_segments
from training.gate.paired_gains import Difference, captured_gains, log_loss_gains
from training.learn.metrics import metrics
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.resamples import Resamples
from training.learn.metrics.scores_compared import ScoreComparison

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
#: Share of the tolerance by which a challenger may be further off than a champion that is off too:
#: a level that moved hits both, and chance decides which is off by a hair more.
_AS_MUCH = 0.5


#: Of the first model's rivals the one that could serve in its place.
_ALTERNATIVE = "points_table"


@dataclass(frozen=True)
class GateCheck:
    """One thing the gate asks.

    Attributes:
        name: Which.
        passed: Whether it holds.
        sentence: What was found, with its figures.
        figures: The same for a program, JSON-ready; aggregates only.
        asked: Whether anybody looked; what nobody looked at stops nobody, and is not called passed.
    """

    name: Name
    passed: bool
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    asked: bool = True

    @property
    def result(self) -> Literal["passed", "failed", "not asked"]:
        """What became of it."""
        return "not asked" if not self.asked else "passed" if self.passed else "failed"


@dataclass(frozen=True)
class Asked:
    """What the checks look at.

    Attributes:
        contest: The scores.
        settings: Limits.
        error: Chance, at most, that one interval of log loss or captured wins ends too high.
        share: Share of the leads of an as-of that sales can work, 0..1.
        draws: Resamples of all leads.
        fair: The leads that the challenger and the champion would treat alike; None without a
            champion, or where too few of them won.
        fair_draws: Resamples of these.
    """

    contest: ScoreComparison
    settings: GateSettings
    error: float
    share: float
    draws: Resamples
    fair: AlikeLeads | None = None
    fair_draws: Resamples | None = None


def log_loss(asked: Asked) -> GateCheck:
    """Better than every rival beyond chance; or no worse than the champion, where the recipe is its
    own. Than the points table, which nobody uses yet, it may not be worse beyond chance.
    """
    contest, settings = asked.contest, asked.settings
    scores = contest.challenger, list(contest.rivals.values())
    gains = log_loss_gains(contest.rows, *scores, asked.draws, asked.error)
    by = dict(zip(contest.rivals, gains, strict=True))
    told = "; ".join(
        f"{gain.value:+.4f} (at least {gain.low:+.4f}) better than {NAMES.get(name, name)}"
        for name, gain in by.items()
    )
    tests, figures = [(contest.rows, gain) for gain in gains], _figures(by)
    ends = [_end(name, gain) for name, gain in by.items()]
    may_lose = [contest.same_recipe or name == _ALTERNATIVE for name in by]
    if asked.fair is not None and asked.fair_draws is not None:
        fair = [asked.fair.calibrated(score) for score in (scores[0], *scores[1])]
        alike = log_loss_gains(asked.fair.rows, fair[0], fair[1:], asked.fair_draws, asked.error)[0]
        tests.append((asked.fair.rows, alike))
        ends.append(alike.low)
        may_lose.append(contest.same_recipe)
        told += (
            f"; {alike.value:+.4f} (at least {alike.low:+.4f}) on leads that both would treat"
            " alike, each calibrated there"
        )
        figures["alike"] = asdict(alike)
    margins = [
        _margin(settings, *test) if loses else 0.0
        for test, loses in zip(tests, may_lose, strict=True)
    ]
    held = [
        end >= -margin if loses else end > 0
        for end, margin, loses in zip(ends, margins, may_lose, strict=True)
    ]
    passed = any(held) if asked.fair is not None else all(held)
    if contest.same_recipe:
        lost = " or ".join(f"{margin:.4f}" for margin in margins)
        told += (
            f"; may lose {lost} at most ({settings.noninferiority_margin:.0%} of what the champion"
            f" gains over the close rate), with {_confidence(asked)} confidence"
        )
        figures["margin"] = margins[0]
    elif any(may_lose):
        told += (
            f"; may not be worse than the points table beyond chance by more than"
            f" {max(margins):.4f} ({settings.noninferiority_margin:.0%} of what that gains over the"
            " close rate)"
        )
        if not passed:
            told += f", and has to be above 0 elsewhere, with {_confidence(asked)} confidence"
    elif not passed:
        what = "one of the two has" if asked.fair is not None else "has"
        told += f": {what} to be above 0 with {_confidence(asked)} confidence"
    return GateCheck("log loss", passed, told, figures)


def captured_wins(asked: Asked) -> GateCheck:
    """Not fewer wins among the best leads than by any rival, but for a margin."""
    contest, share = asked.contest, asked.share
    rivals = {name: score for name, score in contest.rivals.items() if name != "base_rate"}
    scores = contest.challenger, list(rivals.values())
    gains = captured_gains(contest.rows, *scores, asked.draws, asked.error, share=share)
    by = dict(zip(rivals, gains, strict=True))
    margin = asked.settings.captured_margin
    passed = all(_end(name, gain) >= -margin for name, gain in by.items())
    told = "; ".join(
        f"{gain.challenger:.0%} against {gain.rival:.0%} of {NAMES.get(name, name)}"
        f" ({_points(gain)})"
        for name, gain in by.items()
    )
    sentence, figures = (
        f"among the best {share:.0%}: {told or 'nothing to compare with'}",
        by.copy(),
    )
    if asked.fair is not None and asked.fair_draws is not None:
        fair = [score[asked.fair.mask] for score in (scores[0], *scores[1])]
        groups = asked.fair.groups, fair[0], fair[1:], asked.fair_draws, asked.error
        alike = captured_gains(*groups, share=share)[0]
        passed = passed or alike.low >= -margin
        sentence += (
            f"; among the best of the leads that both would work, and of those that neither would:"
            f" {_points(alike)}"
        )
        figures["alike"] = alike
    if not passed:
        sentence += f": may be at most {100 * margin:g} points lower"
    return GateCheck("captured wins", passed, sentence, {"share": share, **_figures(figures)})


def decile_order(asked: Asked) -> GateCheck:
    """No worse tenth closes more often than a better one, beyond noise."""
    contest = asked.contest
    broken = disordered(contest.rows, contest.challenger, alarm=asked.settings.alarm)
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


def calibration(asked: Asked) -> GateCheck:
    """Promised and observed wins agree on the newest rows, as far as can be told."""
    contest, settings = newest(asked.contest), asked.settings
    own = calibrated(contest.rows, contest.challenger)
    figures = {"challenger": asdict(own)}
    gaps = miscalibrated(own, alarm=settings.alarm, tolerance=settings.calibration_tolerance)
    reference = _reference(contest)
    sentence = f"promised and observed wins: level {own.level:+.2f}, slope {own.slope:.2f}"
    if reference is not None and gaps:
        other = calibrated(contest.rows, reference[1])
        figures[reference[0]] = asdict(other)
        theirs = {"level": abs(other.level), "slope": abs(other.slope - 1)}
        slack = _AS_MUCH * settings.calibration_tolerance
        excused = {name for name, gap in gaps.items() if abs(gap) <= theirs[name] + slack}
        gaps = {name: gap for name, gap in gaps.items() if name not in excused}
        if excused:
            sentence += f"; off beyond noise, and {NAMES.get(reference[0], reference[0])} no less"
    if gaps:
        sentence += (
            f": {' and '.join(gaps)} off by more than {settings.calibration_tolerance:g} beyond"
            " noise"
        )
    return GateCheck("calibration", not gaps, sentence, figures)


def segments(asked: Asked) -> GateCheck:
    """Nobody fares worse than by the champion, beyond noise."""
    contest = asked.contest
    reference = _reference(contest)
    if reference is None or not contest.segments:
        return GateCheck(
            "segments", True, "no segments are configured (audit.segments)", asked=False
        )
    name, score = reference
    worse = worse_segments(contest, score, alarm=asked.settings.alarm)
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


def audit(light: str, *, accepted: bool) -> GateCheck:
    """The audit of the data is not red."""
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


def newest(contest: ScoreComparison) -> ScoreComparison:
    """The part of a meeting that lies on its newest days."""
    kept = contest.newest
    if kept is None:
        return contest
    return ScoreComparison(
        contest.rows.part(kept),
        contest.challenger[kept],
        {name: score[kept] for name, score in contest.rivals.items()},
    )


def _confidence(asked: Asked) -> str:
    return f"{100 * (1 - asked.error):.3g} %"


def _end(name: str, gain: Difference) -> float:
    """What a gain is judged by: the lower end of its interval. Over what could serve in the model's
    place, and nobody uses yet, it is the upper end: that has to be shown to be better.
    """
    return gain.high if name == _ALTERNATIVE else gain.low


def _margin(settings: GateSettings, rows: Holdout, gain: Difference) -> float:
    """What may be lost in log loss per row: a share of what the champion gains over the close rate
    of the rows; nothing where it gains nothing.
    """
    rate = metrics.mean(rows.label, rows.weight)
    alone = metrics.log_loss(rows.label, np.full(len(rows), metrics.logit(rate)), rows.weight)
    return settings.noninferiority_margin * max(alone - gain.rival, 0.0)


def _points(gain: Difference) -> str:
    return f"{100 * gain.value:+.1f} points, at least {100 * gain.low:+.1f}"


def _figures(gains: Mapping[str, Difference]) -> dict[str, Any]:
    return {name: asdict(gain) for name, gain in gains.items()}
