"""What shapes say of themselves: what found its partner, what has none, and what contradicts."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from features.errors import DataError
from features.settings import ColumnSettings, InputSettings
from features.store import JOINED_GAPS
from tests.features.inputs import opened, quarantined, reasons, rows

LEADS = "lead_id,created_at,size,mail\n1,2024-01-01,10,a@x.de\n2,2024-01-02,20,b@x.de\n"
WHO = ColumnSettings(fit=("size",), carry=("mail",))


def file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def source(folder: Path, leads_text: str = LEADS, **sections: Any) -> InputSettings:
    told = {"timezone": "UTC", "leads": {"path": file(folder, "leads.csv", leads_text)}}
    return InputSettings.model_validate(told | sections)


def visits(folder: Path, *ids: str, **more: Any) -> dict[str, Any]:
    lines = "".join(f"{each},2024-02-01\n" for each in ids)
    path = file(folder, f"{len(ids)}.csv", f"lead_id,occurred_at\n{lines}")
    return {"path": path, "constant": {"event_type": "visit"}, **more}


def test_zeros_before_a_number_are_no_difference_by_the_rule_number(tmp_path):
    events = visits(tmp_path, "001", "2.0", "3", join="number")
    with opened(source(tmp_path, events=events), WHO) as store:
        assert rows(store, "events", "lead") == [(0,), (1,)]
        found = store.report.tables["events"].matched
        assert (found.rows, found.rows_found, found.ids, found.ids_found) == (3, 2, 3, 2)
        said = "2 of 3 rows found their lead, 2 of 3 ids (`join: number`)"
        assert said in list(store.report.notable("events"))


def test_leads_that_a_rule_makes_the_same_are_an_error_with_their_rows(tmp_path):
    leads = "lead_id,created_at,size\n7,2024-01-01,1\n07,2024-01-01,2\n"
    events = visits(tmp_path, "7", join="number")
    with pytest.raises(DataError, match=r"2 leads are the same under `join: number` \(rows 1, 2"):
        opened(source(tmp_path, leads, events=events), ColumnSettings(fit=("size",)))


def test_an_address_of_two_leads_is_that_of_none(tmp_path):
    leads = LEADS + "3,2024-01-03,30,B@x.de\n"
    events = visits(tmp_path, "A@X.de", "b@x.de", join={"to": "mail", "rule": "email"})
    with opened(source(tmp_path, leads, events=events), WHO, quarantine=tmp_path / "q") as store:
        assert rows(store, "events", "lead") == [(0,)]
        assert reasons(store, "events") == {"its id is that of several leads": 1}
    assert quarantined(tmp_path / "q", "events")[0]["lead_id"] == "b@x.de"


def test_rows_that_where_passes_over_are_counted_and_no_error(tmp_path):
    leads = {"path": file(tmp_path, "leads.csv", LEADS), "where": {"mail": "A@x.de"}}
    told = source(tmp_path, leads=leads, events=visits(tmp_path, "1", "2", "2", "2"))
    with opened(told, WHO) as store:
        assert rows(store, "leads", "lead_id") == [("1",)]
        assert store.report.tables["events"].quarantined == {}
        assert "1 of 2 rows are passed over by `where`" in list(store.report.notable("leads"))
        said = "3 rows are of leads that `where` passes over"
        assert said in list(store.report.notable("events"))


def test_a_lead_without_a_row_in_a_joined_table_has_none(tmp_path):
    path = file(tmp_path, "phone.csv", "customer,lines,minutes\n1,many,\n")
    told = source(tmp_path, joined={"path": path, "id": "customer"})
    columns = ColumnSettings(fit=("size", "lines", "minutes"), ignore=("mail",))
    with opened(told, columns, kinds={"minutes": "number"}) as store:
        names = [attribute.name for attribute in store.attributes]
        cells = [f"a{names.index(name)}" for name in ("lines", "minutes", "has phone")]
        assert rows(store, "leads", "lead", *cells) == [
            (0, "many", None, "True"),
            (1, "none of phone", None, "False"),
        ]
        assert store.joined[0].columns == ("lines", "minutes")
        assert rows(store, JOINED_GAPS) == [(1, 0)]


def test_two_rows_of_a_joined_table_for_one_lead_are_an_error(tmp_path):
    path = file(tmp_path, "phone.csv", "customer,lines\n1,many\n1,one\n")
    told = source(tmp_path, joined={"path": path, "id": "customer"})
    with pytest.raises(DataError, match=r"2 rows share their key with another row \(rows 1, 2"):
        opened(told, ColumnSettings(fit=("size", "lines"), carry=("mail",)))


def test_columns_of_two_tables_with_one_name_ask_for_a_prefix(tmp_path):
    path = file(tmp_path, "Account.csv", "id,size\n1,5\n")
    told = source(tmp_path, joined={"path": path, "id": "id"})
    with pytest.raises(DataError, match="already have columns 'size'; write `prefix: 'Account'`"):
        opened(told, WHO)


def test_the_column_of_the_outcome_in_the_leads_is_no_feature(tmp_path):
    leads = "lead_id,created_at,Status,At\n1,2024-01-01,Won,2024-02-01\n2,2024-01-01,Open,\n"
    path = file(tmp_path, "leads.csv", leads)
    told = source(
        tmp_path,
        leads,
        outcomes={"path": path, "columns": {"won": "Status", "closed_at": "At"}},
    )
    with pytest.raises(DataError, match="'Status' of fit or interest tell how leads ended"):
        opened(told, ColumnSettings(fit=("Status",)))
    with opened(told, ColumnSettings()) as store:
        assert store.report.wins == 1


def test_of_leads_that_all_end_alike_those_without_a_date_are_open(tmp_path):
    leads = "lead_id,created_at,End\n1,2024-01-01,2024-02-01\n2,2024-01-01,No\n3,2024-01-01,\n"
    outcomes = {
        "path": file(tmp_path, "leads.csv", leads),
        "columns": {"closed_at": "End"},
        "constant": {"won": "yes"},
        "formats": {"End": "date"},
    }
    with opened(source(tmp_path, leads, outcomes=outcomes), ColumnSettings()) as store:
        assert rows(store, "episodes", "lead", "won") == [(0, True), (1, None), (2, None)]


def test_what_is_lost_is_counted_by_wins(tmp_path):
    outcomes = (
        "lead_id,closed_at,won\n1,,won\n2,2024-02-01,WON\n2,2024-02-01,WON\n9,2024-02-01,won\n"
    )
    told = source(tmp_path, outcomes={"path": file(tmp_path, "o.csv", outcomes)})
    with opened(told, WHO) as store:
        assert (store.report.wins, store.report.wins_lost) == (3, 2)
        assert store.report.tables["outcomes"].wins_lost == 2
        said = "  left out: 3 of 4 rows, and with them 2 of 3 wins"
        assert said in list(store.report.lines())


def test_a_stage_after_the_last_close_opens_a_new_deal(tmp_path):
    history = (
        "lead_id,entered_at,stage\n1,2024-01-05,SQL\n1,2024-01-09,Lost\n1,2024-01-09,Lost\n"
        "1,2024-03-01,sql\n2,2024-01-09,Won\n"
    )
    told = source(
        tmp_path,
        stage_history={
            "path": file(tmp_path, "h.csv", history),
            "stages": {"SQL": ["SQL"]},
            "won": "Won",
            "lost": "Lost",
        },
    )
    with opened(told, WHO) as store:
        assert rows(store, "episodes", "lead", "episode", "won", "s0_day") == [
            (0, 1, False, 19727),
            (0, 2, None, 19783),
            (1, 1, True, None),
        ]


def test_a_history_of_values_is_read_as_it_is_written_there(tmp_path):
    changes = 'lead_id,changed_at,attribute,value\n1,2024-02-01,size,"1.200,5"\n'
    changes += '2,2024-02-01,size,"900,25"\n'
    told = source(
        tmp_path,
        attribute_changes={"path": file(tmp_path, "c.csv", changes), "attributes": ["size"]},
    )
    with opened(told, WHO) as store:
        assert rows(store, "changes", "lead", "value") == [(0, "1200.5"), (1, "900.25")]


def test_a_key_of_two_columns_is_one_id(tmp_path):
    leads = "Region,No,created_at,size\nEU,1,2024-01-01,1\nUS,1,2024-01-01,2\n"
    path = file(tmp_path, "keyed.csv", leads)
    events = file(tmp_path, "e.csv", "R,N,occurred_at,event_type\nUS,1,2024-02-01,visit\n")
    told = source(
        tmp_path,
        leads={"path": path, "key": ["Region", "No"]},
        events={"path": events, "key": ["R", "N"]},
    )
    with opened(told, ColumnSettings(fit=("size",))) as store:
        assert rows(store, "leads", "lead", "lead_id") == [(0, "EU|1"), (1, "US|1")]
        assert rows(store, "events", "lead") == [(1,)]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"path": "a.csv", "constant": {"kind": "x"}}, "expected names that stand under `columns`"),
        ({"path": "a.csv", "wide": {"d": "x"}, "constant": {"event_type": "y"}}, "leave one"),
        ({"path": "a.csv", "join": {"to": ["a", "b"]}}, "expected as many under `key`"),
    ],
)
def test_sections_that_contradict_themselves_are_refused(section, message):
    with pytest.raises(ValidationError, match=message):
        InputSettings.model_validate({"leads": {"path": "l.csv"}, "events": section})
