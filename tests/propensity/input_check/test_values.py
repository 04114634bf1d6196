"""The values of tonight beside those of training: what is told, and what stops."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from propensity.config.sections import InputCheckSettings
from propensity.input_check.skill import skill_shares
from propensity.input_check.values import Shares, compared_values, shares_of, stability_by_source
from propensity.model.bundle import DISTRIBUTION_COLUMNS

LIMITS = InputCheckSettings()
CATEGORY, EMPLOYEES, TOTAL, COUNT = 0, 1, 2, 3


@pytest.fixture(scope="module")
def model(small_model, small_matrix):
    """The small model with the spread of the rows it was trained on."""
    from training.learn.recipe.distributions import distributions

    spread = distributions(small_model.spec, small_matrix, np.ones(len(small_matrix)))
    return replace(small_model, distributions=spread)


@pytest.fixture(scope="module")
def small_matrix(small_spec, small_frame):
    from features.build.table import encoded

    return encoded(small_spec, small_frame)


def told(model, matrix, **limits):
    settings = LIMITS.model_copy(update=limits)
    return {
        (found.code, found.severity, found.about)
        for found in compared_values(model, matrix, settings)
    }


def test_the_rows_of_the_training_themselves_differ_in_nothing(model, small_matrix):
    assert told(model, small_matrix) == set()


def test_the_index_is_the_symmetric_distance_of_the_shares():
    shares = Shares(("a", "b", "c"), np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5]))
    by_hand = (0.5 - 0.2) * np.log(0.5 / 0.2) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert shares.stability(1000) == pytest.approx(by_hand, rel=1e-12)


def test_noise_is_hardly_ever_exceeded_where_nothing_changed():
    rng = np.random.default_rng(3)
    expected = np.full(11, 1 / 11)
    names = ("",) * 11
    draws = [Shares(names, expected, rng.multinomial(300, expected) / 300) for _ in range(2_000)]
    assert max(found.stability(300) for found in draws) < draws[0].noise(300)


def test_the_shares_add_up_and_count_as_numpy_does(model, small_matrix):
    feature = model.spec.features[TOTAL]
    shares = shares_of(model, feature, small_matrix[:, TOTAL])
    assert shares.expected.sum() == pytest.approx(1)
    np.testing.assert_allclose(shares.found, shares.expected, atol=1e-12)


CHANGES = {
    "a number that is ten times as large": (TOTAL, lambda v: v * 10, "drift", "look"),
    "a column that nobody can read any more": (
        TOTAL,
        lambda v: v * np.nan,
        "column-unreadable",
        None,
    ),
    "levels that are all others": (CATEGORY, lambda v: v * 0, "column-unreadable", None),
    "events that nobody does any more": (COUNT, lambda v: v * 0, "events-vanished", None),
}


@pytest.mark.parametrize(("column", "change", "code", "severity"), CHANGES.values(), ids=CHANGES)
def test_a_changed_column_is_told(model, small_matrix, column, change, code, severity):
    matrix = small_matrix.copy()
    matrix[:, column] = change(matrix[:, column])
    if column == COUNT:
        matrix[:, [4]] = np.nan
    found = [f for f in compared_values(model, matrix, LIMITS) if f.code == code]
    assert len(found) == 1
    if severity:
        assert found[0].severity == severity


def test_what_carries_a_tenth_of_the_model_stops_and_the_rest_is_looked_at(model, small_matrix):
    matrix = small_matrix.copy()
    matrix[:, [3, 4]] = 0.0, np.nan
    share = float(skill_shares(model)[[3, 4]].sum())
    assert told(model, matrix, skill=share * 0.9) == {
        ("events-vanished", "stop", "events 'pricing'")
    }
    assert told(model, matrix, skill=min(share * 1.1, 1.0)) == {
        ("events-vanished", "look", "events 'pricing'")
    }


def test_skill_is_the_mean_size_of_the_contributions(model):
    shares = skill_shares(model)
    assert shares.sum() == pytest.approx(1)
    assert shares[EMPLOYEES] < shares[COUNT]


def test_a_model_without_stored_spreads_compares_nothing(small_model, small_matrix):
    assert list(compared_values(small_model, small_matrix * 10, LIMITS)) == []


def test_spreads_hold_the_columns_the_bundle_stores(model):
    assert isinstance(DISTRIBUTION_COLUMNS, pa.Schema)
    assert model.distributions.schema.names == DISTRIBUTION_COLUMNS.names


def test_the_index_of_every_source_is_what_pandas_counts(model, small_matrix):
    later = small_matrix[len(small_matrix) // 2 :]
    found = stability_by_source(model, later)
    spec = model.spec.features[CATEGORY]
    counted = pd.Series(later[:, CATEGORY]).value_counts(normalize=True)
    before = pd.Series(small_matrix[:, CATEGORY]).value_counts(normalize=True)
    floor = 0.5 / len(later)
    codes = range(2 + len(spec.levels))
    p = before.reindex(codes, fill_value=0).clip(lower=floor)
    q = counted.reindex(codes, fill_value=0).clip(lower=floor)
    by_hand = ((p - q) * np.log(p / q)).sum()
    assert found[f"column {spec.source.column!r}"] == pytest.approx(by_hand, rel=1e-9)
    assert set(stability_by_source(model, small_matrix).values()) == {0.0}
