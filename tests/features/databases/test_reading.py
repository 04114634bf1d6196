"""A table or query of a database becomes rows with the types it has there, whichever database and
driver it is.
"""

import datetime as dt
import importlib.util
import sqlite3
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest
import sqlalchemy

from features.databases import adbc, reading
from features.databases.address import has_secret
from features.databases.moments import QueryMoments
from features.databases.reading import fetch
from features.errors import ConfigError, DataError
from features.settings import Source

HAS_ADBC = importlib.util.find_spec("adbc_driver_postgresql") is not None

LEADS = """
CREATE TABLE "new leads" (id {big}, size {double}, name {text}, known {moment}, day {date},
    ok {bool}, fee {decimal}, blank {text});
INSERT INTO "new leads" VALUES
 (9007199254740993, 0.1, '株', {t1}, {d1}, {yes}, 12.50, NULL),
 (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (3, 3, ':as_of', {t3}, {d3}, {no}, 0.01, NULL);
"""
COMMON = {
    "big": "BIGINT",
    "double": "DOUBLE PRECISION",
    "text": "TEXT",
    "moment": "TIMESTAMPTZ",
    "date": "DATE",
    "bool": "BOOLEAN",
    "decimal": "NUMERIC(10, 2)",
    "t1": "TIMESTAMPTZ '2025-03-31 23:30:00+09:00'",
    "t3": "TIMESTAMPTZ '2025-04-01 00:00:00+09:00'",
    "d1": "DATE '2025-03-31'",
    "d3": "DATE '2025-04-01'",
    "yes": "true",
    "no": "false",
}


def sqlite_url(folder):
    with sqlite3.connect(folder / "crm.db") as database:
        words = COMMON | {
            "t1": "'2025-03-31 23:30:00'",
            "t3": "'2025-04-01 00:00:00.000000'",
            "d1": "'2025-03-31'",
            "d3": "'2025-04-01'",
        }
        database.executescript(LEADS.format(**words))
    database.close()
    return f"sqlite:///{folder / 'crm.db'}"


def duckdb_url(folder):
    with duckdb.connect(str(folder / "crm.duckdb")) as database:
        words = COMMON | {
            "moment": "TIMESTAMP",
            "t1": "'2025-03-31 23:30:00'",
            "t3": "'2025-04-01'",
        }
        for statement in LEADS.format(**words).split(";"):
            if statement.strip():
                database.execute(statement)
    return f"duckdb:///{folder / 'crm.duckdb'}"


def run(url, *statements):
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=["sqlite", "duckdb", "pg8000", "adbc"])
def database(request, tmp_path, monkeypatch):
    """The kind of a database, and its URL."""
    kind = request.param
    if kind in ("sqlite", "duckdb"):
        return kind, {"sqlite": sqlite_url, "duckdb": duckdb_url}[kind](tmp_path)
    if kind == "adbc" and not HAS_ADBC:
        pytest.skip("adbc_driver_postgresql is not installed")
    if kind == "pg8000":
        monkeypatch.setattr(adbc, "errors", tuple)
    url = request.getfixturevalue("postgresql")()
    run(url, *[each for each in LEADS.format(**COMMON).split(";") if each.strip()])
    return kind, url


def rows(url, folder, moments=None, name="leads", **said):
    target = folder / "read.parquet"
    fetch(name, Source(database=url, **said), target, moments or QueryMoments())
    return pq.read_table(target)


