"""The backtest: would the recipe have worked, and how often does it have to be carried out anew?"""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import RefusedError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.notebook import ResultTable
from propensity.progress import OnStep, silent
from training.backtest.ageing import Ageing, ageing
from training.backtest.quarters_replayed import PastModel, QuarterReplay, replay
from training.learn.metrics.evaluate import evaluate
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import mean, sigmoid
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources

if TYPE_CHECKING:
    import pandas as pd

#: Figures of every quarter.
FIGURES = (
    "roc_auc",
    "log_loss",
    "captured_in_top_20",
    "calibration_in_the_large",
    "calibration_slope",
)


@dataclass(frozen=True)
class QuarterResult:
    """The model that would have been in use, on the quarter it would have scored.

    Attributes:
        quarter: Name: its first day, or its rows.
        taught: Rows it learned from.
        taught_wins: Wins known by then.
        rows: Rows judged.
        leads: Different leads (accounts) among them.
        wins: Rows among these that won.
        contestant: What was chosen.
        promised: Mean chance, 0..1.
        closed: Close rate, 0..1.
        figures: Figures with intervals over leads, see ``FIGURES``.
        base_rate_log_loss: Log loss of promising everybody the close rate known by then.
        lead_age_auc: ROC AUC of the lead's age alone; NaN where leads have no age.
    """

    quarter: str
    taught: int
    taught_wins: int
    rows: int
    leads: int
    wins: int
    contestant: str
    promised: float
    closed: float
    figures: dict[str, Estimate]
    base_rate_log_loss: float
    lead_age_auc: float


@dataclass(frozen=True, repr=False)
class Backtest(ResultTable):
    """What would have happened.

    Attributes:
        quarters: Quarters judged, the oldest first.
        left_out: Name of a quarter and why it was not judged.
        ageing: What a model loses without retraining.
        quick: Whether choices were made once.
        flat: Whether blocks of rows stand for quarters.
    """

    quarters: tuple[QuarterResult, ...]
    left_out: dict[str, str]
    ageing: Ageing
    quick: bool
    flat: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only. What could not be formed is None."""
        plain: dict[str, Any] = _ready(asdict(self))
        return plain

    def to_pandas(self) -> "pd.DataFrame":
        """A row per quarter, the oldest first: rows and wins, ``promised`` and ``closed`` rate, and
        each figure with the ends of its interval.
        """
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        return pd.DataFrame(
            {
                "quarter": each.quarter,
                "taught": each.taught,
                "rows": each.rows,
                "wins": each.wins,
                "contestant": each.contestant,
                "promised": each.promised,
                "closed": each.closed,
                **{
                    f"{name}{end}": value
                    for name, figure in each.figures.items()
                    for end, value in (
                        ("", figure.value),
                        ("_low", figure.low),
                        ("_high", figure.high),
                    )
                },
            }
            for each in self.quarters
        )


def backtest(
    config: Config,
    *,
    quick: bool = False,
    on_step: OnStep = silent,
    resources: Resources = UNLIMITED,
) -> Backtest:
    """Replay every past quarter as if it were today.

    Args:
        config: What to learn, from what.
        quick: Choose once, on what was known at the first quarter that is judged, and keep these
            choices.
        on_step: Told about progress.
        resources: Memory and threads of the feature engine.

    Raises:
        DataError: The input cannot be used.
        RefusedError: There is no time in the data, or no past quarter can be judged.
    """
    if config.split is not None and config.split.order == "random":
        raise RefusedError(
            "split.order is 'random': the rows have no time, so that no past can be replayed. Name"
            " a time column (order: time), or say `order: rows` where the rows stand in their order"
            " of time."
        )
    on_step("reading and checking the sources", 0.0)
    with open_sources(config, resources=resources) as store:
        run = Run(config, store)
        on_step("taking snapshots", 0.02)
        past = history(run)
        found = replay(
            run,
            past,
            quick=quick,
            on_step=lambda what, share: on_step(what, 0.05 + 0.8 * share),
        )
        flat = store.is_flat
    on_step("judging every quarter, and models as they age", 0.9)
    return judged(found, quick=quick, flat=flat, seed=config.learner.seed)


def judged(found: QuarterReplay, *, quick: bool, flat: bool, seed: int = 0) -> Backtest:
    """Judge replayed quarters.

    Args:
        found: The models and the rows.
        quick: Whether choices were made once.
        flat: Whether blocks of rows stand for quarters.
        seed: Seed of the resampling.

    Raises:
        RefusedError: No quarter could be judged; every reason is listed.
    """
    left_out = {found.quarters[number].name: why for number, why in found.left_out.items()}
    if not found.born:
        told = "\n".join(f"  {name}: {why}" for name, why in left_out.items())
        raise RefusedError(
            f"No past quarter can be judged.\n{told}\nTake shorter quarters (backtest.every_days),"
            " or wait."
        )
    return Backtest(
        tuple(_result(found, model) for model in found.born),
        left_out,
        ageing(found, seed=seed),
        quick,
        flat,
    )


def _result(found: QuarterReplay, model: PastModel) -> QuarterResult:
    rows, scores = found.judged[model.number], model.scores[model.number]
    judged = evaluate("recipe", scores, rows, figures=FIGURES)
    return QuarterResult(
        quarter=found.quarters[model.number].name,
        taught=model.rows,
        taught_wins=model.wins,
        rows=judged.n_rows,
        leads=judged.n_leads,
        wins=judged.n_wins_leads,
        contestant=model.chosen.contestant,
        promised=mean(sigmoid(scores), rows.weight),
        closed=mean(rows.label, rows.weight),
        figures=judged.figures,
        base_rate_log_loss=_alone(model, "base_rate", "log_loss", rows),
        lead_age_auc=_alone(model, "lead_age", "roc_auc", rows),
    )


def _alone(model: PastModel, baseline: str, figure: str, rows: Holdout) -> float:
    if baseline not in model.baselines:
        return float("nan")
    return (
        evaluate(baseline, model.baselines[baseline], rows, figures=(figure,), n_bootstrap=0)
        .figures[figure]
        .value
    )


def _ready(value: Any) -> Any:  # noqa: ANN401 — whatever the results hold
    if isinstance(value, dict):
        return {str(key): _ready(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_ready(held) for held in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
