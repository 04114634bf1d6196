"""Decided ways: read, refused with words, obeyed by trees and terms, and held against the data."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import yaml

from features.errors import ConfigError
from features.intake import open_store
from features.spec import AttributeSource, BehaviourSource, ClockSource, Feature, FeatureSpec
from propensity.config import config
from propensity.config.config import Config
from propensity.config.decisions import Decision, Decisions
from propensity.model.model import PropensityModel, probability
from propensity.model.model_parts import Calibration, Reference
from tests.features.inputs import three
from training.audit.decisions import proposals
from training.audit.findings import ColumnVerdict, Hit
from training.learn.learners.chosen import RecipeChoices, Spline, Trees
from training.learn.learners.members import fit_members
from training.learn.learners.monotone_contradicted import contradictions
from training.learn.learners.trees import LearnerRows, Task
from training.learn.recipe.recipe import fit, see
from training.learn.rows.history import history
from training.learn.rows.monotone import check, constraints
from training.learn.rows.obeyed import obeyed
from training.learn.rows.run import Run

FLAT = {
    "name": "small",
    "input": {"flat": {"path": "flat.csv", "columns": {"lead_id": "id", "outcome": "won"}}},
    "columns": {"fit": ["industry", "size"], "interest": ["visits"], "carry": ["owner"]},
    "split": {"order": "rows"},
}


def way(about, direction, action="monotone"):
    entry = {"action": action, "because": "agreed", "by": "Sato", "at": "2026-04-01"}
    return {**about, **entry, **({"direction": direction} if direction else {})}


def decided(folder, *entries):
    """The flat configuration beside a file of decisions."""
    (folder / "decisions.yaml").write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return config.parse(FLAT, base=folder)


def table(folder, n=3000, seed=0):
    """Leads that close less often the more visits they made, and more often the larger they are."""
    random = np.random.default_rng(seed)
    size, visits = random.lognormal(3, 1, n).round(), random.poisson(3, n)
    chance = probability(-1 + 0.02 * np.minimum(size, 60) - 0.35 * visits)
    data = pd.DataFrame(
        {
            "id": [f"L{i:05}" for i in range(n)],
            "industry": random.choice(["it", "food", "steel"], n),
            "size": np.where(random.random(n) < 0.2, np.nan, size),
            "visits": visits,
            "owner": "Tanaka",
            "won": (random.random(n) < chance).astype(int),
        }
    )
    data.to_csv(folder / "flat.csv", index=False)
    return data


def opened(settings):
    return open_store(settings.input, settings.columns, purpose="train", quarantine=None)


# --- the file -------------------------------------------------------------------------------------


def test_a_way_stands_beside_what_is_done_with_the_column(tmp_path):
    decisions = decided(
        tmp_path,
        way({"column": "size"}, "down"),
        way({"column": "size"}, None, "impute"),
        way({"column": "size"}, "up"),
        way({"column": "visits"}, "up"),
    ).decisions

    assert decisions.columns("impute") == ("size",)
    assert [(entry.column, entry.direction) for entry in decisions.directions] == [
        ("size", "up"),
        ("visits", "up"),
    ]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            way({"column": "size"}, None),
            r"`direction` \(up or down\) goes with the action `monotone`",
        ),
        (
            way({"column": "size"}, "up", "drop"),
            "goes with the action `monotone`, and with no other",
        ),
        (way({"column": "size"}, "sideways"), "direction"),
        (way({"column": "sise"}, "up"), "stand in no list of `columns`.*sise"),
    ],
)
def test_a_way_that_cannot_be_read_is_refused(tmp_path, entry, words):
    with pytest.raises(ConfigError, match=words):
        decided(tmp_path, entry)


def test_a_way_is_no_answer_to_a_leak(tmp_path):
    decisions = decided(tmp_path, way({"column": "size"}, "up")).decisions
    leak = ColumnVerdict(
        "size", "column", "leak", "drop", None, (Hit("missingness", "leak", "emptiness speaks"),)
    )

    assert [entry.column for entry in proposals([leak], decisions, at=dt.date(2026, 4, 1))] == [
        "size"
    ]


def test_training_tells_which_ways_it_follows(tmp_path):
    told = list(
        obeyed(decided(tmp_path, way({"column": "size"}, "up"), way({"column": "visits"}, "down")))
    )

    assert told == [
        (
            "decided: column 'size' never lowers the chance where there is more of it: agreed"
            " (Sato, 2026-04-01)"
        ),
        (
            "decided: column 'visits' never raises the chance where there is more of it: agreed"
            " (Sato, 2026-04-01)"
        ),
    ]


# --- before anything is fitted --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"column": "industry"}, "column 'industry' holds categories, which have no order"),
        (
            {"column": "owner"},
            r"'owner' is no feature: it stands under columns\.carry; list it under columns\.fit",
        ),
        (
            {"event_type": "download"},
            "event type 'download': a flat table has no events; name a column instead",
        ),
    ],
)
def test_a_way_without_an_order_is_refused_before_anything_is_fitted(tmp_path, about, words):
    table(tmp_path)
    settings = decided(tmp_path, way(about, "up"))
    with opened(settings) as store, pytest.raises(ConfigError, match=words):
        history(Run(settings, store))


def test_everything_that_cannot_be_obeyed_is_said_at_once(tmp_path):
    table(tmp_path)
    settings = decided(tmp_path, way({"column": "industry"}, "up"), way({"column": "owner"}, "up"))
    with (
        opened(settings) as store,
        pytest.raises(ConfigError, match=r"2 `monotone` decision.*\n.*industry.*\n.*owner"),
    ):
        check(Run(settings, store))


def test_what_is_dropped_as_well_is_no_error(tmp_path):
    table(tmp_path)
    settings = decided(
        tmp_path, way({"column": "industry"}, "up"), way({"column": "industry"}, None, "drop")
    )
    with opened(settings) as store:
        check(Run(settings, store))


EVENTS = (
    "lead_id,occurred_at,event_type\na,2024-01-05T09:00Z,visit\nb,2024-01-06T09:00Z,demo\na,2024-01-07T09:00Z,call"
    " made\nb,2024-01-08T09:00Z,webinar\n"
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("visit", None),
        ("content", None),
        ("vizit", "no event of type 'vizit'; did you mean 'visit'"),
        ("call made", "'call made' is no feature: sales does it, not the lead"),
        ("webinar", "'webinar' is counted within the groups 'content'; decide about these instead"),
    ],
)
def test_events_without_features_are_refused(tmp_path, name, words):
    entry = Decision.model_validate({**way({"event_type": name}, "up")})
    settings = Config.model_validate(
        {
            "name": "small",
            "input": three(tmp_path, events=EVENTS).model_dump(),
            "columns": {"fit": ["size"]},
            "behaviour": {
                "actors": {"call*": "sales", "*": "lead"},
                "groups": [{"name": "content", "event_type": "webinar"}],
            },
            "population": {"until": "closed", "stale_after_days": 90},
            "goal": {"horizon_days": 30},
            "snapshots": {"every_days": 7},
            "decisions": Decisions(path="decisions.yaml", entries=(entry,)).model_dump(),
        }
    )
    with opened(settings) as store:
        if words is None:
            check(Run(settings, store))
        else:
            with pytest.raises(ConfigError, match=words):
                check(Run(settings, store))


# --- which features -------------------------------------------------------------------------------


def attribute(column, reading="number"):
    source = AttributeSource(column=column, reading=reading)
    levels = ("a", "b") if reading == "category" else ()
    return Feature(name=column, axis="fit", concept=column, unit="", source=source, levels=levels)


def behaviour(kind, measure, window=None):
    source = BehaviourSource(kind=kind, measure=measure, window=window)
    return Feature(
        name=f"{kind} {measure} {window}", axis="interest", concept=kind, unit="", source=source
    )


SPEC = FeatureSpec(
    features=(
        attribute("industry", "category"),
        attribute("size"),
        behaviour("download", "count", 30),
        behaviour("download", "days_since"),
        behaviour("any activity", "days_since"),
    )
)
MEASURES = {
    "count": 1,
    "active_days": 1,
    "decayed": 1,
    "momentum": 1,
    "sum": 1,
    "days_since": -1,
    "latest": None,
}


def decisions_of(*entries):
    return Decisions(
        path="decisions.yaml", entries=tuple(Decision.model_validate(entry) for entry in entries)
    )


@pytest.mark.parametrize("direction", ["up", "down"])
def test_of_an_event_type_all_measures_are_held_and_recency_the_other_way_round(direction):
    clock = Feature(
        name="age",
        axis="interest",
        concept="age",
        unit="days",
        source=ClockSource(clock="lead_age"),
    )
    features = [
        behaviour("download", measure, window) for measure in MEASURES for window in (None, 30)
    ]
    spec = FeatureSpec(
        features=(attribute("download"), *features, behaviour("visit", "count"), clock)
    )

    ways = constraints(spec, decisions_of(way({"event_type": "download"}, direction)))

    sign = 1 if direction == "up" else -1
    wanted = {i: MEASURES[f.source.measure] for i, f in enumerate(features, start=1)}
    assert ways == {i: sign * towards for i, towards in wanted.items() if towards}


def test_of_a_column_its_number_is_held_and_a_name_it_shares_with_an_event_is_not():
    spec = FeatureSpec(features=(attribute("download"), behaviour("download", "count")))

    assert constraints(spec, decisions_of(way({"column": "download"}, "down"))) == {0: -1}


def test_a_category_never_reaches_lightgbm():
    with pytest.raises(ConfigError, match=r"decisions\.yaml: column 'industry' holds categories"):
        constraints(SPEC, decisions_of(way({"column": "industry"}, "up")))


# --- obeyed ---------------------------------------------------------------------------------------


def wiggly(n=4000, seed=0):
    """Chances that go up and down with every number, and across the axes."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack(
        [
            random.integers(0, 4, n),
            np.where(random.random(n) < 0.1, np.nan, random.uniform(0, 10, n)),
            random.poisson(3, n),
            np.where(random.random(n) < 0.4, np.nan, random.integers(0, 60, n)),
            random.integers(0, 60, n),
        ]
    ).astype(float)
    size, count, since = (
        np.nan_to_num(matrix[:, 1]),
        matrix[:, 2],
        np.nan_to_num(matrix[:, 3], nan=30),
    )
    truth = (
        np.sin(size)
        - 0.5 * count * (matrix[:, 0] == 1)
        + 0.4 * count * (size > 5)
        + np.cos(since / 8)
    )
    label = (random.random(n) < probability(truth - 0.5)).astype(np.int8)
    return LearnerRows(np.asfortranarray(matrix), label, np.ones(n))


