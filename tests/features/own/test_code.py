"""The code of own features: found beside the configuration, kept away from files, and errors that
say the line and no value.
"""

import os
import textwrap

import pyarrow as pa
import pytest
from pydantic import ValidationError

from features.errors import ConfigError
from features.own.code import loaded
from features.own.settings import OwnFeatures

COLUMNS = {"n": {"axis": "interest"}}
TABLES = {
    "rows": pa.table({"row": [0, 1]}),
    "leads": pa.table({"row": [0, 1], "size": [3.0, None]}),
    "events": pa.table({"row": [0, 0, 1], "event_type": ["a", "b", "taro@example.jp"]}),
    "changes": pa.table({"row": pa.array([], pa.int32())}),
}


def function(folder, text, name="count"):
    (folder / "mine.py").write_text(textwrap.dedent(text), encoding="utf-8")
    own = OwnFeatures.model_validate({"function": f"mine:{name}", "columns": COLUMNS})
    return loaded([own], folder)[f"mine:{name}"]


def query(text):
    (code,) = loaded(
        [OwnFeatures.model_validate({"query": text, "columns": COLUMNS})], None
    ).values()
    return code


def test_a_function_gets_the_tables_that_it_names(tmp_path):
    code = function(
        tmp_path,
        """
        def count(events, leads):
            size = leads.set_index("row")["size"].fillna(0)
            return events.groupby("row").size().rename("n") + size
        """,
    )
    assert code.run(TABLES).iloc[:, 0].tolist() == [5.0, 1.0]


def test_a_query_reads_the_tables():
    code = query("SELECT row, count(*) AS n FROM events GROUP BY row ORDER BY row")
    assert code.run(TABLES).to_dict("list") == {"row": [0, 1], "n": [2, 1]}


@pytest.mark.parametrize("clock", ["current_date", "TODAY()", "now()", "get_current_timestamp()"])
def test_a_query_that_asks_the_clock_is_refused(clock):
    with pytest.raises(ConfigError, match="expected no clock"):
        query(f"SELECT row, {clock} - as_of AS n FROM rows")


def test_a_module_that_python_finds_will_do(tmp_path):
    for name in ("math:ceil", "sys:exit"):  # sys is a part of Python itself: it has no file
        own = OwnFeatures.model_validate({"function": name, "columns": COLUMNS})
        with pytest.raises(ConfigError, match="expected parameters out of rows, leads, events"):
            loaded([own], tmp_path)


def test_other_code_has_another_hash(tmp_path):
    first = function(tmp_path, "def count(rows): return rows")
    assert first.sha256 == function(tmp_path, "def count(rows): return rows").sha256
    assert first.sha256 != function(tmp_path, "def count(rows): return rows + 1").sha256
    assert query("SELECT 1").sha256 != query("SELECT 2").sha256


def test_what_runs_is_what_is_hashed_and_no_stored_compilation(tmp_path):
    function(tmp_path, "def count(rows): return rows.assign(n=14)")
    then = (tmp_path / "mine.py").stat()
    (tmp_path / "mine.py").write_text("def count(rows): return rows.assign(n=21)", "utf-8")
    os.utime(tmp_path / "mine.py", ns=(then.st_atime_ns, then.st_mtime_ns))
    own = OwnFeatures.model_validate({"function": "mine:count", "columns": COLUMNS})
    assert loaded([own], tmp_path)["mine:count"].run(TABLES)["n"].tolist() == [21, 21]
    assert [file.name for file in tmp_path.iterdir()] == ["mine.py"]


def test_a_function_that_ends_python_does_not(tmp_path):
    with pytest.raises(ConfigError, match=r"failed: SystemExit in line 1 of mine\.py"):
        function(tmp_path, "def count(rows): raise SystemExit(0)").run(TABLES)


BROKEN = {
    "no such function": ("def other(rows): ...", "mine has no function 'count'"),
    "no syntax": ("\ndef count(rows:", "does not load: SyntaxError in line 2 of mine.py"),
    "fails when loaded": ("\n\n1 / 0", "does not load: ZeroDivisionError in line 3 of mine.py"),
    "another package": ("import not_installed_here", "needs the package not_installed_here"),
    "other parameters": (
        "def count(rows, outcomes): ...",
        "expected parameters out of rows, leads, events, changes, got rows, outcomes",
    ),
    "no parameters": ("def count(): ...", "got none"),
    "an end of Python": ("import sys\nsys.exit(0)", "does not load: SystemExit in line 2 of mine"),
    "written in C": ("count = min", "expected parameters out of .*, got none"),
    "async": ("async def count(rows): ...", "expected a function, got an async one"),
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_code_that_cannot_be_used_is_refused(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words):
        function(tmp_path, text)


def test_a_module_that_is_nowhere_is_said(tmp_path):
    own = OwnFeatures.model_validate({"function": "nowhere_at_all:f", "columns": COLUMNS})
    with pytest.raises(ConfigError, match=r"expected nowhere_at_all\.py beside the configuration"):
        loaded([own], tmp_path)


def test_a_function_that_fails_says_the_line_and_no_value(tmp_path):
    code = function(
        tmp_path,
        """
        def count(events):
            return events["event_type"].astype(float)
        """,
    )
    with pytest.raises(ConfigError) as caught:
        code.run(TABLES)
    assert "mine:count failed: ValueError in line 3 of mine.py" in str(caught.value)
    assert "taro@example.jp" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"expected a DataFrame .*, got int"):
        function(tmp_path, "def count(rows): return 3").run(TABLES)


QUERIES = {
    "a file": ("SELECT * FROM read_csv('/etc/passwd')", "reads the tables rows, .* and no file"),
    "a local variable": ("SELECT * FROM frame", "Catalog Error"),
    "no column": ("SELECT nothing FROM events", "Binder Error"),
    "no syntax": ("SELEC 1", "Parser Error"),
    "no select": ("CREATE TABLE t (a INT)", "expected one SELECT"),
    "two": ("SELECT 1; SELECT 2", "expected one SELECT"),
    "a conversion": (
        "SELECT row, event_type::INT AS n FROM events",
        "a value cannot be computed; TRY_CAST gives NULL where CAST fails",
    ),
}


@pytest.mark.parametrize(("text", "words"), QUERIES.values(), ids=QUERIES)
def test_a_query_that_cannot_run_is_told_without_a_value(text, words):
    frame = TABLES["rows"]  # noqa: F841 — what DuckDB would find by itself
    with pytest.raises(ConfigError, match=words) as caught:
        query(text).run(TABLES)
    assert "taro@example.jp" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"columns": COLUMNS}, "either `function` or `query`"),
        ({"function": "a:b", "query": "SELECT 1", "columns": COLUMNS}, "either `function` or"),
        ({"function": "a.py", "columns": COLUMNS}, "expected `module:function`"),
        ({"function": "../a:b", "columns": COLUMNS}, "expected `module:function`"),
        ({"function": "a:b", "columns": {}}, "at least 1 item"),
        ({"function": "a:b", "columns": {"n": {"axis": "both"}}}, "'fit' or 'interest'"),
        ({"function": "a:b", "columns": {"n": {"axis": "fit", "default": float("inf")}}}, "finite"),
    ],
)
def test_settings_that_say_no_feature_are_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        OwnFeatures.model_validate(settings)
