"""Who wins and with what: the simplest that is no worse beyond noise, alike in every run, within
its limits.
"""

import lightgbm as lgb
import numpy as np
import pytest

from features.errors import ConfigError
from propensity.config.sections import FOLDS
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Member, Reference
from propensity.progress import silent
from tests.training.learn.arenas import SPEC, labelled, made_up, settings
from training.learn.learners.chosen import RecipeChoices, Spline, Trees
from training.learn.learners.dropped_features import drop_features
from training.learn.learners.trees import GROWTH, LearnerRows, Task, dataset, parameters
from training.learn.recipe import recipe
from training.learn.rows.snapshots import sampled
from training.learn.rows.time_blocks import blocks_of
from training.learn.tournament.arena import Arena
from training.learn.tournament.budget import Budget
from training.learn.tournament.choose import choose
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.tried import TriedContestant
from training.learn.tournament.tuning import tuned
from training.learn.tournament.verdict import simplest

ALL = ("linear", "spline", "lightgbm", "extra trees", "bag", "blend")


def chosen(config, rows=None, **options):
    seen = rows or made_up(**options)
    return choose(config, labelled(seen.label), SPEC, seen, silent)


def arena_of(seen, config):
    rows = labelled(seen.label)
    blocks = blocks_of(rows, seed=0)
    return Arena(
        config, rows, seen, blocks, JudgedRows.of(rows, blocks, by_moment=False), Task(SPEC)
    )


def served(fitted, config):
    return PropensityModel(
        config=config,
        spec=fitted.read.spec,
        members=fitted.members,
        calibration=fitted.calibration,
        offsets=np.zeros(len(fitted.read.spec.features)),
        reference=Reference(rows=1, leads=1, close_rate=0.5),
    )


def strange(n=400, seed=3):
    random = np.random.default_rng(seed)
    matrix = random.normal(0, 1, (n, 3)) * 10.0 ** random.integers(-3, 9, (n, 1))
    matrix[:, 1] = random.integers(-1, 9, n)
    matrix[random.random(matrix.shape) < 0.2] = np.nan
    matrix[:4, 0], matrix[:4, 2] = [np.inf, -np.inf, 0.0, 1.0], [1.0, np.inf, -np.inf, 0.0]
    return np.asfortranarray(matrix)


@pytest.mark.parametrize("name", ["lightgbm", "extra trees", "bag", "blend"])
def test_what_is_written_for_lightgbm_holds_whatever_is_tuned(name):
    written = {"num_leaves": 7, "lambda_l1": 1, "lambda_l2": 3, "bagging_fraction": 0.6}
    written |= {"bagging_freq": 1, "max_bin": 63, "feature_fraction_bynode": 0.9}
    config, seen = settings(contestants=[name], trials=3, params=written), made_up()
    choice = chosen(config, seen)

    fitted = recipe.fit(config, labelled(seen.label), SPEC, seen, chosen=choice.chosen)

    boosters = [member.text for member in fitted.members if isinstance(member, Member)]
    assert boosters
    for text in boosters:
        told = text[text.index("parameters:") :]
        assert all(f"\n[{key}: {value}]\n" in told for key, value in written.items())
        leaves = [
            int(line.removeprefix("num_leaves="))
            for line in text.split("\n")
            if line.startswith("num_leaves=")
        ]
        assert max(leaves) <= 7
    for matrix in (seen.matrix, strange()):
        sums = served(fitted, config).sums(matrix)
        total = sums.base + sums.contributions.sum(axis=1)
        assert np.abs(total - fitted.log_odds(matrix)).max() < 1e-9


def test_where_all_that_is_tuned_is_written_nothing_is_tried():
    written = {"max_depth": 2, "num_leaves": 7, "min_data_in_leaf": 10, "feature_fraction": 0.5}
    config = settings(
        contestants=["lightgbm"],
        trials=3,
        params=written | {"lambda_l2": 1.0, "max_cat_to_onehot": 64},
    )

    choice = chosen(config)

    assert choice.chosen.trials == 0
    (trees,) = choice.chosen.parts
    assert (trees.depth, trees.leaves, trees.min_leaf_rows) == (2, 7, 10)
    assert choice.chosen.params.startswith("num_leaves 7, max_depth 2")


def test_a_sample_of_the_rows_for_every_tree_is_the_same_on_any_number_of_threads():
    config, seen = settings(params={"subsample": 0.5, "subsample_freq": 1}), made_up()
    told = parameters(Task(SPEC), Trees.of(config.learner, trees=20))

    one, two = (
        lgb.train({**told, "num_threads": number}, dataset(seen, SPEC), num_boost_round=20)
        .model_to_string()
        .split("parameters:")[0]
        for number in (1, 2)
    )

    assert one == two


