"""What more closes would bring.

ROC AUC as a function of the wins learned from, and its forecast at twice the data.

Models learn from a quarter, half and all of the leads that came before a moment, and are judged on
later rows of other leads. Their AUC is taken to follow ``a - b n^-c`` in the wins n (the power law
of learning curves; Figueroa et al. 2012). Three sizes cannot tell c, so it is not fitted but drawn
from the range in which it is found, and every other
doubt is drawn with it: which leads judge (a bootstrap over leads), and which leads taught (a
training noise that falls with the root of n). The interval is the middle 90 % of all draws.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.audit.findings import Finding
from training.audit.trial import Trial, trial
from training.learn.metrics.bootstrap_auc import Floats, Ranking
from training.learn.metrics.resamples import Resamples
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.time_blocks import Positions, TimeBlock

#: Shares of the earlier leads that teach.
SHARES = (0.25, 0.5, 1.0)
#: Draws behind every interval, and its share.
_DRAWS, _MIDDLE = 400, 0.9
#: Range of the exponent: the distance to the best AUC falls by 24 to 50 % with twice the wins.
_SLOWEST, _FASTEST = 0.4, 1.0
#: Training noise in AUC times the root of the wins, before the data speak, and how many residuals
#: that counts as.
_NOISE, _NOISE_COUNTS = 0.15, 4
#: Half of an interval below which nobody needs a narrower one.
_NARROW = 0.01
#: The curve is drawn up to so many times today's wins.
_FURTHEST = 4


@dataclass(frozen=True)
class LearningCurvePoint:
    """An AUC on the curve.

    Attributes:
        wins: Wins learned from.
        auc: Median.
        low: Lower end of the 90 % interval.
        high: Upper end of the same interval.
    """

    wins: float
    auc: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class LearningCurve:
    """The curve.

    Attributes:
        measured: AUC and wins of each cut and share, as they came out.
        today: Figures with all the wins there are.
        twice: The forecast at twice as many.
        fitted: Curve for the picture.
    """

    measured: tuple[tuple[float, float], ...]
    today: LearningCurvePoint
    twice: LearningCurvePoint
    fitted: tuple[LearningCurvePoint, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, aggregates only."""
        return asdict(self)


def learning_curve(run: Run, past: History, *, tried: Trial | None = None) -> LearningCurve | None:
    """The learning curve of the recipe; None where no part of the history can be judged on.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows of training.
        tried: The trial, where it has been prepared already.

    Raises:
        RefusedError: No column can be learned from.
    """
    return curve_of(tried or trial(run, past), wins=past.rows.wins, seed=run.config.learner.seed)


def curve_of(tried: Trial, *, wins: int, seed: int = 0) -> LearningCurve | None:
    """The curve of a trial; ``wins`` are all there are."""
    cuts = [
        tuple(block for block in tried.blocks if block.cut == cut)
        for cut in sorted({b.cut for b in tried.blocks})
    ]
    measured = [_measured(tried, blocks, seed) for blocks in cuts]
    if not measured:
        return None
    random = np.random.default_rng(seed)
    at = wins * np.array([*np.geomspace(0.25, _FURTHEST, 9), 1.0, 2.0])
    draws = _drawn(measured, at, random)
    tail = (1 - _MIDDLE) / 2
    low, middle, high = np.quantile(draws, [tail, 0.5, 1 - tail], axis=0)
    points = tuple(
        LearningCurvePoint(float(n), float(m), float(lo), float(hi))
        for n, m, lo, hi in zip(at, middle, low, high, strict=True)
    )
    came_out = tuple(
        (float(n), float(auc))
        for cut in measured
        for n, auc in zip(cut.wins, cut.auc[:, 0], strict=True)
    )
    return LearningCurve(came_out, points[-2], points[-1], points[:-2])


def learning_curve_findings(curve: LearningCurve | None) -> list[Finding]:
    """The curve in words: today, at twice the data, and what would halve the interval."""
    if curve is None:
        return []
    today, twice = curve.today, curve.twice
    more = f"about {_round(3 * today.wins):,} more wins would halve the interval"
    if today.half_width < _NARROW:
        more = "more wins would hardly say more about it"
    sentence = (
        f"AUC {today.low:.2f} to {today.high:.2f} today with {today.wins:,.0f} wins (ranges of"
        f" {_MIDDLE:.0%}), {twice.low:.2f} to {twice.high:.2f} forecast with twice as many; {more}"
    )
    evidence = {"today": asdict(today), "twice": asdict(twice)}
    return [Finding("sufficiency", "learning curve", "green", sentence, "", evidence)]


def _round(number: float) -> int:
    """To two digits: what is only about right."""
    size = 10 ** max(0, int(np.log10(max(number, 1))) - 1)
    return int(round(number / size) * size)


