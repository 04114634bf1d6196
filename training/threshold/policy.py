"""From a policy to a line: which line does what was asked for, and what gives where none can do it all."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.definition.schema import Policy
from training.threshold.figures import Figures
from training.threshold.promise import Outlook

#: Judged first crossings below which a line is not proposed: nobody can promise anything of a handful.
FEWEST = 20

#: The parts of a policy that a line has to satisfy, in the order in which they are named.
DEMANDS = ("capacity_per_week", "minimum_precision", "minimum_per_week")


@dataclass(frozen=True)
class Worth:
    """What the leads over each of L lines are worth per week.

    Attributes:
        wins: (L,) expected goals reached, of the leads that newly cross in a week.
        value: (L,) the same in the currency of the amounts, less the cost of working all of them; NaN where no amount
            is known.
        amount: Mean amount of a won deal; NaN where none is known.
    """

    wins: NDArray[np.float64]
    value: NDArray[np.float64]
    amount: float


@dataclass(frozen=True)
class Conflict:
    """Two demands that no line meets together.

    Attributes:
        kept: The demand that is held.
        given_up: The demand that gives.
        asked: What was asked of it.
        possible: The best it can be while the first one is held; NaN where nothing is known.
    """

    kept: str
    given_up: str
    asked: float
    possible: float


@dataclass(frozen=True)
class Choice:
    """What a policy leads to.

    Attributes:
        line: Place of the chosen line; None where no line can be proposed.
        is_met: Whether it meets every demand.
        conflicts: What gives, for each demand that could be the one to give; empty where all are met.
        because: What decided: ``wins``, ``value``, or a demand that the line holds as well as it can.
    """

    line: int | None
    is_met: bool
    conflicts: tuple[Conflict, ...]
    because: str


def worth(figures: Figures, policy: Policy, amount: float) -> Worth:
    """Expected wins and value per week.

    Args:
        figures: Of the lines.
        policy: For the cost of a contact; none counts as 0.
        amount: Mean amount of a won deal; NaN where none is known.
    """
    wins = figures.per_week * np.nan_to_num(figures.precision)
    return Worth(wins, wins * amount - figures.per_week * (policy.cost_per_contact or 0.0), amount)


def choose(figures: Figures, outlook: Outlook, policy: Policy, gains: Worth, *, beside: float = 0.0) -> Choice:
    """The line that meets every demand of a policy and is best by what it maximises.

    Volume counts as expected, precision by the lower end of its interval. Where no line meets all demands, the line
    that holds capacity and precision and comes nearest to the promised volume is taken, and the conflict is told.

    Args:
        figures: Of the lines.
        outlook: Their promises.
        policy: What is asked for.
        gains: Expected wins and value.
        beside: Leads per week that are handed over whatever their chance; they take capacity too.
    """
    meets = _meets(figures, outlook, beside)
    demands = {name: float(asked) for name in DEMANDS if (asked := getattr(policy, name)) is not None}
    known = figures.judged >= FEWEST
    if not known.any():
        return Choice(None, is_met=False, conflicts=(), because="too few")
    good = known.copy()
    for name, asked in demands.items():
        good &= meets[name](asked)
    target = gains.value if policy.maximise == "value" and not np.isnan(gains.amount) else gains.wins
    if good.any():
        best = np.where(good, target, -np.inf)
        return Choice(int(np.argmax(best)), is_met=True, conflicts=(), because=policy.maximise)
    return _compromise(figures, outlook, demands, meets, known, beside)


def _meets(figures: Figures, outlook: Outlook, beside: float) -> Mapping[str, Callable[[float], NDArray[np.bool_]]]:
    """(L,) whether each line meets a demand."""
    low = np.nan_to_num(outlook.precision[:, 1])
    return {
        "capacity_per_week": lambda asked: figures.per_week + beside <= asked,
        "minimum_precision": lambda asked: low >= asked,
        "minimum_per_week": lambda asked: figures.per_week >= asked,
    }


def _compromise(
    figures: Figures,
    outlook: Outlook,
    demands: Mapping[str, float],
    meets: Mapping[str, Callable[[float], NDArray[np.bool_]]],
    known: NDArray[np.bool_],
    beside: float,
) -> Choice:
    """Hold as many demands as can be held, the most important first, and tell for each of the others what it costs."""
    held, good = [], known.copy()
    for name in DEMANDS:
        if name in demands and (good & meets[name](demands[name])).any():
            good &= meets[name](demands[name])
            held.append(name)
    given = [name for name in demands if name not in held]
    best = _best_for(figures, outlook, given[0], good, beside)
    told = list(_conflicts(figures, outlook, demands, meets, known, beside))
    return Choice(best, is_met=False, conflicts=tuple(told), because=held[-1] if held else "nothing")


def _conflicts(
    figures: Figures,
    outlook: Outlook,
    demands: Mapping[str, float],
    meets: Mapping[str, Callable[[float], NDArray[np.bool_]]],
    known: NDArray[np.bool_],
    beside: float,
) -> Iterator[Conflict]:
    """For each demand that alone or beside one other cannot be met: how far it could be."""
    names = [name for name in DEMANDS if name in demands]
    for given in names:
        alone = known & meets[given](demands[given])
        if not alone.any():
            best = _best_for(figures, outlook, given, known, beside)
            yield Conflict("", given, demands[given], _figure(figures, outlook, given, best, beside))
    for kept in names:
        for given in names:
            holds, gives = known & meets[kept](demands[kept]), known & meets[given](demands[given])
            if kept != given and holds.any() and gives.any() and not (holds & gives).any():
                best = _best_for(figures, outlook, given, holds, beside)
                yield Conflict(kept, given, demands[given], _figure(figures, outlook, given, best, beside))


def _best_for(figures: Figures, outlook: Outlook, demand: str, among: NDArray[np.bool_], beside: float) -> int:
    """The line, of some, that comes nearest to a demand; of equal ones the lowest for volume, else the highest."""
    values = np.array([_figure(figures, outlook, demand, line, beside) for line in range(len(figures))])
    sign = -1.0 if demand == "capacity_per_week" else 1.0
    return int(np.argmax(np.where(among, sign * values, -np.inf)))


def _figure(figures: Figures, outlook: Outlook, demand: str, line: int, beside: float) -> float:
    """What a line gives of what a demand asks for."""
    if demand == "minimum_precision":
        return float(np.nan_to_num(outlook.precision[line, 1]))
    return float(figures.per_week[line] + (beside if demand == "capacity_per_week" else 0.0))
