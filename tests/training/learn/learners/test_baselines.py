import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from features.spec import AttributeSource, BehaviourSource, ClockSource, Feature, FeatureSpec
from training.learn.learners.baselines import (
    BaseRateBaseline,
    LeadAgeBaseline,
    Logistic,
    PointsTable,
    fit_baselines,
)
from training.learn.learners.points_regression import PointsRows, learn
from training.learn.learners.points_table import total
from training.learn.metrics import metrics, recalibration


def feature(name, source, levels=()):
    unit = "level" if levels else "events"
    return Feature(name=name, axis="fit", concept=name, unit=unit, levels=levels, source=source)


SPEC = FeatureSpec(
    features=(
        feature("age", ClockSource(clock="lead_age")),
        feature("visit", BehaviourSource(kind="visit", measure="count", window=None)),
        feature("call", BehaviourSource(kind="call", measure="count", window=None)),
        feature(
            "industry",
            AttributeSource(column="industry", reading="category"),
            levels=("bank", "shop"),
        ),
    ),
    kinds=("visit", "call"),
)
POINTS = PointsTable(SPEC, np.arange(3000))
PARTS = {"age": 0, "categorical": [3], "points": POINTS}
FITTERS = [BaseRateBaseline(), LeadAgeBaseline(0), Logistic([3]), POINTS]


