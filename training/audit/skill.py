"""Is there any skill: the recipe on later leads it has not seen, beside the base rate, lead age and
the points table.

Models learn on forward-chained folds of the older part and, last, on the whole older part; each is
judged on later rows of leads that taught it nothing, so knowing leads again counts for nothing. All
judged rows together say how far the recipe's ROC AUC lies above that of each baseline, with a 95 %
interval that resamples leads.
"""

from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Skill:
    """What was measured.

    Attributes:
        roc_auc: ROC AUC of the recipe, with its 95 % interval.
        gains: ROC AUC of the recipe above that of each baseline, with the paired 95 % interval.
        rows: Rows judged.
        wins: Leads (accounts, where known) among them with a win.
    """

    roc_auc: Estimate
    gains: dict[str, Estimate]
    rows: int
    wins: int

    @property
    def not_above(self) -> list[str]:
        """The baselines that the recipe cannot be told from, or is below."""
        return [name for name, gain in self.gains.items() if not gain.low > 0]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; what could not be formed is None."""
        return {
            "roc_auc": _json(self.roc_auc),
            "above": {name: _json(gain) for name, gain in self.gains.items()},
            "rows": self.rows,
            "wins": self.wins,
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
                "no skill",
                "red",
                "No part of the history has enough wins and losses to judge a model on",
                "Wait for more closes, or learn a nearer goal (goal.stage).",
            )
        ]
    measured = measure(tried)
    return [_verdict(measured), *_no_ground(run.config, measured)]


def measure(tried: Trial) -> Skill:
    """The recipe and its rivals on all blocks of a trial that has any."""
    scores: dict[str, list[Floats]] = {}
    for block in tried.blocks:
        for name, found in _scores(tried, block).items():
            scores.setdefault(name, []).append(found)
    return _compared(
        {name: np.concatenate(parts) for name, parts in scores.items()}, tried.holdout(tried.blocks)
    )


def _scores(tried: Trial, block: TimeBlock) -> dict[str, Floats]:
    """What the recipe and its rivals, learned on the earlier rows, say about the later ones."""
    rows, matrix = tried.seen.take(block.earlier), tried.seen.matrix[block.later]
    roles, known = baseline_columns(tried.spec), squarable(rows.matrix)
    rivals: dict[str, Baseline] = {
        "base_rate": BaseRateBaseline(),
        "points_table": PointsTable(roles["actions"], roles["levels"]),
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


def _compared(scores: dict[str, Floats], holdout: Holdout) -> Skill:
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
    auc, below = found.roc_auc, found.not_above
    fatal = [RIVALS[name] for name in below if name in _FATAL]
    evidence = found.to_dict()
    on = f"on {found.wins:,} won leads it had not seen"
    if fatal:
        gaps = "; ".join(f"AUC above {RIVALS[name]} {_span(found.gains[name])}" for name in below)
        return Finding(
            "skill",
            "no skill",
            "red",
            f"No skill: the model cannot be told from {' or '.join(fatal)}, {on} ({gaps})",
            "Do not score with it. Look for facts about the leads from before their close, or learn"
            " a nearer goal.",
            evidence,
        )
    if below:
        return Finding(
            "skill",
            "no gain over points",
            "amber",
            f"The model cannot be told from the points table, {on} "
            f"(AUC above it {_span(found.gains['points_table'])})",
            "The points table of `propensity closed-loop` ranks as well; what the model adds is a "
            "probability and its reasons.",
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


def _no_ground(config: Config, found: Skill) -> list[Finding]:
    """Where nothing predicts, what is offered instead, in the words of the room."""
    return (
        [not_warranted(config, "no skill", "red", {})] if set(found.not_above) & set(_FATAL) else []
    )


def _span(gain: Estimate) -> str:
    return f"{gain.value:+.3f}, {gain.low:+.3f} to {gain.high:+.3f}"


def _json(figure: Estimate) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in vars(figure).items()}
