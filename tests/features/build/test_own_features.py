"""Own features: computed from what was known before the as-of and from nothing else, whatever the
code does; refused where the value of a row depends on other rows.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.build.build import build, built, prepare
from features.build.own_facts import own_facts
from features.build.own_features import check_own
from features.errors import ConfigError
from features.own.code import OwnCode
from features.spec import DROPPED, BehaviourSource, Feature, FeatureSpec, OwnSource, Unusable
from tests.features.build.test_build import (
    AS_OF,
    _changes,
    _events,
    _with_another_future,
    rows_at,
    worlds,
)
from tests.features.point_in_time import READING, Change, Event, Facts, Lead, spec

HASH = "0" * 64


def own_spec(*names, default=None, unusable=()) -> FeatureSpec:
    own = [
        Feature(
            name=name,
            axis="interest",
            concept=name,
            unit="",
            source=OwnSource(code="mine:f", sha256=HASH, default=default),
        )
        for name in names
    ]
    return spec().model_copy(
        update={"features": (*spec().features, *own), "unusable": tuple(unusable)}
    )


def coded(run):
    return {"mine:f": OwnCode("mine:f", HASH, run)}


def everything(tables) -> pd.DataFrame:
    """As much as a function may find: events, titles and changes of a row, and the newest of
    them.
    """
    rows, leads, events, changes = (
        tables[name].to_pandas() for name in ("rows", "leads", "events", "changes")
    )
    found = pd.DataFrame(index=rows["row"])
    found["events"] = events.groupby("row").size()
    found["newest"] = events.groupby("row")["days_ago"].min()
    found["sum"] = events["value"].fillna(0).round(6).groupby(events["row"]).max()
    found["titles"] = leads.set_index("row")["title"].fillna("").map(len)
    found["changes"] = changes.groupby("row").size()
    found["age"] = leads.set_index("row")["age_days"]
    return found


NAMES = ("events", "newest", "sum", "titles", "changes", "age")


def matrix(facts: Facts, run, *as_ofs, names=NAMES, default=None):
    wanted = own_spec(*names, default=default)
    with facts.store() as store:
        store.own = coded(run)
        table = built(store, rows_at(*as_ofs, leads=len(facts.leads)), wanted)
    return table.matrix[:, -len(names) :]


@settings(max_examples=20, deadline=None)
@given(worlds(), st.lists(_events(1), max_size=10), st.lists(_changes(1), max_size=3), st.randoms())
def test_no_code_sees_what_happened_or_was_recorded_at_or_after_the_as_of(
    facts, events, changes, rng
):
    later = [e for e in events if e.known_day >= AS_OF]
    kept = [e for e in facts.events if e.known_day < AS_OF or rng.random() < 0.5]
    moved = [c for c in changes if c.known_day >= AS_OF]
    others = [c for c in facts.changes if c.known_day < AS_OF or rng.random() < 0.5]
    leads = [_with_another_future(lead, rng) for lead in facts.leads]
    other = Facts(leads, [*kept, *later], [*others, *moved])

    assert matrix(facts, everything, AS_OF).tobytes() == matrix(other, everything, AS_OF).tobytes()


@settings(max_examples=20, deadline=None)
@given(worlds())
def test_a_replayed_night_gives_the_bits_of_the_training_row(facts):
    taught = matrix(facts, everything, 60, 80, AS_OF)
    night = matrix(facts, everything, AS_OF)

    assert taught[2::3].tobytes() == night.tobytes()


WORLD = Facts(
    [Lead(created=10, title="boss", founded=150), Lead(created=20, size=3.0), Lead(created=99)],
    [
        Event(0, 50, 0, "visit", "/pricing/x", 2_500_000),
        Event(0, 99, 0, "visit", delay=5),
        Event(1, 70, 1, "download"),
        Event(1, 71, 1, "mail"),
    ],
    [Change(0, 60, 0, "clerk"), Change(0, 98, 0, "boss", delay=10)],
)


def test_the_count_of_own_code_is_our_own_count():
    ours = Feature(
        name="ours",
        axis="interest",
        concept="c",
        unit="events",
        source=BehaviourSource(kind="visit", measure="count"),
    )
    wanted = own_spec("n", default=0)
    wanted = wanted.model_copy(update={"features": (*wanted.features, ours)})

    def count(tables):
        events = tables["events"].to_pandas()
        plain = events[(events["event_type"] == "visit") & events["detail"].isna()]
        return plain.groupby("row").size().rename("n").to_frame()

    with WORLD.store() as store:
        store.own = coded(count)
        table = built(store, rows_at(60, AS_OF, 110, leads=3), wanted)
    assert table.matrix[:, -2].tolist() == table.matrix[:, -1].tolist()
    assert table.matrix[:, -1].tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_the_tables_hold_what_was_known_and_no_name_of_a_lead():
    with WORLD.store() as store:
        rows = rows_at(AS_OF, leads=3)
        prepare(store, spec(), rows)
        build(store, rows, spec())
        dropped = spec().model_copy(
            update={"unusable": (Unusable(column="industry", reason=DROPPED),)}
        )
        facts = {name: table.to_pydict() for name, table in own_facts(store, dropped).items()}
    assert list(facts["rows"]) == ["row", "as_of", "episode"]
    assert facts["leads"]["title"] == ["clerk", None, None]  # the change of day 98 came later
    assert facts["leads"]["founded"] == [None, None, None]  # a day to come
    assert facts["leads"]["age_days"] == [90, 80, 1]
    assert "industry" not in facts["leads"]
    assert "lead_id" not in set(itertools.chain.from_iterable(facts.values()))
    assert facts["events"]["row"] == [0, 1]  # not the mail, which is ours, nor what came in later
    assert facts["events"]["days_ago"] == [50, 30]
    assert facts["events"]["value"] == [2.5, None]
    assert facts["changes"]["value"] == ["clerk"]
    assert READING.actors["mail"] == "marketing"


def counter(n=itertools.count()):  # noqa: B008 — one for all calls
    return next(n)


def of_rows(values):
    return lambda tables: pd.DataFrame(
        {"n": values(tables["rows"].to_pandas(), tables["events"].to_pandas())}
    )


DEPENDING = {
    "the newest day of all": of_rows(
        lambda rows, events: rows["row"] * 0.0 + len(rows) + (events["days_ago"].min() or 0)
    ),
    "a rank": of_rows(lambda rows, events: rows["as_of"].rank()),
    "a share of all": of_rows(
        lambda rows, events: events.groupby("row").size().reindex(rows["row"]) / len(events)
    ),
    "its place": of_rows(lambda rows, events: rows["row"]),
    "chance": of_rows(lambda rows, events: np.random.default_rng().random(len(rows))),
    "what was asked before": of_rows(lambda rows, events: rows["row"] * 0.0 + counter()),
}


@pytest.mark.parametrize("run", DEPENDING.values(), ids=DEPENDING)
def test_a_value_that_depends_on_other_rows_is_refused(run):
    with WORLD.store() as store:
        store.own = coded(run)
        with pytest.raises(ConfigError, match=r"got others for 'n' when the same rows were"):
            check_own(store, rows_at(60, 80, AS_OF, leads=3), own_spec("n"))


def test_a_value_that_follows_from_its_row_is_not():
    with WORLD.store() as store:
        store.own = coded(everything)
        check_own(store, rows_at(60, 80, AS_OF, leads=3), own_spec(*NAMES))


def answering(frame):
    return lambda tables: frame


WRONG = {
    "no such column": (
        answering(pd.DataFrame({"m": [1.0]})),
        "expected a column 'n', got 1 of other names",
    ),
    "text": (answering(pd.DataFrame({"n": ["x"]})), "'n': expected numbers, got a column of"),
    "infinite": (answering(pd.DataFrame({"n": [np.inf]})), "expected finite numbers, got 1"),
    "a row twice": (answering(pd.DataFrame({"n": [1, 2]}, index=[0, 0])), "at most once"),
    "a row that is none": (
        answering(pd.DataFrame({"n": [1.0]}, index=[7])),
        "expected the number of a row .*, got 1 that are none",
    ),
    "a number too large": (answering(pd.DataFrame({"n": [10**400]})), "'n': expected numbers"),
    "complex": (answering(pd.DataFrame({"n": [1 + 2j]})), "'n': expected numbers, got .*complex"),
    "two columns of rows": (
        answering(pd.DataFrame([[0, 0, 1.0]], columns=["row", "row", "n"])),
        "expected one column 'row', got several",
    ),
    "names for rows": (answering(pd.DataFrame({"n": [1.0]}, index=["a"])), "got 1 that are none"),
}


@pytest.mark.parametrize(("run", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_number_per_row_is_refused(run, words):
    with pytest.raises(ConfigError, match=words):
        matrix(WORLD, run, AS_OF, names=("n",))


def test_rows_without_a_value_are_missing_or_the_default():
    run = answering(pd.DataFrame({"row": [1], "n": [True]}))
    np.testing.assert_array_equal(
        matrix(WORLD, run, AS_OF, names=("n",)), [[np.nan], [1.0], [np.nan]]
    )
    np.testing.assert_array_equal(
        matrix(WORLD, run, AS_OF, names=("n",), default=0), [[0.0], [1.0], [0.0]]
    )


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({}, "the model reads 'n' of mine:f, which the configuration does not name"),
        (
            {"mine:f": OwnCode("mine:f", "1" * 64, everything)},
            "mine:f is not the code that the model was trained with",
        ),
    ],
)
def test_no_other_code_runs_for_a_feature(own, words):
    with WORLD.store() as store:
        store.own = own
        with pytest.raises(ConfigError, match=words):
            built(store, rows_at(AS_OF, leads=3), own_spec("n"))
