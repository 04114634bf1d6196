"""The scores in a table equal those in the file; a run replaces its own night, whole or not at
all.
"""

import datetime as dt
import json
import threading

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy

from propensity.config.sections import DatabaseOutput
from propensity.scores_database.deliver import ScoresDatabaseError, deliver

REASON = pa.struct([("concept", pa.string()), ("contribution", pa.float64())])
SCHEMA = pa.schema(
    [
        ("lead_id", pa.string()),
        ("episode", pa.int32()),
        ("as_of", pa.date32()),
        ("probability", pa.float64()),
        ("is_mql", pa.bool_()),
        ("respond_by", pa.timestamp("us", tz="UTC")),
        ("reasons_for", pa.list_(pa.field("element", REASON))),
        ("owner (carried)", pa.string()),
        ("Owner (carried)", pa.string()),
        ("model", pa.string()),
        ("warnings", pa.list_(pa.field("element", pa.string()))),
    ]
)
HOSTILE = "'); DROP TABLE x; -- \\ \" 株 :as_of %s $1"
DAY = dt.date(2025, 4, 1)


def night(*leads, day=DAY, model="m", chance=0.1):
    rows = [
        {
            "lead_id": lead,
            "episode": 1,
            "as_of": day,
            "probability": chance + 1e-17 * place + 1 / 3,
            "is_mql": place % 2 == 0,
            "respond_by": dt.datetime(2025, 4, 1, 9, 30, 0, 1, tzinfo=dt.UTC),
            "reasons_for": [{"concept": HOSTILE, "contribution": 0.1 + 0.2}] * place,
            "owner (carried)": HOSTILE,
            "Owner (carried)": None,
            "model": model,
            "warnings": [] if place else ["a\nb"],
        }
        for place, lead in enumerate(leads)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


class Database:
    """A database, and the rows that anybody reads in it."""

    def __init__(self, url):
        self.url = url
        self.is_duckdb = url.startswith("duckdb")

    def settings(self, **said):
        return DatabaseOutput(url=self.url, **said)

    def put(self, *tables, day=DAY, model="m", schema=SCHEMA, **said):
        return deliver(self.settings(**said), model, day, schema, tables)

    def rows(self, query="SELECT * FROM propensity_scores ORDER BY model, as_of, lead_id"):
        if self.is_duckdb:
            with duckdb.connect(self.url.removeprefix("duckdb:///")) as connection:
                return connection.sql(query).to_arrow_table().to_pylist()
        engine = sqlalchemy.create_engine(self.url)
        with engine.connect() as connection:
            found = [dict(row) for row in connection.execute(sqlalchemy.text(query)).mappings()]
        engine.dispose()
        return found

    def run(self, statement):
        if self.is_duckdb:
            with duckdb.connect(self.url.removeprefix("duckdb:///")) as connection:
                connection.execute(statement)
            return
        engine = sqlalchemy.create_engine(self.url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def columns(self, table):
        self.run(f"INSERT INTO {table} DEFAULT VALUES")
        return list(self.rows(f"SELECT * FROM {table}")[0])

    def leads(self, table="propensity_scores"):
        found = self.rows(f"SELECT model, as_of, lead_id FROM {table} ORDER BY 1, 2, 3")
        return [(row["model"], str(row["as_of"]), row["lead_id"]) for row in found]


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def database(request, tmp_path):
    """A database that is empty."""
    if request.param == "postgresql":
        return Database(request.getfixturevalue("postgresql")())
    return Database(f"{request.param}:///{tmp_path / 'scores.db'}")


def plain(value):
    """What a cell means, however a database hands it out."""
    if isinstance(value, str) and value[:1] in "[{":
        return json.loads(value)
    if isinstance(value, str) and value[:10] == "2025-04-01":
        return plain(dt.datetime.fromisoformat(value)) if len(value) > 10 else value
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return bool(value) if isinstance(value, bool) else value


def test_the_rows_are_those_of_the_file_to_the_last_bit(database):
    given = night("a", "b", "c")
    done = database.put(given.slice(0, 2), given.slice(2))
    assert (done.rows, done.replaced, done.deleted) == (3, 0, 0)
    found = database.rows()
    assert len(found) == 3
    for row, expected in zip(found, given.to_pylist(), strict=True):
        expected["Owner (carried) (2)"] = expected.pop("Owner (carried)")
        is_mql = row.pop("is_mql")
        assert bool(is_mql) is expected.pop("is_mql")
        assert {name: plain(value) for name, value in row.items()} == {
            name: plain(value) for name, value in expected.items()
        }


def test_a_new_file_is_for_its_owner_alone(tmp_path):
    for kind in ("sqlite", "duckdb"):
        Database(f"{kind}:///{tmp_path / kind}").put(night("a"))
        assert (tmp_path / kind).stat().st_mode & 0o777 == 0o600


def test_a_second_run_replaces_the_night_and_leaves_what_is_of_others(database):
    database.put(night("a", "b", "c"))
    before = DAY - dt.timedelta(days=1)
    database.put(night("a", "x", day=before), day=before)
    database.put(night("a", model="other"), model="other")
    done = database.put(night("b", "c", "d"))
    assert (done.rows, done.replaced) == (3, 3)
    first = [("m", str(before), "a"), ("m", str(before), "x")]
    newest = [("m", str(DAY), lead) for lead in "bcd"] + [("other", str(DAY), "a")]
    assert database.leads() == first + newest
    assert database.leads("propensity_scores_newest") == newest


def test_old_nights_are_kept_for_so_many_days_before_the_newest(database):
    for ago in (0, 3, 2, 1):  # a night may be made up
        day = DAY - dt.timedelta(days=ago)
        done = database.put(night("a", day=day), day=day, keep_days=3)
    assert [day for _, day, _ in database.leads()] == ["2025-03-30", "2025-03-31", "2025-04-01"]
    assert done.deleted == 0
    day = DAY + dt.timedelta(days=1)
    assert database.put(night("a", day=day), day=day, keep_days=1).deleted == 3


def test_a_flat_table_takes_the_place_of_the_one_before(database):
    flat = night("a", "a", "b").set_column(2, SCHEMA.field("as_of"), pa.nulls(3, pa.date32()))
    database.put(flat, day=None)
    assert database.put(flat.slice(1), day=None).replaced == 3
    assert len(database.leads()) == len(database.leads("propensity_scores_newest")) == 2


def test_a_new_column_is_added_and_shown(database):
    database.put(night("a"))
    more = night("a").append_column("new", pa.array([0.5]))
    database.put(more, schema=more.schema)
    (row,) = database.rows("SELECT * FROM propensity_scores_newest")
    assert row["new"] == 0.5
    database.put(night("a"))  # an older version of Propensity still writes
    (row,) = database.rows()
    assert row["new"] is None


def test_a_run_that_fails_in_the_middle_leaves_the_night_as_it_was(database):
    database.put(night("a", "b"))
    before = database.rows()

    def tables():
        yield night("c")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(database.settings(), "m", DAY, SCHEMA, tables())
    assert database.rows() == before


def test_who_reads_meanwhile_sees_the_night_before(postgresql):
    database = Database(postgresql())
    database.put(night("a", "b"))
    seen = []

    def tables():
        yield night("c")
        seen.append(database.leads("propensity_scores_newest"))
        yield night("d")

    deliver(database.settings(), "m", DAY, SCHEMA, tables())
    assert seen == [[("m", str(DAY), "a"), ("m", str(DAY), "b")]]
    assert database.leads() == [("m", str(DAY), "c"), ("m", str(DAY), "d")]


def test_two_runs_at_once_follow_each_other(postgresql):
    database = Database(postgresql())
    database.put(night("z"))
    begun, go = threading.Event(), threading.Event()

    def slowly():
        yield night("a")
        begun.set()
        go.wait(20)
        yield night("b")

    first = threading.Thread(target=deliver, args=(database.settings(), "m", DAY, SCHEMA, slowly()))
    second = threading.Thread(target=database.put, args=(night("a", "b", "c"),))
    first.start()
    assert begun.wait(20)
    second.start()
    go.set()
    first.join(30)
    second.join(30)
    assert [lead for *_, lead in database.leads()] == ["a", "b", "c"]


def test_a_schema_and_names_that_need_quotes(postgresql):
    database = Database(postgresql())
    database.put(night("a"))
    engine = sqlalchemy.create_engine(database.url)
    with engine.begin() as connection:
        connection.exec_driver_sql('CREATE SCHEMA "Sales team"')
    engine.dispose()
    database.put(night("a"), table='Sales team.scores "new"')
    assert database.leads('"Sales team"."scores ""new""_newest"') == [("m", str(DAY), "a")]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+pg8000://writer:${SCORES_PASSWORD}@127.0.0.1:1/crm",
        "nodriver://writer:${SCORES_PASSWORD}@host/crm",
    ],
)
def test_a_database_that_cannot_be_reached_is_a_sentence_without_a_password(url, monkeypatch):
    monkeypatch.setenv("SCORES_PASSWORD", "hunter2")
    with pytest.raises(
        ScoresDatabaseError, match=r"output\.database: the scores were not"
    ) as caught:
        Database(url).put(night("a"))
    assert "hunter2" not in str(caught.value)


