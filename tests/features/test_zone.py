"""One clock for Python and for the database."""

from datetime import UTC, date, datetime

import duckdb
import pytest

from features import zone as clock
from features.days import date_of, day_number, midnight_utc
from features.intake import open_store
from features.settings import ColumnSettings
from features.zone import Stretch, changes, differences, local_day, local_time, moment_of, zone
from tests.features.inputs import three

ZONES = ["Asia/Tokyo", "Europe/Berlin", "Africa/Casablanca", "America/Vancouver", "Asia/Beirut"]

SIZE = ColumnSettings(fit=("size",))


@pytest.mark.parametrize("name", ZONES)
def test_the_database_and_python_agree_on_every_midnight(name):
    days = range(day_number(datetime(2024, 1, 1, tzinfo=UTC).date()), 22_000, 5)
    local = moment_of("CAST(DATE '1970-01-01' + day AS TIMESTAMP)", name)
    with duckdb.connect() as database:
        found = database.execute(
            f"SELECT epoch_us({local}) FROM (SELECT unnest($1::INTEGER[]) AS day)", [list(days)]
        ).fetchall()
    assert [row[0] for row in found] == [
        round(midnight_utc(day, name).timestamp() * 1e6) for day in days
    ]


def test_where_the_database_knows_other_rules_the_package_holds(monkeypatch):
    """The database is asked for Berlin where the rules are those of Casablanca: an older table."""
    rules, first, last = zone("Africa/Casablanca"), 1_700_000_000, 1_800_000_000
    monkeypatch.setattr(clock, "zone", lambda name: rules)
    differences.cache_clear()
    try:
        stretches = differences("Europe/Berlin")
        local = local_time("moment", "Europe/Berlin")
        back = moment_of(f"({local})", "Europe/Berlin")
        with duckdb.connect() as database:
            found = database.execute(
                f"SELECT second, epoch({local}), epoch({back}) FROM (SELECT second,"
                " to_timestamp(second) AS moment FROM range($1, $2, 86399) AS r(second))",
                [first, last],
            ).fetchall()
    finally:
        differences.cache_clear()
    assert len(stretches) > 50
    for second, seen, again in found:
        told = datetime.fromtimestamp(second, rules).replace(tzinfo=UTC).timestamp()
        assert (seen, again) == (told, second)


@pytest.mark.parametrize("name", ["UTC", "Asia/Kathmandu", *ZONES])
def test_a_day_is_that_of_the_package(name):
    starts = [start for start, _ in changes(name)]
    seconds = [at + near for at in starts for near in (-86_400, -1, 0, 1, 86_400)]
    seconds += range(-2_000_000_000, 6_000_000_000, 7_777_777)
    with duckdb.connect() as database:
        database.execute(f"SET TimeZone = '{name}'")
        found = database.execute(
            f"SELECT second, {local_day('to_timestamp(second)', name)},"
            f" date_diff('day', DATE '1970-01-01', ({local_time('to_timestamp(second)', name)})"
            "::DATE) FROM (SELECT unnest($1::BIGINT[]) AS second)",
            [seconds],
        ).fetchall()
    for second, divided, asked in found:
        assert divided == asked
        if 0 < second < 2_800_000_000:
            local = datetime.fromtimestamp(second, zone(name)).date()
            assert divided == (local - date(1970, 1, 1)).days


def test_a_stretch_has_one_offset():
    assert all(isinstance(s, Stretch) and s.first < s.end for s in differences("Asia/Tokyo"))


def test_an_unknown_zone_is_refused():
    with pytest.raises(KeyError, match="Nowhere"):
        zone("Nowhere/Town")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("America/Sao_Paulo", "2018-11-04"),
        ("Africa/Cairo", "2024-04-26"),
        ("Asia/Beirut", "2024-03-31"),
        ("America/Santiago", "2024-09-08"),
    ],
)
def test_a_bare_date_on_a_midnight_that_does_not_exist_is_that_day(tmp_path, name, day):
    leads = f"lead_id,created_at,size\na,{day},1\nb,{day} 00:30:00,2\nc,1970-01-01,3\n"
    given = three(tmp_path, leads, None, None, timezone=name)
    with open_store(given, SIZE, purpose="score", quarantine=None) as store:
        days = [date_of(d) for d in store.arrow("leads")["created_day"].to_pylist()]
        first = store.arrow("leads")["created_at"][0].as_py()
    assert days == [date.fromisoformat(day)] * 2 + [date(1970, 1, 1)]
    assert first == midnight_utc(day_number(date.fromisoformat(day)), name).replace(tzinfo=None)
