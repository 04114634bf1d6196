"""Losses on later rows, calibrated, and the noise of their differences: each figure by a second
route.
"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from propensity.model.model import probability
from tests.training.learn.arenas import labelled
from training.learn.rows.time_blocks import TimeBlock
from training.learn.tournament.judged_rows import JudgedRows


def judged(n=600, seed=0):
    """Rows of leads that stand in three rows each, on two cuts, with scores."""
    random = np.random.default_rng(seed)
    score = random.normal(0, 1, n)
    rows = labelled(
        random.random(n) < probability(score - 1),
        lead=np.arange(n) // 3,
        weight=random.uniform(0.5, 3, n),
    )
    half = n // 2
    blocks = [
        TimeBlock(0, np.empty(0, np.intp), np.arange(half)),
        TimeBlock(1, np.empty(0, np.intp), np.arange(half, n)),
    ]
    return JudgedRows.of(rows, blocks, by_moment=False), score, random


def test_losses_are_those_of_a_logistic_regression_on_each_cut():
    later, score, _ = judged()
    twisted = np.where(later.cut == 0, 5 * score + 2, 0.1 * score - 7)

    expected = 0.0
    for cut in (0, 1):
        at = later.cut == cut
        x, y, w = twisted[at, None], later.label[at], later.weight[at]
        fitted = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(
            x, y, sample_weight=w
        )
        expected += w.sum() * log_loss(y, fitted.predict_proba(x)[:, 1], sample_weight=w)
    assert later.mean(later.losses(twisted)) == pytest.approx(
        expected / later.weight.sum(), abs=1e-8
    )
    assert later.losses(twisted) == pytest.approx(later.losses(score), abs=1e-6)


def test_scores_that_rank_the_wrong_way_round_are_worth_the_average_alone():
    later, score, _ = judged()

    backwards = later.mean(later.losses(-score))

    assert backwards == pytest.approx(later.mean(later.losses(np.zeros(len(score)))))
    assert backwards > later.mean(later.losses(score))


def test_the_error_of_a_gap_is_that_of_a_bootstrap_over_leads():
    later, score, random = judged()
    first, second = later.losses(score), later.losses(score + random.normal(0, 1, len(score)))

    gap = later.gap(second, first)

    drawn = [
        np.bincount(random.integers(0, 200, 200), minlength=200)[later.cluster] for _ in range(3000)
    ]
    means = [np.average(second - first, weights=later.weight * times) for times in drawn]
    assert gap.mean == pytest.approx(np.average(second - first, weights=later.weight))
    assert gap.error == pytest.approx(np.std(means), rel=0.06)


def test_rows_of_one_lead_are_no_independent_evidence():
    later, _, random = judged()
    noise = np.repeat(random.normal(0, 1, 200), 3)
    alone = JudgedRows(later.label, later.weight, np.arange(600), later.cut, later.as_of)

    assert later.gap(noise, 0 * noise).error > 1.5 * alone.gap(noise, 0 * noise).error


def test_a_lead_is_ranked_among_those_of_its_own_block():
    later, score, _ = judged()
    shifted = score + 100.0 * later.cut

    wins = [later.weight[(later.cut == cut) & (later.label == 1)].sum() for cut in (0, 1)]
    aucs = [
        roc_auc_score(later.label[at], score[at], sample_weight=later.weight[at])
        for at in (later.cut == 0, later.cut == 1)
    ]
    assert later.roc_auc(shifted) == pytest.approx(np.average(aucs, weights=wins))