@pytest.mark.parametrize("axes", ["apart", "shared"])
@pytest.mark.parametrize("name", ALL)
def test_of_every_contestant_base_and_contributions_are_the_log_odds(name, axes):
    config, seen = settings(contestants=[name], axes=axes), made_up()
    choice = chosen(config, seen)

    fitted = recipe.fit(config, labelled(seen.label), SPEC, seen, chosen=choice.chosen)

    model = served(fitted, config)
    assert choice.chosen.contestant == name
    for matrix in (seen.matrix, strange()):
        sums = model.sums(matrix)
        assert (
            np.abs(sums.base + sums.contributions.sum(axis=1) - fitted.log_odds(matrix)).max()
            < 1e-9
        )


def test_the_simplest_no_more_than_one_standard_error_behind_wins():
    seen, config = made_up(), settings()
    arena = arena_of(seen, config)
    n = len(arena.later.label)
    noise = np.random.default_rng(0).normal(0, 1, n)

    def tried(name, behind, leaves):
        losses = behind + np.where(np.arange(n) < 0, 0.0, 0.1 * noise * (name != "bag"))
        return TriedContestant(
            name, "apart", (Trees.of(config.learner, trees=leaves),), np.zeros(n), losses
        )

    error = arena.later.gap(0.1 * noise, 0 * noise).error
    level = -arena.later.mean(0.1 * noise)
    found = [
        tried("spline", level + 1.5 * error, 1),
        tried("lightgbm", level + 0.9 * error, 2),
        tried("bag", 0.0, 9),
    ]

    verdict = simplest(arena, found)

    assert verdict.proven
    assert verdict.winner.name == "lightgbm"
    assert [line.won for line in verdict.table] == [False, True, False]
    assert verdict.table[1].behind == pytest.approx(0.9 * error)
    assert verdict.table[2].behind == 0


@pytest.mark.parametrize(
    ("gain", "winner", "proven"), [(1.9, "linear", False), (2.1, "lightgbm", True)]
)
def test_where_nobody_beats_the_close_rate_beyond_noise_the_simplest_wins(gain, winner, proven):
    """The linear model is far behind both times; the other one brings so many standard errors above
    the close rate.
    """
    seen, config = made_up(), settings()
    arena = arena_of(seen, config)
    nothing, n = arena.later.unscored(), len(arena.later.label)
    noise = np.random.default_rng(0).normal(0, 0.1, n)
    noise -= arena.later.mean(noise)
    error = arena.later.gap(noise, 0 * noise).error
    losses = {"linear": nothing + 1.0 + 0.01 * noise, "lightgbm": nothing - gain * error + noise}
    trees = Trees.of(config.learner)

    verdict = simplest(
        arena,
        [
            TriedContestant(name, "apart", (trees,), np.zeros(n), own)
            for name, own in losses.items()
        ],
    )

    assert (verdict.winner.name, verdict.proven) == (winner, proven)


def test_the_same_rows_and_seed_choose_alike_and_silently(capfd):
    config = settings(contestants=ALL, trials=3, max_trees=10)

    first, second = chosen(config), chosen(config)

    assert first == second
    assert first.chosen.trials == 3
    assert capfd.readouterr() == ("", "")


def test_of_the_parameters_those_that_do_best_are_taken():
    config = settings()
    arena = arena_of(made_up(), config)
    written = Trees.of(config.learner)

    alone, none = tuned(arena, written, trials=0, budget=Budget(None))
    kept, tried = tuned(arena, written, trials=6, budget=Budget(None))
    foolish, _ = tuned(
        arena, written.model_copy(update={"min_leaf_rows": 700}), trials=6, budget=Budget(None)
    )

    assert alone.trees == written.with_trees(alone.trees.trees)
    assert (len(none), len(tried)) == (1, 7)
    assert min(trial.log_loss for trial in tried) == arena.later.mean(kept.losses)
    assert arena.later.mean(kept.losses) <= arena.later.mean(alone.losses)
    assert foolish.trees.min_leaf_rows <= 200


@pytest.mark.parametrize("most", [64, 500])
@pytest.mark.parametrize("contestants", [["blend", "bag"], ["bag"], ["extra trees"]])
def test_the_served_model_keeps_within_its_leaves(most, contestants):
    config = settings(contestants=contestants, most_leaves=most, depth=4, leaves=16, trials=4)
    seen = made_up()

    choice = chosen(config, seen)
    fitted = recipe.fit(config, labelled(seen.label), SPEC, seen, chosen=choice.chosen)

    leaves = sum(
        int(line.removeprefix("num_leaves="))
        for member in fitted.members
        if isinstance(member, Member)
        for line in member.text.splitlines()
        if line.startswith("num_leaves=")
    )
    assert leaves <= choice.chosen.most_leaves <= most


