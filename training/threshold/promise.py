"""What a line may promise for a later quarter, and whether it was kept.

A promise is a prediction interval: it knows that the past was a sample, that the later quarter is
one too, and that a company's weeks and quarters change by themselves. Precision and weekly volume
are promised together: both hold in at least 95 of 100 ordinary quarters, which is why each of them
alone is held at 97.5 %. Ordinary is a quarter that differs from the others as much as the company's
quarters do, or, where its history is too short to tell, as much as those of other companies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from training.threshold.activity import ASSUMED_SWING, Swing
from training.threshold.figures import LineFigures
from training.threshold.quarter_levels import NO_QUARTERS, QuarterLevels
from training.threshold.ranges import (
    QUARTER,
    count_range,
    repeated_tail,
    share_range,
    shift_variance,
)

#: Both promises together; by Bonferroni's inequality each is held at half the risk.
LEVEL = 0.95
_TAIL = (1 - LEVEL) / 4
#: First crossings below which a later quarter says nothing about precision.
FEWEST_FOR_A_RATE = 20
#: New leads in the replay from which a line's weeks say how much weeks differ.
_ENOUGH = 50
#: Looks at the closes that are allowed for where there is one every week, from the fewest that can
#: be judged to all of them, in even steps of the logarithm: more looks between them differ little.
_LOOKS = QUARTER

#: How often somebody asks whether a promise is kept.
Looks = Literal["once", "weekly"]


@dataclass(frozen=True)
class ExpectedFigure:
    """A figure, and between which bounds it is expected."""

    expected: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class PromiseBasis:
    """What the ranges of a promise are worked out from, beside its own figures.

    The defaults assume what a promise that was stored without them cannot say.

    Attributes:
        replayed: Number of weeks of the replay.
        design: How many times more the share that closes varies than if accounts had one lead each.
        dispersion: How many times more weekly counts vary than by chance alone.
        swing: How much the company's weeks change by themselves.
        levels: How much the share that closes differs between quarters by itself.
    """

    replayed: float = 1.0
    design: float = 1.0
    dispersion: float = 1.0
    swing: Swing = ASSUMED_SWING
    levels: QuarterLevels = NO_QUARTERS


#: Of a promise that was stored without.
NO_BASIS = PromiseBasis()


@dataclass(frozen=True)
class Outlook:
    """The promises of L lines.

    Attributes:
        weeks: Number of weeks of the later quarter.
        precision: (L, 3) expected share of first crossings that reach the goal, with its bounds.
        even_low: (L,) the lower bound on the smooth curve through all lines, for choosing between
            them.
        per_week: (L, 3) expected new leads per week, with its bounds.
        swing: How much the company's weeks change by themselves.
        dispersion: How many times more weekly counts vary than by chance alone.
        levels: How much the share that closes differs between quarters by itself.
    """

    weeks: int
    precision: NDArray[np.float64]
    even_low: NDArray[np.float64]
    per_week: NDArray[np.float64]
    swing: Swing
    dispersion: float
    levels: QuarterLevels = NO_QUARTERS

    def promise(self, figures: LineFigures, line: int) -> "LinePromise":
        """What one line promises."""
        return LinePromise(
            line=float(figures.lines[line]),
            weeks=self.weeks,
            precision=ExpectedFigure(*self.precision[line].tolist()),
            per_week=ExpectedFigure(*self.per_week[line].tolist()),
            judged=int(figures.judged[line]),
            won=int(figures.won[line]),
            basis=PromiseBasis(
                float(max(figures.weekly.shape[1], 1)),
                float(figures.design[line]),
                self.dispersion,
                self.swing,
                self.levels,
            ),
        )


@dataclass(frozen=True)
class LinePromise:
    """What a line promises for a later quarter.

    Attributes:
        line: Chance from which a lead is an MQL.
        weeks: Number of weeks of the quarter.
        precision: Share of the leads that newly cross which reach the goal within the horizon after
            crossing.
        per_week: Leads that newly cross, per week.
        judged: First crossings it is read off.
        won: Leads among these that reached the goal.
        basis: What the ranges for another number of leads or weeks are worked out from.
    """

    line: float
    weeks: int
    precision: ExpectedFigure
    per_week: ExpectedFigure
    judged: int
    won: int
    basis: PromiseBasis = NO_BASIS

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "LinePromise":
        """A promise as ``propensity threshold --json`` stores it, ``focus.promise``.

        Promises stored without a basis are read too. What is null was not finite.
        """
        held, basis = dict(stored), stored.get("basis")
        if basis is not None:
            levels = {name: tuple(given) for name, given in basis["levels"].items()}
            held["basis"] = PromiseBasis(
                **{
                    **basis,
                    "swing": Swing(**basis["swing"]),
                    "levels": QuarterLevels(**levels),
                }
            )
        for name in ("precision", "per_week"):
            known = {"expected": float("nan"), "low": 0.0, "high": float("inf")}
            known |= {key: value for key, value in stored[name].items() if value is not None}
            held[name] = ExpectedFigure(**known)
        return cls(**held)

    def precision_of(
        self, judged: int, *, weeks: float = QUARTER, looks: Looks = "once"
    ) -> ExpectedFigure:
        """Between which bounds the share of ``judged`` leads that close lies in an ordinary
        quarter.

        Args:
            judged: Leads on whose horizon is over; 1 or more.
            weeks: In which they crossed.
            looks: Whether the bounds are to hold at every weekly look together.
        """
        basis, tail = self.basis, _TAIL
        won, past = self.won / basis.design, self.judged / basis.design
        if looks == "weekly":
            expected = float(f"{self.per_week.expected * self.weeks:.2g}")
            planned = max(expected, judged, FEWEST_FOR_A_RATE)
            share = (won + 0.5) / (past + 1)
            size, likely = basis.levels.posterior
            binomial, shift = share * (1 - share), float(likely @ shift_variance(size, weeks))
            tail = repeated_tail(
                tail,
                shared=binomial / (past + 2) + binomial**2 * shift,
                own=binomial * basis.design,
                looks=tuple(np.geomspace(FEWEST_FOR_A_RATE, planned, _LOOKS).tolist()),
                at=judged,
            )
        low, high = share_range(
            won,
            past,
            max(1, round(judged / basis.design)),
            levels=basis.levels,
            weeks=weeks,
            tail=tail,
        )
        return ExpectedFigure(self.precision.expected, low, high)

    def per_week_of(self, weeks: float, *, looks: Looks = "once") -> ExpectedFigure:
        """Between which bounds the mean of ``weeks`` weeks' new leads lies in an ordinary quarter.

        Args:
            weeks: Above 0.
            looks: Whether the bounds are to hold at every weekly look together.
        """
        basis, tail = self.basis, _TAIL
        if looks == "weekly":
            own = basis.dispersion / max(self.per_week.expected, 0.5 / basis.replayed)
            tail = repeated_tail(
                tail,
                shared=own / basis.replayed + basis.swing.size**2,
                own=own,
                looks=tuple(np.arange(1.0, max(self.weeks, weeks) + 1).tolist()),
                at=weeks,
            )
        low, high = count_range(
            self.per_week.expected,
            basis.replayed,
            weeks=weeks,
            dispersion=basis.dispersion,
            swing=basis.swing,
            tail=tail,
        )
        return ExpectedFigure(self.per_week.expected, low, high)


@dataclass(frozen=True)
class PromiseOutcome:
    """What happened in a later quarter.

    Attributes:
        weeks: That were looked at.
        handed_over: Leads that newly crossed in them: a lead that was handed over before, cooled
            and comes back is not new, and one that asked to be contacted crosses nothing.
        judged: Leads among these whose horizon is over.
        won: Leads among these that reached the goal within it.
    """

    weeks: float
    handed_over: int
    judged: int
    won: int

    @property
    def per_week(self) -> float:
        """Leads that newly crossed per week."""
        return self.handed_over / self.weeks

    @property
    def precision(self) -> float:
        """Share of the judged ones that reached the goal; NaN without any."""
        return self.won / self.judged if self.judged else float("nan")


PromiseVerdict = Literal["kept", "above", "below", "too early"]
_TOO_EARLY: PromiseVerdict = "too early"


@dataclass(frozen=True)
class PromiseCheck:
    """Whether a promise was kept.

    Attributes:
        promise: What was promised.
        happened: What came.
        precision: ``above`` and ``below`` are outside the bounds; ``too early`` where too few
            could be judged.
        per_week: The same for the volume.
        precision_bounds: The bounds for as many leads as could be judged; those of the promise
            where it is too early.
        per_week_bounds: The bounds for as many weeks as were looked at.
    """

    promise: LinePromise
    happened: PromiseOutcome
    precision: PromiseVerdict
    per_week: PromiseVerdict
    precision_bounds: ExpectedFigure
    per_week_bounds: ExpectedFigure

    @property
    def is_kept(self) -> bool:
        """Whether nothing lies outside what was promised."""
        return not self.is_broken

    @property
    def is_broken(self) -> bool:
        """Whether precision or volume lies outside what was promised, on either side."""
        return bool({"above", "below"} & {self.precision, self.per_week})


def outlook(
    figures: LineFigures,
    swing: Swing,
    *,
    levels: QuarterLevels = NO_QUARTERS,
    weeks: int = QUARTER,
) -> Outlook:
    """What every line may promise for the next ``weeks`` weeks.

    Volume: the mean of the replayed weeks; no trend is extrapolated, for activity that grows need
    not bring more leads over the line. Precision: the share of the judged crossings. The bounds are
    those of ``training.threshold.ranges``, with as many leads as expected later, and samples
    divided by the design effect of accounts.

    Args:
        figures: The lines.
        swing: How much the company's weeks change by themselves.
        levels: How much the share that closes differs between quarters.
        weeks: Number of weeks that are promised for.
    """
    spread = dispersion(figures.weekly)

    def bounds(won: NDArray[np.float64]) -> NDArray[np.float64]:
        later = np.maximum(1, np.rint(figures.per_week * weeks / figures.design))
        sums = zip(won / figures.design, figures.judged / figures.design, later, strict=True)
        return np.array(
            [
                share_range(won, judged, int(n), levels=levels, weeks=weeks, tail=_TAIL)
                for won, judged, n in sums
            ]
        ).reshape(-1, 2)

    return Outlook(
        weeks,
        np.column_stack([figures.precision, bounds(figures.won.astype(np.float64))]),
        bounds(figures.even_precision * figures.judged)[:, 0],
        _per_week(figures, swing, spread, weeks),
        swing,
        spread,
        levels,
    )


def check_promise(
    promise: LinePromise, happened: PromiseOutcome, *, looks: Looks = "once"
) -> PromiseCheck:
    """Compare what was promised with what came.

    The bounds are those for as many leads as could be judged, and as many weeks as were looked at:
    of few, more is chance. An ordinary quarter is said to be broken at most 5 times in 100, looked
    at once; with ``looks="weekly"`` as rarely by all of a quarter's looks together.

    Args:
        promise: What was promised.
        happened: What came since.
        looks: ``once``, or ``weekly`` where it is asked again as the quarter goes on.

    >>> promise = LinePromise(
    ...     0.1, 13, ExpectedFigure(0.2, 0.12, 0.31), ExpectedFigure(30, 24, 37), 200, 40
    ... )
    >>> check_promise(promise, PromiseOutcome(13, 400, 380, 20)).precision
    'below'
    """
    weeks = max(happened.weeks, 1 / 7)
    volume = promise.per_week_of(weeks, looks=looks)
    closes, precision = promise.precision, _TOO_EARLY
    if happened.judged >= FEWEST_FOR_A_RATE:
        closes = promise.precision_of(happened.judged, weeks=weeks, looks=looks)
        precision = _verdict(closes, happened.precision)
    return PromiseCheck(
        promise, happened, precision, _verdict(volume, happened.per_week), closes, volume
    )


def dispersion(weekly: NDArray[np.float64]) -> float:
    """How many times more the counts of weeks vary than Poisson's: at least 1.

    Read off the differences of neighbouring weeks (von Neumann 1941), which a slow rise or fall
    does not touch: that is the swing's part. The median over the lines that enough leads crossed.
    """
    enough = weekly[weekly.sum(axis=1) >= _ENOUGH] if weekly.size else weekly
    if not len(enough) or enough.shape[1] < 3:
        return 1.0
    steps = (np.diff(enough, axis=1) ** 2).mean(axis=1) / 2
    return max(1.0, float(np.median(steps / enough.mean(axis=1))))


def _verdict(promised: ExpectedFigure, value: float) -> PromiseVerdict:
    if value in promised:
        return "kept"
    return "above" if value > promised.high else "below"


def _per_week(figures: LineFigures, swing: Swing, spread: float, weeks: int) -> NDArray[np.float64]:
    replayed = figures.weekly.shape[1]
    if not replayed:
        return np.tile([0.0, 0.0, np.inf], (len(figures), 1))
    bounds = [
        count_range(mean, replayed, weeks=weeks, dispersion=spread, swing=swing, tail=_TAIL)
        for mean in figures.per_week.tolist()
    ]
    return np.column_stack([figures.per_week, np.array(bounds).reshape(-1, 2)])
