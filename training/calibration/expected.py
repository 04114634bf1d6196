"""The close rate that somebody expects from now on: every chance moved by one step in log-odds."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import RefusedError
from propensity.model import PropensityModel, probability
from training.metrics import shift_to


def with_expected_rate(
    model: PropensityModel, expected: float, matrix: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[PropensityModel, dict[str, Any]]:
    """A model whose mean chance on the newest mature quarter is what is expected.

    The intercept alone moves, by the root of "mean chance = expected": contributions, order, grades and the observed
    close rate of the reference population stay. It assumes that all leads' odds moved by the same factor (King and
    Zeng 2001, prior correction): whether some leads moved more than others, no close rate can say.

    Args:
        model: Calibrated on what was observed.
        expected: Share of the leads expected to reach the goal, above 0 and below 1.
        matrix: (n, features) rows of the newest mature quarter.
        weight: (n,) rows of the population each row stands for.

    Returns:
        The model, and what was done, JSON-ready: ``close_rate`` (expected), ``mean_chance`` (before), ``shift``.

    Raises:
        RefusedError: There is no row to move the mean chance of.
    """
    if not len(matrix):
        raise RefusedError(
            "calibrating.expected_close_rate: expected leads in the newest mature quarter, got none; remove the key, "
            "or take a longer quarter (backtest.every_days)."
        )
    log_odds = model.sums(matrix).log_odds
    shift = shift_to(expected, log_odds, weight)
    calibration = model.calibration.model_copy(update={"intercept": model.calibration.intercept + shift})
    before = float(np.average(probability(log_odds), weights=weight))
    return replace(model, calibration=calibration), {"close_rate": expected, "mean_chance": before, "shift": shift}
