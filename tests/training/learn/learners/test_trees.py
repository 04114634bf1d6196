"""The learner: the same model on one thread and on two, every tree on one axis, and sums that hold
to 1e-9.
"""

import re

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from features.spec import AttributeSource, BehaviourSource, Feature, FeatureSpec
from propensity.config import config
from propensity.config.sections import LearnerSettings
from propensity.model.model import PropensityModel, probability
from propensity.model.model_parts import Calibration, Member, Reference
from tests.training.learn.rows.test_snapshots import company
from training.learn.learners.chosen import Trees
from training.learn.learners.trees import (
    GROWTH,
    LearnerRows,
    choose_trees,
    parameters,
    raw_scores,
    train,
    written,
)
from training.learn.rows.snapshots import sampled

CONFIG = config.parse(
    {
        "name": "made-up",
        "input": {"flat": {"path": "leads.csv", "columns": {"outcome": "won"}}},
        "columns": {"fit": ["a"]},
        "split": {"order": "random"},
    },
    base=config.Path("/data"),
)
QUICK = LearnerSettings(max_trees=30, min_leaf_rows=10)
N = 2000


def feature(name, axis, levels=()):
    if axis == "interest":
        source = BehaviourSource(kind=name, measure="count")
    else:
        source = AttributeSource(column=name, reading="category" if levels else "number")
    return Feature(name=name, axis=axis, concept=name, unit="", source=source, levels=levels)


SPEC = FeatureSpec(
    features=(
        feature("業種", "fit", ("IT", "製造業", "a,b", "[x]")),
        feature("size", "fit"),
        feature("pricing", "interest"),
        feature("visits", "interest"),
        feature("age", "interest"),
    )
)


def made_up(n=N, seed=0):
    """Leads with categories, missing values, and interactions within and across the axes."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [
            random.choice([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], n),
            np.where(random.random(n) < 0.3, np.nan, random.lognormal(3, 1, n)),
            random.poisson(1.0, n).astype(float),
            random.poisson(4.0, n).astype(float),
            np.where(random.random(n) < 0.1, np.nan, random.integers(0, 300, n)),
        ]
    )
    big = np.nan_to_num(matrix[:, 1]) > 30
    truth = (
        -2
        + 1.0 * (matrix[:, 0] == 3)
        + 0.8 * big
        + 0.7 * (matrix[:, 2] > 1)
        + 1.5 * big * (matrix[:, 3] > 5)
    )
    label = (random.random(n) < probability(truth)).astype(np.int8)
    return LearnerRows(np.asfortranarray(matrix), label, np.ones(n))


def body(text):
    """The model without its ``parameters:`` block, which names the number of threads."""
    return text.partition("\nparameters:")[0]


def axes_of_trees(text, spec=SPEC):
    """The set of axes of each tree's splits."""
    return [
        {spec.features[int(i)].axis for i in found.split()}
        for found in re.findall(r"^split_feature=(.*)$", text, re.M)
    ]


def served(text, rows, *, offsets=None, spec=SPEC):
    return PropensityModel(
        config=CONFIG,
        spec=spec,
        members=(Member(text=text),),
        calibration=Calibration(slope=0.8, intercept=-0.2),
        offsets=np.zeros(len(spec.features)) if offsets is None else offsets,
        reference=Reference(
            rows=len(rows.label), leads=len(rows.label), close_rate=float(rows.label.mean())
        ),
    )


@pytest.mark.parametrize("axes", ["apart", "shared"])
def test_one_thread_and_two_and_every_run_give_the_same_model(axes):
    rows, settings = made_up(), QUICK.model_copy(update={"axes": axes})
    texts = []
    for threads in (1, 2, 2):
        lgb.basic._LIB.LGBM_SetMaxThreads(threads)
        texts.append(body(train(rows, SPEC, settings, trees=30)))
    lgb.basic._LIB.LGBM_SetMaxThreads(-1)

    assert texts[0] == texts[1] == texts[2]
    assert "end of trees" in texts[0]


def test_another_seed_is_another_model():
    other = QUICK.model_copy(update={"seed": 1})

    assert body(train(made_up(), SPEC, QUICK, trees=5)) != body(
        train(made_up(), SPEC, other, trees=5)
    )


def test_every_tree_is_on_one_axis():
    axes = axes_of_trees(train(made_up(), SPEC, QUICK, trees=60))

    assert all(len(found) == 1 for found in axes if found)
    assert set.union(*axes) == {"fit", "interest"}


def test_shared_axes_do_mix():
    shared = QUICK.model_copy(update={"axes": "shared"})

    assert {"fit", "interest"} in axes_of_trees(train(made_up(), SPEC, shared, trees=60))


@pytest.mark.parametrize(("axis", "other"), [("fit", "interest"), ("interest", "fit")])
def test_permuting_one_axis_leaves_the_other_to_the_bit(axis, other):
    rows = made_up()
    model = served(train(rows, SPEC, QUICK, trees=60), rows)
    permuted = rows.matrix.copy()
    order = np.random.default_rng(1).permutation(N)
    for column in SPEC.columns_on(axis):
        permuted[:, column] = permuted[order, column]

    before, after = model.sums(rows.matrix), model.sums(permuted)

    assert getattr(before, other).tobytes() == getattr(after, other).tobytes()
    assert (getattr(before, axis) != getattr(after, axis)).any()


