"""Who decides what separate axes may cost, and until when that holds."""

from datetime import date

import pytest

from features.errors import ConfigError
from propensity.config.decisions import AxesDecision, read
from training.learn.metrics.evaluation import Estimate
from training.learn.recipe.axes_price import AxesPrice

ENTRY = "- {axes: apart, up_to: 0.02, because: the map is worth it, by: S. Abe, at: 2025-03-01}\n"
DECIDED = AxesDecision(
    axes="apart", up_to=0.02, because="the map is worth it", by="S. Abe", at=date(2025, 3, 1)
)


def test_a_price_within_noise_is_nobodys_business():
    price = AxesPrice(Estimate(0.004, -0.001, 0.009), None)

    assert not price.is_open
    assert price.lines() == ()


def test_a_price_beyond_noise_is_open_and_both_ways_to_decide_are_said():
    price = AxesPrice(Estimate(0.0121, 0.004, 0.0203), None)
    said = "\n".join(price.lines())

    assert price.is_open
    assert "learner: {axes: shared}" in said
    assert "{axes: apart, up_to: 0.021, because: WHY" in said


def test_an_accepted_price_is_told_with_who_and_why():
    price = AxesPrice(Estimate(0.012, 0.004, 0.02), DECIDED)

    assert not price.is_open
    assert "the map is worth it (S. Abe, 2025-03-01)" in price.lines()[0]


def test_a_price_beyond_what_was_accepted_is_asked_again():
    price = AxesPrice(Estimate(0.05, 0.03, 0.07), DECIDED)

    assert price.is_open
    assert "only 0.02 was accepted" in price.lines()[0]


def test_the_file_of_decisions_holds_the_acceptance_beside_columns(tmp_path):
    path = tmp_path / "decisions.yaml"
    path.write_text(
        ENTRY + "- {column: size, action: drop, because: x, by: audit, at: 2025-03-01}\n"
    )

    found = read(path)

    assert found.axes == DECIDED
    assert found.columns("drop") == ("size",)


def test_an_acceptance_without_a_reason_or_a_price_is_refused(tmp_path):
    path = tmp_path / "decisions.yaml"
    path.write_text("- {axes: apart, by: S. Abe, at: 2025-03-01}\n")

    with pytest.raises(ConfigError, match="up_to"):
        read(path)