def training_rows(seed=0, n=3000):
    """Age in days (some unknown), two counts of actions, one category; matrix, label, weight, true
    log-odds.
    """
    random = np.random.default_rng(seed)
    age = random.exponential(60, n)
    counts = random.poisson([0.7, 0.3], (n, 2)).astype(float)
    codes = random.choice([0.0, 1.0, 2.0, 3.0], n, p=[0.1, 0.2, 0.4, 0.3])
    truth = -2 - 0.02 * age + 1.2 * (counts[:, 0] > 0) + 0.8 * (codes == 3)
    label = (random.random(n) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    age[random.random(n) < 0.1] = np.nan
    return np.column_stack([age, counts, codes]), label, random.choice([1.0, 4.0], n), truth


def rate_of(log_odds):
    return 1 / (1 + np.exp(-log_odds))


class TestEveryBaseline:
    @pytest.mark.parametrize("baseline", FITTERS, ids=lambda each: type(each).__name__)
    def test_scores_rows_it_never_saw_with_finite_log_odds(self, baseline):
        matrix, label, weight, _ = training_rows()
        strange = np.array(
            [[np.nan, np.nan, np.nan, 99.0], [1e6, 500.0, 0.0, np.nan], [-5.0, 0.0, 1e6, 0.0]]
        )
        log_odds = baseline.fit(matrix, label, weight).log_odds(strange)
        assert log_odds.shape == (3,)
        assert log_odds.dtype == np.float64
        assert np.isfinite(log_odds).all()

    @pytest.mark.parametrize("baseline", FITTERS, ids=lambda each: type(each).__name__)
    def test_does_not_depend_on_the_order_of_the_rows(self, baseline):
        matrix, label, weight, _ = training_rows()
        order = np.random.default_rng(1).permutation(label.size)
        shuffled = baseline.fit(matrix[order], label[order], weight[order]).log_odds(matrix)
        assert shuffled == pytest.approx(
            baseline.fit(matrix, label, weight).log_odds(matrix), abs=1e-4
        )

    @pytest.mark.parametrize("baseline", FITTERS, ids=lambda each: type(each).__name__)
    def test_gives_the_same_bits_again(self, baseline):
        matrix, label, weight, _ = training_rows()
        first, second = (baseline.fit(matrix, label, weight).log_odds(matrix) for _ in range(2))
        assert np.array_equal(first, second)

    @pytest.mark.parametrize("baseline", FITTERS, ids=lambda each: type(each).__name__)
    def test_promises_as_many_wins_as_there_were(self, baseline):
        matrix, label, weight, _ = training_rows()
        log_odds = baseline.fit(matrix, label, weight).log_odds(matrix)
        assert abs(recalibration.calibration_in_the_large(label, log_odds, weight)) < 0.01

    @pytest.mark.parametrize("baseline", [BaseRateBaseline(), LeadAgeBaseline(0)])
    def test_counts_a_row_of_weight_four_like_four_rows(self, baseline):
        matrix, label, weight, _ = training_rows()
        times = weight.astype(int)
        repeated = baseline.fit(
            np.repeat(matrix, times, axis=0), np.repeat(label, times), np.ones(times.sum())
        )
        weighted = baseline.fit(matrix, label, weight)
        assert repeated.log_odds(matrix) == pytest.approx(weighted.log_odds(matrix), abs=1e-9)

    @pytest.mark.parametrize("baseline", FITTERS, ids=lambda each: type(each).__name__)
    @pytest.mark.parametrize(
        ("label", "weight", "message"),
        [
            (
                [0, 0, 0],
                [1, 1, 1],
                "expected wins and losses among the training rows, got 0 rows of wins among 3",
            ),
            (
                [1, 1, 0],
                [1, 1, 0],
                "expected wins and losses among the training rows, got 2 rows of wins among 2",
            ),
            ([1, 0], [1, 1, 1], r"got \(3, 4\), \(2,\) and \(3,\)"),
            ([1, 0, 3], [1, 1, 1], "expected labels 0 or 1, got 3"),
            ([1, 0, 0], [1, 1, -1], "expected weights of zero or more, got 1"),
        ],
    )
    def test_refuses_what_it_cannot_learn_from(self, baseline, label, weight, message):
        with pytest.raises(ValueError, match=message):
            baseline.fit(np.ones((3, 4)), np.array(label), np.array(weight, dtype=np.float64))

    @pytest.mark.parametrize("baseline", [LeadAgeBaseline(9), Logistic([1, 9])])
    def test_refuses_a_column_that_is_not_there(self, baseline):
        matrix, label, weight, _ = training_rows(n=100)
        with pytest.raises(ValueError, match=r"expected columns 0 to 3, got \[9\]"):
            baseline.fit(matrix, label, weight)


class TestBaseRate:
    def test_is_the_weighted_close_rate(self):
        fitted = BaseRateBaseline().fit(
            np.ones((3, 1)), np.array([1, 0, 0]), np.array([1.0, 1.0, 8.0])
        )
        assert rate_of(fitted.log_odds(np.ones((2, 1)))) == pytest.approx([0.1, 0.1])


class TestLeadAge:
    def test_learns_a_curve_that_rises_and_falls(self):
        random = np.random.default_rng(2)
        age = random.uniform(0, 100, 50_000)
        true_rate = np.where((age > 40) & (age < 60), 0.3, 0.05)
        label = random.random(50_000) < true_rate
        fitted = LeadAgeBaseline(0).fit(age[:, None], label.astype(np.int8), np.ones(50_000))
        found = rate_of(fitted.log_odds(np.array([[10.0], [50.0], [90.0]])))
        assert found == pytest.approx([0.05, 0.3, 0.05], abs=0.03)

    def test_rate_of_a_bin_has_two_extra_rows_at_the_average(self):
        age = np.array([1.0, 1.0, 1.0, 5.0, 5.0, 5.0])[:, None]
        fitted = LeadAgeBaseline(0, bins=2).fit(age, np.array([1, 1, 0, 0, 0, 0]), np.ones(6))
        found = rate_of(fitted.log_odds(np.array([[1.0], [5.0]])))
        assert found == pytest.approx([(2 + 2 / 3) / 5, (0 + 2 / 3) / 5])

    def test_unknown_age_has_its_own_rate(self):
        age = np.array([np.nan] * 50 + [10.0] * 50)[:, None]
        label = np.array([1] * 25 + [0] * 75)
        found = rate_of(
            LeadAgeBaseline(0).fit(age, label, np.ones(100)).log_odds(np.array([[np.nan], [10.0]]))
        )
        assert found == pytest.approx([25.5 / 52, 0.5 / 52])

    def test_unknown_age_never_met_gets_the_average(self):
        fitted = LeadAgeBaseline(0).fit(
            np.arange(40.0)[:, None], np.tile([1, 0, 0, 0], 10), np.ones(40)
        )
        assert rate_of(fitted.log_odds(np.array([[np.nan]]))) == pytest.approx([0.25])

    def test_an_age_beyond_all_in_training_gets_the_rate_of_the_oldest(self):
        age = np.array([1.0] * 20 + [5.0] * 80)[:, None]
        fitted = LeadAgeBaseline(0).fit(age, np.array([1] * 20 + [0] * 80), np.ones(100))
        young, oldest, beyond = fitted.log_odds(np.array([[1.0], [5.0], [500.0]]))
        assert young != oldest == beyond

    @given(st.lists(st.integers(0, 5), min_size=2, max_size=60), st.integers(1, 8))
    @settings(max_examples=50)
    def test_bins_hold_equal_rows_as_far_as_equal_ages_allow(self, ages, bins):
        age = np.array(ages, dtype=np.float64)
        label = np.arange(age.size) % 2
        edges = LeadAgeBaseline(0, bins=bins).fit(age[:, None], label, np.ones(age.size)).edges
        assert edges.size < bins
        # each is the lowest age that k of `bins` parts of the rows do not exceed
        for edge in edges:
            share_below, share_until = (age < edge).mean(), (age <= edge).mean()
            assert any(
                share_below < k / bins + 1e-9 and share_until >= k / bins - 1e-9
                for k in range(1, bins)
            )

    def test_works_when_no_age_is_known(self):
        fitted = LeadAgeBaseline(0).fit(np.full((4, 1), np.nan), np.array([1, 0, 0, 0]), np.ones(4))
        assert rate_of(fitted.log_odds(np.array([[3.0], [np.nan]]))) == pytest.approx([0.25, 0.25])


class TestLogistic:
    def test_agrees_with_the_regression_on_columns_made_by_hand(self):
        matrix, label, weight, _ = training_rows()
        known = ~np.isnan(matrix[:, 0])
        filled = np.where(known, matrix[:, 0], np.median(matrix[known, 0]))
        numbers = np.column_stack([filled, matrix[:, 1:3], ~known])
        numbers = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
        columns = np.column_stack([numbers, matrix[:, 3:] == [0, 1, 2, 3]])
        by_hand = LogisticRegression(solver="newton-cholesky", tol=1e-10).fit(
            columns, label, sample_weight=weight
        )
        expected = by_hand.decision_function(columns)
        assert Logistic([3]).fit(matrix, label, weight).log_odds(matrix) == pytest.approx(
            expected, abs=2e-3
        )

    def test_recovers_a_true_model_of_its_own_kind(self):
        random = np.random.default_rng(5)
        matrix = random.normal(size=(40_000, 2))
        truth = -1 + 0.8 * matrix[:, 0] - 0.4 * matrix[:, 1]
        label = (random.random(40_000) < rate_of(truth)).astype(np.int8)
        found = Logistic().fit(matrix, label, np.ones(40_000)).log_odds(matrix)
        assert np.abs(found - truth).mean() < 0.05

    @pytest.mark.parametrize(
        "column",
        [
            np.full(200, np.nan),
            np.full(200, 7.0),
            np.geomspace(1e-9, 1e12, 200),
            np.arange(200) >= 100,
        ],
        ids=["all unknown", "constant", "huge range", "gives the answer away"],
    )
    def test_converges_in_silence_on_awkward_columns(self, column):
        label = (np.arange(200) >= 100).astype(np.int8)
        matrix = np.column_stack(
            [np.random.default_rng(0).normal(size=200), column.astype(np.float64)]
        )
        assert np.isfinite(Logistic().fit(matrix, label, np.ones(200)).log_odds(matrix)).all()

    def test_works_on_categories_alone_and_in_single_precision(self):
        matrix, label, weight, _ = training_rows()
        found = (
            Logistic([0])
            .fit(matrix[:, 3:].astype(np.float32), label, weight)
            .log_odds(matrix[:, 3:])
        )
        rates = [
            np.average(label[matrix[:, 3] == code], weights=weight[matrix[:, 3] == code])
            for code in range(4)
        ]
        assert rate_of(found) == pytest.approx(np.array(rates)[matrix[:, 3].astype(int)], abs=0.01)


class TestPointsTable:
    def test_its_points_are_those_of_the_closed_loop(self):
        matrix, label, weight, _ = training_rows()
        fitted = POINTS.fit(matrix, label, weight)
        assert fitted.lines == learn(SPEC, matrix, PointsRows(POINTS.lead, label, weight))
        assert fitted.points(matrix).tolist() == total(matrix, fitted.lines).tolist()
        assert len(set(fitted.points(matrix).tolist())) > 4

    def test_a_value_never_met_earns_nothing(self):
        matrix, label, weight, _ = training_rows()
        fitted = POINTS.fit(matrix, label, weight)
        nobody = np.array([[np.nan, 0, 0, 77.0], [np.nan, 0, 0, np.nan]])
        assert fitted.points(nobody).tolist() == [0, 0]

    def test_probability_follows_platts_line(self):
        matrix, label, weight, _ = training_rows(n=20_000)
        fitted = PointsTable(SPEC, np.arange(20_000)).fit(matrix, label, weight)
        plain = LogisticRegression(C=np.inf, tol=1e-10, solver="newton-cholesky")
        plain.fit(fitted.points(matrix)[:, None], label, sample_weight=weight)
        assert (fitted.slope, fitted.intercept) == pytest.approx(
            (plain.coef_[0, 0], plain.intercept_[0]), abs=2e-3
        )

    def test_points_that_part_wins_from_losses_stay_finite(self):
        codes = np.repeat([3.0, 2.0], 50)[:, None]
        spec = FeatureSpec(features=SPEC.features[3:])
        fitted = PointsTable(spec, np.arange(100)).fit(codes, np.repeat([1, 0], 50), np.ones(100))
        # Platt's targets: (50 + 1) / (50 + 2) and 1 / (50 + 2)
        found = rate_of(fitted.log_odds(np.array([[3.0], [2.0]])))
        assert found == pytest.approx([51 / 52, 1 / 52])

    def test_without_points_gives_the_base_rate(self):
        matrix, label, weight, _ = training_rows()
        expected = BaseRateBaseline().fit(matrix, label, weight).log_odds(matrix)
        nothing = PointsTable(FeatureSpec(features=SPEC.features[:1]), POINTS.lead)
        found = nothing.fit(matrix[:, :1], label, weight).log_odds(matrix[:, :1])
        assert found == pytest.approx(expected)


class TestFitBaselines:
    def test_names_all_four_and_fits_each_alike(self):
        matrix, label, weight, _ = training_rows()
        fitted = fit_baselines(matrix, label, weight, **PARTS)
        assert list(fitted) == ["base_rate", "lead_age", "logistic", "points_table"]
        for baseline, found in zip(FITTERS, fitted.values(), strict=True):
            assert np.array_equal(
                found.log_odds(matrix), baseline.fit(matrix, label, weight).log_odds(matrix)
            )

    def test_leaves_lead_age_out_where_the_data_have_none(self):
        matrix, label, weight, _ = training_rows()
        found = fit_baselines(matrix, label, weight, points=POINTS)
        assert list(found) == ["base_rate", "logistic", "points_table"]

    def test_more_knowledge_ranks_better_and_the_truth_best(self):
        matrix, label, weight, truth = training_rows(n=20_000)
        parts = {**PARTS, "points": PointsTable(SPEC, np.arange(10_000))}
        fitted = fit_baselines(matrix[::2], label[::2], weight[::2], **parts)
        auc = {
            name: metrics.roc_auc(label[1::2], each.log_odds(matrix[1::2]), weight[1::2])
            for name, each in fitted.items()
        }
        assert auc["base_rate"] == 0.5
        best = metrics.roc_auc(label[1::2], truth[1::2], weight[1::2])
        assert auc["base_rate"] < auc["lead_age"] < auc["logistic"] < best
        assert auc["base_rate"] < auc["points_table"] < auc["logistic"]
