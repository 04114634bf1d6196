"""`init` on small exports of the shapes that people have, under their names and under names that
say nothing.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import ConfigError, DataError
from tests.training.init.made_up import (
    bank,
    by_region,
    day,
    hubspot,
    japanese,
    olist,
    renamed,
    salesforce,
    telecom,
    written,
)
from training.init.command import propose, write


def proposed(frames: Any, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(propose(written(frames, folder), folder=folder))
    return found


SHAPES = {"salesforce": salesforce, "hubspot": hubspot, "telecom": telecom, "japanese": japanese}


class TestSalesforce:
    def test_ids_of_15_and_18_characters_find_each_other(self, tmp_path):
        raw = proposed(salesforce(), tmp_path)["input"]
        assert raw["leads"]["columns"] == {"lead_id": "Id", "created_at": "CreatedDate"}
        assert raw["events"][0]["join"] == "salesforce"
        assert raw["events"][0]["columns"]["lead_id"] == "WhoId"

    def test_every_level_is_won_lost_open_or_asked(self, tmp_path):
        text = propose(written(salesforce(), tmp_path), folder=tmp_path)
        ends = yaml.safe_load(text)["input"]["outcomes"]
        assert ends["won_values"] == ["Closed Won"]
        assert ends["lost_values"] == ["Closed Lost"]
        assert ends["open_values"] == ["Negotiation/Review", "Prospecting"]
        assert ends["closed"] == "IsClosed"
        assert '# "Legal check": 12 rows  # you decide: write it into won_values' in text

    def test_a_date_of_an_act_is_an_event(self, tmp_path):
        raw = proposed(salesforce(), tmp_path)["input"]
        assert raw["events"][1]["wide"] == {"First_Demo_Date__c": "Demo"}

    def test_the_history_of_fields_is_that_of_stages(self, tmp_path):
        history = proposed(salesforce(), tmp_path)["input"]["stage_history"]
        assert history["where"] == {"Field": ["Status"]}
        assert history["columns"]["stage"] == "NewValue"
        assert history["stages"] == {"MQL": ["Marketing Qualified"], "SQL": ["Sales Qualified"]}

    def test_what_was_written_later_is_ignored(self, tmp_path):
        ignored = proposed(salesforce(), tmp_path)["columns"]["ignore"]
        assert set(ignored) == {"Email", "Status", "LastModifiedDate"}


class TestHubspot:
    def test_engagements_find_contacts_by_e_mail(self, tmp_path):
        raw = proposed(hubspot(), tmp_path)["input"]
        assert raw["events"][0]["join"] == {"to": "Email", "rule": "email"}

    def test_the_silence_before_wins_is_told_under_any_rule(self, tmp_path):
        text = propose(written(hubspot(), tmp_path), folder=tmp_path)
        assert "before nine of ten wins the lead was silent for at most 24 days" in text

    def test_companies_are_joined_by_the_id_that_contacts_hold(self, tmp_path):
        raw = proposed(hubspot(), tmp_path)["input"]
        assert raw["joined"][0]["to"] == ["Associated Company ID"]
        assert raw["joined"][0]["id"] == "Company ID"
        assert raw["leads"]["columns"]["account_id"] == "Associated Company ID"

    def test_lifecycle_dates_are_events_where_deals_hold_the_outcome(self, tmp_path):
        raw = proposed(hubspot(), tmp_path)["input"]
        assert raw["events"][1]["wide"] == {"Became a Marketing Qualified Lead Date": "MQL"}
        assert raw["outcomes"]["columns"]["won"] == "Deal Stage"


def test_one_row_per_customer_in_every_table_is_joined_and_the_end_is_asked(tmp_path):
    text = propose(written(telecom(), tmp_path), folder=tmp_path)
    raw = yaml.safe_load(text)["input"]
    assert [table["path"] for table in raw["joined"]] == [
        "personal.csv",
        "internet.csv",
        "phone.csv",
    ]
    assert raw["outcomes"]["columns"] == {"lead_id": "customerID", "closed_at": "EndDate"}
    assert raw["leads"]["formats"] == {"EndDate": "date"}
    assert 'won_values:  # you decide: ["1"] if EndDate (30 of 120 rows have one)' in text


def contacted(n: int = 120) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mql_id": [f"{i * 7919 % 1_000_003:032x}" for i in range(n)],
            "first_contact_date": [day(i) for i in range(n)],
            "origin": ["social", "email", "direct"] * (n // 3),
        }
    )


@pytest.mark.parametrize("name", ["won_date", "conversion_date", "churn_date"])
def test_a_table_of_those_who_won_is_the_outcomes_and_none_of_its_columns_a_feature(name, tmp_path):
    leads = contacted()
    won = pd.DataFrame({"mql_id": leads["mql_id"][::6], "segment": ["pet", "toys"] * 10})
    won[name] = [day(6 * i + 9) for i in range(len(won))]
    config = proposed({"leads": leads, "closed": won}, tmp_path)
    ends = config["input"]["outcomes"]
    assert ends["path"] == "closed.csv"
    assert ends["columns"]["closed_at"] == name
    assert (ends["constant"], ends["won_values"]) == ({"won": "1"}, ["1"])
    assert config["columns"] == {"interest": ["origin"]}


def test_a_date_of_a_table_in_which_every_lead_has_a_row_says_nothing_of_its_end(tmp_path):
    leads = contacted()
    bills = pd.DataFrame(
        {"mql_id": leads["mql_id"], "conversion_date": leads["first_contact_date"]}
    )
    raw = proposed({"leads": leads, "bills": bills}, tmp_path)["input"]
    assert raw["joined"][0]["path"] == "bills.csv"


def deals(n: int = 120) -> pd.DataFrame:
    stages = ["Lost", "Lost", "Payment Done", "Call Delayed"]
    return pd.DataFrame(
        {
            "Id": [f"D{i * 7919 % 1_000_003:07d}" for i in range(n)],
            "Stage": stages * (n // 4),
            "Closing Date": [day(i + 20) if i % 4 < 3 else "" for i in range(n)],
            "Created Time": [day(i) for i in range(n)],
            "Source": ["Ads", "Organic", "Blog"] * (n // 3),
            "Contact": [f"C{i // 2:05d}" for i in range(n)],
        }
    )


def test_a_stage_that_says_lost_is_the_outcome_and_the_won_level_is_asked(tmp_path):
    text = propose(written({"deals": deals()}, tmp_path), folder=tmp_path)
    ends = yaml.safe_load(text)["input"]["outcomes"]
    assert ends["columns"] == {"lead_id": "Id", "closed_at": "Closing Date", "won": "Stage"}
    assert ends["lost_values"] == ["Lost"]
    assert "won_values:  # you decide: a list, out of: Payment Done (30)" in text


def test_the_table_of_which_nothing_is_known_is_not_the_leads(tmp_path):
    contacts = pd.DataFrame(
        {
            "Id": [f"C{i:05d}" for i in range(60)],
            "Owner": ["Ann", "Bob"] * 30,
            "Created": [day(i) for i in range(60)],
        }
    )
    raw = proposed({"contacts": contacts, "deals": deals()}, tmp_path)["input"]
    assert raw["leads"]["path"] == "deals.csv"
    assert raw["joined"][0]["path"] == "contacts.csv"


def test_stray_rows_without_a_key_hide_no_key(tmp_path):
    strays = pd.DataFrame({"Source": ["#REF!"]})
    frame = pd.concat([deals(), strays])
    text = propose(written({"deals": frame}, tmp_path), folder=tmp_path)
    assert yaml.safe_load(text)["input"]["leads"]["columns"]["lead_id"] == "Id"
    assert "it is different in every row; 1 rows have none, and are left out" in text


def test_a_table_that_only_another_one_knows_is_left_out_with_a_sentence(tmp_path):
    text = propose(written(olist(), tmp_path), folder=tmp_path)
    raw = yaml.safe_load(text)["input"]
    assert raw["leads"]["path"] == "orders.csv"
    assert raw["joined"][0]["path"] == "customers.csv"
    assert raw["events"]["constant"] == {"event_type": "items"}
    assert "# products.csv is left out: none of its columns shares values" in text
    assert "items.csv holds its ids" in text


def test_what_is_asked_of_a_column_that_is_not_read_is_not_written(tmp_path):
    assert "number (they are missing)" not in propose(written(olist(), tmp_path), folder=tmp_path)


def test_japanese_tables_need_no_english_word(tmp_path):
    config = proposed(japanese(), tmp_path)
    assert config["input"]["outcomes"]["won_values"] == ["受注"]
    assert config["input"]["outcomes"]["open_values"] == ["提案中", "見積提示"]
    assert config["behaviour"]["actors"] == {
        "メール配信": "marketing",
        "架電": "sales",
        "資料ダウンロード": "lead",
    }
    assert config["columns"]["fit"] == ["業種", "従業員数"]


def test_several_columns_are_the_key_where_no_single_one_is(tmp_path):
    raw = proposed(by_region(), tmp_path)["input"]
    assert raw["leads"]["key"] == ["Region", "Customer No"]
    assert raw["outcomes"]["key"] == ["Region", "Customer No"]


def test_several_columns_that_other_tables_name_are_the_key_before_an_e_mail(tmp_path):
    frames = dict(by_region())
    n = len(frames["leads"])
    regions, numbers = (
        [f"{1 + i % 4:02d}" for i in range(n)],
        [f"{1 + i // 4:05d}" for i in range(n)],
    )
    frames["leads"] = frames["leads"].assign(
        **{"Region": regions, "Customer No": numbers, "Mail": [f"p{i}@x.example" for i in range(n)]}
    )
    frames["outcomes"] = frames["outcomes"].assign(
        **{"Region": regions[: n // 2], "Customer No": numbers[: n // 2]}
    )
    frames["visits"] = pd.DataFrame(
        {
            "Region": [int(regions[i % n]) for i in range(3 * n)],
            "Customer No": [int(numbers[i % n]) for i in range(3 * n)],
            "when": [f"{day(i % n + 3)} 10:00" for i in range(3 * n)],
            "what": ["Visit", "Call", "Download"] * n,
        }
    )
    raw = proposed(frames, tmp_path)["input"]
    assert raw["leads"]["key"] == raw["outcomes"]["key"] == ["Region", "Customer No"]
    events = raw["events"]
    assert (events["key"], events["join"]) == (["Region", "Customer No"], "number")


def test_a_history_of_stages_won_and_lost_says_more_than_a_flag_of_the_leads(tmp_path):
    n = 120
    leads = pd.DataFrame(
        {
            "Id": [f"L{i:05d}" for i in range(n)],
            "Created": [f"{day(i)} 08:00" for i in range(n)],
            "Industry": ["IT", "Retail", "Food"] * (n // 3),
            "Is Converted": [str(i % 2 == 0).lower() for i in range(n)],
            "Deal": [f"D{i:05d}" if i % 2 == 0 else "" for i in range(n)],
        }
    )
    moves = [
        (f"D{i:05d}", stage, f"{day(i + later)} 09:00")
        for i in range(0, n, 2)
        for stage, later in (("Proposal", 10), (("Closed Won", "Closed Lost")[i // 2 % 2], 30))
    ]
    history = pd.DataFrame(moves, columns=["Deal", "Stage", "Modified"])
    config = proposed({"leads": leads, "history": history}, tmp_path)
    raw = config["input"]
    assert "outcomes" not in raw
    assert raw["stage_history"]["won"] == ["Closed Won"]
    assert raw["stage_history"]["lost"] == ["Closed Lost"]
    assert "Is Converted" in config["columns"]["ignore"]


def test_the_amount_is_the_one_that_wins_have_and_no_revenue_of_the_company(tmp_path):
    n = 120
    leads = pd.DataFrame(
        {
            "Id": [f"L{i:05d}" for i in range(n)],
            "Created": [f"{day(i)} 08:00" for i in range(n)],
            "revenue": [1_000_000 + 37 * i for i in range(n)],
            "stage": [("Won", "Lost", "Open")[i % 3] for i in range(n)],
            "closed": [f"{day(i + 30)} 08:00" if i % 3 < 2 else "" for i in range(n)],
            "contract amount": [str(500 + i) if i % 3 == 0 else "" for i in range(n)],
        }
    )
    raw = proposed({"leads": leads}, tmp_path)["input"]
    assert raw["outcomes"]["columns"]["amount"] == "contract amount"


@pytest.mark.parametrize("unit", [1, 1000])
def test_seconds_and_milliseconds_since_1970_are_times_of_events(tmp_path, unit):
    frames = dict(hubspot())
    mails = list(frames["contacts"]["Email"])
    frames["clicks"] = pd.DataFrame(
        {
            "recipient": [mails[i % len(mails)] for i in range(300)],
            "type": ["OPEN", "CLICK"] * 150,
            "created": [(1_707_199_380 + 86_411 * (i % 97)) * unit for i in range(300)],
        }
    )
    raw = proposed(frames, tmp_path)["input"]
    (clicks,) = [part for part in raw["events"] if part["path"] == "clicks.csv"]
    assert clicks["columns"]["occurred_at"] == "created"
    assert clicks["columns"]["event_type"] == "type"


def test_the_type_of_events_is_no_constant_word(tmp_path):
    frames = dict(hubspot())
    ids = list(frames["contacts"]["Record ID"])
    frames["web"] = pd.DataFrame(
        {
            "objectType": ["CONTACT"] * 300,
            "objectId": [ids[i % len(ids)] for i in range(300)],
            "eventType": ["e1_visited", "pe48_download"] * 150,
            "occurredAt": [f"{day(i % 100)} 09:00" for i in range(300)],
        }
    )
    raw = proposed(frames, tmp_path)["input"]
    (web,) = [part for part in raw["events"] if part["path"] == "web.csv"]
    assert web["columns"]["event_type"] == "eventType"


@pytest.mark.parametrize("name", SHAPES)
def test_names_that_say_nothing_change_no_role(name, tmp_path):
    roles = []
    for frames in (SHAPES[name](), renamed(SHAPES[name]())):
        raw = proposed(frames, tmp_path)["input"]
        files = list(frames)
        leads = files.index(Path(raw["leads"]["path"]).stem)
        ends = files.index(Path(raw["outcomes"]["path"]).stem)
        columns = list(frames[files[leads]].columns)
        places = [columns.index(raw["leads"]["columns"][k]) for k in ("lead_id", "created_at")]
        roles.append((leads, ends, *places))
    assert roles[0] == roles[1]


class TestFlat:
    def test_no_column_is_lost_to_a_part_of_its_name(self, tmp_path):
        config = proposed({"bank": bank()}, tmp_path)
        assert "ignore" not in config["columns"]
        assert "work_status" in config["columns"]["fit"]
        assert config["input"]["flat"]["columns"] == {"outcome": "y"}

    def test_an_outcome_without_a_name_is_asked_with_its_levels(self, tmp_path):
        text = propose(written(renamed({"bank": bank()}), tmp_path), folder=tmp_path)
        assert "outcome:  # you decide: the column to learn: " in text
        assert "c009 (no 177, yes 23)" in text
        assert "delete this line if it is the outcome" in text

    def test_a_table_with_a_creation_and_a_close_is_leads_that_ended(self, tmp_path):
        frame = pd.DataFrame(
            {
                "Deal ID": [f"D{i}" for i in range(60)],
                "Create Date": [day(i) for i in range(60)],
                "Close Date": [day(i + 20) if i % 3 else "" for i in range(60)],
                "Stage": ["Negotiation", "Closed Won", "Closed Lost"] * 20,
                "Country": ["DE", "JP"] * 30,
            }
        )
        raw = proposed({"deals": frame}, tmp_path)["input"]
        assert raw["leads"]["path"] == raw["outcomes"]["path"] == "deals.csv"
        assert raw["outcomes"]["columns"]["closed_at"] == "Close Date"
        assert raw["outcomes"]["open_values"] == ["Negotiation"]


def test_a_person_may_say_what_a_file_is(tmp_path):
    paths = {path.stem: path for path in written(hubspot(), tmp_path)}
    text = propose(
        [],
        folder=tmp_path,
        declared={
            "leads": [paths["contacts"]],
            "events": [paths["engagements"], paths["deals"]],
            "joined": [paths["companies"]],
        },
    )
    raw = yaml.safe_load(text)["input"]
    assert [table["path"] for table in raw["events"][:2]] == ["engagements.csv", "deals.csv"]
    assert raw["joined"][0]["path"] == "companies.csv"


def test_two_won_and_lost_files_of_the_same_columns_are_asked(tmp_path):
    frame = pd.DataFrame({"id": [f"L{i}" for i in range(9)]})
    paths = written({"won": frame, "lost": frame}, tmp_path)
    with pytest.raises(ConfigError, match=r"2 files have the same columns: won\.csv, lost\.csv"):
        propose(paths)


def test_sheets_with_columns_of_their_own_are_tables(tmp_path):
    with pd.ExcelWriter(tmp_path / "x.xlsx") as book:
        for name, frame in japanese().items():
            frame.to_excel(book, sheet_name=name, index=False)
    raw = yaml.safe_load(propose([tmp_path / "x.xlsx"], folder=tmp_path))["input"]
    assert {raw[role]["sheet"] for role in ("leads", "events", "outcomes")} == set(japanese())


def test_sheets_with_the_same_columns_are_asked(tmp_path):
    with pd.ExcelWriter(tmp_path / "x.xlsx") as book:
        for name in ("2023", "2024"):
            bank().to_excel(book, sheet_name=name, index=False)
    with pytest.raises(ConfigError, match="the sheets '2023' and '2024' have the same columns"):
        propose([tmp_path / "x.xlsx"])


def test_the_command_to_run_next_comes_last(tmp_path):
    lines = write(written(japanese(), tmp_path), tmp_path / "p.yaml")
    assert lines[-1] == f"Then run: propensity audit {tmp_path / 'p.yaml'}"
    assert any("half of the 15 wins close within 60 days" in line for line in lines)


CELLS = st.one_of(
    st.sampled_from(
        ["", "Yes", "No", "Won", "0", "1", "2024-01-05", "05.01.2024", "日本", "a@b.c"]
    ),
    st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
        min_size=1,
        max_size=3,
    )
)
def test_no_tables_make_it_fail_without_a_sentence(tmp_path_factory, tables):
    folder = tmp_path_factory.mktemp("any")
    frames = {
        f"t{i}": pd.DataFrame(rows, columns=[f"a{i}", "b", "c"]) for i, rows in enumerate(tables)
    }
    try:
        text = propose(written(frames, folder), folder=folder)
    except (ConfigError, DataError):
        return
    assert yaml.safe_load(text)["input"]


def test_tables_without_any_time_are_one_flat_table_with_the_others_joined(tmp_path):
    ids = [f"{7590 + i}-VHVEG" for i in range(120)]
    frames = {
        "people": pd.DataFrame({"Customer ID": ids, "Gender": ["F", "M"] * 60}),
        "services": pd.DataFrame({"Customer ID": ids[:-20], "Offer": ["A", "B"] * 50}),
        "status": pd.DataFrame({"Customer ID": ids, "Churn Value": [1, 0, 0] * 40}),
    }
    config = proposed(frames, tmp_path)
    raw = config["input"]
    assert (raw["flat"]["path"], raw["flat"]["columns"]["outcome"]) == ("people.csv", "Churn Value")
    assert {table["path"] for table in raw["joined"]} == {"services.csv", "status.csv"}
    assert config["columns"] == {"fit": ["Gender", "Offer"]}


def test_the_date_of_the_close_is_no_feature_of_a_flat_table(tmp_path):
    frame = pd.DataFrame(
        {
            "size": [i * 37 % 90 for i in range(80)],
            "closed_at": [day(i // 3) for i in range(80)],
            "won": ["Won", "Lost"] * 40,
        }
    )
    columns = proposed({"deals": frame}, tmp_path)["columns"]
    assert columns == {"fit": ["size"], "ignore": ["closed_at"]}


class TestWhatSalesSays:
    """Outcomes that tell when stages were reached, beside a table of statuses."""

    def frames(self, *words):
        rng = range(60)
        leads = {"lead_id": [f"L{n}" for n in rng], "created_at": [day(n) for n in rng]}
        leads["size"] = [n * 7 % 40 for n in rng]
        ended = range(45)
        outcomes = {
            "lead_id": [f"L{n}" for n in ended],
            "mql_at": [day(n + 1) for n in ended],
            "opportunity_at": [day(n + 2) for n in ended],
            "closed_at": [day(n + 9) for n in ended],
            "won": [n % 3 == 0 for n in ended],
        }
        statuses = {
            "lead_id": [f"L{n // 2}" for n in range(120)],
            "changed_at": [day(n // 2 + n % 2) for n in range(120)],
            "status": [words[n % len(words)] for n in range(120)],
        }
        tables = {"leads": leads, "outcomes": outcomes, "statuses": statuses}
        return {name: pd.DataFrame(table) for name, table in tables.items()}

    def test_is_no_second_history_of_stages(self, tmp_path):
        raw = proposed(self.frames("New", "Accepted", "Sent back"), tmp_path)["input"]
        assert raw["statuses"]["words"] == {"accepted": ["Accepted"], "sent back": ["Sent back"]}
        assert raw["statuses"]["columns"]["changed_at"] == "changed_at"
        assert set(raw["outcomes"]["stages"]) == {"mql", "opportunity"}
        assert "stage_history" not in raw

    def test_is_left_out_where_no_word_says_it(self, tmp_path):
        paths = written(self.frames("MQL", "Opportunity", "Customer"), tmp_path)
        said = write(paths, tmp_path / "propensity.yaml")
        assert any("statuses" in line and "is left out: the outcomes tell" in line for line in said)
        raw = yaml.safe_load((tmp_path / "propensity.yaml").read_text(encoding="utf-8"))
        assert not {"statuses", "stage_history"} & set(raw["input"])
