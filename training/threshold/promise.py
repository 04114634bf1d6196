"""What a line may promise for a later quarter, and whether it was kept.

A promise is a prediction interval: it knows that the past was a sample, that the later quarter is
one too, and that a company's weeks change by themselves. Precision and weekly volume are promised
together: both hold in at least 95 of 100 quarters, which is why each of them alone is held at 97.5
%.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.threshold.activity import Swing
from training.threshold.figures import LineFigures

#: Both promises together; by Bonferroni's inequality each is held at half the risk.
LEVEL = 0.95
_TAIL = (1 - LEVEL) / 4
#: Weeks of a quarter.
QUARTER = 13
#: First crossings below which a later quarter says nothing about precision.
FEWEST_FOR_A_RATE = 20
#: New leads in the replay from which a line's weeks say how much weeks differ.
_ENOUGH = 50


@dataclass(frozen=True)
class ExpectedFigure:
    """A figure, and between which bounds it is expected."""

    expected: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


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
    """

    weeks: int
    precision: NDArray[np.float64]
    even_low: NDArray[np.float64]
    per_week: NDArray[np.float64]
    swing: Swing
    dispersion: float

    def promise(self, figures: LineFigures, line: int) -> "LinePromise":
        """What one line promises."""
        return LinePromise(
            line=float(figures.lines[line]),
            weeks=self.weeks,
            precision=ExpectedFigure(*self.precision[line].tolist()),
            per_week=ExpectedFigure(*self.per_week[line].tolist()),
            judged=int(figures.judged[line]),
            won=int(figures.won[line]),
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
    """

    line: float
    weeks: int
    precision: ExpectedFigure
    per_week: ExpectedFigure
    judged: int
    won: int


@dataclass(frozen=True)
class PromiseOutcome:
    """What happened in a later quarter.

    Attributes:
        weeks: That were looked at.
        crossed: Leads that newly crossed in them.
        judged: Leads among these whose horizon is over.
        won: Leads among these that reached the goal within it.
    """

    weeks: float
    crossed: int
    judged: int
    won: int

    @property
    def per_week(self) -> float:
        """Leads that newly crossed per week."""
        return self.crossed / self.weeks

    @property
    def precision(self) -> float:
        """Share of the judged ones that reached the goal; NaN without any."""
        return self.won / self.judged if self.judged else float("nan")


PromiseVerdict = Literal["kept", "above", "below", "too early"]


@dataclass(frozen=True)
class PromiseCheck:
    """Whether a promise was kept.

    Attributes:
        promise: What was promised.
        happened: What came.
        precision: ``above`` and ``below`` are outside the interval; ``too early`` where too few
            could be judged.
        per_week: The same for the volume.
    """

    promise: LinePromise
    happened: PromiseOutcome
    precision: PromiseVerdict
    per_week: PromiseVerdict

    @property
    def is_kept(self) -> bool:
        """Whether nothing lies outside what was promised."""
        return not self.is_broken

    @property
    def is_broken(self) -> bool:
        """Whether precision or volume lies outside what was promised, on either side."""
        return bool({"above", "below"} & {self.precision, self.per_week})


def outlook(figures: LineFigures, swing: Swing, *, weeks: int = QUARTER) -> Outlook:
    """What every line may promise for the next ``weeks`` weeks.

    Volume: the mean of the replayed weeks; no trend is extrapolated, for activity that grows need
    not bring more leads over the line. Its bounds, on the logarithmic scale, hold the chance in
    both periods (counts that vary ``dispersion`` times as much as Poisson's), the company's own
    swing, with Student's t for the few such swings that its history shows, and on the side to which
    the trend points the trend. Precision: beta-binomial from Jeffreys' prior, with as many leads as
    expected later, both counts divided by the design effect of accounts. The swing does
    not widen it: seasons move how many leads come, and where they leave the range of closes,
    something has changed.
    """
    spread = dispersion(figures.weekly)
    even = _bounds(figures, figures.even_precision * figures.judged, weeks)
    precision = np.stack([figures.precision, *_bounds(figures, figures.won, weeks)], axis=1)
    return Outlook(
        weeks, precision, even[0], _per_week(figures, swing, spread, weeks), swing, spread
    )


def check_promise(promise: LinePromise, happened: PromiseOutcome) -> PromiseCheck:
    """Compare what was promised with what came.

    >>> promise = LinePromise(
    ...     0.1, 13, ExpectedFigure(0.2, 0.15, 0.26), ExpectedFigure(30, 24, 37), 200, 40
    ... )
    >>> kept(promise, PromiseOutcome(13, 400, 380, 40)).precision
    'below'
    """
    precision: PromiseVerdict = "too early"
    if happened.judged >= FEWEST_FOR_A_RATE:
        precision = _verdict(promise.precision, happened.precision)
    return PromiseCheck(promise, happened, precision, _verdict(promise.per_week, happened.per_week))


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
    mean, replayed = figures.per_week, figures.weekly.shape[1]
    if not replayed:
        return np.tile([0.0, 0.0, np.inf], (len(figures), 1))
    counted = np.maximum(mean, 0.5 / replayed)
    chance = stats.norm.ppf(1 - _TAIL) ** 2 * spread / counted * (1 / replayed + 1 / weeks)
    own = stats.t.ppf(1 - _TAIL, swing.freedom) ** 2 * swing.size**2
    reach = np.sqrt(chance + own)
    low, high = np.exp(min(swing.trend, 0.0) - reach), np.exp(max(swing.trend, 0.0) + reach)
    return np.stack([mean, counted * low, counted * high], axis=1)


def _bounds(
    figures: LineFigures, won: NDArray[np.float64] | NDArray[np.int64], weeks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(L,) lower and upper bound of the later share, where so many of the judged crossings won."""
    wins, others = won / figures.design, (figures.judged - won) / figures.design
    later = np.maximum(1, np.rint(figures.per_week * weeks / figures.design))
    low, high = (
        stats.betabinom.ppf(q, later, wins + 0.5, others + 0.5) / later for q in (_TAIL, 1 - _TAIL)
    )
    return low, high