def test_an_error_about_a_row_does_not_show_it(database):
    if database.is_duckdb:
        pytest.skip("the table has no key there")
    with pytest.raises(ScoresDatabaseError, match="is as it was") as caught:
        database.put(night("secret@example.com", "secret@example.com"))
    assert "secret" not in str(caught.value)


def test_a_table_that_holds_something_else_stays_as_it_is(database):
    database.run("CREATE TABLE leads (lead_id INTEGER, company VARCHAR(9))")
    with pytest.raises(ScoresDatabaseError, match="holds no scores, for it has no column 'model'"):
        deliver(DatabaseOutput(url=database.url, table="leads"), "m", DAY, SCHEMA, [night("a")])
    assert database.columns("leads") == ["lead_id", "company"]


def test_a_table_in_the_place_of_the_view_is_no_view(database):
    database.run("CREATE TABLE propensity_scores_newest (x INTEGER)")
    with pytest.raises(ScoresDatabaseError, match=r"propensity_scores(_newest)?"):
        deliver(DatabaseOutput(url=database.url), "m", DAY, SCHEMA, [night("a")])
    assert database.columns("propensity_scores_newest") == ["x"]


@pytest.mark.parametrize("table", ["t" * 57, "株" * 19])
def test_a_name_that_would_be_cut_is_refused(postgresql, table):
    with pytest.raises(ScoresDatabaseError, match="expected a name of at most 56 bytes"):
        deliver(DatabaseOutput(url=postgresql(), table=table), "m", DAY, SCHEMA, [night("a")])


def test_a_nul_character_does_not_keep_a_night_from_postgresql(postgresql):
    url = postgresql()
    rows = night("a", "b").to_pylist()
    rows[1] |= {"owner (carried)": "x\x00y\\u0000\\\x00"}
    rows[1]["reasons_for"] = [{"concept": "\x00", "contribution": 1.0}]
    deliver(DatabaseOutput(url=url), "m", DAY, SCHEMA, [pa.Table.from_pylist(rows, schema=SCHEMA)])
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        query = sqlalchemy.text(
            "SELECT \"owner (carried)\", reasons_for -> 0 ->> 'concept' FROM propensity_scores"
            " WHERE lead_id = 'b'"
        )
        assert connection.execute(query).one() == ("x\ufffdy\\u0000\\\ufffd", "\ufffd")
    engine.dispose()


@pytest.mark.parametrize("url", ["postgresql+pg8000://a:x@h:port/d", "postgresql+pg8000://h/d?x=1"])
def test_a_strange_address_ends_in_a_sentence(url):
    with pytest.raises(ScoresDatabaseError, match=r"is its port a number|unexpected keyword"):
        deliver(DatabaseOutput(url=url), "m", DAY, SCHEMA, [night("a")])
