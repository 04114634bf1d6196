"""Everything said about the calibration of a recipe on the test part."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.learn.metrics.holdout import Holdout
from training.learn.metrics.level import LevelTest, level_test
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
        level: Whether the total is, and on which side the bins lie; None with too few leads.
    """

    bins: tuple[Bin, ...]
    segments: tuple[SegmentEvaluation, ...]
    test: CalibrationTest
    level: LevelTest | None = None

    @property
    def broken(self) -> tuple[SegmentEvaluation, ...]:
        """Segments whose promise is wrong beyond noise."""
        return tuple(segment for segment in self.segments if segment.beyond_noise)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only, of 20 leads or more each."""
        tests = {
            name: {key: value if math.isfinite(value) else None for key, value in found.items()}
            for name, found in (
                ("test", vars(self.test)),
                ("level", vars(self.level) if self.level else {}),
            )
        }
        return {
            "bins": [asdict(each) for each in self.bins],
            "segments": [asdict(segment) for segment in self.segments],
            **tests,
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
    bins = reliability(log_odds, holdout)
    return CalibrationCheck(
        bins,
        segments(values, log_odds, holdout),
        calibration_test(log_odds, holdout),
        level_test(log_odds, holdout, bins),
    )
