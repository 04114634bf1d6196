"""Data that contradict a decided way are named beyond noise, and otherwise not."""

import numpy as np

from features.settings import MISSING_VALUES
from features.spec import FeatureSpec
from tests.training.learn.rows.test_monotone import SPEC, attribute, decisions_of, way, wiggly
from training.learn.learners.monotone_contradicted import contradictions
from training.learn.learners.trees import LearnerRows


def test_noise_alone_contradicts_one_decision_in_a_hundred():
    decisions = decisions_of(way({"event_type": "download"}, "up"))
    told = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        rows = wiggly(1500, seed)
        told += len(
            list(
                contradictions(
                    decisions,
                    SPEC,
                    LearnerRows(
                        rows.matrix, (random.random(1500) < 0.15).astype(np.int8), rows.weight
                    ),
                    np.arange(1500),
                )
            )
        )

    assert told <= 6  # 2 expected at most; more than 6 in one of two hundred such tests


def test_rows_of_one_lead_are_one_lead():
    decisions = decisions_of(way({"event_type": "download"}, "up"))
    told = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        one = wiggly(300, seed)
        label = (random.random(300) < 0.15).astype(np.int8)
        again = np.repeat(np.arange(300), 20)
        rows = LearnerRows(one.matrix[again], label[again], np.ones(6000))
        told += len(list(contradictions(decisions, SPEC, rows, again)))

    assert told <= 3


def test_a_rate_is_that_of_the_population_and_rows_without_a_value_are_left_out():
    random = np.random.default_rng(0)
    size = np.where(random.random(4000) < 0.5, np.nan, random.integers(0, 3, 4000))
    won = random.random(4000) < np.where(size == 0, 0.5, 0.1)
    rows = LearnerRows(np.column_stack([size]), won.astype(np.int8), np.where(won, 1.0, 4.0))

    told = list(
        contradictions(
            decisions_of(way({"column": "size"}, "up")),
            FeatureSpec(features=(attribute("size"),)),
            rows,
            np.arange(4000),
        )
    )

    zero, two = (
        np.average(won[size == value], weights=rows.weight[size == value]) for value in (0, 2)
    )
    one = np.average(won[size == 1], weights=rows.weight[size == 1])
    assert f"{zero:.1%} of {(size == 0).sum():,} leads at 0 closed" in told[0]
    assert f"{two:.1%} of" in told[0] or f"{one:.1%} of" in told[0]


def test_a_way_of_what_became_no_feature_is_told(tmp_path):
    rows = wiggly(200)
    unusable = {"column": "budget", "reason": "all missing"}
    spec = SPEC.model_validate(
        {**SPEC.model_dump(), "unusable": [unusable], "missing_values": MISSING_VALUES}
    )

    told = list(
        contradictions(decisions_of(way({"column": "budget"}, "up")), spec, rows, np.arange(200))
    )

    assert told == [
        "decided: more of column 'budget' never lowers the chance, but the model has no such"
        " feature to hold to it (all missing)"
    ]
