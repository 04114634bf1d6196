"""What more closes would bring: curves whose truth is known."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.intake import open_store
from tests.training.audit.ledgers import signal_config
from training.audit import learning_curve as module
from training.audit.learning_curve import (
    LearningCurve,
    LearningCurvePoint,
    curve_of,
    learning_curve,
    learning_curve_findings,
)
from training.audit.trial import trial
from training.learn.rows.history import history
from training.learn.rows.run import Run


def known_cuts(*, level=0.8, slope=0.6, exponent=0.7, noise=0.0, seed=0):
    """Three cuts that follow a known curve, with judges that agree."""
    random = np.random.default_rng(seed)
    cuts = []
    for wins in (200.0, 300.0, 400.0):
        sizes = wins * np.array(module.SHARES)
        auc = level - slope * sizes**-exponent + random.normal(0, noise / np.sqrt(sizes))
        cuts.append(module._Cut(sizes, np.tile(auc[:, None], module._DRAWS + 1), judged=wins / 5))
    return cuts


@pytest.mark.parametrize("exponent", [0.45, 0.7, 0.95])
def test_a_known_curve_is_forecast_whatever_its_exponent(exponent):
    cuts = known_cuts(exponent=exponent)

    draws = module._drawn(cuts, np.array([1200.0]), np.random.default_rng(0))

    truth = 0.8 - 0.6 * 1200.0**-exponent
    assert np.quantile(draws, 0.05) <= truth <= np.quantile(draws, 0.95)


def test_the_forecast_covers_known_curves_with_training_noise_as_often_as_it_says():
    covered = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        exponent = random.uniform(0.4, 1.0)
        draws = module._drawn(
            known_cuts(exponent=exponent, noise=0.15, seed=seed), np.array([1200.0]), random
        )
        truth = 0.8 - 0.6 * 1200.0**-exponent
        covered.append(np.quantile(draws, 0.05) <= truth <= np.quantile(draws, 0.95))

    assert np.mean(covered) >= 0.85


def test_the_fit_finds_level_and_slope():
    (wins, which), exponent = (
        (np.array([50.0, 100, 200, 80, 160, 320]), np.array([0, 0, 0, 1, 1, 1])),
        0.6,
    )
    auc = np.array([0.75, 0.8])[which] - 0.5 * wins**-exponent

    level, slope = module._fit(wins, which, auc, exponent)

    assert level == pytest.approx([0.75, 0.8])
    assert slope == pytest.approx(0.5)


def test_more_wins_are_never_forecast_to_do_harm():
    wins, which = np.array([50.0, 100, 200]), np.zeros(3, int)

    level, slope = module._fit(wins, which, np.array([0.8, 0.75, 0.7]), 0.7)

    assert slope == 0
    assert level == pytest.approx(np.average([0.8, 0.75, 0.7], weights=wins))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A trial of a small flat table, the number of its wins, and its curve as the audit asks for
    it.
    """
    folder = Path(tmp_path_factory.mktemp("flat"))
    config = signal_config(folder, signal=1.5)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        past = history(Run(config, store))
        tried = trial(Run(config, store), past)
        return tried, past.rows.wins, learning_curve(Run(config, store), past, tried=tried)


def test_a_share_of_the_leads_has_that_share_of_the_winners(small):
    tried, _, _ = small
    block = tried.blocks[-1]

    quarter = module._subset(tried, block.earlier, 0.25, seed=3)

    assert np.isin(quarter, block.earlier).all()
    assert module._winners(tried, quarter) == pytest.approx(
        module._winners(tried, block.earlier) / 4, abs=1
    )
    assert len(quarter) == pytest.approx(len(block.earlier) / 4, abs=2)


def test_the_curve_of_a_real_trial_rises_from_today_to_twice(small):
    tried, wins, curve = small

    assert curve.today.wins == wins
    assert curve.twice.wins == 2 * wins
    assert 0.6 < curve.today.low < curve.today.auc < curve.today.high < 1
    assert curve.twice.auc >= curve.today.auc - 0.002
    assert len(curve.measured) == 3 * len({block.cut for block in tried.blocks})


def test_the_same_trial_gives_the_same_curve_as_json(small):
    tried, wins, curve = small

    assert curve_of(tried, wins=wins) == curve
    assert json.loads(json.dumps(curve.to_dict(), allow_nan=False))["twice"]["wins"] == 2 * wins


def test_the_words_say_today_the_forecast_and_what_would_halve_the_interval():
    today, twice = (
        LearningCurvePoint(132, 0.74, 0.71, 0.77),
        LearningCurvePoint(264, 0.76, 0.74, 0.78),
    )

    (finding,) = learning_curve_findings(LearningCurve((), today, twice, ()))

    assert finding.sentence == (
        "AUC 0.71 to 0.77 today with 132 wins (ranges of 90%), 0.74 to 0.78 forecast with twice as"
        " many; "
        "about 400 more wins would halve the interval"
    )


def test_where_the_interval_is_narrow_nobody_is_told_to_wait_for_more():
    point = LearningCurvePoint(20_000, 0.8, 0.795, 0.805)

    (finding,) = learning_curve_findings(LearningCurve((), point, point, ()))

    assert finding.sentence.endswith("more wins would hardly say more about it")


@pytest.mark.slow
def test_a_simulated_company_that_gets_twice_the_data_is_near_the_forecast():
    from benchmarks.learning_curve import forecast

    found = forecast(0, 1200)

    assert 100 < found.wins < 300
    assert found.low - 0.03 < found.truth < found.high + 0.03
    assert found.truth > found.truth_today - 0.02
    assert found.half_width < 0.08


def test_a_history_that_nobody_can_judge_has_no_curve(small):
    tried, wins, _ = small
    assert curve_of(replace(tried, blocks=()), wins=wins) is None
    assert learning_curve_findings(None) == []
