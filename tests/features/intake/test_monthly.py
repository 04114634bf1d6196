"""Traffic and goals by month: read as people write months, refused where they say nothing."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import DataError
from features.intake.monthly import month_of, open_monthly
from features.settings import InputSettings


def configured(tmp_path, traffic=None, goals=None, columns=None):
    raw = {"leads": {"path": str(tmp_path / "leads.csv")}, "timezone": "Asia/Tokyo"}
    for name, text in (("traffic", traffic), ("goals", goals)):
        if text is not None:
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
            raw[name] = {"path": str(tmp_path / f"{name}.csv"), "columns": columns or {}}
    return InputSettings.model_validate(raw)


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("2024-05", "2024-05"),
        ("2024/5", "2024-05"),
        ("2024年5月", "2024-05"),
        ("2024年12月", "2024-12"),
        ("202405", "2024-05"),
        ("2024-05-31", "2024-05"),  # a date in it
        ("2024/5/1", "2024-05"),
    ],
)
def test_a_month_is_read_as_people_write_it(tmp_path, written, month):
    found = open_monthly(
        configured(tmp_path, f"month,channel,visits\n{written},ads,10\n"), quarantine=None
    )
    year, number = map(int, month.split("-"))
    assert found.traffic["month"].to_pylist() == [(year - 1970) * 12 + number - 1]


def test_a_month_may_be_a_date_of_a_database(tmp_path):
    import datetime

    table = pa.table(
        {"month": [datetime.date(2024, 5, 1)], "channel": ["ads"], "visits": [10], "cost": [5.5]}
    )
    pq.write_table(table, tmp_path / "traffic.parquet")
    raw = {
        "leads": {"path": "x"},
        "timezone": "Asia/Tokyo",
        "traffic": {"path": str(tmp_path / "traffic.parquet"), "columns": {"cost": "cost"}},
    }
    found = open_monthly(InputSettings.model_validate(raw), quarantine=None)
    assert found.traffic.to_pylist() == [
        {
            "month": month_of(datetime.date(2024, 5, 1)),
            "channel": "ads",
            "visits": 10.0,
            "cost": 5.5,
        }
    ]


def test_several_rows_of_a_month_and_channel_add_up(tmp_path):
    text = "month,channel,visits,cost\n2024-05,ads,10,1.5\n2024-05,ads,20,2\n2024-05,mail,5,\n"
    found = open_monthly(configured(tmp_path, text, columns={"cost": "cost"}), quarantine=None)
    rows = {row["channel"]: (row["visits"], row["cost"]) for row in found.traffic.to_pylist()}
    assert rows == {"ads": (30.0, 3.5), "mail": (5.0, None)}


def test_bad_rows_go_to_quarantine_with_their_reason(tmp_path):
    good = "2024-05,ads,10\n2024-06,ads,11\n2024-07,ads,12\n"
    text = f"month,channel,visits\n{good}May,ads,10\n2024-05,,10\n2024-05,mail,-3\n"
    found = open_monthly(configured(tmp_path, text), quarantine=tmp_path / "q")
    assert found.traffic.num_rows == 3
    assert found.report.tables["traffic"].quarantined == {
        "month cannot be read as a month such as 2024-05": 1,
        "no channel": 1,
        "visits is no number from 0 on": 1,
    }
    assert (tmp_path / "q" / "traffic.csv").exists()


def test_everything_wrong_is_said_at_once(tmp_path):
    config = configured(
        tmp_path, "month,chanel,visits\n2024-05,ads,10\n", "month,segment\n2024-05,small\n"
    )
    with pytest.raises(DataError, match="did you mean 'chanel'") as error:
        open_monthly(config, quarantine=None)
    assert "goals: no column 'revenue'" in str(error.value)


def test_two_goals_for_one_month_and_segment_contradict_each_other(tmp_path):
    config = configured(
        tmp_path, goals="month,segment,revenue\n2024-05,small,10\n2024-05,small,20\n"
    )
    with pytest.raises(
        DataError, match=r"one row per month and segment, got several of 'small' \(2 rows\)"
    ):
        open_monthly(config, quarantine=None)


def test_a_close_rate_is_a_share(tmp_path):
    text = (
        "month,segment,revenue,rate\n"
        "2024-05,small,10,0.1\n"
        "2024-06,small,10,0.1\n"
        "2024-05,large,10,12\n"
    )
    found = open_monthly(configured(tmp_path, goals=text), quarantine=None)
    assert found.goals["target_close_rate"].null_count == 3  # the column is named nowhere
    named = configured(tmp_path, goals=text, columns={"target_close_rate": "rate"})
    found = open_monthly(named, quarantine=None)
    assert found.goals["target_close_rate"].to_pylist() == [0.1, 0.1]
    assert list(found.report.tables["goals"].quarantined) == [
        "target_close_rate is no share between 0 and 1"
    ]


def test_without_either_table_there_is_nothing(tmp_path):
    found = open_monthly(configured(tmp_path), quarantine=None)
    assert found.traffic.num_rows == found.goals.num_rows == 0


def test_a_flat_table_has_no_months():
    raw = {"flat": {"path": "x", "columns": {"outcome": "won"}}, "traffic": {"path": "y"}}
    with pytest.raises(ValueError, match="`flat` and `traffic` exclude each other"):
        InputSettings.model_validate(raw)