KINDS = {
    "lightgbm": (Trees(trees=60, depth=4, leaves=16, learning_rate=0.2, min_leaf_rows=10),),
    "extra trees, a bag": (
        Trees(
            kind="extra trees",
            bags=1,
            trees=30,
            depth=5,
            leaves=31,
            learning_rate=0.3,
            min_leaf_rows=5,
        ),
    ),
    "spline": (Spline(strength=0.01),),
    "blend": (
        Trees(trees=30, depth=4, leaves=16, learning_rate=0.2, min_leaf_rows=10, weight=0.6),
        Spline(strength=0.01, weight=0.4),
    ),
}


@pytest.mark.parametrize("axes", ["apart", "shared"])
@pytest.mark.parametrize("parts", KINDS.values(), ids=KINDS)
def test_the_served_chance_never_steps_the_other_way(tmp_path, parts, axes):
    rows = wiggly()
    ways = constraints(
        SPEC, decisions_of(way({"column": "size"}, "up"), way({"event_type": "download"}, "up"))
    )
    folds = [(np.arange(2000), np.arange(2000, 4000)), (np.arange(2000, 4000), np.arange(2000))]

    steps = {}
    for held in (ways, {}):
        members, _ = fit_members(parts, rows, Task(SPEC, axes, 0, held), folds)
        model = PropensityModel(
            config=config.parse(FLAT, base=tmp_path),
            spec=SPEC,
            members=members,
            calibration=Calibration(slope=0.9, intercept=0.1),
            offsets=np.zeros(5),
            reference=Reference(rows=4000, leads=4000, close_rate=0.4),
        )
        for column, direction in ways.items():
            known = rows.matrix[~np.isnan(rows.matrix[:, column]), column]
            grid = np.unique(np.append(np.linspace(-1, 62, 200), known[:200]))
            points = np.repeat(rows.matrix[:40], len(grid), axis=0)
            points[:, column] = np.tile(grid, 40)
            curves = model.sums(points).log_odds.reshape(40, -1)
            steps[column, bool(held)] = float((np.diff(curves) * direction).min())

    assert all(least > -1e-9 for (_, held), least in steps.items() if held)
    assert all(least < -0.01 for (_, held), least in steps.items() if not held)