def test_a_table_keeps_the_types_that_it_has(database, tmp_path):
    kind, url = database
    found = rows(url, tmp_path, table="new leads").sort_by("size")
    assert found["id"].to_pylist() == [9007199254740993, 3, 2]  # no DOUBLE holds the first one
    assert found["name"].to_pylist() == ["株", ":as_of", None]
    assert found["size"].to_pylist() == [0.1, 3.0, None]
    assert found["blank"].to_pylist() == [None] * 3
    days = [dt.date(2025, 3, 31), dt.date(2025, 4, 1), None]
    if kind == "sqlite":  # it has no days, moments and decimals
        assert found["day"].to_pylist() == [day and day.isoformat() for day in days]
        return
    assert found["day"].to_pylist() == days
    assert found["ok"].to_pylist() == [True, False, None]
    assert found["fee"].to_pylist() == [Decimal("12.50"), Decimal("0.01"), None]
    moment = found["known"].to_pylist()[0]
    if kind == "duckdb":
        assert moment == dt.datetime(2025, 3, 31, 23, 30)
    else:
        assert moment == dt.datetime(2025, 3, 31, 14, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("moments", "ids"),
    [
        (QueryMoments(as_of=dt.date(2025, 4, 1), timezone="Asia/Tokyo"), [9007199254740993]),
        (QueryMoments(as_of=dt.date(2025, 4, 2), timezone="Asia/Tokyo"), [3, 9007199254740993]),
        (
            QueryMoments(dt.date(2025, 4, 2), since=dt.date(2025, 4, 1), timezone="Asia/Tokyo"),
            [3],
        ),
        (QueryMoments(), [3, 9007199254740993]),
    ],
)
def test_a_query_asks_for_what_was_known_between_two_local_midnights(
    database, tmp_path, moments, ids
):
    _, url = database
    query = (
        'SELECT id, \':as_of\' AS "a :since" FROM "new leads"'
        " WHERE known >= :since AND known < :as_of ORDER BY id"
    )
    if database[0] != "sqlite":  # no driver's own way of names, and no cast, is taken for a moment
        query = query.replace("':as_of'", "'since'::TEXT")
    query = query.replace("':as_of'", "'x'").replace('"a :since"', "a")
    found = rows(url, tmp_path, moments, query=query)
    assert found["id"].to_pylist() == ids
    # a second time, from a name of the local time that the session of PostgreSQL is set to
    assert found.num_columns == 2


def test_times_without_offset_are_meant_in_the_zone_of_the_input(tmp_path, postgresql):
    url = postgresql()
    run(url, "CREATE TABLE t (at TIMESTAMP)", "INSERT INTO t VALUES ('2025-03-31 23:59')")
    moments = QueryMoments(as_of=dt.date(2025, 4, 1), timezone="Asia/Tokyo")
    query = "SELECT at FROM t WHERE at < :as_of"
    assert rows(url, tmp_path, moments, query=query).num_rows == 1
    early = QueryMoments(as_of=dt.date(2025, 3, 31), timezone="Asia/Tokyo")
    assert rows(url, tmp_path, early, query=query).num_rows == 0


def test_what_a_column_holds_is_decided_by_all_of_its_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_CHUNK_ROWS", 2)
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE x (a, b, c, d)")
        database.executemany(
            "INSERT INTO x VALUES (?, ?, ?, ?)",
            [
                (None, 1, 1, None),
                (None, 2, 2, None),
                (1, 0.5, "x", None),
                (None, None, None, None),
                (2**62, 3, 2.5, None),
            ],
        )
    database.close()
    found = rows(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, table="x")
    assert found["a"].to_pylist() == [None, None, 1, None, 2**62]
    assert found["b"].to_pylist() == [1.0, 2.0, 0.5, None, 3.0]
    assert found["c"].to_pylist() == ["1", "2", "x", None, "2.5"]
    assert found["d"].to_pylist() == [None] * 5


def test_long_numbers_and_foreign_types_lose_nothing(tmp_path, postgresql, monkeypatch):
    url = postgresql()
    run(
        url,
        "CREATE TABLE t (a NUMERIC, b JSONB, c UUID, d INET, e INT[], f NUMERIC, g TIME)",
        'INSERT INTO t VALUES (12345678901234567890, \'{"k": "株"}\','
        " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.0.0.1', '{1,2}', 1.5, '10:00'),"
        " (0.5, NULL, NULL, NULL, NULL, 'NaN', NULL)",
    )
    first = rows(url, tmp_path, table="public.t").to_pylist()  # a type that ADBC does not read
    assert first[0] | {"a": str(first[0]["a"])} == {
        "a": "12345678901234567890.0",
        "b": '{"k": "株"}',
        "c": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "d": "10.0.0.1",
        "e": "[1, 2]",
        "f": 1.5,
        "g": "10:00:00",
    }
    query = "SELECT a, b, c, e, f, g FROM t"
    with_adbc = rows(url, tmp_path, query=query)
    monkeypatch.setattr(adbc, "errors", tuple)
    without = rows(url, tmp_path, query=query)
    assert str(with_adbc.to_pylist()) == str(without.to_pylist())


@pytest.mark.parametrize("said", [{"query": "SELECT * FROM absent"}, {"table": "absent"}])
def test_a_table_that_is_not_there_is_named(database, tmp_path, said):
    _, url = database
    with pytest.raises(DataError, match=r"deals: the (query|table absent) cannot be read .*absent"):
        rows(url, tmp_path, name="deals", **said)


