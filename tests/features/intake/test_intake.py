"""Raw sources become canonical tables; what is wrong is said at once, and no row is lost
silently.
"""

import csv
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import DataError
from features.resources import Resources
from features.settings import (
    ColumnSettings,
    EventColumns,
    InputSettings,
    LeadColumns,
    OutcomeColumns,
    Source,
)
from tests.features.inputs import LEADS, OUTCOMES, WITH_VALUES, flat, opened, rows, three

DAY = 19723  # 2024-01-01


def quarantined(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def reasons(store, table: str) -> dict[str, int]:
    return dict(store.report.tables[table].quarantined)


class TestLeads:
    def test_leads_are_numbered_by_lead_id_whatever_the_order_of_the_file(self, tmp_path):
        leads = (
            "lead_id,created_at,size\n"
            "10,2024-01-01T09:00Z,1\n"
            "b,2024-01-01T09:00Z,2\n"
            "9,2024-01-01T09:00Z,3\n"
        )
        with opened(three(tmp_path, leads, None, None)) as store:
            assert rows(store, "leads", "lead", "lead_id", "a0") == [
                (0, "10", 1.0),
                (1, "9", 3.0),
                (2, "b", 2.0),
            ]

    def test_a_day_is_a_day_of_the_time_zone(self, tmp_path):
        leads = "lead_id,created_at,size\na,2024-01-01T16:00:00Z,1\nb,2024-01-01 23:30,2\n"
        with opened(three(tmp_path, leads, None, None, timezone="Asia/Tokyo")) as store:
            assert rows(store, "leads", "created_at", "created_day") == [
                (datetime(2024, 1, 1, 14, 30), DAY),
                (datetime(2024, 1, 1, 16), DAY + 1),
            ]

    def test_a_lead_is_known_when_it_was_created_and_recorded(self, tmp_path):
        leads = (
            "lead_id,created_at,size,entered\n"
            "a,2024-01-01T09:00Z,1,2024-01-04T09:00Z\n"
            "b,2024-01-01T09:00Z,2,\n"
        )
        options = {"leads": {"columns": LeadColumns(recorded_at="entered"), "delay_days": 2}}
        with opened(three(tmp_path, leads, None, None, options=options)) as store:
            assert rows(store, "leads", "lead_id", "known_day") == [("a", DAY + 3), ("b", DAY + 2)]

    def test_people_of_one_company_share_its_number(self, tmp_path):
        leads = (
            "lead_id,created_at,size,org\n"
            "a,2024-01-01Z,1,Z\n"
            "b,2024-01-01Z,2,\n"
            "c,2024-01-01Z,3,Z\n"
            "d,2024-01-01Z,4,A\n"
        )
        options = {"leads": {"columns": LeadColumns(account_id="org")}}
        with opened(
            three(tmp_path, leads.replace("01Z", "01T00:00Z"), None, None, options=options)
        ) as store:
            assert rows(store, "leads", "lead_id", "account") == [
                ("a", 1),
                ("b", None),
                ("c", 1),
                ("d", 0),
            ]

    def test_texts_are_stripped_cleaned_and_missing_where_they_say_so(self, tmp_path):
        leads = (
            "lead_id,created_at,size\na,2024-01-01T09:00Z,\u3000製造 業\u00a0\n"
            "b,2024-01-01T09:00Z, NA \nc,2024-01-01T09:00Z,x\x07y\nd,2024-01-01T09:00Z,TRUE\n"
        )
        with opened(three(tmp_path, leads, None, None)) as store:
            assert rows(store, "leads", "a0") == [("True",), ("xy",), ("製造 業",), (None,)]

    def test_a_lead_without_id_or_time_is_quarantined(self, tmp_path):
        leads = LEADS + ",2024-01-04T09:00Z,1\nd,,2\ne,soon,3\n"
        with opened(three(tmp_path, leads)) as store:
            assert reasons(store, "leads") == {
                "created_at cannot be read as a time": 1,
                "no created_at": 1,
                "no lead_id": 1,
            }
            assert store.report.tables["leads"].read == 6
            assert store.report.tables["leads"].kept == 3

    def test_lead_ids_that_occur_twice_are_an_error_that_names_rows_and_not_people(self, tmp_path):
        leads = LEADS + "a,2024-01-04T09:00Z,1\nb,2024-01-04T09:00Z,1\na,2024-01-04T09:00Z,1\n"
        with pytest.raises(
            DataError, match=r"leads: 2 lead_ids occur more than once \(rows 1, 2, 4, 5, 6\)"
        ) as caught:
            opened(three(tmp_path, leads))
        assert "'a'" not in str(caught.value)

    def test_ids_typed_as_numbers_match_in_every_table(self, tmp_path):
        connection = duckdb.connect()
        for name, sql in {
            "leads": (
                "SELECT 1 AS lead_id, TIMESTAMPTZ '2024-01-01 09:00Z' AS created_at, 3 AS size"
            ),
            "events": (
                "SELECT 1e0 AS lead_id, TIMESTAMPTZ '2024-01-02 09:00Z' AS occurred_at, 'x' AS"
                " event_type"
            ),
        }.items():
            connection.execute(f"COPY ({sql}) TO '{tmp_path / name}.parquet'")
        source = three(tmp_path, LEADS, None, None)
        source = source.model_copy(
            update={
                "leads": source.leads.model_copy(update={"path": str(tmp_path / "leads.parquet")}),
                "events": (
                    three(tmp_path).events.model_copy(
                        update={"path": str(tmp_path / "events.parquet")}
                    )
                ),
            }
        )
        with opened(source) as store:
            assert rows(store, "leads", "lead_id") == [("1",)]
            assert rows(store, "events", "lead") == [(0,)]


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
                "events: column 'value': 2 values are no number: taken as missing"
                in store.report.warnings
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


class TestOutcomes:
    columns = OutcomeColumns(reopened_at="reopened", lost_reason="why", amount="sum")

    def episodes(self, tmp_path, outcomes: str, **more):
        options = {"outcomes": {"columns": self.columns, **more}}
        text = "lead_id,closed_at,won,reopened,why,sum\n" + outcomes
        store = opened(three(tmp_path, LEADS, outcomes=text, options=options))
        with store:
            names = (
                "lead",
                "episode",
                "started_day - 19723",
                "closed_day - 19723",
                "won",
                "lost_reason",
                "amount",
            )
            return (
                rows(store, "episodes", *names),
                reasons(store, "outcomes"),
                rows(store, "leads", "lead_id"),
            )

    def test_every_lead_has_an_episode_and_an_outcome_closes_it(self, tmp_path):
        found, _, _ = self.episodes(
            tmp_path, "a,2024-02-01T09:00Z,1,,,99.5\nb,2024-02-02T09:00Z,0,,price,\n"
        )
        assert found == [
            (0, 1, 0, 31, True, None, 99.5),
            (1, 1, 1, 32, False, "price", None),
            (2, 1, 2, None, None, None, None),
        ]

    def test_a_reopened_loss_starts_a_second_episode_that_its_own_outcome_closes(self, tmp_path):
        found, bad, _ = self.episodes(
            tmp_path,
            "a,2024-04-01T09:00Z,1,,,\na,2024-02-01T09:00Z,0,2024-03-01T09:00Z,,\n"
            "b,2024-02-01T09:00Z,0,2024-03-01T09:00Z,,\n",
        )
        assert [row[:5] for row in found] == [
            (0, 1, 0, 31, False),
            (0, 2, 60, 91, True),
            (1, 1, 1, 31, False),
            (1, 2, 60, None, None),
            (2, 1, 2, None, None),
        ]
        assert bad == {}

    def test_an_outcome_without_close_leaves_the_lead_open(self, tmp_path):
        found, _, _ = self.episodes(tmp_path, "a,,,,,\nb,,0,,,\nc,2024-02-02T09:00Z,yes,,,\n")
        assert [row[3:5] for row in found] == [(None, None), (None, None), (32, True)]

    @pytest.mark.parametrize(
        ("outcome", "reason"),
        [
            ("a,2023-12-31T09:00Z,0,,,", "closed before the lead was created"),
            ("a,never,0,,,", "closed_at cannot be read as a time"),
            ("a,,1,,,", "won, but without closed_at"),
            ("a,2024-02-01T09:00Z,,,,", "closed, but neither won nor lost"),
            ("a,2024-02-01T09:00Z,0,2024-01-15T09:00Z,,", "reopened before it was closed"),
            ("a,2024-02-01T09:00Z,0,later,,", "reopened_at cannot be read as a time"),
            ("a,,,2024-01-15T09:00Z,,", "reopened, but without closed_at"),
        ],
    )
    def test_a_lead_whose_outcome_cannot_be_used_is_left_out(self, tmp_path, outcome, reason):
        good = "b,2024-02-01T09:00Z,1,,,\nc,2024-02-01T09:00Z,1,,,\n"
        found, bad, leads = self.episodes(tmp_path, f"{good}{outcome}\n")
        assert bad == {reason: 1}
        assert leads == [("b",), ("c",)]
        assert [row[:2] for row in found] == [(0, 1), (1, 1)]

    def test_a_second_close_without_reopening_leaves_the_lead_out(self, tmp_path):
        closes = "a,2024-02-01T09:00Z,0,,,\na,2024-03-01T09:00Z,1,,,\nb,2024-02-01T09:00Z,1,,,\n"
        _, bad, leads = self.episodes(tmp_path, closes)
        assert bad == {
            "a second outcome, and the one before was not lost and reopened earlier": 1,
            "its lead cannot be used": 1,
        }
        assert leads == [("b",), ("c",)]

    def test_an_exact_copy_of_an_outcome_costs_no_lead(self, tmp_path):
        row = "a,2024-02-01T09:00Z,1,,,\n"
        _, bad, leads = self.episodes(tmp_path, row * 2 + "b,2024-02-01T09:00Z,1,,,\n")
        assert bad == {"an exact copy of another row": 1}
        assert leads == [("a",), ("b",), ("c",)]

    def test_the_events_of_a_lead_that_is_left_out_go_with_it(self, tmp_path):
        outcomes = "lead_id,closed_at,won\na,2023-01-01T09:00Z,1\nb,2024-02-02T09:00Z,1\n"
        with opened(three(tmp_path, outcomes=outcomes), quarantine=tmp_path / "q") as store:
            assert reasons(store, "leads") == {"its outcome cannot be used": 1}
            assert reasons(store, "events") == {"its lead cannot be used": 1}
            assert rows(store, "events", "lead", "event_type") == [(0, "demo")]

    def test_a_close_given_as_a_date_may_be_the_day_of_creation(self, tmp_path):
        outcomes = "lead_id,closed_at,won\na,2024-01-01,1\nb,2024-01-01,1\nc,2024-01-03,0\n"
        with opened(three(tmp_path, outcomes=outcomes, timezone="Asia/Tokyo")) as store:
            assert rows(store, "leads", "lead_id") == [("a",), ("c",)]

    def test_stages_are_days_in_the_configured_order(self, tmp_path):
        outcomes = (
            "lead_id,closed_at,won,m,t\n"
            "a,2024-02-01T09:00Z,1,2024-01-10T09:00Z,2024-01-20T09:00Z\n"
            "b,,,,\n"
        )
        options = {"outcomes": {"stages": {"MQL": "m", "toss-up": "t"}}}
        with opened(three(tmp_path, outcomes=outcomes, options=options)) as store:
            assert store.stages == ("MQL", "toss-up")
            assert rows(store, "episodes", "lead", "s0_day - 19723", "s1_day - 19723") == [
                (0, 9, 19),
                (1, None, None),
                (2, None, None),
            ]

    def test_an_outcome_is_known_when_it_was_recorded(self, tmp_path):
        outcomes = (
            "lead_id,closed_at,won,noted\n"
            "a,2024-02-01T09:00Z,1,2024-02-05T09:00Z\n"
            "b,2024-02-01T09:00Z,1,\n"
        )
        options = {"outcomes": {"columns": OutcomeColumns(recorded_at="noted")}}
        with opened(three(tmp_path, outcomes=outcomes, options=options)) as store:
            assert rows(store, "episodes", "closed_day - 19723", "close_known_day - 19723")[:2] == [
                (31, 31),
                (31, 35),
            ]

    def test_outcomes_without_a_single_win_ask_for_the_values_that_mean_one(self, tmp_path):
        outcomes = (
            "lead_id,closed_at,won\na,2024-02-01T09:00Z,approved\nb,2024-02-02T09:00Z,declined\n"
        )
        with pytest.raises(
            DataError,
            match=r"no value of column 'won' means a win: it holds 'approved' \(1\), 'decl",
        ):
            opened(three(tmp_path, outcomes=outcomes))


class TestChanges:
    changes = (
        "lead_id,changed_at,attribute,value\na,2024-01-02T09:00Z,size,11\na,2024-01-01T09:00Z,size,x\n"
        "b,2024-01-02T09:00Z,size,\nb,2024-01-02T09:00Z,mood,good\nzz,2024-01-02T09:00Z,size,1\n"
    )

    def test_changes_of_listed_attributes_are_kept_and_others_counted(self, tmp_path):
        options = {"changes": {"attributes": ("size",)}}
        source = three(tmp_path, changes=self.changes, options=options)
        with opened(source, kinds={"size": "number"}) as store:
            assert rows(store, "changes", "lead", "day - 19723", "attribute", "value") == [
                (0, 0, 0, None),
                (0, 1, 0, "11.0"),
                (1, 1, 0, None),
            ]
            assert reasons(store, "attribute_changes") == {"of a lead that is not in leads": 1}
            assert any(
                "1 rows are of attributes that" in warning for warning in store.report.warnings
            )

    def test_an_attribute_may_exist_in_the_history_alone(self, tmp_path):
        leads = "lead_id,created_at\na,2024-01-01T09:00Z\nb,2024-01-01T09:00Z\n"
        changes = "lead_id,changed_at,attribute,value\na,2024-01-02T09:00Z,size,11\n"
        options = {"changes": {"attributes": ("size",)}}
        with opened(
            three(tmp_path, leads, outcomes=None, changes=changes, options=options)
        ) as store:
            assert store.attributes[0].kind == "number"
            assert rows(store, "leads", "a0") == [(None,), (None,)]
            assert rows(store, "changes", "attribute", "CAST(value AS DOUBLE)") == [(0, 11.0)]


class TestFlat:
    text = "id,won,size,when\nz,1,1,2024-01-02\ny,0,2,\nx,,3,2024-01-01\n"

    def test_flat_leads_are_numbered_in_the_order_of_the_file(self, tmp_path):
        with opened(flat(tmp_path, self.text, lead_id="id", time="when")) as store:
            assert store.is_flat
            assert rows(store, "leads", "lead", "lead_id", "row_number", "day", "won", "a0") == [
                (0, "z", 1, DAY + 1, True, 1.0),
                (1, "y", 2, None, False, 2.0),
                (2, "x", 3, DAY, None, 3.0),
            ]
            assert store.observed_day == DAY + 1

    def test_without_an_id_leads_are_called_by_their_row(self, tmp_path):
        source = flat(tmp_path, self.text)
        with opened(source, ColumnSettings(fit=("size",), ignore=("id", "when"))) as store:
            assert rows(store, "leads", "lead_id") == [("1",), ("2",), ("3",)]
            assert store.observed_until is None

    def test_scoring_needs_no_outcome_and_ignores_one(self, tmp_path):
        with opened(flat(tmp_path, self.text, lead_id="id", time="when"), purpose="score") as store:
            assert rows(store, "leads", "won") == [(None,)] * 3
        without = "id,size,when\nz,1,2024-01-02\n"
        with opened(flat(tmp_path, without, lead_id="id", time="when"), purpose="score") as store:
            assert store.report.drift == ()

    def test_the_outcome_is_no_attribute(self, tmp_path):
        with pytest.raises(
            DataError, match="'won' is also listed in `fit`; a model would only read off the answer"
        ):
            opened(
                flat(tmp_path, self.text, lead_id="id", time="when"),
                ColumnSettings(fit=("size", "won")),
            )

    def test_an_outcome_that_is_always_won_is_refused(self, tmp_path):
        with pytest.raises(
            DataError, match="every value of column 'won' means a win; expected losses too"
        ):
            opened(flat(tmp_path, "won,size\n1,1\n1,2\n"))


class TestProblems:
    def test_everything_wrong_is_listed_at_once(self, tmp_path):
        leads = "lead_id,created,size,extra\na,2024-01-01T09:00Z,1,x\n"
        events = "lead_id,occurred_at,event_type\na,never,x\na,never either,x\n"
        with pytest.raises(DataError) as caught:
            opened(
                three(tmp_path, leads, events, outcomes="lead,closed_at,won\na,2024-02-01,1\n"),
                ColumnSettings(fit=("sise",)),
            )
        said = "\n".join(caught.value.problems)
        for part in (
            "leads: no column 'created_at' (`columns.created_at`); did you mean 'created'?",
            (
                "3 columns in none of fit, interest, hearing, carry, ignore: 'created', 'size',"
                " 'extra'"
            ),
            "leads: no column 'sise' (listed in `columns`); did you mean 'size'?",
            "outcomes: no column 'lead_id' (`columns.lead_id`)",
            "events: 2 of 2 rows cannot be used: occurred_at cannot be read as a time (rows 1, 2)",
        ):
            assert part in said

    def test_times_without_offset_need_a_time_zone(self, tmp_path):
        leads = LEADS.replace("T09:00Z", " 09:00")
        with pytest.raises(
            DataError,
            match=r"'created_at' holds times without offset \(rows 1, 2, 3\); set `input\.time",
        ):
            opened(three(tmp_path, leads))

    def test_an_empty_table_is_an_error(self, tmp_path):
        with pytest.raises(DataError, match=r"leads: leads\.csv has no rows"):
            opened(three(tmp_path, "lead_id,created_at,size\n"))

    def test_numbers_are_no_times(self, tmp_path):
        duckdb.connect().execute(
            "COPY (SELECT 'a' AS lead_id, 20240101 AS created_at, 1 AS size) TO"
            f" '{tmp_path / 'n.parquet'}'"
        )
        source = three(tmp_path, LEADS, None, None)
        source = source.model_copy(
            update={"leads": source.leads.model_copy(update={"path": str(tmp_path / "n.parquet")})}
        )
        with pytest.raises(
            DataError, match="column 'created_at' holds INTEGER; expected times such as"
        ):
            opened(source)

    def test_a_wrong_delimiter_is_recognised(self, tmp_path):
        with pytest.raises(DataError, match="the header is one cell: is `delimiter: ';'`\\?"):
            opened(three(tmp_path, LEADS.replace(",", ";"), None, None))

    def test_a_stage_whose_column_is_absent_is_called_by_its_name(self, tmp_path):
        with pytest.raises(DataError, match=r"outcomes: no column 'mql_at' \(`stages\.MQL`\)"):
            opened(three(tmp_path, options={"outcomes": {"stages": {"MQL": "mql_at"}}}))

    def test_a_header_that_swallowed_the_file_does_not_show_it(self, tmp_path):
        leads = 'lead_id,created_at,"size\n' + "someone@example.com,2024-01-01T09:00Z,1\n" * 50
        with pytest.raises(DataError, match="in none of fit") as caught:
            opened(three(tmp_path, leads, None, None))
        assert len(str(caught.value)) < 1000

    def test_a_missing_file_and_a_bad_table_are_said_together(self, tmp_path):
        source = three(tmp_path, LEADS + "a,2024-01-01T09:00Z,1\n")
        source = source.model_copy(
            update={"events": source.events.model_copy(update={"path": str(tmp_path / "no.csv")})}
        )
        with pytest.raises(
            DataError, match=r"(?s)events: no file .*1 lead_id occurs more than once"
        ):
            opened(source)

    def test_a_failed_intake_leaves_no_temporary_folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        with pytest.raises(DataError, match="has no rows"):
            opened(three(tmp_path, "lead_id,created_at,size\n"))
        assert not list(tmp_path.glob("propensity-*"))


class TestScoring:
    def test_new_and_absent_columns_are_drift(self, tmp_path):
        leads = "lead_id,created_at,colour\na,2024-01-01T09:00Z,red\n"
        source = three(tmp_path, leads, None, None)
        with opened(source, purpose="score", kinds={"size": "number"}) as store:
            assert store.report.drift == (
                "+ leads: new column 'colour': not used",
                "- leads: column 'size' is absent: taken as missing",
            )
            assert rows(store, "leads", "a0") == [(None,)]

    def test_the_model_says_what_kind_a_column_is(self, tmp_path):
        source = three(tmp_path, LEADS.replace(",10", ",ten"), None, None)
        with opened(source, purpose="score", kinds={"size": "number"}) as store:
            assert rows(store, "leads", "a0") == [(20.0,), (30.0,), (None,)]
            assert store.report.drift == (
                "~ leads: column 'size': 1 of 3 values are no number: taken as missing",
            )

    def test_a_required_column_is_required_in_scoring_too(self, tmp_path):
        with pytest.raises(DataError, match="no column 'lead_id'"):
            opened(
                three(tmp_path, "id,created_at\na,2024-01-01T09:00Z\n", None, None), purpose="score"
            )

    def test_everybodys_events_may_come_with_the_open_leads_alone(self, tmp_path):
        leads = "lead_id,created_at,size\nb,2024-01-02T09:00Z,20\n"
        events = "lead_id,occurred_at,event_type\n" + "".join(
            f"x{i},2024-01-05T09:00Z,visit\n" for i in range(5)
        )
        with opened(three(tmp_path, leads, events, OUTCOMES), purpose="score") as store:
            assert reasons(store, "events") == {"of a lead that is not in leads": 5}

    def test_training_refuses_events_that_mostly_belong_to_nobody(self, tmp_path):
        events = "lead_id,occurred_at,event_type\n" + "".join(
            f"x{i},2024-01-05T09:00Z,visit\n" for i in range(5)
        )
        with pytest.raises(
            DataError,
            match=r"events: 5 of 5 rows cannot be used: of a lead that is not in leads \(rows 1",
        ):
            opened(three(tmp_path, LEADS, events))


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
            (["1"] * 99 + ["x"], "number", "one in a hundred is a typing error"),
            (["1"] * 98 + ["x"] * 2, "text", "two in a hundred are not"),
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
                "leads: column 'size': 1 of 201 values are no number: taken as missing"
                in store.report.warnings
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


class TestQuarantineFile:
    def test_cells_that_a_spreadsheet_would_run_are_defused(self, tmp_path):
        events = (
            'lead_id,occurred_at,event_type\n=1+1,2024-01-05T09:00Z,"=HYPERLINK(""http://x"")"\n'
            "a,2024-01-05T09:00Z,visit\n-5,2024-01-05T09:00Z, @SUM(A1)\n"
            "b,2024-01-05T09:00Z,visit\nc,2024-01-05T09:00Z,visit\n"
        )
        opened(three(tmp_path, LEADS, events), quarantine=tmp_path / "q").close()
        first, second = quarantined(tmp_path / "q", "events")
        assert first["lead_id"] == "'=1+1"
        assert first["event_type"] == """'=HYPERLINK("http://x")"""
        assert second["lead_id"] == "-5"
        assert second["event_type"] == "' @SUM(A1)"

    def test_the_file_of_an_earlier_run_does_not_stay(self, tmp_path):
        (tmp_path / "q").mkdir()
        (tmp_path / "q" / "events.csv").write_text("old")
        with opened(three(tmp_path), quarantine=tmp_path / "q") as store:
            assert store.report.files == ()
        assert not (tmp_path / "q" / "events.csv").exists()


class TestObserved:
    def test_it_is_the_newest_event_or_outcome(self, tmp_path):
        with opened(three(tmp_path)) as store:
            assert (store.observed_until, store.observed_from) == (
                datetime(2024, 2, 2, 9),
                "outcomes",
            )
            assert store.observed_day == DAY + 32

    def test_a_configured_date_is_its_local_midnight(self, tmp_path):
        source = three(tmp_path, timezone="Asia/Tokyo", observed_until=date(2024, 3, 1))
        with opened(source) as store:
            assert store.observed_until == datetime(2024, 2, 29, 15)
            assert store.observed_day == DAY + 60

    def test_a_planned_close_is_pointed_out(self, tmp_path):
        outcomes = OUTCOMES + "c,2031-01-01T00:00Z,0\n"
        with opened(three(tmp_path, outcomes=outcomes)) as store:
            assert any(
                "if it is a planned close, set `input.observed_until`" in w
                for w in store.report.warnings
            )

    def test_facts_after_it_are_counted(self, tmp_path):
        with opened(three(tmp_path, observed_until=date(2024, 2, 1))) as store:
            assert (
                "outcomes: 2 rows lie after observed_until 2024-02-01 00:00 UTC"
                in store.report.warnings
            )


def test_the_same_content_in_another_order_has_the_same_fingerprint(tmp_path):
    shuffled = "\n".join([LEADS.splitlines()[0], *reversed(LEADS.splitlines()[1:])]) + "\n"
    with opened(three(tmp_path)) as first, opened(three(tmp_path, shuffled)) as second:
        assert first.fingerprint == second.fingerprint
        assert first.fingerprint["leads"]["rows"] == 3
    with opened(three(tmp_path, LEADS.replace("10", "11"))) as third:
        assert third.fingerprint != first.fingerprint


@pytest.mark.parametrize(
    "kind", [pa.timestamp("ns", tz="UTC"), pa.timestamp("us", tz="Asia/Tokyo"), pa.timestamp("ns")]
)
def test_times_are_read_in_the_types_that_dataframes_write(tmp_path, kind):
    source = three(tmp_path, events=None, outcomes=None, timezone="UTC")
    moments = pa.array(
        [datetime(2024, 1, 1, 9, 30), datetime(2024, 1, 2, 9, 30)], pa.timestamp("us")
    ).cast(kind)
    table = pa.table({"lead_id": ["a", "b"], "created_at": moments, "size": [1, 2]})
    pq.write_table(table, tmp_path / "typed.parquet")
    leads = source.leads.model_copy(update={"path": str(tmp_path / "typed.parquet")})

    with opened(source.model_copy(update={"leads": leads})) as store:
        assert rows(store, "leads", "created_at") == [
            (datetime(2024, 1, d, 9, 30),) for d in (1, 2)
        ]


def test_threads_and_memory_change_nothing(tmp_path):
    with (
        opened(three(tmp_path), resources=Resources("300MB", threads=1)) as one,
        opened(three(tmp_path), resources=Resources(threads=2)) as two,
    ):
        assert one.fingerprint == two.fingerprint


def test_bpic2012_comes_in_whole(shared_data):
    folder = shared_data / "bpic2012"
    source = InputSettings.model_validate(
        {
            "leads": {"path": str(folder / "leads.parquet")},
            "events": {"path": str(folder / "events.parquet")},
            "outcomes": {
                "path": str(folder / "outcomes.parquet"),
                "columns": {"lost_reason": "result"},
            },
        }
    )
    with opened(source, ColumnSettings(fit=("amount_requested",))) as store:
        assert {name: counts.kept for name, counts in store.report.tables.items()} == {
            "leads": 13_087,
            "outcomes": 13_087,
            "events": 262_200,
        }
        assert store.value("SELECT count(*) FROM episodes WHERE won") == 2_246
        assert store.value("SELECT count(*) FROM episodes WHERE closed_at IS NULL") == 399
        assert store.report.warnings == ()


def test_x_education_comes_in_as_exported(shared_data):
    path = shared_data / "x_education" / "Leads.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = [
            name for name in next(csv.reader(file)) if name not in ("", "Lead Number", "Converted")
        ]
    table = {"path": str(path), "columns": {"lead_id": "Lead Number", "outcome": "Converted"}}
    source = InputSettings.model_validate({"flat": table, "missing_values": ["", "Select"]})
    with opened(source, ColumnSettings(fit=tuple(names))) as store:
        assert store.rows("leads") == 9_240
        assert store.value("SELECT count(*) FROM leads WHERE won") == 3_561
        kinds = {attribute.name: attribute.kind for attribute in store.attributes}
        assert kinds["TotalVisits"] == "number"
        assert kinds["City"] == "text"


