"""A concept along its values: the leads behind each point, and which way it goes."""

import numpy as np
import pytest

from features.spec import AttributeSource, BehaviourSource, Feature, FeatureSpec
from propensity.concepts.concepts import concepts_of
from training.review.findings.shape import shape


def spec_of(*, levels=(), times=False):
    source = (
        BehaviourSource(kind="visit", measure="count", window=30)
        if times
        else AttributeSource(column="x", reading="category" if levels else "number")
    )
    axis = "interest" if times else "fit"
    return FeatureSpec(
        features=(Feature(name="x", axis=axis, concept="x", unit="", source=source, levels=levels),)
    )


def drawn(values, change, *, won=None, cluster=None, levels=(), times=False):
    spec = spec_of(levels=levels, times=times)
    values = np.array(values, dtype=float)
    won = np.zeros(len(values), dtype=bool) if won is None else np.array(won)
    change = np.array(change, dtype=float)
    cluster = np.arange(len(values)) if cluster is None else cluster
    return shape(spec, concepts_of(spec)[0], values[:, None], won, cluster, change + 0.5, change)


@pytest.mark.parametrize(
    ("effect", "way"),
    [
        (lambda x: x, "up"),
        (lambda x: -x, "down"),
        (lambda x: -((x - 50) ** 2), "peak"),
        (lambda x: (x - 50) ** 2, "bottom"),
        (np.sin, "mixed"),
        (np.zeros_like, "none"),
    ],
    ids=["up", "down", "peak", "bottom", "mixed", "nothing"],
)
def test_the_way_is_that_of_the_change(effect, way):
    values = (
        np.repeat(np.arange(100.0), 10) if way != "mixed" else np.repeat(np.arange(6.0) * 1.9, 60)
    )

    assert drawn(values, effect(values)).way == way


def test_the_more_the_better_up_to_where_nothing_more_happens():
    values = np.repeat([10.0, 100.0, 1000.0, 2000.0, 5000.0, 9000.0], 50)

    found = drawn(values, np.minimum(values, 2000) / 2000)

    assert (found.way, found.turn) == ("up", 2000.0)


def test_a_rare_zero_is_a_group_of_its_own():
    values = [0.0] * 25 + [1.0] * 400

    found = drawn(values, [-0.1] * 25 + [0.1] * 400, times=True)

    assert [(point.low, point.high, point.leads) for point in found.points] == [
        (0, 0, 25),
        (1, 1, 400),
    ]
    assert found.way == "up"


def test_no_group_has_fewer_than_20_leads():
    rng = np.random.default_rng(1)
    for n in (19, 20, 45, 300):
        values = rng.geometric(0.3, n).astype(float)
        found = drawn(values, values, times=True)
        assert all(point.leads >= 20 for point in found.points), n
        assert sum(point.leads for point in found.points) == (n if n >= 20 else 0)


def test_levels_of_few_leads_are_put_together_and_never_named():
    levels = ("large", "middle", "<script>small</script>")
    codes = [2.0] * 30 + [3.0] * 30 + [4.0] * 19 + [0.0] * 5 + [1.0] * 25

    found = drawn(codes, np.linspace(-1, 1, len(codes)), levels=levels)

    assert [(p.kind, p.level, p.leads) for p in found.points] == [
        ("value", "middle", 30),
        ("value", "large", 30),
        ("other", "", 24),
        ("missing", "", 25),
    ]


def test_closes_are_counted_and_a_handful_has_no_rate():
    won = [True] * 6 + [False] * 24

    found = drawn([5.0] * 30, [0.1] * 30, won=won)

    (point,) = found.points
    assert point.rate == pytest.approx(0.2)
    assert point.interval == pytest.approx((0.0951, 0.3731), abs=0.01)  # Wilson 1927