def test_an_error_about_a_value_does_not_show_it(database, tmp_path):
    kind, url = database
    if kind == "sqlite":
        pytest.skip("SQLite takes any text for a number")
    with pytest.raises(DataError, match="a value of the data does not fit") as caught:
        rows(url, tmp_path, query='SELECT CAST(name AS INTEGER) FROM "new leads"')
    assert "株" not in str(caught.value)


def test_a_statement_that_takes_too_long_ends_in_a_sentence(database, tmp_path):
    kind, url = database
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    endless = {
        "duckdb": "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range > b.range"
    }.get(kind, endless)
    with pytest.raises(DataError, match="leads: the query cannot be read"):
        rows(url, tmp_path, query=endless, timeout_seconds=1)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+pg8000://reader:${CRM_PASSWORD}@127.0.0.1:1/crm",
        "nodriver://reader:${CRM_PASSWORD}@host/crm",
        "postgresql+pg8000://host/crm?password=${CRM_PASSWORD}",
        "postgresql+pg8000://reader:${CRM_PASSWORD}@host:port/crm",
        "postgresql+pg8000://reader:x@host/crm?sslpassword=${CRM_PASSWORD}",
    ],
)
def test_no_error_shows_the_password(url, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "hun%2Fter2")
    with pytest.raises(DataError, match="leads: the table t cannot be read") as caught:
        rows(url, tmp_path, table="t")
    assert "hun" not in str(caught.value)


def test_an_unset_variable_is_asked_for(tmp_path):
    with pytest.raises(ConfigError, match="environment variable PROPENSITY_NO_SUCH is not set"):
        rows("postgresql://user:${PROPENSITY_NO_SUCH}@host/db", tmp_path, table="t")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"database": "sqlite:///x.db"}, "one of `query` and `table`"),
        ({"database": "sqlite:///x.db", "query": "SELECT 1", "table": "t"}, "one of `query`"),
        ({"path": "x.csv", "table": "t"}, "`table` goes together with `database`"),
        ({"path": "x.csv", "timeout_seconds": 3}, "`timeout_seconds` goes together"),
    ],
)
def test_what_does_not_go_together_is_refused(said, words):
    with pytest.raises(ValueError, match=words):
        Source(**said)


def test_colons_in_texts_comments_and_casts_are_no_parameters(database, tmp_path):
    kind, url = database
    cast = "x" if kind == "sqlite" else "x::VARCHAR"
    query = (
        "SELECT ':as_of' AS a, '10:30 :name' AS b, 'a\\:b' AS c, "
        f"{cast} AS d FROM (SELECT 1 AS x, '2026-01-01' AS since) t /* :since; :other */"
        " WHERE ':as_of' <> '' -- what :name says; and :as_of\n"
    )
    [found] = rows(url, tmp_path, query=query).to_pylist()
    assert (found["a"], found["b"], found["c"]) == (":as_of", "10:30 :name", "a\\:b")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT 1 AS x; SELECT 2 AS x", "expected one statement, got several"),
        ("SELECT 1 AS a, 2 AS a", "expected columns of different names, got 'a' more than once"),
        ("CREATE TABLE made (x INTEGER)", "expected a query that returns rows|read-?only|syntax"),
    ],
)
def test_what_is_no_single_table_is_refused(database, tmp_path, query, words):
    _, url = database
    with pytest.raises(DataError, match=words):
        rows(url, tmp_path, query=query)
    if database[0] != "duckdb":
        engine = sqlalchemy.create_engine(url)
        assert not sqlalchemy.inspect(engine).has_table("made")
        engine.dispose()
    assert rows(url, tmp_path, query="SELECT ';' AS a; -- the end").num_rows == 1


def test_no_driver_takes_an_endless_moment_for_a_date(database, tmp_path):
    kind, url = database
    if kind == "sqlite":
        pytest.skip("it has no moments")
    ends = "(VALUES (1, 'infinity'), (2, '2025-04-01'), (3, '-infinity'), (4, NULL)) v(i, t)"
    query = (
        "SELECT CAST(t AS TIMESTAMPTZ) AS a, CAST(t AS TIMESTAMP) AS b, CAST(t AS DATE) AS c"
        f" FROM {ends} ORDER BY i"
    )
    found = rows(url, tmp_path, QueryMoments(), query=query)
    assert found["a"].to_pylist() == ["infinity", "2025-04-01T00:00:00+00:00", "-infinity", None]
    assert found["b"].to_pylist() == ["infinity", "2025-04-01T00:00:00", "-infinity", None]
    assert found["c"].to_pylist() == ["infinity", "2025-04-01", "-infinity", None]


