"""Rows weighed by the chance that their lead was handed over, against a reading lead by lead."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from features.days import date_of, day_number
from features.errors import ConfigError, RefusedError
from features.population import ROWS
from propensity.config.config import load
from propensity.config.sections import LearnerSettings
from propensity.definition.schema import Definition
from propensity.ledger.first_days import first_days
from propensity.ledger.ledger import LedgerFact, Night, ledger_of
from propensity.registry.definitions import Definitions
from tests.propensity import worlds
from tests.training.plain_learner import PLAIN
from training.learn.rows.history import history
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.sources import open_sources
from training.learn.rows.worked_rows import (
    MOST,
    NightlyShares,
    reweighted,
    taught_less,
    weighted,
)
from training.train.command import train

NEVER = np.iinfo(np.int32).max
KINDS = ("raised", "by_line", "sliced", "handed", "crossed")
FIRST = dt.date(2025, 1, 10)


def shares(sliced, held, first=0):
    days = np.arange(first, first + len(sliced))
    return NightlyShares(days, np.array(sliced, float), np.array(held, float))


def rows_of(lead, day, label):
    n = len(lead)
    table = pa.table(
        [pa.array(lead), pa.array(np.ones(n, int)), pa.array(day)], names=ROWS.names
    ).cast(ROWS)
    return LabelledRows(table, np.array(label, np.int8), np.ones(n), np.array(day), np.array(lead))


def draw_world(n=4_000, nights=80, seed=3):
    """Leads that a policy hands over by the dice, looked at once each."""
    rng = np.random.default_rng(seed)
    sliced = np.where(np.arange(nights) < 40, 0.1, 0.2)
    held = np.where(np.arange(nights) < 30, 0.0, 0.1)
    lot, held_lot = rng.random(n), rng.random(n)
    seen = rng.integers(0, nights, n)  # the day on which a lead is first below the line
    crosses = np.where(rng.random(n) < 0.3, seen + rng.integers(0, 20, n), NEVER)
    raises = np.where(rng.random(n) < 0.1, seen + rng.integers(0, 20, n), NEVER)
    days = {name: np.full(n, NEVER) for name in KINDS}
    days["raised"], days["crossed"] = raises, crosses
    for lead in range(n):
        for night in range(seen[lead], nights):
            if night < min(crosses[lead], raises[lead]) and lot[lead] < sliced[night]:
                days["sliced"][lead] = night
                break
        before = min(days["sliced"][lead], raises[lead])
        for night in range(int(min(crosses[lead], nights)), nights):
            if before <= night or held_lot[lead] >= held[night]:
                days["by_line"][lead] = night if before > night else NEVER
                break
    days["handed"] = np.minimum(np.minimum(raises, days["by_line"]), days["sliced"])
    day = np.minimum(seen + rng.integers(0, 40, n), nights - 1)
    return days, day, rng.random(n) < 0.2, shares(sliced, held), sliced, held


def test_a_row_weighs_one_over_the_chance_that_its_lead_was_handed_over():
    days, day, won, drawn, sliced, held = draw_world()
    rows = rows_of(np.arange(len(day)), day, won)

    found = weighted(rows, days, drawn)

    wanted = {}
    for lead, at in enumerate(day):
        by = {name: days[name][lead] <= at for name in KINDS}
        if by["raised"] or (by["crossed"] and days["sliced"][lead] < days["crossed"][lead]):
            wanted[lead] = 1.0 if by["handed"] else 0.0
        elif by["crossed"]:
            since = held[days["crossed"][lead] : at + 1]
            wanted[lead] = 1 / (1 - min(since)) if by["handed"] else 0.0
        elif by["sliced"]:
            wanted[lead] = 1 / max(sliced[days["sliced"][lead] : at + 1])
    wanted = {lead: weight for lead, weight in wanted.items() if weight > 0}
    assert found.rows.lead.tolist() == list(wanted)
    plain = np.array(list(wanted.values()))
    np.testing.assert_allclose(found.rows.weight, plain / plain.mean())
    assert found.unworked == len(day) - len(wanted)
    assert found.effective == pytest.approx(plain.sum() ** 2 / (plain**2).sum())
    assert {round(1 / weight, 3) for weight in plain} == {1.0, 0.9, 0.1, 0.2}


def test_worked_rows_stand_for_all_that_were_not():
    """Leads below the line have twice the chance when worked; the weighted rate is that chance."""
    rng = np.random.default_rng(11)
    n, chance_worked = 200_000, 0.10
    over, lot = rng.random(n) < 0.1, rng.random(n)
    never, zero = np.full(n, NEVER), np.zeros(n, int)
    sliced = ~over & (lot < 0.05)
    days = {
        "raised": never,
        "by_line": np.where(over, 0, NEVER),
        "sliced": np.where(sliced, 0, NEVER),
        "handed": np.where(over | sliced, 0, NEVER),
        "crossed": np.where(over, 0, NEVER),
    }
    won = rng.random(n) < np.where(over, 0.3, np.where(sliced, chance_worked, 0.05))

    found = weighted(rows_of(np.arange(n), zero, won), days, shares([0.05], [0.0]))

    wanted = 0.1 * 0.3 + 0.9 * chance_worked
    assert found.rows.close_rate == pytest.approx(wanted, abs=0.006)
    below = found.rows.take(found.sliced)
    assert below.weight.sum() / found.rows.weight.sum() == pytest.approx(0.9, abs=0.01)
    assert np.mean(won[~over]) == pytest.approx(0.0525, abs=0.002)  # what all rows would teach


def test_a_small_slice_is_capped_and_says_so():
    n = 40_000
    lot = np.random.default_rng(2).random(n)
    sliced = np.where(lot < 0.01, 0, NEVER)
    never = np.full(n, NEVER)
    days = {"raised": never, "by_line": never, "sliced": sliced, "handed": sliced, "crossed": never}
    days["raised"] = np.where(np.arange(n) % 10 == 0, 0, NEVER)
    won = np.arange(n) % 3 == 0

    found = weighted(rows_of(np.arange(n), np.zeros(n, int), won), days, shares([0.01], [0.0]))

    assert found.capped
    assert found.rows.weight.max() / found.rows.weight.min() == pytest.approx(MOST)
    assert "capped at 50 times" in found.sentences[0]


def test_too_few_leads_of_the_slice_are_refused():
    days, day, won, drawn, *_ = draw_world(n=600)
    with pytest.raises(RefusedError, match="expected 100 leads of the random slice"):
        weighted(rows_of(np.arange(600), day, won), days, drawn)


# --- from a ledger ------------------------------------------------------------------------------


def definition(**line):
    return Definition.model_validate(
        {
            "review_by": dt.date(2027, 1, 31),
            "roles": {"sales": "Sales"},
            "must_sign": ["sales"],
            "mql": {"enter": 0.2, "because": "a test", **line},
        }
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    worlds.company(folder, leads=1_500)
    return folder


@pytest.fixture
def configured(place, tmp_path):
    """A configuration of the company with a registry and a ledger of its own."""
    raw = yaml.safe_load((place / "config.yaml").read_text(encoding="utf-8"))
    for table in ("leads", "events", "outcomes"):
        raw["input"][table]["path"] = str(place / raw["input"][table]["path"])
    raw["registry"] = {"uri": f"sqlite:///{tmp_path / 'p.db'}"}
    raw["learner"] = {"selection": "reweight"}
    raw["snapshots"] = {"every_days": 7, "test_days": 161}
    raw["output"] = {"quarantine": str(tmp_path / "quarantine")}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return load(path)


def record(config, place, **line):
    """Nights in which every third lead crosses, and one in four of the others is drawn."""
    version = str(Definitions.of(config).register(definition(**line)))
    leads = pd.read_csv(place / "leads.csv", dtype=str)
    ids = sorted(leads.iloc[:, 0] if "lead_id" not in leads else leads.lead_id)
    moment = dt.datetime.combine(FIRST, dt.time())

    def fact(lead, kind, case=None):
        return LedgerFact(lead, 1, kind, FIRST, moment, handed_over_as=case)

    facts = []
    for place_, lead in enumerate(ids):
        if place_ % 3 == 0:
            facts += [fact(lead, "entered"), fact(lead, "handed over", "MQL")]
        elif place_ % 3 == 1 and place_ % 4 < 2:
            facts.append(fact(lead, "handed over", "random slice"))
    with ledger_of(config) as ledger:
        ledger.record(Night(FIRST, "1", version, "0" * 64, len(ids), len(facts)), facts)
        last = FIRST + dt.timedelta(days=200)
        ledger.record(Night(last, "1", version, "0" * 64, len(ids), 0), [])
    return {(one.lead_id, one.handed_over_as) for one in facts if one.kind == "handed over"}


def test_history_holds_the_rows_that_were_worked(configured, place):
    handed = record(configured, place, random_slice={"share": 0.2, "because": "a test"})
    with open_sources(configured) as store:
        past = history(Run(configured, store))
        ids = store.query("SELECT lead, lead_id FROM leads").to_pandas().set_index("lead").lead_id

    lead = ids[past.rows.lead].to_numpy()
    cases = dict(handed)
    assert set(lead) <= set(cases)
    sliced = np.array([cases[name] == "random slice" for name in lead])
    weight = past.rows.weight
    assert set(np.round(weight[sliced] / weight[~sliced][0], 9)) == {5.0}
    assert (past.rows.time >= day_number(FIRST)).all()
    assert past.reference.rows == len(past.rows)
    assert past.reference.close_rate == pytest.approx(
        np.average(past.rows.label, weights=np.where(sliced, 5.0, 1.0))
    )
    assert past.worked.to_dict()["leads_of_slice"] == len(set(lead[sliced]))
    assert str(date_of(day_number(FIRST))) in past.warnings[1]


def test_a_model_is_trained_on_what_was_worked_and_says_so(configured, place):
    record(configured, place, random_slice={"share": 0.2, "because": "a test"})
    raw = configured.model_dump(mode="json")["learner"] | PLAIN | {"max_trees": 20, "depth": 3}
    settings = LearnerSettings.model_validate(raw | {"selection": "reweight"})
    config = configured.model_copy(update={"learner": settings})

    found = train(config, accept_audit="a test of what was worked")

    told = found.model.facts["selection"]
    assert told["how"] == "reweight"
    assert found.model.reference.rows == told["rows"]
    assert any("they say as much as" in line.lower() for line in found.intake.lines())


def test_nothing_is_reweighted_without_nights_or_without_a_slice(configured, place):
    with open_sources(configured) as store:
        rows = rows_of([0], [day_number(FIRST)], [1])
        with pytest.raises(RefusedError, match="no night was run yet"):
            reweighted(configured, store, rows)
        record(configured, place)
        with pytest.raises(RefusedError, match="no definition of the nights has a random slice"):
            reweighted(configured, store, rows)


def test_a_flat_table_is_refused(tmp_path):
    world = worlds.flat(tmp_path)
    raw = yaml.safe_load(world.path.read_text(encoding="utf-8"))
    raw["learner"] = {"selection": "reweight"}
    world.path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    config = load(world.path)
    with (
        open_sources(config) as store,
        pytest.raises(ConfigError, match="a flat table has no days"),
    ):
        history(Run(config, store))


def test_first_days_are_the_first_of_each_kind():
    def fact(day, kind, case=None):
        at = dt.date(2025, 3, day)
        return LedgerFact(
            "L1", 2, kind, at, dt.datetime.combine(at, dt.time()), handed_over_as=case
        )

    found = first_days(
        [
            fact(9, "handed over", "MQL"),
            fact(5, "handed over", "random slice"),
            fact(8, "entered"),
            fact(9, "entered"),
            fact(7, "attempt"),
        ]
    ).to_pylist()

    march = day_number(dt.date(2025, 3, 1)) - 1
    assert found == [
        {
            "lead_id": "L1",
            "episode": 2,
            "raised": None,
            "by_line": march + 9,
            "sliced": march + 5,
            "handed": march + 5,
            "crossed": march + 8,
        }
    ]


def test_a_row_of_the_slice_teaches_at_most_ten_times_as_much_as_one_over_the_line():
    days, day, won, drawn, *_ = draw_world()
    found = weighted(rows_of(np.arange(len(day)), day, won), days, drawn).rows
    by = np.where(found.label == 1, 0.5, 3.0)  # as sampling leaves them
    sampled = replace(found, weight=np.array([1.0, 20.0, 50.0])[found.lead % 3] * by)

    taught = sampled.weight * taught_less(sampled)

    np.testing.assert_allclose(taught / by, np.array([1.0, 10.0, 10.0])[found.lead % 3])
    assert (taught_less(found) == 1).all()  # a slice of a tenth weighs ten