def strange_rows(n=500):
    """Rows no data would hold: huge, infinite-like, unseen levels, all missing."""
    random = np.random.default_rng(9)
    matrix = random.normal(0, 1, (n, len(SPEC.features))) * 10.0 ** random.integers(-3, 12, (n, 1))
    matrix[:, 0] = random.integers(0, 9, n)
    matrix[random.random(matrix.shape) < 0.2] = np.nan
    return np.asfortranarray(matrix)


@pytest.mark.parametrize("axes", ["apart", "shared"])
@pytest.mark.parametrize(
    "offsets", [np.zeros(5), np.array([0.3, -0.1, 1 / 3, 0.0, -2.0])], ids=["plain", "offsets"]
)
def test_base_and_contributions_are_the_log_odds_of_lightgbm(axes, offsets):
    rows = made_up()
    text = train(rows, SPEC, QUICK.model_copy(update={"axes": axes}), trees=40)
    model = served(text, rows, offsets=offsets)
    for matrix in (rows.matrix, strange_rows()):
        sums = model.sums(matrix)
        expected = -0.2 + 0.8 * lgb.Booster(model_str=text).predict(matrix, raw_score=True)

        assert np.abs(sums.base + sums.contributions.sum(axis=1) - expected).max() < 1e-9
        assert np.abs(sums.base + sums.fit + sums.interest - expected).max() < 1e-9


@pytest.mark.parametrize("axis", ["fit", "interest"])
def test_a_company_with_one_axis_only_still_learns(axis):
    chosen = SPEC.columns_on(axis)
    spec = FeatureSpec(features=tuple(SPEC.features[i] for i in chosen))
    rows = made_up()
    narrow = LearnerRows(np.asfortranarray(rows.matrix[:, chosen]), rows.label, rows.weight)

    text = train(narrow, spec, QUICK, trees=30)

    assert len(parameters(written(spec, QUICK), Trees.of(QUICK))["interaction_constraints"]) == 1
    assert raw_scores(text, narrow.matrix).std() > 0.1


def test_weighted_rows_predict_the_rate_of_the_whole_population():
    population = company(40_000, share=0.05)
    fewer = sampled(population, 6000, seed=0)
    matrix = np.random.default_rng(2).normal(0, 1, (40_000, 5))
    matrix[:, 0] = 1.0
    rows = LearnerRows(np.asfortranarray(matrix[fewer.lead]), fewer.label, fewer.weight)

    predicted = probability(raw_scores(train(rows, SPEC, QUICK, trees=20), matrix)).mean()

    assert predicted == pytest.approx(population.close_rate, abs=0.005)
    assert fewer.label.mean() > 0.3


def test_the_number_of_trees_is_that_of_the_lowest_calibrated_loss_grown_to_all_rows():
    rows, settings = made_up(), QUICK.model_copy(update={"max_trees": 90})
    folds = [(np.arange(1000), np.arange(1000, 1500)), (np.arange(1500), np.arange(1500, 2000))]

    chosen = choose_trees(rows, SPEC, settings, folds)

    totals = np.zeros(90)
    for earlier, later in folds:
        booster = lgb.Booster(model_str=train(rows.take(earlier), SPEC, settings, trees=90))
        for trees in range(1, 91):
            raw = booster.predict(rows.matrix[later], raw_score=True, num_iteration=trees)[:, None]
            line = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(
                raw, rows.label[later]
            )
            totals[trees - 1] += len(later) * log_loss(
                rows.label[later], line.predict_proba(raw)[:, 1]
            )
    assert 1 < chosen < 90
    # a fold learns from 1,250 rows on average
    assert chosen == round((int(np.argmin(totals)) + 1) * (2000 / 1250) ** GROWTH)


def test_later_rows_that_close_at_another_rate_do_not_stop_the_trees():
    rows = made_up()
    random = np.random.default_rng(3)
    # later wins are rarer
    rare = np.where(np.arange(N) >= 1000, (rows.label == 0) | (random.random(N) < 0.15), True)
    kept = rows.take(np.flatnonzero(rare))
    earlier = np.arange(1000)
    folds, alike = [(earlier, np.arange(1000, len(kept.label)))], [(earlier, np.arange(1000, N))]

    assert choose_trees(kept, SPEC, QUICK, folds) >= choose_trees(rows, SPEC, QUICK, alike) - 10


def test_folds_without_wins_or_losses_choose_nothing():
    rows = made_up(200)
    nobody = np.flatnonzero(rows.label == 0)

    # a fifth of the most allowed
    assert choose_trees(rows, SPEC, QUICK, [(nobody[:50], nobody[50:])]) == 6
    assert choose_trees(rows, SPEC, QUICK, []) == 6


def test_feature_names_with_signs_lightgbm_refuses_are_no_matter():
    hostile = FeatureSpec(
        features=tuple(
            f.model_copy(update={"name": f'{{"{i}": [1, 2]}}'}) for i, f in enumerate(SPEC.features)
        )
    )

    assert body(train(made_up(300), hostile, QUICK, trees=3)) == body(
        train(made_up(300), SPEC, QUICK, trees=3)
    )


def test_a_column_of_one_value_and_few_rows_make_a_model_all_the_same():
    rows = LearnerRows(
        np.asfortranarray(np.ones((30, 5))), (np.arange(30) < 12).astype(np.int8), np.ones(30)
    )

    text = train(rows, SPEC, LearnerSettings(), trees=3)

    assert probability(raw_scores(text, rows.matrix)) == pytest.approx(np.full(30, 0.4))
    assert served(text, rows).sums(rows.matrix).contributions.any() == np.False_
