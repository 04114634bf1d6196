"""Everything said about the calibration of a recipe on the untouched test part."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Floats
from training.learn.metrics.reliability import Bin, reliability
from training.learn.metrics.segments import SegmentEvaluation, Values, segments
from training.learn.metrics.spiegelhalter import CalibrationTest, calibration_test


@dataclass(frozen=True)
class CalibrationCheck:
    """Promised beside observed.

    Attributes:
        bins: Bins by chance, the best first.
        segments: Segments by value of the columns that ``audit.segments`` names.
        test: Whether anything is beyond noise, and what would not have shown.
    """

    bins: tuple[Bin, ...]
    segments: tuple[SegmentEvaluation, ...]
    test: CalibrationTest

    @property
    def broken(self) -> tuple[SegmentEvaluation, ...]:
        """Segments whose promise is wrong beyond noise."""
        return tuple(segment for segment in self.segments if segment.beyond_noise)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only, of 20 leads or more each."""
        test = {
            name: value if math.isfinite(value) else None for name, value in vars(self.test).items()
        }
        return {
            "bins": [asdict(each) for each in self.bins],
            "segments": [asdict(segment) for segment in self.segments],
            "test": test,
        }


def check_calibration(
    log_odds: Floats, holdout: Holdout, values: Mapping[str, Values]
) -> CalibrationCheck:
    """Check served log-odds against outcomes.

    Args:
        log_odds: (n,) served log-odds.
        holdout: The rows.
        values: (n,) values of the rows by segment column.
    """
    return CalibrationCheck(
        reliability(log_odds, holdout),
        segments(values, log_odds, holdout),
        calibration_test(log_odds, holdout),
    )
