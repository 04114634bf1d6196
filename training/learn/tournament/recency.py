"""How old history counts: weights of rows by their age, and which rows are left."""

import numpy as np
from numpy.typing import NDArray

from propensity.config.config import Config
from propensity.config.sections import Recency
from training.learn.learners.chosen import HistoryWeighting, Unit
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.worked_rows import taught_less

#: Half-lives after which a row counts for so little (a thousandth) that it is left out.
_FORGOTTEN = 10
_MICROSECONDS = 86_400_000_000


def learner_weights(
    config: Config, rows: LabelledRows, past: HistoryWeighting
) -> NDArray[np.float64]:
    """(n,) how much each row counts for the learner: 1 for the newest, 0 for what is left out.

    Rows of the random slice that are reweighted count for a part of their weight, see
    ``taught_less``.

    Args:
        config: Says in what the time of the rows is measured.
        rows: Rows to learn from.
        past: How old history counts.
    """
    full = taught_less(rows) if config.learner.selection == "reweight" else np.ones(len(rows))
    return full * _by_age(config, rows, past)


def _by_age(config: Config, rows: LabelledRows, past: HistoryWeighting) -> NDArray[np.float64]:
    if past.how == "all":
        return np.ones(len(rows))
    age = (rows.time.max() - rows.time) / unit_length(config)
    if past.how == "window":
        return np.where(age < past.length, 1.0, 0.0)
    counts = 0.5 ** (age / past.length)
    return np.where(age <= _FORGOTTEN * past.length, counts, 0.0)


def unit_length(config: Config) -> float:
    """Units of the rows' time in a day; 1 where rows are counted."""
    return float(_MICROSECONDS) if config.split and config.split.order == "time" else 1.0


def unit_of(config: Config) -> Unit:
    """What the age of a row is measured in: ``days``, or ``rows`` where only their order is
    known.
    """
    return "rows" if config.split and config.split.order != "time" else "days"


def configured_recency(recency: Recency) -> HistoryWeighting:
    """What the configuration says."""
    if recency.window_days is not None:
        return HistoryWeighting(how="window", length=recency.window_days)
    return HistoryWeighting(how="half_life", length=float(recency.half_life_days or 0))
