"""Ageing: a planted loss per quarter is found again, and none is promised where there is none."""

import pytest
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.ageing import world
from propensity.model.model import probability
from training.backtest.ageing import Ageing, ageing
from training.backtest.command import Backtest
from training.backtest.sentences import ageing_lines
from training.learn.metrics.evaluation import Estimate


def lines(aged, *, flat=False):
    return list(ageing_lines(Backtest((), {}, aged, quick=False, flat=flat)))


def test_each_loss_is_the_difference_of_two_models_on_the_same_rows():
    found = world(drift=0.5, quarters=2)
    old, new, rows = found.born[0].scores[1], found.born[1].scores[1], found.judged[1]

    (age,) = ageing(found).ages

    assert (age.quarters, age.pairs) == (1, 1)
    assert age.losses["roc_auc"] == pytest.approx(
        roc_auc_score(rows.label, new) - roc_auc_score(rows.label, old)
    )
    assert age.losses["log_loss"] == pytest.approx(
        log_loss(rows.label, probability(old)) - log_loss(rows.label, probability(new))
    )


def test_a_planted_loss_is_found_and_a_rhythm_recommended():
    found = ageing(world(drift=0.6))

    assert all(figure.low > 0 for figure in found.per_quarter.values())
    assert [age.losses["roc_auc"] for age in found.ages] == sorted(
        age.losses["roc_auc"] for age in found.ages
    )
    told = lines(found)
    assert told[0].startswith("AUC: a model loses 0.0")
    assert told[-1].startswith("Retrain each quarter, or more often")


def test_where_nothing_is_lost_no_rhythm_is_recommended():
    found = ageing(world())

    assert all(figure.low <= 0 <= figure.high for figure in found.per_quarter.values())
    assert "no rhythm of retraining follows from this data" in lines(found)[-1]


def test_two_quarters_are_too_few_to_recommend_anything():
    assert "too few to recommend" in lines(ageing(world(drift=2.0, quarters=3)))[-1]
    assert lines(ageing(world(quarters=1)), flat=True) == [
        "No model could be followed into a later block: how fast one ages cannot be said."
    ]


@pytest.mark.parametrize(
    ("auc", "loss", "advice"),
    [
        ((0.004, 0.002, 0.006), (0.0, -0.1, 0.1), "Retrain every 2 quarters: "),
        ((0.009, 0.002, 0.010), (0.0, -0.1, 0.1), "Retrain each quarter: "),
        ((0.001, 0.0005, 0.002), (0.0, -0.1, 0.1), "Retraining less than each quarter will do"),
        ((0.001, -0.001, 0.002), (0.02, 0.01, 0.03), "Chances get worse for certain"),
        ((-0.02, -0.03, -0.01), (0.0, -0.1, 0.1), "What was lost"),
    ],
)
def test_the_rhythm_follows_from_what_is_lost_for_certain(auc, loss, advice):
    aged = ageing(world(quarters=5, leads=100))
    per_quarter = {
        "roc_auc": Estimate(*auc),
        "log_loss": Estimate(*loss),
        "calibration": Estimate(0.0, -1.0, 1.0),
    }

    assert lines(Ageing(aged.ages, per_quarter, aged.quarters))[-1].startswith(advice)
