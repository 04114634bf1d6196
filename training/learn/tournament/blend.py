"""Non-negative weights of a blend, in log-odds, fitted on later rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.learn.metrics.metrics import log_losses, sigmoid
from training.learn.tournament.judged_rows import Floats, JudgedRows

#: Parts across which the weights are cross-fitted, to judge the blend on rows that had no say in
#: them.
_PARTS = 3
#: Weights below this share are nothing: a member that is served costs time and says nothing.
_NOTHING = 0.02


def weights(scores: Sequence[Floats], later: JudgedRows) -> NDArray[np.float64]:
    """(k,) shares of the scores in the sum that predicts the outcomes best; they add up to 1.

    A logistic regression with non-negative weights and an intercept per cut. Equal shares where no
    sum of the scores predicts anything.
    """
    columns = [np.asarray(score) / max(float(np.std(score)), 1e-12) for score in scores]
    starts = np.unique(later.cut, return_inverse=True)[1]
    n_cuts, total = int(starts.max()) + 1, float(later.weight.sum())
    label = later.label.astype(np.float64)

    def loss(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_odds = x[len(columns) :][starts]
        for share, column in zip(x, columns, strict=False):
            log_odds = log_odds + share * column
        surplus = later.weight * (sigmoid(log_odds) - label) / total
        slopes = [float(np.sum(surplus * column)) for column in columns]
        levels = np.bincount(starts, surplus, minlength=n_cuts)
        return float(np.sum(later.weight * log_losses(label, log_odds))) / total, np.array(
            [*slopes, *levels]
        )

    start = np.concatenate([np.full(len(columns), 1 / len(columns)), np.zeros(n_cuts)])
    bounds = [(0.0, None)] * len(columns) + [(None, None)] * n_cuts
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}
    ).x
    shares = found[: len(columns)] / np.array(
        [max(float(np.std(score)), 1e-12) for score in scores]
    )
    if not shares.sum() > 0:
        return np.full(len(scores), 1 / len(scores))
    shares = shares / shares.sum()
    shares = np.where(shares < _NOTHING, 0.0, shares)
    rounded: NDArray[np.float64] = np.round(shares / shares.sum(), 4)
    return rounded


def blended(scores: Sequence[Floats], shares: NDArray[np.float64]) -> Floats:
    """(n,) the weighted sum."""
    total = np.zeros(len(scores[0]))
    for share, score in zip(shares, scores, strict=True):
        total += share * score
    return total


def crossfitted(scores: Sequence[Floats], later: JudgedRows, *, seed: int) -> Floats:
    """(n,) blended scores of each row, by weights fitted on other leads (accounts)."""
    clusters, number = np.unique(later.cluster, return_inverse=True)
    part = (np.random.default_rng(seed).permutation(len(clusters)) % _PARTS)[number]
    found = np.empty(len(later.label))
    for own in range(_PARTS):
        others = part != own
        rest = JudgedRows(
            later.label[others],
            later.weight[others],
            later.cluster[others],
            later.cut[others],
            later.as_of[others],
        )
        shares = weights([score[others] for score in scores], rest)
        found[~others] = blended([score[~others] for score in scores], shares)
    return found
