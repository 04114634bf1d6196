"""Close rates by quarter, and the one step that moves all chances to an expected one."""

import json

import numpy as np
import pyarrow as pa
import pytest

from features.errors import RefusedError
from propensity.config.sections import BacktestSettings
from propensity.model.model import probability
from tests.training.learn.recipe.test_recipe import frame
from tests.training.train.test_command import flat
from training.learn.recipe.base_rate import base_rate
from training.learn.recipe.expected_rate import with_expected_rate
from training.learn.rows.quarters import quarters_of
from training.learn.rows.snapshots import LabelledRows
from training.train.command import train


def rows_of(label, time, lead=None):
    n = len(label)
    lead = np.arange(n) if lead is None else lead
    table = pa.table({"lead": lead, "episode": np.ones(n, np.int32), "as_of_day": time})
    return LabelledRows(
        table, np.asarray(label, np.int8), np.ones(n), np.asarray(time, np.int64), lead
    )


def world(rates, *, per_quarter=900, seed=0, shared=False):
    random = np.random.default_rng(seed)
    time = np.concatenate(
        [random.integers(91 * q, 91 * (q + 1), per_quarter) for q in range(len(rates))]
    )
    time[-1] = 91 * len(rates) - 1
    label = random.random(len(time)) < np.repeat(rates, per_quarter)
    return rows_of(label, time, np.arange(len(time)) % (len(time) // 3) if shared else None)


def test_a_rate_that_moved_is_said_with_both_rates():
    rows = world([0.06, 0.06, 0.06, 0.31])

    found = base_rate(rows, quarters_of(rows, BacktestSettings(), flat=False))

    assert found.moved
    assert [q.rows for q in found.quarters] == [900] * 4
    newest = rows.label[rows.time >= 273].mean()
    assert found.quarters[-1].close_rate == pytest.approx(newest)
    assert found.whole == pytest.approx(rows.label.mean())
    assert found.difference == pytest.approx(newest - rows.label[rows.time < 273].mean())
    assert (
        json.loads(json.dumps(found.to_dict(), allow_nan=False))["newest"]["wins"]
        == rows.label[-900:].sum()
    )


def test_a_rate_that_did_not_move_is_rarely_said_to_have():
    worlds = [world([0.1] * 4, per_quarter=300, seed=seed, shared=True) for seed in range(200)]

    moved = [
        base_rate(rows, quarters_of(rows, BacktestSettings(), flat=False)).moved for rows in worlds
    ]

    assert np.mean(moved) <= 0.09


def test_one_quarter_alone_or_without_wins_cannot_be_compared():
    for rows in (world([0.2]), world([0.2, 0.0])):
        found = base_rate(rows, quarters_of(rows, BacktestSettings(), flat=False))
        assert not found.moved
        assert found.to_dict()["difference"] is None


def test_the_expected_rate_moves_the_intercept_alone_and_exactly(tmp_path):
    model = train(flat(tmp_path, frame())).model
    random = np.random.default_rng(0)
    matrix = np.asfortranarray(random.lognormal(2, 1, (200, 2)))
    weight = random.integers(1, 4, 200).astype(float)

    moved, done = with_expected_rate(model, 0.31, matrix, weight)

    before, after = model.sums(matrix), moved.sums(matrix)
    assert np.average(probability(after.log_odds), weights=weight) == pytest.approx(0.31, abs=1e-9)
    assert done["mean_chance"] == pytest.approx(np.average(before.probability, weights=weight))
    assert after.base - before.base == pytest.approx(done["shift"], abs=1e-12)
    assert np.array_equal(after.contributions, before.contributions)
    assert moved.reference == model.reference
    with pytest.raises(RefusedError, match="expected leads in the newest mature quarter"):
        with_expected_rate(model, 0.31, matrix[:0], weight[:0])
