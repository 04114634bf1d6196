"""Raw sources become canonical tables; what is wrong is said at once, and no row is lost
silently.
"""

import csv
from datetime import date, datetime

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
    EventsTable,
    InputSettings,
    OutcomeColumns,
    Source,
)
from tests.features.inputs import (
    DAY,
    LEADS,
    OUTCOMES,
    opened,
    quarantined,
    reasons,
    rows,
    three,
)


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
            opened(
                three(
                    tmp_path,
                    LEADS.replace(",", ";"),
                    None,
                    None,
                    options={"leads": {"delimiter": ","}},
                )
            )

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
        source = source.model_copy(update={"events": (EventsTable(path=str(tmp_path / "no.csv")),)})
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
                "~ leads: column 'size': 1 of 3 values are no number: taken as missing"
                " (row 1, such as 'ten')",
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
        refused = ("rows cannot be used", "values cannot be read as a time")
        assert any(words in str(error) for words in refused)  # noqa: PT017 — most rows of a random table may be bad
        return
    with store:
        for name, counts in store.report.tables.items():
            assert counts.read == counts.kept + sum(counts.quarantined.values()), name
            if counts.quarantined:
                assert len(quarantined(tmp_path / "q", name)) == sum(counts.quarantined.values())
        first = store.value("SELECT count(*) FROM episodes WHERE episode = 1")
        assert first == store.rows("leads") == store.report.tables["leads"].kept
        assert store.value("SELECT count(*) FROM episodes WHERE closed_day < started_day") == 0
