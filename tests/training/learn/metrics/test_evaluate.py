import json
from dataclasses import replace

import numpy as np
import pytest

from training.learn.metrics import metrics, recalibration
from training.learn.metrics.evaluate import (
    FIGURES,
    POOLED,
    RANKING,
    difference,
    evaluate,
    split_report,
)
from training.learn.metrics.evaluation import Estimate, Evaluation, to_dict
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Decile


def company(seed=0, n_leads=300, n_rounds=5, base=-1.5):
    """Simulated test part: leads seen at several as-ofs, alike within a lead; returns log-odds and
    holdout.
    """
    random = np.random.default_rng(seed)
    lead = np.repeat(np.arange(n_leads), n_rounds)
    log_odds = base + random.normal(0, 1, n_leads)[lead] + random.normal(0, 0.5, lead.size)
    hidden = random.normal(0, 0.7, n_leads)[lead]
    label = (random.random(lead.size) < 1 / (1 + np.exp(-(log_odds + hidden)))).astype(np.int8)
    return log_odds, Holdout(
        label=label,
        as_of=np.tile(np.arange(20_000, 20_000 + 7 * n_rounds, 7), n_leads).astype(np.int32),
        cluster=(lead * 3).astype(np.int64),
        weight=np.where(label == 1, 1.0, random.choice([1.0, 2.5], lead.size)),
        seen_in_training=lead % 2 == 0,
    )


def one_day(label, cluster=None):
    """Holdout of one as-of with plain weights."""
    n = len(label)
    clusters = np.arange(n) if cluster is None else np.array(cluster)
    return Holdout(
        np.array(label, np.int8), np.zeros(n, np.int32), clusters.astype(np.int64), np.ones(n)
    )


def by_hand(log_odds, rows):
    """The figures by the definition, one metric function at a time."""
    days = [rows.as_of == day for day in np.unique(rows.as_of)]
    days = [
        day for day in days if 0 < (rows.weight * rows.label)[day].sum() < rows.weight[day].sum()
    ]

    def average(metric, **share):
        values = [metric(rows.label[day], log_odds[day], rows.weight[day], **share) for day in days]
        return np.average(values, weights=[(rows.weight * rows.label)[day].sum() for day in days])

    first, last = np.sum(
        [wins_of_end_deciles(log_odds[day], rows.part(day)) for day in days], axis=0
    )
    everything = rows.label, log_odds, rows.weight
    slope, intercept = recalibration.calibration_slope_intercept(*everything)
    return {
        "roc_auc": average(metrics.roc_auc),
        "average_precision": average(metrics.average_precision),
        "lift_at_10": average(metrics.captured_in_top, share=0.1) / 0.1,
        "captured_in_top_20": average(metrics.captured_in_top, share=0.2),
        "top_to_bottom_decile_ratio": first / last if last > 1e-9 else np.inf,
        "log_loss": metrics.log_loss(*everything),
        "brier": metrics.brier(*everything),
        "expected_calibration_error": metrics.expected_calibration_error(*everything),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "calibration_in_the_large": recalibration.calibration_in_the_large(*everything),
    }


def wins_of_end_deciles(log_odds, rows):
    wins = tenths(log_odds, rows)[:, 1]
    return wins[0], wins[-1]


def tenths(log_odds, rows):
    """Mass, wins and promised wins of each tenth, best first, (10, 3).

    A score that many rows have is shared in proportion.
    """
    parts = [np.ones(len(rows)), rows.label, 1 / (1 + np.exp(-log_odds))]
    scores = sorted(set(log_odds), reverse=True)
    steps = [[(rows.weight * part)[log_odds == score].sum() for part in parts] for score in scores]
    down = np.cumsum([[0.0, 0.0, 0.0], *steps], axis=0)
    edges = down[-1, 0] * np.arange(11) / 10
    return np.diff([np.interp(edges, down[:, 0], column) for column in down.T]).T


