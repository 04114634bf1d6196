"""What became of the leads handed over so far, and of lost ones, counted a second time by pandas
from the files.
"""

import pandas as pd
import pytest

from features.intake.monthly import first_of
from propensity.definition.load import load_definition
from tests.training.review.practised import written_company
from training.learn.rows.run import Run
from training.learn.rows.sources import open_sources
from training.review.funnel.practice import practice
from training.review.funnel.so_far import handed_so_far


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("so far")
    config = written_company(folder)
    _answer(folder / "data")
    with open_sources(config) as store:
        run = Run(config, store)
        found = practice(run, load_definition(config.definition))
        none = handed_so_far(store, "MQL", (), goal="won", horizon_days=28)
    outcomes = pd.read_csv(folder / "data" / "outcomes.csv")
    for column in ("mql_at", "closed_at", "reopened_at"):
        outcomes[column] = pd.to_datetime(outcomes[column])
    statuses = pd.read_csv(folder / "data" / "statuses.csv")
    statuses["at"] = pd.to_datetime(statuses["changed_at"])
    return found, outcomes, statuses, none


def _answer(data):
    """Sales answers for every third lead that became an MQL: accepts, passes on, or sends back."""
    outcomes = pd.read_csv(data / "outcomes.csv")
    told = outcomes.loc[outcomes["mql_at"].notna(), ["lead_id", "mql_at"]].iloc[::3]
    parts = [
        told.iloc[start::5].assign(status=status)
        for start, status in ((0, "accepted"), (1, "sent back"), (0, "toss-up"), (2, "accepted"))
    ]
    rows = pd.concat([*parts, parts[0]]).rename(columns={"mql_at": "changed_at"})
    rows.assign(reason="", recorded_at=rows["changed_at"]).to_csv(
        data / "statuses.csv", index=False
    )


def test_hand_overs_of_the_newest_quarter_close_as_often_as_the_files_say(counted):
    found, outcomes, _, none = counted
    first, last = (first_of(found.so_far.months[end]) for end in (0, -1))
    assert (first.isoformat(), last.isoformat()) == ("2025-01-01", "2025-03-01")
    day, closed = (outcomes[c].dt.normalize() for c in ("mql_at", "closed_at"))
    judged = (day >= "2025-01-01") & (day + pd.Timedelta(days=28) <= "2025-04-01")
    won = outcomes["won"].astype(str).eq("true") | outcomes["won"].eq(True)
    in_time = judged & won & ((closed - day).dt.days < 28)
    assert found.so_far.judged == judged.sum() > 20
    assert found.so_far.won == in_time.sum() > 0
    assert none is None


def test_what_sales_said_of_them_is_counted_by_lead(counted):
    found, _, statuses, _ = counted
    own = statuses[(statuses["at"] >= "2025-01-01") & (statuses["at"] < "2025-04-01")]
    by = own.groupby("status")["lead_id"].nunique()
    assert found.so_far.accepted == by["accepted"]
    assert found.so_far.sent_back == by["sent back"]
    assert found.so_far.tossed_a_week == pytest.approx(7 * by["toss-up"] / 90)


def test_lost_leads_that_were_taken_up_again_are_counted_with_what_came_of_them(counted):
    found, outcomes, _, _ = counted
    won = outcomes["won"].astype(str).str.lower() == "true"
    lost = outcomes["closed_at"].between("2024-04-01", "2025-03-31 23:59:59") & ~won
    again = outcomes[lost & outcomes["reopened_at"].notna()]
    after = outcomes.merge(again[["lead_id", "reopened_at"]], on="lead_id", suffixes=("", "_then"))
    after = after[after["closed_at"] > after["reopened_at_then"]]
    after = after[after["won"].astype(str).str.lower() == "true"]
    assert found.again.lost == outcomes.loc[lost, "lead_id"].nunique()
    assert found.again.again == again["lead_id"].nunique() > 5
    assert found.again.won == after["lead_id"].nunique()
