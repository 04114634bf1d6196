"""How a model treats the segments that the configuration names: ranking, calibration, and who comes
over the line.
"""

from dataclasses import dataclass

import numpy as np

from training.learn.metrics.evaluate import evaluate
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.metrics import mean, sigmoid
from training.learn.metrics.scores_compared import ScoreComparison, told_levels

#: Wins, and losses, that a segment needs for a figure of its ranking.
_LEAST = 5
#: Values told of a column, those of most leads first.
_MOST = 20


@dataclass(frozen=True)
class FairnessGroup:
    """The leads with one value of a column.

    Attributes:
        column: Its name.
        level: The value.
        leads: Different leads (accounts).
        wins: Rows that are wins.
        roc_auc: ROC AUC of the model among them; NaN with too few wins or losses.
        close_rate: Observed, 0..1.
        mean_chance: Promised, 0..1.
        over_line: Share of the rows at or over the line, 0..1.
    """

    column: str
    level: str
    leads: int
    wins: int
    roc_auc: Estimate
    close_rate: float
    mean_chance: float
    over_line: float


def threshold_of(met: ScoreComparison, share: float) -> float:
    """The chance that the best ``share`` of the rows reach."""
    order = np.argsort(-met.challenger, kind="stable")
    reached = np.cumsum(met.rows.weight[order]) >= share * met.rows.weight.sum()
    return float(sigmoid(met.challenger[order])[np.argmax(reached)])


def groups(met: ScoreComparison, line: float) -> tuple[FairnessGroup, ...]:
    """Every value that at least 20 leads have, column by column, those of most leads first.

    Args:
        met: The recipe's scores on the test part.
        line: Chance from which a lead counts as over the line, 0..1.
    """
    found = []
    for segment in met.segments:
        mine = []
        for place in told_levels(segment, met.rows.cluster):
            inside = segment.code == place
            rows, score = met.rows.part(inside), met.challenger[inside]
            chance, wins = sigmoid(score), rows.wins
            judged = min(wins, rows.others) >= _LEAST
            nan = float("nan")
            auc = (
                evaluate("", score, rows, figures=("roc_auc",)).figures["roc_auc"]
                if judged
                else Estimate(nan, nan, nan)
            )
            mine.append(
                FairnessGroup(
                    column=segment.column,
                    level=segment.levels[place],
                    leads=int(np.unique(rows.cluster).size),
                    wins=wins,
                    roc_auc=auc,
                    close_rate=mean(rows.label, rows.weight),
                    mean_chance=mean(chance, rows.weight),
                    over_line=mean((chance >= line).astype(np.float64), rows.weight),
                )
            )
        found += sorted(mine, key=lambda group: (-group.leads, group.level))[:_MOST]
    return tuple(found)
