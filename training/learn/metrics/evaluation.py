"""What an evaluation found: figures with intervals, the tenths, and how both are stored."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.learn.metrics.metrics import Decile


@dataclass(frozen=True, eq=False)
class Estimate:
    """A figure and its 95 % interval; NaN where it, or its interval, cannot be formed.

    Two estimates that lack the same are equal: NaN is no number that differs from itself here.
    """

    value: float
    low: float
    high: float

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Estimate):
            return NotImplemented
        return self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    @property
    def _parts(self) -> tuple[float | None, ...]:
        return tuple(None if math.isnan(x) else x for x in (self.value, self.low, self.high))


@dataclass(frozen=True)
class Evaluation:
    """How one model did on one holdout.

    Attributes:
        model: name of the model.
        n_rows: rows judged.
        n_leads: different clusters among them: leads, or accounts where these are the clusters.
        n_wins_rows: rows that are wins.
        n_wins_leads: clusters with at least one win.
        n_rounds: different rounds.
        n_rounds_ranked: rounds with both wins and losses, from which the ranking figures come.
        n_bootstrap: resamples behind the intervals.
        figures: by name, see ``FIGURES``; shares from 0 to 1, log loss in nats, calibration in
            log-odds.
        deciles: best first; tenths of every round (all of them), added up.
    """

    model: str
    n_rows: int
    n_leads: int
    n_wins_rows: int
    n_wins_leads: int
    n_rounds: int
    n_rounds_ranked: int
    n_bootstrap: int
    figures: dict[str, Estimate]
    deciles: tuple[Decile, ...]


def to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain JSON values.

    NaN as ``None``, infinity as ``"inf"``; aggregates only.
    """
    return {
        **asdict(evaluation),
        "figures": {
            name: {part: _to_json(value) for part, value in asdict(figure).items()}
            for name, figure in evaluation.figures.items()
        },
        "deciles": [asdict(decile) for decile in evaluation.deciles],
    }


def _to_json(value: float) -> float | str | None:
    if np.isnan(value):
        return None
    return value if np.isfinite(value) else str(value)
