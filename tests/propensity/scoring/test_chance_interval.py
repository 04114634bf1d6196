"""Intervals of chances: looked up by hand, the same in any batch, null of a model without."""

import math
from dataclasses import replace

import numpy as np
import pytest

from features.errors import ArtifactError
from propensity.language.chance_range import chance_in_range
from propensity.scoring.best_leads import best_leads
from propensity.scoring.chance_interval import FACT, ChanceInterval, interval_of
from propensity.scoring.job import Champion, ScoringResources, score_to_table
from tests.propensity import worlds

STORED = ChanceInterval(log_odds=(-4.0, -2.0, 0.5), below=(0.9, 0.6, 0.8), above=(0.7, 0.5, 1.0))


def chance(log_odds):
    return 1 / (1 + math.exp(-log_odds))


def of_hand(at):
    """Reach below and above, from the table alone."""
    if at <= -4:
        return 0.9, 0.7
    if at >= 0.5:
        return 0.8, 1.0
    low, high = (0, 1) if at < -2 else (1, 2)
    share = (at - STORED.log_odds[low]) / (STORED.log_odds[high] - STORED.log_odds[low])
    return tuple(
        reach[low] + share * (reach[high] - reach[low]) for reach in (STORED.below, STORED.above)
    )


def test_between_entries_it_is_interpolated_and_beyond_them_level():
    log_odds = np.array([-9.0, -4.0, -3.5, -2.0, -0.1, 0.5, 7.0])

    low, high = STORED.around(log_odds)

    reach = [of_hand(at) for at in log_odds]
    by_hand = [(chance(at - b), chance(at + a)) for at, (b, a) in zip(log_odds, reach, strict=True)]
    np.testing.assert_allclose(np.column_stack([low, high]), by_hand, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_row_depends_on_itself_alone_to_the_bit(size):
    log_odds = np.random.default_rng(0).normal(-2, 2, 5000)
    whole = np.column_stack(STORED.around(log_odds))

    for at in range(0, len(log_odds), max(size, 97)):
        part = np.column_stack(STORED.around(log_odds[at : at + size]))
        assert np.array_equal(part, whole[at : at + size])


def test_it_goes_where_all_log_odds_go():
    log_odds = np.linspace(-6, 3, 50)

    moved = STORED.moved(0.7)

    for mine, theirs in zip(STORED.around(log_odds), moved.around(log_odds + 0.7), strict=True):
        odds, odds_moved = mine / (1 - mine), theirs / (1 - theirs)
        np.testing.assert_allclose(odds_moved, odds * math.exp(0.7), rtol=1e-9)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return worlds.company(tmp_path_factory.mktemp("company"))


def scored(world, model, **resources):
    with world.store() as store:
        return score_to_table(
            Champion(model, "company", "7"),
            store,
            worlds.AS_OF_DAY,
            config=world.config,
            resources=ScoringResources(**resources),
        )


def test_scored_rows_hold_the_interval_of_their_chance(company):
    table, _ = scored(company, company.model)

    chances, low, high = (
        table[name].to_numpy() for name in ("probability", "probability_low", "probability_high")
    )
    expected = STORED.around(table["log_odds"].to_numpy())
    assert np.array_equal(low, expected[0])
    assert np.array_equal(high, expected[1])
    assert ((low < chances) & (chances < high)).all()
    names = table.column_names
    assert names[names.index("probability") :][:5] == [
        "probability",
        "probability_low",
        "probability_high",
        "rank",
        "percentile",
    ]


def test_threads_and_batches_change_no_bit(company):
    whole, _ = scored(company, company.model, threads=1)

    for resources in ({"threads": 2}, {"threads": 1, "batch_leads": 7}):
        assert scored(company, company.model, **resources)[0].equals(whole)


def test_the_printed_list_has_the_range(company):
    _, summary = scored(company, company.model)

    shown = "\n".join(str(part) for part in best_leads(summary.best, {}, "UTC"))

    best = summary.best[0]
    ends = (best["probability_low"], best["probability_high"])
    assert chance_in_range(best["probability"], *ends, "en") in shown
    assert "–" in shown


def test_a_model_stored_without_has_null(company):
    old = replace(company.model, facts={})

    table, summary = scored(company, old)

    assert interval_of(old) is None
    assert table["probability_low"].null_count == len(table)
    assert table["probability_high"].null_count == len(table)
    assert table["probability"].null_count == 0
    assert table.schema == scored(company, company.model)[0].schema
    assert "–" not in "\n".join(str(part) for part in best_leads(summary.best, {}, "UTC"))


@pytest.mark.parametrize(
    "stored",
    [
        {"log_odds": [], "below": [], "above": []},
        {"log_odds": [0.0, 1.0], "below": [1.0], "above": [1.0, 1.0]},
        {"log_odds": [1.0, 1.0], "below": [1.0, 1.0], "above": [1.0, 1.0]},
        {"log_odds": [0.0], "below": [-0.1], "above": [1.0]},
        {"log_odds": [0.0], "below": [float("nan")], "above": [1.0]},
        "none",
    ],
)
def test_a_damaged_table_is_told(company, stored):
    with pytest.raises(ArtifactError, match=r"facts\.json"):
        interval_of(replace(company.model, facts={FACT: stored}))
