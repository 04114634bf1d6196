"""Judge a model on the test part: figures with intervals, against chance and against each
other.

**Ranking figures** (``RANKING``) compare leads of the same round, because sales chooses among the
leads of one time. A round holds each open lead once, on a day of its own (see
``training.learn.rows.cadence``). They are computed per round and averaged over the rounds, each
counting with its number of wins. With this weight
every win counts once, wherever it falls: the averaged ROC AUC is the chance that a random win
outranks a random loss *of its own round*, and the averaged share captured is the share of all wins
that a team working the best fifth of every round would have met. (Equal weights would give a round
with one win as much say as one with fifty.) The decile ratio is the ratio of two such averages,
since an average of ratios is infinite as soon as one round has a bottom tenth without wins. Rounds
without both wins and losses cannot be ranked rightly or wrongly: they are left out, and
``Evaluation.n_rounds_ranked`` counts the rest.

**Probability figures** (``POOLED``) are computed over all rows of all rounds.

**Intervals** are 95 % percentile bootstrap intervals (Efron and Tibshirani 1993) that resample
clusters, leads or accounts, because the rows of one lead are no independent evidence. They speak
about other leads in the same time, with
the model as it is: neither another year nor another training run is in them. An interval is NaN
where it cannot be
formed: fewer than two clusters, or a figure that more than 5 % of the resamples cannot give (with
one winning lead, a third of the resamples have no win). Where drawing a lead twice flatters
(average precision: a win is its own neighbour), the interval reaches further up than down from the
figure; in a simulation with 315 wins, 95 % became 93 % for it and 92 to 98 % for the others. The
expected calibration error has none: it is never below what noise alone makes of it, resampled even
more so, and an interval around a biased figure holds the truth too seldom (89 % in the same
simulation; Kumar, Liang and Ma 2019).

Everything is a function of the rows as a set and of the seed: rows are brought into one order
before anything is summed, and clusters are drawn in the order of their number, so the same rows in
any order give the same bits.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics import metrics, recalibration
from training.learn.metrics.evaluation import Estimate, Evaluation
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Decile, Floats, GainsCurve
from training.learn.metrics.resamples import times_drawn

RANKING = (
    "roc_auc",
    "average_precision",
    "lift_at_10",
    "captured_in_top_20",
    "top_to_bottom_decile_ratio",
)
POOLED = (
    "log_loss",
    "brier",
    "expected_calibration_error",
    "calibration_slope",
    "calibration_intercept",
    "calibration_in_the_large",
)
FIGURES = RANKING + POOLED

N_BOOTSTRAP = 200
_TAIL = 0.025
# figures that noise alone lifts: no interval
_BIASED = ("expected_calibration_error",)
# share of resamples that may lack a figure; leaving out more would cut off the tails asked for
_UNFORMED = 0.05


def evaluate(
    name: str,
    log_odds: Floats,
    holdout: Holdout,
    *,
    figures: Sequence[str] = FIGURES,
    n_bootstrap: int = N_BOOTSTRAP,
    seed: int = 0,
) -> Evaluation:
    """Return the figures of one model on the holdout, each with its interval.

    Args:
        name: name of the model, kept in the result.
        log_odds: the model's score of each row, finite, shape ``(n,)``. For a score that is no
            log-odds (points, the company's present ranking) ask for ``figures=RANKING``: the
            others, and the promises in the decile table, mean nothing then.
        holdout: the rows judged. No rows are allowed and give NaN.
        figures: names out of ``FIGURES``.
        n_bootstrap: resamples; 0 for no intervals (NaN), below 39 the interval is from the least to
            the greatest.
        seed: Seed of the resampling; the same seed draws the same leads for every model on the same
            rows.

    Raises:
        ValueError: on a wrong shape, a score that is not finite, or an unknown figure.
    """
    _check_names(figures)
    judge = _Evaluator(log_odds, holdout)
    values = judge.figures(judge.rows.weight, figures)
    resampled = judge.resampled(figures, n_bootstrap, seed, near=values)
    rows = judge.rows
    return Evaluation(
        model=name,
        n_rows=len(rows),
        n_leads=judge.n_clusters,
        n_wins_rows=int(rows.label.sum(dtype=np.int64)),
        n_wins_leads=int(np.unique(rows.cluster[rows.label == 1]).size),
        n_rounds=len(judge.snapshots),
        n_rounds_ranked=sum(snapshot.gains(rows.weight).has_both for snapshot in judge.snapshots),
        n_bootstrap=n_bootstrap,
        figures={
            each: _figure(values[each], resampled[each])
            if each not in _BIASED
            else Estimate(values[each], np.nan, np.nan)
            for each in figures
        },
        deciles=judge.deciles(),
    )


def difference(
    a_log_odds: Floats,
    b_log_odds: Floats,
    holdout: Holdout,
    *,
    metric: str = "roc_auc",
    n_bootstrap: int = N_BOOTSTRAP,
    seed: int = 0,
) -> Estimate:
    """Return figure of a minus figure of b, with the interval of the *difference*: both see the
    same resamples.

    Models judged on the same leads are right and wrong together, so this interval is narrower than
    two separate ones suggest. For log loss, Brier and calibration error a negative difference says
    that a is better.

    Raises:
        ValueError: on a wrong shape, a score that is not finite, or an unknown figure.
    """
    _check_names([metric])
    columns = []
    for log_odds in (a_log_odds, b_log_odds):
        judge = _Evaluator(log_odds, holdout)
        values = judge.figures(judge.rows.weight, [metric])
        resampled = judge.resampled([metric], n_bootstrap, seed, near=values)[metric]
        columns.append(np.append(resampled, values[metric]))
    # two infinite decile ratios have no difference: NaN is the answer
    with np.errstate(invalid="ignore"):
        gap = columns[0] - columns[1]
    return _figure(float(gap[-1]), gap[:-1])


def drawn_figures(
    log_odds: Floats, holdout: Holdout, figures: Sequence[str]
) -> Callable[[NDArray[np.float64]], dict[str, float]]:
    """Return the figures of a model as a function of how often each cluster is drawn.

    With it several holdouts that share leads are resampled together.

    Args:
        log_odds: the model's score of each row, shape ``(n,)``.
        holdout: the rows judged.
        figures: names out of ``FIGURES``.

    Returns:
        A function of ``(clusters,)`` counts, indexed by the numbers in ``holdout.cluster``.
    """
    _check_names(figures)
    judge = _Evaluator(log_odds, holdout)
    near = judge.figures(judge.rows.weight, figures)
    clusters = np.unique(judge.rows.cluster)
    return lambda times: judge.figures(
        judge.rows.weight * times[clusters][judge.cluster], figures, near
    )


def split_report(
    name: str,
    log_odds: Floats,
    holdout: Holdout,
    *,
    figures: Sequence[str] = FIGURES,
    n_bootstrap: int = N_BOOTSTRAP,
    seed: int = 0,
) -> dict[str, Evaluation]:
    """Return one evaluation for leads ``"seen"`` in training and one for ``"new"`` leads.

    A model may know a lead it has seen, so the two are different promises. A part without rows has
    ``n_rows`` 0 and NaN figures.

    Raises:
        ValueError: when ``holdout.seen_in_training`` is ``None``, and as in ``evaluate``.
    """
    seen = holdout.seen_in_training
    if seen is None:
        raise ValueError(
            "expected holdout.seen_in_training, got None: mark the leads that have training rows"
        )
    scores = _checked_scores(log_odds, holdout)
    return {
        part: evaluate(
            name,
            scores[rows],
            holdout.part(rows),
            figures=figures,
            n_bootstrap=n_bootstrap,
            seed=seed,
        )
        for part, rows in {"seen": seen, "new": ~seen}.items()
    }


class _Snapshot:
    """The rows of one round, best score first: where they stand, and where each distinct score
    starts.
    """

    def __init__(self, first: int, last: int, judge: "_Evaluator") -> None:
        self.rows = slice(first, last)
        self.label = judge.rows.label[self.rows]
        self.expected = metrics.sigmoid(judge.log_odds[self.rows])
        self.starts = metrics.ranking(judge.log_odds[self.rows])[1]

    def gains(self, weight: Floats) -> GainsCurve:
        """Wins gained down the ranking."""
        return metrics.gains_of_ranked(
            weight[self.rows] * self.label, weight[self.rows], self.starts
        )

    def promised(self, weight: Floats) -> GainsCurve:
        """Expected wins gained down the ranking."""
        return metrics.gains_of_ranked(
            weight[self.rows] * self.expected, weight[self.rows], self.starts
        )


class _Evaluator:
    """One model's scores on the holdout, sorted once; every figure is then a function of the rows'
    weights.

    Rows stand in one order whatever order they came in: by round, best score first, then by all
    else that counts.
    """

    def __init__(self, log_odds: Floats, holdout: Holdout) -> None:
        scores = _checked_scores(log_odds, holdout)
        order = np.lexsort((holdout.weight, holdout.label, holdout.cluster, -scores, holdout.as_of))
        self.log_odds, self.rows = scores[order], holdout.part(order)
        self.target = self.rows.label.astype(np.float64)
        clusters, self.cluster = np.unique(self.rows.cluster, return_inverse=True)
        self.n_clusters = clusters.size
        firsts = np.append(np.unique(self.rows.as_of, return_index=True)[1], len(self.rows))
        self.snapshots = [_Snapshot(first, last, self) for first, last in pairwise(firsts.tolist())]

    @cached_property
    def log_losses(self) -> Floats:
        return metrics.log_losses(self.target, self.log_odds)

    @cached_property
    def surplus(self) -> Floats:
        """Outcome above what was promised, -1 to 1."""
        return self.target - metrics.sigmoid(self.log_odds)

    @cached_property
    def pooled_ranking(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return metrics.ranking(self.log_odds)

    def figures(
        self, weight: Floats, names: Sequence[str], near: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """Return the named figures of the rows under these weights.

        ``near`` are figures likely to be close.
        """
        values: dict[str, float] = {}
        for family, compute in _FAMILIES.items():
            if not set(family).isdisjoint(names):
                values.update(zip(family, compute(self, weight, near or {}), strict=True))
        return {name: values[name] for name in names}

    def resampled(
        self, names: Sequence[str], n_bootstrap: int, seed: int, near: Mapping[str, float]
    ) -> dict[str, NDArray[np.float64]]:
        """Return each figure on every resample of the clusters, shape ``(n_bootstrap,)``.

        NaN below two clusters.
        """
        values = np.full((len(names), n_bootstrap), np.nan)
        if self.n_clusters > 1:
            draws = times_drawn(self.n_clusters, n_bootstrap, seed=seed)
            for column, times in enumerate(draws):
                values[:, column] = list(
                    self.figures(self.rows.weight * times[self.cluster], names, near).values()
                )
        return dict(zip(names, values, strict=True))

    def deciles(self) -> tuple[Decile, ...]:
        """Tenths of every round, added up over the rounds."""
        edges, weight = np.arange(11) / 10, self.rows.weight
        totals = np.zeros((3, 10))
        for snapshot in self.snapshots:
            wins, promised = snapshot.gains(weight), snapshot.promised(weight)
            totals += [
                wins.mass[-1] * np.diff(edges),
                np.diff(wins.at(edges)),
                np.diff(promised.at(edges)),
            ]
        return tuple(
            Decile(number, *tenth) for number, tenth in enumerate(totals.T.tolist(), start=1)
        )


def _ranking_figures(
    judge: _Evaluator, weight: Floats, _: Mapping[str, float]
) -> tuple[float, ...]:
    totals, wins = np.zeros(5), 0.0
    for gains in (snapshot.gains(weight) for snapshot in judge.snapshots):
        if gains.has_both:
            totals += gains.gained[-1] * np.array(
                [
                    metrics.roc_auc_of(gains),
                    metrics.average_precision_of(gains),
                    metrics.captured_of(gains, 0.1),
                    metrics.captured_of(gains, 0.2),
                    metrics.captured_in_bottom_of(gains, 0.1),
                ]
            )
            wins += gains.gained[-1]
    if not wins > 0:
        return (float("nan"),) * len(RANKING)
    roc_auc, average_precision, top_tenth, top_fifth, bottom_tenth = (totals / wins).tolist()
    return (
        roc_auc,
        average_precision,
        top_tenth / 0.1,
        top_fifth,
        metrics.decile_ratio(top_tenth, bottom_tenth),
    )


def _losses(judge: _Evaluator, weight: Floats, _: Mapping[str, float]) -> tuple[float, ...]:
    return metrics.mean(judge.log_losses, weight), metrics.mean(judge.surplus**2, weight)


def _calibration_error(
    judge: _Evaluator, weight: Floats, _: Mapping[str, float]
) -> tuple[float, ...]:
    order, starts = judge.pooled_ranking
    mass = weight[order]
    return (
        metrics.calibration_gap(metrics.gains_of_ranked(judge.surplus[order] * mass, mass, starts)),
    )


def _recalibration(
    judge: _Evaluator, weight: Floats, near: Mapping[str, float]
) -> tuple[float, ...]:
    start = near.get("calibration_slope", 1.0), near.get("calibration_intercept", 0.0)
    return recalibration.logistic_line(
        judge.target, judge.log_odds, weight, start=None if np.isnan(start).any() else start
    )


def _in_the_large(
    judge: _Evaluator, weight: Floats, near: Mapping[str, float]
) -> tuple[float, ...]:
    start = near.get("calibration_in_the_large", 0.0)
    shift = recalibration.calibration_in_the_large(
        judge.rows.label, judge.log_odds, weight, start=0.0 if np.isnan(start) else start
    )
    return (shift,)


_FAMILIES: dict[
    tuple[str, ...], Callable[[_Evaluator, Floats, Mapping[str, float]], tuple[float, ...]]
] = {
    RANKING: _ranking_figures,
    ("log_loss", "brier"): _losses,
    ("expected_calibration_error",): _calibration_error,
    ("calibration_slope", "calibration_intercept"): _recalibration,
    ("calibration_in_the_large",): _in_the_large,
}


def _figure(value: float, resampled: NDArray[np.float64]) -> Estimate:
    """Interval from the order statistics at ranks 0.025 (B + 1) and its mirror, which an infinite
    figure survives.
    """
    formed = np.sort(resampled[~np.isnan(resampled)])
    if np.isnan(value) or not formed.size or formed.size < (1 - _UNFORMED) * resampled.size:
        return Estimate(value, float("nan"), float("nan"))
    tail = max(int(_TAIL * (formed.size + 1)), 1)
    return Estimate(value, float(formed[tail - 1]), float(formed[-tail]))


def _checked_scores(log_odds: Floats, holdout: Holdout) -> NDArray[np.float64]:
    scores = np.asarray(log_odds, dtype=np.float64)
    if scores.shape != holdout.label.shape:
        raise ValueError(
            f"expected one score per row of the holdout, shape {holdout.label.shape}, got"
            f" {scores.shape}: score exactly its rows"
        )
    metrics.check_scores(scores)
    return scores


def _check_names(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        raise ValueError(
            f"expected figures out of {list(FIGURES)}, got {unknown}: correct the name"
        )
