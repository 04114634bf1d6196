"""The store: what it holds, whom it lets in, and that it goes away."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from features.errors import ConfigError, DataError
from features.kinds import Attribute
from features.resources import Resources
from features.store import TABLES, Store

LEADS = pa.table(
    {
        "lead": [0, 1],
        "lead_id": ["a", "b"],
        "created_at": [datetime(2024, 1, 1), datetime(2024, 1, 2)],
        "created_day": [19723, 19724],
        "known_day": [19723, 19724],
        "account": pa.array([None, 0]),
        "a0": [1.5, None],
    }
)
SIZE = Attribute("size", "number", "fit")


def test_a_closed_store_leaves_nothing_behind():
    with Store() as store:
        folder = store.folder
        assert folder.is_dir()
    assert not folder.exists()
    store.close()


def test_a_forgotten_store_leaves_nothing_behind():
    store = Store()
    folder = store.folder
    store.connection.close()
    del store
    assert not folder.exists()


def test_arrow_tables_go_in_and_come_out_again():
    with Store.from_arrow({"leads": LEADS}, attributes=[SIZE], observed_day=19800) as store:
        assert store.arrow("leads").to_pylist() == LEADS.to_pylist()
        assert {name: store.rows(name) for name in TABLES} == {
            "leads": 2,
            "events": 0,
            "episodes": 0,
            "changes": 0,
        }
        assert store.observed_day == 19800


def test_stages_and_attributes_shape_the_tables():
    with Store.from_arrow(
        {}, attributes=[Attribute("born", "date", "fit")], stages=["MQL", "toss-up"]
    ) as store:
        assert store.schema()["leads"]["a0"] == "INTEGER"
        assert list(store.schema()["episodes"])[-2:] == ["s0_day", "s1_day"]


def test_a_flat_store_has_leads_alone():
    with Store.from_arrow({}, is_flat=True) as store:
        assert list(store.schema()) == ["leads"]
        assert store.arrow("leads").column_names == [
            "lead",
            "lead_id",
            "row_number",
            "day",
            "at",
            "account",
            "won",
        ]


def test_a_table_without_a_canonical_column_is_refused():
    with pytest.raises(
        DataError, match=r"leads: expected the canonical columns .*\['a0'\] are absent"
    ):
        Store.from_arrow({"leads": LEADS.drop_columns(["a0"])}, attributes=[SIZE])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/propensity_should_not_exist.csv'",
        "ATTACH '/tmp/propensity_should_not_exist.db'",
        "INSTALL httpfs",
    ],
)
def test_the_database_reaches_nothing_but_what_it_was_opened_for(statement):
    with (
        Store.from_arrow({}) as store,
        pytest.raises(duckdb.Error, match=r"(?i)disabled|cannot access"),
    ):
        store.connection.execute(statement)


def test_a_cursor_counts_days_in_the_same_zone():
    with Store.from_arrow({}, timezone="Asia/Tokyo") as store:
        zone = store.connection.cursor().execute("SELECT current_setting('TimeZone')").fetchone()
        assert zone == ("Asia/Tokyo",)


def test_memory_and_threads_are_set_as_asked():
    with Store(Resources("200MB", threads=1)) as store:
        assert store.value("SELECT current_setting('threads')") == 1
        store.connection.execute(
            "CREATE TABLE t AS SELECT hash(i) AS h, i FROM range(2000000) AS r(i) ORDER BY h"
        )
        assert store.rows("t") == 2_000_000
        assert store.value("SELECT sum(memory_usage_bytes) FROM duckdb_memory()") < 200_000_000


def test_the_temporary_folder_is_private():
    with Store() as store:
        assert Path(store.folder).stat().st_mode & 0o077 == 0


def test_a_memory_limit_that_is_no_size_is_said():
    with pytest.raises(ConfigError, match="expected a size such as 2GB, got 'much'"):
        Store(Resources(memory_limit="much"))


def test_a_store_beside_reads_the_same_tables_from_another_thread():
    with Store.from_arrow({"leads": LEADS}, attributes=[SIZE]) as store, store.beside() as aside:
        store.connection.execute("CREATE TEMP TABLE batch AS SELECT 1 AS row")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(aside.rows, "leads").result() == store.rows("leads") == 2
            with pytest.raises(duckdb.CatalogException, match="batch"):
                pool.submit(aside.rows, "batch").result()


def test_a_store_is_closed_after_what_another_thread_does_with_it():
    store, closed, started = Store(), [], threading.Event()

    def work():
        with store.beside() as aside, aside.held_open:
            started.set()
            time.sleep(0.2)
            closed.append(aside.value("SELECT 1"))

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        started.wait()
        store.close()
        assert closed == [1]
        done.result()


IN_A_NOTEBOOK = """
import sys, types
sys.modules["ipywidgets"] = None  # is not installed
sys.modules["IPython"] = types.ModuleType("IPython")
shell = types.SimpleNamespace(config={"IPKernelApp": {}})
sys.modules["IPython"].get_ipython = lambda: shell
import duckdb
try:
    duckdb.connect().execute("SET enable_progress_bar = false")
except duckdb.Error as error:
    print(str(error).splitlines()[0])
from features.store import Store
with Store() as store:
    print(store.value("SELECT 1"))
"""


def test_a_store_opens_in_a_notebook_without_ipywidgets():
    # as DuckDB finds out where it runs: code without a file, and a kernel of IPython
    done = subprocess.run(
        [sys.executable, "-c", IN_A_NOTEBOOK], capture_output=True, text=True, check=True
    )

    assert "'ipywidgets' is missing" in done.stdout
    assert done.stdout.endswith("\n1\n")