def resamples(rows, n_bootstrap, seed):
    """Row numbers of each resample: whole clusters, drawn with replacement in the order of their
    number.
    """
    random, clusters = np.random.default_rng(seed), np.unique(rows.cluster)
    for _ in range(n_bootstrap):
        drawn = clusters[random.integers(0, clusters.size, clusters.size)]
        yield np.concatenate([np.flatnonzero(rows.cluster == cluster) for cluster in drawn])


class TestFigures:
    def test_rank_within_each_as_of_and_count_every_win_once(self):
        log_odds, rows = company()
        figures = evaluate("m", log_odds, rows, n_bootstrap=0).figures
        assert list(figures) == list(FIGURES)
        assert {name: figure.value for name, figure in figures.items()} == pytest.approx(
            by_hand(log_odds, rows)
        )

    def test_do_not_reward_a_model_for_knowing_that_one_day_is_better_than_another(self):
        label = np.array([1, 1, 1, 0, 1, 0, 0, 0], np.int8)
        day = np.array([1, 1, 1, 1, 2, 2, 2, 2], np.int32)
        rows = Holdout(label, day, np.arange(8), np.ones(8))
        assert metrics.roc_auc(label, -day.astype(float)) == 0.75
        assert (
            evaluate("day", -day.astype(float), rows, n_bootstrap=0).figures["roc_auc"].value == 0.5
        )

    def test_leave_out_as_ofs_that_cannot_be_ranked_and_count_the_others(self):
        log_odds, rows = company(n_rounds=4)
        label = np.where(
            rows.as_of == rows.as_of.min(),
            0,
            np.where(rows.as_of == rows.as_of.max(), 1, rows.label),
        )
        changed = replace(rows, label=label.astype(np.int8))
        ranked = ~np.isin(rows.as_of, [rows.as_of.min(), rows.as_of.max()])
        whole = evaluate("m", log_odds, changed, n_bootstrap=0)
        middle = evaluate("m", log_odds[ranked], changed.part(ranked), n_bootstrap=0)
        assert (whole.n_rounds, whole.n_rounds_ranked) == (4, 2)
        assert [whole.figures[name].value for name in RANKING] == [
            middle.figures[name].value for name in RANKING
        ]
        assert whole.n_rows == len(rows)

    def test_count_rows_leads_and_wins(self):
        rows = one_day([1, 1, 0, 0, 1, 0], cluster=[7, 7, 7, 3, 9, 9])
        found = evaluate("m", np.arange(6.0), rows, n_bootstrap=5)
        assert (found.model, found.n_rows, found.n_leads, found.n_bootstrap) == ("m", 6, 3, 5)
        assert (found.n_wins_rows, found.n_wins_leads, found.n_rounds) == (3, 2, 1)

    def test_of_no_rows_are_nan(self):
        found = evaluate("m", np.empty(0), one_day([]))
        assert (found.n_rows, found.n_leads, found.n_rounds) == (0, 0, 0)
        assert all(np.isnan(figure.value) for figure in found.figures.values())

    def test_asked_for_alone_are_the_same(self):
        log_odds, rows = company(n_leads=60)
        everything = evaluate("m", log_odds, rows, n_bootstrap=40)
        alone = evaluate("m", log_odds, rows, n_bootstrap=40, figures=["brier", "roc_auc"])
        assert alone.figures == {name: everything.figures[name] for name in ("brier", "roc_auc")}

    def test_of_points_that_are_no_log_odds_can_be_had_for_the_ranking(self):
        log_odds, rows = company(n_leads=60)
        points = np.round(20 + 7 * log_odds)
        found = evaluate("points", points, rows, figures=RANKING, n_bootstrap=0)
        assert found.figures["roc_auc"].value == pytest.approx(by_hand(points, rows)["roc_auc"])


