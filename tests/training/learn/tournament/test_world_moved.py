"""Old history and clocks: kept in a world that stays, left out in one that moved."""

import numpy as np

from features.spec import AttributeSource, Feature
from propensity.model.model import probability
from tests.training.learn.arenas import SPEC, labelled, made_up, settings
from training.learn.learners.chosen import HistoryWeighting
from training.learn.learners.trees import LearnerRows, Task
from training.learn.recipe import recipe
from training.learn.rows.time_blocks import blocks_of
from training.learn.tournament.arena import Arena
from training.learn.tournament.choose import choose
from training.learn.tournament.judged_rows import JudgedRows
from training.learn.tournament.world_moved import clocks_of

ONE = {"contestants": ["lightgbm"]}
CLOCK = Feature(
    name="index",
    axis="interest",
    concept="index",
    unit="",
    source=AttributeSource(column="index", reading="number"),
)
WITH_CLOCK = SPEC.model_copy(update={"features": (*SPEC.features, CLOCK)})


def chosen(seen, spec=SPEC, order="rows", **learner):
    return choose(
        settings(order, **(ONE | learner)), labelled(seen.label), spec, seen, lambda _w, _s: None
    ).chosen


def with_clock(seen, index):
    return LearnerRows(
        np.asfortranarray(np.column_stack([seen.matrix, index])), seen.label, seen.weight
    )


def test_in_a_world_that_stays_all_history_counts():
    found = [chosen(made_up(3000, seed=seed)).past.how for seed in range(4)]

    assert found.count("all") >= 3


def test_after_the_world_turned_round_old_history_counts_for_less():
    found = chosen(made_up(4000, turn=2200))

    assert found.past.how in ("window", "half_life")
    assert found.past.unit == "rows"
    assert found.past.length <= 2000


def test_a_recipe_with_a_window_learns_from_the_window_alone():
    seen = made_up(2000, turn=1000)
    choice = chosen(seen, recency="all")
    newest = choice.model_copy(
        update={"past": HistoryWeighting(how="window", length=1000.0, unit="rows")}
    )
    config, rows = settings(**ONE), labelled(seen.label)

    windowed = recipe.fit(config, rows, SPEC, seen, chosen=newest)

    at = np.arange(1000, 2000)
    alone = recipe.fit(config, rows.take(at), SPEC, seen.take(at), chosen=choice)
    assert windowed.members == alone.members
    assert windowed.calibration == alone.calibration


def test_a_column_that_tells_the_time_is_found():
    seen = made_up(1000)
    spec = WITH_CLOCK
    rows = labelled(seen.label)
    noisy = np.arange(1000) + np.random.default_rng(0).normal(0, 100, 1000)
    blocks = blocks_of(rows, seed=0)
    later = JudgedRows.of(rows, blocks, by_moment=False)

    clocks = [
        clocks_of(Arena(settings(), rows, with_clock(seen, index), blocks, later, Task(spec)))
        for index in (noisy, np.random.default_rng(1).permutation(noisy))
    ]

    assert clocks == [("index",), ()]


def test_a_clock_is_dropped_where_later_leads_are_judged_better_without():
    """The index knows which campaign ran when; trees expect the last one to go on, and it never
    does.
    """
    random = np.random.default_rng(2)
    n = 4000
    index = np.arange(n) + 0.0
    seen = made_up(n)
    wave = 1.5 * np.sign(np.sin(np.pi * (index + 0.5) / 800))  # turns where the newest cuts are
    label = (random.random(n) < probability(-1.5 + np.nan_to_num(seen.matrix[:, 0]) + wave)).astype(
        np.int8
    )
    rows = with_clock(LearnerRows(seen.matrix, label, seen.weight), index)

    assert chosen(rows, WITH_CLOCK, recency="all").dropped == ("index",)
    assert chosen(rows, WITH_CLOCK, recency="all", clocks="keep").dropped == ()
    assert chosen(rows, WITH_CLOCK, recency="all", clocks="drop").dropped == ("index",)


def test_without_time_nothing_is_asked():
    seen = made_up(900)
    config = settings("random", **ONE)
    rows = labelled(seen.label, time=np.zeros(900))

    found = choose(config, rows, SPEC, seen, lambda _w, _s: None).chosen

    assert (found.past.how, found.dropped) == ("all", ())
