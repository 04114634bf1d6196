"""A column is of the kind that nearly all of its values read as."""

import pytest

from features.settings import (
    ColumnSettings,
)
from tests.features.inputs import DAY, opened, rows, three


class TestKinds:
    def kind(self, tmp_path, values: list[str]) -> str:
        leads = "lead_id,created_at,size\n" + "".join(
            f"{i},2024-01-01T09:00Z,{v}\n" for i, v in enumerate(values)
        )
        with opened(three(tmp_path, leads, None, None)) as store:
            return store.attributes[0].kind

    @pytest.mark.parametrize(
        ("values", "kind", "why"),
        [
            (["1", "2.5", "-3e4", ""], "number", "numbers and missing ones"),
            (["1"] * 80 + ["x"] * 20, "number", "a fifth may be words"),
            (["1"] * 40 + ["x"] * 60, "text", "some of the words are digits"),
            (
                ["2024-01-02", "2024/1/3", "2024-01-02T10:00:00+09:00", "2024年1月2日"],
                "date",
                "dates as people write them",
            ),
            (["20240101", "20240102"], "number", "a number first"),
            (["True", "False"], "text", "truth values are categories"),
            (["", "NA"], "text", "nothing at all"),
            (["9999-12-31", "9999-12-31"], "text", "no date of this world"),
        ],
    )
    def test_the_kind_is_what_nearly_all_values_read_as(self, tmp_path, values, kind, why):
        assert self.kind(tmp_path, values) == kind, why

    def test_infinite_numbers_are_missing_and_counted(self, tmp_path):
        leads = "lead_id,created_at,size\n" + "".join(
            f"{i},2024-01-01T09:00Z,{i}\n" for i in range(200)
        )
        with opened(three(tmp_path, leads + "x,2024-01-01T09:00Z,inf\n", None, None)) as store:
            assert (
                "size: number; 1 cell cannot be read (row 201, such as 'inf')"
                in store.report.notable("leads")
            )

    def test_a_carried_column_stays_as_it_was_written(self, tmp_path):
        leads = "lead_id,created_at,phone\na,2024-01-01T09:00Z,0312345678\n"
        with opened(three(tmp_path, leads, None, None), ColumnSettings(carry=("phone",))) as store:
            assert rows(store, "leads", "a0") == [("0312345678",)]

    def test_a_date_is_a_local_day(self, tmp_path):
        leads = (
            "lead_id,created_at,size\n"
            "a,2024-01-01T09:00Z,2024-01-01T16:00:00Z\n"
            "b,2024-01-01T09:00Z,2024-01-01\n"
        )
        with opened(three(tmp_path, leads, None, None, timezone="Asia/Tokyo")) as store:
            assert rows(store, "leads", "lead_id", "a0") == [("a", DAY + 1), ("b", DAY)]