def test_a_source_needs_a_path_or_a_database():
    with pytest.raises(ValueError, match="expected exactly one of"):
        Source()


ids = st.sampled_from(["a", "b", "c", "d", "e", "f", " a", "", "NA", "zz"])
moments = st.sampled_from(
    [
        "2024-01-05T09:00Z",
        "2024-02-01T09:00Z",
        "2024-03-01 09:00",
        "2023-06-01T09:00Z",
        "",
        "x",
        "9999-12-31",
    ]
)
outcome_rows = st.lists(
    st.tuples(ids, moments, st.sampled_from(["1", "0", "", "1"]), moments), min_size=1, max_size=12
)
event_rows = st.lists(
    st.tuples(ids, moments, st.sampled_from(["visit", "", "demo"])), min_size=1, max_size=12
)


@given(outcome_rows, event_rows)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_row_is_kept_or_quarantined_with_one_reason(tmp_path, outcomes, events):
    leads = "lead_id,created_at,size\n" + "".join(
        f"{i},2024-01-01T09:00Z,1\n" for i in "abcdefghijklmn"
    )
    source = three(
        tmp_path,
        leads + ",2024-01-01T09:00Z,1\no,never,1\n",
        "lead_id,occurred_at,event_type\n" + "".join(",".join(row) + "\n" for row in events),
        "lead_id,closed_at,won,reopened\n" + "".join(",".join(row) + "\n" for row in outcomes),
        options={"outcomes": {"columns": OutcomeColumns(reopened_at="reopened")}},
        timezone="Asia/Tokyo",
    )
    try:
        store = opened(source, quarantine=tmp_path / "q", purpose="score", kinds={"size": "number"})
    except DataError as error:
        assert "rows cannot be used" in str(error)  # noqa: PT017 — most rows of a random table may be bad
        return
    with store:
        for name, counts in store.report.tables.items():
            assert counts.read == counts.kept + sum(counts.quarantined.values()), name
            if counts.quarantined:
                assert len(quarantined(tmp_path / "q", name)) == sum(counts.quarantined.values())
        first = store.value("SELECT count(*) FROM episodes WHERE episode = 1")
        assert first == store.rows("leads") == store.report.tables["leads"].kept
        assert store.value("SELECT count(*) FROM episodes WHERE closed_day < started_day") == 0