class TestDeciles:
    def test_are_tenths_of_every_as_of_added_up(self):
        log_odds, rows = company()
        found = evaluate("m", log_odds, rows, n_bootstrap=0).deciles
        days = [rows.as_of == day for day in np.unique(rows.as_of)]
        expected = sum(tenths(log_odds[day], rows.part(day)) for day in days)
        assert [decile.number for decile in found] == list(range(1, 11))
        parts = np.array([(each.mass, each.wins, each.expected_wins) for each in found])
        assert parts == pytest.approx(expected)

    def test_hold_all_rows_even_of_as_ofs_without_wins(self):
        log_odds, rows = company()
        label = np.where(rows.as_of == rows.as_of.min(), 0, rows.label).astype(np.int8)
        found = evaluate("m", log_odds, replace(rows, label=label), n_bootstrap=0).deciles
        assert sum(decile.mass for decile in found) == pytest.approx(rows.weight.sum())

    def test_without_rows_have_no_rate(self):
        assert np.isnan(Decile(1, mass=0.0, wins=0.0, expected_wins=0.0).close_rate)


class TestIntervals:
    def test_are_order_statistics_of_figures_on_literally_repeated_rows(self):
        log_odds, rows = company(n_leads=80, n_rounds=3)
        found = evaluate("m", log_odds, rows, n_bootstrap=79, seed=5).figures
        again = [
            by_hand(log_odds[drawn], rows.part(drawn)) for drawn in resamples(rows, 79, seed=5)
        ]
        biased = found["expected_calibration_error"]
        assert np.isnan([biased.low, biased.high]).all()  # noise alone lifts it: no interval
        for name in set(FIGURES) - {"expected_calibration_error"}:
            ordered = sorted(figures[name] for figures in again)
            assert (found[name].low, found[name].high) == pytest.approx(
                (ordered[1], ordered[-2]), abs=1e-9
            )

    def test_do_not_narrow_when_every_row_is_seen_five_times(self):
        log_odds, rows = company(n_leads=100, n_rounds=2)
        five = np.tile(np.arange(len(rows)), 5)
        once = evaluate("m", log_odds, rows, n_bootstrap=60).figures["roc_auc"]
        often = evaluate("m", log_odds[five], rows.part(five), n_bootstrap=60).figures["roc_auc"]
        assert (often.low, often.high) == pytest.approx((once.low, once.high))

    def test_and_everything_else_have_the_same_bits_in_any_order_of_the_rows(self):
        log_odds, rows = company(n_leads=120)
        log_odds = np.round(log_odds, 1)  # with ties
        order = np.random.default_rng(1).permutation(len(rows))
        expected = to_dict(evaluate("m", log_odds, rows, n_bootstrap=40))
        assert to_dict(evaluate("m", log_odds[order], rows.part(order), n_bootstrap=40)) == expected

    def test_depend_on_the_seed_and_on_nothing_else(self):
        log_odds, rows = company(n_leads=60)
        first, second, other = (
            evaluate("m", log_odds, rows, n_bootstrap=40, seed=seed) for seed in (1, 1, 2)
        )
        assert first == second
        assert first.figures["log_loss"].value == other.figures["log_loss"].value
        assert first.figures["log_loss"].low != other.figures["log_loss"].low

    @pytest.mark.parametrize(
        ("label", "cluster", "why"),
        [
            ([1, 0, 1, 0], [5, 5, 5, 5], "one cluster"),
            ([0, 0, 0, 0], [1, 2, 3, 4], "no wins"),
            ([1, 0, 0, 0], [1, 2, 3, 4], "one winning lead: a third of the resamples have none"),
        ],
    )
    def test_of_the_ranking_are_nan_where_they_cannot_be_formed(self, label, cluster, why):
        figure = evaluate("m", np.array([0.3, 0.1, 0.2, -0.1]), one_day(label, cluster)).figures[
            "roc_auc"
        ]
        assert np.isnan([figure.low, figure.high]).all(), why

    def test_of_probabilities_need_no_wins(self):
        figure = evaluate("m", np.array([-3.0, -2.0, -2.5]), one_day([0, 0, 0])).figures["log_loss"]
        assert 0 < figure.low < figure.value < figure.high

    def test_are_nan_without_resamples(self):
        log_odds, rows = company(n_leads=30)
        assert all(
            np.isnan(f.low) for f in evaluate("m", log_odds, rows, n_bootstrap=0).figures.values()
        )

    def test_may_be_infinite_where_the_worst_tenth_has_no_win(self):
        label = np.array([1] * 30 + [0] * 70)
        figure = evaluate("m", -np.arange(100.0), one_day(label)).figures[
            "top_to_bottom_decile_ratio"
        ]
        assert (figure.value, figure.low, figure.high) == (np.inf, np.inf, np.inf)

    @pytest.mark.slow
    def test_cover_the_truth_in_about_19_of_20_worlds(self):
        names = ("roc_auc", "log_loss", "captured_in_top_20", "calibration_slope")
        log_odds, rows = company(seed=1, n_leads=50_000, n_rounds=3)
        truth = evaluate("m", log_odds, rows, figures=names, n_bootstrap=0).figures
        covered = dict.fromkeys(names, 0)
        for seed in range(80):
            found = evaluate(
                "m", *company(seed + 2, n_rounds=3), figures=names, n_bootstrap=119
            ).figures
            for name in names:
                covered[name] += found[name].low <= truth[name].value <= found[name].high
        # 76 expected; at a true coverage of 95 % fewer than 68 is one chance in 6,000.
        assert all(68 <= times <= 80 for times in covered.values()), covered


