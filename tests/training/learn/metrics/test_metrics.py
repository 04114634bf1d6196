import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from training.learn.metrics import metrics, recalibration

RANKING = [
    metrics.roc_auc,
    metrics.average_precision,
    metrics.captured_in_top,
    metrics.top_to_bottom_decile_ratio,
]
PROBABILITY = [
    metrics.log_loss,
    metrics.brier,
    metrics.expected_calibration_error,
    recalibration.calibration_slope_intercept,
    recalibration.calibration_in_the_large,
]


def leads(seed=0, n=400, levels=None, shift=0.0):
    """Simulated rows: label, log-odds, weight; with ``levels``, so many distinct scores at most."""
    random = np.random.default_rng(seed)
    truth = random.normal(-1.5, 1.2, n)
    log_odds = truth + random.normal(0, 0.5, n) + shift
    if levels:
        log_odds = np.round(log_odds * levels / 8) * 8 / levels
    label = (random.random(n) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    return label, log_odds, random.uniform(0.2, 3.0, n)


@st.composite
def rows(draw):
    """Up to 30 rows with many ties, whole weights (zero too), at least one win and one loss that
    count.
    """
    n = draw(st.integers(2, 30))
    label = np.array(
        [0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))], dtype=np.int8
    )
    log_odds = np.array(draw(st.lists(st.integers(-6, 6), min_size=n, max_size=n))) / 2
    weight = np.array(
        [1, 1, *draw(st.lists(st.integers(0, 3), min_size=n - 2, max_size=n - 2))], dtype=np.float64
    )
    return label, log_odds, weight


@pytest.mark.parametrize("levels", [None, 6], ids=["no ties", "ties"])
class TestAgreesWithScikitLearn:
    def test_roc_auc(self, levels):
        label, log_odds, weight = leads(levels=levels)
        expected = roc_auc_score(label, log_odds, sample_weight=weight)
        assert metrics.roc_auc(label, log_odds, weight) == pytest.approx(expected, abs=1e-12)

    def test_average_precision(self, levels):
        label, log_odds, weight = leads(levels=levels)
        expected = average_precision_score(label, log_odds, sample_weight=weight)
        assert metrics.average_precision(label, log_odds, weight) == pytest.approx(
            expected, abs=1e-12
        )

    def test_log_loss(self, levels):
        label, log_odds, weight = leads(levels=levels)
        expected = sklearn_log_loss(label, 1 / (1 + np.exp(-log_odds)), sample_weight=weight)
        assert metrics.log_loss(label, log_odds, weight) == pytest.approx(expected, abs=1e-12)

    def test_brier(self, levels):
        label, log_odds, weight = leads(levels=levels)
        expected = brier_score_loss(label, 1 / (1 + np.exp(-log_odds)), sample_weight=weight)
        assert metrics.brier(label, log_odds, weight) == pytest.approx(expected, abs=1e-12)

    def test_calibration_slope_and_intercept(self, levels):
        label, log_odds, weight = leads(levels=levels)
        plain = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, solver="newton-cholesky")
        plain.fit(log_odds[:, None], label, sample_weight=weight)
        slope, intercept = recalibration.calibration_slope_intercept(label, log_odds, weight)
        assert (slope, intercept) == pytest.approx(
            (plain.coef_[0, 0], plain.intercept_[0]), abs=1e-7
        )


@given(rows())
def test_roc_auc_counts_pairs_won_with_ties_as_half(data):
    label, log_odds, weight = data
    won = total = 0.0
    for i in np.flatnonzero(label == 1):
        for j in np.flatnonzero(label == 0):
            total += weight[i] * weight[j]
            won += (
                weight[i]
                * weight[j]
                * ((log_odds[i] > log_odds[j]) + 0.5 * (log_odds[i] == log_odds[j]))
            )
    assert metrics.roc_auc(label, log_odds, weight) == pytest.approx(won / total, abs=1e-12)


@given(rows(), st.sampled_from([0.05, 0.1, 0.2, 0.5, 1.0]))
def test_wins_captured_are_the_mean_over_all_orders_of_tied_rows(data, share):
    label, log_odds, weight = data
    left, won = share * weight.sum(), 0.0
    # fill the share score by score, the last one in part
    for score in sorted(set(log_odds), reverse=True):
        tied = log_odds == score
        part = min(1.0, left / weight[tied].sum()) if weight[tied].sum() else 0.0
        won += part * (weight * label)[tied].sum()
        left = max(0.0, left - weight[tied].sum())
    expected = won / (weight * label).sum()
    assert metrics.captured_in_top(label, log_odds, weight, share=share) == pytest.approx(
        expected, abs=1e-12
    )


