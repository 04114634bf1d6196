"""Is there any skill: the recipe on later leads it has not seen, beside the base rate, lead age and
the points table.

Models learn on forward-chained folds of the older part and, last, on the whole older part; each is
judged on later rows of leads that taught it nothing, so knowing leads again counts for nothing. All
judged rows together say how far the recipe's ROC AUC lies above that of each baseline, with a 95 %
interval that resamples leads.

There are three answers. An interval above 0 shows the gain. One that ends below a useful gain shows
that there is none. One that holds both has shown nothing yet: absence of evidence is no evidence of
absence (Altman and Bland 1995).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from propensity.config.config import Config
from training.audit.findings import Finding
from training.audit.sufficiency import not_warranted
from training.audit.trial import Trial, trial
from training.learn.learners import trees as learner
from training.learn.learners.baseline_columns import baseline_columns, squarable
from training.learn.learners.baselines import Baseline, BaseRateBaseline, PointsTable
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.bootstrap_auc import Floats, Ranking
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.resamples import Resamples
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.time_blocks import TimeBlock

#: What a model has to be told from: the baseline's name, and how it is called.
RIVALS = {"base_rate": "chance", "lead_age": "lead age alone", "points_table": "the points table"}
#: A model that is not above these knows nothing about leads.
_FATAL = ("base_rate", "lead_age")
#: Resamples behind the intervals.
_RESAMPLES = 400

SkillAnswer = Literal["shown", "not shown yet", "none"]


@dataclass(frozen=True)
class Skill:
    """What was measured.

    Attributes:
        roc_auc: ROC AUC of the recipe, with its 95 % interval.
        gains: ROC AUC of the recipe above that of each baseline, with the paired 95 % interval.
        rows: Rows judged.
        wins: Leads (accounts, where known) among them with a win.
        useful: Gain in ROC AUC from which on a model is of use.
        closes: Wins of all rows, those that only taught included.
    """

    roc_auc: Estimate
    gains: dict[str, Estimate]
    rows: int
    wins: int
    useful: float
    closes: int

    def answer(self, name: str) -> SkillAnswer:
        """Whether the recipe ranks better than a baseline."""
        gain = self.gains[name]
        if gain.low > 0:
            return "shown"
        return "none" if gain.high < self.useful else "not shown yet"

    def without(self, answer: SkillAnswer) -> list[str]:
        """The baselines to which this is the answer."""
        return [name for name in self.gains if self.answer(name) == answer]

    def more_closes(self, names: list[str]) -> int | None:
        """Further closes after which intervals, narrower by the root of how many there are, would
        give one of the other answers if the gains stayed what they are; None where no interval
        could be formed.
        """
        times = 1.0
        for gain in (self.gains[name] for name in names):
            away = max(gain.value, self.useful - gain.value)
            times = max(times, ((gain.high - gain.low) / 2 / away) ** 2)
            if not np.isfinite(gain.high - gain.low):
                return None
        return _round(self.closes * (times - 1))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; what could not be formed is None."""
        return {
            "roc_auc": _json(self.roc_auc),
            "above": {name: _json(gain) for name, gain in self.gains.items()},
            "rows": self.rows,
            "wins": self.wins,
            "useful_gain": self.useful,
            "answers": {name: self.answer(name) for name in self.gains},
        }


def skill(run: Run, past: History, *, tried: Trial | None = None) -> list[Finding]:
    """Whether the recipe can be told from what needs no model; the headline where it cannot.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows of training.
        tried: The trial, where it has been prepared already.

    Raises:
        RefusedError: No column can be learned from.
    """
    tried = tried or trial(run, past)
    if not tried.blocks:
        return [
            Finding(
                "skill",
                "skill not judged",
                "red",
                "No part of the history has enough wins and losses to judge a model on",
                "Wait for more closes, or learn a nearer goal (goal.stage).",
            )
        ]
    measured = measure(tried, useful=run.config.audit.useful_gain)
    return [_verdict(measured), *_no_ground(run.config, measured)]


def measure(tried: Trial, *, useful: float) -> Skill:
    """The recipe and its rivals on all blocks of a trial that has any."""
    scores: dict[str, list[Floats]] = {}
    for block in tried.blocks:
        for name, found in _scores(tried, block).items():
            scores.setdefault(name, []).append(found)
    return compared(
        {name: np.concatenate(parts) for name, parts in scores.items()},
        tried.holdout(tried.blocks),
        useful=useful,
        closes=tried.rows.wins,
    )


def _scores(tried: Trial, block: TimeBlock) -> dict[str, Floats]:
    """What the recipe and its rivals, learned on the earlier rows, say about the later ones."""
    rows, matrix = tried.seen.take(block.earlier), tried.seen.matrix[block.later]
    roles, known = baseline_columns(tried.spec), squarable(rows.matrix)
    rivals: dict[str, Baseline] = {
        "base_rate": BaseRateBaseline(),
        "points_table": PointsTable(tried.spec, tried.rows.lead[block.earlier]),
    }
    scores = {"recipe": tried.scores(block, block.earlier)}
    for name, rival in rivals.items():
        scores[name] = rival.fit(known, rows.label, rows.weight).log_odds(squarable(matrix))
    if roles["age"] is not None:
        scores["lead_age"] = _by_age(tried, rows, matrix, roles["age"])
    return scores