class TestDifference:
    @pytest.mark.parametrize("metric", FIGURES)
    def test_of_a_model_from_itself_is_nothing(self, metric):
        log_odds, rows = company(n_leads=150, base=-0.5)
        found = difference(log_odds, log_odds, rows, metric=metric, n_bootstrap=20)
        assert (found.value, found.low, found.high) == (0, 0, 0)

    @pytest.mark.parametrize(
        "metric", ["roc_auc", "average_precision", "log_loss", "calibration_slope"]
    )
    def test_is_taken_resample_by_resample(self, metric):
        log_odds, rows = company(n_leads=80, n_rounds=3)
        noisy = log_odds + np.random.default_rng(9).normal(0, 1, log_odds.size)
        found = difference(log_odds, noisy, rows, metric=metric, n_bootstrap=79, seed=3)
        drawn = [np.arange(len(rows)), *resamples(rows, 79, seed=3)]
        gaps = [
            by_hand(log_odds[i], rows.part(i))[metric] - by_hand(noisy[i], rows.part(i))[metric]
            for i in drawn
        ]
        ordered = sorted(gaps[1:])
        assert (found.value, found.low, found.high) == pytest.approx(
            (gaps[0], ordered[1], ordered[-2]), abs=1e-9
        )

    def test_between_models_alike_is_known_better_than_either(self):
        log_odds, rows = company()
        nearly = log_odds + np.random.default_rng(9).normal(0, 0.1, log_odds.size)
        alone = evaluate("m", log_odds, rows, figures=["roc_auc"]).figures["roc_auc"]
        found = difference(log_odds, nearly, rows)
        assert found.high - found.low < 0.5 * (alone.high - alone.low)

    def test_turns_its_sign_with_its_sides(self):
        log_odds, rows = company(n_leads=80)
        there = difference(log_odds, -log_odds, rows, metric="brier", n_bootstrap=50)
        back = difference(-log_odds, log_odds, rows, metric="brier", n_bootstrap=50)
        assert (there.value, there.low, there.high) == (-back.value, -back.high, -back.low)

    def test_of_two_infinite_ratios_is_nan(self):
        rows = one_day([1] * 30 + [0] * 70)
        score = -np.arange(100.0)
        assert np.isnan(
            difference(score, 2 * score, rows, metric="top_to_bottom_decile_ratio").value
        )


class TestSplitReport:
    def test_judges_leads_seen_in_training_and_new_ones_apart(self):
        log_odds, rows = company(n_leads=90)
        found = split_report("m", log_odds, rows, n_bootstrap=20)
        for part, mask in {"seen": rows.seen_in_training, "new": ~rows.seen_in_training}.items():
            assert found[part] == evaluate("m", log_odds[mask], rows.part(mask), n_bootstrap=20)
        assert found["seen"].n_rows + found["new"].n_rows == len(rows)

    def test_says_so_when_no_lead_is_new(self):
        log_odds, rows = company(n_leads=20)
        known = replace(rows, seen_in_training=np.ones(len(rows), bool))
        found = split_report("m", log_odds, known, n_bootstrap=0)
        assert found["new"].n_rows == 0
        assert np.isnan(found["new"].figures["roc_auc"].value)

    def test_needs_to_know_who_was_seen(self):
        with pytest.raises(ValueError, match=r"expected holdout\.seen_in_training, got None"):
            split_report("m", np.zeros(2), one_day([0, 1]))


