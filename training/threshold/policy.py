"""From a policy to a line: which line does what was asked for, and what gives where none can do it
all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from propensity.definition.schema import Policy
from training.threshold.figures import LineFigures
from training.threshold.promise import Outlook
from training.threshold.value import WeeklyWorth

#: Judged first crossings below which a line is not proposed: of fewer, the luckiest line looks
#: best. Where a capacity can only be held by higher lines, fewer have to do.
FEWEST_TO_CHOOSE, FEWEST_UNDER_CAPACITY = 50, 20

#: A line is moved for at least such a share more of what it is chosen for.
_WORTH_MOVING = 0.05

Demand = Literal["minimum_precision", "capacity_per_week", "minimum_per_week"]
#: What a policy may ask of a line. Where not all can be held, those that stand first are.
DEMANDS: tuple[Demand, ...] = ("minimum_precision", "capacity_per_week", "minimum_per_week")


@dataclass(frozen=True)
class Conflict:
    """A demand that no line meets, or two that no line meets together.

    Attributes:
        first: The demand.
        asked: What it asks for.
        possible: The best it can be; with a second demand, while that one is held.
        second: The other demand; None where no line meets the first one alone.
        second_asked: What that one asks for.
        second_possible: The best it can be while the first one is held.
    """

    first: Demand
    asked: float
    possible: float
    second: Demand | None = None
    second_asked: float = float("nan")
    second_possible: float = float("nan")


@dataclass(frozen=True)
class LineChoice:
    """What a policy leads to.

    Attributes:
        line: Place of the chosen line; None where no line can be chosen.
        is_met: Whether it meets every demand.
        conflicts: What gives; empty where every demand is met.
        why_none: Why there is no line: ``no policy``, or ``too few`` leads to judge any.
    """

    line: int | None
    is_met: bool
    conflicts: tuple[Conflict, ...] = ()
    why_none: Literal["", "no policy", "too few"] = ""


def choose(
    figures: LineFigures,
    outlook: Outlook,
    policy: Policy,
    gains: WeeklyWorth,
    *,
    beside: float = 0.0,
) -> LineChoice:
    """The line that meets every demand of a policy and is best by what it maximises.

    Volume counts as expected, precision by the lower end of its interval, on the smooth curve
    through all lines: of raw shares the luckiest line would be chosen. Where no line meets all
    demands, as many are held as can be, in the order of ``DEMANDS``, and the line comes as near to
    the first of the others as it can.

    Args:
        figures: Figures of the lines.
        outlook: Their promises.
        policy: What is asked for.
        gains: Expected wins and value per week.
        beside: Leads per week that are handed over whatever their chance; they take capacity too.
    """
    asked = {name: float(value) for name in DEMANDS if (value := getattr(policy, name)) is not None}
    has_goal = bool(asked) or (
        policy.maximise == "value" and bool(policy.cost_per_contact) and gains.has_value
    )
    levels = _levels(figures, outlook, beside)
    known = figures.judged >= FEWEST_TO_CHOOSE
    capacity = asked.get("capacity_per_week")
    if capacity is not None and not (known & (levels["capacity_per_week"] <= capacity)).any():
        known = figures.judged >= FEWEST_UNDER_CAPACITY
    if not has_goal or not known.any():
        return LineChoice(None, is_met=False, why_none="too few" if has_goal else "no policy")
    meets = {name: known & _MEETS[name](levels[name], value) for name, value in asked.items()}
    good = known
    held: list[Demand] = []
    for name, does in meets.items():
        if (good & does).any():
            good, held = good & does, [*held, name]
    if len(held) == len(asked):
        target = gains.value if policy.maximise == "value" and gains.has_value else gains.wins
        return LineChoice(int(np.argmax(np.where(good, target, -np.inf))), is_met=True)
    given = next(name for name in asked if name not in held)
    line = _nearest(levels[given], given, good)
    return LineChoice(line, is_met=False, conflicts=tuple(_conflicts(asked, meets, levels, known)))


def does_as_well(
    place: int,
    choice: LineChoice,
    figures: LineFigures,
    outlook: Outlook,
    policy: Policy,
    gains: WeeklyWorth,
    *,
    beside: float = 0.0,
) -> bool:
    """Whether a line meets every demand too, and brings nearly as much as the chosen one: nobody
    moves a line for less.

    Args:
        place: The line.
        choice: What was chosen.
        figures: As for `choose`, like all that follow.
        outlook: Their promises.
        policy: What is asked for.
        gains: Expected wins and value per week.
        beside: Leads per week that are handed over whatever their chance.
    """
    if choice.line is None or not choice.is_met:
        return False
    levels = _levels(figures, outlook, beside)
    asked = {name: value for name in DEMANDS if (value := getattr(policy, name)) is not None}
    if not all(_MEETS[name](levels[name], value)[place] for name, value in asked.items()):
        return False
    target = gains.value if policy.maximise == "value" and gains.has_value else gains.wins
    return bool(target[place] >= (1 - _WORTH_MOVING) * target[choice.line])


_MEETS: Mapping[Demand, Callable[[NDArray[np.float64], float], NDArray[np.bool_]]] = {
    "minimum_precision": lambda level, asked: level >= asked,
    "capacity_per_week": lambda level, asked: level <= asked,
    "minimum_per_week": lambda level, asked: level >= asked,
}


def _levels(
    figures: LineFigures, outlook: Outlook, beside: float
) -> Mapping[Demand, NDArray[np.float64]]:
    """(L,) what each line gives of what a demand asks for."""
    return {
        "minimum_precision": outlook.even_low,
        "capacity_per_week": figures.per_week + beside,
        "minimum_per_week": figures.per_week,
    }


def _conflicts(
    asked: Mapping[Demand, float],
    meets: Mapping[Demand, NDArray[np.bool_]],
    levels: Mapping[Demand, NDArray[np.float64]],
    known: NDArray[np.bool_],
) -> Iterator[Conflict]:
    """Demands that cannot be met alone; and pairs of the others that cannot be met together."""
    for name, does in meets.items():
        if not does.any():
            yield Conflict(name, asked[name], _best(levels[name], name, known))
    for first, second in combinations([name for name in meets if meets[name].any()], 2):
        if not (meets[first] & meets[second]).any():
            yield Conflict(
                first,
                asked[first],
                _best(levels[first], first, meets[second]),
                second,
                asked[second],
                _best(levels[second], second, meets[first]),
            )


def _best(level: NDArray[np.float64], demand: Demand, among: NDArray[np.bool_]) -> float:
    return float(level[_nearest(level, demand, among)])


def _nearest(level: NDArray[np.float64], demand: Demand, among: NDArray[np.bool_]) -> int:
    """The line, of some, that comes nearest to a demand."""
    sign = -1.0 if demand == "capacity_per_week" else 1.0
    return int(np.argmax(np.where(among, sign * level, -np.inf)))
