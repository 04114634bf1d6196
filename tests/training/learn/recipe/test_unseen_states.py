"""A state that no training row showed adds nothing, whatever learned: judged and served alike."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.spec import MISSING, OTHER, AttributeSource, BehaviourSource, Feature, FeatureSpec
from features.states import with_unseen_states
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Calibration, Reference
from tests.propensity.model.test_silent_states import by_definition
from tests.training.learn.learners.test_trees import CONFIG
from training.learn.learners.chosen import Linear, RecipeChoices, Spline, Trees
from training.learn.learners.dropped_features import NarrowedSpec
from training.learn.learners.members import fit_members
from training.learn.learners.trees import LearnerRows, Task
from training.learn.recipe.recipe import FittedRecipe

N = 300


def feature(name, axis, levels=()):
    if axis == "interest":
        source = BehaviourSource(kind=name, measure="count")
    else:
        source = AttributeSource(column=name, reading="category" if levels else "number")
    return Feature(name=name, axis=axis, concept=name, unit="", source=source, levels=levels)


# four levels are split one against the rest, seventy are grouped
SPEC = FeatureSpec(
    features=(
        feature("industry", "fit", tuple("abcd")),
        feature("product", "fit", tuple(f"p{i}" for i in range(70))),
        feature("employees", "fit"),
        feature("revenue", "fit"),
        feature("visits", "interest"),
        feature("downloads", "interest"),
    )
)
TREES = {
    "depth": 3,
    "leaves": 7,
    "learning_rate": 0.3,
    "min_leaf_rows": 5,
    "trees": 5,
    "feature_fraction": 1.0,
}
PARTS = st.sampled_from(
    [
        (Trees(**TREES),),
        (Trees(kind="extra trees", **TREES),),
        (Trees(bags=1, **TREES),),
        (Spline(strength=3.0),),
        (Linear(),),
        (Trees(weight=0.5, **TREES), Spline(weight=0.3), Linear(weight=0.2)),
        (Trees(weight=0.6, bags=1, kind="extra trees", **TREES), Linear(weight=-0.1)),
    ]
)


def drawn(seed, seen):
    """Leads, and the states that some of them are in: missing and other, where they were seen."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [
            random.integers(2, 6, N),
            random.integers(2, 72, N),
            random.lognormal(3, 1, N).round(),
            random.normal(size=N),
            random.poisson(2, N),
            random.poisson(1, N),
        ]
    ).astype(np.float64)
    signal = (matrix[:, 0] == 3) + matrix[:, 1] % 3 + matrix[:, 3] + 0.5 * matrix[:, 4]
    for column, state in seen:
        matrix[random.random(N) < 0.15, column] = state if column < 2 else np.nan
    label = (random.random(N) < 1 / (1 + np.exp(2.5 - signal))).astype(np.int8)
    weight = random.choice([1.0, 3.0], N)
    return LearnerRows(np.asfortranarray(matrix), label, weight)


STATES = [(0, MISSING), (0, OTHER), (1, MISSING), (1, OTHER), (2, 0), (3, 0), (4, 0), (5, 0)]
TAKEN = st.lists(st.sampled_from(STATES), unique=True, max_size=4)


@settings(max_examples=25, deadline=None)
@given(parts=PARTS, seen=TAKEN, monotone=st.sampled_from([{}, {4: 1}]), seed=st.integers(0, 99))
def test_the_log_odds_are_the_mean_over_the_unseen_judged_and_served(parts, seen, monotone, seed):
    rows = drawn(seed, seen)
    spec = with_unseen_states(SPEC, rows.matrix)
    folds = [(np.arange(150), np.arange(150, N)), (np.arange(150, N), np.arange(150))]
    members, _ = fit_members(parts, rows, Task(spec, "apart", 0, monotone), folds)
    calibration = Calibration(slope=1.1, intercept=-0.2)
    chosen = RecipeChoices(contestant="any", parts=parts)
    kept = NarrowedSpec(spec, np.arange(len(spec.features)))
    fitted = FittedRecipe(SPEC, rows, chosen, kept, members, calibration, ())
    model = PropensityModel(
        config=CONFIG,
        spec=spec,
        members=members,
        calibration=calibration,
        offsets=np.zeros(len(spec.features)),
        reference=Reference(rows=N, leads=N, close_rate=0.3),
    )
    found = drawn(seed + 1, STATES).matrix[:40]

    wanted, sums = by_definition(model, found), model.sums(found)

    np.testing.assert_allclose(sums.log_odds, wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(fitted.log_odds(found), wanted, rtol=0, atol=1e-9)
    added = sums.base + sums.contributions.sum(axis=1)
    np.testing.assert_allclose(added, wanted, rtol=0, atol=1e-9)
    silent = model.in_silence(found)
    assert (silent is None) == (len(set(seen)) == len(STATES))
    assert (sums.contributions[silent] == 0).all()
    moved = found.copy()
    moved[:, 4:] = found[::-1, 4:]
    np.testing.assert_array_equal(model.sums(moved).fit, sums.fit)
