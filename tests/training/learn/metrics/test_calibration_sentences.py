"""What is said about calibration: a few lines, with figures, limits and nothing a terminal would
obey.
"""

from dataclasses import replace

import pytest

from training.learn.metrics.calibration_check import CalibrationCheck
from training.learn.metrics.calibration_sentences import base_rate_lines, calibration_lines
from training.learn.metrics.segments import SegmentEvaluation
from training.learn.metrics.spiegelhalter import CalibrationTest

FINE = SegmentEvaluation("source", "web", 400, 300, 40, 0.1, 0.1, 0.0, -0.03, 0.03, False)
WRONG = replace(
    FINE, value="fair\x1b[31m", promised=0.05, observed=0.12, error=0.07, beyond_noise=True
)
TEST = CalibrationTest(0.4, 0.69, 0.21)
NEWEST = {
    "quarter": "2025-01-01",
    "rows": 900.0,
    "wins": 279.0,
    "close_rate": 0.31,
    "low": 0.28,
    "high": 0.34,
}


@pytest.mark.parametrize(
    ("test", "segments", "lines"),
    [
        (
            TEST,
            (FINE,),
            [
                (
                    "p = 0.690, nothing beyond noise; it would not see a level off by less than"
                    " 0.21 log-odds, or errors"
                ),
                "of 1 values of 1 column, none is wrong beyond noise",
            ],
        ),
        (
            replace(TEST, p_value=0.0005),
            (),
            ["p < 0.001, wrong beyond noise; it would not see a level"],
        ),
        (replace(TEST, detectable=float("inf")), (), ["it would not see errors that cancel out"]),
        (replace(TEST, p_value=float("nan")), (), []),
        (
            TEST,
            (FINE, WRONG),
            [
                "p = 0.690",
                "of 2 values of 1 column, 1 is wrong beyond noise",
                "  source = fair[31m: 5.0% promised, 12.0% closed (300 leads)",
            ],
        ),
        (
            TEST,
            (WRONG,) * 9,
            ["p = 0.690", "of 9 values of 1 column, 9 are wrong", *["  source = "] * 3],
        ),
    ],
)
def test_the_test_and_the_segments_are_told_in_a_few_lines(test, segments, lines):
    told = list(calibration_lines(CalibrationCheck((), segments, test)))

    assert len(told) == len(lines)
    assert all(part in line.replace("\ufffd", "") for part, line in zip(lines, told, strict=True))
    assert not any("\x1b" in line for line in told)


def test_a_base_rate_is_told_where_it_moved_or_is_expected_to():
    moved = {"whole": 0.06, "newest": NEWEST, "moved": True, "flat": False}
    expected = {"close_rate": 0.3, "mean_chance": 0.09, "shift": 1.6}

    assert list(base_rate_lines({**moved, "moved": False})) == []
    assert list(base_rate_lines({})) == []
    first, hint = base_rate_lines(moved)
    assert (
        first == "close rate: 6.0% in the whole training period, 31.0% (28.0% to 34.0%) "
        "in the newest quarter (from 2025-01-01), more than noise"
    )
    assert "calibrating.expected_close_rate" in hint
    assert list(base_rate_lines({**moved, "moved": False, "expected": expected})) == [
        "chances moved by +1.60 log-odds: the newest quarter's mean is now 30.0%, as expected, and"
        " was 9.0%"
    ]