def test_estimates_without_an_interval_are_equal_on_every_python():
    nan = float("nan")

    assert Estimate(0.5, nan, float("nan")) == Estimate(0.5, float("nan"), nan)
    assert hash(Estimate(0.5, nan, nan)) == hash(Estimate(0.5, float("nan"), nan))
    assert Estimate(0.5, nan, nan) != Estimate(0.5, 0.1, nan)
    assert Estimate(nan, nan, nan) != nan


class TestStorage:
    def test_as_strict_json_gives_the_same_evaluation_back(self):
        log_odds, rows = company(n_leads=60)
        found = evaluate("m", log_odds, rows, n_bootstrap=60)
        stored = json.loads(json.dumps(to_dict(found), allow_nan=False))
        figures = {
            name: Estimate(
                *(np.nan if value is None else float(value) for value in figure.values())
            )
            for name, figure in stored["figures"].items()
        }
        deciles = tuple(Decile(**decile) for decile in stored["deciles"])
        assert Evaluation(**{**stored, "figures": figures, "deciles": deciles}) == found

    def test_keeps_what_cannot_be_formed_and_what_is_infinite(self):
        found = evaluate("m", -np.arange(100.0), one_day([1] * 30 + [0] * 70))
        stored = json.loads(json.dumps(to_dict(found), allow_nan=False))
        assert stored["figures"]["calibration_slope"] == {"value": None, "low": None, "high": None}
        assert stored["figures"]["top_to_bottom_decile_ratio"]["value"] == "inf"

    def test_holds_aggregates_only(self):
        stored = to_dict(evaluate("m", *company(n_leads=60), n_bootstrap=0))
        assert set(stored) == {
            *(
                "model",
                "n_rows",
                "n_leads",
                "n_wins_rows",
                "n_wins_leads",
                "n_rounds",
                "n_rounds_ranked",
            ),
            *("n_bootstrap", "figures", "deciles"),
        }


class TestErrors:
    def test_name_an_unknown_figure_and_the_known_ones(self):
        with pytest.raises(
            ValueError, match=r"expected figures out of \['roc_auc', .* got \['auc'\]"
        ):
            difference(np.zeros(2), np.zeros(2), one_day([0, 1]), metric="auc")

    @pytest.mark.parametrize("judge", [evaluate, split_report])
    def test_name_both_shapes(self, judge):
        rows = replace(one_day([0, 1]), seen_in_training=np.array([True, False]))
        with pytest.raises(
            ValueError, match=r"one score per row of the holdout, shape \(2,\), got \(3,\)"
        ):
            judge("m", np.zeros(3), rows)

    def test_refuse_scores_that_are_not_finite(self):
        with pytest.raises(ValueError, match="expected finite log-odds, got 1"):
            evaluate("m", np.array([0.0, np.nan]), one_day([0, 1]))

    def test_refuse_a_holdout_of_uneven_columns(self):
        with pytest.raises(ValueError, match=r"one shape \(n,\), got .*'weight': \(3,\)"):
            replace(one_day([0, 1]), weight=np.ones(3))

    def test_refuse_labels_that_are_no_outcome(self):
        with pytest.raises(ValueError, match="expected labels 0 or 1, got 2"):
            one_day([0, 2])

    def test_refuse_negative_weights(self):
        with pytest.raises(ValueError, match="expected weights of zero or more, got 2"):
            replace(one_day([0, 1]), weight=-np.ones(2))


def test_every_figure_is_either_of_the_ranking_or_pooled():
    assert FIGURES == RANKING + POOLED
    assert len(set(FIGURES)) == len(FIGURES)