@dataclass(frozen=True)
class _Cut:
    """AUCs of one cut.

    Attributes:
        wins: (shares,) learned from, on average over the cut's blocks.
        auc: (shares, 1 + draws) as measured, then under each resample of the judged leads.
        judged: Wins among the judged rows, which say how much the cut counts.
    """

    wins: Floats
    auc: Floats
    judged: float


def _measured(tried: Trial, blocks: tuple[TimeBlock, ...], seed: int) -> _Cut:
    """Each share's models on the cut's later rows."""
    holdout = tried.holdout(blocks)
    weights = [holdout.weight, *Resamples(holdout.cluster, _DRAWS, seed).weights(holdout.weight)]
    wins, aucs = [], []
    for share in SHARES:
        chosen = [
            _subset(tried, block.earlier, share, seed + number)
            for number, block in enumerate(blocks)
        ]
        scores = [
            tried.scores(block, earlier) for block, earlier in zip(blocks, chosen, strict=True)
        ]
        ranking = Ranking(np.concatenate(scores), holdout)
        aucs.append([ranking.auc(weight) for weight in weights])
        wins.append(np.mean([_winners(tried, earlier) for earlier in chosen]))
    return _Cut(np.array(wins, dtype=np.float64), np.array(aucs), float(holdout.wins))


def _subset(tried: Trial, earlier: Positions, share: float, seed: int) -> Positions:
    """The rows of so many of the leads, drawn at random; winners and others apart, so that a
    quarter has a quarter.
    """
    if share == 1:
        return earlier
    clusters, number = np.unique(tried.rows.cluster[earlier], return_inverse=True)
    won = np.bincount(number, weights=tried.rows.label[earlier]) > 0
    place = np.random.default_rng(seed).permutation(len(clusters))
    kept = np.zeros(len(clusters), dtype=bool)
    for of in (won, ~won):
        at = np.flatnonzero(of)
        kept[at[np.argsort(place[at])][: max(2, round(share * len(at)))]] = True
    return earlier[kept[number]]


def _winners(tried: Trial, at: Positions) -> int:
    """Leads among rows that reached the goal."""
    return len(np.unique(tried.rows.lead[at][tried.rows.label[at] == 1]))


def _drawn(cuts: list[_Cut], at: Floats, random: np.random.Generator) -> NDArray[np.float64]:
    """(draws, len(at)) AUC at so many wins, under every doubt at once."""
    wins = np.concatenate([cut.wins for cut in cuts])
    which = np.repeat(np.arange(len(cuts)), len(SHARES))
    weight = np.array([cut.judged for cut in cuts])
    noise = _noise(wins, which, np.concatenate([cut.auc[:, 0] for cut in cuts]))
    draws = []
    for draw in range(1, _DRAWS + 1):
        auc = np.concatenate([cut.auc[:, draw] for cut in cuts])
        if not np.isfinite(auc).all():
            continue
        exponent = random.uniform(_SLOWEST, _FASTEST)
        taught = auc + random.normal(0, noise / np.sqrt(wins))
        level, slope = _fit(wins, which, taught, exponent)
        best = weight @ level / weight.sum()
        future = best - slope * at**-exponent + random.normal() * noise / np.sqrt(at)
        draws.append(np.clip(future, 0.0, 1.0))
    return np.array(draws) if draws else np.full((1, len(at)), np.nan)


def _noise(wins: Floats, which: NDArray[np.intp], auc: Floats) -> float:
    """Training noise times the root of the wins: residuals of the middle curve, shrunk to what is
    usual.
    """
    level, slope = _fit(wins, which, auc, (_SLOWEST + _FASTEST) / 2)
    residual = (auc - level[which] + slope * wins ** -((_SLOWEST + _FASTEST) / 2)) * np.sqrt(wins)
    free = max(0, len(auc) - len(level) - 1)
    return float(
        np.sqrt(((residual**2).sum() + _NOISE_COUNTS * _NOISE**2) / (free + _NOISE_COUNTS))
    )


def _fit(
    wins: Floats, which: NDArray[np.intp], auc: Floats, exponent: float
) -> tuple[Floats, float]:
    """Best AUC of each cut and a common slope, which is never negative: more wins do no harm.

    Weighted least squares: the noise of a training set falls with the root of its wins.
    """
    size, shape = np.sqrt(wins), wins**-exponent
    cuts = int(which.max()) + 1
    total = np.bincount(which, weights=wins, minlength=cuts)
    mean_auc = np.bincount(which, weights=wins * auc, minlength=cuts) / total
    mean_shape = np.bincount(which, weights=wins * shape, minlength=cuts) / total
    x, y = (shape - mean_shape[which]) * size, (auc - mean_auc[which]) * size
    slope = max(0.0, -float(x @ y) / float(x @ x)) if x.any() else 0.0
    return mean_auc + slope * mean_shape, slope