@pytest.mark.parametrize("parts", KINDS.values(), ids=KINDS)
def test_the_first_event_of_all_never_speaks_against_a_lead(parts):
    rows = wiggly()
    ways = constraints(SPEC, decisions_of(way({"event_type": "download"}, "up")))
    folds = [(np.arange(2000), np.arange(2000, 4000)), (np.arange(2000, 4000), np.arange(2000))]
    members, _ = fit_members(parts, rows, Task(SPEC, "apart", 0, ways), folds)
    never = rows.matrix[:500].copy()
    never[:, 2], never[:, 3] = 0, np.nan
    today = never.copy()
    today[:, 2], today[:, 3] = 1, 0

    from training.learn.learners.members import scores

    assert (scores(members, today) >= scores(members, never) - 1e-9).all()


def test_the_recipe_obeys_the_file(tmp_path):
    data = table(tmp_path)
    settings = decided(tmp_path, way({"column": "visits"}, "up"))
    learner = settings.learner.model_copy(update={"max_trees": 30})
    with opened(settings) as store:
        past = history(Run(settings, store))
        spec, seen = see(Run(settings, store), past.rows)
        trees, spline = RecipeChoices.plain(learner, trees=30), (Spline(),)
        for chosen in (trees, trees.model_copy(update={"contestant": "spline", "parts": spline})):
            fitted = fit(settings, past.rows, spec, seen, chosen=chosen)
            column = spec.names.index("visits")
            grid = np.repeat(seen.matrix[:1], 15, axis=0)
            grid[:, column] = np.arange(15)
            assert (np.diff(fitted.log_odds(grid)) >= -1e-12).all()
        told = list(contradictions(settings.decisions, spec, seen, past.rows.cluster))

    assert any("'visits' never lowers the chance" in warning for warning in past.warnings)
    few, many = data[data.visits <= 2], data[data.visits > 4]
    assert len(told) == 1
    assert (
        "decided: more of column 'visits' never lowers the chance; the model obeys, but the data"
        in told[0]
    )
    assert f"{few.won.mean():.1%} of {len(few):,} leads up to 2 closed" in told[0]
    assert f"{many.won.mean():.1%} of {len(many):,} leads above 4" in told[0]
