"""A company says what close rate it expects: the shipped model and its replaying recipe are both on
that scale.
"""

import numpy as np
import pytest

from features.errors import ConfigError
from features.intake import open_store
from propensity.model.model import probability
from propensity.scoring.chance_interval import FACT, ChanceInterval
from tests.training.learn.recipe.test_recipe import frame
from tests.training.train.test_command import company, flat
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.calibration_sentences import base_rate_lines
from training.learn.recipe.held_out_model import recipe_model
from training.learn.recipe.refit import ship
from training.learn.rows.history import history
from training.learn.rows.quarters import quarters_of
from training.learn.rows.run import Run

QUARTER = {"every_days": 40}


def shipped(settings):
    """The model, the log-odds of its rows, and the mask of the newest quarter."""
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        model, seen = ship(
            Run(settings, store), past, chosen=RecipeChoices.plain(settings.learner, trees=10)
        )
        newest = quarters_of(past.rows, settings.backtest, flat=store.is_flat)
        inside = newest[-1].of(past.rows) if newest else np.ones(len(past.rows), bool)
    return model, model.sums(seen.matrix).log_odds, inside


def test_the_newest_quarter_gets_the_expected_mean_and_all_else_stays(tmp_path):
    before, log_odds, inside = shipped(company(tmp_path, backtest=QUARTER))
    after, moved, _ = shipped(
        company(tmp_path, backtest=QUARTER, calibrating={"expected_close_rate": 0.4})
    )

    done = after.facts["base_rate"]["expected"]
    assert probability(moved[inside]).mean() == pytest.approx(0.4, abs=1e-9)
    assert done["mean_chance"] == pytest.approx(probability(log_odds[inside]).mean())
    np.testing.assert_allclose(moved - log_odds, done["shift"], rtol=0, atol=1e-9)
    assert after.reference == before.reference  # observed, and with it every grade
    assert after.evidence.equals(before.evidence)
    # intervals go where the log-odds went
    was, now = (ChanceInterval(**model.facts[FACT]) for model in (before, after))
    assert (was.below, was.above) == (now.below, now.above)
    steps = np.array(now.log_odds) - np.array(was.log_odds)
    np.testing.assert_allclose(steps, done["shift"], atol=1e-9)
    assert (np.interp(log_odds, was.log_odds, was.below) > 0).all()
    assert any("as expected" in line for line in base_rate_lines(after.facts["base_rate"]))


def test_the_recipe_that_replays_speaks_on_the_scale_of_what_is_served(tmp_path):
    settings = company(tmp_path, backtest=QUARTER, calibrating={"expected_close_rate": 0.4})
    chosen = RecipeChoices.plain(settings.learner, trees=10)
    plain = settings.model_copy(
        update={
            "calibrating": settings.calibrating.model_copy(update={"expected_close_rate": None})
        }
    )
    with open_store(settings.input, settings.columns, purpose="train", quarantine=None) as store:
        past = history(Run(settings, store))
        moved, as_observed = (
            recipe_model(Run(each, store), past, chosen=chosen) for each in (settings, plain)
        )

    shift = moved.calibration.intercept - as_observed.calibration.intercept
    assert shift > 0.3
    assert moved.calibration.slope == as_observed.calibration.slope


def test_without_time_all_rows_are_the_newest(tmp_path):
    settings = flat(tmp_path, frame(), order="random")
    told = settings.calibrating.model_copy(update={"expected_close_rate": 0.05})

    model, log_odds, _ = shipped(settings.model_copy(update={"calibrating": told}))

    assert probability(log_odds).mean() == pytest.approx(0.05, abs=1e-9)
    assert model.facts["base_rate"]["newest"] is None
    assert not model.facts["base_rate"]["moved"]


@pytest.mark.parametrize("rate", [0, 1, 8, -0.1])
def test_a_rate_that_is_no_share_between_none_and_all_is_refused(tmp_path, rate):
    with pytest.raises(ConfigError, match=r"calibrating\.expected_close_rate"):
        company(tmp_path, calibrating={"expected_close_rate": rate})
