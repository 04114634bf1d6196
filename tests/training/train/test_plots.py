"""Pictures: any name can be drawn without a warning, and the same picture has the same bytes."""

import struct
import warnings

import matplotlib as mpl
import numpy as np
import pytest

from training.learn.metrics.holdout import Holdout
from training.learn.metrics.reliability import reliability
from training.learn.recipe.importance import Importance
from training.train.plots import plots

HOSTILE = [
    "業種 (製造・小売)",
    "業" * 10_000,
    "$x^2$ \\frac{1}{0}",
    "$unclosed",
    "🏦 finance 🚀",
    "a" * 10_000,
    "_private",
    "%s {0}",
    "line\nbreak\ttab",
    "\x00\x07\x1b[31mred",
    "cafe\u0301 \u200d\ufe0f",
    "العربية",
    "한국어",
    "",
    "\ud800",
    "<b>&amp;</b>",
]


def concepts(*names, effect=1.0):
    return tuple(
        Importance(
            concept=name,
            axis="fit" if i % 2 else "interest",
            mean_effect=effect / (i + 1),
            share=0.1,
        )
        for i, name in enumerate(names)
    )


def bins(log_odds=None, label=None, n=300):
    random = np.random.default_rng(0)
    log_odds = random.normal(-2, 1, n) if log_odds is None else log_odds
    label = (random.random(n) < 0.2).astype(np.int8) if label is None else label
    return reliability(log_odds, Holdout(label, np.zeros(n, np.int32), np.arange(n), np.ones(n)))


def size(png):
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_any_name_is_drawn_without_a_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = plots(bins(), concepts(name, "age of the lead"))

    assert size(drawn["importance.png"]) == (800, 240)


def test_a_japanese_name_is_drawn_and_not_boxed():
    japanese, boxes = (
        plots(bins(), concepts(name))["importance.png"] for name in ("業種", "\U0001f3e6\U0001f3e6")
    )

    assert japanese != boxes


def test_a_name_that_looks_like_a_formula_is_shown_as_it_is():
    formula, words = (plots(bins(), concepts(name))["importance.png"] for name in ("$x^2$", "x²"))

    assert formula != words


def test_the_same_picture_has_the_same_bytes():
    first, second = (plots(bins(), concepts(*HOSTILE)) for _ in range(2))

    assert first == second
    assert sorted(first) == ["importance.png", "reliability.png"]
    assert b"Software" not in first["importance.png"]


@pytest.mark.parametrize("names", [[], ["one"], ["a", "b"], [str(i) for i in range(200)]])
def test_few_concepts_and_many_fill_a_picture_of_readable_size(names):
    width, height = size(plots(bins(), concepts(*names))["importance.png"])

    assert width == 800
    assert 200 <= height <= 650


@pytest.mark.parametrize(
    "recipe",
    [
        bins(log_odds=np.full(300, -2.0)),
        bins(log_odds=np.full(300, -30.0)),
        bins(label=np.zeros(300, np.int8)),
        bins(label=np.ones(300, np.int8), log_odds=np.full(300, 40.0)),
        bins(log_odds=np.arange(3.0), label=np.array([0, 1, 0], np.int8), n=3),
    ],
    ids=["constant", "never", "no win", "always", "three rows"],
)
def test_extreme_rates_can_be_drawn(recipe):
    assert size(plots(recipe, concepts("a", effect=0.0))["reliability.png"]) == (500, 500)


def test_the_settings_of_matplotlib_stay_as_they_were():
    before = dict(mpl.rcParams)

    plots(bins(), concepts("業種"))

    assert dict(mpl.rcParams) == before
