"""What was read once is not asked for again, and together it is what one query would have said."""

import datetime as dt
import os
import sqlite3
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.databases import increments
from features.databases.increments import fetched
from features.databases.moments import QueryMoments
from features.errors import DataError
from features.settings import Source

QUERY = "SELECT id, at, note FROM events WHERE at >= :since AND at < :as_of"
DAYS = [dt.date(2025, 3, 1) + dt.timedelta(days=n) for n in range(10)]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE events (id INTEGER, at TEXT, note)")
        for number, day in enumerate(DAYS):
            add(connection, number, day)
    connection.close()
    return path


def add(connection, number, day, note=None):
    connection.execute("INSERT INTO events VALUES (?, ?, ?)", (number, f"{day} 12:00:00", note))


class Reads:
    """Reads a source night by night, and notes which days were asked for."""

    def __init__(self, database, folder, monkeypatch, **said):
        self.source = Source(
            database=f"sqlite:///{database}", query=QUERY, incremental=True, **said
        )
        self.folder, self.asked = folder, []
        self.real = increments.fetch
        monkeypatch.setattr(increments, "fetch", self.fetch)

    def fetch(self, name, source, target, moments):
        self.asked.append((moments.since, moments.as_of))
        self.real(name, source, target, moments)

    def ids(self, as_of=None, *, since=None, **changed):
        moments = QueryMoments(**({"as_of": as_of} if as_of else {}), since=since or DAYS[0])
        home = self.folder / f"night {len(self.asked)} {time.monotonic_ns()}"
        home.mkdir()
        source = self.source.model_copy(update=changed)
        files = fetched("events", source, home, moments, self.folder / "cache")
        return sorted(pa.concat_tables(map(pq.read_table, files))["id"].to_pylist())


@pytest.fixture
def reads(database, tmp_path, monkeypatch):
    return Reads(database, tmp_path, monkeypatch)


def test_a_night_asks_for_the_days_since_the_last_one(reads):
    assert reads.ids(DAYS[3]) == [0, 1, 2]
    assert reads.ids(DAYS[5]) == [0, 1, 2, 3, 4]
    assert reads.ids(DAYS[5]) == [0, 1, 2, 3, 4]
    assert reads.asked == [(DAYS[0], DAYS[3]), (DAYS[3], DAYS[5])]


def test_a_night_that_is_made_up_later_reads_what_no_stretch_tells(reads):
    reads.ids(DAYS[2])
    reads.ids(DAYS[6])
    assert reads.ids(DAYS[4]) == [0, 1, 2, 3]
    assert reads.ids(DAYS[7]) == [0, 1, 2, 3, 4, 5, 6]
    assert reads.asked[2:] == [(DAYS[2], DAYS[4]), (DAYS[6], DAYS[7])]


def test_a_training_reads_to_the_end_and_keeps_nothing_of_it(reads):
    reads.ids(DAYS[3])
    assert reads.ids() == list(range(10))
    assert reads.ids() == list(range(10))
    assert [asked[0] for asked in reads.asked] == [DAYS[0], DAYS[3], DAYS[3]]


def test_another_query_or_first_day_is_another_table(reads):
    reads.ids(DAYS[3])
    assert reads.ids(DAYS[3], since=DAYS[1]) == [1, 2]
    assert reads.ids(DAYS[3], query=QUERY + " AND id <> 1") == [0, 2]
    assert len(reads.asked) == 3


def test_a_column_that_begins_to_have_values_gets_their_type(reads, database, tmp_path):
    reads.ids(DAYS[3])
    with sqlite3.connect(database) as connection:
        add(connection, 99, DAYS[3], note=0.5)
    connection.close()
    assert reads.ids(DAYS[4]) == [0, 1, 2, 3, 99]  # one type, or the tables could not be joined
    files = sorted((tmp_path / "cache").rglob("*.parquet"))
    assert len(files) == 2


def test_what_is_kept_is_for_its_owner_alone_and_whole(reads, database, tmp_path):
    reads.ids(DAYS[3])
    (home,) = (tmp_path / "cache").iterdir()
    assert home.stat().st_mode & 0o077 == 0
    (kept,) = home.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    os.remove(database)
    with pytest.raises(DataError, match="events: the query cannot be read"):
        reads.ids(DAYS[4])
    assert list(home.iterdir()) == [kept]
    assert reads.ids(DAYS[3]) == [0, 1, 2]


@pytest.mark.parametrize("query", ["SELECT 1", "SELECT 1 WHERE a < :as_of", None])
def test_a_query_that_asks_for_no_stretch_is_refused(query):
    said = {"query": query} if query else {"table": "events"}
    with pytest.raises(ValueError, match="`incremental` needs a `query` that asks for :since"):
        Source(database="sqlite:///crm.db", incremental=True, **said)
