"""The figures of one night's list, which holds every lead once."""

from dataclasses import dataclass

from training.learn.metrics.evaluation import Estimate
from training.monitor.level import auc_of, close_range, design_of, slope_of
from training.monitor.looks import Looks

_UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class NightFigures:
    """The list of one night.

    Attributes:
        night: Day number.
        version: Version of the model that served it.
        looks: Leads on it.
        expected: Closes promised within the horizon.
        closed: Closes so far; all of them where it is mature.
        is_mature: Whether its horizon is over.
        low: As few closes as this are ordinary.
        high: As many as this are ordinary.
        slope: Slope of a recalibration; 1 is right.
        auc: Chance that a lead that closed stood above one that did not.
    """

    night: int
    version: str
    looks: int
    expected: float
    closed: int
    is_mature: bool
    low: float
    high: float
    slope: Estimate
    auc: Estimate


def night_figures(looks: Looks, version: str, *, shared: float = 0.0) -> NightFigures:
    """The figures of one night's list.

    Args:
        looks: Its looks, one at least.
        version: Version of the model that served it.
        shared: Variance in log-odds of what moves all chances at once, without being a fault.
    """
    is_mature, closed = bool(looks.is_mature[0]), int(looks.won.sum())
    design = design_of(looks.chance, looks.won, looks.cluster) if is_mature else 1.0
    ordinary = close_range(looks.chance, closed, design=design, shared=shared)
    return NightFigures(
        night=int(looks.night[0]),
        version=version,
        looks=len(looks),
        expected=ordinary.expected,
        closed=closed,
        is_mature=is_mature,
        low=ordinary.low,
        high=ordinary.high,
        slope=slope_of(looks.log_odds, looks.won, looks.cluster) if is_mature else _UNKNOWN,
        auc=auc_of(looks.log_odds, looks.won, looks.cluster) if is_mature else _UNKNOWN,
    )
