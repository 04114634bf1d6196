"""What moves a model's level without being a fault: the error of its own level, and how much
quarters differ by themselves.
"""

from dataclasses import dataclass

from propensity.registry import Registry
from training.learn.metrics.wilson import NORMAL_95
from training.monitor.watched import Watched
from training.review.findings.backtest_file import BacktestReport, read
from training.threshold.quarter_levels import QuarterLevels

_LEVEL = "calibration_in_the_large"


@dataclass(frozen=True)
class OrdinaryShift:
    """How far the level of a sound model may lie off, in log-odds.

    Attributes:
        own: Standard error of the level when the model was judged; None where nobody stored it.
        quarters: Standard deviation between quarters; None where no backtest is stored.
    """

    own: float | None
    quarters: float | None

    @property
    def variance(self) -> float:
        """Of both together; what is not known is not allowed for."""
        return (self.own or 0.0) ** 2 + (self.quarters or 0.0) ** 2


def ordinary_shift(watched: Watched) -> OrdinaryShift:
    """What the judgement of the model and a stored backtest say of its level."""
    number = int(watched.champion.version)
    stored = next(
        (each.metrics for each in Registry.of(watched.config).versions() if each.number == number),
        {},
    )
    low, high = stored.get(f"{_LEVEL}_low"), stored.get(f"{_LEVEL}_high")
    own = (high - low) / (2 * NORMAL_95) if low is not None and high is not None else None
    report = read(watched.config.review.backtest)
    return OrdinaryShift(own, _between_quarters(report) if report else None)


def _between_quarters(report: BacktestReport) -> float | None:
    levels, errors = [], []
    for quarter in report.quarters:
        level = quarter.figures.get(_LEVEL)
        if level and None not in (level.value, level.low, level.high):
            levels.append(float(level.value or 0.0))
            errors.append((float(level.high or 0.0) - float(level.low or 0.0)) / (2 * NORMAL_95))
    if len(levels) < 2 or min(errors) <= 0:
        return None
    return QuarterLevels(tuple(levels), tuple(errors)).deviation
