"""Level and slope are those of a logistic regression on the log-odds."""

import numpy as np
import pytest

from tests.training.learn.metrics.test_metrics import leads
from training.learn.metrics import metrics, recalibration


class TestRecalibration:
    @pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, -1.0), (2.0, 0.8)])
    def test_recovers_the_line_the_outcomes_were_drawn_from(self, slope, intercept):
        random = np.random.default_rng(4)
        log_odds = random.normal(-1, 1.5, 200_000)
        label = random.random(200_000) < 1 / (1 + np.exp(-(intercept + slope * log_odds)))
        found = recalibration.calibration_slope_intercept(label, log_odds)
        assert found == pytest.approx((slope, intercept), abs=0.04)

    def test_is_undone_by_recalibrating(self):
        label, log_odds, weight = leads(shift=1.3)
        slope, intercept = recalibration.calibration_slope_intercept(label, log_odds, weight)
        again = recalibration.calibration_slope_intercept(
            label, intercept + slope * log_odds, weight
        )
        assert again == pytest.approx((1.0, 0.0), abs=1e-10)

    @pytest.mark.parametrize(
        "start",
        [(0.0, 0.0), (-5.0, 30.0), (80.0, -200.0), (1e4, 1e4)],
        ids=["flat", "wrong", "far", "absurd"],
    )
    def test_does_not_depend_on_the_first_guess(self, start):
        label, log_odds, weight = leads()
        expected = recalibration.calibration_slope_intercept(label, log_odds, weight)
        assert recalibration.calibration_slope_intercept(
            label, log_odds, weight, start=start
        ) == pytest.approx(expected)

    @pytest.mark.parametrize("scale", [1e-6, 1e6])
    def test_works_on_scores_of_any_scale(self, scale):
        label, log_odds, weight = leads()
        slope, intercept = recalibration.calibration_slope_intercept(label, log_odds, weight)
        scaled = recalibration.calibration_slope_intercept(label, log_odds * scale, weight)
        assert scaled == pytest.approx((slope / scale, intercept), rel=1e-8)

    @pytest.mark.parametrize(
        ("label", "log_odds"),
        [
            ([0, 0, 1, 1], [1.0, 2.0, 3.0, 4.0]),  # parted without fault
            ([0, 0, 1, 1], [1.0, 3.0, 3.0, 4.0]),  # parted but for a tie
            ([1, 1, 0, 0], [1.0, 2.0, 3.0, 4.0]),  # parted the wrong way
            ([0, 1, 0, 1], [2.0, 2.0, 2.0, 2.0]),  # one score
            ([1, 1, 1, 1], [1.0, 2.0, 3.0, 4.0]),  # no losses
        ],
    )
    def test_has_no_answer_where_none_is_finite(self, label, log_odds):
        assert np.isnan(
            recalibration.calibration_slope_intercept(np.array(label), np.array(log_odds))
        ).all()

    def test_in_the_large_makes_expected_wins_equal_observed_wins(self):
        label, log_odds, weight = leads(shift=-2.0)
        shift = recalibration.calibration_in_the_large(label, log_odds, weight)
        promised = (weight / (1 + np.exp(-(log_odds + shift)))).sum()
        assert promised == pytest.approx((weight * label).sum(), rel=1e-10)
        assert shift > 1.5  # the score was too low

    def test_in_the_large_survives_a_score_that_is_sure_and_wrong(self):
        label, log_odds = np.array([1, 0, 0, 0]), np.array([-40.0, -35.0, 30.0, 45.0])
        shift = recalibration.calibration_in_the_large(label, log_odds)
        assert metrics.sigmoid(log_odds + shift).sum() == pytest.approx(1.0)
