"""Events belong to leads and count once they were recorded."""

from features.settings import (
    EventColumns,
)
from tests.features.inputs import DAY, LEADS, WITH_VALUES, opened, quarantined, reasons, rows, three


class TestEvents:
    def test_values_are_exact_millionths_rounded_half_to_even(self, tmp_path):
        events = "lead_id,occurred_at,event_type,value,detail\n" + "".join(
            f"a,2024-01-0{i}T09:00Z,visit,{v},/p\n"
            for i, v in enumerate(["1.5", "0.0000005", "-2", "1e-7", ""], 1)
        )
        with opened(three(tmp_path, LEADS, events, options=WITH_VALUES)) as store:
            assert rows(store, "events", "day - 19723", "value") == [
                (0, 1_500_000),
                (1, 0),
                (2, -2_000_000),
                (3, 0),
                (4, None),
            ]

    def test_a_value_that_is_no_number_or_too_large_is_missing_and_counted(self, tmp_path):
        events = "lead_id,occurred_at,event_type,value,detail\n" + "".join(
            f"a,2024-01-0{i}T09:00Z,visit,{v},/p\n"
            for i, v in enumerate(["many", "1e13", "inf", "9e12"], 1)
        )
        with opened(three(tmp_path, LEADS, events, options=WITH_VALUES)) as store:
            assert [value for (value,) in rows(store, "events", "value")] == [
                9 * 10**18,
                None,
                None,
                None,
            ]
            assert (
                "value: number; 2 cells cannot be read (rows 1, 3, such as 'inf', 'many')"
                in store.report.notable("events")
            )
            assert (
                "events: column 'value': 1 values are beyond ±9e+12: taken as missing"
                in store.report.warnings
            )

    def test_detail_and_channel_are_kept_as_texts(self, tmp_path):
        events = "lead_id,occurred_at,event_type,page,via\na,2024-01-05T09:00Z,visit,/価格,メール\n"
        events += "a,2024-01-06T09:00Z,visit,,n/a\n"
        options = {"events": {"columns": EventColumns(detail="page", channel="via")}}
        with opened(three(tmp_path, LEADS, events, options=options)) as store:
            assert rows(store, "events", "day - 19723", "detail", "channel") == [
                (4, "/価格", "メール"),
                (5, None, None),
            ]

    def test_an_event_is_known_after_the_delay_of_its_source(self, tmp_path):
        with opened(three(tmp_path, options={"events": {"delay_days": 3}})) as store:
            assert rows(store, "events", "day", "known_day") == [
                (DAY + 4, DAY + 7),
                (DAY + 5, DAY + 8),
            ]

    def test_bad_events_are_quarantined_with_their_reason(self, tmp_path):
        good = "".join(f"a,2024-01-05T09:0{i}Z,visit\n" for i in range(9))
        bad = (
            "zz,2024-01-05T09:00Z,visit\n"
            "a,whenever,visit\n"
            "a,,visit\n"
            "a,2024-01-05T09:00Z,\n"
            ",2024-01-05T09:00Z,visit\n"
        )
        events = f"lead_id,occurred_at,event_type\n{good}{bad}a,2024-01-05T09:00Z,visit\n"
        with opened(three(tmp_path, LEADS, events), quarantine=tmp_path / "q") as store:
            assert store.rows("events") == 9
        found = {row["reason"]: row["row"] for row in quarantined(tmp_path / "q", "events")}
        assert found == {
            "of a lead that is not in leads": "10",
            "occurred_at cannot be read as a time": "11",
            "no occurred_at": "12",
            "no event_type": "13",
            "no lead_id": "14",
            "an exact copy of another row": "15",
        }

    def test_a_copy_is_a_copy_in_every_column_also_those_not_used(self, tmp_path):
        events = (
            "lead_id,occurred_at,event_type,serial\n"
            + "a,2024-01-05T09:00Z,visit,1\n" * 2
            + "a,2024-01-05T09:00Z,visit,2\n"
        )
        with opened(three(tmp_path, LEADS, events)) as store:
            assert store.rows("events") == 2
            assert reasons(store, "events") == {"an exact copy of another row": 1}

    def test_malformed_lines_are_in_the_quarantine_as_they_were(self, tmp_path):
        events = "lead_id,occurred_at,event_type\na,2024-01-05T09:00Z,visit\na,2024-01-05\n"
        with opened(three(tmp_path, LEADS, events), quarantine=tmp_path / "q") as store:
            assert store.report.tables["events"].read == 2
        (row,) = quarantined(tmp_path / "q", "events")
        assert row["malformed line"] == "a,2024-01-05"
        assert row["reason"] == "malformed line: fewer cells than the header"
