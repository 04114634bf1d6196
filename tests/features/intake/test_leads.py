"""Leads are numbered, known once created and recorded, and never twice."""

from datetime import datetime

import duckdb
import pytest

from features.errors import DataError
from features.settings import EventsTable, LeadColumns
from tests.features.inputs import DAY, LEADS, opened, reasons, rows, three


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
                "events": (EventsTable(path=str(tmp_path / "events.parquet")),),
            }
        )
        with opened(source) as store:
            assert rows(store, "leads", "lead_id") == [("1",)]
            assert rows(store, "events", "lead") == [(0,)]