def _by_age(tried: Trial, rows: LearnerRows, matrix: Floats, age: int) -> Floats:
    """What the same learner makes of lead age alone: in bins of equal size age says less than it
    can.
    """
    spec = tried.spec.model_copy(update={"features": (tried.spec.features[age],)})
    alone = LearnerRows(rows.matrix[:, [age]], rows.label, rows.weight)
    alike = tried.learner.model_copy(update={"axes": "shared"})
    return learner.raw_scores(
        learner.train(alone, spec, alike, trees=tried.trees), matrix[:, [age]]
    )


def compared(scores: dict[str, Floats], holdout: Holdout, *, useful: float, closes: int) -> Skill:
    """What scores of the recipe and of its rivals, by name, show on judged rows.

    Args:
        scores: Name to (n,) scores: the recipe, and each of ``RIVALS`` that there is.
        holdout: The judged rows.
        useful: Gain in ROC AUC from which on a model is of use.
        closes: Wins of all rows, those that only taught included.
    """
    weights = [holdout.weight, *Resamples(holdout.cluster, _RESAMPLES, 0).weights(holdout.weight)]
    aucs = {
        name: np.array([ranking.auc(weight) for weight in weights])
        for name, ranking in ((name, Ranking(score, holdout)) for name, score in scores.items())
    }
    own = aucs.pop("recipe")
    wins = len(np.unique(holdout.cluster[holdout.label == 1]))
    return Skill(
        _figure(own),
        {name: _figure(own - aucs[name]) for name in RIVALS if name in aucs},
        len(holdout),
        wins,
        useful,
        closes,
    )


def _figure(values: Floats) -> Estimate:
    """The first value, with the middle 95 % of the others.

    NaN where more than 5 % of these cannot be formed.
    """
    formed = values[1:][np.isfinite(values[1:])]
    if len(formed) < 0.95 * (len(values) - 1):
        return Estimate(float(values[0]), float("nan"), float("nan"))
    low, high = np.quantile(formed, [0.025, 0.975])
    return Estimate(float(values[0]), float(low), float(high))


def _verdict(found: Skill) -> Finding:
    on = f"on {found.wins:,} won leads it had not seen"
    evidence = found.to_dict()
    none = [name for name in found.without("none") if name in _FATAL]
    if none:
        told = " or ".join(RIVALS[name] for name in none)
        return Finding(
            "skill",
            "no skill",
            "red",
            f"No skill: the model ranks no better than {told}, {on}"
            f" ({_gaps(found, none)}; a gain of {found.useful:g} would be of use)",
            "Do not score with it. Look for facts about the leads from before their close, or learn"
            " a nearer goal.",
            evidence,
        )
    open_ = [name for name in found.without("not shown yet") if name in _FATAL]
    if open_:
        return _not_shown(found, open_, on)
    auc, answer = found.roc_auc, found.answer("points_table")
    if answer != "shown":
        points = _gaps(found, ["points_table"])
        told = (
            f"The model ranks no better than the points table, {on} ({points})"
            if answer == "none"
            else f"The model has not been shown yet to rank better than the points table, {on}"
            f" ({points})"
        )
        return Finding(
            "skill",
            "no gain over points" if answer == "none" else "gain over points not shown yet",
            "amber",
            told,
            "The points table of `propensity closed-loop` may do; what the model adds is a"
            " probability and its reasons.",
            evidence,
        )
    return Finding(
        "skill",
        "skill",
        "green",
        f"AUC {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f}) {on}, above "
        + ", ".join(RIVALS[name] for name in found.gains),
        "",
        evidence,
    )


def _not_shown(found: Skill, names: list[str], on: str) -> Finding:
    more = found.more_closes(names)
    told = f"about {more:,} more closes" if more else "more closes"
    return Finding(
        "skill",
        "skill not shown yet",
        "amber",
        f"Skill not shown yet: the model may rank better than"
        f" {' or '.join(RIVALS[name] for name in names)}, or no better, {on}"
        f" ({_gaps(found, names)}; a gain of {found.useful:g} would be of use)",
        f"If the gain stays what it is, {told} would tell. Until then take its scores as a trial,"
        " beside the table of close rates by action; a nearer goal has more closes.",
        {**found.to_dict(), "more_closes": more},
    )


def _no_ground(config: Config, found: Skill) -> list[Finding]:
    """Where nothing predicts, what is offered instead, in the words of the room."""
    return (
        [not_warranted(config, "no skill", "red", {})]
        if set(found.without("none")) & set(_FATAL)
        else []
    )


def _gaps(found: Skill, names: list[str]) -> str:
    return "; ".join(f"AUC above {RIVALS[name]} {_span(found.gains[name])}" for name in names)


def _round(count: float) -> int:
    """To two digits, upwards."""
    size = 10.0 ** max(int(np.log10(max(count, 1.0))) - 1, 0)
    return int(np.ceil(count / size) * size)


def _span(gain: Estimate) -> str:
    return f"{gain.value:+.3f}, {gain.low:+.3f} to {gain.high:+.3f}"


def _json(figure: Estimate) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in vars(figure).items()}