def test_a_bag_without_room_for_two_leaves_in_each_model_is_refused():
    with pytest.raises(
        ConfigError, match=r"learner: expected most_leaves of at least 200.* with bags: 20, got 64"
    ):
        settings(bags=20, most_leaves=64)


def test_with_the_axes_apart_the_table_shows_what_sharing_them_brings():
    choice = chosen(settings(contestants=["lightgbm", "bag"]))

    assert [(line.name, line.axes) for line in choice.contestants] == [
        ("lightgbm", "apart"),
        ("bag", "apart"),
        ("lightgbm", "shared"),
        ("bag", "shared"),
    ]
    assert choice.shared is not None
    assert choice.shared.axes == "shared"
    assert sum(line.won for line in choice.contestants) == 1
    assert chosen(settings(contestants=["lightgbm"], axes="shared")).shared is None


def test_trees_grow_with_the_wins_and_not_with_the_rows_that_were_left_out():
    """Of three blocks each learns from two thirds, so all rows carry 1.5 ** .5 times as many
    trees; to leave out nine of ten losses changes nothing about that.
    """
    config, random = settings("random"), np.random.default_rng(0)
    label = (random.random(9000) < 0.05).astype(np.int8)
    time = np.zeros(len(label), np.int64)
    everything = labelled(label, time=time)
    few = sampled(everything, 1300, seed=0)

    growth = []
    for rows in (everything, few):
        blocks = blocks_of(rows, seed=0)
        later = JudgedRows.of(rows, blocks, by_moment=False)
        seen = LearnerRows(np.zeros((len(rows), 3)), rows.label, rows.weight)
        growth.append(Arena(config, rows, seen, blocks, later, Task(SPEC)).growth)

    assert len(few) < len(everything) / 6
    assert growth == pytest.approx([1.5**GROWTH, 1.5**GROWTH], rel=0.01)
    assert 1 < 1.5**GROWTH < 1.3


def test_when_the_time_is_over_no_more_is_tried_and_the_choice_says_so():
    choice = chosen(settings(contestants=ALL, trials=50, budget_minutes=1e-9))

    assert choice.chosen.cut
    # the second as it was written
    assert [line.name for line in choice.contestants] == ["linear", "lightgbm"]
    assert choice.chosen.trials == 0
    assert not chosen(settings(contestants=["spline"], budget_minutes=600)).chosen.cut


def test_progress_names_who_is_tried_and_the_best_so_far():
    seen, steps = made_up(), []

    choose(
        settings(contestants=["lightgbm", "bag"]),
        labelled(seen.label),
        SPEC,
        seen,
        lambda what, share: steps.append((what, share)),
    )

    assert any("bag, axes apart (best so far: lightgbm" in what for what, _ in steps)
    told = [
        float(what.rpartition("log loss ")[2].rstrip(")")) for what, _ in steps if "best" in what
    ]
    assert told == sorted(told, reverse=True)  # of both ways to keep the axes together
    shares = [share for _, share in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_rows_that_nothing_can_be_tried_on_take_what_is_written():
    seen = made_up(60)
    few = labelled(np.where(np.arange(60) < 4, 1, 0))

    choice = choose(settings(), few, SPEC, seen, silent)

    assert choice.chosen == RecipeChoices.plain(settings().learner, trees=4)
    assert choice.contestants == ()


def test_days_of_history_are_refused_where_rows_have_none():
    with pytest.raises(
        ConfigError, match=r"learner\.recency: expected auto or all, got \{'window_days': 30\}"
    ):
        chosen(settings(recency={"window_days": 30}))


def test_a_bag_learns_from_other_leads_than_its_held_out_ones():
    config, seen = settings(contestants=["bag"]), made_up()

    fitted = recipe.fit(
        config, labelled(seen.label), SPEC, seen, chosen=chosen(config, seen).chosen
    )

    assert len(fitted.members) == len(fitted.folds) == FOLDS
    assert sorted(np.concatenate([fold.held_out for fold in fitted.folds])) == list(
        range(len(seen.label))
    )


def test_a_dropped_feature_is_read_by_no_member_and_listed_with_its_reason():
    config, seen = settings(), made_up()
    without = RecipeChoices(contestant="spline", parts=(Spline(),), dropped=("size",))

    fitted = recipe.fit(config, labelled(seen.label), SPEC, seen, chosen=without)

    assert fitted.read.spec.names == ["trade", "visits"]
    assert "tells the time" in fitted.read.spec.unusable[-1].reason
    other = seen.matrix.copy()
    other[:, 0] = 99.0
    assert (fitted.log_odds(other) == fitted.log_odds(seen.matrix)).all()
    assert drop_features(SPEC, ()).spec is SPEC
