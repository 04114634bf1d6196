"""What a backtest says in plain words: what a model loses without retraining, and how often to
retrain.
"""

import math
from collections.abc import Iterator

from training.backtest.ageing import LOSSES, Ageing, Loss
from training.backtest.command import Backtest
from training.learn.metrics.evaluation import Estimate

#: ROC AUC whose loss calls for retraining.
TOLERATED_AUC = 0.01
_NAMES: dict[Loss, tuple[str, str]] = {
    "roc_auc": ("AUC", ".4f"),
    "log_loss": ("log loss", ".4f"),
    "calibration": ("level of chances, in log-odds", ".3f"),
}


def ageing_lines(found: Backtest) -> Iterator[str]:
    """What is lost per quarter of age, each with its interval, and the rhythm of retraining that
    follows, if any.
    """
    unit = "block" if found.flat else "quarter"
    aged = found.ageing
    if not aged.ages:
        yield f"No model could be followed into a later {unit}: how fast one ages cannot be said."
        return
    for loss in LOSSES:
        yield _lost(loss, aged.per_quarter[loss], unit)
    yield _advice(aged, unit)


def _lost(loss: Loss, figure: Estimate, unit: str) -> str:
    name, form = _NAMES[loss]
    if math.isnan(figure.value):
        return f"{name}: what a {unit} without retraining costs cannot be said"
    verdict = "loses" if figure.low > 0 else "gains" if figure.high < 0 else None
    interval = f"{figure.low:+{form}} to {figure.high:+{form}}"
    if verdict is None:
        return (
            f"{name}: {figure.value:+{form}} lost per {unit} without retraining ({interval}): not"
            " told from chance"
        )
    return (
        f"{name}: a model {verdict} {abs(figure.value):{form}} per {unit} without retraining"
        f" ({interval} lost)"
    )


def _advice(aged: Ageing, unit: str) -> str:
    oldest = aged.ages[-1].quarters
    auc, log_loss = aged.per_quarter["roc_auc"], aged.per_quarter["log_loss"]
    if not aged.can_advise:
        return (
            f"Only {aged.quarters} {unit}{'s' * (aged.quarters != 1)} had an older model to"
            " compare: too few to recommend how often to retrain."
        )
    if not (auc.low > 0 or log_loss.low > 0):
        return (
            f"What was lost over up to {oldest} {unit}{'s' * (oldest != 1)} cannot be told from"
            " chance: no rhythm of retraining follows from this data. Retrain when a new model"
            " proves better."
        )
    within = math.floor(TOLERATED_AUC / auc.value) if auc.low > 0 else None
    if within is None:
        return (
            f"Chances get worse for certain, the order of leads does not: retrain each {unit} where"
            " chances are used."
        )
    if within < 1:
        return (
            f"Retrain each {unit}, or more often: one {unit} costs more than {TOLERATED_AUC} of"
            " AUC."
        )
    if within > oldest:
        return (
            f"Retraining less than each {unit} will do: within the {oldest} that a model was"
            f" followed for it loses less than {TOLERATED_AUC} of AUC."
        )
    every = f"each {unit}" if within == 1 else f"every {within} {unit}s"
    return (
        f"Retrain {every}: then a model loses at most {TOLERATED_AUC} of AUC before it is replaced."
    )
