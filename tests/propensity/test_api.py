"""The calls of Python: on tables in memory as on files."""

import ast
import uuid
from importlib import import_module
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import propensity
from features.errors import ConfigError, DataError
from tests.propensity import worlds

TABLES = ("leads", "events", "outcomes")
#: Columns that hold times.
TIMES = {"created_at", "occurred_at", "closed_at", "mql_at", "deal_at", "founded"}


def texts(world):
    """The tables, each cell as its file has it."""
    folder = world.path.parent
    return {
        name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in TABLES
    }


def typed(world):
    """The tables with the types that a notebook would give them."""
    found = {}
    for name in TABLES:
        frame = pd.read_csv(world.path.parent / f"{name}.csv")
        for column in TIMES & set(frame.columns):
            zone = None if column == "founded" else "Asia/Tokyo"
            frame[column] = pd.to_datetime(frame[column], utc=zone is not None, format="ISO8601")
            if zone:
                frame[column] = frame[column].dt.tz_convert(zone)
        found[name] = frame
    return found


def arrow(world):
    return {name: pa.Table.from_pandas(frame) for name, frame in typed(world).items()}


def stream(world):
    """Arrow that can be read once."""
    return {name: table.to_reader(max_chunksize=100) for name, table in arrow(world).items()}


def relation(world):
    return {
        name: duckdb.sql("SELECT * FROM read_csv(?, all_varchar = true)", params=[str(path)])
        for name in TABLES
        for path in [world.path.parent / f"{name}.csv"]
    }


def polars(world):
    pl = pytest.importorskip("polars")
    return {name: pl.from_arrow(table) for name, table in arrow(world).items()}


def categories(world):
    """The texts as categories."""
    return {name: frame.astype("category") for name, frame in texts(world).items()}


def parquet(world):
    """The typed tables as files."""
    found = {}
    for name, table in arrow(world).items():
        found[name] = world.path.parent / f"{name}.parquet"
        pq.write_table(table, found[name])
    return found


def scores(world, config=None, **tables):
    scored = propensity.score(config or world.path, as_of=worlds.AS_OF, **tables)
    return scored.table


@pytest.mark.parametrize(
    "kind", [texts, typed, arrow, stream, relation, polars, categories, parquet]
)
def test_tables_in_memory_give_the_scores_of_files(company, kind):
    assert scores(company, **kind(company)).equals(scores(company))


def test_some_tables_may_be_given_and_the_others_read(company):
    half = typed(company)["events"].iloc[::2]

    found = scores(company, events=half)

    assert not found.equals(scores(company))
    assert found.equals(scores(company, **typed(company) | {"events": half}))


def test_a_mapping_needs_no_place_for_what_is_given(company, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    config = {
        "name": "company",
        "input": {
            "timezone": "Asia/Tokyo",
            "leads": {"columns": {"account_id": "account"}},
            "events": {"columns": {"value": "value"}},
            "outcomes": {"stages": {"MQL": "mql_at", "商談": "deal_at"}},
        },
        "registry": {"uri": f"sqlite:///{company.path.parent / 'propensity.db'}"},
        "columns": company.config.columns.model_dump(),
        "behaviour": {"actors": {"called": "sales", "*": "lead"}, "keep": 4},
        "population": {"until": "closed", "stale_after_days": 60},
        "goal": {"horizon_days": 30},
        "snapshots": {"every_days": 7},
    }

    assert scores(company, config, **typed(company)).equals(scores(company))


def test_a_lead_is_explained_from_tables_in_memory(company):
    lead = scores(company)["lead_id"][0].as_py()

    here = propensity.explain(company.path, lead, as_of=worlds.AS_OF, **typed(company))

    assert here == propensity.explain(company.path, lead, as_of=worlds.AS_OF)


def test_a_named_index_is_a_column_and_another_one_is_none(company):
    by_lead = texts(company)
    by_lead["leads"] = by_lead["leads"].set_index("lead_id")
    by_lead["events"] = by_lead["events"].sample(frac=1, random_state=0)

    found = scores(company, **by_lead)

    assert found.drop_columns("warnings").equals(scores(company).drop_columns("warnings"))


def test_cells_of_several_kinds_are_read_as_texts(company):
    mixed = texts(company)
    prices = mixed["leads"]["price [JPY]"]
    mixed["leads"]["price [JPY]"] = [
        float(cell) if cell and place % 2 else cell or None for place, cell in enumerate(prices)
    ]
    mixed["leads"]["company"] = [
        uuid.UUID(int=place) if place % 3 else place for place in range(len(prices))
    ]

    found, files = scores(company, **mixed), scores(company)

    assert found["log_odds"].equals(files["log_odds"])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([1, 2, 3], "leads: expected a table .* or a path, got list"),
        ({"lead_id": ["a"]}, "leads: expected a table .*, got dict"),
        (np.zeros((3, 2)), "leads: expected a table .*, got ndarray"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "leads: .*different names.*'a'"),
        (pd.DataFrame(), "leads"),
    ],
    ids=["list", "dict", "array", "twice", "empty"],
)
def test_what_is_no_table_is_refused(company, table, words):
    with pytest.raises(DataError, match=words):
        scores(company, leads=table)


def test_a_table_that_the_configuration_does_not_know_is_refused(company):
    with pytest.raises(ConfigError, match=r"expected leads=FILE, .* got 'statuses'"):
        scores(company, statuses=texts(company)["events"])


def test_nothing_of_a_table_stays_on_the_disk(company, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    scores(company, **texts(company))

    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".parquet"]


def test_no_verb_is_called_like_a_room_which_would_take_its_place():
    rooms = {path.stem for path in Path(propensity.__file__).parent.iterdir()}

    assert not rooms & set(propensity.__all__)
    assert all(callable(getattr(propensity, name)) for name in propensity.__all__)
    assert set(dir(propensity)) == set(propensity.__all__)


def test_type_checkers_see_the_names_that_are_there_where_they_are():
    stub = ast.parse(Path(propensity.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    told = {node.names[0].asname: node.module for node in stub.body}

    assert set(told) == set(propensity.__all__)
    for name, module in told.items():
        assert getattr(propensity, name) is getattr(import_module(module), name)


def test_scores_are_shown_in_a_notebook_as_on_the_terminal(company, tmp_path):
    scored = propensity.score(company.path, as_of=worlds.AS_OF)
    written = propensity.score(company.path, as_of=worlds.AS_OF, out=tmp_path / "s.parquet")

    shown = scored._repr_html_()

    assert f"{scored.summary.leads:,} leads scored as of 2025-05-01" in shown
    assert "<script" not in shown
    assert len(shown) < 20_000
    pd.testing.assert_frame_equal(scored.to_pandas(), written.to_pandas())
    with pytest.raises(DataError, match=r"in a Parquet file, got .*s\.csv"):
        propensity.score(company.path, as_of=worlds.AS_OF, out=tmp_path / "s.csv").to_pandas()
