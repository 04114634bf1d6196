"""The benchmarks compare like with like."""

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks import choosing, growth, score
from benchmarks.company import AS_OF, LATE, company, config_of
from features.build.build import build, prepare
from features.days import day_number
from features.intake import open_store
from features.population import open_rows
from features.selection import Selection, learn
from features.spec import EventReading
from propensity.config import config as configuration


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return company(tmp_path_factory.mktemp("benchmark"), leads=1500, events_per_lead=20)


@pytest.fixture(scope="module")
def built(place):
    """The features of all leads, as the scorer builds them."""
    config = configuration.load(config_of(place, place / "registry.db", "own-trees"))
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        reading = EventReading(actors=config.behaviour.actors)
        rows = open_rows(store, config.population, reading, [day_number(AS_OF)])
        spec, _ = learn(store, rows, Selection(config.behaviour, config.features))
        prepare(store, spec, rows)
        return build(store, rows, spec)


@pytest.mark.filterwarnings("ignore")  # shap's own, on import
def test_the_recipe_builds_the_same_features_by_another_route(place, built):
    from benchmarks.recipe import features_of, matrix_of

    features = built.spec.model_dump(mode="json")["features"]
    frame = features_of(
        pd.read_parquet(place / "leads.parquet"), pd.read_parquet(place / "events.parquet")
    )

    assert frame.index.tolist() == built.keys["lead_id"].to_pylist()
    assert len(features) > 100
    np.testing.assert_allclose(matrix_of(frame, features), built.matrix, rtol=1e-12, atol=1e-9)


def test_every_lead_is_open_and_some_facts_come_late(place, built):
    events = pd.read_parquet(place / "events.parquet")

    assert len(built) == 1500
    assert len(events) == 30_000
    assert events["occurred_at"].is_monotonic_increasing
    late = (events["recorded_at"] - events["occurred_at"]) > pd.Timedelta(seconds=1)
    assert late.mean() == pytest.approx(LATE, rel=0.2)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(place, tmp_path):
    again, other = (company(tmp_path, leads=1500, events_per_lead=20, seed=seed) for seed in (1, 2))

    for name in ("leads.parquet", "events.parquet"):
        assert (again / name).read_bytes() == (place / name).read_bytes()
        assert (other / name).read_bytes() != (place / name).read_bytes()


def test_what_ran_on_fewer_leads_is_scaled_and_marked():
    ours = score.Timing(
        "own-trees", "propensity score", 1000, 1000, 2.0, 100.0, {"cpu, all threads": 3.0}
    )
    recipe = score.Timing("own-trees", "recipe", 1000, 100, 4.0, 100.0, {"shap": 3.0, "read": 1.0})
    console = Console(width=120, record=True, file=io.StringIO())

    console.print(score.table_of([ours, recipe], {"own-trees": 1e-14}))

    assert recipe.scaled == 40.0
    assert "scaled from 100; shap 75%" in console.export_text()


def test_growth_compares_the_time_per_lead():
    sizes = [
        growth.Size(n, 10 * n, seconds, seconds, 1.0, 1.0)
        for n, seconds in ((100_000, 5.0), (1_000_000, 60.0))
    ]
    console = Console(width=120, record=True, file=io.StringIO())

    console.print(growth.table_of(sizes))

    assert console.export_text().splitlines()[-2].split("│")[-2].strip() == "1.20"


def test_leads_alike_score_alike_where_a_column_is_imputed():
    """Drawn again for each lead they lie apart; the sum is exact either way."""
    found = choosing.alike(800)

    assert found["as served"] == 0
    assert found["drawn for each lead"] > 0.1
    assert max(found["as served: sum off by"], found["drawn for each lead: sum off by"]) < 1e-9
