"""One way to read a cell, proven against Python's own."""

import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.intake.values import RawColumn, Reader, utc
from features.settings import MISSING_VALUES
from features.sql import one_of, quote_identifier, quote_literal

CELL = RawColumn("x", "c0", "VARCHAR")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def connection():
    opened = duckdb.connect()
    opened.execute("SET threads = 1")
    yield opened
    opened.close()


def values(connection, texts: list[str | None], expression: str) -> list[object]:
    connection.execute("CREATE OR REPLACE TEMP TABLE cells (i INTEGER, c0 VARCHAR)")
    connection.executemany("INSERT INTO cells VALUES (?, ?)", list(enumerate(texts)))
    return [
        row[0]
        for row in connection.execute(f"SELECT {expression} FROM cells ORDER BY i").fetchall()
    ]


texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
ends = st.sampled_from(["", " ", "\u3000", "\u00a0", "\t", "\u2009 ", "\x00", "\n"])


@given(
    st.lists(
        st.tuples(ends, st.one_of(texts, st.sampled_from(MISSING_VALUES)), ends),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None)
def test_a_clean_text_is_what_python_would_strip(connection, parts):
    cells = ["".join(part) for part in parts]

    def expected(cell: str) -> str | None:
        bare = "".join(c for c in cell if unicodedata.category(c) != "Cc").strip()
        return None if bare in MISSING_VALUES else bare

    assert values(connection, cells, Reader(MISSING_VALUES, "UTC").clean("c0")) == [
        expected(cell) for cell in cells
    ]


@given(
    st.lists(st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1)), min_size=1, max_size=6),
    st.sampled_from(["UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
)
@settings(max_examples=40, deadline=None)
def test_a_moment_falls_on_the_local_day_that_python_finds(connection, moments, zone):
    connection.execute(f"SET TimeZone = '{zone}'")
    reader = Reader((), zone)
    cells = [moment.isoformat() + "Z" for moment in moments]
    days = values(connection, cells, reader.day(reader.moment(CELL)))
    local = [m.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() for m in moments]
    assert days == [(day - EPOCH.date()).days for day in local]
    assert values(connection, cells, utc(reader.moment(CELL))) == moments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-31", datetime(2024, 5, 30, 15)),
        ("2024/5/31 9:05", datetime(2024, 5, 31, 0, 5)),
        ("2024-05-31T09:00:00+02:00", datetime(2024, 5, 31, 7)),
        ("2024-05-31 09:00:00Z", datetime(2024, 5, 31, 9)),
        ("2024年5月31日", datetime(2024, 5, 30, 15)),
        ("2024年5月31日 9時05分", datetime(2024, 5, 31, 0, 5)),
        ("20240531", datetime(2024, 5, 30, 15)),
        ("2024.05.31", datetime(2024, 5, 30, 15)),
        ("31/05/2024", None),
        ("05/31/2024", None),
        ("9999-12-31", None),
        ("0001-01-01", None),
        ("epoch", datetime(1970, 1, 1)),
        ("infinity", None),
        ("now", None),
        ("today", None),
        ("2024-02-30", None),
        ("1717113600", None),
    ],
)
def test_times_are_read_as_people_write_them_and_never_guessed(connection, text, expected):
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    assert values(connection, [text], utc(Reader((), "Asia/Tokyo").moment(CELL))) == [expected]


@pytest.mark.parametrize(
    ("text", "naive"),
    [
        ("2024-05-31", True),
        ("2024-05-31 09:00", True),
        ("2024-05-31T09:00:00.123", True),
        ("2024-05-31T09:00:00Z", False),
        ("2024-05-31 09:00:00+09", False),
        ("2024-05-31 09:00:00 JST", False),
        ("2024-05-31T09:00:00.5-08:00", False),
        ("no time", False),
    ],
)
def test_a_time_says_its_zone_or_does_not(connection, text, naive):
    assert values(connection, [text], Reader((), "UTC").without_offset(CELL)) == [naive]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        (" 2", 2.0),
        ("-3e4", -3e4),
        (".5", 0.5),
        ("1e400", None),
        ("nan", None),
        ("inf", None),
        ("1,000", None),
    ],
)
def test_numbers_are_finite_or_missing(connection, text, number):
    assert values(connection, [text], Reader((), "UTC").number(CELL)) == [number]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("1", "BIGINT", "1"),
        ("1", "DOUBLE", "1"),
        ("1.5", "DOUBLE", "1.5"),
        ("12345678901234567890", "HUGEINT", "12345678901234567890"),
        ("7", "DECIMAL(10,2)", "7"),
        ("true", "BOOLEAN", "True"),
        ("nan", "DOUBLE", None),
        ("2024-01-02", "DATE", "2024-01-02"),
    ],
)
def test_a_typed_value_has_one_text(connection, value, kind, text):
    column = RawColumn("x", "c0", kind)
    row = connection.execute(
        f"SELECT {Reader((), 'UTC').text(column)} FROM (SELECT CAST('{value}' AS {kind}) AS c0)"
    ).fetchone()
    assert row == (text,)


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_quoting(connection, text):
    assert connection.execute(
        f"SELECT {quote_literal(text)} AS {quote_identifier(text)}"
    ).fetchone() == (text,)
    assert connection.execute(f"SELECT {one_of(quote_literal(text), [text])}").fetchone() == (True,)


def test_a_nul_cannot_be_quoted():
    with pytest.raises(ValueError, match="a NUL character cannot stand in SQL"):
        quote_literal("a\x00b")
