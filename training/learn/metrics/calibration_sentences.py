"""What a training run says about calibration, in a few lines."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from propensity.concepts.wording import plain
from training.learn.metrics.calibration_check import CalibrationCheck
from training.learn.metrics.level import LEVEL, LevelTest
from training.learn.metrics.segments import SegmentEvaluation
from training.learn.metrics.spiegelhalter import CalibrationTest

#: Segments named, at most.
_MOST = 3
#: Smallest p-value that is told as a number.
_TOLD = 0.001


def calibration_lines(check: CalibrationCheck) -> Iterator[str]:
    """The level and the test with their limits, and the segments whose promise is wrong beyond
    noise.
    """
    if check.level is not None and check.level.error > 0:
        yield _levelled(check.level)
    if not math.isnan(check.test.p_value):
        yield _tested(check.test)
    if not check.segments:
        return
    columns = len({segment.column for segment in check.segments})
    told = (
        f"calibration by segment: of {len(check.segments)} values of {columns}"
        f" column{'s' * (columns > 1)}"
    )
    broken = sorted(check.broken, key=lambda segment: -abs(segment.error))
    yield f"{told}, {len(broken) or 'none'} {'is' if len(broken) < 2 else 'are'} wrong beyond noise"
    yield from map(_wrong, broken[:_MOST])


def base_rate_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """How the close rate moved, where it did, and what was done about it.

    Args:
        facts: Facts as ``training.learn.recipe.expected_rate`` stores them.
    """
    newest, expected = facts.get("newest"), facts.get("expected")
    if facts.get("moved") and newest:
        which = (
            f"block (rows {newest['quarter']})"
            if facts.get("flat")
            else f"quarter (from {newest['quarter']})"
        )
        yield (
            f"close rate: {facts['whole']:.1%} in the whole training period,"
            f" {newest['close_rate']:.1%} ({newest['low']:.1%} to {newest['high']:.1%}) in the"
            f" newest {which}, more than noise"
        )
        if not expected:
            yield (
                "  chances follow what was observed; say what you expect in"
                " calibrating.expected_close_rate"
            )
    if expected:
        yield (
            f"chances moved by {expected['shift']:+.2f} log-odds: the newest quarter's mean is now "
            f"{expected['close_rate']:.1%}, as expected, and was {expected['mean_chance']:.1%}"
        )


def _levelled(level: LevelTest) -> str:
    way = "high" if level.points >= 0 else "low"
    says = (
        f"calibration level: {abs(level.points):.1f} points too {way} ({level.promised:.1%}"
        f" promised, {level.observed:.1%} closed), z = {level.z:+.1f},"
        f" {'beyond noise' if level.p_value < LEVEL else 'within noise'}"
    )
    if level.on_one_side or level.sides_p < LEVEL:
        side, count = "high", level.above
        if 2 * level.above < level.tenths:
            side, count = "low", level.tenths - level.above
        which = f"all {count}" if level.on_one_side else f"{count} of {level.tenths}"
        says += f"; {which} tenths promise too {side} ({_p(level.sides_p)})"
    return f"{says}; less than {level.detectable:.1f} points would not have been seen"


def _p(value: float) -> str:
    return f"p < {_TOLD}" if value < _TOLD else f"p = {value:.3f}"


def _tested(test: CalibrationTest) -> str:
    verdict = "wrong beyond noise" if test.p_value < LEVEL else "nothing beyond noise"
    blind = "errors that cancel out"
    if math.isfinite(test.detectable):
        blind = f"a level off by less than {test.detectable:.2f} log-odds, or {blind}"
    return f"calibration test over leads: {_p(test.p_value)}, {verdict}; it would not see {blind}"


def _wrong(segment: SegmentEvaluation) -> str:
    return (
        f"  {plain(segment.column)} = {plain(segment.value)}: {segment.promised:.1%} promised, "
        f"{segment.observed:.1%} closed ({segment.leads:,} leads)"
    )