@pytest.mark.parametrize("metric", RANKING + PROBABILITY)
@settings(max_examples=25)
@given(data=rows(), random=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(metric, data, random):
    order = list(range(data[0].size))
    random.shuffle(order)
    shuffled = metric(*(column[order] for column in data))
    assert shuffled == pytest.approx(metric(*data), rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("metric", RANKING + PROBABILITY)
@settings(max_examples=25)
@given(data=rows())
def test_a_weight_is_so_many_repetitions_of_the_row(metric, data):
    label, log_odds, weight = data
    times = weight.astype(int)
    repeated = metric(np.repeat(label, times), np.repeat(log_odds, times))
    assert repeated == pytest.approx(metric(*data), rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("metric", RANKING + PROBABILITY)
@settings(max_examples=25)
@given(data=rows())
def test_doubling_all_weights_changes_nothing(metric, data):
    label, log_odds, weight = data
    assert metric(label, log_odds, 2 * weight) == pytest.approx(
        metric(*data), rel=1e-9, abs=1e-9, nan_ok=True
    )


@pytest.mark.parametrize("metric", RANKING)
@settings(max_examples=25)
@given(data=rows())
def test_ranking_figures_see_only_the_order_of_scores(metric, data):
    label, log_odds, weight = data
    assert metric(label, np.exp(log_odds) - 3, weight) == pytest.approx(metric(*data), nan_ok=True)


@given(rows())
def test_turning_the_ranking_round_turns_the_auc_round(data):
    label, log_odds, weight = data
    auc = metrics.roc_auc(label, log_odds, weight)
    assert metrics.roc_auc(label, -log_odds, weight) == pytest.approx(1 - auc, abs=1e-12)


class TestDecileRatio:
    def test_is_the_first_close_rate_over_the_last(self):
        label, log_odds, _ = leads(n=2000)
        tenths = np.split(np.argsort(-log_odds), 10)
        expected = label[tenths[0]].mean() / label[tenths[-1]].mean()
        assert metrics.top_to_bottom_decile_ratio(label, log_odds) == pytest.approx(expected)

    def test_is_infinite_when_only_the_last_has_no_win(self):
        label = np.array([1, 1, 1] + [0] * 27)
        assert metrics.top_to_bottom_decile_ratio(label, -np.arange(30.0)) == np.inf

    def test_is_nan_when_neither_end_has_a_win(self):
        label = np.array([0] * 14 + [1, 1] + [0] * 14)
        assert np.isnan(metrics.top_to_bottom_decile_ratio(label, -np.arange(30.0)))


class TestCalibrationError:
    def test_is_the_mean_gap_over_tenths_of_the_sorted_rows(self):
        label, log_odds, _ = leads(n=300, shift=0.7)
        probability = 1 / (1 + np.exp(-log_odds))
        gaps = [
            abs(label[rows].mean() - probability[rows].mean())
            for rows in np.split(np.argsort(log_odds), 10)
        ]
        assert metrics.expected_calibration_error(label, log_odds) == pytest.approx(
            np.mean(gaps), abs=1e-12
        )

    def test_of_one_score_is_its_distance_from_the_close_rate(self):
        assert metrics.expected_calibration_error(
            np.array([1, 0, 0, 0]), np.zeros(4)
        ) == pytest.approx(0.25)

    def test_nears_zero_for_the_true_probabilities(self):
        random = np.random.default_rng(3)
        log_odds = random.normal(-2, 1, 400_000)
        label = random.random(400_000) < 1 / (1 + np.exp(-log_odds))
        assert metrics.expected_calibration_error(label, log_odds) < 0.003


def test_log_loss_of_a_sure_and_wrong_score_is_finite():
    assert metrics.log_loss(np.array([1, 0]), np.array([-800.0, -800.0])) == pytest.approx(400.0)


@pytest.mark.parametrize("metric", [*RANKING, recalibration.calibration_in_the_large])
def test_without_wins_there_is_no_figure(metric):
    assert np.isnan(metric(np.zeros(20, np.int8), np.arange(20.0)))


@pytest.mark.parametrize("metric", RANKING + PROBABILITY)
def test_without_rows_there_is_no_figure(metric):
    assert np.isnan(metric(np.empty(0, np.int8), np.empty(0))).all()


@pytest.mark.parametrize("metric", RANKING + PROBABILITY)
@pytest.mark.parametrize(
    ("label", "log_odds", "weight", "message"),
    [
        ([0, 1], [1.0], None, r"one shape \(n,\), got \(2,\), \(1,\) and \(2,\)"),
        ([0, 1], [1.0, 2.0], [1.0], r"one shape \(n,\)"),
        ([0, 2], [1.0, 2.0], None, "expected labels 0 or 1, got 2"),
        ([0, 1], [1.0, np.inf], None, "expected finite log-odds, got 1 that are not"),
        ([0, 1], [1.0, 2.0], [1.0, -1.0], "expected weights of zero or more, got 1"),
        ([0, 1], [1.0, 2.0], [1.0, np.nan], "expected weights of zero or more, got 1"),
    ],
)
def test_wrong_input_is_an_error_that_says_what_was_expected(
    metric, label, log_odds, weight, message
):
    with pytest.raises(ValueError, match=message):
        metric(np.array(label), np.array(log_odds), None if weight is None else np.array(weight))


@pytest.mark.parametrize("share", [0.0, -0.1, 20])
def test_a_share_in_percent_is_refused(share):
    with pytest.raises(ValueError, match="share above 0 and at most 1"):
        metrics.captured_in_top(np.array([0, 1]), np.array([0.0, 1.0]), share=share)
