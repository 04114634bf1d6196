"""The benchmark of the zeros holds both rules to the same draws."""

import numpy as np
import pytest

from benchmarks.zero import drawn, meaning, results


@pytest.mark.parametrize("few", [False, True])
def test_another_draw_moves_few_letters_where_the_rule_before_moved_many(few):
    before, today = results(2_000, few=few, learned=False, redraws=8, seed=1)

    assert (before.rule, today.rule) == ("before", "today")
    assert today.letters < before.letters / 4
    assert today.zero < before.zero / 3


def test_what_would_be_printed_is_told_of_models_that_are_learned_anew():
    _, today = results(2_000, few=False, learned=True, redraws=6, seed=1)

    assert 0.02 < today.told_zero < 0.09
    assert today.told_halves < today.told_letters < 0.3


def test_leads_at_the_zero_close_about_as_often_as_the_average():
    at = meaning(0.0, leads=100_000).at

    assert at[0] == pytest.approx(1, abs=0.2)
    assert at[1] > 1.5
    assert at[2] < 0.75


def test_few_values_are_few():
    fit = drawn(np.random.default_rng(0), 1_000, few=True)[:, 0]
    assert len(np.unique(fit.round(6))) < 20
