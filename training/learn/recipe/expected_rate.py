"""The close rate that somebody expects from now on: every chance moved by one step in log-odds."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import RefusedError
from propensity.config.config import Config
from propensity.model.model import PropensityModel, probability
from training.learn.metrics.recalibration import shift_to
from training.learn.recipe.base_rate import base_rate
from training.learn.rows.history import History
from training.learn.rows.quarters import quarters_of
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

#: Where a model's facts hold how its base rate moved, and what was done about it.
FACT = "base_rate"


def with_base_rate(
    config: Config,
    past: History,
    model: PropensityModel,
    matrix: NDArray[np.float64],
    *,
    flat: bool,
) -> PropensityModel:
    """A shipped model that knows how its base rate moved, corrected where the configuration says
    what is expected.

    Args:
        config: What was asked for.
        past: The rows the model was fitted on.
        model: Complete otherwise: what is learned from its chances is learned from what was
            observed.
        matrix: (n, features) the rows as the model reads them.
        flat: Whether they are of a flat table.
    """
    rates = base_rate(past.rows, quarters_of(past.rows, config.backtest, flat=flat))
    facts = {**rates.to_dict(), "flat": flat}
    expected = config.calibrating.expected_close_rate
    if expected is not None:
        newest = _newest(config, past.rows, flat=flat)
        model, done = with_expected_rate(model, expected, matrix[newest], past.rows.weight[newest])
        facts["expected"] = done
    return replace(model, facts={**model.facts, FACT: facts})


def as_served(run: Run, past: History, model: PropensityModel) -> PropensityModel:
    """A recipe's model with chances on the scale of those that are served, so that a line means the
    same leads.
    """
    expected = run.config.calibrating.expected_close_rate
    if expected is None:
        return model
    rows = past.rows.take(_newest(run.config, past.rows, flat=run.store.is_flat))
    matrix = run.build(run.store, rows.rows, model.spec).matrix
    return with_expected_rate(model, expected, matrix, rows.weight)[0]


def _newest(config: Config, rows: LabelledRows, *, flat: bool) -> NDArray[np.bool_]:
    """(n,) mask of the newest mature quarter; of all rows where there is no time."""
    quarters = quarters_of(rows, config.backtest, flat=flat)
    return quarters[-1].of(rows) if quarters else np.ones(len(rows), dtype=np.bool_)


def with_expected_rate(
    model: PropensityModel,
    expected: float,
    matrix: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> tuple[PropensityModel, dict[str, Any]]:
    """A model whose mean chance on the newest mature quarter is what is expected.

    The intercept alone moves, by the root of "mean chance = expected": contributions, order, grades
    and the observed close rate of the reference population stay. It assumes that all leads' odds
    moved by the same factor (King and Zeng 2001, prior correction): whether some leads moved more
    than others, no close rate can say.

    Args:
        model: Calibrated on what was observed.
        expected: Share of the leads expected to reach the goal, above 0 and below 1.
        matrix: (n, features) rows of the newest mature quarter.
        weight: (n,) rows of the population each row stands for.

    Returns:
        The model, and what was done, JSON-ready: ``close_rate`` (expected), ``mean_chance``
        (before), ``shift``.

    Raises:
        RefusedError: There is no row to move the mean chance of.
    """
    if not len(matrix):
        raise RefusedError(
            "calibrating.expected_close_rate: expected leads in the newest mature quarter, got"
            " none; remove the key, or take a longer quarter (backtest.every_days)."
        )
    log_odds = model.sums(matrix).log_odds
    shift = shift_to(expected, log_odds, weight)
    calibration = model.calibration.model_copy(
        update={"intercept": model.calibration.intercept + shift}
    )
    before = float(np.average(probability(log_odds), weights=weight))
    return replace(model, calibration=calibration), {
        "close_rate": expected,
        "mean_chance": before,
        "shift": shift,
    }
