"""The points table: what it learns, and how it is compared."""

import numpy as np
import pytest

from features.spec import ANY_KIND, AttributeSource, BehaviourSource, Feature, FeatureSpec
from tests.training.closed_loop.test_rates import rows_of
from training.closed_loop.conditions import conditions
from training.learn.learners.points_regression import MOST_LINES, MOST_POINTS, learn
from training.learn.learners.points_table import total

N = 20_000


def counted(kind, window, measure="count"):
    return Feature(
        name=f"{kind} {window} {measure}",
        axis="interest",
        concept=kind,
        unit="events",
        source=BehaviourSource(kind=kind, measure=measure, window=window),
    )


INDUSTRY = Feature(
    name="industry",
    axis="fit",
    concept="industry",
    unit="level",
    levels=("bank", "school", "shop"),
    source=AttributeSource(column="industry", reading="category"),
)
SIZE = Feature(
    name="size",
    axis="fit",
    concept="size",
    unit="",
    source=AttributeSource(column="size", reading="number"),
)
SPEC = FeatureSpec(
    features=(
        counted("demo", 30),
        counted("demo", None),
        counted("download", 30),
        counted("download", None),
        counted("unsubscribed", None),
        counted(ANY_KIND, None, "days_since"),
        INDUSTRY,
        SIZE,
        counted("blog", 30),
    ),
    kinds=("demo", "download", "unsubscribed", "blog"),
)


@pytest.fixture(scope="module")
def learned():
    """Leads that close by a recent demo, up to three downloads, a bank's name, and who are not
    silent or gone.
    """
    random = np.random.default_rng(0)
    demo_30, download = random.random(N) < 0.1, random.poisson(1.5, N)
    demo = demo_30 | (random.random(N) < 0.2)
    download_30 = random.binomial(download, 0.2)
    gone, silent = random.random(N) < 0.1, random.integers(1, 120, N).astype(float)
    industry, size = random.integers(2, 5, N).astype(float), random.lognormal(4, 1, N)
    matrix = np.column_stack(
        [demo_30, demo, download_30, download, gone, silent, industry, size, random.poisson(1, N)]
    ).astype(float)
    log_odds = (
        -3
        + 1.8 * demo_30
        + 0.4 * np.minimum(download, 3)
        - 1.5 * gone
        - 1.0 * (silent >= 60)
        + 0.8 * (industry == 2)
        + 0.9 * (size > np.quantile(size, 0.75))
    )
    rows = rows_of(np.arange(N), random.random(N) < 1 / (1 + np.exp(-log_odds)))
    return matrix, rows, learn(SPEC, matrix, rows)


def line_of(lines, concept):
    return next(line for line in lines if SPEC.features[line.column].concept == concept)


def test_points_are_the_log_odds_at_five_to_a_doubling(learned):
    _, _, lines = learned

    assert line_of(lines, "demo").points == pytest.approx(1.8 * 5 / np.log(2), abs=1.5)
    assert line_of(lines, "download").points == pytest.approx(0.4 * 5 / np.log(2), abs=1)


def test_the_window_in_which_an_action_counts_is_its_expiry(learned):
    _, _, lines = learned
    told = {c.text: c for c in conditions(lines, SPEC, "en")}

    assert told["demo"].lapses_after == 30
    assert told["download, each time"].lapses_after is None


def test_a_cap_ends_what_further_times_add(learned):
    _, _, lines = learned

    assert line_of(lines, "download").cap == 3
    assert next(
        c for c in conditions(lines, SPEC, "en") if c.text.startswith("download")
    ).at_most == (3 * line_of(lines, "download").points)


def test_unsubscribing_and_silence_lose_points(learned):
    _, _, lines = learned

    assert line_of(lines, "unsubscribed").points < 0
    assert (line_of(lines, ANY_KIND).points, line_of(lines, ANY_KIND).low) == (
        pytest.approx(-7, abs=2),
        60,
    )
    assert "60日間行動なし" in [c.text for c in conditions(lines, SPEC, "ja")]


def test_what_a_lead_is_earns_points_by_value_and_by_size(learned):
    matrix, _, lines = learned
    told = [c.text for c in conditions(lines, SPEC, "en")]
    big = next(line for line in lines if line.column == 7 and line.high is None)

    assert "industry: bank" in told
    assert big.low == pytest.approx(np.quantile(matrix[:, 7], 0.75), rel=0.05)
    assert big.points > 0


def test_what_says_nothing_earns_nothing(learned):
    _, _, lines = learned

    assert "blog" not in {
        SPEC.features[line.column].concept for line in lines if abs(line.points) > 1
    }


def test_the_points_rank_almost_like_the_truth(learned):
    matrix, rows, lines = learned
    points = total(matrix, lines)

    top = np.argsort(-points, kind="stable")[: N // 10]
    assert rows.label[top].mean() > 3 * rows.label.mean()


def test_a_table_is_short_and_its_points_are_small(learned):
    _, _, lines = learned

    assert 0 < len(lines) <= MOST_LINES
    assert all(0 < abs(line.points) <= MOST_POINTS for line in lines)


def test_an_action_of_nineteen_leads_earns_no_points():
    matrix = np.zeros((400, len(SPEC.features)))
    matrix[:19, 0] = 1
    rows = rows_of(np.arange(400), [1] * 19 + [0] * 381)

    assert learn(SPEC, matrix, rows) == ()