def test_drivers_agree_on_short_numbers_money_and_spans(tmp_path, postgresql, monkeypatch):
    url = postgresql()
    query = (
        "SELECT 1.1::real AS a, '12.50'::money AS b, INTERVAL '1 year 2 days' AS c,"
        " ROW(1, 'x') AS d, 'Infinity'::numeric AS e, 'NaN'::real AS f"
    )
    with_adbc = rows(url, tmp_path, query=query)
    monkeypatch.setattr(adbc, "errors", tuple)
    without = rows(url, tmp_path, query=query)
    assert str(with_adbc.to_pylist()) == str(without.to_pylist())
    assert with_adbc["a"].to_pylist() == [1.1]
    assert with_adbc["b"].to_pylist() == ["$12.50"]


def test_a_number_of_32_bits_is_the_decimal_that_it_stands_for(tmp_path, postgresql):
    query = "SELECT CAST(x AS REAL) AS x FROM (VALUES (1.1), (0.3), (NULL)) v(x)"
    assert rows(postgresql(), tmp_path, query=query)["x"].to_pylist() == [1.1, 0.3, None]
    duckdb.connect(str(tmp_path / "x.duckdb")).close()
    url = f"duckdb:///{tmp_path / 'x.duckdb'}"
    assert rows(url, tmp_path, query=query)["x"].to_pylist() == [1.1, 0.3, None]


def test_types_of_duckdb_that_parquet_does_not_have_are_texts(tmp_path):
    duckdb.connect(str(tmp_path / "x.duckdb")).close()
    query = (
        "SELECT INTERVAL 2 DAY AS a, union_value(n := 2) AS b, {'k': [1, 2]} AS c,"
        " 'x'::ENUM('x', 'y') AS d, TIME '10:30' AS e, '101'::BIT AS f, '\\xC3\\xA9'::BLOB AS g,"
        " TIMESTAMP_NS '2025-04-01 00:00:00.123456789' AS h"
    )
    found = rows(f"duckdb:///{tmp_path / 'x.duckdb'}", tmp_path, query=query)
    assert list(found.to_pylist()[0].values()) == [
        *("2 days", "2", '{"k":[1,2]}', "x", "10:30:00", "101", "é"),
        dt.datetime(2025, 4, 1, 0, 0, 0, 123456),
    ]


def test_neither_an_error_nor_the_log_quotes_a_row(tmp_path, postgresql, monkeypatch, caplog):
    monkeypatch.setattr(adbc, "errors", tuple)
    url = postgresql()
    run(url, "CREATE TABLE t (who TEXT)", "INSERT INTO t VALUES ('Ms Secret')")
    with pytest.raises(DataError, match="a value of the data does not fit") as caught:
        rows(url, tmp_path, query="SELECT CAST(who AS INTEGER) FROM t")
    assert "Secret" not in str(caught.value) + caplog.text
    sqlite3.connect(tmp_path / "x.db").close()
    query = "SELECT CAST(x'ff536563726574' AS TEXT) AS x"
    with pytest.raises(DataError, match=r"Could not decode to UTF-8 column 'x'$") as caught:
        rows(f"sqlite:///{tmp_path / 'x.db'}", tmp_path, query=query)
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize("option", ["sslpassword", "password", "access_token", "odbc_connect"])
def test_a_secret_in_an_option_is_one(option, tmp_path):
    url = f"postgresql+pg8000://127.0.0.1:1/crm?{option}=hunter2"
    assert has_secret(url)
    with pytest.raises(DataError, match="cannot be read") as caught:
        rows(url, tmp_path, table="t")
    assert "hunter2" not in str(caught.value)


def test_a_long_number_beside_a_broken_one_in_another_chunk_keeps_its_digits(tmp_path, monkeypatch):
    monkeypatch.setattr("features.databases.reading._CHUNK_ROWS", 1)
    url = sqlite_url(tmp_path)
    run(url, "CREATE TABLE ids (id)", "INSERT INTO ids VALUES (9007199254740993)")
    run(url, "INSERT INTO ids VALUES (1.5)")
    found = rows(url, tmp_path, table="ids")
    assert found["id"].to_pylist() == ["9007199254740993", "1.5"]


def test_options_that_duckdb_does_not_take_are_refused(tmp_path):
    url = duckdb_url(tmp_path)
    with pytest.raises(DataError, match="takes no options"):
        rows(f"{url}?access_mode=automatic", tmp_path, table="leads")
